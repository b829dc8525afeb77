"""`up`: runs the update, watches its ECS services, aborts what is doomed, and proves what serves in the end."""

import queue
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from automation.ending import around
from automation.ending.abort_states import StepName
from automation.ending.around import Recourse
from automation.ending.cancellation import Cancellation
from automation.ending.ending import Ending, Means
from automation.ending.first_deployment import FirstFailure
from automation.ending.interrupts import Answered, Choice, Interrupted
from automation.engine.update import Ended, ResourceEnded, ResourceStarted, Said, ServiceStarted, ServiceTarget
from automation.mending.counts import Counts
from automation.outcome import Outcome
from automation.proof.extra_tasks import ExtraTasks
from automation.proof.proving import Provable, Proving
from automation.proof.wish import Wish
from automation.service_run import ServiceRun
from automation.telling.progress import Progress
from automation.watcher import FLOOR, BaselineTaken, Looked, Looking, Watchable
from diagnostics.clock import Clock
from diagnostics.model import Gap
from diagnostics.watch import Look

ARGUMENTS_REFUSED = "error[invalid-arguments]"
"""How a component's own sentence about its arguments begins."""
PROOF_INTERVAL = 5.0
"""Seconds of ECS's clock between two looks at what serves in the end."""
PROOF_GRACE = 20.0
"""Seconds of real time that the proof has at least: our own reads do not run on ECS's clock."""
LAST_LOOK = 5.0
"""Seconds of real time that a watch has to see the end of a rollback which a proof has seen: the recording tells it."""


class RunningUpdate(Protocol):
    """What the driver needs of `automation.engine.update.Update`."""

    def start(self) -> None:
        """Start it."""

    def interrupt(self) -> bool:
        """Send SIGINT to the engine; return whether there is one that can take it."""
        ...

    def refresh(self, urn: str) -> None:
        """Read one resource into the stack's state anew, after the update; raises where the engine could not."""


