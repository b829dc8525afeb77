"""Container health checks: a definition's command, run in the container as far as its image says what is there.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
"""

import re
import shlex
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.ecs.model import Container

_RETRIES = 3
_ERRORS_FROM = 400  # curl --fail and wget both fail from here
_NOT_FOUND = 127
_CURL_REFUSED, _CURL_FAILED, _CURL_TIMED_OUT = 7, 22, 28
"""https://curl.se/docs/manpage.html, EXIT CODES."""
_WGET_REFUSED, _WGET_FAILED = 4, 8
"""https://www.gnu.org/software/wget/manual/html_node/Exit-Status.html; BusyBox has 1 for each."""
_OPERATORS = {"||", "&&", ";", "|"}


def check_container(container: Container, now: datetime) -> bool:
    """Run the health check of a container once and keep its verdict; return whether the verdict changed.

    A success is HEALTHY at once; so many failures in a row as `retries` says, after the `startPeriod`, are UNHEALTHY.
    """
    if container.started_at is None:
        return False
    check: dict[str, Any] = container.definition["healthCheck"]
    seconds = (now - container.started_at).total_seconds()
    before = container.health
    if run_check(list(check.get("command") or []), container, seconds) == 0:
        container.failed_checks, container.health = 0, "HEALTHY"
    elif seconds > float(check.get("startPeriod") or 0):
        container.failed_checks += 1
        if container.failed_checks >= int(check.get("retries") or _RETRIES):
            container.health = "UNHEALTHY"
    return container.health != before


def run_check(command: list[str], container: Container, seconds: float) -> int:
    """Return the exit code of a health check's command.

    CMD runs its first word as a program, with no shell; CMD-SHELL gives its second to `/bin/sh -c`
    (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html). Anything else is no command.
    """
    kind, words = (command[0], command[1:]) if command else ("", [])
    image = container.program
    if image is None or not words:
        return _NOT_FOUND
    if kind == "CMD":
        return _run(words, container, seconds)
    if kind != "CMD-SHELL" or image.shell == "none":
        return _NOT_FOUND
    return _run_shell(words[0], container, seconds)


def _run_shell(line: str, container: Container, seconds: float) -> int:
    """Run what a shell would: programs with `&&`, `||` and `;` between them; of a pipe the last one's code counts."""
    image = container.program
    if image and (known := image.exit_code(line, seconds)) is not None:
        return known
    code = 0
    for operator, words in _pieces(line):
        if (operator == "||" and code == 0) or (operator == "&&" and code != 0):
            continue
        if words[0] == "exit":
            return int(words[1]) if len(words) > 1 and words[1].isdecimal() else code
        code = _run(words, container, seconds)
    return code


def _pieces(line: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (operator before it, words) of each program in a shell's line; redirections are left out."""
    reader = shlex.shlex(line, posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    try:
        tokens = list(reader)
    except ValueError:  # a quotation that nobody closes: the shell runs nothing
        tokens = ["false"]
    operator, words = ";", list[str]()
    for token in [*_without_redirections(tokens), ";"]:
        if token not in _OPERATORS:
            words.append(token)
            continue
        if words:
            yield operator, words
        operator, words = token, []


def _without_redirections(tokens: list[str]) -> Iterator[str]:
    skip = False
    for token in tokens:
        if skip:
            skip = False
        elif re.fullmatch(r"[<>&]+", token):
            skip = True
        else:
            yield token


def _run(words: list[str], container: Container, seconds: float) -> int:
    image = container.program
    if image is None:
        return _NOT_FOUND
    if (known := image.exit_code(shlex.join(words), seconds)) is not None:
        return known
    program = words[0].rpartition("/")[2]
    if program in {"true", "false"}:
        return int(program == "false")
    if not image.has(words[0]):
        return _NOT_FOUND
    if program in {"curl", "wget"}:
        return _ask(program, words, container)
    # A program of which nothing else is said is taken to look whether the container's own is up.
    process = container.process
    return 0 if image.start_seconds is None or (process and process.listens_since is not None) else 1


def _ask(program: str, words: list[str], container: Container) -> int:
    """Return what curl or wget exits with; curl takes any answer for good unless it is told to fail."""
    found = next((word for word in words[1:] if not word.startswith("-") and ("://" in word or ":" in word)), None)
    if found is None or container.process is None:
        return 2
    url = urlsplit(found if "://" in found else f"http://{found}")
    tls = url.scheme == "https"
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    answer = container.process.answer(url.port or (443 if tls else 80), path, loopback=True, tls=tls)
    curl = program == "curl"
    if answer is None:
        return _CURL_REFUSED if curl else _WGET_REFUSED
    if answer == "timeout":
        return _CURL_TIMED_OUT if curl else _WGET_REFUSED
    fails = not curl or any(word == "--fail" or re.fullmatch(r"-\w*f\w*", word) for word in words[1:])
    if answer < _ERRORS_FROM or not fails:
        return 0
    return _CURL_FAILED if curl else _WGET_FAILED
