"""An answer of a WSGI application that is collected instead of sent, to be looked at or sent later."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True)
class Reply:
    """An answer: status line, headers and the whole body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    def send(self, start_response: "StartResponse") -> Iterable[bytes]:
        """Send it; its length is that of the body."""
        headers = [(key, value) for key, value in self.headers if key.lower() != "content-length"]
        start_response(self.status, [*headers, ("Content-Length", str(len(self.body)))])
        return [self.body]


def ask(application: "WSGIApplication", environ: "WSGIEnvironment") -> Reply:
    """Have an application answer a request, and collect the answer."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start(status: str, headers: list[tuple[str, str]], _info: Any = None) -> Callable[[bytes], object]:
        started[:] = [(status, headers)]
        return written.append

    body = application(environ, start)
    try:
        content = b"".join([*written, *body])
    finally:
        close = getattr(body, "close", None)
        if close:
            close()
    status, headers = started[0]
    return Reply(status, headers, content)
