"""The abort ladder, state by state, against an engine and a clock that the test moves; and its page."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automation.ending.abort import ASKED_AGAIN, Abort, Actions, Seen
from automation.ending.abort_states import (
    ANSWER,
    ANYWHERE,
    CEILING,
    IN_FLIGHT,
    MOVES,
    STATES,
    Event,
    State,
    StepName,
    move,
)
from automation.ending.cancellation import BETWEEN_SIGNALS, Cancellation
from diagnostics.clock import Clock

PAGE = Path(__file__).resolve().parents[3] / "docs" / "abort.md"
ENDED = Seen(operation_ended=True)
OVER = Seen(operation_ended=True, update_ended=True)


@dataclass
class World(Clock):
    """ECS, an engine and two clocks, all moved by hand."""

    seconds: float = 0.0
    speed: float = 1.0
    problem: Exception | None = None
    engine_runs: bool = True
    asked: int = 0
    signals: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cancellation = Cancellation(self.interrupt, lambda: self.seconds)

    def now(self) -> datetime:
        return datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(seconds=self.seconds * self.speed)

    def real(self, seconds: float) -> float:
        return seconds / self.speed

    def stop(self) -> str:
        self.asked += 1
        if self.problem:
            raise self.problem
        return "arn:aws:ecs:eu-west-1:123456789012:service-deployment/c/s/1"

    def interrupt(self) -> bool:
        if self.engine_runs:
            self.signals.append(self.seconds)
        return self.engine_runs

    def new(self) -> Abort:
        return Abort(Actions(self.stop, lambda: self.seconds), self.cancellation, self)

    def ladder(self) -> Abort:
        abort = self.new()
        abort.begin()
        return abort


def names(abort: Abort) -> list[StepName]:
    return [step.name for step in abort.steps]


def told(abort: Abort) -> list[tuple[StepName, float, str]]:
    """Return the steps, each with the seconds of ECS's clock and its detail."""
    start = World().now()
    return [(step.name, (step.at - start).total_seconds(), step.detail) for step in abort.steps]


def test_a_stopped_deployment_ends_the_update_without_cutting_it_off() -> None:
    world = World()
    abort = world.ladder()
    abort.advance(Seen())
    assert world.signals == [], "no signal while the provider still waits for ECS"
    world.seconds = 30
    abort.advance(ENDED)
    assert world.signals == [30], "one signal, so that nothing further starts"
    abort.advance(OVER)
    assert names(abort) == [StepName.STOP_ASKED, StepName.WAIT_ENDED, StepName.INTERRUPTED, StepName.UPDATE_ENDED]
    assert not world.cancellation.cut_off
    assert abort.stopped


def test_no_signal_is_sent_to_an_update_that_has_already_ended() -> None:
    world = World(engine_runs=False)
    abort = world.ladder()
    abort.advance(OVER)
    assert names(abort) == [StepName.STOP_ASKED, StepName.WAIT_ENDED, StepName.UPDATE_ENDED]


def test_a_refused_stop_is_recorded_and_the_engine_interrupted_at_once() -> None:
    world = World(problem=PermissionError("not authorized to perform: ecs:StopServiceDeployment"))
    abort = world.ladder()
    assert names(abort) == [StepName.STOP_REFUSED, StepName.INTERRUPTED]
    assert "ecs:StopServiceDeployment" in abort.steps[0].detail
    assert not abort.stopped


def test_after_a_refused_stop_ecs_has_all_the_time_that_the_run_has() -> None:
    world = World(problem=PermissionError("no"))
    abort = world.ladder()
    world.seconds = 10 * IN_FLIGHT.real
    abort.advance(Seen())
    assert len(world.signals) == 1
    assert abort.state is State.LEFT_TO_ECS
    abort.advance(Seen(time_over=True))
    assert abort.state is State.OVERDUE
    world.seconds += CEILING.ecs
    abort.advance(Seen(time_over=True))
    assert len(world.signals) == 2


def test_a_stop_that_gets_no_answer_is_asked_again_and_then_given_up() -> None:
    world = World(problem=LookupError("ECS shows no service deployment yet"))
    abort = world.ladder()
    assert names(abort) == [], "nothing is refused yet"
    world.seconds = ASKED_AGAIN
    abort.advance(Seen())
    assert world.asked == 2
    world.problem = None
    world.seconds = 2 * ASKED_AGAIN
    abort.advance(Seen())
    assert names(abort) == [StepName.STOP_ASKED]

    never = World(problem=LookupError("ECS shows no service deployment yet"))
    abort = never.ladder()
    never.seconds = ANSWER.ecs
    abort.advance(Seen())
    assert names(abort) == [StepName.STOP_REFUSED, StepName.INTERRUPTED]
    assert abort.steps[0].detail == "ECS shows no service deployment yet"


def test_what_is_over_before_ecs_has_answered_is_not_stopped() -> None:
    world = World(problem=LookupError("throttled"))
    abort = world.ladder()
    abort.advance(OVER)
    assert StepName.STOP_ASKED not in names(abort)
    assert abort.state is State.ENDED


