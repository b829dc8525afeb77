"""The layers of the sandbox's server (faults, callers, well-formed requests) in this process, for boto3's clients."""

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from sandbox.callers.layer import Callers
from sandbox.faults import Faults
from sandbox.moto_server import aws
from sandbox.replies import ask
from sandbox.wellformed import WellFormed
from tests.sandbox.ecs.conftest import ACCOUNT, REGION

_ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})
"""A retry would wait in real time; without one more of the faults reach who asked."""


class Layers:
    """A session whose clients are answered by the layers; `faults` switches faults on and off.

    Args:
        now: reads the clock of the sandbox.
        wait: lets time pass, for a fault that delays.
    """

    region_name = REGION

    def __init__(self, now: Callable[[], datetime], wait: Callable[[float], object], seed: int = 1) -> None:
        self._faults = Faults(Callers(WellFormed(aws()), now), now, wait, seed, ACCOUNT)
        self._clients: dict[str, Any] = {}

    def fault(self, operation: str, kind: str, **how: Any) -> None:
        self._faults.switch({"operation": operation, "kind": kind, **how})

    def clear(self) -> None:
        self._faults.switch({"clear": True})

    def client(self, service: str, **settings: Any) -> Any:
        """Make a client as boto3's session does; the reader's, or with the keys of a caller."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        once = settings.pop("config", Config()).merge(_ONCE)
        made = boto3.Session(region_name=REGION).client(service, **keys | settings, config=once)
        made.meta.events.register_first("before-send", self._answer)
        return made

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        reply = ask(self._faults, _environ(request))
        status = int(reply.status.split(maxsplit=1)[0])
        return AWSResponse(request.url, status, dict(reply.headers), _Raw(reply.body))


class _Raw(io.BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, **_: Any) -> Any:
        yield self.read()


def _environ(request: Any) -> dict[str, Any]:
    url = urlsplit(request.url)
    body = request.body.read() if hasattr(request.body, "read") else request.body or b""
    body = body.encode() if isinstance(body, str) else body
    headers = {
        key: value.decode() if isinstance(value, bytes) else str(value) for key, value in request.headers.items()
    }
    return {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": url.path or "/",
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname or "",
        "SERVER_PORT": str(url.port or 443),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": url.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{f"HTTP_{key.upper().replace('-', '_')}": value for key, value in headers.items()},
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
    }
