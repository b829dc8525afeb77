"""`up`: runs the update, watches its ECS services, aborts what is doomed, and proves what serves in the end."""

import queue
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from automation.abort import Abort, Actions
from automation.outcome import Outcome
from automation.progress import Progress
from automation.service_run import ServiceRun
from automation.update import Ended, ResourceEnded, Said, ServiceStarted, ServiceTarget
from automation.watcher import FLOOR, BaselineTaken, Looked, Watchable, Watcher
from diagnostics.clock import Clock
from diagnostics.model import Gap
from diagnostics.serving import Serving, ServingState
from diagnostics.watch import Look

ARGUMENTS_REFUSED = "error[invalid-arguments]"
"""How a component's own sentence about its arguments begins."""
PROOF_INTERVAL = 5.0
"""Seconds of ECS's clock between two looks at what serves in the end."""
PROOF_PATIENCE = 900.0
"""Seconds of ECS's clock for a rolled-back service to be proven: draining alone may take 300 s."""
PROOF_GRACE = 20.0
"""Seconds of real time that the proof has at least: our own reads do not run on ECS's clock."""


@dataclass(frozen=True)
class Interrupted:
    """A person pressed Ctrl-C."""


class RunningUpdate(Protocol):
    """What the driver needs of `automation.update.Update`."""

    def start(self) -> None:
        """Start it."""

    def interrupt(self) -> bool:
        """Send SIGINT to the engine; return whether it runs."""
        ...


class Site(Protocol):
    """A service's place in AWS: how to watch it, prove it and stop its deployment."""

    def watch(self, target: ServiceTarget, since: datetime) -> Watchable:
        """Return a watch of the service, in an update that began at `since`."""
        ...

    def prove(self, target: ServiceTarget, task_definition: str | None) -> Serving:
        """Look at what serves now."""
        ...

    def stop_deployment(self, target: ServiceTarget, look: Look | None) -> str:
        """Ask ECS to stop the deployment that was looked at and roll back; return what was asked for."""
        ...

    def record(self, target: ServiceTarget, look: Look) -> str | None:
        """Keep the look's evidence; return where."""
        ...

    @property
    def api_calls(self) -> Mapping[str, int]:
        """Calls so far, by operation."""
        ...


@dataclass(frozen=True)
class Settings:
    """How a run is to behave."""

    stack: str
    timeout_minutes: float = 30.0
    """Minutes of ECS's clock."""
    abort: bool = True
    """Whether a doomed deployment is stopped, or left to ECS's own breaker."""
    tick: float = 0.1
    """Seconds of real time between two turns of the driver's loop when nothing happens."""
    floor: float = FLOOR
    """Seconds of real time between two looks at least."""


