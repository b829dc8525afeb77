"""`watch`: follows deployments that something else started to their end, stops doomed ones if asked to, and proves."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from automation.outcome import ExitCode, Result, exit_code_of
from diagnostics.clock import Clock
from diagnostics.evidence import Evidence
from diagnostics.fleet import Fleet, FleetLook
from diagnostics.model import Diagnosis, Verdict
from diagnostics.serving import Serving, ServingState, serving
from diagnostics.watch import Look, WatchState

_UNREAD_PASSES = 5
"""Passes in a row that could not read the services, after which nobody waits for another."""
_NET = 60.0
"""How long nobody looks at all services while events say which ones to look at: some news have no event."""
_PAUSE = 1.0
"""Seconds between two looks that events ask for, so that those that come together are one."""
_GIVEN_UP = {WatchState.ROLLED_BACK, WatchState.FAILED, WatchState.DOOMED}


@dataclass(frozen=True)
class Actions:
    """What following a deployment does to the world."""

    prove: Callable[[str], Evidence]
    """Look at a service by itself, after its deployments ended."""
    stop: Callable[[str], None] | None
    """Ask ECS to stop a service deployment, by its ARN; raises where it is refused. None: nothing is stopped."""
    sleep: Callable[[float], None]
    """Wait so many seconds of real time."""
    say: Callable[[str], None]
    follow: Callable[[FleetLook], None] | None = None
    """Takes every pass, for a view."""
    say_events: bool = False
    """Whether ECS's events are lines too."""
    wake: Callable[[float], Collection[str]] | None = None
    """Waits at most so many seconds of real time for events of services, and returns these services; None: polls."""


@dataclass(frozen=True)
class Watched:
    """What became of one service."""

    name: str
    result: Result
    diagnosis: Diagnosis | None
    """Of its deployment that failed; None where none did."""
    proof: Serving | None
    stopped: str = ""
    """What ECS was asked, in words; "" where nothing was."""

    @property
    def notes(self) -> tuple[str, ...]:
        """The state that the service was left in."""
        said = [self.stopped] if self.stopped else []
        if self.proof and self.proof.proven:
            counts = f"{self.proof.running} of {self.proof.desired} tasks run"
            targets = f", {self.proof.targets_healthy} of {self.proof.targets_total} targets healthy"
            said.append(f"revision {self.proof.revision} serves: {counts}{targets if self.proof.targets_total else ''}")
        elif self.proof and self.proof.missing:
            said.append(f"it is not proven that anything serves: {self.proof.missing[0]}")
        return tuple(said)

    def to_document(self) -> dict[str, Any]:
        """Return it as `watch --format json` prints it (docs/evidence.md)."""
        return {
            "schema": "watched/1",
            "service": self.name,
            "result": self.result.value,
            "serves": self.proof.proven if self.proof else None,
            "notes": list(self.notes),
            "diagnosis": self.diagnosis.to_document() if self.diagnosis else None,
        }


@dataclass
class _Service:
    failure: Look | None = None
    stopped: dict[str, str] = field(default_factory=dict)
    said: str = ""
    events: set[str] = field(default_factory=set)


