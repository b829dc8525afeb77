"""Whose an event is that names neither task nor deployment: an earlier one's task may fail in a later one's time."""

from typing import Any

import pytest

from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.model import Verdict
from diagnostics.passages import event_words

OLD, NEW = "ecs-svc/1", "ecs-svc/2"
GONE = (
    "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref web:1: not found"
)
NO_SECRET = "ResourceInitializationError: unable to pull secrets or registry auth: ResourceNotFoundException"


def at(minute: int) -> str:
    return f"2026-11-20T10:{minute:02}:00+00:00"


def task(by: str, **more: Any) -> dict[str, Any]:
    return {"taskArn": f"t/{by[-1] * 32}", "startedBy": by, "createdAt": at(10), "lastStatus": "PENDING"} | more


ON_ITS_WAY = task(NEW)


def look(
    reason: str = GONE, *, failed: int | None = 0, listed: bool = True, service_at: int = 1, tasks: Any = (ON_ITS_WAY,)
) -> Evidence:
    """Return a look at NEW, which began at 10:10, while a task of OLD was on its way; it failed at 10:11."""
    mine = {"id": NEW, "status": "PRIMARY", "rolloutState": "IN_PROGRESS", "createdAt": at(10), "failedTasks": failed}
    old = {"id": OLD, "status": "ACTIVE", "rolloutState": "IN_PROGRESS", "createdAt": at(1), "failedTasks": 1}
    said = f"(service web) was unable to place a task. Reason: {reason}."
    service = {"serviceName": "web", "createdAt": at(service_at), "deployments": [mine, *([old] if listed else [])]}
    return Evidence.parse(
        {
            "schema": "evidence/1",
            "captured_at": at(12),
            "service": service | {"events": [{"id": "1", "createdAt": at(11), "message": said}]},
            "tasks": list(tasks),
        }
    )


@pytest.mark.parametrize("reason", [GONE, NO_SECRET])
@pytest.mark.parametrize("listed", [True, False], ids=["ECS lists it still", "ECS lists it no more"])
@pytest.mark.parametrize("tasks", [(), (ON_ITS_WAY,), (task(NEW, lastStatus="RUNNING", startedAt=at(11)),)])
def test_a_start_that_failed_is_the_earlier_deployments_where_none_of_this_one_has(
    reason: str, listed: bool, tasks: Any
) -> None:
    seen = look(reason, listed=listed, tasks=tasks)
    assert list(event_words(seen)) == []
    assert diagnose(seen).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "seen",
    [
        look(failed=1),
        look(failed=None),
        look(tasks=[task(NEW, desiredStatus="STOPPED", stoppedReason=GONE)]),
        look(listed=False, service_at=10),
    ],
    ids=["ECS counts one", "ECS does not count", "one is being stopped", "there is no earlier deployment"],
)
def test_it_is_this_deployments_where_one_of_its_own_may_have_failed(seen: Evidence) -> None:
    assert len(list(event_words(seen))) == 1
    assert (diagnose(seen).root_cause, diagnose(seen).verdict) == ("image-not-found", Verdict.DOOMED)


def test_what_comes_without_a_task_is_told_though_none_has_failed() -> None:
    seen = look("Capacity is unavailable at this time. Please try again later or in a different availability zone")
    assert diagnose(seen).root_cause == "fargate-capacity-unavailable"
