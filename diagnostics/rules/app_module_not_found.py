"""The program's own code or a library that it needs is not in the image.

## What it looks for
A language's words for it in the last words of a program that died by itself, or in the runtime's words:
`ModuleNotFoundError`, `Cannot find module`, `ClassNotFoundException`, `Could not find or load main class`, `Unable to
access jarfile`, `error while loading shared libraries`, `Could not find gem`, `Could not load file or assembly`,
PHP's `Class "X" not found`, `Error loading ASGI app`; what a package manager says of a project without its packages;
a browser, a model or a library of C that a package only wraps.

## Why waiting cannot help
What is in the image is fixed when it is built. Every task of this revision starts from it.
A death within a minute of the start is enough; a later one is only suspect until a second task died alike.

## What to do
Look whether the file is in the image, in the directory that the program starts in, and installed for the user and the
interpreter that run it:

    docker run --rm --entrypoint sh IMAGE -c 'pwd; ls'

A dependency that is only a development one is not installed with `--omit=dev` or `NODE_ENV=production`; a file that
is in `.dockerignore` is not copied.

## What it is not
- The command itself that is not there: `app-command-not-found`.
- An import that fails for another reason (a syntax error, a setting): `app-crash-exception`, `app-config-missing`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://nodejs.org/api/errors.html#module_not_found
- https://docs.python.org/3/library/exceptions.html#ModuleNotFoundError
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.last_words import last_words
from diagnostics.model import Finding, Verdict
from diagnostics.module_words import MISSING
from diagnostics.names import images_of, pasted, quoted
from diagnostics.repeats import NOT_IN_THE_IMAGE, at_start
from diagnostics.said import Said, container_of, said_by_aws, tasks_of

ID = "app-module-not-found"
VERDICT = Verdict.SUSPECT

_OPTIONAL = re.compile(
    r"deprecat|optional(?! dependenc)|falling back|fallback|skipping|ignor(?:ed|ing)|disabled", re.IGNORECASE
)
"""Code that a program does without."""


def match(evidence: Evidence) -> Finding | None:
    """Return the code that the image does not have."""
    logged = last_words(evidence, MISSING, names=("name",), unless=_OPTIONAL)
    said = [*logged, *(each for each in said_by_aws(evidence, MISSING) if each.task)]
    if not said:
        return None
    first = said[0]
    name = first.group("name").rstrip("'\"\u2019`.:,")
    container = container_of(first)
    return Finding(
        what=f"{quoted(name)} is not in the image of the container {quoted(container or 'app')}"
        if name
        else f"the program of the container {quoted(container or 'app')} misses code that is not in its image",
        why="what is in the image is fixed when it is built, and every task of this revision starts from it",
        fix=_fix(evidence, first),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        repeats=NOT_IN_THE_IMAGE if at_start(first.task) else "",
    )


def _fix(evidence: Evidence, said: Said) -> str:
    image = next(iter(images_of(evidence, said.task)), "IMAGE")
    return (
        "install or copy it when the image is built (is it a development dependency, or in `.dockerignore`?), or "
        f"correct the command's path; to look:\ndocker run --rm --entrypoint sh {pasted(image)} -c 'pwd; ls'"
    )
