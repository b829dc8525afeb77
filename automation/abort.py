"""The abort ladder: stop the ECS deployment, let the provider's wait end, one SIGINT, a ceiling, the second SIGINT.

Stopping the deployment ends the provider's own wait within seconds and leaves the state clean; a signal alone would
wait for it up to 20 minutes, because the provider ignores a cancellation while it waits. The first SIGINT keeps the
engine from starting anything further. Only the second one cuts the provider off, and leaves a pending operation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from diagnostics.clock import Clock

CEILING = 120.0
"""Seconds of ECS's clock from the first step until the update is cut off."""
ENGINE_GRACE = 20.0
"""Seconds of real time that the ceiling leaves at least: the engine's own work does not run on ECS's clock."""
BETWEEN_SIGNALS = 2.0
"""Seconds of real time between two SIGINTs, so that the engine takes them for two."""


class StepName(StrEnum):
    """What the ladder does, in its order."""

    STOP_ASKED = "stop_service_deployment"
    STOP_REFUSED = "stop_service_deployment_refused"
    WAIT_ENDED = "provider_wait_ended"
    INTERRUPTED = "sigint"
    CUT = "second_sigint"
    UPDATE_ENDED = "update_ended"


@dataclass(frozen=True)
class Step:
    """One rung that was taken."""

    name: StepName
    at: datetime
    detail: str = ""


@dataclass(frozen=True)
class Actions:
    """What the ladder can do to the world."""

    stop_deployment: Callable[[], str]
    """Ask ECS to stop the deployment and roll back; returns what was asked for, raises where it was refused."""
    interrupt: Callable[[], bool]
    """Send SIGINT to the engine; returns whether there was one to send it to."""
    monotonic: Callable[[], float]
    """Real seconds, from any start."""


class Abort:
    """One run of the ladder. `begin` it once, then call `advance` whenever something happened and now and then."""

    def __init__(self, actions: Actions, clock: Clock) -> None:
        self._do = actions
        self._clock = clock
        self.steps: tuple[Step, ...] = ()
        self._began = clock.now()
        self._began_real = actions.monotonic()
        self._interrupted_real: float | None = None

    @property
    def cut_off(self) -> bool:
        """Whether the second SIGINT was needed, and a pending operation may be left."""
        return self._took(StepName.CUT)

    def begin(self) -> None:
        """Ask ECS to stop the deployment. A refusal is recorded, and the engine is interrupted instead."""
        self._began, self._began_real = self._clock.now(), self._do.monotonic()
        try:
            asked = self._do.stop_deployment()
        except Exception as refusal:  # noqa: BLE001 - whatever AWS answers, the update must still be ended
            self._take(StepName.STOP_REFUSED, str(refusal))
            self._interrupt()
        else:
            self._take(StepName.STOP_ASKED, asked)

    def advance(self, *, operation_ended: bool, update_ended: bool) -> None:
        """Take the next rung if it is time: after the service's operation has ended, or at the ceiling."""
        if self._took(StepName.UPDATE_ENDED):
            return
        if operation_ended and not self._took(StepName.WAIT_ENDED):
            self._take(StepName.WAIT_ENDED)
        if update_ended:
            self._take(StepName.UPDATE_ENDED)
        elif operation_ended and self._interrupted_real is None:
            self._interrupt()
        elif self._over_the_ceiling() and not self.cut_off:
            self._cut()

    def _cut(self) -> None:
        if self._interrupted_real is None:
            self._interrupt()
        elif self._do.monotonic() - self._interrupted_real >= BETWEEN_SIGNALS and self._do.interrupt():
            self._take(StepName.CUT, f"the update had not ended {CEILING:.0f} s after the abort began")

    def _interrupt(self) -> None:
        if self._do.interrupt():
            self._interrupted_real = self._do.monotonic()
            self._take(StepName.INTERRUPTED)

    def _over_the_ceiling(self) -> bool:
        waited = self._do.monotonic() - self._began_real
        return self._clock.now() - self._began >= timedelta(seconds=CEILING) and waited >= ENGINE_GRACE

    def _took(self, name: StepName) -> bool:
        return any(step.name is name for step in self.steps)

    def _take(self, name: StepName, detail: str = "") -> None:
        self.steps += (Step(name, self._clock.now(), detail),)
