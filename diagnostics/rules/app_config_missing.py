"""
A setting that the program requires is missing, empty or not valid.

## What it looks for
In the last words of a program that died: `KeyError` of the environment, `X is not set`, `missing required environment
variable`, a settings library's validation (pydantic, envalid, zod, convict, Joi, environ, Spring, viper, envconfig, Rails,
.NET options, Laravel), or an image's own demand (`You must specify POSTGRES_PASSWORD`).

## Why waiting cannot help
The environment is part of the task definition. Every task of this revision gets the same.

## What to do
Add the variable to `environment`, or to `secrets` when it is one:

    secrets={"DATABASE_URL": "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-AbCdEf"}

## What it is not
- A secret that ECS could not fetch: the rules about secrets.
- A region or credentials for AWS that the SDK does not find: `task-role-missing-or-denied`.
- A setting that is there and leads nowhere: `app-dependency-unreachable`, `app-dependency-auth-failed`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/taskdef-envfiles.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
- https://12factor.net/config
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Said, Wording, container_of, said_at_death, tasks_of

ID = "app-config-missing"
VERDICT = Verdict.SUSPECT

_VAR = r"[‘'\"`<{($]*(?P<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{4,})\b"
"""An environment variable as people write them; a single word needs four letters, so that `HTTP` alone is rare."""
_KEY = r"[‘'\"`]?(?P<name>[A-Za-z][\w.-]{2,60})[’'\"`]?"
_STATE = r"(?:not (?:be )?(?:set|defined|found|provided|configured|specified|present|given|exist|available)|n't (?:set|defined|provided|configured|exist)|unset|undefined|missing|required|empty|blank|null|invalid|must be (?:set|defined|provided|specified|configured|present|a|an|one)|needs to be set)"
_WORDINGS = (
    # a variable by name, and its state, in any language's sentence
    Wording.of("_", rf"{_VAR}[’'\"`>}})\]:]*[^\n]{{0,40}}?\b(?:is|are|was|were|has|have|environment|env|variable|must|does|should)?\b[^\n]{{0,30}}?{_STATE}"),
    Wording.of("environment variable", rf"(?:missing|required|mandatory|undefined|unset|set|define|provide|specify|need|no|find|invalid|empty|expected|read)\b[^\n]{{0,60}}environment variables?:?[^\n]{{0,30}}?{_VAR}"),
    Wording.of("environment variable", rf"environment variables?:? {_KEY}[^\n]{{0,60}}{_STATE}"),
    Wording.of("environment variable", rf"(?:missing|required|undefined|unset|not set|not found|not present|invalid)[^\n]{{0,60}}(?:environment|env)(?: ?vars?| variables?)[^\n]{{0,4}}(?:{_KEY})?"),
    Wording.of("env var", rf"(?:missing|required|undefined|unset|not set|set|invalid)[^\n]{{0,40}}env ?vars?:?[^\n]{{0,10}}(?:{_VAR})?"),
    Wording.of("keyerror", rf"KeyError: {_VAR}"),
    Wording.of("keyerror", rf"KeyError: [‘'\"]{_VAR}"),
    Wording.of("key not found", rf"key not found: \"{_VAR}"),
    Wording.of("fetch environment variable", rf"could not fetch environment variable \"?{_VAR}"),
    Wording.of("systemexit", rf"(?:missing|set|require)[^\n]{{0,40}}{_VAR}"),
    Wording.of("parameter", r"(?P<name>[A-Z][A-Z0-9_]{2,}): parameter (?:null or )?not set"),
    Wording.of("unbound variable", r"(?P<name>\w+): unbound variable"),
    Wording.of("you must ", rf"you must (?:specify|set|provide|define)[^\n]{{0,60}}{_VAR}"),
    Wording.of("must be set", rf"{_KEY} must be set"),
    Wording.of("required", rf"(?:missing|required)[^\n]{{0,20}}{_VAR}"),
    Wording.of("please ", rf"please (?:set|provide|define|specify|configure|supply|add)[^\n]{{0,60}}{_VAR}"),
    # settings libraries
    Wording.of("improperlyconfigured", rf"ImproperlyConfigured: (?:set the |the )?{_KEY}[^\n]*"),
    Wording.of("validation error", r"validation errors? for (?P<name>\w*(?:Settings|Config|Configuration|Env|Environment|Options)\w*)"),
    Wording.of("field required", r"field required"),
    Wording.of("invalid environment variables"),
    Wording.of("missing environment variables", r"missing environment variables:?[^\n]*?(?P<name>[A-Z][A-Z0-9_]+)?$"),
    Wording.of("undefinedvalueerror", rf"UndefinedValueError: {_KEY} not found"),
    Wording.of("config validation", rf"config(?:uration)? validation (?:error|failed)[^\n]*?(?:{_VAR})?"),
    Wording.of("configuration", r"(?:invalid|missing|bad|incomplete|required|validat\w+)[^\n]{0,30}\bconfiguration\b[^\n]{0,60}"),
    Wording.of("environmentvalidation", r"EnvironmentValidationError|EnvValidationError|EnvMissingError"),
    Wording.of("could not resolve placeholder", r"could not resolve placeholder '(?P<name>[^']+)'"),
    Wording.of("failed to configure a datasource"),
    Wording.of("failed to bind properties", r"failed to bind properties under '(?P<name>[^']+)'"),
    Wording.of("binding to target", r"binding to target[^\n]*failed"),
    Wording.of("config property", r"(?:config|configuration) (?:property|value|key) '?(?P<name>[\w.-]+)'?[^\n]{0,40}(?:required|not|missing|invalid)"),
    Wording.of("required key", r"required key (?P<name>\w+) missing value"),
    Wording.of("env: ", r"env: (?:required )?(?:environment )?variable \"?(?P<name>\w+)\"? (?:is )?not set"),
    Wording.of("connectionstring", r"ConnectionString property has not been initialized|connection ?string[^\n]{0,40}(?:null|empty|missing|not (?:found|set|configured|initialized))"),
    Wording.of("optionsvalidationexception", r"OptionsValidationException: (?P<name>[^\n]{3,60})"),
    Wording.of("value cannot be null", r"value cannot be null\. \(Parameter '(?P<name>(?:connectionString|key|uriString|secret|apiKey)\w*)'\)"),
    Wording.of("secret_key_base", r"(?:missing|set)[^\n]{0,40}(?P<name>secret_key_base)"),
    Wording.of("secret_key", r"(?P<name>SECRET_KEY) setting must not be empty"),
    Wording.of("no application encryption key"),
    Wording.of("master key", r"missing (?:encryption key|`?RAILS_MASTER_KEY|config/master\.key)[^\n]*|(?P<name>RAILS_MASTER_KEY)"),
    Wording.of("config_file", r"(?:config(?:uration)? file|\.env)[^\n]{0,80}(?:not found|no such file|does not exist|missing)"),
    Wording.of("config", r"\b(?:config(?:uration)?|settings?) file[^\n]{0,80}(?:not found|no such file|does not exist|missing)"),
    Wording.of("no such file", r"open (?P<name>\S*(?:config|settings|\.env|\.ya?ml|\.toml|\.properties)\S*): no such file"),
    # images of databases and products
    Wording.of("database is uninitialized"),
    Wording.of("superuser password is not specified"),
    Wording.of("invalid value", rf"invalid value[^\n]{{0,40}}(?:for|of)[^\n]{{0,20}}(?:environment|env|setting|option|{_VAR})"),
    Wording.of("invalid url", r"(?:TypeError|Error|ERR_INVALID_URL)[^\n]{0,40}invalid url[^\n]*(?:undefined|null|''|\"\")?"),
    Wording.of("url", r"\b(?:url|uri|dsn)\b must (?:be|specify|start|begin|contain|have|include)\b[^\n]*"),
    Wording.of("could not parse", r"(?:could not|cannot|can't|failed to|unable to) parse [^\n]{0,60}\b(?:url|uri|dsn|connection ?string|setting|config\w*|env\w*)\b"),
    Wording.of("parsing", r"error parsing (?:value|env|config|setting|dsn|url)[^\n]*?(?:field \"(?P<name>\w+)\")?$"),
    Wording.of("settingserror"),
    Wording.of("invalid dsn", r"invalid (?:dsn|connection ?string|database url|connection uri)"),
    Wording.of("invalid connection", r"invalid connection ?(?:string|uri|url)"),
    Wording.of("no such file or directory: '{", r"No such file or directory: '\{"),
    Wording.of("invalid uri", r"invalid uri[^\n]*(?:undefined|empty|hostname could not be parsed|scheme)"),
    Wording.of("must be a valid", rf"{_VAR}[^\n]{{0,20}}must be a valid"),
    Wording.of("not a valid", r"(?P<name>[A-Z][A-Z0-9_]{3,})[^\n]{0,40}(?:is )?not (?:a )?valid"),
    Wording.of("unknown log level"),
    Wording.of("secretorprivatekey must have a value"),
    Wording.of("secretorkey", r"(?:requires a secret or key|secretOrKey[^\n]*)"),
    Wording.of("api key", r"(?:missing|no|required|provide|set)[^\n]{0,40}api ?key[^\n]{0,40}|api ?key[^\n]{0,30}(?:is )?(?:missing|required|not set|not provided|must be)"),
    Wording.of("api_key", r"(?:api_key|apiKey)[^\n]{0,60}(?:must be set|missing|required|not set|not provided)"),
    Wording.of("not an allowed value"),
    Wording.of("origin", r"(?:CORS|origins?)[^\n]{0,60}(?:must|invalid|required|not (?:a )?valid|error parsing)"),
)  # fmt: skip
_OTHER = re.compile(
    r"AWS_|credentials|Region is missing|region must be|ECONN|ETIMEDOUT|connection (?:refused|timed out|reset)|could not connect"
    r"|password authentication|access denied|authentication failed|not authorized|permission denied|Read-only file|no module named"
    r"|cannot find module|deprecat|\bwarn(?:ing)?\b|\binfo\b|\bdebug\b|address already in use|out of memory|certificate",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the setting that the program misses."""
    said = [each for each in said_at_death(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    first = said[0]
    name, container = first.group("name").strip("'\"`"), container_of(first)
    who = f"the container {quoted(container)}" if container else "the program"
    return Finding(
        what=f"{who} does not start without a valid {quoted(name)}"
        if name
        else f"{who} does not start without a setting that it requires",
        why="the environment is part of the task definition, so every task of this revision gets the same",
        fix=_fix(evidence, first, name),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _fix(evidence: Evidence, said: Said, name: str) -> str:
    defined = evidence.task_definition.container(container_of(said)) if evidence.task_definition else None
    given = {key for key, _ in (*defined.environment, *defined.secrets)} if defined else set()
    thing = quoted(name) if name else "it"
    if name and name in given:
        return f"correct the value of {thing}: the task definition gives one, and the program does not take it"
    return f"add {thing} to the container's `environment`, or to its `secrets` when it is one"
