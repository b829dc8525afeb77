"""Words of ECS that a log repeats are moved to where they belong only where a log is all that is seen."""

from typing import Any

from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.relayed import in_their_place

TASK = "arn:aws:ecs:eu-west-1:123456789012:task/live/0123456789abcdef0123456789abcdef"
EVENT = "(service web) (port 8080) is unhealthy in (target-group web) due to (reason Request timed out)."
REFUSED = (
    "Error: creating ECS Service (web): InvalidParameterException:",
    "The container app did not have a container port 80 defined.",
)


def logged(*lines: str, task: dict[str, Any] | None = None, **seen: Any) -> Evidence:
    shown = {"taskArn": TASK, "lastStatus": "STOPPED", "containers": [{"name": "app"}]} | (task or {})
    log = {"task_arn": TASK, "container": "app", "events": [{"timestamp": None, "message": line} for line in lines]}
    return Evidence.parse({"schema": "evidence/1", "tasks": [shown], "logs": [log]} | seen)


def test_lines_of_ecs_become_errors_and_a_task_that_only_relayed_them_is_none() -> None:
    moved = in_their_place(logged(EVENT))
    assert [error.message for error in moved.errors] == [EVENT]
    assert (moved.tasks, moved.logs) == ((), ())


def test_lines_of_the_program_stay_in_its_log() -> None:
    moved = in_their_place(logged("Error: Cannot find module 'express'", EVENT))
    assert [line.message for log in moved.logs for line in log.lines] == ["Error: Cannot find module 'express'"]
    assert len(moved.tasks) == 1
    assert diagnose(logged("Error: Cannot find module 'express'", EVENT)).root_cause == "app-module-not-found"


def test_a_sentence_goes_on_in_the_next_line() -> None:
    assert [error.message for error in in_their_place(logged(*REFUSED)).errors] == [" ".join(REFUSED)]


def test_nothing_is_moved_where_more_than_a_log_is_seen() -> None:
    for more in (
        logged(EVENT, service={"serviceName": "web", "events": []}),
        logged(EVENT, task={"stoppedReason": "Essential container in task exited"}),
        logged(EVENT, task={"lastStatus": "RUNNING"}),
        logged(EVENT, errors=[{"operation": None, "code": None, "message": "timed out"}]),
    ):
        assert in_their_place(more) is more


def test_a_programs_own_refused_call_is_no_deployers() -> None:
    own = "ClientError: An error occurred (AccessDeniedException) when calling the RunTask operation: not authorized"
    seen = logged(own)
    assert in_their_place(seen) is seen
