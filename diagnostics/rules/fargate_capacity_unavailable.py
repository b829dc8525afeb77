"""AWS has no Fargate capacity in these zones at this time.

## What it looks for
`Capacity is unavailable at this time. Please try again later or in a different availability zone.`

## Why waiting cannot help
It can: capacity comes back, and ECS goes on trying. So this is never doomed by itself; when nothing new happens for too
long, the watch ends as stalled.

## What to do
Give the service subnets in more availability zones. For Fargate Spot, add FARGATE to the capacity provider strategy
with a base, so that some tasks always start:

    capacity_provider_strategies=[{"capacity_provider": "FARGATE", "base": 1, "weight": 1},
                                  {"capacity_provider": "FARGATE_SPOT", "weight": 3}]

## What it is not
- `You've reached the limit on the number of vCPUs`: your account's quota, `account-quota-reached`.
- Capacity of your own EC2 instances.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording, said_by_aws

ID = "fargate-capacity-unavailable"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("capacity is unavailable at this time"),
    Wording.of(
        "capacity",
        r"(?:fargate|spot)[^\n]{0,60}capacity (?:is|was)? ?(?:currently )?(?:unavailable|not available|insufficient)",
    ),
)


def match(evidence: Evidence) -> Finding | None:
    """Return that Fargate has no capacity, as long as ECS says so."""
    said = next(said_by_aws(evidence, _WORDINGS), None)
    if said is None:
        return None
    zones = sorted({task.availability_zone for task in evidence.tasks if task.availability_zone})
    where = f" (its tasks are in {', '.join(zones)})" if zones else ""
    spot = evidence.service is not None and "FARGATE_SPOT" in evidence.service.capacity_providers
    kind = "Fargate Spot" if spot else "Fargate"
    return Finding(
        what=f"{kind} has no capacity for the task in the service's zones at this time{where}",
        why="AWS answered that it has none now; it may have some later, and ECS goes on trying",
        fix="give the service subnets in more availability zones"
        + (", and add `FARGATE` with a base to its capacity provider strategy" if spot else ", or try again later"),
        evidence=(said.passage.quote(),),
    )
