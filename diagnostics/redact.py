"""Masks credentials before anything is recorded or printed: one function over documents, one over text.

Small and conservative: what is masked is surely or very likely a credential; ARNs, ids and names of secrets stay.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

MASK = "***"

_CREDENTIAL_NAME = re.compile(
    r"passw(?:or)?d|passphrase|_pwd$|secret|token|api_?key|access_?key|private_?key|credential"
    r"|connection_?string|(?:^|_)(?:dsn|pat|jwt)$|signing_?key|encryption_?key|auth_?key",
    re.IGNORECASE,
)
_ABOUT_A_CREDENTIAL = re.compile(
    r"_(?:arn|name|path|file|header|ttl|expiry|expires?_in|length|region|type)$", re.IGNORECASE
)
"""`API_KEY_HEADER` and `DB_SECRET_ARN` say something about a credential; they are not one."""

_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    # The whole of a private key; cut off where a log event ends before its last line.
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASK),
    (re.compile(r"\b((?:AKIA|ASIA)[A-Z0-9]{16})\b"), MASK),
    (re.compile(r"(?i)(aws_?secret_?access_?key\W{1,4})[A-Za-z0-9/+=]{40}"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}://[^\s:/@'\"]{0,128}):[^\s@'\"]{1,256}@(?=[\w\[.-])"), rf"\1:{MASK}@"),
    (re.compile(r"(?i)\b(bearer\s+)[A-Za-z0-9._~+/-]{12,}=*"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(basic\s+)[A-Za-z0-9+/]{16,}={0,2}"), rf"\1{MASK}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"), MASK),
    (
        re.compile(
            r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{40,}|glpat-[\w-]{20,}|xox[abeprs]-[\w-]{10,}"
            r"|[sr]k_(?:live|test)_\w{16,}|AIza[\w-]{35}|sk-(?:proj-|ant-|svcacct-)[\w-]{20,}"
            r"|SG\.[\w-]{16,}\.[\w-]{16,}|npm_[A-Za-z0-9]{30,}|pypi-AgE[\w-]{16,})"
        ),
        MASK,
    ),
    (re.compile(r"(hooks\.slack\.com/(?:services|workflows)/)[\w/-]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)(Account(?:Key|Name-Key)=|SharedAccess(?:Key|Signature)=)[^;\s\"']{8,}"), rf"\1{MASK}"),
    (re.compile(r"(?i)(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s\"']+"), rf"\1{MASK}"),
)
_HINTS = re.compile(
    r"://|-----BEGIN|AKIA|ASIA|eyJ|gh[pousr]_|github_pat_|glpat-|xox|k_live_|k_test_|AIza|sk-|SG\.|npm_|pypi-|hooks\."
    r"|AccountKey=|SharedAccess|(?i:bearer|basic|amz|secret)"
)
"""A text without any of these has none of the shapes: most log lines are told apart with one search."""

_SETTING = re.compile(
    r"((?:passw(?:or)?d|passphrase|\bpwd|secret|token|(?:api|access|private|signing|encryption)[_-]?key)"
    r"(?:=|[\"']\s*:\s*[\"']))(?!arn:|[$<*{/])[^\s\"'&;,]{6,}",
    re.IGNORECASE,
)
"""A setting that is named like a credential, written as code writes it: `name=value`, `"name": "value"`.

