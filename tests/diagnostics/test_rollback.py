"""What ECS goes back to may fail too: that is no cause of the deployment before, and is told beside it."""

from collections.abc import Iterable
from typing import Any

import pytest

from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis, Verdict
from diagnostics.passages import event_words
from diagnostics.rollback import evidence_of_rollback
from diagnostics.story import Story

OLD, NEW, THEIRS = "ecs-svc/1", "ecs-svc/2", "ecs-svc/3"
GONE = "CannotPullContainerError: failed to resolve ref shop/web:1: shop/web:1: not found"
UNPLACED = f"(service web) was unable to place a task. Reason: {GONE}."
UNHEALTHY = "Task failed ELB health checks in (target-group web)"
CRASH = [{"message": "Traceback (most recent call last):"}, {"message": "KeyError: 'tea'"}]
CRASHED = {"stopCode": "EssentialContainerExited", "containers": [{"name": "app", "exitCode": 1}]}


def at(minute: float) -> str:
    return f"2026-11-20T10:{int(minute):02}:{minute % 1 * 60:06.3f}+00:00"


def deployment(id_: str, number: int, began: float, state: str = "IN_PROGRESS", **more: Any) -> dict[str, Any]:
    shown = {"id": id_, "status": "ACTIVE", "taskDefinition": f"arn:aws:ecs:::task-definition/web:{number}"}
    return shown | {"createdAt": at(began), "rolloutState": state} | more


def task(name: str, by: str, created: float, reason: str = "", **more: Any) -> dict[str, Any]:
    stopped = {"lastStatus": "STOPPED", "stoppedReason": reason, "stoppedAt": at(created + 0.5)}
    return {"taskArn": f"t/{name * 32}", "startedBy": by, "createdAt": at(created)} | stopped | more


def events(*said: tuple[float, str]) -> list[dict[str, Any]]:
    newest_first = sorted(said, reverse=True)
    return [{"id": str(n), "createdAt": at(when), "message": text} for n, (when, text) in enumerate(newest_first)]


MINE = [task("a", NEW, 11, **CRASHED), task("b", NEW, 12, **CRASHED)]
BACK = (14, f"(service web) rolling back to deployment {OLD}.")


def look(
    *,
    primary: dict[str, Any] | None = None,
    tasks: Iterable[dict[str, Any]] = (),
    said: Iterable[tuple[float, str]] = (),
    told: bool = True,
    **more: Any,
) -> Evidence:
    """Return a look at NEW, which crashed and from which ECS goes back to OLD at 10:14."""
    primary = primary or deployment(OLD, 1, 1)
    rollback = {"startedAt": at(14), "serviceRevisionArn": "service-revision/1"}
    whole = {
        "targetServiceRevision": {"arn": "service-revision/2"},
        "createdAt": at(10),
        "status": "ROLLBACK_IN_PROGRESS",
    }
    return Evidence.parse(
        {
            "schema": "evidence/1",
            "captured_at": at(20),
            "service": {
                "serviceName": "web",
                "deployments": [primary | {"status": "PRIMARY"}, deployment(NEW, 2, 10, "FAILED")],
                "events": events(BACK, *said),
            },
            "tasks": [*MINE, *tasks],
            "logs": [{"task_arn": each["taskArn"], "container": "app", "events": CRASH} for each in MINE],
        }
        | ({"service_deployment": whole | {"rollback": rollback}} if told else {})
        | more
    )


def words(evidence: Evidence) -> list[str]:
    return [passage.text for passage in event_words(evidence)]


@pytest.mark.parametrize("told", [True, False], ids=["as the service deployment tells", "as the events tell"])
def test_what_the_rollback_dies_of_is_no_cause_of_the_deployment_and_is_told_beside_it(told: bool) -> None:
    seen = look(told=told, tasks=[task("c", OLD, 15, GONE)], said=[(16, UNPLACED)])
    diagnosis = diagnose(seen)
    assert (diagnosis.root_cause, diagnosis.verdict) == ("app-crash-exception", Verdict.DOOMED)
    assert "image-not-found" not in diagnosis.also_seen
    assert diagnosis.notes == (
        "the previous revision `web:1` cannot serve either: the image `shop/web:1` does not exist",
    )


def test_an_event_that_names_nobody_is_about_the_deployment_of_its_time() -> None:
    assert words(look(said=[(13, UNPLACED)]))[1:] == [UNPLACED]
    assert diagnose(look(said=[(13, UNPLACED)])).root_cause == "image-not-found"
    assert UNPLACED not in words(look(said=[(15, UNPLACED)]))


@pytest.mark.parametrize(
    ("text", "mine"),
    [
        (f"(service web) (deployment {NEW}) deployment failed: tasks failed to start.", True),
        (f"(service web) (deployment {OLD}) deployment failed: tasks failed to start.", False),
        (f"(service web, taskSet {NEW}) (port 80) is unhealthy in (target-group web)", True),
        (f"(service web, taskSet {OLD}) (port 80) is unhealthy in (target-group web)", False),
        (f"(service web) (task {'a' * 32}) failed container health checks.", True),
        (f"(service web) (task {'c' * 32}) failed container health checks.", False),
    ],
)
@pytest.mark.parametrize("when", [13, 15])
def test_an_event_that_names_a_deployment_or_a_task_is_about_that_whenever_it_comes(
    text: str, mine: bool, when: float
) -> None:
    assert (text in words(look(tasks=[task("c", OLD, 15, GONE)], said=[(when, text)]))) is mine


