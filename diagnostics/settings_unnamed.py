"""How programs, settings libraries and images say that a setting is missing, unnamed or named in lines below alone.

Source: as in `diagnostics.settings_words`, where the sentences are that name it.
"""

from diagnostics.said import Wording
from diagnostics.settings_words import OF_A_SHELL, QUOTE

UNNAMED = (
    *(
        Wording.of(
            literal, rf"{literal}\d+: \d: (?!{OF_A_SHELL})[^\n]{{0,80}}\b(?:missing|required|empty|must|not set)\b"
        )
        for literal in (": line ", "sh: ")
    ),
    Wording.of("environment variables", r"\b(?:invalid|missing)\b[^\n]{0,20}environment variables(?P<below>)"),
    Wording.of(
        "environment variable", r"\b(?:missing|required|unset|invalid|empty)\b[^\n]{0,40}environment variables?\b"
    ),
    Wording.of(
        "environment variable",
        r"environment variables?\b[^\n]{0,40}\b(?:not set|not found|missing|required|not present)\b",
    ),
    *Wording.any_of(("env var", "envvar"), r"\b(?:missing|required|unset|invalid)\b[^\n]{0,40}\benv ?vars?\b"),
    Wording.of("zoderror", r"\bZodError\b(?P<below>)"),
    Wording.of("settings are not configured"),
    Wording.of(
        "invalid ", r"\binvalid (?:config(?:uration)?|settings)\b(?![^\n]{0,300}\b(?:pars|syntax|yaml|line \d))"
    ),
    Wording.of(" validation ", r"config(?:uration)? validation (?:error|failed)"),
    Wording.of("field required", r"\bfield required\b"),
    Wording.of("settingserror", r"SettingsError: error parsing value for field \"(?P<name>\w+)\""),
    Wording.of("no such file or directory: '{"),
    Wording.of("undefinedvalueerror"),
    Wording.of("envnotseterror"),
    Wording.of("missingenvvarserror"),
    Wording.of("failed to configure a datasource"),
    Wording.of("driver claims to not accept jdbcurl"),
    Wording.of("binding to target", r"binding to target[^\n]{0,300}failed"),
    Wording.of("notpresent", r"\bNotPresent\b"),
    Wording.of("environment variable not found"),
    Wording.of("arguments were not provided", r"following required arguments were not provided(?P<below>)"),
    *(
        Wording.of(
            f"{config} file", rf"\b{config} file {QUOTE}\S+ (?:was )?(?:not found|does not exist|is missing|not exist)"
        )
        for config in ("config", "configuration", "settings")
    ),
    Wording.of("config file", r"Config File \"[^\"\n]+\" Not Found in"),
    Wording.of("invalid path: ", r"\bconfig(?:uration)? '[^'\n]{0,200}': invalid path: (?P<name>/\S+)"),
    Wording.of("config", r"\bconfig(?:uration)?: /\S+ (?:does not exist|not found)"),
    *Wording.any_of(
        ("config data resource", "config data location"),
        r"config data (?:resource|location) '(?P<name>[^'\n]+)' [^\n]{0,200}(?:does not exist|cannot be found)",
    ),
    Wording.of(
        ".env",
        r"\b(?:error|failed|unable|could not|cannot)\b[^\n]{0,30}\b(?:load|read|open|find)\w* [^\n]{0,20}\.env\b",
    ),
    Wording.of("could not load database configuration", r"could not load database configuration\. no such file"),
    Wording.of("service account", r"failed to parse service account json file|service account object must contain"),
    Wording.of(
        "no such file",
        r"\b(?:open|l?stat|read(?:ing)?) "
        r"'?(?P<name>[^\s':]*(?:config|settings|\.env|\.ya?ml|\.toml|\.properties)[^\s':]*)'?: no such file",
    ),
    Wording.of(
        "no such file or directory, open",
        r"no such file or directory, open '(?P<name>[^'\n]*(?:config|settings|\.env|\.ya?ml|\.toml)[^'\n]*)'",
    ),
    Wording.of("environment file", r"unable to read any of the environment file"),
    Wording.of("connectionstring property has not been initialized"),
    Wording.of(
        "not configured",
        r"\b(?:key|secret|token|password|url|uri|dsn|credentials?|connection string) (?:is|are) not configured\b",
    ),
    Wording.of("format of the initialization string does not conform"),
    Wording.of("no application encryption key has been specified"),
    Wording.of("unsupported cipher or incorrect key length"),
    Wording.of("the only supported ciphers are"),
    Wording.of("no supported encrypter found"),
    Wording.of("key length is zero"),
    # MinIO writes the variable into the lines below
    Wording.of("please check the value", r"^\W{0,10}please check the value\b(?P<below>)(?P<name>)"),
    Wording.of("srcfg0", r"\bSRCFG000\d\d:"),
    Wording.of("configuration errors have prevented the application from starting"),
    Wording.of("config validation of", r"\[config validation of (?P<name>\[[^\n]{1,80}\]\.?\w*)\]:"),
    Wording.of("minimum length of", r"\[(?P<name>[\w.]+)\]: value has length \[\d+\] but it must have a minimum"),
    Wording.of("has an error", r"\.ya?ml has an error:(?P<below>)(?P<name>)"),
    Wording.of("setting ", r"^[^\n]{0,120}\bSetting \"(?P<name>[\w.]+)\" (?:doesn't exist|must be|hasn't been set)"),
    Wording.of("environment variable(s)", r"\bfor key \"(?P<name>[\w.]+)\" in `\w+`? environment variable"),
    Wording.of("system.getenv", r"because the return value of \"java\.lang\.System\.getenv\(String\)\" is null"),
    Wording.of("application environment", r"could not fetch application environment :(?P<name>\w+) for application"),
    Wording.of("not found in configuration", r"section '(?P<name>[\w:.]+)' not found in configuration"),
    Wording.of(
        "must be configured", r"the child (?:config|node) \"(?P<name>\w+)\" (?:under|at path) \S+ must be configured"
    ),
    Wording.of("] not configured", r"\[(?P<name>[\w.-]+)\] not configured\b"),
    Wording.of("is not present in the configuration", r"key '(?P<name>[^'\n]+)' is not present in the configuration"),
    Wording.of("cannot convert configuration to a", r"cannot convert configuration to an? [\w.]+(?P<below>)(?P<name>)"),
    Wording.of("property doesn't exist", r"property value \[\$\{(?P<name>[^}\n]+)\}\]\. Property doesn't exist"),
    Wording.of("the application secret has not been set"),
    Wording.of("requires a client", r"Strategy requires a (?P<name>client\w+) option"),
    Wording.of("missing encryption key to decrypt"),
    # Keys that are no keys
    *Wording.any_of(
        ("private key", "public key"),
        r"(?:failed|unable|could not|cannot) (?:to )?(?:parse|read|load|decode|deserialize) (?:the )?(?:provided )?"
        r"(?:private|public) key",
    ),
    Wording.of("invalid pem"),
    Wording.of("decoder routines::unsupported"),
    Wording.of("could not deserialize key data"),
    # The names of errors: an exception that says by its name that it is about the configuration
    *(
        Wording.of(
            about,
            rf"(?-i:\b[A-Za-z]{{0,60}}{about}(?:::)?[A-Za-z]{{0,40}}(?:Error|Exception)(?:\$\w{{1,40}})?): "
            r"(?![^\n]{0,300}\b(?:pars|syntax|yaml|line \d|import|psycopg|inject))",
        )
        for about in ("Config", "Settings", "EnvironmentVariable", "EnvVar")
    ),
    Wording.of(
        "improperlyconfigured",
        r"\bImproperlyConfigured: (?![^\n]{0,300}\b(?:import|loading|INSTALLED_APPS|model|view))",
    ),
    Wording.of("missingkeys", r"\b(?:Figaro|Dotenv)::MissingKeys: [^\n]{0,60}\[\"(?P<name>\w+)"),
    Wording.of("missingmandatoryvalue", r"\bMissingMandatoryValue: [^\n]{0,40}: (?P<name>[\w.]+)"),
    Wording.of("configparser.no", r"\bconfigparser\.No(?:Section|Option)Error: No \w+:? '(?P<name>\w+)'"),
    Wording.of("adapternotspecified", r"AdapterNotSpecified: '(?P<name>\w+)' database is not configured"),
    Wording.of("not valid", r"\bconfig(?:uration)?(?: value)?\b[^\n]{0,40}\b(?:is )?not valid (?:JSON|YAML|TOML)"),
    Wording.of("messageencryptor::invalidmessage"),
    # URLs and keys that are undefined or empty
    Wording.of("invalid url", r"\bTypeError(?: \[[^\]]*\])?: Invalid URL|Invalid URL:? ?(?:undefined|null|''|\"\")"),
    Wording.of("format of the initialization string does not conform"),
    Wording.of("no configuration found in file", r"no configuration found in file:? (?P<name>\S+)"),
    Wording.of("could not parse ", r"could not parse (?:rfc1738|SQLAlchemy) URL"),
    Wording.of("expected string or url object, got none"),
    Wording.of("redis url must specify"),
    Wording.of("invalid scheme, expected connection string"),
    Wording.of("invalid mongodb uri"),
    Wording.of("mongodb uri", r"mongodb uri[^\n]{0,40}(?:invalid|required|undefined)"),
    Wording.of("parameter to `openuri()`", r"`uri` parameter to `openUri\(\)` must be a string"),
    Wording.of("dialect needs to be explicitly supplied"),
    Wording.of("cannot parse", r"cannot parse `[^`\n]*`: failed to parse"),
    Wording.of("invalid dsn", r"invalid DSN\b"),
    Wording.of("default addr for network", r"default addr for network \S+ unknown"),
    Wording.of('must start with "jdbc"'),
    Wording.of("the url must start with the protocol"),
    *Wording.any_of(("url must", "uri must", "dsn must"), r"\b(?:url|uri|dsn) must (?:start|begin) with"),
    Wording.of("ports must be within range"),
    Wording.of(": must be of type", r"^(?:Error: )?(?P<name>[\w.]+): must be of type \w+"),
    Wording.of("secretorprivatekey must have a value"),
    Wording.of("jwtstrategy requires a secret or key"),
    Wording.of("secret option required for sessions"),
    Wording.of("neither apikey nor config.authenticator"),
    Wording.of("refusing to start due to insecure"),
    *Wording.any_of(
        ("api key", "apikey"),
        r"(?:missing|no|required|provide|set)\b[^\n]{0,25}\bapi ?key\b|\bapi ?key\b[^\n]{0,25}(?:missing|required"
        r"|not set|not provided)",
    ),
    # The entry points of images
    Wording.of("superuser password is not specified"),
    Wording.of("password option is not specified"),
    Wording.of("discovery settings are unsuitable for production"),
    Wording.of("hostname is not configured"),
    Wording.of("strict hostname resolution"),
    Wording.of("key material not provided to setup https"),
    Wording.of("app keys are required"),
    Wording.of("missing apitoken.salt"),
    Wording.of("missing jwtsecret"),
    Wording.of("mismatching encryption keys"),
    Wording.of("inherited from the shell environment"),
)
"""Each says that one misses, and names none or says it in the lines below."""

BELOW = (
    r"""^[\s"'\[*-]*(?:path:? ?\[? ?['"])?(?P<name>[A-Za-z][\w.-]*(?:_\w+|[a-z]\w*)|[A-Z]{4,})\b['"]?"""
    r"""(?=\s*[:,\]<]|\s*$)"""
)
"""A setting in a line of its own, below a line that announces it."""
