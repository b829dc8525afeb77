"""Stops that are no fault of a task, when they are all that is seen: the rules about them share this."""

from collections.abc import Callable, Iterable

from diagnostics.evidence import Evidence, Task
from diagnostics.passages import Passage
from diagnostics.said import Wording, said_by_aws


def only_such_stops(evidence: Evidence, such: Callable[[Task], bool]) -> list[Passage]:
    """Return the reasons of the deployment's tasks that stopped so; none while others run or failed for themselves."""
    stopped = [task for task in evidence.stopped_tasks if such(task)]
    if not stopped or any(not task.benign_stop and not such(task) for task in evidence.stopped_tasks):
        return []
    if any(task.last_status in ("", "RUNNING") for task in evidence.running):
        return []
    return [
        Passage(f"task {task.short_id} stoppedReason", told_of(task) or task.stop_code, task.ended_at, task)
        for task in stopped
    ]


def told_of(task: Task) -> str:
    """Return why a task was stopped: ECS says it of the task, and people paste it as the reason of its container."""
    return task.stopped_reason or next((each.reason for each in task.containers if each.reason), "")


def told_of_such_stops(evidence: Evidence, wordings: Iterable[Wording]) -> list[Passage]:
    """Return what events and errors say of such stops; nothing while tasks run or failed for themselves."""
    if evidence.failed_tasks or any(task.last_status in ("", "RUNNING") for task in evidence.running):
        return []
    return [said.passage for said in said_by_aws(evidence, wordings)]