class Watching:
    """One run of `watch`. Nothing that AWS answers makes it raise, and Ctrl-C ends it with what it has seen."""

    def __init__(self, fleet: Fleet, actions: Actions, clock: Clock, timeout_minutes: float) -> None:
        self._fleet = fleet
        self._do = actions
        self._clock = clock
        self._timeout = timeout_minutes * 60
        self._services: dict[str, _Service] = {}
        self._unread = 0
        self.out_of_time = False
        self.interrupted = False

    def run(self, names: Sequence[str] = ()) -> tuple[Watched, ...]:
        """Follow every deployment that is in progress, or begins meanwhile, until none is; then prove each service.

        Args:
            names: services to prove even where none of their deployments is in progress.
        """
        try:
            self._follow()
        except KeyboardInterrupt:
            self.interrupted = True
        return tuple(self._watched(name) for name in dict.fromkeys((*names, *self._services)))

    def exit_code(self, watched: Sequence[Watched]) -> ExitCode:
        """Return the exit code of `docs/architecture.md` for what was watched."""
        results = [each.result for each in watched]
        if self.interrupted:
            results.append(Result.INTERRUPTED)
        if self._unread >= _UNREAD_PASSES:
            results.append(Result.NOT_PROVEN)
        return exit_code_of(results)

    def _follow(self) -> None:
        began = looked = self._clock.elapsed()
        only: Collection[str] | None = None
        while True:
            if only is None:
                looked = self._clock.elapsed()
            look = self._fleet.look(only)
            self._take(look)
            self._unread = self._unread + 1 if look.gaps else 0
            nothing_left = not look.looks and not look.gaps and self._do.wake is None
            if nothing_left or self._unread >= _UNREAD_PASSES:
                return
            if self._clock.elapsed() - began >= self._timeout:
                self.out_of_time = self._do.wake is None or self._fleet.deploying
                return
            only = self._pause(looked, began + self._timeout)

    def _pause(self, looked: float, end: float) -> Collection[str] | None:
        """Wait for the next pass; return the services that it is about, None for all."""
        if self._do.wake is None or self._unread:
            self._do.sleep(self._clock.real(self._fleet.interval))
            return None
        self._do.sleep(self._clock.real(_PAUSE))
        left = min(looked + _NET, end) - self._clock.elapsed()
        return (self._do.wake(self._clock.real(left)) or None) if left > 0 else None

    def _take(self, fleet: FleetLook) -> None:
        if self._do.follow:
            self._do.follow(fleet)
        for gap in fleet.gaps:
            self._do.say(f"could not read {gap.what}: {gap.why}")
        for name, look in fleet.looks:
            service = self._services.setdefault(name, _Service())
            self._say(name, service, look)
            if look.state in _GIVEN_UP:
                service.failure = look
            if look.state is WatchState.DOOMED and self._do.stop:
                self._stop(name, service, look)

    def _stop(self, name: str, service: _Service, look: Look) -> None:
        whole = look.evidence.service_deployment
        if whole is None or not whole.arn or whole.arn in service.stopped or whole.deployment_id != look.deployment_id:
            return
        assert self._do.stop is not None  # noqa: S101 - asked before
        try:
            self._do.stop(whole.arn)
        except Exception as refusal:  # noqa: BLE001 - whatever AWS answers, it is told and the watch goes on
            service.stopped[whole.arn] = f"ECS refused to stop the deployment: {refusal}"
        else:
            after = (self._clock.now() - look.created_at).total_seconds() if look.created_at else None
            service.stopped[whole.arn] = "the deployment was stopped" + (f" after {after:.0f} s" if after else "")
        self._do.say(f"{name}: {service.stopped[whole.arn]}")

    def _say(self, name: str, service: _Service, look: Look) -> None:
        for event in look.events if self._do.say_events else ():
            if event.id not in service.events:
                service.events.add(event.id)
                self._do.say(f"ECS: {event.message}")
        words = f"{name}: {look.deployment_id} {look.state.value.replace('_', ' ')}"
        if look.diagnosis.verdict in {Verdict.SUSPECT, Verdict.STALLED}:
            words += f": {look.diagnosis.verdict.value}: {look.diagnosis.what}"
        elif look.diagnosis.verdict is Verdict.DOOMED:
            words += f": {look.diagnosis.what}"
        if words != service.said:
            service.said = words
            self._do.say(words)

    def _watched(self, name: str) -> Watched:
        service = self._services.get(name, _Service())
        proof = None if self.interrupted else serving(self._do.prove(name), None)
        result = self._result(service, proof)
        return Watched(
            name=name,
            result=result,
            diagnosis=service.failure.diagnosis if service.failure and result is not Result.SERVING else None,
            proof=proof,
            stopped="; ".join(service.stopped.values()),
        )

    def _result(self, service: _Service, proof: Serving | None) -> Result:
        if self.interrupted:
            return Result.INTERRUPTED
        failure = service.failure
        if self.out_of_time or proof is None:
            return Result.OUT_OF_TIME
        if failure is None:
            return Result.SERVING if proof.proven else Result.NOT_PROVEN
        if proof.proven:
            # The deployment that was given up may have been doomed by us alone, and have come round after all.
            return Result.SERVING if proof.deployment_id == failure.deployment_id else Result.ROLLED_BACK
        nothing = proof.state is ServingState.NOT_PROVEN and proof.deployment_id == failure.deployment_id
        return Result.NOTHING_SERVES if nothing else Result.OUT_OF_TIME
