"""A verdict takes the time into account: what may settle, what the service's settings allow, what stands still."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Quote, Verdict
from diagnostics.patience import had_its_time, longest_silence, start_time, until_checks_speak
from diagnostics.story import Story

BEGAN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
MINE = "ecs-svc/2222222222222222222"
DENIED = "AccessDeniedException: not authorized to perform: ssm:GetParameters"


def at(seconds: float) -> str:
    return (BEGAN + timedelta(seconds=seconds)).isoformat()


def died(number: int, created: float, **more: Any) -> dict[str, Any]:
    return {
        "taskArn": f"arn:aws:ecs:eu-west-1:1:task/prod/{number:032x}",
        "startedBy": MINE,
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "stoppedReason": DENIED,
        "createdAt": at(created),
        "stoppedAt": at(created + 20),
    } | more


def document(seconds: float, *tasks: dict[str, Any], **more: Any) -> Evidence:
    mine = {"id": MINE, "status": "PRIMARY", "rolloutState": "IN_PROGRESS", "desiredCount": 1, "createdAt": at(0)}
    service = {"serviceName": "web", "desiredCount": 1, "deployments": [mine | more.pop("deployment", {})]}
    service |= more.pop("service", {})
    return Evidence.parse(
        {"schema": "evidence/1", "captured_at": at(seconds), "service": service, "tasks": list(tasks)} | more
    )


def denied(evidence: Evidence) -> Finding | None:
    tasks = tuple(task.arn for task in evidence.failed_tasks if task.stopped_reason == DENIED)
    quotes = (Quote("stoppedReason", DENIED),)
    return Finding("denied", "why", "fix", quotes, tasks, settles_after=IAM_SETTLES_AFTER) if tasks else None


RULE = SimpleNamespace(__doc__="A denied read.", ID="denied", VERDICT=Verdict.DOOMED, match=denied)


@pytest.mark.parametrize(
    ("creations", "verdict"),
    [
        ((0,), Verdict.SUSPECT),
        ((0, 30), Verdict.SUSPECT),
        ((0, 30, 59), Verdict.SUSPECT),
        ((0, 61), Verdict.DOOMED),
        ((0, 30, 90), Verdict.DOOMED),
    ],
)
def test_a_permission_is_final_once_a_task_a_minute_later_fails_alike(
    creations: tuple[float, ...], verdict: Verdict
) -> None:
    tasks = [died(number, created) for number, created in enumerate(creations)]
    assert diagnose(document(120, *tasks), [RULE]).verdict is verdict


def test_a_task_that_fails_otherwise_settles_nothing() -> None:
    other = died(2, 90, stoppedReason="CannotPullContainerError: timeout")
    assert diagnose(document(120, died(1, 0), other), [RULE]).verdict is Verdict.SUSPECT


def test_tasks_whose_creation_is_not_shown_settle_nothing() -> None:
    tasks = [died(number, 0, createdAt=None) for number in (1, 2)]
    assert diagnose(document(120, *tasks), [RULE]).verdict is Verdict.SUSPECT


def test_a_permission_that_arrives_is_never_doomed_on_the_way() -> None:
    story = Story([RULE])
    verdicts = [story.add(document(seconds, died(1, 0))).verdict for seconds in (20, 40, 60)]
    running = died(2, 65, lastStatus="RUNNING", desiredStatus="RUNNING", stoppedReason=None, startedAt=at(80))
    done = {"rolloutState": "COMPLETED", "runningCount": 1}
    verdicts.append(story.add(document(130, died(1, 0), running, deployment=done)).verdict)
    assert verdicts == [Verdict.SUSPECT, Verdict.SUSPECT, Verdict.SUSPECT, Verdict.HEALTHY]
    assert story.best is not None
    assert story.best.verdict is Verdict.HEALTHY


def test_patience_follows_from_the_services_own_settings() -> None:
    check = {"command": ["CMD", "true"], "interval": 10, "timeout": 5, "retries": 3, "startPeriod": 120}
    group = {"HealthCheckIntervalSeconds": 15, "HealthyThresholdCount": 5, "UnhealthyThresholdCount": 2}
    evidence = document(
        500,
        died(1, 0, startedAt=at(45)),
        died(2, 60, startedAt=at(90)),
        service={"healthCheckGracePeriodSeconds": 60, "deploymentConfiguration": {"bakeTimeInMinutes": 10}},
        target_groups=[group],
        task_definition={"containerDefinitions": [{"name": "app", "healthCheck": check}]},
    )
    assert start_time(evidence) == timedelta(seconds=45)
    assert until_checks_speak(evidence) == timedelta(seconds=120 + 75)
    assert longest_silence(evidence) == timedelta(seconds=45 + 195 + 300 + 30 + 600)


def test_a_task_had_its_time_when_its_checks_must_have_spoken() -> None:
    group = {"HealthCheckIntervalSeconds": 10, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2}
    for seconds, had in ((100, False), (121, True)):
        evidence = document(seconds, died(1, 90, startedAt=at(100)), target_groups=[group])
        assert had_its_time(evidence, evidence.tasks[0]) is had
    assert not had_its_time(evidence, died_without_start())


def died_without_start() -> Any:
    return document(0, died(1, 0)).tasks[0]


def waiting(seconds: float, **more: Any) -> Evidence:
    return document(seconds, died(1, 0, lastStatus="PENDING", desiredStatus="RUNNING", stoppedReason=None), **more)


def test_nothing_new_for_too_long_is_stalled_and_no_longer_when_something_happens() -> None:
    story = Story([])
    verdicts = [story.add(waiting(seconds)).verdict for seconds in (0, 300, 419, 421, 600)]
    assert verdicts == [Verdict.UNKNOWN] * 3 + [Verdict.STALLED] * 2
    told = story.with_gaps(())
    assert told is not None
    assert told.verdict is Verdict.STALLED
    assert told.what == "nothing new has happened for 10 minutes; 0 of 1 tasks run"
    event = {"id": "1", "createdAt": at(610), "message": "(service web) has started 1 tasks: (task 1)."}
    assert story.add(waiting(620, service={"events": [event]})).verdict is Verdict.UNKNOWN
    told = story.with_gaps(())
    assert told is not None
    assert told.verdict is Verdict.UNKNOWN


def test_looks_that_could_not_read_are_no_news_and_a_completed_deployment_is_not_stalled() -> None:
    story = Story([])
    story.add(waiting(0))
    story.add(Evidence(captured_at=BEGAN + timedelta(seconds=300)))
    assert story.add(waiting(500)).verdict is Verdict.STALLED
    finished = {"rolloutState": "COMPLETED"}
    assert Story([]).add(waiting(5000, deployment=finished)).verdict is Verdict.UNKNOWN


def test_a_crash_after_running_counts_although_ecs_counts_no_failed_task() -> None:
    log = {
        "container": "app",
        "events": [{"message": "Traceback (most recent call last):"}, {"message": "KeyError: 1"}],
    }
    tasks = [
        died(
            number,
            created,
            stoppedReason="Essential container in task exited",
            stopCode="EssentialContainerExited",
            startedAt=at(created + 5),
            containers=[{"name": "app", "exitCode": 1}],
        )
        for number, created in ((1, 0), (2, 400))
    ]
    evidence = document(
        900, *tasks, deployment={"failedTasks": 0}, logs=[log | {"task_arn": task["taskArn"]} for task in tasks]
    )
    diagnosis = diagnose(evidence)
    assert (diagnosis.root_cause, diagnosis.verdict) == ("app-crash-exception", Verdict.DOOMED)
