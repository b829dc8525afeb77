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
QUOTE = r"[\u2018'\"`<{(\[$]*"
_END = r"[\u2019'\"`>})\]]*"
_KEY = r"[\u2018'\"`]?(?P<name>[A-Za-z][\w.:-]{2,60})[\u2019'\"`]?"
_STATE = (
    r"(?:not (?:be )?(?:been )?(?:set|defined|found|provided|configured|specified|present|given)"
    r"|n't (?:been )?(?:set|defined|provided|configured|specified|exist)|unset\b|undefined|missing|required|empty|blank"
    r"|is null|a required|must (?:be|have|start|begin|contain|match|not)|should be a|needs to (?:be|contain|have|match"
    r"|start)|invalid\b|no value)"
)
OF_A_SHELL = (
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
    *(Wording.of(literal, rf"{literal}\d+: {VARIABLE}: (?!{OF_A_SHELL})\S") for literal in (": line ", "sh: ")),
    Wording.of("environment variable not found", r"environment variable not found:? ['\"]?(?P<name>\w+)"),
    # A variable and its state, in anybody's sentence
    Wording.of("environment variable", rf"environment variables?:? {QUOTE}{VARIABLE}{_END}[^\n]{{0,60}}{_STATE}"),
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
        "_", rf"\b(?:missing|required|undefined|unset|empty|invalid(?: value for)?)\b[^\n]{{0,40}}?{QUOTE}{_LONG}"
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
        rf"{QUOTE}{VARIABLE}{_END} (?:variable )?(?:in|from) [^\n]{{0,20}}\benv",
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
