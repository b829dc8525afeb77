"""The front of the sandbox's server: AWS's own errors where moto would show a page, and questions about the sandbox.

An operation that moto does not have ends in an uncaught `NotImplementedError`, which SDKs retry, so that a missing call
looks like a hang. AWS answers an operation that it does not know with 400: `UnknownOperationException` in its
JSON protocols, `InvalidAction` in its query protocols
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html).
"""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape  # it writes XML, and reads none  # nosec B406

from botocore.model import OperationNotFoundError

from sandbox.blobs import PREFIX as BLOBS
from sandbox.blobs import read as read_blob

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/_sandbox/"
_LOG = logging.getLogger("sandbox.front")
_CHUNK = 65536
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ACTION = re.compile(r"The (?P<name>\w+) action")

Answer = Callable[[], Mapping[str, Any]]
Taker = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Takes a JSON object that was posted and answers one."""


class BadQuestionError(Exception):
    """A question about the sandbox is not one that can be answered; the message says why."""


@dataclass(frozen=True)
class AwsError:
    """An error as AWS words it: HTTP status, code and message."""

    status: str
    code: str
    message: str


def _machine_now() -> datetime:
    return datetime.now(UTC)


class Front:
    """A WSGI application: `routes` answer under `/_sandbox/`, the registry's blobs under theirs, the rest is `aws`'s.

    Args:
        aws: moto's application; an exception that it lets through becomes an error in AWS's shape.
        routes: what answers `(method, name)` with a JSON object, for example `("GET", "clock")`.
        takers: what takes a JSON object that is posted to a name, and answers with another.
        now: reads the clock of the sandbox, which every answer's `Date` shows: AWS's clients go by it.
    """

    def __init__(
        self,
        aws: "WSGIApplication",
        routes: Mapping[tuple[str, str], Answer],
        takers: Mapping[str, Taker] | None = None,
        now: Callable[[], datetime] = _machine_now,
    ) -> None:
        self._aws = aws
        self._takers = takers or {}
        # A taker is listed with the routes, and answered before them.
        self._routes = {**{("POST", name): dict for name in self._takers}, **routes}
        self._now = now
        self._last_request = time.monotonic()

    def idle_seconds(self) -> float:
        """Return for how many real seconds nobody has asked anything."""
        return time.monotonic() - self._last_request

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        self._last_request = time.monotonic()
        path = environ.get("PATH_INFO", "")

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            others = [(key, value) for key, value in headers if key.lower() != "date"]  # moto's is the machine's time
            return start_response(status, [*others, ("Date", format_datetime(self._now(), usegmt=True))], exc_info)

        if path.startswith(BLOBS):
            return _blob(start, path)
        if path.startswith(PREFIX):
            return self._answer(environ["REQUEST_METHOD"], path.removeprefix(PREFIX), environ, start)
        return self._ask_aws(environ, start)

    def _answer(
        self, method: str, name: str, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        body = _take(environ)
        route = self._routes.get((method, name))
        if route is None:
            known = ", ".join(f"{verb} {PREFIX}{path}" for verb, path in sorted(self._routes))
            return _reply(start_response, "404 Not Found", {"error": f"no {method} {PREFIX}{name}; there is: {known}"})
        try:
            taker = self._takers.get(name) if method == "POST" else None
            return _reply(start_response, "200 OK", taker(_document(body)) if taker else route())
        except BadQuestionError as error:
            return _reply(start_response, "400 Bad Request", {"error": str(error)})
        except Exception as error:  # noqa: BLE001 - whatever it is, who asks is told, in JSON
            _LOG.exception("%s %s%s: uncaught", method, PREFIX, name)
            problem = {"error": f"{type(error).__name__}: {error}"}
            return _reply(start_response, "500 Internal Server Error", problem)

    def _ask_aws(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        page: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            # Flask's own pages (no such URL, method not allowed) are HTML; AWS never answers an API call with one.
            content = next((value for key, value in headers if key.lower() == "content-type"), "")
            failed = int(status.split(maxsplit=1)[0]) >= 400  # noqa: PLR2004 - HTTP's first error
            # A HEAD has no page: that of an S3 bucket which is not there is answered by its status alone.
            if failed and content.startswith("text/html") and environ["REQUEST_METHOD"] != "HEAD":
                page.append(status)
                return lambda _data: None
            return start_response(status, headers, exc_info)

        try:
            body = self._aws(environ, start)
        except OperationNotFoundError:
            return fail(environ, start_response, _unknown_operation(environ))
        except NotImplementedError as error:
            _LOG.warning("%s: %s", _operation(environ), error)
            return fail(environ, start_response, _unknown_operation(environ, str(error)))
        except Exception:  # noqa: BLE001 - whatever it is, a client of AWS gets an answer of AWS's shape
            _LOG.exception("%s: uncaught", _operation(environ))
            failure = AwsError(
                "500 Internal Server Error", "InternalFailure", "The sandbox failed; see its server.log."
            )
            return fail(environ, start_response, failure)
        if page:
            _LOG.warning("%s: %s", _operation(environ), page[0])
            return fail(environ, start_response, _unknown_operation(environ))
        return body


def _take(environ: "WSGIEnvironment") -> bytes:
    """Read the whole request: on a connection that stays open, what is left would be taken for the next one."""
    length = str(environ.get("CONTENT_LENGTH") or "")
    left, chunks = int(length) if length.isdigit() else 0, []
    while left > 0 and (chunk := environ["wsgi.input"].read(min(left, _CHUNK))):
        left -= len(chunk)
        chunks.append(chunk)
    return b"".join(chunks)


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError as error:
        raise BadQuestionError(f"the body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadQuestionError("the body is not a JSON object")
    return document


def _operation(environ: "WSGIEnvironment") -> str:
    target = str(environ.get("HTTP_X_AMZ_TARGET") or "")
    return target.rpartition(".")[2] or f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"


def _unknown_operation(environ: "WSGIEnvironment", said: str = "") -> AwsError:
    json_ = _speaks_json(environ)
    if said and not _ACTION.match(said):  # a part of an operation, such as a filter: moto's sentence names it
        code = "UnsupportedOperationException" if json_ else "UnsupportedOperation"
        return AwsError("400 Bad Request", code, f"The sandbox does not have this. {said.partition('. ')[0]}.")
    # A query protocol has the operation in a body that is read by now; moto names it: `The put_composite_alarm action`.
    named = _ACTION.match(said)
    name = "".join(part.capitalize() for part in named["name"].split("_")) if named else _operation(environ)
    code = "UnknownOperationException" if json_ else "InvalidAction"
    return AwsError("400 Bad Request", code, f"The operation {name} is not one that the sandbox has.")


def _speaks_json(environ: "WSGIEnvironment") -> bool:
    if "/lambda/aws4_request" in str(environ.get("HTTP_AUTHORIZATION") or ""):
        return True  # a REST protocol, whose reads have no content
    return "HTTP_X_AMZ_TARGET" in environ or "json" in str(environ.get("CONTENT_TYPE") or "")


def fail(environ: "WSGIEnvironment", start_response: "StartResponse", error: AwsError) -> Iterable[bytes]:
    """Answer a request with an error in the shape of its protocol."""
    if _speaks_json(environ):
        body = json.dumps({"__type": error.code, "message": error.message}).encode()
        content = "application/x-amz-json-1.1"
    else:
        # EC2 looks for the error in `Response/Errors`, the other query protocols in `ErrorResponse`.
        ec2 = "/ec2/" in str(environ.get("HTTP_AUTHORIZATION") or "")
        message = escape(_NO_XML.sub("?", error.message))
        inner = f"<Error><Code>{escape(error.code)}</Code><Message>{message}</Message></Error>"
        request_id = uuid.uuid4()
        text = (
            f"<Response><Errors>{inner}</Errors><RequestID>{request_id}</RequestID></Response>"
            if ec2
            else f"<ErrorResponse>{inner}<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        body, content = text.encode(), "text/xml"
    start_response(error.status, [("Content-Type", content), ("Content-Length", str(len(body)))])
    return [body]


def _blob(start_response: "StartResponse", path: str) -> Iterable[bytes]:
    """Answer with what a registry gave out an address of; what S3 says of a key that is not there."""
    blob = read_blob(path)
    status = "404 Not Found" if blob is None else "200 OK"
    body = b"<Error><Code>NoSuchKey</Code></Error>" if blob is None else blob
    start_response(status, [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(body)))])
    return [body]


def _reply(start_response: "StartResponse", status: str, document: Mapping[str, Any]) -> Iterable[bytes]:
    body = json.dumps(document).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