def test_a_deployment_that_makes_no_room_stands_in_the_way_of_the_one_of_that_time() -> None:
    protected = f"(service web) (taskSet {OLD}) was unable to scale in due to (reason 1 tasks under protection)"
    assert protected in words(look(said=[(13, protected)]))
    assert protected not in words(look(said=[(15, protected)]))


def test_another_deployment_that_takes_the_place_is_no_rollback_and_tells_of_itself() -> None:
    seen = look(primary=deployment(THEIRS, 3, 15), tasks=[task("c", THEIRS, 16, GONE)], said=[(17, UNPLACED)])
    assert UNPLACED not in words(seen)
    assert diagnose(seen).notes == ()


def test_looked_at_for_itself_the_rollback_is_not_told_by_the_deployment_before() -> None:
    back = {"service_deployment": {"targetServiceRevision": {"arn": "service-revision/1"}, "createdAt": at(1)}}
    seen = look(said=[(13, "(service web) was unable to place a task."), (16, UNPLACED)], **back)
    assert seen.deployment_id == OLD
    assert words(seen) == [UNPLACED, BACK[1]]
    assert diagnose(seen).root_cause == "image-not-found"


@pytest.mark.parametrize(
    "quiet",
    [
        {"primary": deployment(OLD, 1, 1, "COMPLETED"), "tasks": [task("c", OLD, 15, GONE)]},
        {"tasks": [task("c", OLD, 9, GONE)]},
        {"tasks": [task("c", OLD, 15, lastStatus="RUNNING", stoppedAt=None)]},
        {"tasks": [task("c", OLD, 15, UNHEALTHY)]},
        {"tasks": [task("c", OLD, 15, "Scaling activity initiated by (deployment ecs-svc/3)")]},
    ],
    ids=["is there", "failed before", "starts", "may recover", "was scaled in"],
)
def test_nothing_is_said_of_a_rollback_that_may_serve(quiet: dict[str, Any]) -> None:
    assert diagnose(look(**quiet)).notes == ()


def test_what_is_only_suspect_is_told_once_ecs_gave_the_rollback_up_too() -> None:
    (note,) = diagnose(look(primary=deployment(OLD, 1, 1, "FAILED"), tasks=[task("c", OLD, 15, UNHEALTHY)])).notes
    assert note.startswith("the previous revision `web:1` did not serve either: ")


def test_what_belongs_to_the_deployment_before_does_not_speak_against_the_rollback() -> None:
    health = [{"Target": {"Id": "10.0.0.1"}, "TargetHealth": {"State": "unhealthy"}}]
    previous = {"taskDefinitionArn": "arn:aws:ecs:::task-definition/web:1", "family": "web", "revision": 1}
    seen = look(
        said=[(15, f"(service web) (task {'a' * 32}) failed container health checks.")],
        target_health=[{"target_group_arn": "g/web/1", "descriptions": health}],
        errors=[{"message": GONE}],
        previous_task_definition=previous,
    )
    rollback = evidence_of_rollback(seen)
    assert rollback is not None
    assert (rollback.deployment_id, rollback.tasks, rollback.logs) == (OLD, (), ())
    assert rollback.task_definition == seen.previous_task_definition
    assert diagnose(rollback).verdict is Verdict.UNKNOWN


def told(*looks: Evidence) -> Diagnosis:
    story = Story()
    for each in looks:
        story.add(each)
    diagnosis = story.with_gaps(())
    assert diagnosis is not None
    return diagnosis


def test_a_story_keeps_what_is_known_of_the_rollback_until_it_serves() -> None:
    failing = look(tasks=[task("c", OLD, 15, GONE)])
    (note,) = diagnose(failing).notes
    assert told(look(), failing).notes == told(failing, Evidence()).notes == (note,)
    scaled_in = task("a", NEW, 11, f"Scaling activity initiated by (deployment {OLD})")
    forgotten = Evidence.parse({**failing.document, "tasks": [scaled_in, task("c", OLD, 15, GONE)]})
    both = told(look(), forgotten)
    assert (both.root_cause, both.notes) == ("app-crash-exception", (note,))


def test_a_rollback_that_serves_after_all_is_told_no_more() -> None:
    failing = look(tasks=[task("c", OLD, 15, GONE)])
    running = task("d", OLD, 19, lastStatus="RUNNING", stoppedAt=None, healthStatus="HEALTHY")
    back = deployment(OLD, 1, 1, "COMPLETED", status="PRIMARY", desiredCount=1, runningCount=1)
    service = {"serviceName": "web", "status": "ACTIVE", "desiredCount": 1, "runningCount": 1, "deployments": [back]}
    serves = Evidence.parse({**failing.document, "service": service, "tasks": [*MINE, running]})
    assert told(failing, serves).notes == ()
