"""Faults of the API itself: a WSGI layer in front of AWS that throttles, fails, delays, refuses, lags and shuffles.

Nothing here decides what a deployment does: a fault changes whether, when and in what order a client learns of it.
A `denied` fault refuses an action as IAM would; the policies of callers are looked at behind this layer (`callers`).
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.front import AwsError, BadQuestionError, fail
from sandbox.replies import Reply, ask
from sandbox.requests import Request, read_request
from sandbox.throttling import Buckets

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Kind = Literal["throttle", "error", "latency", "expired", "denied", "lag", "shuffle"]
_READS = ("Describe", "List")
_REQUESTS_REMEMBERED = 1000


class Fault(BaseModel):
    """A fault as it was asked for.

    `operation` is AWS's name, with or without its service (`ecs:DescribeServices`), or `*`. `count` is after how many
    requests it ends, `rate` in what share of them it happens, `seconds` of the sandbox's clock how long a `latency` or
    a `lag` is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    operation: Annotated[str, Field(min_length=1, pattern=r"^(\*|([a-z0-9-]+:)?[A-Za-z0-9]+)$")]
    kind: Kind
    count: Annotated[int, Field(ge=1)] | None = None
    rate: Annotated[float, Field(gt=0, le=1)] = 1
    seconds: Annotated[float, Field(gt=0)] = 5


@dataclass
class _Active:
    fault: Fault
    left: int | None
    happened: int = 0


@dataclass
class _Remembered:
    replies: deque[tuple[datetime, Reply]] = field(default_factory=deque)


