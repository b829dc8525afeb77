import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.clock import KeptClock, SandboxClock, SteppedClock
from sandbox.simulation import Handle, Simulation

START = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(START)


@pytest.fixture
def simulation(clock: SteppedClock) -> Simulation:
    return Simulation(clock, seed=1)


def test_events_run_in_the_order_of_their_times_each_at_its_own(clock: SteppedClock, simulation: Simulation) -> None:
    ran = []
    for delay in (5, 1, 3):
        simulation.schedule(delay, lambda delay=delay: ran.append((delay, simulation.now)))
    clock.advance(4)
    simulation.advance()
    assert ran == [(1, START + timedelta(seconds=1)), (3, START + timedelta(seconds=3))]
    assert simulation.now == START + timedelta(seconds=4)


def test_events_of_one_time_run_in_the_order_they_were_asked_for(clock: SteppedClock, simulation: Simulation) -> None:
    ran: list[str] = []
    for name in "abc":
        simulation.schedule(1, lambda name=name: ran.append(name))
    clock.advance(1)
    simulation.advance()
    assert ran == ["a", "b", "c"]


def test_an_event_may_schedule_another_that_is_due_in_the_same_advance(
    clock: SteppedClock, simulation: Simulation
) -> None:
    ran: list[datetime] = []

    def again() -> None:
        ran.append(simulation.now)
        simulation.schedule(10, again)

    simulation.schedule(10, again)
    clock.advance(35)
    simulation.advance()
    assert [(at - START).total_seconds() for at in ran] == [10, 20, 30]


def test_a_cancelled_event_does_not_happen(clock: SteppedClock, simulation: Simulation) -> None:
    ran: list[int] = []
    simulation.schedule(1, lambda: ran.append(1)).cancel()
    clock.advance(2)
    simulation.advance()
    assert ran == []


def test_an_event_that_raises_does_not_block_the_ones_behind_it(clock: SteppedClock, simulation: Simulation) -> None:
    ran: list[int] = []

    def fail() -> None:
        raise RuntimeError("broken")

    simulation.schedule(1, fail)
    simulation.schedule(2, lambda: ran.append(2))
    clock.advance(5)
    with pytest.raises(RuntimeError, match="broken"):
        simulation.advance()
    simulation.advance()
    assert ran == [2]


def test_an_event_that_advances_does_not_run_others_inside_itself(clock: SteppedClock, simulation: Simulation) -> None:
    ran: list[str] = []

    def outer() -> None:
        simulation.advance()
        ran.append("outer")

    simulation.schedule(1, outer)
    simulation.schedule(2, lambda: ran.append("inner"))
    clock.advance(5)
    simulation.advance()
    assert ran == ["outer", "inner"]


def test_one_seed_gives_one_series(clock: SteppedClock) -> None:
    first, second, other = (Simulation(clock, seed).random.random() for seed in (7, 7, 8))
    assert first == second != other


def test_threads_may_advance_at_once(clock: SteppedClock, simulation: Simulation) -> None:
    ran: list[int] = []
    for number in range(500):
        simulation.schedule(1, lambda number=number: ran.append(number))
    clock.advance(1)
    threads = [threading.Thread(target=simulation.advance) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ran == list(range(500))


def test_the_sandbox_clock_never_lags_the_machine_s() -> None:
    behind = SandboxClock(datetime.now(UTC) - timedelta(days=1), speed=1)
    before = datetime.now(UTC)
    assert behind.now() >= before


def test_the_sandbox_clock_never_goes_back_and_runs_ahead_at_its_speed() -> None:
    clock = SandboxClock(datetime.now(UTC) + timedelta(hours=1), speed=3600)
    readings = [clock.now() for _ in range(1000)]
    assert readings == sorted(readings)
    assert readings[-1] - datetime.now(UTC) > timedelta(minutes=59)


@pytest.mark.parametrize(("started", "speed"), [(datetime(2030, 1, 1), 60), (START, 0.5)])  # noqa: DTZ001 - the mistake
def test_a_sandbox_clock_refuses_what_it_cannot_be(started: datetime, speed: float) -> None:
    with pytest.raises(ValueError, match="clock"):
        SandboxClock(started, speed)


def test_a_stepped_clock_refuses_to_go_back(clock: SteppedClock) -> None:
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)


def test_a_kept_clock_tells_no_time_that_it_has_not_promised_before() -> None:
    promised: list[datetime] = []
    kept, running = KeptClock(START, promised.append, ahead_seconds=5), SteppedClock(START)
    assert kept.now() == START
    assert promised == []  # it has not begun: what was promised in an earlier life still holds
    kept.run(running)
    for _ in range(100):
        running.advance(0.7)
        assert kept.now() <= promised[-1]
    assert len(promised) < 20


def test_a_kept_clock_stands_for_one_thread_alone() -> None:
    kept, running = KeptClock(START, lambda _until: None, ahead_seconds=5), SteppedClock(START)
    kept.run(running)
    elsewhere: list[datetime] = []
    with kept.standing(START):
        running.advance(3)
        asking = threading.Thread(target=lambda: elsewhere.append(kept.now()))
        asking.start()
        asking.join()
        assert kept.now() == START
    assert elsewhere == [kept.now()] == [START + timedelta(seconds=3)]


def test_each_event_runs_in_what_is_around_it(clock: SteppedClock) -> None:
    said: list[str] = []

    @contextmanager
    def around(event: Handle) -> Iterator[None]:
        said.append(f"in {event.number}")
        yield
        said.append(f"out {event.number}")

    simulation = Simulation(clock, seed=1, around=around)
    simulation.schedule(1, lambda: said.append("happens"))
    clock.advance(1)
    simulation.advance()
    assert said == ["in 1", "happens", "out 1"]
    assert simulation.happened == 1
