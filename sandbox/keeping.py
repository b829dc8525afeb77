"""Keeps a sandbox over the end of its process: what changes it goes into a journal, and is done again when it is back.

A world of locks and pending events cannot be written to a file. The same seed and the same calls at the same times make
the same world, so the calls are kept: each request that changes something is executed alone, at one reading of the
clock, behind all events that are due by then, and is in the journal before it is answered. Bringing the sandbox back
is executing them again on a clock that stands at those readings; each answer has to be the same as before.

What only reads is not kept, except for the first request to a service in a region, because moto makes much of an
account (its default network, for example) when it is first asked for.
"""

import base64
import hashlib
import io
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from sandbox.clock import Clock, KeptClock
from sandbox.front import BadQuestionError, Taker
from sandbox.journal import Header, Journal, KeepError, check_header, read_header, versions
from sandbox.repeatable import Repeatable, install
from sandbox.replies import Reply, ask
from sandbox.requests import Request, read_request
from sandbox.simulation import Handle, Simulation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CLOCK_AHEAD_SECONDS = 0.1
"""Real seconds between two promises of the clock: what is lost of it, at most, when the process is killed."""

_POLL_SECONDS = 0.05
_READS = ("Describe", "List", "Get", "BatchGet", "Filter", "Head", "Lookup", "Search")
_READS_THAT_CHANGE = frozenset({"GetSecretValue", "GetSessionToken", "GetFederationToken"})
"""They note when they were asked, or make credentials."""
_OUTSIDE = frozenset({"lambda:InvokeFunction"})
"""What takes its time outside of the sandbox's; what it changes is kept when it ends."""
_WITH_FILE = frozenset({"images"})
"""What is posted with a `file`."""
_DRAWN_ANEW = frozenset({"kms", "acm", "s3", "lambda", "iot", "cloudfront"})
"""Services where moto's answers come from OpenSSL or the machine's clock too: only their status is compared."""
_MEMBERS = (
    "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "RAW_URI", "REQUEST_URI", "SERVER_NAME",
    "SERVER_PORT", "SERVER_PROTOCOL", "CONTENT_TYPE", "HTTP_HOST", "HTTP_CONTENT_ENCODING",
)  # fmt: skip
_NOT_KEPT = ("HTTP_X_AMZ_SECURITY_TOKEN", "HTTP_X_AMZ_DATE")
_SIGNATURE = re.compile(r"(?<=Signature=)\w+")
_KEY = re.compile(r"Credential=([^/]+)/")


@dataclass
class _Segment:
    """From `clock` on, the sandbox's clock runs `speed` times as fast as real time, which is `wall` then."""

    clock: datetime
    wall: datetime
    speed: float


