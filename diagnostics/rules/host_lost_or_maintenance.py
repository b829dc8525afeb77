"""The host under the task was retired, replaced or lost.

## What it looks for
Tasks that stopped with `TerminationNotice` or `InfrastructureHealth`, `ECS is performing maintenance on the underlying
infrastructure`, `Host EC2 (instance …) terminated`, or a deregistered instance, while none of the deployment runs and
none failed for itself.

## Why waiting cannot help
It can: ECS starts the task on another host. It is never doomed by itself.

## What to do
Nothing for the deployment; run at least two tasks in two availability zones, so that the loss of one is no outage.

## What it is not
- Spot capacity that was taken back: `spot-interruption`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-maintenance.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

import re

from diagnostics.benign_stops import only_such_stops, told_of, told_of_such_stops
from diagnostics.evidence import Evidence, Task
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording

ID = "host-lost-or-maintenance"
VERDICT = Verdict.SUSPECT

_LOST = re.compile(
    r"Host EC2|\bwas deregistered|deregistration forced|^TerminationNotice$"
    r"|maintenance on the underlying|task retirement|retire|underlying (?:infrastructure|hardware)|isolated"
    r"|instance[^\n]{0,60}(?:terminated|stopped|deregistered|drain|inactive)|drain[^\n]{0,48}instance",
    re.IGNORECASE,
)
_WORDINGS = (
    Wording.of("host ec2", r"Host EC2\b[^\n]{0,300}(?:terminated|stopped|deregistered)"),
    Wording.of("was deregistered", r"(?:instance|host)[^\n]{0,80}was deregistered"),
    Wording.of("instance deregistration forced"),
    Wording.of("underlying infrastructure"),
    Wording.of("task retirement"),
    Wording.of("agent", r"agent (?:was |is )?(?:lost|gone)"),
)


def match(evidence: Evidence) -> Finding | None:
    """Return that the host went away, where nothing else is seen."""
    passages = only_such_stops(evidence, _lost) or told_of_such_stops(evidence, _WORDINGS)
    if not passages:
        return None
    return Finding(
        what="the host that the task ran on was retired or lost",
        why="AWS replaces hosts; ECS starts the task on another one",
        fix="nothing for this deployment; run at least two tasks in two availability zones, so that the loss of a host"
        " is no outage",
        evidence=tuple(passage.quote() for passage in passages[:2]),
    )


def _lost(task: Task) -> bool:
    said = told_of(task)
    if "spot" in said.lower():
        return False
    return task.stop_code in ("TerminationNotice", "InfrastructureHealth") or bool(_LOST.search(said))
