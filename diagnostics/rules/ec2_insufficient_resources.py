"""
No EC2 instance of the cluster has enough CPU, memory or interfaces left for the task.

## What it looks for
`has insufficient memory available`, `insufficient CPU units available`, `RESOURCE:MEMORY`, `RESOURCE:CPU`,
`RESOURCE:GPU`, `RESOURCE:ENI`, a capacity provider that was not found, `TaskFailedToStart: CAPACITY`.

## Why waiting cannot help
It can: managed scaling adds instances, and other tasks end. ECS goes on trying, so it is never doomed by itself.

## What to do
Let the capacity provider scale, make the task smaller, or run it on Fargate:

    aws ecs describe-capacity-providers --query 'capacityProviders[].[name,status,autoScalingGroupProvider.managedScaling]'

During a rolling deployment there must be room for the old and the new tasks, or `minimumHealthyPercent` below 100.

## What it is not
- No instance at all: `no-container-instances`. An attribute that none has: `placement-constraint-unmet`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording, said_by_aws

ID = "ec2-insufficient-resources"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of(
        "insufficient", r"(?:has |have )?insufficient (?P<what>CPU|memory|GPU|resources?)(?: units| resources)?"
    ),
    Wording.of("resource:", r"RESOURCE:(?P<what>MEMORY|CPU|GPU|ENI)"),
    Wording.of(
        "capacity provider",
        r"capacity provider[^\n]{0,120}(?:not found|not associated|not available|inactive|does not exist|cannot|was not)",
    ),
    Wording.of("not enough", r"not enough (?P<what>memory|cpu|gpu)[^\n]*(?:instance|cluster|place)"),
    Wording.of("taskfailedtostart: capacity"),
    Wording.of('error "capacity"'),
    Wording.of("insufficientinstancecapacity"),
    Wording.of(
        "no container instance met all of its requirements",
        r"no container instance met all of its requirements\.?\s*(?!\S)",
    ),
)


def match(evidence: Evidence) -> Finding | None:
    """Return what the instances do not have enough of."""
    said = next(said_by_aws(evidence, _WORDINGS), None)
    if said is None:
        return None
    kind = {"eni": "network interfaces", "gpu": "GPUs", "cpu": "CPU", "memory": "memory"}.get(
        said.group("what").lower(), ""
    )
    provider = "capacity provider" in said.passage.lower
    return Finding(
        what="the capacity provider of the service is missing or not associated with the cluster"
        if provider
        else f"no instance of the cluster has enough {kind or 'resources'} left for the task",
        why="ECS places a task only on an instance that has all of it left; it goes on trying",
        fix="associate the capacity provider with the cluster (`aws ecs put-cluster-capacity-providers`)"
        if provider
        else "add or enlarge instances, make the task smaller, or run it on Fargate; a rolling deployment needs room for "
        "old and new tasks",
        evidence=(said.passage.quote(),),
    )
