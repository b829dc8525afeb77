"""The abort ladder as data: its states, what each waits for and how long, and what leads from one to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where the end of one service's operation is."""

    ASKING = "asking"
    STOPPING = "stopping"
    LEFT_TO_ECS = "left to ECS"
    OVERDUE = "overdue"
    LEAVING = "leaving"
    FINISHING = "finishing"
    CUTTING = "cutting"
    CUT = "cut off"
    ENDED = "ended"


class Event(StrEnum):
    """What can happen to it."""

    STOP_ACCEPTED = "ECS accepts the stop"
    STOP_REFUSED = "ECS refuses the stop"
    OPERATION_ENDED = "the provider's wait has ended"
    OTHERS_ENDED = "nothing else is in flight"
    TIME_OVER = "`--timeout` is over"
    LIMIT_REACHED = "the limit is reached"
    HURRIED = "Ctrl-C once more"
    CUT_SENT = "the second SIGINT was sent"
    UPDATE_ENDED = "the update has ended"


class Signal(StrEnum):
    """What the engine is sent."""

    CANCEL = "SIGINT, where none was sent"
    CUT = "second SIGINT"


class StepName(StrEnum):
    """What is told of it, in `outcome/1`."""

    STOP_ASKED = "stop_service_deployment"
    STOP_REFUSED = "stop_service_deployment_refused"
    LEFT = "left_running"
    WAIT_ENDED = "provider_wait_ended"
    INTERRUPTED = "sigint"
    CUT = "second_sigint"
    UPDATE_ENDED = "update_ended"
    SCALED_TO_ZERO = "scaled_to_zero"
    NOT_SCALED = "scale_to_zero_refused"
    COUNT_RESTORED = "count_restored"
    COUNT_NOT_RESTORED = "count_not_restored"
    PERSON = "interrupted"
    REPAIRED = "pending_operations_repaired"
    NOT_REPAIRED = "pending_operations_not_repaired"


@dataclass(frozen=True)
class Limit:
    """How long a state lasts at most: until both lengths have passed."""

    ecs: float
    """Seconds of ECS's clock."""
    real: float
    """Seconds of real time: the engine and its other resources do not run on ECS's clock."""


@dataclass(frozen=True)
class Waiting:
    """What a state waits for, and how long."""

    waits_for: str
    limit: Limit | None = None
    why: str = ""
    """Why the limit is what it is, or why there is none."""


@dataclass(frozen=True)
class Move:
    """Where an event leads, what is sent to the engine on the way, and which step is told."""

    to: State
    signal: Signal | None = None
    step: StepName | None = None


CEILING = Limit(120, 20)
"""ECS ends the provider's wait within 20 to 45 s of a stop, and the provider looks every 5 to 10 s."""
ANSWER = Limit(30, 5)
"""AWS's client tries five times by itself; what is still throttled or missing after that gets a few more looks."""
IN_FLIGHT = Limit(0, 1800)
"""Half an hour of the engine's time: a load balancer takes minutes, a database up to half an hour."""

STATES: Mapping[State, Waiting] = {
    State.ASKING: Waiting(
        "ECS to answer StopServiceDeployment, which is asked again while it is throttled or shows no deployment yet",
        ANSWER,
        "AWS's client has tried five times by itself",
    ),
    State.STOPPING: Waiting(
        "the provider to notice that ECS has ended the deployment",
        CEILING,
        "ECS takes 20 to 45 s, and the provider looks every few seconds",
    ),
    State.LEFT_TO_ECS: Waiting("ECS's own circuit breaker, or the provider's timeout", None, "`--timeout` ends it"),
    State.OVERDUE: Waiting("the provider's wait to end after all", CEILING, "as long as a stop would get"),
    State.LEAVING: Waiting(
        "everything but the services to end; then only waiting for ECS would be cut off",
        IN_FLIGHT,
        "a load balancer takes minutes, a database up to half an hour",
    ),
    State.FINISHING: Waiting(
        "other resources in flight, and deployments of other services, to end",
        IN_FLIGHT,
        "a load balancer takes minutes, a database up to half an hour",
    ),
    State.CUTTING: Waiting("the engine to take a signal that it can tell from the last", None, "2 s"),
    State.CUT: Waiting("the engine to end", None, "it ends at once, and kills its plugins after 5 s"),
    State.ENDED: Waiting("nothing", None, ""),
}

_CUT_OFF = Move(State.CUTTING, Signal.CUT)
_FINISHING = Move(State.FINISHING, Signal.CANCEL, StepName.WAIT_ENDED)

MOVES: Mapping[tuple[State, Event], Move] = {
    (State.ASKING, Event.STOP_ACCEPTED): Move(State.STOPPING, step=StepName.STOP_ASKED),
    (State.ASKING, Event.STOP_REFUSED): Move(State.LEFT_TO_ECS, Signal.CANCEL, StepName.STOP_REFUSED),
    (State.STOPPING, Event.OPERATION_ENDED): _FINISHING,
    (State.STOPPING, Event.LIMIT_REACHED): _CUT_OFF,
    (State.LEFT_TO_ECS, Event.OPERATION_ENDED): _FINISHING,
    (State.LEFT_TO_ECS, Event.TIME_OVER): Move(State.OVERDUE),
    (State.OVERDUE, Event.OPERATION_ENDED): _FINISHING,
    (State.OVERDUE, Event.LIMIT_REACHED): _CUT_OFF,
    (State.LEAVING, Event.OPERATION_ENDED): _FINISHING,
    (State.LEAVING, Event.OTHERS_ENDED): _CUT_OFF,
    (State.LEAVING, Event.LIMIT_REACHED): _CUT_OFF,
    (State.FINISHING, Event.LIMIT_REACHED): _CUT_OFF,
}
"""What leads from one state to the next. An event that is in neither table changes nothing."""

ANYWHERE: Mapping[Event, Move] = {
    Event.HURRIED: _CUT_OFF,
    Event.CUT_SENT: Move(State.CUT, step=StepName.CUT),
    Event.UPDATE_ENDED: Move(State.ENDED, step=StepName.UPDATE_ENDED),
}
"""What leads from every state to the same one; it may be another service whose end cuts the update off."""

_NO_WAY_BACK = (State.CUTTING, State.CUT, State.ENDED)
"""From here on the states come in this order, whatever happens."""


def move(state: State, event: Event) -> Move | None:
    """Return where an event leads from a state, or None where it changes nothing."""
    found = MOVES.get((state, event)) or ANYWHERE.get(event)
    if found and state in _NO_WAY_BACK and found.to not in _NO_WAY_BACK[_NO_WAY_BACK.index(state) + 1 :]:
        return None
    return found
