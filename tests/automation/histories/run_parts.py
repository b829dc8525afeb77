"""What a stepped run of `up` has in the place of threads, an engine's process and the real clock."""

import queue
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol

from pulumi.automation import EngineEvent

from automation.aws.site import AwsSite
from automation.engine.update import Ended, ServiceTarget, provider_of, translate
from automation.mending.creates import Creates
from automation.watcher import BaselineTaken, Looked
from diagnostics.clock import Clock
from diagnostics.serving import Serving
from tests.automation.histories.engine import Engine, Wanted


class Stage(Protocol):
    """What a run needs of its stage."""

    speed: float
    ahead: timedelta
    watchers: list["SteppedWatcher"]

    def now(self) -> datetime:
        """Return ECS's time."""

    def pass_time(self) -> None:
        """Let a turn pass."""

    def held(self) -> AbstractContextManager[None]:
        """Keep what is found broken within, for whoever raises it is taken for AWS."""

    def served(self, name: str) -> set[str | None]:
        """Return what a service has really served with for as long as answers may be old."""


class SteppedWatcher:
    """A watcher without a thread: the stage has it look when it is due."""

    def __init__(self, stage: Stage, urn: str, watch: Any, clock: Any, messages: "queue.Queue[Any]") -> None:
        self._stage, self._urn, self._watch, self._clock, self._messages = stage, urn, watch, clock, messages
        self._due: datetime | None = None

    def start(self) -> None:
        self._stage.watchers.append(self)

    def stop(self) -> None:
        if self in self._stage.watchers:
            self._stage.watchers.remove(self)

    def step(self) -> None:
        now = self._clock.now()
        if self._due is None:
            self._messages.put(BaselineTaken(self._urn, self._watch.begin()))
        if self._due is None or now >= self._due:
            self._messages.put(Looked(self._urn, self._watch.look()))
            self._due = now + timedelta(seconds=self._watch.interval)


class WitnessedSite(AwsSite):
    """The driver's own site, each proof of which is held against what ECS really has, or had where reads lag."""

    stage: Stage

    def prove(self, target: ServiceTarget, task_definition: str | None, deployment_id: str | None) -> Serving:
        proof = super().prove(target, task_definition, deployment_id)
        if proof.proven:
            really = self.stage.served(target.name)
            with self.stage.held():
                assert proof.task_definition in really, f"proven is {proof.task_definition}, and {really} serves"
        return proof


class SteppedUpdate:
    """`automation.update.Update` without its thread."""

    def __init__(self, engine: Engine, program: list[Wanted], messages: "queue.Queue[Any]", creates: Creates) -> None:
        self._engine, self._program, self._messages = engine, program, messages
        self.creates = creates
        self.deaf = False
        """Whether the driver that it reports to was killed."""
        self._providers: dict[str, Any] = {}

    def start(self) -> None:
        self._engine.start(self._program, self._take, self._end)

    def interrupt(self) -> bool:
        return self._engine.interrupt()

    def refresh(self, urn: str) -> None:
        self._engine.refresh([urn])

    def _take(self, event: EngineEvent) -> None:
        if self.deaf:
            return
        if provider := provider_of(event):
            self._providers[provider.urn] = provider
        self.creates.take(event)
        for message in translate(event, self._providers):
            self._messages.put(message)

    def _end(self, error: str | None) -> None:
        if not self.deaf:
            self.creates.forget_failed()
            self._messages.put(Ended(error))


class Feed(queue.Queue[Any]):
    """The driver's queue; where the driver waits on it, time passes."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: ARG002
        if block and self.empty():
            self._stage.pass_time()
        return super().get(block=False)


class SkewedClock(Clock):
    """The clock of the driver's machine."""

    def __init__(self, stage: Stage, skew: timedelta) -> None:
        self._stage, self._skew = stage, skew

    def now(self) -> datetime:
        return self._stage.now() + self._skew + self._stage.ahead

    def real(self, seconds: float) -> float:
        return seconds / self._stage.speed