class Site(Provable, Counts, Protocol):
    """A service's place in AWS: how to watch it, prove it, deploy or scale it, and stop its deployment."""

    def watch(self, target: ServiceTarget, since: float) -> Watchable:
        """Return a watch of the service, in an update that began at `since`, as ECS's clock counts."""
        ...

    def stop_deployment(self, target: ServiceTarget, look: Look | None) -> str:
        """Ask ECS to stop the deployment that was looked at and roll back; return what was asked for."""
        ...

    def desired_count(self, target: ServiceTarget) -> int | None:
        """Return how many tasks the service wants now, or None where there is no service."""
        ...

    def set_desired_count(self, target: ServiceTarget, count: int) -> None:
        """Set how many tasks the service wants."""
        ...

    def record(self, target: ServiceTarget, look: Look) -> str | None:
        """Keep the look's evidence; return where."""
        ...

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What is not known of where the services are."""
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
    on_interrupt: Choice = Choice.LEAVE
    """What becomes of a deployment that is not doomed, where an interrupt finds nobody to ask."""
    first_failure: FirstFailure = FirstFailure.LEAVE
    """What becomes of a first deployment that failed."""
    tick: float = 0.1
    """Seconds of real time between two turns of the driver's loop when nothing happens."""
    floor: float = FLOOR
    """Seconds of real time between two looks at least."""
    extra_tasks: Wish = field(default_factory=Wish)
    """Tasks beyond the desired count, for a while."""


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
        recourse: Recourse,
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
        self._watchers: dict[str, Looking] = {}
        self._began = clock.elapsed()
        self._began_real = monotonic()
        self._deploying_since: float | None = None
        self._ended: Ended | None = None
        self._errors: list[str] = []
        self._gaps: list[Gap] = []
        self._late = False
        self._recourse = recourse
        self._extra = ExtraTasks(settings.extra_tasks, site, recourse.journal, progress.say, self._note)
        self._proving = Proving(site, clock, self._extra, progress.say, self._note)
        self._cancellation = Cancellation(update.interrupt, monotonic)
        means = Means(
            self._stop_deployment,
            self._extra.before_abort,
            self._cancellation,
            clock,
            monotonic,
            self._recourse.asker,
            lambda choice: messages.put(Answered(choice)),
            progress,
        )
        self._ending = Ending(means, settings.on_interrupt, abort=settings.abort)

    def run(self) -> Outcome:
        """Run the update to its end, then prove what serves. A failed deployment is an outcome, not an exception."""
        around.before(self._recourse.journal, self._site, self._note_step)
        self._update.start()
        try:
            self._follow_the_update()
            self._prove_what_serves()
            self._put_right()
        finally:
            self._recourse.asker.withdraw()
            for watcher in self._watchers.values():
                watcher.stop()
            self._extra.put_back_all()
        self._extra.mend_state(self._update.refresh)
        return self._outcome()

    @property
    def cut_off(self) -> bool:
        """Whether the engine was cut off, so that operations may be pending in the state."""
        return self._cancellation.cut_off

    def _follow_the_update(self) -> None:
        while self._ended is None:
            self._take_messages(self._settings.tick)
            self._advance_the_ending()
            self._mind_the_time()

    def _prove_what_serves(self) -> None:
        began_real = self._monotonic()
        next_proof = self._clock.elapsed()
        while open_runs := [run for run in self._services.values() if not run.settled]:
            if self._clock.elapsed() >= next_proof:
                for run in open_runs:
                    self._prove(run)
                next_proof = self._clock.elapsed() + PROOF_INTERVAL
            self._take_messages(0 if all(run.settled for run in open_runs) else self._settings.tick)
            self._advance_the_ending()
            self._mind_the_time()
            if self._monotonic() - began_real >= PROOF_GRACE:
                for run in open_runs:
                    self._proving.lose_patience(run)
            self._extra.put_back_settled()
        self._see_the_end()

    def _see_the_end(self) -> None:
        began_real = self._monotonic()
        while self._monotonic() - began_real < LAST_LOOK and any(run.rollback_outlives_look for run in self._runs):
            self._take_messages(self._settings.tick)

    def _prove(self, run: ServiceRun) -> None:
        watch = self._proving.prove(run, interrupted=self._ending.impatient)
        if watch is not None:
            self._start_watcher(run.target, watch)
        self._progress.proof(run)

    def _take_messages(self, wait: float) -> None:
        """Wait for a message for so many seconds of real time, then take all that are there."""
        try:
            message = self._messages.get(timeout=wait)
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
                self._services[urn].baseline = self._services[urn].baseline or baseline
            case Looked(urn, look):
                self._see(self._services[urn], look)
            case ResourceStarted(urn):
                self._ending.started(urn)
            case ResourceEnded():
                self._end_resource(message)
            case Said("error", text, urn):
                self._hear(text, urn)
            case Ended():
                self._end(message)
            case Interrupted(source):
                self._ending.interrupt(source, self._runs, update_ended=self._ended is not None)
            case Answered(choice):
                self._ending.answer(choice, self._runs, update_ended=self._ended is not None)
        self._progress.message(message)

    @property
    def _runs(self) -> Sequence[ServiceRun]:
        return tuple(self._services.values())

    def _watch(self, target: ServiceTarget) -> None:
        self._ending.started(target.urn)
        if target.urn in self._services:
            return  # a replacement: the engine names it once more when it deletes the old one
        self._services[target.urn] = ServiceRun(target)
        if self._deploying_since is None:
            self._deploying_since = self._clock.elapsed()
        try:
            watch = self._site.watch(target, self._began)
        except Exception as surprise:  # noqa: BLE001 - the update goes on, and the report says that nobody was watching
            self._note(Gap(f"the watch of {target.name}", f"{type(surprise).__name__}: {surprise}"))
            return
        self._start_watcher(target, watch)

    def _start_watcher(self, target: ServiceTarget, watch: Watchable) -> None:
        if before := self._watchers.get(target.urn):
            before.stop()
        watcher = self._recourse.new_watcher(target.urn, watch, self._clock, self._messages, self._settings.floor)
        self._watchers[target.urn] = watcher
        watcher.start()

    def _see(self, run: ServiceRun, look: Look) -> None:
        run.see(look)
        if not run.not_made_yet:  # that it is missing is no gap then
            self._note(*look.gaps)
        if not self._ending.interrupted and run.abort is None:
            self._extra.see(run)
            self._proving.mend(run)
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

    def _end_resource(self, ended: ResourceEnded) -> None:
        self._ending.ended(ended.urn)
        if run := self._services.get(ended.urn):
            run.end_operation(
                failed=ended.failed and not self._cancellation.cut_off
            )  # then it is the cut that failed it
            run.count_in_state = ended.desired_count

    def _advance_the_ending(self) -> None:
        self._ending.advance(self._runs, update_ended=self._ended is not None, time_over=self._late)

    def _stop_deployment(self, run: ServiceRun) -> str:
        if not (self._settings.abort or run.at_request):
            raise PermissionError("--no-abort leaves the deployment to ECS")
        return self._site.stop_deployment(run.target, run.look)

    def _note_step(self, name: StepName, detail: str) -> None:
        self._ending.note(name, detail)
        self._progress.step(name, detail)

    def _put_right(self) -> None:
        if self._settings.abort and self._settings.first_failure is FirstFailure.SCALE_TO_ZERO:
            around.settle_first_deployments(self._runs, self._site, self._recourse.journal, self._clock)
        if self._cancellation.cut_off:
            around.repair(self._recourse, self._note_step)

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
            if run.abort is None and not run.at_zero:
                self._ending.stop(run)
        if not self._services:
            self._cancellation.cancel()

    def _time_is_over(self) -> bool:
        """Count on ECS's clock from the first service on; before, there is only the engine, which runs in real time."""
        if self._deploying_since is None:
            return self._monotonic() - self._began_real >= self._settings.timeout_minutes * 60
        return self._clock.elapsed() - self._deploying_since >= self._settings.timeout_minutes * 60

    def _outcome(self) -> Outcome:
        error = self._ended.error if self._ended else None
        told = "\n".join(dict.fromkeys(self._errors)) or error
        calls: Counter[str] = Counter(self._site.api_calls)
        return Outcome(
            stack=self._settings.stack,
            services=tuple(run.outcome() for run in self._services.values()),
            update_error=told if error else None,
            refused_arguments=refused_arguments(self._errors),
            interrupted=self._ending.interrupted,
            steps=self._ending.steps,
            api_calls=calls,
            gaps=tuple(dict.fromkeys([*self._gaps, *self._site.gaps])),
        )


def refused_arguments(errors: Iterable[str]) -> str | None:
    """Return a component's own sentence about its arguments, where one of the engine's errors holds it."""
    refused = next((text for text in errors if ARGUMENTS_REFUSED in text), None)
    return refused[refused.index(ARGUMENTS_REFUSED) :] if refused else None
