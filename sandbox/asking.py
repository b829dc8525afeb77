"""Asks a sandbox that runs, over HTTP, and says how it went."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

_ANSWER_SECONDS = 10
_NOT_UNDERSTOOD = 400
# The sandbox is on this machine: a proxy of the environment must not come in between.
_HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class SandboxError(Exception):
    """The sandbox cannot be started, asked or stopped; the message says why and what to do."""


class RefusedError(SandboxError):
    """The sandbox does not take what it was asked to do; the message names what is wrong in it."""


def ask(endpoint: str, name: str, method: str = "GET", document: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Ask what is at `/_sandbox/NAME`, or post a document there.

    Raises:
        RefusedError: it is not taken.
        SandboxError: nothing answers.
    """
    body = None if document is None else json.dumps(document).encode()
    url = f"{endpoint}/_sandbox/{name}"
    request = urllib.request.Request(url, method=method, data=body)  # noqa: S310 - our own address
    try:
        with _HTTP.open(request, timeout=_ANSWER_SECONDS) as response:
            answer = json.loads(response.read())
    except urllib.error.HTTPError as error:
        if error.code != _NOT_UNDERSTOOD:
            raise SandboxError(f"the sandbox at {endpoint} does not answer ({error}); start it again") from error
        raise RefusedError(str(json.loads(error.read())["error"])) from error
    except (OSError, HTTPException) as error:  # the latter where it ends in the middle of its answer
        raise SandboxError(f"the sandbox at {endpoint} does not answer ({error}); start it again") from error
    if not isinstance(answer, dict):
        raise TypeError(f"{endpoint} answers, and is not a sandbox")
    return answer


def is_listening(endpoint: str) -> bool:
    """Return whether something is at an endpoint, be it that it does not answer in time."""
    try:
        ask(endpoint, "clock")
    except SandboxError as error:
        return not isinstance(error.__cause__, urllib.error.HTTPError) and "refused" not in str(error)
    return True


def is_alive(pid: int) -> bool:
    """Return whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
