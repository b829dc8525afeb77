"""Has ECS deploy a revision of a service again, and tells the driver of it as the engine tells of an update."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from automation.engine.update import SERVICE_TYPE, Ended, ResourceEnded, Said, ServiceStarted, ServiceTarget, Started
from automation.watcher import FLOOR, Watchable
from diagnostics.clock import Clock
from diagnostics.reads import ReadError, Shape
from diagnostics.watch import Baseline, Look

INTERVAL = 5.0
"""Seconds of ECS's clock between two looks at whether the deployment has ended."""
_BASELINE_PATIENCE = 60.0
"""Seconds of real time that the first look at the service may take."""
_LOST = 6
"""Looks in a row that do not show the deployment: ECS's answers may lag, and a deployment that was given up goes."""


@dataclass(frozen=True)
class Actions:
    """What the rollback does to the service."""

    deploy: Callable[[], str]
    """Ask ECS to deploy the revision; returns the id of the deployment. Raises where ECS refuses."""
    describe: Callable[[], Shape | None]
    """Read the service. Raises `ReadError`."""


class ServiceRollback:
    """The deployment of one revision as a `RunningUpdate`: it ends when ECS says how the deployment has ended."""

    def __init__(self, target: ServiceTarget, actions: Actions, clock: Clock, messages: "queue.Queue[Any]") -> None:
        self._target = target
        self._do = actions
        self._clock = clock
        self._messages = messages
        self._interrupted = threading.Event()
        self._looked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rollback", daemon=True)

    def start(self) -> None:
        """Begin: the service is looked at first, then ECS is asked."""
        self._thread.start()

    def interrupt(self) -> bool:
        """Wait no longer, or do not begin; return whether there was anything to end."""
        self._interrupted.set()
        return self._thread.is_alive()

    def refresh(self, urn: str) -> None:
        """Do nothing: after a rollback the state takes the service anew in any case."""

    def watched(self, watch: Watchable) -> Watchable:
        """Return the watch, whose baseline is taken before anything changes."""
        return _BaselineFirst(watch, self._looked)

    def _run(self) -> None:
        self._messages.put(Started())
        self._messages.put(ServiceStarted(self._target))
        self._looked.wait(_BASELINE_PATIENCE)
        error = self._deploy_and_wait()
        if error:
            self._messages.put(Said("error", error, self._target.urn))
        self._messages.put(ResourceEnded(self._target.urn, SERVICE_TYPE, "update", failed=error is not None))
        self._messages.put(Ended(error))

    def _deploy_and_wait(self) -> str | None:
        if self._interrupted.is_set():
            return "the rollback was interrupted before ECS was asked"
        try:
            deployment = self._do.deploy()
        except Exception as refused:  # noqa: BLE001 - whatever AWS answers, the driver must learn of it
            return f"ECS refused to deploy {self._target.wanted}: {refused}"
        lost = 0
        while lost < _LOST:
            if self._interrupted.wait(max(self._clock.real(INTERVAL), FLOOR)):
                return "the rollback was interrupted; the deployment is left to ECS"
            try:
                state = _state(self._do.describe(), deployment)
            except ReadError:
                continue  # the driver's own watch says what cannot be read, and its time limit ends this
            if state == "COMPLETED":
                return None
            if state == "FAILED":
                return f"the deployment {deployment} failed"
            lost = lost + 1 if state is None else 0
        return f"the deployment {deployment} is not there any more: ECS has given it up"


def _state(service: Shape | None, deployment: str) -> str | None:
    """Return the rolloutState of a deployment, None where it is not shown."""
    listed = (service or {}).get("deployments", [])
    return next((str(each.get("rolloutState", "")) for each in listed if each.get("id") == deployment), None)


class _BaselineFirst:
    """A watch that says when it has its baseline."""

    def __init__(self, watch: Watchable, taken: threading.Event) -> None:
        self._watch = watch
        self._taken = taken

    @property
    def interval(self) -> float:
        return self._watch.interval

    def begin(self) -> Baseline:
        try:
            return self._watch.begin()
        finally:
            self._taken.set()

    def look(self) -> Look:
        return self._watch.look()
