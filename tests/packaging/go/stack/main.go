// A stack in Go that constructs the component through its plugin, run by the Automation API without a language host.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"example.com/pulumi-failwell/sdk/go/failwell"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

type settings struct {
	Plugin, Image, ClusterArn, VpcId, ListenerArn, LoadBalancerSecurityGroupId string
	SubnetIds                                                                  []string
	Config                                                                     map[string]string
}

func program(given settings) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		service, err := failwell.NewFargateService(ctx, "shop", &failwell.FargateServiceArgs{
			Image:         pulumi.String(given.Image),
			ClusterArn:    pulumi.String(given.ClusterArn),
			VpcId:         pulumi.String(given.VpcId),
			SubnetIds:     pulumi.ToStringArray(given.SubnetIds),
			ContainerPort: pulumi.Int(5001),
			LoadBalancer: &failwell.LoadBalancerArgsArgs{
				ListenerArn:                 pulumi.String(given.ListenerArn),
				LoadBalancerSecurityGroupId: pulumi.String(given.LoadBalancerSecurityGroupId),
				ListenerPriority:            pulumi.Int(100),
				PathPatterns:                pulumi.ToStringArray([]string{"/*"}),
			},
		})
		if err != nil {
			return err
		}
		ctx.Export("service", service.ServiceName)
		ctx.Export("container_port", service.ContainerPort)
		return nil
	}
}

func run() error {
	var given settings
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		return err
	}
	project := workspace.Project{
		Name:    tokens.PackageName("shop"),
		Runtime: workspace.NewProjectRuntimeInfo("go", nil),
		Plugins: &workspace.Plugins{Providers: []workspace.PluginOptions{{Name: "failwell", Path: given.Plugin}}},
	}
	ctx := context.Background()
	stack, err := auto.UpsertStackInlineSource(ctx, "dev", "shop", program(given), auto.Project(project))
	if err != nil {
		return err
	}
	for key, value := range given.Config {
		if err := stack.SetConfig(ctx, key, auto.ConfigValue{Value: value}); err != nil {
			return err
		}
	}
	result, err := stack.Up(ctx, optup.ProgressStreams(os.Stderr))
	if err != nil {
		return err
	}
	outputs := map[string]any{}
	for name, output := range result.Outputs {
		outputs[name] = output.Value
	}
	return json.NewEncoder(os.Stdout).Encode(outputs)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
