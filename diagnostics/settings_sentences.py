"""How a program says in its closing words, in a sentence of its author's own, that it lacks a setting.

These sentences are of no library, so only their grammar is known: a thing that is configured (an option, a key with
dots, a secret, an address) and its state, or the advice to give it one. They count in what a program ended with alone:
on the way there, programs speak of requests and forms in the same words.
"""

import re

from diagnostics.said import Wording
from diagnostics.settings_words import VARIABLE

_OPEN, _CLOSE = r"[\u2018'\"`<{(\[$]{0,3}", r"[\u2019'\"`>})\]]{0,3}"
_OPTION = (
    r"(?<![\w./:-])(?P<name>--?[a-z][\w.-]{1,60}|[a-z][\w-]{0,40}(?:[._][a-z][\w-]{0,40}){1,5}"
    r"|(?-i:[a-z]{2,30}[A-Z][A-Za-z]{1,40}))"
)
_QUOTED = r"[\u2018'\"`\[](?P<name>[A-Za-z][\w.:-]{1,60})[\u2019'\"`\]]"
_THING = (
    r"(?:config(?:uration)?s?(?: (?:file|option|value|key|section|property|parameter|setting)s?)?|settings?"
    r"|env(?: ?vars?)?|(?:environment )?variables?|options?|parameters?|propert(?:y|ies)|secrets?(?: keys?)?"
    r"|(?:api|access|encryption"
    r"|signing|private|master|session|app|application|licen[cs]e|jwt|auth|shared|fernet|secret|public|publishable)"
    r"[ _-]?keys?|tokens?|pass(?:word|phrase)s?|user ?names?|credentials?|client[ _-]?ids?|DSN|UR[LI]s?|endpoints?"
    r"|connection ?strings?|licen[cs]es?|host ?names?|domains?(?: names?)?|(?:listen |bind )?address(?:es)?|buckets?"
    r"|databases?(?: (?:name|user|type|driver|backend))?|base ?path|time ?zone|log ?level|mode|schema configuration)\b"
)
_STATES = (
    ("required", r"(?:is |are )?(?:a )?(?<!not )required\b(?! (?:positional|keyword|argument|an? |to |by ))"),
    ("mandatory", r"(?:is |are )?mandatory"),
    ("missing", r"(?:is |are )?missing\b"),
    ("must be", r"must be\b(?! (?:logged|called|used|run|installed|imported|unique))"),
    ("must not be", r"must not be (?:empty|blank|null|the default|undefined|unset)"),
    ("must start with", r"must start with"),
    ("minimum length", r"[^\n]{0,40}minimum length"),
    ("be empty", r"(?:can ?not|can't|may not|should not) be empty"),
    ("be blank", r"(?:can ?not|can't|may not|should not) be blank"),
    ("be null", r"(?:can ?not|can't|may not|should not) be null"),
    ("is empty", r"is empty"),
    ("is nil", r"is nil\b"),
    ("is undefined", r"is undefined"),
    ("is unset", r"is unset"),
    ("invalid", r"(?:is |are )invalid"),
    ("not valid", r"(?:is |are )not valid"),
    *(
        (each, rf"(?:(?:is|are|was|were|has|have|had) )?{each}")
        for words in ("set", "specified", "provided", "configured", "defined", "declared", "given", "supplied")
        for each in (f"not {words}", f"not been {words}")
    ),
)

_KIND = r"(?:(?:option|flag|setting|value|argument|key|property)s?(?:\(s\))? ?)"
_LACKING = r"(?:such|route|more|module|space|arguments?|keyword|positional)\b"
_OF_LACK = (
    r"(?:[\"'`]?(?: [\w.]{1,30})?(?: path)?(?:[.:!,;]|\s*$)| or | and | in | from | \("
    r"| (?:(?:was|is|were|are|has been|have been) )?(?:provided|configured|specified|set|defined|found|given"
    r"|supplied)\b)"
)
_SHOULD = (
    r"\b(?:must|have to|has to|needs? to|please|forgot to|required to|should)(?: either| first| explicitly)? "
    r"(?:set|specify|provide|supply|configure|pass|define) "
)

