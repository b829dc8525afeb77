"""Random lives of a stack, stepped: no unproven success, no healthy deployment aborted, nothing left behind."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, note, settings
from moto import mock_aws

from automation.ending.first_deployment import FirstFailure
from automation.outcome import Outcome, Result
from tests.automation.histories.stage import HOOKS, NAMES, Stage
from tests.automation.histories.story import Act, History, Layout, Moment, Run, histories

PARTS = 4
"""So many tests share the histories, so that several processes can."""
LONG = int(os.environ.get("FAILWELL_HISTORIES", "0"))
EXAMPLES = LONG or 20
KILLS = {Act.KILL_DRIVER, Act.KILL_ENGINE, Act.KILL_PROVIDER}
SERVICE = "aws:ecs/service:Service"


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


def live(history: History, tell: Callable[[str], object] = print) -> list[Outcome | None]:
    """Live a history, and hold what must be true against each run of it; return what came of the runs."""
    with mock_aws(), TemporaryDirectory() as folder:
        stage = Stage(history, Path(folder))
        try:
            outcomes = [live_run(stage, run) for run in history.runs]
            outcomes.append(end(stage))
            return outcomes
        finally:
            HOOKS.stage = None
            tell("\n".join(stage.said))


def live_run(stage: Stage, run: Run) -> Outcome | None:
    outcome = stage.up(run)
    if outcome:
        check_outcome(stage, outcome)
    unharmed = not stage.faults and not any(each.act in KILLS for each in run.moments)
    if outcome and unharmed:
        check_nothing_is_left(stage)
    stage.calm()
    if not run.repaired:
        return outcome
    stage.repair()
    check_nothing_is_left(stage)
    check_state(stage)
    check_counts(stage, run)
    assert not stage.repair().done, "a second repair finds something to do"
    return outcome


def check_outcome(stage: Stage, outcome: Outcome) -> None:
    """Success is what serves (each proof was held against ECS when it was given), and nothing less."""
    for service in outcome.services:
        if service.result is Result.SERVING:
            assert service.proof
            assert service.proof.task_definition == stage.wanted[service.name]
        if service.result is Result.ROLLED_BACK:
            assert service.proof
            assert service.proof.proven
    if outcome.exit_code == 0:
        assert {each.name for each in outcome.services} == set(NAMES[: stage.layout.services])
        assert all(each.result is Result.SERVING for each in outcome.services)


def check_nothing_is_left(stage: Stage) -> None:
    assert stage.engine.state["pending_operations"] == []
    assert stage.engine.locks() == []
    assert stage.changes_left() == []


def check_state(stage: Stage) -> None:
    """What is in the state once is in AWS, and what the stack made in AWS is in the state."""
    resources = stage.engine.state["resources"]
    urns = [each["urn"] for each in resources]
    assert len(urns) == len(set(urns)), "a resource is twice in the state"
    known = {each["id"] for each in resources if each["type"] == SERVICE}
    for name in NAMES[: stage.layout.services]:
        service = stage.region.services.get(("main", name))
        if service and service.status == "ACTIVE":
            assert service.arn in known, f"{name} was made, and is not in the state"
    assert not any(each.get("delete") for each in resources)


def check_counts(stage: Stage, run: Run) -> None:
    for name, count in zip(NAMES, run.counts, strict=False):
        desired = stage.desired(name)
        if desired is None or name in stage.touched:
            continue
        scaled = [each for each in stage.noted() if each.target.name == name]
        allowed = {count, *stage.counts_before.get(name, ()), *([0] if scaled else [])}
        assert desired in allowed, f"{name} wants {desired} tasks, and should {allowed}"


def end(stage: Stage) -> Outcome:
    """A good change at last, after whatever happened: it must simply work."""
    if not stage.engine.locks():
        stage.engine.refresh()
    run = Run(("good-2",) * stage.layout.services, (1,) * stage.layout.services)
    outcome = stage.up(run)
    assert outcome
    assert outcome.exit_code == 0, f"the good change at the end: {outcome.to_document()}"
    for name in NAMES[: stage.layout.services]:
        assert stage.serves(name) == stage.revisions["good-2"]
    assert stage.changes_left() == [], "`up` leaves what a killed run had changed for a while"
    stage.repair()
    check_nothing_is_left(stage)
    check_state(stage)
    return outcome


GOOD = Run(("good-1",), (1,))
FAILING = Run(("port-5201",), (1,))


@pytest.mark.parametrize("act", sorted(KILLS))
@pytest.mark.parametrize("first", [True, False], ids=["first", "update"])
def test_a_kill_leaves_nothing_that_repair_or_the_next_up_does_not_mend(act: Act, first: bool) -> None:
    scaled = FirstFailure.SCALE_TO_ZERO
    killed = Run(("good-2",), (2,), (Moment(20, act),), surge=2, first_failure=scaled, repaired=first)
    live(History(Layout(step=10), (killed,) if first else (GOOD, killed)))


def test_a_first_deployment_and_an_update_are_proven() -> None:
    first, second, last = live(History(Layout(), (GOOD, Run(("good-2",), (3,)))))
    assert first
    assert second
    assert (first.exit_code, second.exit_code, last and last.exit_code) == (0, 0, 0)


def test_a_doomed_update_is_stopped_and_the_previous_revision_proven() -> None:
    _, failed, _ = live(History(Layout(), (GOOD, FAILING)))
    assert failed
    assert failed.exit_code == 4
