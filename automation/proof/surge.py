"""`--surge N`: more tasks while a deployment is young, so that several fail or serve at once; when to begin and to end.

Of a service that wants one task, ECS's circuit breaker needs three failures one after the other, and a diagnosis a
second death alike (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html). With
two tasks more they happen at the same time.
"""

from datetime import timedelta

from diagnostics.evidence import Evidence, Task
from diagnostics.watch import Look, WatchState

HEALTHY_AFTER = timedelta(seconds=40)
"""How long a task without any health check has to run until ECS counts it as healthy (minimumHealthyPercent of the API
reference)."""


def surged_count(look: Look, extra: int) -> int | None:
    """Return the count to set now for `extra` tasks more; None where this is not the time, or nothing is wanted."""
    service = look.evidence.service
    if extra < 1 or service is None or look.state is not WatchState.IN_PROGRESS or not look.deployment_id:
        return None
    primary = look.evidence.primary
    if primary is None or primary.id != look.deployment_id or primary.rollout_state != "IN_PROGRESS":
        return None
    wanted = service.desired_count or 0
    if wanted == 0 or healthy_tasks(look) >= wanted:
        return None
    return wanted + extra


def strategy_without_surge(look: Look) -> str | None:
    """Return the service's strategy where it has every task of the new revision started at once anyway."""
    service = look.evidence.service
    strategy = service.deployment_configuration.strategy if service else ""
    return strategy if strategy not in {"", "ROLLING"} else None


def enough(look: Look, wanted: int) -> bool:
    """Say whether as many tasks of the deployment are healthy as the service wants without the surge."""
    return healthy_tasks(look) >= wanted


def healthy_tasks(look: Look) -> int:
    """Return how many tasks of the watched deployment count as healthy for ECS."""
    evidence = look.evidence
    return sum(_healthy(evidence, task) for task in evidence.running if task.started_at is not None)


def _healthy(evidence: Evidence, task: Task) -> bool:
    if task.health_status == "UNHEALTHY" or task.last_status != "RUNNING":
        return False
    groups = [group for group in evidence.target_health if any(each.id in task.addresses for each in group.targets)]
    if evidence.service and evidence.service.load_balancers:
        return bool(groups) and all(
            each.healthy for group in groups for each in group.targets if each.id in task.addresses
        )
    if task.health_status == "HEALTHY":
        return True
    captured, started = evidence.captured_at, task.started_at
    return captured is not None and started is not None and captured - started >= HEALTHY_AFTER
