"""The abort ladder, rung by rung, against an engine and a clock that the test moves."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from automation.abort import BETWEEN_SIGNALS, CEILING, ENGINE_GRACE, Abort, Actions, StepName


@dataclass
class World:
    """ECS, an engine and two clocks, all moved by hand."""

    seconds: float = 0.0
    refusal: str | None = None
    engine_runs: bool = True
    signals: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def real(self, seconds: float) -> float:
        return seconds

    def stop(self) -> str:
        if self.refusal:
            raise PermissionError(self.refusal)
        return "arn:aws:ecs:eu-west-1:123456789012:service-deployment/c/s/1"

    def interrupt(self) -> bool:
        if self.engine_runs:
            self.signals.append(self.seconds)
        return self.engine_runs

    def ladder(self) -> Abort:
        abort = Abort(Actions(self.stop, self.interrupt, lambda: self.seconds), self)
        abort.begin()
        return abort


def names(abort: Abort) -> list[StepName]:
    return [step.name for step in abort.steps]


def test_a_stopped_deployment_ends_the_update_without_cutting_it_off() -> None:
    world = World()
    abort = world.ladder()
    abort.advance(operation_ended=False, update_ended=False)
    assert world.signals == [], "no signal while the provider still waits for ECS"
    world.seconds = 30
    abort.advance(operation_ended=True, update_ended=False)
    assert world.signals == [30], "one signal, so that nothing further starts"
    abort.advance(operation_ended=True, update_ended=True)
    assert names(abort) == [StepName.STOP_ASKED, StepName.WAIT_ENDED, StepName.INTERRUPTED, StepName.UPDATE_ENDED]
    assert not abort.cut_off


def test_no_signal_is_sent_to_an_update_that_has_already_ended() -> None:
    world = World()
    abort = world.ladder()
    abort.advance(operation_ended=True, update_ended=True)
    assert world.signals == []
    assert names(abort) == [StepName.STOP_ASKED, StepName.WAIT_ENDED, StepName.UPDATE_ENDED]


def test_a_refused_stop_is_recorded_and_the_engine_interrupted_at_once() -> None:
    world = World(refusal="AccessDeniedException: not authorized to perform: ecs:StopServiceDeployment")
    abort = world.ladder()
    assert names(abort) == [StepName.STOP_REFUSED, StepName.INTERRUPTED]
    assert "ecs:StopServiceDeployment" in abort.steps[0].detail


def test_the_update_is_cut_off_only_after_the_ceiling() -> None:
    world = World()
    abort = world.ladder()
    world.seconds = CEILING - 1
    abort.advance(operation_ended=False, update_ended=False)
    assert world.signals == []
    world.seconds = CEILING
    abort.advance(operation_ended=False, update_ended=False)
    assert world.signals == [CEILING], "the first signal comes first"
    abort.advance(operation_ended=False, update_ended=False)
    assert not abort.cut_off, "two signals at once would be taken for one"
    world.seconds = CEILING + BETWEEN_SIGNALS
    abort.advance(operation_ended=False, update_ended=False)
    assert abort.cut_off
    assert len(world.signals) == 2
    abort.advance(operation_ended=False, update_ended=False)
    assert len(world.signals) == 2, "there is no third"


def test_a_fast_clock_leaves_the_engine_its_real_time() -> None:
    class FastWorld(World):
        def now(self) -> datetime:
            return datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(seconds=self.seconds * 600)

    world = FastWorld()
    abort = world.ladder()
    world.seconds = ENGINE_GRACE - 1  # more than three hours of ECS's clock
    abort.advance(operation_ended=False, update_ended=False)
    assert world.signals == []
    world.seconds = ENGINE_GRACE
    abort.advance(operation_ended=False, update_ended=False)
    assert world.signals == [ENGINE_GRACE]