class Driver:
    """One run of `up`, from the engine's start to the proof."""

    def __init__(
        self,
        settings: Settings,
        update: RunningUpdate,
        site: Site,
        clock: Clock,
        messages: "queue.Queue[Any]",
        progress: Progress,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._update = update
        self._site = site
        self._clock = clock
        self._messages = messages
        self._progress = progress
        self._monotonic = monotonic
        self._services: dict[str, ServiceRun] = {}
        self._watchers: dict[str, Watcher] = {}
        self._began = clock.now()
        self._began_real = monotonic()
        self._deploying_since: datetime | None = None
        self._ended: Ended | None = None
        self._errors: list[str] = []
        self._gaps: list[Gap] = []
        self._interrupts = 0
        self._late = False

    def run(self) -> Outcome:
        """Run the update to its end, then prove what serves. A failed deployment is an outcome, not an exception."""
        self._update.start()
        try:
            self._follow_the_update()
            self._prove_what_serves()
        finally:
            for watcher in self._watchers.values():
                watcher.stop()
        return self._outcome()

    def _follow_the_update(self) -> None:
        while self._ended is None:
            self._take_messages()
            self._abort_what_is_doomed()
            self._mind_the_time()

    def _prove_what_serves(self) -> None:
        began, began_real = self._clock.now(), self._monotonic()
        next_proof = began
        while open_runs := [run for run in self._services.values() if not run.settled]:
            if self._clock.now() >= next_proof:
                for run in open_runs:
                    self._prove(run)
                next_proof = self._clock.now() + timedelta(seconds=PROOF_INTERVAL)
            self._take_messages()
            self._abort_what_is_doomed()
            self._mind_the_time()
            waited, waited_real = self._clock.now() - began, self._monotonic() - began_real
            if waited >= timedelta(seconds=PROOF_PATIENCE) and waited_real >= PROOF_GRACE:
                for run in open_runs:
                    run.out_of_time |= run.failed

    def _prove(self, run: ServiceRun) -> None:
        try:
            run.prove(self._site.prove(run.target, run.expected), self._clock.now())
        except Exception as surprise:  # noqa: BLE001 - the outcome must be told even where AWS cannot be read
            self._note(Gap(f"what serves of {run.target.name}", f"{type(surprise).__name__}: {surprise}"))
            run.prove(Serving(ServingState.NOT_PROVEN, ("the service could not be read",)), self._clock.now())
        run.interrupted = self._interrupts > 0  # one look tells what is left; nobody waits for more
        self._progress.proof(run)

    def _take_messages(self) -> None:
        """Wait a moment for a message, then take all that are there."""
        try:
            message = self._messages.get(timeout=self._settings.tick)
            while True:
                self._take(message)
                message = self._messages.get_nowait()
        except queue.Empty:
            return

    def _take(self, message: Any) -> None:
        match message:
            case ServiceStarted(target):
                self._watch(target)
            case BaselineTaken(urn, baseline):
                self._services[urn].baseline = baseline
            case Looked(urn, look):
                self._see(self._services[urn], look)
            case ResourceEnded(urn, _, _, failed) if urn in self._services:
                self._services[urn].operation_ended = True
                self._services[urn].operation_failed |= failed
            case Said("error", text, urn):
                self._hear(text, urn)
            case Ended():
                self._end(message)
            case Interrupted():
                self._take_interrupt()
        self._progress.message(message)

    def _watch(self, target: ServiceTarget) -> None:
        if target.urn in self._services:
            return  # a replacement: the engine names it once more when it deletes the old one
        self._services[target.urn] = ServiceRun(target)
        self._deploying_since = self._deploying_since or self._clock.now()
        try:
            watch = self._site.watch(target, self._began)
        except Exception as surprise:  # noqa: BLE001 - the update goes on, and the report says that nobody was watching
            self._note(Gap(f"the watch of {target.name}", f"{type(surprise).__name__}: {surprise}"))
            return
        watcher = Watcher(target.urn, watch, self._clock, self._messages, self._settings.floor)
        self._watchers[target.urn] = watcher
        watcher.start()

    def _see(self, run: ServiceRun, look: Look) -> None:
        run.look = look
        self._note(*look.gaps)
        try:
            run.evidence_path = self._site.record(run.target, look) or run.evidence_path
        except OSError as problem:  # a full disk must not end the watch
            self._note(Gap("this run's recording", f"it cannot be written: {problem.strerror}"))

    def _note(self, *gaps: Gap) -> None:
        self._gaps = list(dict.fromkeys([*self._gaps, *gaps]))

    def _hear(self, text: str, urn: str) -> None:
        self._errors.append(text)
        if urn in self._services:
            self._services[urn].provider_said = text

    def _end(self, message: Ended) -> None:
        self._ended = message
        for run in self._services.values():
            run.operation_ended = True

    def _abort_what_is_doomed(self) -> None:
        for run in self._services.values():
            if run.abort is None and run.doomed and self._settings.abort and self._interrupts == 0:
                self._begin_abort(run)
            elif run.abort is not None:
                run.abort.advance(operation_ended=run.operation_ended, update_ended=self._ended is not None)
                self._progress.abort(run)

    def _begin_abort(self, run: ServiceRun) -> None:
        actions = Actions(lambda: self._stop_deployment(run), self._update.interrupt, self._monotonic)
        run.abort = Abort(actions, self._clock)
        run.abort.begin()
        self._progress.abort(run)

    def _stop_deployment(self, run: ServiceRun) -> str:
        if not self._settings.abort:
            raise PermissionError("--no-abort leaves the deployment to ECS")
        return self._site.stop_deployment(run.target, run.look)

    def _mind_the_time(self) -> None:
        """End what has not ended in time, as if it were doomed."""
        if self._late or not self._time_is_over():
            return
        # Between a service's end and the update's the engine works on, in real time: that is not the service's delay.
        late = [run for run in self._services.values() if not run.settled and (self._ended or not run.operation_ended)]
        if self._services and not late:
            return
        self._late = True
        self._progress.out_of_time(self._settings.timeout_minutes)
        for run in late:
            run.out_of_time = True
            if run.abort is None:
                self._begin_abort(run)
        if not self._services:
            self._update.interrupt()

    def _time_is_over(self) -> bool:
        """Count on ECS's clock from the first service on; before, there is only the engine, which runs in real time."""
        if self._deploying_since is None:
            return self._monotonic() - self._began_real >= self._settings.timeout_minutes * 60
        return self._clock.now() - self._deploying_since >= timedelta(minutes=self._settings.timeout_minutes)

    def _take_interrupt(self) -> None:
        self._interrupts += 1
        runs = self._update.interrupt()
        self._progress.interrupted(self._interrupts, update_runs=runs)

    def _outcome(self) -> Outcome:
        error = self._ended.error if self._ended else None
        told = "\n".join(dict.fromkeys(self._errors)) or error
        calls: Counter[str] = Counter(self._site.api_calls)
        return Outcome(
            stack=self._settings.stack,
            services=tuple(run.outcome() for run in self._services.values()),
            update_error=told if error else None,
            refused_arguments=refused_arguments(self._errors),
            interrupted=self._interrupts > 0,
            api_calls=calls,
            gaps=tuple(self._gaps),
        )


def refused_arguments(errors: Iterable[str]) -> str | None:
    """Return a component's own sentence about its arguments, where one of the engine's errors holds it."""
    refused = next((text for text in errors if ARGUMENTS_REFUSED in text), None)
    return refused[refused.index(ARGUMENTS_REFUSED) :] if refused else None
