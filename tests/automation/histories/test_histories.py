"""Random lives of a stack, stepped: no unproven success, no healthy deployment aborted, nothing left behind."""

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, note, settings

from automation.ending.first_deployment import FirstFailure
from automation.outcome import Result
from tests.automation.histories.found import FOUND
from tests.automation.histories.invariants import KILLS, live
from tests.automation.histories.story import Act, History, Layout, Moment, Run, histories

PARTS = 4
"""So many tests share the histories, so that several processes can."""
LONG = int(os.environ.get("FAILWELL_HISTORIES", "0"))
EXAMPLES = LONG or 20


@pytest.fixture(autouse=True)
def nobody_elses_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("_part", range(PARTS))
@settings(
    max_examples=-(-EXAMPLES // PARTS),
    derandomize=not LONG,  # the short form lives the same histories each time: what is drawn anew is for the long one
    database=None if not LONG else settings.default.database,
    suppress_health_check=list(HealthCheck),
    deadline=None,
    print_blob=True,
)
@given(history=histories())
def test_every_history_ends_well(_part: int, history: History) -> None:
    live(history, note)


@pytest.mark.parametrize("name", FOUND)
def test_what_broke_once_holds(name: str) -> None:
    live(FOUND[name])


GOOD = Run(("good-1",), (1,))
FAILING = Run(("port-5201",), (1,))


@pytest.mark.parametrize("act", sorted(KILLS))
@pytest.mark.parametrize("first", [True, False], ids=["first", "update"])
def test_a_kill_leaves_nothing_that_repair_or_the_next_up_does_not_mend(act: Act, first: bool) -> None:
    scaled = FirstFailure.SCALE_TO_ZERO
    killed = Run(("good-2",), (2,), (Moment(20, act),), surge=2, first_failure=scaled, repaired=first)
    live(History(Layout(step=10), (killed,) if first else (GOOD, killed)))


@pytest.mark.parametrize("act", [Act.HALF_WRITTEN, Act.HOME, Act.RESTART])
def test_what_the_machine_and_the_sandbox_do_is_met_and_mended(act: Act) -> None:
    met: Counter[Act] = Counter()
    soon, later = Moment(0, act, seconds=200), Moment(35, act, seconds=200)
    runs = (GOOD, Run(("good-2",), (2,), (soon,), surge=2), Run(("crash-on-start",), (1,), (later,)))
    live(History(Layout(step=10, speed=10), runs), seen=lambda stage: met.update(stage.faults.hit))
    assert met[act]


def test_a_first_deployment_and_an_update_are_proven() -> None:
    first, second, last = live(History(Layout(), (GOOD, Run(("good-2",), (3,)))))
    assert first
    assert second
    assert (first.exit_code, second.exit_code, last and last.exit_code) == (0, 0, 0)


def test_a_doomed_update_is_stopped_and_the_previous_revision_proven() -> None:
    _, failed, _ = live(History(Layout(), (GOOD, FAILING)))
    assert failed
    assert failed.exit_code == 4


def test_a_rollback_that_cannot_serve_either_ends_without_a_breaker_too() -> None:
    cannot_start = Run(("no-such-tag",), (0,))
    _, failed, _ = live(History(Layout(breaker=False, step=10), (cannot_start, FAILING)))
    assert failed
    assert (failed.exit_code, failed.services[0].result) == (5, Result.NOTHING_SERVES)
    (note,) = failed.services[0].diagnosis.notes if failed.services[0].diagnosis else ()
    assert note.startswith("the previous revision `shop:7` cannot serve either: ")
