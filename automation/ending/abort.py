"""The abort ladder of one service: stop its ECS deployment, or leave it running, and let the update end.

Stopping the deployment ends the provider's own wait within seconds and leaves the state clean; a signal alone would
wait for it up to 20 minutes, because the provider ignores a cancellation while it waits. The first SIGINT keeps the
engine from starting anything further. Only the second one cuts the provider off, and leaves a pending operation, which
is repaired. What leads where is the table of `abort_states`; this is what runs it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from automation.ending.abort_states import STATES, Event, Signal, State, StepName, move
from automation.ending.cancellation import Cancellation
from diagnostics.clock import Clock

ASKED_AGAIN = 5.0
"""Seconds of ECS's clock after which a stop that got no answer is asked for again."""


@dataclass(frozen=True)
class Step:
    """One thing that was done, or that happened."""

    name: StepName
    at: datetime
    detail: str = ""


@dataclass(frozen=True)
class Seen:
    """What is known of the update, and of this service in it."""

    operation_ended: bool = False
    """The provider is done with the service."""
    update_ended: bool = False
    others_ended: bool = False
    """Nothing is in flight but operations of services that are left running, whose deployments ECS shows."""
    time_over: bool = False
    """`--timeout` is over."""


@dataclass(frozen=True)
class Actions:
    """What the ladder can do to the world."""

    stop_deployment: Callable[[], str]
    """Ask ECS to stop the deployment and roll back; returns what was asked for.

    Raises PermissionError where that is refused for good, anything else where it may be asked again.
    """
    monotonic: Callable[[], float]
    """Real seconds, from any start."""


class Abort:
    """One run of the ladder: `begin` or `leave` it, then `advance` whenever something happened, and now and then."""

    def __init__(self, actions: Actions, cancellation: Cancellation, clock: Clock) -> None:
        self._do = actions
        self._cancellation = cancellation
        self._clock = clock
        self.state = State.ASKING
        self.steps: tuple[Step, ...] = ()
        self._since = clock.elapsed()
        self._since_real = actions.monotonic()
        self._asked_last: float | None = None
        self._no_answer = ""
        self._signalled = False
        self._why_cut = "another service of the stack is cut off"

    @property
    def stopped(self) -> bool:
        """Whether ECS was asked to stop the deployment, and said that it will."""
        return self._took(StepName.STOP_ASKED)

    @property
    def left(self) -> bool:
        """Whether the deployment was left running at a person's wish."""
        return self._took(StepName.LEFT)

    def begin(self) -> None:
        """Ask ECS to stop the deployment. A refusal is recorded, and the engine is interrupted instead."""
        self._enter(State.ASKING)
        self._ask()
        self._note_signal()

    def leave(self) -> None:
        """Leave the deployment running, and end the update as soon as only ECS is waited for."""
        self.note(StepName.LEFT)
        self._enter(State.LEAVING)
        self._send(Signal.CANCEL)
        self._note_signal()

    def hurry(self) -> None:
        """Wait for nothing more: cut the update off."""
        self._happens(Event.HURRIED)

    def advance(self, seen: Seen) -> None:
        """Move on, if it is time: because of what is seen, or because a limit is reached."""
        if self.state is State.ASKING and not (seen.operation_ended or seen.update_ended):
            self._ask_again()
        self._cancellation.advance()
        self._note_signal()
        for event in self._events(seen):
            self._happens(event)
        self._note_signal()

    def note(self, name: StepName, detail: str = "") -> None:
        """Tell of a step that is not the ladder's own."""
        self.steps += (Step(name, self._clock.now(), detail),)

    def _ask(self) -> None:
        self._asked_last = self._clock.elapsed()
        try:
            asked = self._do.stop_deployment()
        except PermissionError as refusal:
            self._happens(Event.STOP_REFUSED, str(refusal))
        except Exception as problem:  # noqa: BLE001 - whatever AWS answers, the update must still be ended
            self._no_answer = str(problem)
        else:
            self._happens(Event.STOP_ACCEPTED, asked)

    def _ask_again(self) -> None:
        if self._at_the_limit():
            self._happens(Event.STOP_REFUSED, self._no_answer)
        elif self._asked_last is not None and self._clock.elapsed() - self._asked_last >= ASKED_AGAIN:
            self._ask()

    def _events(self, seen: Seen) -> Iterator[Event]:
        if self._cancellation.cut_off:
            yield Event.CUT_SENT
        if seen.operation_ended:
            if self.state is State.ASKING:
                yield Event.STOP_REFUSED  # there is nothing left to stop
            yield Event.OPERATION_ENDED
        if seen.others_ended:
            yield Event.OTHERS_ENDED
        if seen.time_over:
            yield Event.TIME_OVER
        if seen.update_ended:
            yield Event.UPDATE_ENDED
        if self._at_the_limit():
            yield Event.LIMIT_REACHED

    def _happens(self, event: Event, detail: str = "") -> None:
        found = move(self.state, event)
        if found is None:
            return
        before = self.state
        if event is Event.STOP_REFUSED and not detail:
            detail = self._no_answer or "the provider's operation was over before"
        if found.signal is Signal.CUT:
            self._why_cut = f"{event.value} while {before.value}"
        if found.step is StepName.CUT:
            detail = self._why_cut
        if found.step:
            self.note(found.step, detail)
        if found.to is not before:
            self._enter(found.to)
        if found.signal:
            self._send(found.signal)

    def _send(self, signal: Signal) -> None:
        if signal is Signal.CUT:
            self._cancellation.cut()
        else:
            self._cancellation.cancel()

    def _note_signal(self) -> None:
        if self._cancellation.sent and not self._signalled and self.state is not State.ENDED:
            self._signalled = True
            self.note(StepName.INTERRUPTED)

    def _enter(self, state: State) -> None:
        self.state = state
        self._since, self._since_real = self._clock.elapsed(), self._do.monotonic()

    def _at_the_limit(self) -> bool:
        limit = STATES[self.state].limit
        if limit is None:
            return False
        waited, waited_real = self._clock.elapsed() - self._since, self._do.monotonic() - self._since_real
        return waited >= limit.ecs and waited_real >= limit.real

    def _took(self, name: StepName) -> bool:
        return any(step.name is name for step in self.steps)