class Faults:
    """A WSGI application around AWS.

    Args:
        aws: what is asked when nothing is wrong.
        now: reads the sandbox's clock.
        wait: lets so many seconds of the sandbox's clock pass for one request.
        seed: of the chance in `rate` and in `shuffle`.
        account: whose requests these are, and what an error says of the caller.
        on_change: told after each change of what `state` returns, before the request that made it is answered.
        on_request: told of each request, whatever becomes of it.
    """

    def __init__(
        self,
        aws: "WSGIApplication",
        now: Callable[[], datetime],
        wait: Callable[[float], object],
        seed: int,
        account: str,
        on_change: Callable[[], object] = lambda: None,
        on_request: Callable[[Request], object] = lambda _request: None,
    ) -> None:
        self._aws = aws
        self._on_change = on_change
        self._on_request = on_request
        self._now = now
        self._wait = wait
        self._account = account
        self._random = Random(f"faults {seed}")  # noqa: S311 - a simulation wants to be repeatable
        self._buckets = Buckets()
        self._active: list[_Active] = []
        self._memory: dict[tuple[str, bytes], _Remembered] = {}
        self._lock = Lock()

    # --- switching

    def switch(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Switch a fault on, or off with `{"clear": true}`, for one `operation` where it is named.

        Raises:
            BadQuestionError: it is neither.
        """
        if "clear" in asked:
            self._clear(asked)
            return self.listed()
        try:
            fault = Fault.model_validate(asked)
        except ValidationError as error:
            problems = (f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in error.errors())
            raise BadQuestionError("; ".join(problems)) from error
        name = fault.operation.rpartition(":")[2]
        if fault.kind == "lag" and not name.startswith(_READS):
            raise BadQuestionError("a lag is for an operation that reads: Describe… or List…")
        with self._lock:
            self._active.append(_Active(fault, fault.count))
        self._on_change()
        return self.listed()

    def _clear(self, asked: Mapping[str, Any]) -> None:
        if asked["clear"] is not True or set(asked) - {"clear", "operation"}:
            raise BadQuestionError('to clear, send {"clear": true}, with an "operation" to clear its faults alone')
        operation = asked.get("operation")
        with self._lock:
            self._active = [each for each in self._active if operation not in {None, each.fault.operation}]
            self._memory.clear()
        self._on_change()

    def state(self) -> dict[str, Any]:
        """Return the faults that are on and where their chance is, for `restore`; answers for a `lag` are not in it."""
        return {**self.listed(), "random": self._random.getstate()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned, as JSON brings it back."""
        version, internal, gauss = state["random"]
        self._random.setstate((version, tuple(internal), gauss))
        with self._lock:
            self._active = [
                _Active(
                    Fault.model_validate({key: each[key] for key in Fault.model_fields}), each["left"], each["happened"]
                )
                for each in state["faults"]
            ]

    def listed(self) -> Mapping[str, Any]:
        """Return the faults that are on, each with how often it happened and how often it still can."""
        with self._lock:
            return {
                "faults": [
                    {**each.fault.model_dump(), "left": each.left, "happened": each.happened} for each in self._active
                ]
            }

    # --- answering

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = read_request(environ)
        self._on_request(request)
        caller = f"{self._account}/{request.region}"
        if request.service == "ecs" and not self._buckets.take(caller, request.operation, self._now()):
            return fail(environ, start_response, throttled(request))
        happening = {fault.kind: fault for fault in self._happening(request)}
        if "latency" in happening:
            self._wait(happening["latency"].seconds)
        for kind in ("expired", "denied", "throttle", "error"):
            if kind in happening:
                return fail(environ, start_response, self._error(kind, request))
        if "lag" not in happening and "shuffle" not in happening:
            return self._aws(environ, start_response)
        reply = ask(self._aws, environ)
        if "lag" in happening:
            reply = self._lagging(request, reply, happening["lag"].seconds)
        if "shuffle" in happening:
            reply = self._shuffled(reply)
        return reply.send(start_response)

    def _happening(self, request: Request) -> list[Fault]:
        happening = []
        with self._lock:
            for each in list(self._active):
                if not request.is_named(each.fault.operation) or self._random.random() >= each.fault.rate:
                    continue
                each.happened += 1
                happening.append(each.fault)
                if each.left is not None:
                    each.left -= 1
                    if each.left <= 0:
                        self._active.remove(each)
            asked = any(request.is_named(each.fault.operation) for each in self._active) or bool(happening)
        if asked:
            self._on_change()
        return happening

    def _error(self, kind: str, request: Request) -> AwsError:
        if kind == "throttle":
            return throttled(request)
        if kind == "error":
            return _unavailable(request)
        return _expired(request) if kind == "expired" else _denied(request, self._account)

    def _lagging(self, request: Request, reply: Reply, seconds: float) -> Reply:
        """Return the newest answer to the same request that is so old, or the oldest that there is."""
        now = self._now()
        with self._lock:
            if len(self._memory) >= _REQUESTS_REMEMBERED:
                self._memory.pop(next(iter(self._memory)))
            known = self._memory.setdefault((request.name, request.body), _Remembered()).replies
            known.append((now, reply))
            while len(known) > 1 and known[1][0] <= now - timedelta(seconds=seconds):
                known.popleft()
            return known[0][1]

    def _shuffled(self, reply: Reply) -> Reply:
        """Return the answer with each of its lists in another order; AWS promises none for most."""
        try:
            document = json.loads(reply.body)
        except ValueError:
            return reply
        if not isinstance(document, dict):
            return reply
        with self._lock:
            for value in document.values():
                if isinstance(value, list):
                    self._random.shuffle(value)
        self._on_change()
        return Reply(reply.status, reply.headers, json.dumps(document).encode())


# --- AWS's words. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html for the JSON protocols,
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html for EC2.


def throttled(request: Request) -> AwsError:
    """Return the error of a caller that asks too often."""
    if request.protocol == "ec2":
        return AwsError("503 Service Unavailable", "RequestLimitExceeded", "Request limit exceeded.")
    code = "ThrottlingException" if request.protocol == "json" else "Throttling"
    return AwsError("400 Bad Request", code, "Rate exceeded")


def _unavailable(request: Request) -> AwsError:
    message = "Service Unavailable. Please try again later."
    if request.service == "ecs":
        return AwsError("500 Internal Server Error", "ServerException", message)
    code = {"json": "ServiceUnavailableException", "query": "ServiceUnavailable", "ec2": "Unavailable"}
    return AwsError("503 Service Unavailable", code[request.protocol], message)


def _expired(request: Request) -> AwsError:
    if request.protocol == "ec2":
        return AwsError("400 Bad Request", "RequestExpired", "Request has expired.")
    message = "The security token included in the request is expired"
    if request.protocol == "json":
        return AwsError("400 Bad Request", "ExpiredTokenException", message)
    return AwsError("403 Forbidden", "ExpiredToken", message)


def _denied(request: Request, account: str) -> AwsError:
    if request.protocol == "ec2":
        return AwsError("403 Forbidden", "UnauthorizedOperation", "You are not authorized to perform this operation.")
    message = (
        f"User: arn:aws:sts::{account}:user/moto is not authorized to perform: {request.name} "
        f"on resource: {request.resource(account)} because no identity-based policy allows the {request.name} action"
    )
    if request.protocol == "json":
        return AwsError("400 Bad Request", "AccessDeniedException", message)
    return AwsError("403 Forbidden", "AccessDenied", message)
