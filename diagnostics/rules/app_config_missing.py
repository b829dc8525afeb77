"""A setting that the program requires is missing, empty or not valid.

## What it looks for
In the last words of a program that died by itself: `KeyError: 'DATABASE_URL'`, `X is not set`, `X must be a valid
URL`; the errors of settings libraries (pydantic, environ, decouple, environs, dynaconf, envalid, zod, convict, Joi,
env-var, envconfig, Spring's placeholders, Rails' credentials, .NET's options, Laravel, Symfony, Phoenix, clap); a
connection string that is empty or of no known form; a host that is called `undefined`, `None` or `${HOST}`; an empty
text where a number belongs; a configuration file that is not there; and what images ask for
(`superuser password is not specified`). In what a program ended with, its author's own sentence is enough: a thing that
is configured and its state (`jwt secret not configured`), what is missing (`no database configured`), or the advice to
give it (`you must provide a --token`). Lines below the level of an error are passed over.

## Why waiting cannot help
The environment is part of the task definition. Every task of this revision gets the same. Where the setting is named,
a death within a minute of the start is enough; else the second one makes it certain.

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
from diagnostics.last_words import last_words
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.passages import log_passages
from diagnostics.repeats import setting_repeats
from diagnostics.said import Said, container_of, tasks_of
from diagnostics.settings_sentences import CLOSING, NOT_OF_A_SETTING
from diagnostics.settings_unnamed import BELOW, UNNAMED
from diagnostics.settings_values import NO_HOST, VALUES
from diagnostics.settings_words import NAMED

ID = "app-config-missing"
VERDICT = Verdict.SUSPECT

_OTHER = re.compile(
    r"AWS_(?:ACCESS|SECRET|SESSION|CONTAINER|PROFILE)|\bAWS credentials|region is missing|(?-i:ECONN|ETIMEDOUT)"
    r"|connection (?:refused"
    r"|timed out|reset)|could not connect|password authentication|access denied|authentication failed|not authorized"
    r"|permission denied|read-only file|no module named|cannot find module|deprecat|address already in use"
    r"|out of memory|\bskip it\b|returned no credentials"
    r"|certificate(?!s or start the server)|relation [\"']|column [\"']|table [\"']|SQLSTATE|syntax error"
    r"|Invalid HTTP_HOST",
    re.IGNORECASE,
)
"""Lines of which another rule knows better what they mean."""
_NO_CLOSING = re.compile(f"{_OTHER.pattern}|{NOT_OF_A_SETTING.pattern}", re.IGNORECASE)
_BELOW = re.compile(BELOW)
_LINES_BELOW = 12
_FILE = re.compile(r"^[./~]\S*/|^\.env|\.(?:ya?ml|toml|json|ini|conf|cfg|properties|xml)$", re.IGNORECASE)
_NO_SETTING = frozenset(
    {"code", "path", "expected", "received", "message", "type", "value", "Exiting", "Make", "For", "Field"}
)


def match(evidence: Evidence) -> Finding | None:
    """Return the setting that the program misses."""
    said = [*last_words(evidence, NO_HOST)]
    said = said or [*last_words(evidence, (*NAMED, *UNNAMED, *VALUES), names=("name",), unless=_OTHER)]
    said = said or [*last_words(evidence, CLOSING, names=("name",), unless=_NO_CLOSING, closing=True)]
    if not said:
        return None
    first = said[0]
    name, container = _name(evidence, first), container_of(first)
    who = f"the container {quoted(container)}" if container else "the program"
    return Finding(
        what=f"{who} does not start without a valid {quoted(name)}"
        if name
        else f"{who} does not start without a setting that it requires",
        why="the environment is part of the task definition, so every task of this revision gets the same",
        fix=_fix(evidence, first, name),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        repeats=_repeats(evidence, first) if name else "",
    )


def _repeats(evidence: Evidence, said: Said) -> str:
    if said.task is None:
        return ""
    log = [passage for log in evidence.logs_of(said.task) for passage in log_passages(said.task, log)]
    return setting_repeats(said.task, said.passage.text, log)


def _name(evidence: Evidence, said: Said) -> str:
    """Return the setting that is named: in the line, or in a list below it; "" where none is."""
    named = said.group("name").strip("'\"`")
    if "below" in said.found.groupdict():
        return _below(evidence, said) or named
    return named


def _below(evidence: Evidence, said: Said) -> str:
    for log in evidence.logs_of(said.task) if said.task else ():
        passages = log_passages(said.task, log) if said.task else []
        at = next((n for n, passage in enumerate(passages) if passage is said.passage), None)
        if at is None:
            continue
        for passage in passages[at + 1 : at + 1 + _LINES_BELOW]:
            found = _BELOW.match(passage.text)
            if found and found["name"] not in _NO_SETTING:
                return found["name"]
    return ""


def _fix(evidence: Evidence, said: Said, name: str) -> str:
    defined = evidence.task_definition.container(container_of(said)) if evidence.task_definition else None
    given = {key for key, _ in (*defined.environment, *defined.secrets)} if defined else set()
    thing = quoted(name) if name else "it"
    if name and name in given:
        return f"correct the value of {thing}: the task definition gives one, and the program does not take it"
    if _FILE.search(name):
        return f"put {thing} into the image, mount it from a volume, or let the entry point write it from a secret"
    return f"add {thing} to the container's `environment`, or to its `secrets` when it is one"
