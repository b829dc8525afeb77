"""What became of the deployment that ECS went back to: it may fail too, and of another cause."""

from dataclasses import replace
from datetime import datetime

from diagnostics.evidence import Evidence, TargetHealth, Task
from diagnostics.turns import task_named, went_back


def evidence_of_rollback(evidence: Evidence) -> Evidence | None:
    """Return what a look shows of the deployment that ECS went back to, since then; None where it did not, or is there.

    What stands around the deployment that is looked at was read for that one, and is left out.
    """
    back, service = went_back(evidence), evidence.service
    if back is None or service is None or back[0].rollout_state == "COMPLETED":
        return None
    primary, since = back
    tasks = tuple(task for task in evidence.tasks if task.started_by == primary.id and _since(task, since))
    arns = {task.arn for task in tasks}
    addresses = {address for task in tasks for address in task.addresses}
    others = {task.id for task in evidence.deployment_tasks}
    before = evidence.previous_task_definition
    return replace(
        evidence,
        service=replace(
            service,
            deployments=(primary,),
            events=tuple(
                event
                for event in service.events
                if (event.at is None or event.at >= since) and task_named(event) not in others
            ),
        ),
        service_deployment=None,
        service_revisions=(),
        task_definition=before if before and before.arn == primary.task_definition else None,
        previous_task_definition=None,
        tasks=tasks,
        logs=tuple(log for log in evidence.logs if log.task_arn in arns),
        target_health=tuple(_of_targets(health, addresses) for health in evidence.target_health),
        alarms=(),
        images=(),
        secrets=(),
        roles=(),
        errors=(),
        gaps=(),
    )


def _since(task: Task, since: datetime) -> bool:
    return task.created_at is None or task.created_at >= since


def _of_targets(health: TargetHealth, addresses: set[str]) -> TargetHealth:
    return replace(health, targets=tuple(target for target in health.targets if target.id in addresses))
