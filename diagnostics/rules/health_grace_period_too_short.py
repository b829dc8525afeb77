"""The program becomes ready later than the health check allows.

## What it looks for
A task that was stopped for its health checks, or fails them, and whose log shows that it was ready in the end: a line
such as `Started Application in 95.2 seconds` or `listening on 8080`, or a good answer to the load balancer, later
after the task's start than failed checks were ignored (the grace period; else what the checks themselves allow:
interval times threshold, or the container check's start period and retries). A task that lived on for minutes after
that was stopped for something else.

## Why waiting cannot help
A program that needs longer is replaced each time, just when it is ready. A start may be slow once, so one task is only
suspect; a second one that goes the same way, with none healthy in between, is certain.

## What to do
Give it the time that it needs, or make it start faster (more CPU shortens most starts):

    aws ecs update-service --cluster CLUSTER --service SERVICE --health-check-grace-period-seconds SECONDS

With `FargateService` it is `deployment.health_check_grace_period_seconds`. A container's own check has `startPeriod`
(at most 300 seconds) in the task definition.

## What it is not
- A program that is ready in time and answers wrongly: the rules about codes and ports.
- A program that dies while it starts.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted
from diagnostics.slow_start import slow_starts

ID = "health-grace-period-too-short"
VERDICT = Verdict.SUSPECT

_MARGIN = 1.5
"""How much more than the slowest start to allow: the next one may be slower. Our own choice."""


def match(evidence: Evidence) -> Finding | None:
    """Return how much later than allowed the program was ready."""
    late = slow_starts(evidence)
    if not late:
        return None
    slowest = max(late, key=lambda each: each.seconds)
    needed = int(slowest.seconds * _MARGIN) + 1
    service = evidence.service
    cluster = pasted(service.cluster_arn.rpartition("/")[2] or "CLUSTER") if service else "CLUSTER"
    return Finding(
        what=f"the program is ready {slowest.seconds:.0f} s after the task's start, and failed health checks count"
        f" after {slowest.allowed:.0f} s",
        why="ECS replaces a task whose checks fail after the grace period, so each is stopped just when it is ready",
        fix=f"allow {needed} s (`deployment.health_check_grace_period_seconds`), or make the program start faster:\n"
        f"aws ecs update-service --cluster {cluster} --service {pasted(service.name) if service else 'SERVICE'}"
        f" --health-check-grace-period-seconds {needed}",
        evidence=tuple(each.line.quote() for each in late[:2]),
        tasks=tuple(dict.fromkeys(each.task.arn for each in late if each.task.stopped)),
    )
