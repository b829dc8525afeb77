"""Stops that are no fault of a task, when they are all that is seen of a deployment: the rules about them share this."""

from collections.abc import Callable

from diagnostics.evidence import Evidence, Task
from diagnostics.passages import Passage


def only_such_stops(evidence: Evidence, such: Callable[[Task], bool]) -> list[Passage]:
    """Return the reasons of the deployment's tasks that stopped so; none while others run or failed for themselves."""
    stopped = [task for task in evidence.stopped_tasks if such(task)]
    if not stopped or any(not task.benign_stop and not such(task) for task in evidence.stopped_tasks):
        return []
    if any(task.last_status in ("", "RUNNING") for task in evidence.running):
        return []
    return [
        Passage(f"task {task.short_id} stoppedReason", task.stopped_reason or task.stop_code, task.ended_at, task)
        for task in stopped
    ]
