"""What happens becomes lines: each once, what a view draws none where there is one, and more for who asks for it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from automation.ending.abort import StepName
from automation.engine.update import Ended, Operation, ResourceEnded, Said, ServiceStarted, ServiceTarget
from automation.service_run import ServiceRun
from automation.telling.progress import STEP_SAYS, Progress, Proved
from automation.watcher import Looked
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis, Verdict
from diagnostics.serving import Serving, ServingState
from diagnostics.watch import Look, WatchState

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TARGET = ServiceTarget("urn::shop", "shop", "prod", "shop:2", Operation.UPDATE, "eu-west-1", deploys=True)
EVENT = {"id": "e1", "createdAt": NOW.isoformat(), "message": "(service shop) has started 1 tasks"}


def look(verdict: Verdict = Verdict.UNKNOWN, **counts: Any) -> Looked:
    deployment = {"id": "ecs-svc/2", "status": "PRIMARY", "taskDefinition": "arn:x:task-definition/shop:2", **counts}
    service = {"serviceName": "shop", "status": "ACTIVE", "deployments": [deployment], "events": [EVENT]}
    evidence = Evidence.parse({"schema": "evidence/1", "service": service})
    diagnosis = Diagnosis(verdict, "the image does not exist", "why", "fix")
    proof = Serving(ServingState.NOT_PROVEN)
    return Looked("urn::shop", Look(NOW, WatchState.WAITING, evidence, diagnosis, proof, "ecs-svc/2", NOW))


def lines(*messages: Any, verbose: bool = False, drawn: bool = False) -> list[str]:
    said: list[str] = []
    followed: list[Any] = []
    progress = Progress(said.append, verbose=verbose, follow=followed.append if drawn else None)
    for message in messages:
        progress.message(message)
    assert followed == (list(messages) if drawn else [])
    return said


def test_a_service_is_called_by_its_name_and_by_its_place_too_where_two_have_it() -> None:
    assert lines(ServiceStarted(TARGET)) == ["shop: the engine begins to update the service"]
    other = replace(TARGET, urn="urn::other", region="us-east-1", operation=Operation.SAME)
    first, second = lines(ServiceStarted(TARGET), ServiceStarted(other))
    assert first.startswith("shop: ")
    assert "us-east-1" in second
    assert second.endswith("the engine begins to leave the service as it is")
    assert all(each.startswith("shop: ") for each in lines(look(Verdict.DOOMED))), "the name in the program"


@pytest.mark.parametrize(
    ("kind", "operation", "failed", "said"),
    [
        ("aws:ecs/service:Service", "create", False, ["created aws:ecs/service:Service x"]),
        ("aws:ecs/service:Service", "delete-replaced", False, ["deleted aws:ecs/service:Service x"]),
        ("aws:ecs/service:Service", "same", False, []),
        ("aws:ecs/service:Service", "same", True, ["failed aws:ecs/service:Service x"]),
        ("pulumi:pulumi:Stack", "create", False, []),
        ("pulumi:pulumi:Stack", "create", True, ["failed pulumi:pulumi:Stack x"]),
    ],
)
def test_a_resource_is_a_line_where_something_became_of_it(
    kind: str, operation: str, *, failed: bool, said: list[str]
) -> None:
    ended = ResourceEnded("urn:pulumi:dev::shop::x::x", kind, operation, failed)
    assert lines(ended) == said
    assert lines(ended, drawn=True) == []


def test_the_stack_itself_the_engines_warnings_and_ecs_events_are_for_who_asks_for_more() -> None:
    stack = ResourceEnded("urn::x", "pulumi:pulumi:Stack", "create", failed=False)
    warning, note = Said("warning", "careful", "urn"), Said("info", "hello", "urn")
    assert lines(stack, warning, note, look(), look(), verbose=True) == [
        "created pulumi:pulumi:Stack x",
        "warning: careful",
        f"ECS: {EVENT['message']}",
        "shop: shop:2 not shown: 0 of 0 tasks run, 0 pending",
    ]
    assert lines(warning, look(), verbose=True, drawn=True) == ["warning: careful"]
    assert lines(warning) == []


def test_counts_are_said_when_they_change() -> None:
    begun = look(rolloutState="IN_PROGRESS", runningCount=1, desiredCount=2, pendingCount=1)
    failed = look(rolloutState="IN_PROGRESS", runningCount=1, desiredCount=2, pendingCount=1, failedTasks=3)
    said = "shop: shop:2 IN_PROGRESS: 1 of 2 tasks run, 1 pending"
    assert lines(begun, begun, failed, failed) == [said, f"{said}, 3 failed"]


@pytest.mark.parametrize("verdict", [Verdict.SUSPECT, Verdict.STALLED, Verdict.DOOMED])
def test_a_verdict_that_matters_is_said_once_also_beside_a_view(verdict: Verdict) -> None:
    said = [f"shop: {verdict.value}: the image does not exist"]
    assert lines(look(verdict), look(verdict), drawn=True) == said
    assert lines(look(Verdict.HEALTHY), look(Verdict.UNKNOWN), drawn=True) == []


def test_the_end_says_whether_it_is_one_with_an_error() -> None:
    assert lines(Ended(None), Ended("boom")) == ["the update has ended", "the update has ended with an error"]


def test_a_steps_detail_is_said_where_it_tells_more_than_the_step() -> None:
    said: list[str] = []
    Progress(said.append).step(StepName.STOP_ASKED, "arn:x", "shop: ")
    Progress(said.append).step(StepName.STOP_REFUSED, "throttled")
    Progress(said.append).step(StepName.WAIT_ENDED, "")
    Progress(said.append, verbose=True).step(StepName.STOP_ASKED, "arn:x")
    assert said == [
        f"shop: {STEP_SAYS[StepName.STOP_ASKED]}",
        f"{STEP_SAYS[StepName.STOP_REFUSED]}: throttled",
        STEP_SAYS[StepName.WAIT_ENDED],
        f"{STEP_SAYS[StepName.STOP_ASKED]}: arn:x",
    ]


def test_the_time_that_was_over_is_said_in_minutes() -> None:
    said: list[str] = []
    Progress(said.append).out_of_time(30.0)
    assert said == ["not done after 30 minutes of ECS's clock: the update is ended"]


SERVES = Serving(ServingState.PROVEN, (), "arn:x:task-definition/shop:2", desired=1, running=1)


def test_what_a_proof_lacks_is_said_when_it_changes_and_then_that_it_serves() -> None:
    said: list[str] = []
    followed: list[Any] = []
    progress, run = Progress(said.append, follow=followed.append), ServiceRun(TARGET)
    progress.message(ServiceStarted(TARGET))
    progress.proof(run)
    assert followed == [ServiceStarted(TARGET)], "nothing was looked at yet"
    short = replace(SERVES, state=ServingState.NOT_PROVEN, missing=("0 of 1 tasks run", "an alarm"))
    for proof in (short, short, SERVES, SERVES, replace(short, missing=())):
        run.proof = proof
        progress.proof(run)
    assert said[1:] == ["shop: proving what serves: 0 of 1 tasks run", "shop: shop:2 serves, proven"]
    assert [each.serving.state for each in followed[1:] if isinstance(each, Proved)] == [
        *[ServingState.NOT_PROVEN] * 2, *[ServingState.PROVEN] * 2, ServingState.NOT_PROVEN,
    ]  # fmt: skip