CLOSING = (
    # The thing, and its state
    *(
        Wording.of(literal, rf"{thing}:? {_KIND}{{0,2}}(?:for [\w-]{{1,30}} )?{state}")
        for thing in (rf"{_OPTION}{_CLOSE}", _QUOTED, rf"\b{_THING}")
        for literal, state in _STATES
    ),
    *(
        Wording.of(
            literal, rf"{VARIABLE}{_CLOSE}:? (?:is |are |was )?(?:environment variable )?(?:is |not )?{literal}\b"
        )
        for literal in ("needed", "unset", "nil", "mandatory", "unspecified", "blank")
    ),
    # What is missing, and the thing
    *(
        Wording.of(
            lack,
            rf"\b{lack}(?: (?:or )?(?!{_LACKING})[\w'\"/-]{{1,30}}){{0,3}}? {_THING}{_OF_LACK}",
        )
        for lack in ("missing", "no", "empty", "without")
    ),
    Wording.of(
        "no ",
        r"\bno (?!such\b|route|module|other|more|test)[\w-]{2,30} (?:is|are|was|were|has been|have been) "
        r"(?:defined|configured|specified|provided|set)\b",
    ),
    Wording.of(
        "missing",
        rf"\bmissing (?:mandatory |required )?{_KIND}:? ?{_OPEN}(?P<name>-{{0,2}}[A-Za-z][\w.-]{{1,60}})",
    ),
    Wording.of("missing", r"\bmissing (?P<name>[A-Za-z]\w{0,40}(?:[._-]\w{1,40}){1,5})\W*$"),
    # The advice
    *Wording.any_of(
        (f"{verb} " for verb in ("set", "specify", "provide", "supply", "configure", "pass", "define")),
        rf"{_SHOULD}[^\n]{{0,60}}?(?:{_OPTION}|\b{_THING}|{_OPEN}(?-i:[A-Z][A-Z_]{{3,}}))",
    ),
    Wording.of("set ", rf"\b(?:no|missing)\b[^\n]{{0,60}}[:;,.(] ?(?:please )?set {_OPEN}{VARIABLE}"),
    *Wording.any_of(
        ("add ", "set ", "put ", "define "),
        r"\b(?:add|set|put|define) [^\n]{1,60}? (?:to|in|into) (?:your |the |an? )?"
        r"(?:\.env|env(?:ironment)?\b|config|settings)",
    ),
    Wording.of("required", r"(?<![\w/-])(?P<name>--[a-z][\w-]{1,60})[^\n]{0,100}\b(?:is|are) required\b"),
    # Whatever it is: a closing sentence that says that it is not set says what to set
    *Wording.any_of(
        ("not ", "never "),
        r"\b(?:is|are|was|were|has|have) (?:not|never) (?:been )?(?:set|configured|specified)\b",
    ),
    Wording.of(
        "not found",
        r"\b(?:connection ?string|config(?:uration)?|settings?|env(?:ironment)? (?:file|variables?)|secret(?: key)?"
        r"|api key|credentials?|licen[cs]e(?: key)?|property|parameter) (?:file )?(?:was |were )?not found\b",
    ),
    Wording.of(
        "unavailable", r"\b(?:config(?:uration)?|settings?|secrets?) (?:secrets? )?file (?:is |was )?unavailable\b"
    ),
    Wording.of("invalid", r"\b(?:config(?:uration)?|settings) (?:has|have|contains?)(?: an)? invalid\b"),
    *Wording.any_of(
        ("specified", "provided", "supplied", "configured", "defined"),
        r"(?<!type )(?<!schema )(?<!callback )(?<!argument )(?<!class )(?<!component )"
        r"\b(?:must|has to|have to|needs? to|should) be (?:explicitly )?"
        r"(?:specified|provided|supplied|configured|defined)\b(?! by\b)",
    ),
    Wording.of("must ", rf"\b{_THING} must (?:contain|include|have|define|specify|match)\b"),
    Wording.of("valid", r"\bplease (?:provide|specify|supply|enter|use|set) an? valid\b"),
    *Wording.any_of(
        ("configure", "specify", "provide"),
        r"\bplease (?:configure|specify|provide) [^\n]{1,60}? (?:with|using|via) "
        r"[`'\"](?P<name>-{0,2}[A-Za-z][\w.-]{1,60})",
    ),
    *Wording.any_of(
        ("expecting -", "expected -", "requires -", "required -", "needs -"),
        r"\b(?:expecting|expected|requires|required|needs) (?P<name>--?[a-z][\w-]{1,60})",
    ),
    Wording.of("environment variable", rf"\bneeds? (?:the )?{_OPEN}{VARIABLE}{_CLOSE} environment variable"),
    *Wording.any_of(
        ("in env", "in the env"),
        rf"\b(?:need|needs|expect|expected|expects|want) {_OPEN}{VARIABLE}{_CLOSE} in (?:the )?env",
    ),
    # Its value
    Wording.of(
        "invalid value",
        rf"\binvalid value (?:[\"'][^\"'\n]{{0,60}}[\"'] )?(?:given )?for (?:the )?{_KIND}?{_OPEN}"
        r"(?P<name>-{0,2}[A-Za-z][\w.-]{1,60})",
    ),
    Wording.of("invalid ", r"\binvalid (?:[\w-]{1,20} ){1,2}(?:config(?:uration)?|settings?)\b"),
    *Wording.any_of(
        ("url", "uri", "dsn", "connection string"),
        r"\binvalid (?:[\w-]{1,30} ){1,2}(?:url|uri|dsn|connection string)\b",
    ),
    Wording.of("is not a valid", r"(?:''|\"\"|\bundefined|\bnull|\bNone) is not a valid\b"),
    Wording.of(
        "is not a valid",
        r"[\"'][^\"'\n]{0,60}[\"'] is not a valid (?:port|url|uri|host|log ?level|address|boolean|number|integer)\b",
    ),
    Wording.of('wrong driver: "undefined"'),
    *Wording.any_of(
        ("received undefined", "received nan", "received null"), r"\bexpected \w+, received (?:undefined|nan|null)\b"
    ),
    Wording.of(
        "invalid",
        r"\binvalid (?:port|url|uri|dsn|host ?name|log ?level|address|duration|time ?zone|region)(?: number| value)?:? "
        r"(?:\"\"|''|``|null\b|undefined\b|nil\b|None\b|<nil>)",
    ),
    Wording.of('parse ""', r"\bparse \"\": (?:empty|invalid)"),
    Wording.of("missing protocol scheme", r"\bparse \"[^\"\n]{0,200}\": missing protocol scheme"),
    Wording.of('protocol scheme ""'),
)
"""Each says that a setting is missing, empty or not valid; some name it."""

NOT_OF_A_SETTING = re.compile(
    r"\[emerg\]|\bdirective\b|\bAH\d{5}\b|parsing \[|invalid command|syntax|unexpected (?:token|end)|\bline \d+, column"
    r"|positional argument|keyword|must define a '|\bfunction\b|\b(?:TypeError|AttributeError|AssertionError|IndexError"
    r"|FieldError"
    r"|UndefinedError|NoMethodError|NameError|ReferenceError|SystemCheckError): |error TS\d"
    r"|password supplied|authenticat|unauthori[sz]ed|\b40[13]\b|invalid (?:credentials|token|password)|migrat"
    r"|\b(?:GET|POST|PUT|PATCH|DELETE) /|\bHTTP\S{0,4} [45]\d\d\b"
    r"|request|response|field_required|form\b|header|cookie(?!-secret)|csrf|permission",
    re.IGNORECASE,
)
"""Closing words about a server's own configuration language, code, a login or a request: other causes."""
