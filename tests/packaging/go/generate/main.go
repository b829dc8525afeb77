// Writes the Go SDK of a Pulumi package, as `pulumi package gen-sdk` does where the CLI has Go's language plugin.
//
// Usage: generate SCHEMA.json FOLDER
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/blang/semver"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// noLoader has no packages: the component's schema names none.
type noLoader struct{}

var errNone = errors.New("no other package is known")

func (noLoader) LoadPackage(string, *semver.Version) (*schema.Package, error) { return nil, errNone }
func (noLoader) LoadPackageV2(context.Context, *schema.PackageDescriptor) (*schema.Package, error) {
	return nil, errNone
}
func (noLoader) LoadPackageReference(string, *semver.Version) (schema.PackageReference, error) {
	return nil, errNone
}
func (noLoader) LoadPackageReferenceV2(context.Context, *schema.PackageDescriptor) (schema.PackageReference, error) {
	return nil, errNone
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	must(err)
	var spec schema.PackageSpec
	must(json.Unmarshal(text, &spec))
	pkg, problems, err := schema.BindSpec(spec, noLoader{}, schema.ValidationOptions{AllowDanglingReferences: true})
	must(err)
	if problems.HasErrors() {
		must(problems)
	}
	files, err := gogen.GeneratePackage("failwell", pkg, nil)
	must(err)
	write(os.Args[2], files)
}

func write(out string, files map[string][]byte) {
	for path, text := range files {
		path = filepath.Join(out, path)
		must(os.MkdirAll(filepath.Dir(path), 0o755))
		must(os.WriteFile(path, text, 0o644))
	}
}
