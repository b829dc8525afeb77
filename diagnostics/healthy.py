"""Which tasks of a deployment are well: what speaks against calling a deployment doomed."""

from collections.abc import Iterable
from datetime import timedelta

from diagnostics.evidence import Evidence, Task
from diagnostics.model import Finding
from diagnostics.passages import Passage

HEALTHY_WITHOUT_CHECKS_AFTER = timedelta(seconds=40)
"""A task without any health check counts as healthy when it has been RUNNING for so long.

Source: `minimumHealthyPercent` of DeploymentConfiguration, https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

_CLOCKS_DIFFER = timedelta(seconds=2)
"""How far a clock that goes by AWS's answers may be ahead of AWS's: they tell whole seconds, and take their time."""


def healthy_tasks(evidence: Evidence) -> tuple[Task, ...]:
    """Return the deployment's tasks that are healthy now: by their targets, their container checks, or their time."""
    balanced = bool(evidence.service and evidence.service.load_balancers) or bool(evidence.target_health)
    answering = {target.id for health in evidence.target_health for target in health.targets if target.healthy}
    found = []
    for task in evidence.running:
        if task.last_status not in ("", "RUNNING") or task.health_status == "UNHEALTHY":
            continue
        if balanced:
            well = bool(task.addresses & answering)
        elif task.health_status == "HEALTHY":
            well = True
        else:
            started, now = task.started_at, evidence.captured_at
            well = started is not None and now is not None and now - started >= HEALTHY_WITHOUT_CHECKS_AFTER
        if well:
            found.append(task)
    return tuple(found)


def not_healthy_yet(evidence: Evidence, tasks: Iterable[Task], *, balanced: bool) -> list[Task]:
    """Return those tasks that run and that ECS does not count as healthy: by their container checks, or their time.

    What is not shown speaks against none.

    Args:
        evidence: a look.
        tasks: of one deployment.
        balanced: whether they have targets, which say it better than the time that a task has run.
    """
    return [each for each in tasks if each.last_status == "RUNNING" and _falls_short(evidence, each, balanced=balanced)]


def _falls_short(evidence: Evidence, task: Task, *, balanced: bool) -> bool:
    if task.health_status in {"HEALTHY", "UNHEALTHY"}:
        return task.health_status == "UNHEALTHY"
    defined = evidence.task_definition
    if defined and defined.arn == task.task_definition_arn and any(each.health_check for each in defined.containers):
        return task.health_status == "UNKNOWN"
    started, now = task.started_at, evidence.captured_at
    if balanced or started is None or now is None:
        return False
    return now - started < HEALTHY_WITHOUT_CHECKS_AFTER + _CLOCKS_DIFFER


def healthy_in_between(evidence: Evidence, finding: Finding) -> bool:
    """Say whether a task of the deployment is healthy, or the service was steady, since the first of these deaths."""
    dead = set(finding.tasks)
    if any(task.arn not in dead for task in healthy_tasks(evidence)):
        return True
    deaths = [task.ended_at for task in evidence.deployment_tasks if task.arn in dead and task.ended_at]
    if not deaths:
        return False
    first, last = min(deaths), max(deaths)
    return any(
        event.at is not None and first < event.at < last and "has reached a steady state" in event.message
        for event in evidence.events
    )


def started_since(evidence: Evidence, passage: Passage) -> bool:
    """Say whether a task of the deployment got to run after these words: then what stopped the other start is over."""
    return any(
        task.started_at is not None and (passage.at is None or task.started_at > passage.at)
        for task in evidence.running
        if task.last_status in ("", "RUNNING")
    )
