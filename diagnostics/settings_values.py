"""How programs choke on the value of a setting: empty, undefined, a placeholder left as it is, or not to be read.

A host that is called `undefined`, `None` or `${HOST}` is a variable that nobody gave, whatever the resolver says of it.
The wordings are those of CPython, Go's strconv, the JVM, .NET, Rust, Node, SQLAlchemy, Sentry, Prisma, Rails, Laravel,
Alembic, Sequelize, node-config, the drivers of MongoDB and SQL Server and Google's libraries, as known from reports of
failures; no source of theirs is cited here.
"""

import re

from diagnostics.said import Wording
from diagnostics.settings_words import VARIABLE

_NOTHING = r"(?:undefined|null|None|nil|NaN|<nil>)"
_PLACEHOLDER = r"(?:\$\{\w{1,60}\}|\$\([\w.]{1,60}\)|\$[A-Z]\w{1,60}|\{\{ ?[\w.]{1,60} ?\}\}|__[A-Z_]{2,60}__)"
_HOST_OF_NOTHING = (
    r"(?-i:(?<![\w.])"
    r"(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|connecting to|lookup|upstream|host|server at|resolve)"
    rf"[ :=]{{1,3}}[\"'`]?(?:{_NOTHING}|{_PLACEHOLDER})(?![\w.-]))"
)
HOST_OF_NOTHING = re.compile(_HOST_OF_NOTHING)

NO_HOST = Wording.any_of(
    (
        *("enotfound", "eai_again", "econnrefused", "etimedout", "connecting to", "lookup", "upstream", "host"),
        *("server at", "resolve"),
    ),
    _HOST_OF_NOTHING,
)
"""Each says that nothing stands where the name of a host should."""