A colon in a sentence (`invalid token: unexpected end`) is none, and what is a reference or a placeholder stays.
"""
_SETTING_SIGNS = ("=", '":', "':", '" :', "' :")

_ASSIGNED = r"""(?P<name>{names})(?P<is>["']?\s*[=:]\s*["']?)(?P<value>[^\s"',;}}]+)"""
_SHORTEST_VALUE = 8
"""Shorter values (`true`, `5432`) are not looked for elsewhere: they would mask ordinary words."""


def redact_text(text: str, names: Collection[str] = (), values: Collection[str] = ()) -> str:
    """Return `text` with credentials masked.

    Args:
        text: anything that is about to be written or printed.
        names: environment variables that hold credentials; `NAME=value` and `"NAME": "value"` lose their value.
        values: credentials that are known, wherever they stand.
    """
    for value in values:
        text = text.replace(value, MASK)
    if _HINTS.search(text):
        for shape, instead in _SHAPES:
            text = shape.sub(instead, text)
    if any(sign in text for sign in _SETTING_SIGNS):
        text = _SETTING.sub(rf"\1{MASK}", text)
    mentioned = [name for name in names if name in text]
    if mentioned:
        pattern = _ASSIGNED.format(names="|".join(map(re.escape, mentioned)))
        text = re.sub(pattern, rf"\g<name>\g<is>{MASK}", text)
    return text


def looks_like_credential(name: str, value: str) -> bool:
    """Say whether a setting is very likely a credential: by what it is called, or by its value's shape."""
    return _is_credential({"name": name, "value": value}) or redact_text(value) != value


def redact_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of an evidence document with credentials masked, wherever in it they stand.

    Masked are values of environment variables whose names look like a credential's (there and wherever else they
    occur), values assigned to variables that the task definition takes from secrets, and what has a credential's shape.
    """
    names, values = credentials_of(document)
    redacted = _redact(document, names, values)
    assert isinstance(redacted, dict)  # noqa: S101 - a mapping went in
    return redacted


def credentials_of(document: Mapping[str, Any]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the names of variables that hold credentials, and the credentials that the document itself shows."""
    names: set[str] = set()
    values: set[str] = set()
    for container in _containers(document):
        for secret in container.get("secrets") or ():
            if isinstance(secret, Mapping) and isinstance(secret.get("name"), str):
                names.add(secret["name"])
        for option in _log_options(container):
            if _is_credential(option) and len(option["value"]) >= _SHORTEST_VALUE:
                values.add(option["value"])
        for variable in container.get("environment") or ():
            if _is_credential(variable):
                names.add(variable["name"])
                if len(variable["value"]) >= _SHORTEST_VALUE:
                    values.add(variable["value"])
    return frozenset(names), tuple(sorted(values, key=len, reverse=True))


def credentials_in(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of an environment's variables that are named like credentials, the longest first."""
    found = {
        value
        for name, value in environment.items()
        if len(value) >= _SHORTEST_VALUE and _is_credential({"name": name, "value": value})
    }
    return tuple(sorted(found, key=len, reverse=True))


def _containers(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return container definitions and container overrides: all that carries an environment."""
    found: list[Any] = []
    for key in ("task_definition", "previous_task_definition"):
        definition = document.get(key)
        if isinstance(definition, Mapping):
            found += definition.get("containerDefinitions") or []
    for task in document.get("tasks") or ():
        overrides = task.get("overrides") if isinstance(task, Mapping) else None
        if isinstance(overrides, Mapping):
            found += overrides.get("containerOverrides") or []
    return [each for each in found if isinstance(each, Mapping)]


def _log_options(container: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a log driver's options in the shape of variables: `splunk-token`, an API key of a log service."""
    logging = container.get("logConfiguration")
    options = logging.get("options") if isinstance(logging, Mapping) else None
    return [{"name": name, "value": value} for name, value in options.items()] if isinstance(options, Mapping) else []


def _is_credential(variable: object) -> bool:
    if not isinstance(variable, Mapping):
        return False
    name, value = variable.get("name"), variable.get("value")
    if not isinstance(name, str) or not isinstance(value, str) or not value or value.startswith("arn:aws"):
        return False
    return bool(_CREDENTIAL_NAME.search(name)) and not _ABOUT_A_CREDENTIAL.search(name)


def _redact(value: Any, names: frozenset[str], values: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return redact_text(value, names, values)
    if isinstance(value, Mapping):
        masked = {key: _redact(item, names, values) for key, item in value.items()}
        if _is_credential(value) and "valueFrom" not in value:
            masked["value"] = MASK
        return masked
    if isinstance(value, list):
        return [_redact(item, names, values) for item in value]
    return value