class Keeper:
    """What a sandbox asks while it is kept: its clock, its scopes of chance, and the layer in front of AWS.

    Args:
        directory: where it is kept; one that holds a sandbox brings that one back.
        seed: has to be that of the kept one.
        speed: of the clock from now on.

    Raises:
        KeepError: what is in the directory cannot be brought back by this sandbox.
    """

    def __init__(self, directory: Path, seed: int, speed: float) -> None:
        now = datetime.now(UTC).isoformat()
        known = read_header(directory)
        if known:
            check_header(directory, known, seed)
        self.journal = Journal(directory, known or Header(now, now, speed, seed, versions()))
        header = self.journal.header
        self._speed = speed
        self.started = datetime.fromisoformat(header.started)
        self._segments = [_Segment(self.started, datetime.fromisoformat(header.wall), header.speed)]
        self.clock = KeptClock(self.started, self.journal.promise, CLOCK_AHEAD_SECONDS * speed)
        self._repeatable = Repeatable(seed, lambda: self._wall(self.clock.now()))
        self._undo = install(self._repeatable)
        self._number = 0
        self._touched: set[tuple[str, str, str]] = set()
        self._takers: dict[str, Taker] = {}

    # --- what the sandbox is made with

    def around(self, event: Handle) -> Any:
        """Return what an event of the simulation runs in."""
        return self._repeatable.scope(f"event {event.number}", self._wall(event.at))

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """Enter this to make what a new sandbox holds."""
        with self.clock.standing(self.started), self._repeatable.scope("beginning", self._wall(self.started)):
            yield

    def in_front_of(
        self, aws: "WSGIApplication", simulation: Simulation, advance: Callable[[], object]
    ) -> "WSGIApplication":
        """Return an application that has AWS answer, and keeps what changes it.

        Args:
            aws: what answers.
            simulation: its lock is held while something changes.
            advance: runs the events that are due, and raises nothing.
        """
        self._aws, self._simulation, self._advance = aws, simulation, advance
        return self._answer

    def taking(self, name: str, taker: Taker) -> Taker:
        """Return a taker that has `taker` take what is posted to `/_sandbox/NAME`, and keeps what is not refused."""
        self._takers[name] = taker

        def take(document: Mapping[str, Any]) -> Mapping[str, Any]:
            with self._simulation.lock, self._moment() as at:
                kept = self._with_own_file(document) if name in _WITH_FILE else document
                answer = taker(document)
                self._keep({"at": at.isoformat(), "posted": name, "document": kept})
                return answer

        return take

    def close(self) -> None:
        """Let another process have the directory, and moto its own chance and time."""
        self._undo()
        self.journal.close()

    # --- bringing it back

    @property
    def port(self) -> int:
        """The port that the kept sandbox answered at last, 0 where there was none."""
        return next((int(each["port"]) for each in reversed(self.journal.entries) if "resumed" in each), 0)

    def bring_back(self, running: Callable[[datetime], Clock], port: int) -> int:
        """Do again what was done, and let the clock run; return how much that was.

        Args:
            running: makes the clock that goes on from a time.
            port: where the sandbox answers now.

        Raises:
            KeepError: something has another outcome than before.
        """
        entries, self.journal.entries = self.journal.entries, []
        for line, entry in enumerate(entries, 2):
            if "resumed" in entry:
                self._resume(entry)
                continue
            with self._simulation.lock, self._moment(datetime.fromisoformat(entry["at"])):
                different = self._post_again(entry) if "posted" in entry else self._ask_again(entry)
                self._number += 1
            if different:
                raise KeepError(
                    f"{self.journal.directory}: line {line} of journal.jsonl has another outcome than at "
                    f"{entry['at']}: {different}. What follows would be another history; nothing was changed. "
                    "Keep a new sandbox in another directory, and please report this one"
                )
        # Nobody was told a later time; and clients compare the clock with the machine's.
        now = datetime.now(UTC)
        at = max(self.journal.promised or self.started, now) if entries or self.journal.promised else self.started
        resumed = {"resumed": at.isoformat(), "wall": now.isoformat(), "speed": self._speed, "port": port}
        self.journal.append(resumed)
        self._resume(resumed)
        self.clock.run(running(at))
        return len(entries)

    def _resume(self, entry: Mapping[str, Any]) -> None:
        clock, wall = (datetime.fromisoformat(entry[key]) for key in ("resumed", "wall"))
        self._segments.append(_Segment(clock, wall, entry["speed"]))

    def _post_again(self, entry: Mapping[str, Any]) -> str | None:
        document = dict(entry["document"])
        if entry["posted"] in _WITH_FILE:
            document["file"] = str(self.journal.directory / document["file"])
        try:
            self._takers[entry["posted"]](document)
        except (KeyError, BadQuestionError) as error:
            return f"POST /_sandbox/{entry['posted']} is refused: {error}"
        return None

    def _ask_again(self, entry: Mapping[str, Any]) -> str | None:
        environ = _environ(entry)
        request = read_request(environ)
        self._touched.add(_touch(request, environ))
        outcome, _ = self._execute(environ, request)
        name = request.name if request.operation else f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        if outcome == entry["outcome"]:
            return None
        return f"{name} was answered `{entry['outcome']['status']}`, now `{outcome['status']}`" + (
            " with another content" if outcome["status"] == entry["outcome"]["status"] else ""
        )

    # --- answering

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        _measure(environ)
        request = read_request(environ)
        touch = _touch(request, environ)
        if touch in self._touched and _only_reads(request, environ):
            return self._aws(environ, start_response)
        if request.name in _OUTSIDE and environ.get("HTTP_X_AMZ_INVOCATION_TYPE") != "Event":
            return self._aws(environ, start_response)
        if request.name == "sqs:ReceiveMessage":
            return self._receive(environ, request).send(start_response)
        return self._change(environ, request).send(start_response)

    def _change(self, environ: "WSGIEnvironment", request: Request) -> Reply:
        """Execute a request and keep it (what AWS's layer raises is kept too, and raised)."""
        with self._simulation.lock, self._moment() as at:
            kept = _kept(environ, request)
            outcome, reply = self._execute(environ, request)
            self._touched.add(_touch(request, environ))
            self._keep({"at": at.isoformat(), **kept, "outcome": outcome})
        if isinstance(reply, Exception):
            raise reply
        return reply

    def _receive(self, environ: "WSGIEnvironment", request: Request) -> Reply:
        """Look for messages until there are some, without a lock while it waits for them."""
        body, seconds = _without_waiting(request)
        until = time.monotonic() + seconds / self._speed
        while True:
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
            reply = self._change(environ, read_request(environ))
            if time.monotonic() > until or b'"Messages"' in reply.body or b"<Message>" in reply.body:
                return reply
            time.sleep(_POLL_SECONDS)

    @contextmanager
    def _moment(self, at: datetime | None = None) -> Iterator[datetime]:
        """Have the clock stand, run what is due, and give the time; the simulation's lock is held."""
        at = at or self.clock.now()
        with self.clock.standing(at):
            self._advance()
            with self._repeatable.scope(f"change {self._number}", self._wall(at)):
                yield at

    def _keep(self, entry: Mapping[str, Any]) -> None:
        self.journal.append(entry)
        self._number += 1

    def _execute(self, environ: "WSGIEnvironment", request: Request) -> tuple[dict[str, Any], Reply | Exception]:
        try:
            reply = ask(self._aws, environ)
        except Exception as error:  # noqa: BLE001 - it is the front's to say; whatever changed before, has changed
            return {"status": f"raised {type(error).__name__}"}, error
        outcome = {"status": reply.status}
        if request.service not in _DRAWN_ANEW:
            outcome["digest"] = hashlib.sha256(reply.body).hexdigest()[:16]
        return outcome, reply

    def _with_own_file(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a document that names a copy: somebody else's file may be another one tomorrow."""
        try:
            return {**document, "file": self.journal.keep_copy(Path(str(document.get("file", ""))))}
        except OSError:
            return document  # whoever takes it says what is wrong with it

    def _wall(self, at: datetime) -> datetime:
        """Return what real time it was when the clock read `at`, as near as its speed tells."""
        segment = next((each for each in reversed(self._segments) if each.clock <= at), self._segments[0])
        return segment.wall + timedelta(seconds=(at - segment.clock).total_seconds() / segment.speed)


def _only_reads(request: Request, environ: "WSGIEnvironment") -> bool:
    if not request.operation:  # a REST protocol
        return environ["REQUEST_METHOD"] in {"GET", "HEAD", "OPTIONS"}
    return request.operation.startswith(_READS) and request.operation not in _READS_THAT_CHANGE


def _touch(request: Request, environ: "WSGIEnvironment") -> tuple[str, str, str]:
    """Return what moto makes when it is first asked for: a service of a region, for the account of a key."""
    key = _KEY.search(str(environ.get("HTTP_AUTHORIZATION") or ""))
    return key[1] if key else "", request.service, request.region


def _measure(environ: "WSGIEnvironment") -> None:
    """Give a request without a length the one that it has."""
    if environ.get("wsgi.input_terminated") and not environ.get("CONTENT_LENGTH"):
        body = environ["wsgi.input"].read()
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))


