"""Refuses what a web page has sent: the sandbox answers programs of this machine, and no browser on their behalf.

A page that somebody has open can send requests to 127.0.0.1, and by DNS rebinding it can even read the answers: its own
name is made to resolve to 127.0.0.1. Three headers tell, and no script can set them:

- `Host` is the page's name then, and not one of this machine (https://www.rfc-editor.org/rfc/rfc9110#section-7.2);
- `Origin` is sent with whatever may change something (https://fetch.spec.whatwg.org/#origin-header);
- `Sec-Fetch-Site` is sent with everything, an image's GET too; `none` is a person's own doing
  (https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header).
"""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sandbox.front import AwsError, fail

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_OURS = re.compile(
    r"(?:127\.0\.0\.1|\[::1\]|(?:[\w-]+(?:\.[\w-]+)*\.)?localhost)(?::\d{1,5})?", re.IGNORECASE | re.ASCII
)
"""`bucket.localhost` is one too: every name under localhost is this machine (https://www.rfc-editor.org/rfc/rfc6761)."""


def refusal(host: str | None, origin: str | None, fetch_site: str | None) -> str | None:
    """Return why a request with these headers is refused, None where it is not; None stands for no such header."""
    if host is not None and not _OURS.fullmatch(host):
        return f"the request is for the host {host[:200]!r}: the sandbox answers at 127.0.0.1 and localhost only"
    if origin is not None:
        return f"the request comes from a page of {origin[:200]!r}: the sandbox answers no browser"
    if fetch_site not in {None, "none"}:
        return "the request comes from a page in a browser: the sandbox answers none"
    return None


def programs_only(application: "WSGIApplication") -> "WSGIApplication":
    """Return the application behind a check of each request's headers; what is refused ends its connection."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        given = (environ.get(f"HTTP_{name}") for name in ("HOST", "ORIGIN", "SEC_FETCH_SITE"))
        if why := refusal(*given):

            def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
                # Its body is not read, and would be taken for the next request.
                return start_response(status, [*headers, ("Connection", "close")], exc_info)

            return fail(environ, start, AwsError("403 Forbidden", "AccessDeniedException", why))
        return application(environ, start_response)

    return answer