def test_what_was_over_before_is_not_asked_for_again_and_the_last_answer_is_told() -> None:
    world = World(problem=LookupError("throttled"))
    abort = world.ladder()
    world.problem, world.seconds = None, ASKED_AGAIN
    abort.advance(ENDED)
    assert world.asked == 1, "there is nothing left to stop"
    assert told(abort) == [
        (StepName.STOP_REFUSED, 5, "throttled"),
        (StepName.WAIT_ENDED, 5, ""),
        (StepName.INTERRUPTED, 5, ""),
    ]


def test_a_stop_without_an_answer_is_asked_again_no_sooner_than_it_says() -> None:
    world = World(problem=LookupError("throttled"))
    abort = world.ladder()
    abort.advance(Seen())
    world.seconds = ASKED_AGAIN - 0.1
    abort.advance(Seen())
    assert world.asked == 1
    world.seconds = ASKED_AGAIN
    abort.advance(Seen())
    world.seconds = 2 * ASKED_AGAIN - 0.1
    abort.advance(Seen())
    assert world.asked == 2, "the time counts from the last question"


def test_a_stop_that_ecs_accepted_is_never_asked_again() -> None:
    world = World()
    abort = world.ladder()
    for seconds in (0, ASKED_AGAIN, CEILING.ecs - 1):
        world.seconds = seconds
        abort.advance(Seen())
    assert world.asked == 1
    world.seconds = CEILING.ecs
    abort.advance(ENDED)
    assert told(abort) == [
        (StepName.STOP_ASKED, 0, "arn:aws:ecs:eu-west-1:123456789012:service-deployment/c/s/1"),
        (StepName.WAIT_ENDED, CEILING.ecs, ""),
        (StepName.INTERRUPTED, CEILING.ecs, ""),
    ]


def test_a_stop_has_its_answers_whole_time_on_both_clocks() -> None:
    world = World(speed=60, problem=LookupError("throttled"))
    abort = world.ladder()
    world.seconds = ANSWER.real - 0.1  # almost five minutes of ECS's clock
    abort.advance(Seen())
    assert abort.state is State.ASKING
    world.seconds = ANSWER.real
    abort.advance(Seen())
    assert abort.state is State.LEFT_TO_ECS

    slow = World(problem=LookupError("throttled"))
    abort = slow.ladder()
    slow.seconds = ANSWER.ecs - 1
    abort.advance(Seen())
    assert abort.state is State.ASKING
    assert abort.steps == ()


def test_an_update_that_ends_while_ecs_is_asked_is_not_asked_about_again() -> None:
    world = World(problem=LookupError("throttled"))
    abort = world.ladder()
    world.problem, world.seconds = None, ASKED_AGAIN
    abort.advance(Seen(update_ended=True))
    assert world.asked == 1
    assert told(abort) == [(StepName.UPDATE_ENDED, 5, "")]
    assert not abort.stopped


def test_a_stop_that_was_refused_without_a_word_says_why_it_was_pointless() -> None:
    world = World()
    abort = world.new()
    abort.advance(ENDED)
    assert abort.steps[0].name is StepName.STOP_REFUSED
    assert abort.steps[0].detail == "the provider's operation was over before"
    assert world.asked == 0


def test_a_state_has_its_whole_time_from_its_beginning() -> None:
    world = World(problem=PermissionError("no"))
    abort = world.ladder()
    world.seconds = 10 * CEILING.ecs
    abort.advance(Seen(time_over=True))
    world.seconds += CEILING.ecs - 1
    abort.advance(Seen(time_over=True))
    assert abort.state is State.OVERDUE
    world.seconds += 1
    abort.advance(Seen(time_over=True))
    assert abort.state is State.CUTTING


def test_who_was_hurried_and_when_is_told_with_the_second_signal() -> None:
    world = World()
    abort = world.ladder()
    other = world.ladder()
    world.seconds = 7
    abort.hurry()
    for each in (abort, other):
        each.advance(Seen())
    world.seconds = 7 + BETWEEN_SIGNALS
    for each in (abort, other):
        each.advance(Seen())
        each.advance(Seen())
    cut = (StepName.CUT, 7 + BETWEEN_SIGNALS)
    assert told(abort)[1:] == [(StepName.INTERRUPTED, 7, ""), (*cut, "Ctrl-C once more while stopping")]
    assert told(other)[1:] == [(StepName.INTERRUPTED, 7, ""), (*cut, "another service of the stack is cut off")]


def test_an_abort_that_has_ended_tells_of_no_later_signal() -> None:
    world = World()
    first, second = world.ladder(), world.ladder()
    first.advance(Seen(update_ended=True))
    second.leave()
    first.advance(Seen(update_ended=True))
    assert names(first) == [StepName.STOP_ASKED, StepName.UPDATE_ENDED]
    assert second.left
    assert not first.left


