"""How programs, settings libraries and images say that a setting is missing or not valid.

Source: what pydantic-settings, django-environ, python-decouple, environs, dynaconf, SQLAlchemy, Django, envalid,
convict, zod, t3-env, Joi, env-var, dotenv-safe, mongoose, Sequelize, jsonwebtoken, passport-jwt, envconfig,
caarlos0/env and pgx print, provoked. The wordings of Spring Boot, SmallRye Config, Typesafe Config, .NET, Rails,
Laravel, Symfony, Phoenix, clap, cobra and of the entry points of images are known from reports of failures; no source
of theirs is cited here.
"""

from diagnostics.said import Wording

_NO_VARIABLE = (
    r"(?!(?:ERR?_|E[A-Z]{3,}\b|ORA_|SQL|FATAL|WARN|INFO\b|DEBUG\b|CRITICAL|SEVERE|NOTICE|PANIC|HTTPS?\b|JSON|YAML"
    r"|TOML|NULL"
    r"|NONE|TRUE|FALSE|SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|TABLE|DROP\b|FROM|WHERE|MUST|SHOULD|CORS|APPLICATION"
    r"|DESCRIPTION|ACTION|MODULE_NOT|UNABLE_|SELF_|CERT_|DEPTH_|INVALID|MISSING|REQUIRED|UNKNOWN|NOT_|ACCESS_"
    r"|WRONG|FAILED"
    r"|HTTP_(?:HOST|USER_AGENT|REFERER|X_|ACCEPT|COOKIE|AUTHOR)|REMOTE_(?:ADDR|USER)|REQUEST_(?:METHOD|URI)|QUERY_STRING"
    r"|ELIFECYCLE|AWS_|CONFIG\b|UTF|ASCII|UUID|POST\b|GLIBC|VALUES))"
)
"""Capitals that are codes, levels, parts of a request or words of languages; AWS's own variables are another rule's."""
VARIABLE = rf"(?<![\w.$/-])(?-i:{_NO_VARIABLE}(?P<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{{4,}})\b)(?![.(/-]\w)"
"""An environment variable as people write them; a single word needs four letters."""
_LONG = rf"(?<![\w.$/-])(?-i:{_NO_VARIABLE}(?P<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b)(?![.(/-]\w)"
"""One of several words."""
_QUOTE = r"[\u2018'\"`<{(\[$]*"
_END = r"[\u2019'\"`>})\]]*"
_KEY = r"[\u2018'\"`]?(?P<name>[A-Za-z][\w.:-]{2,60})[\u2019'\"`]?"
_STATE = (
    r"(?:not (?:be )?(?:been )?(?:set|defined|found|provided|configured|specified|present|given)"
    r"|n't (?:been )?(?:set|defined|provided|configured|specified|exist)|unset\b|undefined|missing|required|empty|blank"
    r"|is null|a required|must (?:be|have|start|begin|contain|match|not)|should be a|needs to (?:be|contain|have|match"
    r"|start)|invalid\b|no value)"
)
_OF_A_SHELL = (
    r"(?:command not found|not found|no such file|permission denied|is a directory|not a directory|cannot|can't"
    r"|readonly|bad|unbound|syntax|arg|exec|integer|not a valid|invalid|unexpected|ambiguous|division|text file busy"
    r"|numeric)"
)
"""What a shell itself says of a word in a script's line."""
_ASK = r"(?:set|provide|define|specify|configure|supply|add|export|declare|pass)"


