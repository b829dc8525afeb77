"""Health checks of the load balancer fail, and nothing shows how.

## What it looks for
`Task failed ELB health checks in (target-group …)`, `Target.FailedHealthChecks`, `Health checks failed`, a Classic Load
Balancer's `Instance has failed at least the UnhealthyThreshold number of health checks consecutively`, and no more: no
code, no time-out, no log line that tells.

## Why waiting cannot help
It may: nothing is known of the cause. With a second task that ECS stopped for it, and none healthy in between, the next
one will go the same way.

## What to do
Ask the target group while a task runs, and read the container's log of that time:

    aws elbv2 describe-target-health --target-group-arn ARN --query 'TargetHealthDescriptions[].TargetHealth'

`Health checks failed` without a code mostly is a refused connection: nothing listens on the probed port yet, or ever.

## What it is not
- A check that is answered with a code, or times out: `elb-health-code-mismatch`, `elb-health-timeout`.
- A program that died: its death is the cause.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
- https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Quote, Verdict
from diagnostics.names import pasted, quoted, short_arn
from diagnostics.passages import died_by_itself
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "elb-health-failed-unspecified"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("failed elb health checks", r"failed ELB health checks(?: in \(target-group (?P<group>[^)\s]+))?"),
    Wording.of("target.failedhealthchecks"),
    Wording.of("health checks failed", r"(?m:^)\W*(?:reason |unhealthy: )?health checks failed\W*(?m:$)"),
    Wording.of("is unhealthy in", r"is unhealthy in \(?target-group (?P<group>[^)\s]*)"),
    Wording.of("is not healthy in", r"is not healthy in \(?target-group \(?(?P<group>[^)\s]*)"),
    Wording.of("is unhealthy in", r"is unhealthy in \(?elb (?P<group>[^)\s]*)"),
    Wording.of("unhealthythreshold number of health checks"),
)
_UNHEALTHY = ("unhealthy", "unhealthy.draining")
_TOLD = re.compile(
    r"NotInUse|codes: \[|timed out|Target\.Timeout|ResponseCodeMismatch|Availability Zone", re.IGNORECASE
)


def match(evidence: Evidence) -> Finding | None:
    """Return the target group whose health checks fail."""
    dead = {
        task.arn
        for task in evidence.failed_tasks
        if any(each.exit_code is not None and died_by_itself(task, each.name) for each in task.containers)
    }
    said = [
        each
        for each in said_by_aws(evidence, _WORDINGS)
        if not (each.task and each.task.arn in dead) and not _TOLD.search(each.passage.text)
    ]
    quotes = tuple(each.passage.quote() for each in said[:2]) or _targets(evidence)
    if not quotes:
        return None
    group = next((each.group("group").rstrip(".,") for each in said if each.group("group").startswith("arn:")), "")
    return Finding(
        what="the load balancer's health checks fail, and nothing shows how"
        + (f" (target group {quoted(short_arn(group))})" if group else ""),
        why="ECS stops a task whose target stays unhealthy after the grace period, and starts another one",
        fix="ask the target group for the reason while a task runs, and read the container's log of that time:\n"
        f"aws elbv2 describe-target-health --target-group-arn {pasted(group or 'ARN')} "
        "--query 'TargetHealthDescriptions[].TargetHealth'",
        evidence=quotes,
        tasks=tasks_of(each for each in said if each.task and each.task.stopped),
    )


def _targets(evidence: Evidence) -> tuple[Quote, ...]:
    """Return what the target groups say of unhealthy tasks of the deployment that live."""
    return tuple(
        Quote(
            f"target health of {health.name}", target.description or target.reason or target.state, evidence.captured_at
        )
        for health in evidence.target_health
        for target in evidence.targets_of_deployment(health)
        if target.state in _UNHEALTHY
        and not _TOLD.search(f"{target.reason} {target.description}")
        and not ((task := evidence.task_of_target(target)) and task.stopped)
    )[:2]
