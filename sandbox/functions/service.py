"""Lambda: starts invocations of functions in environments of their own, counts them, and writes their logs and metrics.

An invocation begins inside the sandbox and runs outside of it, in real time. How it ended is brought back by `end`, as
a change from outside like a request, so that a sandbox that is kept can do it again without running anything.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from sandbox.ecs.iam import Caller, Request, refusal
from sandbox.functions.environment import Ended, Environment, Settings, install_sdk
from sandbox.functions.logs import report, write
from sandbox.functions.package import unpack
from sandbox.functions.role import credentials, policies
from sandbox.simulation import Simulation

_LOG = logging.getLogger("sandbox.functions")
_IDLE_SECONDS = 300.0
"""Real seconds until an environment that nobody needs is ended; Lambda publishes no figure."""
UNRESERVED = 1000
"""The documented quota of concurrent executions of an account and region."""

Metric = Callable[[str, str, str, float, str], object]
"""(account, region, function's name, value, metric): tells CloudWatch of one value."""
OnEnd = Callable[[Mapping[str, Any]], object]
Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Throttled(Exception):  # noqa: N818 - it is an answer of Lambda's
    """As many invocations as may run at once run already."""


@dataclass(frozen=True)
class Key:
    """Which function: a sandbox has one of a name in each account and region."""

    account: str
    region: str
    name: str


class Functions:
    """The functions of every account and region, as they run.

    Args:
        simulation: its lock is held by whoever begins or ends an invocation.
        directory: where packages are unpacked.
        endpoint: tells where the sandbox answers.
        metric: tells CloudWatch.
        advance: runs the events that are due, and raises nothing.
    """

    def __init__(
        self,
        simulation: Simulation,
        directory: Path,
        endpoint: Callable[[], str],
        metric: Metric,
        advance: Callable[[], object],
    ) -> None:
        self._simulation = simulation
        self._directory = directory
        self._endpoint = endpoint
        self._metric = metric
        self._advance = advance
        self._random = Random("lambda")  # noqa: S311 - a simulation wants to be repeatable
        self._pools: dict[Key, list[Environment]] = {}
        self._running: dict[Key, int] = {}
        self._pending: dict[str, OnEnd] = {}
        self._environments: set[Environment] = set()
        self._lock = threading.Lock()
        self._closed = False
        self.outside: Change = self._take_end
        """Brings back how an invocation ended, from another thread: `ended`, or what keeps it too."""
        self.replaying = False
        """Nothing is run: how it ended is known."""

    # --- invoking

    def begin(self, function: Any, event: Any, on_end: OnEnd) -> str:
        """Begin an invocation, and return its id; the simulation's lock is held.

        Args:
            function: moto's.
            event: what it gets.
            on_end: told how it ended (`ended`), with the lock held.

        Raises:
            Throttled: too many run.
        """
        key = self._enter(function)
        request_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        self._pending[request_id] = on_end
        if not self.replaying:
            work = threading.Thread(
                target=self._run_and_tell, args=(key, function, request_id, event), name=f"{key.name} {request_id}"
            )
            work.daemon = True
            work.start()
        return request_id

    def invoke(self, function: Any, event: Any) -> tuple[str, Mapping[str, Any]]:
        """Invoke a function from a request's thread, without the lock; return the id and how it ended.

        Raises:
            Throttled: too many run.
        """
        request_id = str(uuid.uuid4())
        key = Key(function.account_id, function.region, function.function_name)
        with self._simulation.lock:
            free = self._has_room(key, function)
            self._running[key] = self._running.get(key, 0) + free
        if not free:
            self.outside({**asdict(key), "throttled": True})
            raise Throttled
        return request_id, self._run_and_tell(key, function, request_id, event, direct=True)

    def ended(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take how an invocation ended: its log, its metrics, and what waits for it. The lock is held."""
        key = Key(document["account"], document["region"], document["name"])
        if document.get("throttled"):
            self._metric(key.account, key.region, key.name, 1.0, "Throttles")
            return {}
        if not (
            document["direct"] and self.replaying
        ):  # a direct one began in a request's thread, which is not done again
            self._running[key] = max(0, self._running.get(key, 0) - 1)
        place = (key.account, key.region)
        milliseconds = float(document["seconds"]) * 1000
        failed = document["error"] is not None
        for metric, value in (("Invocations", 1.0), ("Errors", float(failed)), ("Duration", milliseconds)):
            self._metric(key.account, key.region, key.name, value, metric)
        written = write(
            place,
            document["group"],
            document["stream"],
            document["log"],
            self._simulation.now,
            lambda action, resource: self.denied(document["role"], action, resource) is not None,
        )
        if not written:
            _LOG.info("%s: its role may not write its log", key.name)
        on_end = self._pending.pop(document["request_id"], None)
        if on_end is not None:
            on_end(document)
        return {}

    def _take_end(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        with self._simulation.lock:
            self._advance()
            return self.ended(document)

    def lost(self) -> None:
        """End the invocations that a former process of this sandbox had not ended; the lock is held."""
        for request_id, on_end in list(self._pending.items()):
            self._pending.pop(request_id)
            on_end({"error": {"errorType": "Sandbox.Lost"}, "payload": None, "seconds": 0.0, "request_id": request_id})
        self._running.clear()

    def close(self) -> None:
        """Kill every environment."""
        with self._lock:
            self._closed = True
            running, self._environments = self._environments, set()
        for each in running:
            each.close()

    # --- what a function may

    def denied(self, role_arn: str, action: str, resource: str) -> str | None:
        """Return why a function's role may not do something, in AWS's words; None where it may."""
        caller = Caller(role_arn, "lambda")
        return refusal(Request(caller, action, resource), policies(role_arn))

    def _enter(self, function: Any) -> Key:
        key = Key(function.account_id, function.region, function.function_name)
        if not self._has_room(key, function):
            self._metric(key.account, key.region, key.name, 1.0, "Throttles")
            raise Throttled
        self._running[key] = self._running.get(key, 0) + 1
        return key

    def _has_room(self, key: Key, function: Any) -> bool:
        reserved = function.reserved_concurrency
        return self._running.get(key, 0) < (UNRESERVED if reserved is None else int(reserved))

    # --- outside of the sandbox's time

    def _run_and_tell(
        self, key: Key, function: Any, request_id: str, event: Any, *, direct: bool = False
    ) -> Mapping[str, Any]:
        group = function.logs_group_name
        settings = self._settings(function)
        began_at = time.gmtime(self._simulation.now.timestamp())
        try:
            environment, cold = self._environment(key, function, settings, began_at)
            ended = environment.invoke(request_id, function.function_arn, event)
            stream, init = environment.stream, environment.init_seconds if cold else None
            self._give_back(key, environment, alive=ended.alive)
        except Exception:  # noqa: BLE001 - whatever it is, who waits for the invocation is told
            _LOG.exception("%s could not be run", key.name)
            error = {"errorType": "ServiceException", "errorMessage": "The sandbox failed; see its server.log."}
            ended, stream, init = Ended(None, error, (), 0.0, 0), _stream(began_at, self._random_id()), None
        document = {
            **asdict(key),
            "request_id": request_id,
            "direct": direct,
            "role": function.role,
            "group": group,
            "stream": stream,
            "payload": ended.payload,
            "error": ended.error,
            "seconds": ended.seconds,
            "log": _lines(ended, settings, request_id, init),
        }
        if not self._closed:
            self.outside(document)
        return document

    def _settings(self, function: Any) -> Settings:
        root = unpack(function.code_bytes, self._directory / "functions" / function.code_digest.replace(":", "-"))
        return Settings(
            function.function_name,
            root,
            str(function.handler),
            int(function.memory_size),
            float(function.timeout),
            {str(name): str(value) for name, value in (function.environment_vars or {}).items()},
            str(function.run_time),
        )

    def _environment(
        self, key: Key, function: Any, settings: Settings, began_at: time.struct_time
    ) -> tuple[Environment, bool]:
        """Return an environment for a function that nobody uses, and whether it is new."""
        with self._lock:
            pool = self._pools.setdefault(key, [])
            too_old = time.monotonic() - _IDLE_SECONDS
            useless = [each for each in pool if each.settings != settings or each.idle_since < too_old]
            self._pools[key] = pool = [each for each in pool if each not in useless]
            known = pool.pop() if pool else None
            self._environments -= set(useless)
        for each in useless:
            each.close()
        if known is not None:
            return known, False
        stream = _stream(began_at, self._random_id())
        variables = self._variables(function, settings, stream)
        made = Environment(settings, variables, install_sdk(self._directory / "functions" / "sdk"), stream)
        with self._lock:
            self._environments.add(made)
            if not self._closed:
                return made, True
        made.close()
        return made, True

    def _give_back(self, key: Key, environment: Environment, *, alive: bool) -> None:
        with self._lock:
            if alive and not self._closed:
                self._pools.setdefault(key, []).append(environment)
            else:
                self._environments.discard(environment)

    def _random_id(self) -> str:
        return uuid.uuid4().hex

    def _variables(self, function: Any, settings: Settings, stream: str) -> dict[str, str]:
        """Return the environment: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html."""
        return {
            **settings.environment,
            "_HANDLER": settings.handler,
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{settings.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": settings.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings.memory_mib),
            "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            **credentials(function),
            "AWS_ENDPOINT_URL": self._endpoint(),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LAMBDA_TASK_ROOT": str(settings.root),
            "LAMBDA_RUNTIME_DIR": str(Path(__file__).parent),
        }


def _stream(at: time.struct_time, identifier: str) -> str:
    return f"{at.tm_year}/{at.tm_mon:02d}/{at.tm_mday:02d}/[$LATEST]{identifier}"


def _lines(ended: Ended, settings: Settings, request_id: str, init_seconds: float | None) -> list[str]:
    lines = [f"INIT_START Runtime Version: {settings.runtime}"] if init_seconds is not None else []
    lines += [f"START RequestId: {request_id} Version: $LATEST", *ended.log]
    if not ended.alive and ended.error is not None:
        message = str(ended.error["errorMessage"])
        said = message.replace(f"RequestId: {request_id} Error: ", f"{request_id} ") if ended.timed_out else message
        lines.append(said)
    ending = report(request_id, ended.seconds, settings.memory_mib, ended.memory_mib, init_seconds)
    if ended.timed_out:
        ending += "\tStatus: timeout"
    elif not ended.alive and ended.error is not None:
        ending += f"\tStatus: error\tError Type: {ended.error['errorType']}"
    return [*lines, f"END RequestId: {request_id}", ending]