def _kept(environ: "WSGIEnvironment", request: Request) -> dict[str, Any]:
    """Return what of a request makes its outcome; signatures and session tokens do not."""
    names = [*_MEMBERS, *(name for name in environ if name.startswith("HTTP_X_AMZ_") and name not in _NOT_KEPT)]
    members = {name: str(environ[name]) for name in names if name in environ}
    if "HTTP_AUTHORIZATION" in environ:
        members["HTTP_AUTHORIZATION"] = _SIGNATURE.sub("0", str(environ["HTTP_AUTHORIZATION"]))
    try:
        return {"request": members, "body": request.body.decode()}
    except UnicodeDecodeError:
        return {"request": members, "body64": base64.b64encode(request.body).decode()}


def _environ(entry: Mapping[str, Any]) -> "WSGIEnvironment":
    body = base64.b64decode(entry["body64"]) if "body64" in entry else str(entry["body"]).encode()
    return {
        **entry["request"],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _without_waiting(request: Request) -> tuple[bytes, float]:
    """Return a ReceiveMessage that answers at once, and how many seconds it wanted to wait."""
    if request.protocol != "json":
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        seconds = form.get("WaitTimeSeconds", "0")
        return urlencode({**form, "WaitTimeSeconds": "0"}).encode(), float(seconds) if seconds.isdigit() else 0
    try:
        given = json.loads(request.body or b"{}")
        seconds = given.get("WaitTimeSeconds", 0)
    except (ValueError, AttributeError):
        return request.body, 0
    if not isinstance(seconds, int) or seconds not in range(21):
        return request.body, 0  # SQS says what is wrong with it
    return json.dumps({**given, "WaitTimeSeconds": 0}).encode(), seconds
