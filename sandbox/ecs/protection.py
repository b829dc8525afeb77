"""GetTaskProtection and UpdateTaskProtection: tasks that neither a scale-in nor a deployment stops.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
The reasons of failures: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html. What is
said of wrong parameters is ours.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sandbox.ecs.errors import InvalidParameterError
from sandbox.ecs.model import Task
from sandbox.ecs.region import Region
from sandbox.ecs.task_operations import arn_of, find_task

Given = Mapping[str, Any]
Answer = dict[str, Any]

_READ_AT_ONCE, _CHANGED_AT_ONCE = 100, 10
_DEFAULT_MINUTES, _MOST_MINUTES = 120, 2880


def get_task_protection(region: Region, given: Given) -> Answer:
    """Return which tasks are protected, and until when."""
    protected, failures = [], []
    for reference in _asked(given, _READ_AT_ONCE):
        task = find_task(region, given, reference)
        problem = _problem(task)
        if task is None or problem:
            failures.append({"arn": arn_of(region, given, reference), "reason": problem})
        else:
            protected.append(_shape(task))
    return {"protectedTasks": protected, "failures": failures}


def update_task_protection(region: Region, given: Given) -> Answer:
    """Protect tasks for a while from now, or no longer."""
    minutes = given.get("expiresInMinutes")
    if minutes is not None and not 1 <= minutes <= _MOST_MINUTES:
        raise InvalidParameterError(f"expiresInMinutes must be between 1 and {_MOST_MINUTES}.")
    enabled = bool(given["protectionEnabled"])
    protected, failures = [], []
    for reference in _asked(given, _CHANGED_AT_ONCE):
        task = find_task(region, given, reference)
        problem = _problem(task) or ("DEPLOYMENT_BLOCKED" if task and enabled and _blocks(task) else None)
        if task is None or problem:
            failures.append({"arn": arn_of(region, given, reference), "reason": problem})
            continue
        _protect(region, task, minutes or _DEFAULT_MINUTES) if enabled else _release(region, task)
        protected.append(_shape(task))
    return {"protectedTasks": protected, "failures": failures}


def _asked(given: Given, most: int) -> Sequence[str]:
    tasks: Sequence[str] = given.get("tasks") or []
    if not tasks:
        raise InvalidParameterError("Tasks cannot be empty.")
    if len(tasks) > most:
        raise InvalidParameterError(f"Too many tasks: at most {most} can be asked for at once.")
    return tasks


def _problem(task: Task | None) -> str | None:
    if task is None:
        return "MISSING"
    return None if task.service is not None and task.live else "TASK_NOT_VALID"


def _blocks(task: Task) -> bool:
    """Tell whether the service would have more protected tasks than it wants: its deployments would not end."""
    if task.service is None:
        return False
    others = sum(each.protected for each in task.service.tasks if each is not task)
    return others + 1 > task.service.desired


def _protect(region: Region, task: Task, minutes: int) -> None:
    until = region.simulation.now + timedelta(minutes=minutes)
    task.protected_until = until

    def expire() -> None:
        if task.protected_until == until:
            _release(region, task)

    region.simulation.schedule(minutes * 60.0, expire)


def _release(region: Region, task: Task) -> None:
    task.protected_until = None
    if task.service is not None:
        region.scheduler.poke(task.service)


def _shape(task: Task) -> Answer:
    shape: Answer = {"taskArn": task.arn, "protectionEnabled": task.protected}
    return {**shape, "expirationDate": task.protected_until} if task.protected else shape
