"""How languages, their loaders and their frameworks say that code is not in the image.

Source: what CPython, Node.js and Django print, provoked. The wordings of the other languages, loaders and frameworks
are known from reports of failures; no source of theirs is cited here.
"""

from diagnostics.said import Wording

_NAME = r"[\u2018'\"`]?(?P<name>[\w@./:$\\+-]+)"

MISSING = (
    # Python
    Wording.of("no module named", rf"\bno module named {_NAME}"),
    Wording.of("cannot import name", rf"ImportError: cannot import name {_NAME}"),
    Wording.of("could not import module", rf"could not import module {_NAME}"),
    Wording.of("could not import '", r"^\W*Error: Could not import '(?P<name>[\w.]+)'"),
    Wording.of("failed to find attribute", rf"failed to find attribute {_NAME}['\"]? in"),
    Wording.of("not found in module", r"attribute \"(?P<name>[\w.]+)\" not found in module"),
    Wording.of("can't open file", rf"python[\w.]*: can't open file {_NAME}"),
    Wording.of("flask application", r"(?:could not locate a|failed to find) flask application"),
    Wording.of(
        "unable to load celery application",
        r"unable to load celery application[^\n]*?(?:module (?P<name>[\w.]+) was not found)?$",
    ),
    Wording.of("can't find '__main__' module", r"can't find '__main__' module in '?(?P<name>[^'\n]+)"),
    Wording.of("modulenotfounderror"),
    Wording.of("error loading ", r"\berror loading (?P<name>\w{1,40})(?: or \w{1,40})? module\b"),
    Wording.of("couldn't import django"),
    Wording.of(
        "packagenotfounderror", r"PackageNotFoundError: (?:No package metadata was found for )?(?P<name>[\w.-]+)"
    ),
    Wording.of("versionconflict: ", r"\b(?:Contextual)?VersionConflict: \((?P<name>[\w.-]{1,80})"),
    Wording.of("distribution was not found", r"the '(?P<name>[^'\n]{1,80})' distribution was not found"),
    Wording.of(
        "to be installed", r"^(?!\w{0,40}Warning)[^\n]{0,200}\brequires \"?(?P<name>[\w.-]{1,60})\"? to be installed"
    ),
    Wording.of("pip install", r"\b(?P<name>[\w.-]{1,60}) is not installed, (?:please )?run `?pip install"),
    Wording.of("invalid or not found", r"\bclass uri '(?P<name>[^'\n]{1,200})' invalid or not found"),
    Wording.of("an importerror was raised", r"\bwhile importing '(?P<name>[^'\n]{1,200})', an ImportError was raised"),
    Wording.of("wsgi application", r"\bWSGI application '(?P<name>[^'\n]{1,200})' could not be"),
    Wording.of("file does not exist: ", r"invalid value: File does not exist: (?P<name>\S+)"),
    Wording.of("package is required", r"'(?P<name>[\w.-]{1,60})' package is required\b"),
    *Wording.any_of(
        ("pyproject.toml", "pipfile"),
        r"could not find a (?P<name>pyproject\.toml) file in|\bno [`'\"]?pyproject\.toml[`'\"]? found in"
        r"|\bno Pipfile present at",
    ),
    # Data that is installed like code: a language's model, a corpus
    Wording.of("can't find model", r"\bcan't find model '(?P<name>[^'\n]{1,200})'"),
    Wording.of("use the nltk downloader"),
    # Libraries of C that a package only wraps
    Wording.of("no library called", r"\bno library called \"(?P<name>[^\"\n]{1,80})\" was found"),
    Wording.of("shared library", r"\b(?:unable|failed) to find (?P<name>[\w-]{1,60}) shared library"),
    Wording.of("failed to find lib", r"\bfailed to find (?P<name>lib\w{1,60})"),
    # Node.js, Deno, Bun
    Wording.of("cannot find module", rf"\bcannot find module:? {_NAME}"),
    Wording.of("cannot find package", rf"\bcannot find package {_NAME}"),
    Wording.of("err_module_not_found"),
    Wording.of("err_package_path_not_exported"),
    Wording.of('module not found "', r"^error: Module not found \"(?P<name>[^\"\n]+)\""),
    Wording.of("could not find a production build"),
    Wording.of("couldn't find a package.json"),
    Wording.of("package.json", r"\bno such file or directory, open '(?P<name>[^'\n]{0,200}package\.json)'"),
    Wording.of("was found in", r"\bno (?P<name>package\.json) \([^)\n]{1,80}\) was found in\b"),
    Wording.of("no_importer_manifest_found"),
    Wording.of("npm not being able to find a file"),
    Wording.of("seem to have been installed", r"(?P<name>\S{1,200}) doesn't seem to have been installed\b"),
    Wording.of("node_modules state file", r"couldn't find the node_modules state file"),
    Wording.of("in your lockfile", r"package doesn't seem to be present in your lockfile"),
    Wording.of("script not found: ", r"\bscript not found: (?P<name>/\S{1,300})"),
    *Wording.any_of(
        ("prisma schema", "provided path"),
        r"could not find (?P<name>Prisma Schema) that is required|could not load `--schema` from provided path",
    ),
    Wording.of("build_id", r"\bno such file or directory, open '(?P<name>[^'\n]{0,200}BUILD_ID)'"),
    Wording.of("but found it in a package.json", r"could not resolve \"(?P<name>[^\"\n]{1,200})\", but found it in a"),
    Wording.of("relative import path", r"relative import path \"(?P<name>[^\"\n]{1,200})\" not prefixed with"),
    Wording.of("package manually", r"\bplease install (?P<name>[\w@/.-]{1,80}) package manually"),
    Wording.of("driverpackagenotinstallederror"),
    # A native part that was installed for another platform
    Wording.of("invalid elf header", rf"{_NAME}: invalid ELF header"),
    Wording.of("for another platform than", r"you installed (?P<name>[\w@/.-]+) for another platform than"),
    Wording.of("could not load the ", r"could not load the [\"'](?P<name>[\w@/.-]+)[\"'] module\b"),
    Wording.of("@prisma/client did not initialize"),
    Wording.of("prisma client", r"prisma client (?:could not locate|did not initialize)[^\n]*"),
    Wording.of("could not find its ", r"could not find its [`'\"](?P<name>[\w./+-]{1,120})"),
    Wording.of("cannot find native binding"),
    *Wording.any_of(("native binding", "swc binary"), r"failed to load (?:native binding|SWC binary)"),
    Wording.of("went wrong installing", r"went wrong installing the [\"'](?P<name>[\w@/.-]{1,80})[\"'] module"),
    Wording.of("package is missing", r"\bthe \"(?P<name>[\w@/.-]{1,80})\" package is missing\b"),
    Wording.of("[packageloader]", r"\[PackageLoader\] (?:No driver|The \"(?P<name>[\w@/.-]{1,80})\" package)"),
    Wording.of("ensure to install the", r"\bensure to install the \"(?P<name>[\w@/.-]{1,80})\" package"),
    Wording.of("could not locate the bindings file"),
    Wording.of("no native build was found for"),
    Wording.of("only supports platforms", r"\bbundle only supports platforms \["),
    # Browsers that a library starts: Puppeteer, Playwright, Selenium
    *Wording.any_of(
        ("could not find ", "cannot find chrome"),
        r"could not find (?:expected browser \(\w{1,20}\)|(?P<name>Chrom(?:e|ium)|Firefox) \((?:ver|rev)\.)"
        r"|could not find browser revision|cannot find Chrome binary",
    ),
    Wording.of("executable doesn't exist at", r"executable doesn't exist at (?P<name>/\S{1,300})"),
    Wording.of(
        "failed to launch the browser process", r"failed to launch the browser process\W{1,5}spawn (?P<name>\S+) ENOENT"
    ),
    *Wording.any_of(
        ("browser was not found at", "browser at the configured path"),
        r"browser was not found at the configured executablePath"
        r"|find the browser at the configured path \([^)\n]{1,200}\), but no executable",
    ),
    Wording.of("query engine", r"could not (?:locate|find)[^\n]{0,60}query engine"),
    Wording.of("query engine library", r"query engine library for current platform [^\n]{0,80}could not be found"),
    Wording.of("unable to require(", r"unable to require\(`(?P<name>[^`\n]{1,300})`\)"),
    # JVM
    Wording.of("could not find or load main class", rf"could not find or load main class {_NAME}"),
    Wording.of("unable to access jarfile", rf"unable to access jarfile {_NAME}"),
    Wording.of("no main manifest attribute"),
    Wording.of("cannot load driver class", rf"cannot load driver class: {_NAME}"),
    Wording.of("no suitable driver"),
    Wording.of("findexception: ", r"\bFindException: Module (?P<name>[\w.]{1,200}) not found"),
    Wording.of(
        "serviceconfigurationerror", r"\bServiceConfigurationError: \S+ Provider (?P<name>[\w.$]{1,200}) not found"
    ),
    Wording.of("on classpath", r"could not locate (?P<name>[^\s,]{1,200})[^\n]{0,300} on classpath"),
    Wording.of("classnotfoundexception", rf"ClassNotFoundException: {_NAME}"),
    Wording.of("noclassdeffounderror", rf"NoClassDefFoundError: (?!Could not initialize){_NAME}"),
    Wording.of("jar manifest missing", r"error opening zip file or JAR manifest missing ?: ?(?P<name>\S+)"),
    Wording.of("agent library", r"\bagent library failed to init\b|could not find agent library (?P<name>\w{1,60})"),
    Wording.of("file is needed to run this program"),
    Wording.of("unsatisfiedlinkerror", r"UnsatisfiedLinkError: (?:no (?P<name>\w+) in java\.library\.path)?"),
    # The dynamic linker
    Wording.of("error while loading shared libraries", rf"error while loading shared libraries: {_NAME}"),
    Wording.of("error loading shared library", rf"error loading shared library {_NAME}"),
    Wording.of("cannot open shared object file", rf"(?<![\w./@:$\\+-]){_NAME}: cannot open shared object file"),
    Wording.of("symbol not found", r"error relocating [^\n]*: (?P<name>\w+): symbol not found"),
    Wording.of("version `glibc", r"version `(?P<name>GLIBC\w*_[\d.]+)' not found"),
    # Ruby
    Wording.of("could not find gem", rf"could not find gem {_NAME}"),
    Wording.of("can't find gem", r"can't find gem (?P<name>[\w-]+)"),
    Wording.of("cannot load such file", rf"cannot load such file -- {_NAME}"),
    Wording.of(
        "could not find",
        rf"could not find {_NAME}[^\n]{{0,300}} (?:in any of the sources|in locally installed gems|in cached gems"
        rf"|among \d+ total gem)",
    ),
    Wording.of("required by your", r"could not find '(?P<name>[\w-]+)' \([^)\n]*\) required by your"),
    Wording.of("bundler::gemnotfound"),
    Wording.of("gem::gemnotfoundexception"),
    Wording.of("could not locate gemfile"),
    Wording.of("gem::loaderror"),
    Wording.of("missing a gem it depends on", r"missing a gem it depends on\? (?P<name>[\w-]{1,60})"),
    Wording.of("the gem is not loaded"),
    Wording.of("is not part of the bundle", r"\b(?P<name>[\w-]{1,60}) is not part of the bundle"),
    Wording.of("but your gemfile specified"),
    *Wording.any_of(
        ("that version could not", "that version can no longer"),
        r"\blocked to (?P<name>[\w-]{1,60}) \([^)\n]{1,40}\)[^\n]{0,200}that version (?:could not|can no longer)",
    ),
    Wording.of(" - did find: ", r"could not find '(?P<name>[\w-]{1,60})' \([^)\n]{1,40}\) - did find: "),
    Wording.of("is not yet checked out", r"\bgit source (?P<name>\S{1,200}) is not yet checked out"),
    Wording.of("is not installed (set by", r"version [`'](?P<name>[\w.-]{1,40})' is not installed \(set by"),
    Wording.of("could not find a javascript runtime"),
    Wording.of("point sidekiq to a rails application"),
    # PHP
    Wording.of("not found", r"\b(?:Class|Interface|Trait) [\"'](?P<name>[\w\\]+)[\"'] not found"),
    Wording.of("failed opening required", rf"failed opening required {_NAME}"),
    Wording.of("could not open input file", rf"could not open input file: {_NAME}"),
    Wording.of("call to undefined function", r"call to undefined function (?P<name>[\w\\]+)"),
    Wording.of("could not find driver", r"PDOException[^\n]{0,300}could not find driver|^\W*could not find driver"),
    Wording.of("dependencies require a php version"),
    *Wording.any_of(
        ("php", "extension which is required"),
        r"\bPHP (?P<name>\w{1,30} )?extension\b[^\n]{0,30}\b(?:is|are) (?:installed and enabled|required|missing"
        r"|not (?:installed|loaded|enabled))|\b(?:install|enable) the PHP extension (?P<extension>\w{1,30})"
        r"|\bPHP extension (?P<other>\w{1,30}) is (?:required|missing|not (?:installed|loaded|enabled))"
        r"|\bPHP extension ext-(?P<wanted>\w{1,30})[^\n]{0,20} is missing"
        r"|\bmissing the (?P<lacking>\w{1,30}) extension which is required",
    ),
    # ODBC's manager
    Wording.of("can't open lib", r"can't open lib '(?P<name>[^'\n]{1,200})'"),
    Wording.of("no default driver specified"),
    Wording.of("composer install", r"\bdependencies are missing\. [^\n]{0,40}composer install"),
    Wording.of("composer require", r"\b(?P<name>[A-Z][\w ]{1,60}) is missing\. Try running \"?composer require"),
    Wording.of(
        "vendor/autoload.php",
        r"(?P<name>(?<!\S)\S{0,300}?vendor/autoload\.php)[^\n]{0,300}(?:no such file|failed to open)",
    ),
    # .NET
    Wording.of("could not load file or assembly", rf"could not load file or assembly {_NAME}"),
    Wording.of(
        "does not exist",
        r"\bapplication (?:to execute does not exist: ?)?['\"](?P<name>[^'\"\n]+\.dll)['\"](?: does not exist)?",
    ),
    Wording.of(
        "required to execute the application was not found",
        r"library '(?P<name>[^'\n]+)' required to execute the application was not found",
    ),
    Wording.of(
        "could not be found. it may require assembly", r"the type '(?P<name>[^',\n]++)[^\n]{0,300}could not be found"
    ),
    Wording.of("you must install or update .net"),
    Wording.of("couldn't find a valid icu package"),
    Wording.of("could not execute because the application was not found"),
    Wording.of("could not execute because the specified command or file was not found"),
    Wording.of("framework", r"\bframework '(?P<name>[\w.]{1,80})', version '[^'\n]{1,40}'[^\n]{0,20} was not found"),
    *Wording.any_of(
        (".net sdk", ".net core sdk", "dotnet sdk"),
        r"\bno \.NET (?:Core )?SDKs were found|find any installed (?:\.NET|dotnet) (?:Core )?SDKs"
        r"|did you mean to run (?:\.NET|dotnet) (?:Core )?SDK commands|install a \.NET (?:Core )?SDK",
    ),
    Wording.of("could not be found", r"required library (?P<name>libhost\w+\.so) could not be found"),
    Wording.of("version-numbered child folders"),
    Wording.of("compatible framework version", r"not possible to find any compatible framework version"),
    Wording.of("unable to load", r"unable to load (?:DLL|shared library) '(?P<name>[^'\n]+)'"),
    # Go's own tool
    *Wording.any_of(
        ("go.mod file not found", "cannot find main module"), r"\bgo\.mod file not found in|\bcannot find main module\b"
    ),
    Wording.of("no required module provides package", r"no required module provides package (?P<name>\S+[^\s:;])"),
    # Erlang and Elixir, Perl, R, Go plugins
    Wording.of("could not find ", r"^\W*could not find (?P<name>Hex|rebar3?), which is needed to build"),
    Wording.of("could not find a mix.project"),
    Wording.of("code.loaderror", r"\(Code\.LoadError\) could not load (?P<name>\S{1,200})"),
    *Wording.any_of(
        ("unchecked dependencies", "errors on dependencies"),
        r"unchecked dependencies for environment \w+|can't continue due to errors on dependencies",
    ),
    Wording.of("is not available)", r"function (?P<name>\S+) is undefined \(module \S+ is not available\)"),
    Wording.of("@inc", r"can't locate (?P<name>\S+) in @INC"),
    Wording.of("there is no package called", r"there is no package called [\u2018'\"](?P<name>[\w.]+)"),
    Wording.of("plugin.open", r"plugin\.Open\(\"(?P<name>[^\"\n]+)\"\)"),
    # Whoever advises to install, in whatever sentence; not to upgrade the installer
    *Wording.any_of(
        tuple(f"{each} " for each in ("composer", "npm", "yarn", "pnpm", "bundle", "pip", "poetry")),
        r"\brun(?:ning)? [`'\"]?(?:composer|npm|yarn|pnpm|bundle|pip|poetry) (?:install|require|ci)\b"
        r"(?! (?:-g|--global|--upgrade|-U)\b)",
    ),
)
