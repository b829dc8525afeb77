"""Container health checks: a definition's command, asked of what the container's program answers.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
"""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.ecs.model import Container

_URL = re.compile(r"https?://[^\s'\"|;&)]+")
_RETRIES = 3
_ERRORS_FROM = 400  # curl --fail and wget both fail from here


def check_container(container: Container, now: datetime) -> bool:
    """Run the health check of a container once and keep its verdict; return whether the verdict changed.

    A success is HEALTHY at once; so many failures in a row as `retries` says, after the `startPeriod`, are UNHEALTHY.
    """
    if container.started_at is None:
        return False
    check: dict[str, Any] = container.definition["healthCheck"]
    seconds = (now - container.started_at).total_seconds()
    before = container.health
    if _passes(check.get("command") or [], container, seconds):
        container.failed_checks, container.health = 0, "HEALTHY"
    elif seconds > float(check.get("startPeriod") or 0):
        container.failed_checks += 1
        if container.failed_checks >= int(check.get("retries") or _RETRIES):
            container.health = "UNHEALTHY"
    return container.health != before


def _passes(command: list[str], container: Container, seconds: float) -> bool:
    program = container.program
    if program is None:
        return False
    found = _URL.search(" ".join(command))
    if found is None:  # a command that asks nothing over HTTP is taken to look whether the program is up
        return program.start_seconds is None or seconds >= program.start_seconds
    url = urlsplit(found.group())
    answer = program.answer(url.port or (443 if url.scheme == "https" else 80), url.path or "/", seconds)
    return isinstance(answer, int) and answer < _ERRORS_FROM