VALUES = (
    # A number that is none
    Wording.of("invalid literal for int()", rf"invalid literal for int\(\) with base 10: ['\"]{_NOTHING}?['\"]"),
    Wording.of("could not convert string to float", rf"could not convert string to float: ['\"]{_NOTHING}?['\"]"),
    Wording.of("could not be cast to integer", rf"could not be cast to integer value as ['\"]{_NOTHING}?['\"]"),
    Wording.of("invalid value for integer()", r"invalid value for Integer\(\): \"\""),
    Wording.of("strconv.", r"\bstrconv\.\w{1,20}: parsing \"\": invalid syntax"),
    # The JVM, of an empty text and of a variable that is not there
    *Wording.any_of(
        ("for input string", "empty string", "numberformatexception", "cannot parse null string"),
        r"For input string: \"\"|NumberFormatException: (?:empty String|null\b|Zero length string)"
        r"|Cannot parse null string",
    ),
    Wording.of("the input string ''", r"The input string '' was not in a correct format"),
    *Wording.any_of(
        ("kind: empty", "empty string"),
        r"ParseIntError \{ kind: Empty|cannot parse (?:integer|float) from empty string",
    ),
    Wording.of("invalid duration", r"\btime: invalid duration \"\""),
    Wording.of("err_socket_bad_port", r"ERR_SOCKET_BAD_PORT"),
    # A text that is none
    Wording.of("str expected, not nonetype"),
    Wording.of("invalid value undefined"),
    Wording.of("must be a type of string", r"secret_key_base[`'\"]? for \w+ environment must be a type of string"),
    Wording.of("baddsn", r"\bBadDsn\b"),
    Wording.of("string reference not set to an instance of a string"),
    # An address that is none
    Wording.of(
        "invalid uri: ",
        r"\binvalid URI: (?:the URI (?:is empty|scheme is not valid)|invalid port specified"
        r"|the (?:format of the URI could not be determined|hostname could not be parsed))",
    ),
    Wording.of("bad uri", r"\bbad URI ?\(is not URI\?\): (?:\"\"|nil\b|\"?\$\{)"),
    Wording.of("invalidurlerror", r"\bInvalidURLError\) invalid URL"),
    *Wording.any_of(
        ("relativeurlwithoutbase", "emptyhost", "relative url without a base"),
        r"\bRelativeUrlWithoutBase\b|\bEmptyHost\b|\brelative URL without a base\b",
    ),
    Wording.of(
        'parse "',
        r"\bparse \"[^\"\n]{0,300}\": (?:invalid (?:port|URL escape|userinfo|character)|net/url: invalid"
        r"|first path segment)",
    ),
    Wording.of("net/url: invalid userinfo"),
    *Wording.any_of(
        ("missing port in address", "missing address", "unknown port", "too many colons in address", "servname not"),
        r"\b(?:listen|dial) (?:tcp|udp)[46]?:? [^\n]{0,80}(?:missing port in address|missing address|unknown port"
        r"|too many colons in address|servname not supported)",
    ),
    Wording.of("malformed d", r"\bmalformed (?:database (?:connection )?(?:URL|DSN|string)|DSN)\b"),
    Wording.of(
        "sqlalchemy.dialects:", r"can't load plugin: sqlalchemy\.dialects:(?:postgres|driver|https?|None|null)\b"
    ),
    Wording.of("unknown driver", r"\bsql: unknown driver \"\""),
    Wording.of(
        "could not resolve substitution", r"could not resolve substitution to a value: \$\{\??(?P<name>[^}\n]{1,80})"
    ),
    # A connection string that its driver cannot read, and credentials that a library does not find
    Wording.of("mongoparseerror", r"\bMongoParseError: (?!options? )"),
    Wording.of("p101", r"\bP101[23]\b"),
    Wording.of("auth/invalid-api-key"),
    *Wording.any_of(
        ("defaultcredentialserror", "default credentials"),
        r"\bDefaultCredentialsError\b|could not (?:load|find) (?:the )?default credentials",
    ),
    Wording.of("keyword not supported", r"\bkeyword not supported: '(?P<name>[^'\n]{1,60})'"),
    Wording.of("without", r"\bsecrets enabled in non-debug without `(?P<name>\w+)`"),
    # A file of settings that is not there, or cannot be read
    Wording.of(
        "no such file", r"\bconfig(?:uration)?\b[^\n:]{0,40}: (?:open|stat|read) (?P<name>/[^\s:]+): no such file"
    ),
    Wording.of("did not match any deployment config file"),
    Wording.of("cannot be read", r"\bconfig file (?P<name>\S{1,200}) cannot be read\b"),
    Wording.of("required positional", r"\b\w*(?:Settings|Config)\.__init__\(\) missing \d{1,2} required positional"),
    Wording.of("sequelize init", r"cannot find \"(?P<name>[^\"\n]{1,200})\"\. Have you run \"sequelize init"),
    Wording.of("no config file", r"\bno config file '(?P<name>[^'\n]{1,200})' found"),
    *Wording.any_of(
        ("environment file is invalid", "failed to parse dotenv file"),
        r"\bthe environment file is invalid!|\bfailed to parse dotenv file",
    ),
    Wording.of("database file at path", r"database file at path \[(?P<name>[^\]\n]{1,200})\] does not exist"),
    # A key that is too short
    Wording.of("idx10", r"\bIDX10(?:603|653|703|720)\b"),
    Wording.of("secret_key_base", r"\b(?P<name>secret_key_base) to be at least \d"),
    # A key that is not there
    Wording.of("undefined array key", rf"\bundefined array key \"{VARIABLE}"),
    Wording.of("undefined index", rf"\bundefined index: {VARIABLE}"),
    Wording.of("otp_app", r"\bkey :(?P<name>\w{1,60}) not found in: \[(?:[^\n]{0,300} )?otp_app:"),
    Wording.of("missing configuration for"),
    Wording.of("missing credentials for"),
    Wording.of("does not specify adapter"),
    Wording.of("did you provide a valid config file"),
    Wording.of("no modules or inputs enabled"),
    Wording.of("access key length should be"),
    Wording.of("flag needs an argument", r"\bflag needs an argument: (?P<name>-{1,2}[\w.-]{1,60})"),
    Wording.of("flag provided but not defined", r"\bflag provided but not defined: (?P<name>-{1,2}[\w.-]{1,60})"),
    Wording.of("unknown flag", r"\bunknown flag: (?P<name>-{1,2}[\w.-]{1,60})"),
    *Wording.any_of(
        ("unsupported", "unknown", "invalid", "unrecognized", "unrecognised"),
        r"\b(?:unsupported|unknown|invalid|unrecogni[sz]ed) (?:\w{1,20} ){1,4}(?:type|driver|dialect|provider|backend"
        rf"|mode|environment|engine|store|scheme|level):? ['\"`]?(?:{_NOTHING}\b|''|\"\")",
    ),
    # A sentence of the author's own
    Wording.of("to be ", rf"\bexpected {VARIABLE}[`'\"]? to be (?:defined|set|present|provided|given)\b"),
    *Wording.any_of(
        ("find", "locate", "open", "read", "load"),
        r"\b(?:cannot|can't|could not|couldn't|unable to|failed to) (?:find|locate|open|read|load) (?:the |any |a )?"
        r"(?:config(?:uration)?|settings) file\b",
    ),
    *Wording.any_of(
        ("missing required", "missing mandatory"),
        r"\bmissing (?:required|mandatory) (?:config(?:uration)?|settings?)\b",
    ),
)
"""Each says that a setting's value is none; some name the variable."""