def test_the_update_is_cut_off_only_after_the_ceiling() -> None:
    world = World()
    abort = world.ladder()
    world.seconds = CEILING.ecs - 1
    abort.advance(Seen())
    assert world.signals == []
    world.seconds = CEILING.ecs
    abort.advance(Seen())
    assert world.signals == [CEILING.ecs], "the first signal comes first"
    abort.advance(Seen())
    assert not world.cancellation.cut_off, "two signals at once would be taken for one"
    world.seconds = CEILING.ecs + BETWEEN_SIGNALS
    abort.advance(Seen())
    assert abort.state is State.CUT
    assert "stopping" in abort.steps[-1].detail
    assert len(world.signals) == 2
    abort.advance(Seen())
    assert len(world.signals) == 2, "there is no third"


def test_other_resources_in_flight_have_the_engines_time_and_not_ecs() -> None:
    world = World(speed=600)
    abort = world.ladder()
    world.seconds = 1
    abort.advance(ENDED)
    world.seconds = IN_FLIGHT.real - 1  # twelve days of ECS's clock
    abort.advance(ENDED)
    assert len(world.signals) == 1
    world.seconds = 1 + IN_FLIGHT.real
    abort.advance(ENDED)
    assert len(world.signals) == 2


def test_a_fast_clock_leaves_the_engine_its_real_time() -> None:
    world = World(speed=600)
    abort = world.ladder()
    world.seconds = CEILING.real - 1  # more than three hours of ECS's clock
    abort.advance(Seen())
    assert world.signals == []
    world.seconds = CEILING.real
    abort.advance(Seen())
    assert world.signals == [CEILING.real]


def test_two_services_end_one_update_with_one_signal() -> None:
    world = World()
    first, second = world.ladder(), world.ladder()
    world.seconds = 30
    for abort in (first, second):
        abort.advance(ENDED)
    world.seconds = 60
    for abort in (first, second):
        abort.advance(ENDED)
    assert world.signals == [30], "a second signal would have cut off what is in flight"
    assert StepName.INTERRUPTED in names(first)
    assert StepName.INTERRUPTED in names(second)


def test_a_deployment_that_is_left_running_is_cut_off_once_only_ecs_is_waited_for() -> None:
    world = World()
    abort = world.new()
    abort.leave()
    assert names(abort) == [StepName.LEFT, StepName.INTERRUPTED]
    world.seconds = 100
    abort.advance(Seen())
    assert len(world.signals) == 1, "another resource is still in flight"
    abort.advance(Seen(others_ended=True))
    assert len(world.signals) == 2
    abort.advance(Seen(others_ended=True))
    assert abort.state is State.CUT
    assert world.asked == 0, "nobody asked ECS to stop"


def test_the_engine_gets_its_signal_once_it_can_take_one() -> None:
    world = World(engine_runs=False)
    abort = world.new()
    abort.leave()
    assert world.signals == []
    world.engine_runs, world.seconds = True, 3
    abort.advance(Seen())
    assert world.signals == [3]
    assert names(abort) == [StepName.LEFT, StepName.INTERRUPTED]


@pytest.mark.parametrize("state", State)
def test_a_second_ctrl_c_cuts_off_from_every_state_that_is_not_the_end(state: State) -> None:
    found = move(state, Event.HURRIED)
    if state in {State.CUTTING, State.CUT, State.ENDED}:
        assert found is None
    else:
        assert found is not None
        assert found.to is State.CUTTING


@pytest.mark.parametrize("state", State)
def test_every_state_leads_to_the_end_and_none_back(state: State) -> None:
    reached, new = set(), {state}
    while new:
        reached |= new
        new = {found.to for each in new for event in Event if (found := move(each, event))} - reached
    assert State.ENDED in reached
    assert state is State.ASKING or State.ASKING not in reached


def test_a_limit_leads_somewhere_and_nothing_else_has_one() -> None:
    limited = {state for state, waiting in STATES.items() if waiting.limit} - {State.ASKING}  # its limit is a refusal
    assert {state for state, event in MOVES if event is Event.LIMIT_REACHED} == limited


def test_the_page_shows_the_states_and_moves_of_the_code() -> None:
    page = PAGE.read_text(encoding="utf-8").partition("## The states")[2]
    for row in (*_state_rows(), *_move_rows()):
        assert row in page, f"docs/abort.md lacks the row:\n{row}"
    assert page.count("\n| `") == len(STATES) + len(MOVES) + len(ANYWHERE), "docs/abort.md has a row too many"


def _state_rows() -> list[str]:
    rows = []
    for state, waiting in STATES.items():
        limit = waiting.limit
        shown = f"{limit.ecs:g} s of ECS's clock and {limit.real:g} s" if limit and limit.ecs else ""
        shown = shown or (f"{limit.real:g} s" if limit else "none")
        rows.append(f"| `{state}` | {waiting.waits_for} | {shown}{f': {waiting.why}' if waiting.why else ''} |")
    return rows


def _move_rows() -> list[str]:
    moves = [(f"`{state}`", event, found) for (state, event), found in MOVES.items()]
    moves += [("`any`", event, found) for event, found in ANYWHERE.items()]
    return [f"| {at} | {event} | `{found.to}` | {found.signal or ''} |" for at, event, found in moves]