NAMED = (
    # The environment of the languages themselves
    Wording.of("keyerror", rf"\bKeyError: ['\"]{VARIABLE}['\"]"),
    Wording.of("key not found", rf"key not found: \"{VARIABLE}\""),
    Wording.of("fetch environment variable", rf"could not fetch environment variable \"?{VARIABLE}"),
    Wording.of("parameter ", r"\b(?P<name>[A-Za-z_]\w*+): parameter (?:null or )?not set"),
    Wording.of("unbound variable", r"\b(?P<name>[A-Za-z_]\w*+): unbound variable"),
    # `${NAME:?sentence}` of shells: bash names the line, dash its number alone
    *(Wording.of(literal, rf"{literal}\d+: {VARIABLE}: (?!{_OF_A_SHELL})\S") for literal in (": line ", "sh: ")),
    Wording.of("environment variable not found", r"environment variable not found:? ['\"]?(?P<name>\w+)"),
    # A variable and its state, in anybody's sentence
    Wording.of("environment variable", rf"environment variables?:? {_QUOTE}{VARIABLE}{_END}[^\n]{{0,60}}{_STATE}"),
    Wording.of(
        "environment variable", rf"environment variables? {_KEY} (?:is |was )?(?:not set|unset|missing|required|empty)"
    ),
    Wording.of("_", rf"{_LONG}{_END}:?[^\n;{{}}()=]{{0,50}}?\b{_STATE}"),
    Wording.of("must ", rf"{VARIABLE}{_END}:? must (?:be|have|start|contain)\b"),
    Wording.of(" variable ", rf"{VARIABLE}{_END} (?:environment )?variable (?:must|needs? to|has to|should)\b"),
    Wording.of("required", rf"{VARIABLE}{_END}:? (?:(?:is|are) (?:a )?)?required\b"),
    Wording.of(" too ", rf"{VARIABLE}{_END} is too (?:short|long|weak)\b"),
    Wording.of(
        "$", r"(?<![\w$])\$(?P<name>(?-i:[A-Z][A-Z0-9_]{2,60})) (?:must be set|is not set|is required|not set)\b"
    ),
    Wording.of("invalid ", rf"\binvalid {VARIABLE}\W{{0,3}}$"),
    Wording.of(" not set", rf"{VARIABLE}{_END} (?:is |was )?not set\b"),
    Wording.of("missing", rf"{VARIABLE}{_END}:? (?:is )?missing\b"),
    Wording.of("not found", rf"{VARIABLE}{_END} not found\b"),
    Wording.of("undefined", rf"^\s*{VARIABLE}{_END}:? (?:is )?undefined\b"),
    Wording.of("should be", rf"{VARIABLE}{_END} should be (?:a|an|one|set)\b"),
    Wording.of("not a valid", rf"{VARIABLE}{_END}[^\n]{{0,20}}(?:is )?not a valid\b"),
    Wording.of(
        "_", rf"\b(?:missing|required|undefined|unset|empty|invalid(?: value for)?)\b[^\n]{{0,40}}?{_QUOTE}{_LONG}"
    ),
    Wording.of(
        "_", rf"\b(?:please|must|need to|have to|should|forgot to)\b[^\n]{{0,30}}\b{_ASK}\b[^\n]{{0,60}}?{_LONG}"
    ),
    Wording.of("environment variable", rf"\b{_ASK}\b[^\n]{{0,40}}?{VARIABLE}[^\n]{{0,12}}environment variable"),
    Wording.of(
        "environment variable",
        rf"\b(?:missing|required|{_ASK}|define|invalid"
        rf"|empty)\b[^\n]{{0,60}}environment variables?:?[^\n]{{0,30}}?{VARIABLE}",
    ),
    Wording.of(
        "env",
        rf"\b(?:could not|couldn't|cannot|can't|unable to|failed to) (?:find|read|get|load|resolve) (?:the )?"
        rf"{_QUOTE}{VARIABLE}{_END} (?:variable )?(?:in|from) [^\n]{{0,20}}\benv",
    ),
    Wording.of(
        "value for",
        r"\b(?:no|missing|find an?|find) value for (?:the )?(?:required )?(?:config(?:uration)?|setting|property|option"
        r"|parameter|variable|argument|key)(?: key)? [\"'`]?(?P<name>[\w.:-]{2,60})",
    ),
    # A setting that is quoted, with dots or small letters in it
    Wording.of(
        " set",
        r"[`'\"](?P<name>[A-Za-z](?=[A-Za-z0-9]*[._-])[\w.-]+)[`'\"] "
        r"(?:must be|needs to be|has to be|is not|was not) set\b",
    ),
    Wording.of(
        "environment variable",
        rf"{VARIABLE}[^\n]{{0,30}}environment variables? (?:must|needs?|has|have|is|are|was|were) [^\n]{{0,20}}"
        r"(?:set|provided|defined|required|missing|empty)\b",
    ),
    *(
        Wording.of(
            f"{state} ",
            rf"\b{state} (?:required )?(?:configuration|config|setting|option|parameter|field|property)s?"
            r"(?: key| value| field| property)?:? [\"'`:]?(?P<name>[A-Za-z][\w.-]{2,60})[\"'`]?$",
        )
        for state in ("missing", "required")
    ),
    *(
        # FusionAuth's `Configuration [database.url] is invalid`, icecast's `setting for 'source-password' is missing`
        Wording.of(
            kind,
            rf"\b{kind}(?: (?:for|of|named|value))?:? [\[`'\"](?P<name>[A-Za-z][\w.:-]{{2,60}})[\]`'\"] (?:is|was) "
            r"(?:invalid|missing|empty|required|not (?:set|valid|provided|configured|specified|defined))\b(?! in type)",
        )
        for kind in ("configuration", "config", "setting", "property", "option")
    ),
    Wording.of(
        "missing ",
        r"\bmissing (?P<name>[\w-]{1,60}(?:\.[\w-]{1,60}){1,5}) "
        r"(?:configuration|config|setting|option|property|parameter|value|key)\b",
    ),
    # Joi's words: `"baseURL" is required`
    Wording.of(
        '" ',
        r"^(?:\w{0,40}Error: )\"(?P<name>[\w.\[\]-]{2,60})\" (?:is required|is not allowed to be empty"
        r"|must be (?:a|an|one)\b)",
    ),
    Wording.of(
        "no ",
        r"\bno (?!such|other|more|further|valid|default)(?P<name>[\w.-]{3,60})"
        r" (?:setting|property|option|variable|configuration|value) (?:was |is |has been )?"
        r"(?:provided|configured|specified|given|set|defined)\b",
    ),
    Wording.of("java_home", r"\b(?P<name>JAVA_HOME)\b[^\n]{0,80}\b(?:not (?:set|defined|exist|point)|invalid)"),
    Wording.of("could not find java in", r"could not find java in (?P<name>\w*JAVA_HOME)\b"),
    # Settings libraries
    Wording.of("improperlyconfigured", r"ImproperlyConfigured: The (?P<name>[A-Z_]+) setting must not be empty"),
    Wording.of(
        "validation error",
        r"validation errors? for (?P<name>\w*(?:Settings|Config|Configuration|Env|Environment|Options)\w*)(?P<below>)",
    ),
    Wording.of("env-var:", r"env-var: \"(?P<name>\w+)\""),
    Wording.of("defined in .env", r"variables were defined in \S+ but are not present(?P<below>)(?P<name>)"),
    Wording.of("could not resolve placeholder", r"could not resolve placeholder \W{1,3}(?P<name>[\w.:-]+)"),
    Wording.of(
        "] ",
        r"\b(?:connection|store|driver|disk|guard|mailer|broker|channel) \[(?P<name>[\w.-]+)\] (?:is )?"
        r"not (?:configured|defined|supported)",
    ),
    Wording.of(
        "please ",
        r"\bplease (?:define|set|provide|specify|configure|add) (?:an? |the |your )?[`'\"](?P<name>\w[\w.-]+)[`'\"]",
    ),
    Wording.of("failed to bind properties", r"failed to bind properties under '(?P<name>[^'\n]+)'"),
    Wording.of("config property", r"config property (?P<name>[\w.\"-]+) is (?:required|defined as the empty)"),
    Wording.of("no configuration setting found", r"no configuration setting found for key '(?P<name>[^'\n]+)'"),
    Wording.of("configuration key", r"configuration key \"(?P<name>[\w.]+)\" does not exist"),
    Wording.of("required key", r"required key (?P<name>\w+) missing value"),
    Wording.of("assigning ", r"assigning (?P<name>[A-Z]\w*) to \w+: converting"),
    Wording.of("flag", r"required flags?(?:\(s\))? \"?(?P<name>[\w-]+)\"? (?:not|is not) (?:set|provided)"),
    Wording.of("arguments are required", r"the following arguments are required: (?P<name>[\w-]+)"),
    Wording.of("missing ", r"\bmissing (?:a )?values? for:? [\"'`]?(?P<name>[A-Za-z][\w.:-]+)"),
    Wording.of(
        "process.env.",
        r"\bprocess\.env\.(?P<name>\w+)[^\n]{0,30}\b(?:undefined|not set|missing|required|empty|not defined)\b",
    ),
    Wording.of("is not configured for the", r"the `(?P<name>\w+)` database is not configured"),
    Wording.of("missing flag", r"missing flags?: (?P<name>--[\w-]+)"),
    Wording.of("missing ", r"\bmissing (?:field|value for field) [`'\"]?(?P<name>\w+)"),
    Wording.of("configuration property", r"configuration property \"(?P<name>[\w.]+)\" not found"),
    Wording.of(
        "optionsvalidationexception",
        r"OptionsValidationException: (?:DataAnnotation validation failed for )?'?(?P<name>\w+)",
    ),
    Wording.of(
        "value cannot be null",
        r"value cannot be null\. \(Parameter '(?P<name>(?:connectionString|uriString|secret|apiKey|key|host|server"
        r"|endpoint|baseUrl|uri|url|issuer|authority|token|username|password|dsn)\w*)'\)",
    ),
    Wording.of("configuration missing value for", r"configuration missing value for:? '?(?P<name>[\w:.]+)"),
    Wording.of(
        "field validation for",
        r"Key: '(?P<name>\w*(?:Config|Settings|Env|Options)\w*\.[\w.]+)' Error:Field validation for",
    ),
    *Wording.any_of(
        ("connection string", "connectionstring"), r"connection ?string '?(?P<name>\w+)'? (?:was )?not found"
    ),
    *Wording.any_of(("connection string", "connectionstring"), r"no connection ?string named '(?P<name>\w+)'"),
    Wording.of("secret_key_base", r"missing [^\n]{0,20}(?P<name>secret_key_base)"),
    Wording.of("failed assertions", r"environment variables failed assertions: (?P<name>\w+)"),
    Wording.of("app.keys", r"please set (?P<name>app\.keys)"),
    Wording.of(
        " is required",
        r"\b(?P<name>supabaseUrl|supabaseKey|databaseUrl|connectionString|clientId|clientSecret)\b is required",
    ),
    Wording.of(
        "initialization of ", r"initialization of '?(?P<name>[\w.]+)'? failed: [^\n]{0,300}(?:not set|missing|required)"
    ),
)
"""Each names the setting."""

UNNAMED = (
    *(
        Wording.of(
            literal, rf"{literal}\d+: \d: (?!{_OF_A_SHELL})[^\n]{{0,80}}\b(?:missing|required|empty|must|not set)\b"
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
            f"{config} file", rf"\b{config} file {_QUOTE}\S+ (?:was )?(?:not found|does not exist|is missing|not exist)"
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
