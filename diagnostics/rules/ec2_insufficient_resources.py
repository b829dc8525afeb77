"""No EC2 instance of the cluster has enough CPU, memory or interfaces left for the task.

## What it looks for
`has insufficient memory available`, `insufficient CPU units available`, `RESOURCE:MEMORY`, `RESOURCE:CPU`,
`RESOURCE:GPU`, `RESOURCE:ENI`, a capacity provider that was not found or is not active, a strategy whose providers do
not go together, `TaskFailedToStart: CAPACITY`;
tasks of a capacity provider of instances that have been PROVISIONING for more than five minutes, while none ever ran.

## Why waiting cannot help
It can: managed scaling adds instances, and other tasks end. ECS goes on trying, so it is never doomed by itself.

## What to do
Let the capacity provider scale, make the task smaller, or run it on Fargate:

    aws ecs describe-capacity-providers --query 'capacityProviders[].[name,status,updateStatus]'

During a rolling deployment there must be room for the old and the new tasks, or `minimumHealthyPercent` below 100.

## What it is not
- No instance at all: `no-container-instances`. An attribute that none has: `placement-constraint-unmet`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
"""

import re
from datetime import timedelta

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Quote, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.said import Wording, said_by_aws

ID = "ec2-insufficient-resources"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of(
        "insufficient", r"insufficient (?P<what>CPU|memory|GPU|resources?)(?: units| resources)?[^\n]{0,20} available"
    ),
    Wording.of("insufficient", r"(?:instances?|place)[^\n]{0,120}insufficient (?P<what>CPU|memory|GPU|resources?)"),
    # The same sentence where its noun was cut off or masked
    Wording.of("has insufficient", r"closest matching[^\n]{0,300}? has insufficient(?: (?P<what>CPU|memory|GPU))?"),
    Wording.of(" available", r"closest matching[^\n]{0,300}? has no \S{1,30} available"),
    Wording.of("insufficient", r"^insufficient (?P<what>CPU units|memory|GPU)"),
    # aws-cdk-lib, of a cluster without instances
    Wording.of("needs ec2 capacity"),
    Wording.of("resource:", r"RESOURCE:(?P<what>MEMORY|CPU|GPU|ENI)"),
    *(
        Wording.of(end, rf"capacity provider[^\n]{{0,120}}?(?P<provider>{end})")
        for end in ("not found", "not associated", "not available", "inactive", "does not exist", "cannot be found")
    ),
    Wording.of(
        "launch type and capacity provider",
        r"both a (?P<strategy>launch type and capacity provider strategy is not supported)",
    ),
    Wording.of("multiple capacity providers", r"(?P<strategy>multiple capacity providers is not supported)"),
    Wording.of("mix of capacity providers", r"cannot contain (?P<strategy>a mix of capacity providers)"),
    Wording.of("the resources could not be found", r"unable to place a task because the resources could not be found"),
    Wording.of("weight value", r"(?P<provider>no capacity providers? with a weight value)"),
    Wording.of("capacity provider is invalid", r"setting for the (?P<provider>capacity provider is invalid)"),
    Wording.of("not in an active state", r"capacity provider[^\n]{0,120}?(?P<provider>not in an ACTIVE state)"),
    Wording.of("have enough", r"instances? (?:doesn't|does not|don't|do not) have enough (?P<what>CPU|memory|GPU)"),
    Wording.of("not enough", r"not enough (?P<what>memory|cpu|gpu)[^\n]{0,300}(?:instance|cluster|place)"),
    Wording.of("capacity", r"(?-i:^(?:TaskFailedToStart: *)?CAPACITY\b|error \\?\"CAPACITY)"),
    Wording.of("insufficientinstancecapacity"),
    # EC2, in an Auto Scaling group's activity
    Wording.of("do not have sufficient", r"we currently do not have sufficient (?:\S{1,40} )?capacity\b"),
    # Amazon ECS Managed Instances, which starts the instances itself
    Wording.of("unfulfillablecapacity"),
    Wording.of("unable to launch instance", r"unable to launch instances?(?: ?\(s\))? for capacity provider"),
    Wording.of("met all of its requirements", r"no container instance met all of its requirements\.? *$"),
)
_NOT_THIS = re.compile(r"maximum number|exceeded|in use and cannot|not authorized", re.IGNORECASE)
_SLOW = timedelta(minutes=5)
"""After which a task that still waits for an instance is said to: managed scaling takes some. Our own choice."""


def match(evidence: Evidence) -> Finding | None:
    """Return what the instances do not have enough of."""
    said = next((each for each in said_by_aws(evidence, _WORDINGS) if not _NOT_THIS.search(each.passage.text)), None)
    if said is None:
        return _waiting(evidence)
    kind = {"eni": "network interfaces", "gpu": "GPUs", "cpu": "CPU", "memory": "memory"}.get(
        said.group("what").lower().removesuffix(" units"), ""
    )
    if said.group("strategy"):
        return Finding(
            what="the service's capacity provider strategy names what does not go together",
            why="ECS refuses the call as it is written; the cluster's instances do not matter",
            fix="name a single provider of ECS Managed Instances, or providers of one kind (Auto Scaling groups, or"
            " Fargate), and no launch type beside them",
            evidence=(said.passage.quote(),),
        )
    provider = bool(said.group("provider"))
    return Finding(
        what="the capacity provider of the service is missing, not active, or not associated with the cluster"
        if provider
        else f"no instance of the cluster has enough {kind or 'resources'} left for the task",
        why="ECS places a task only on an instance that has all of it left; it goes on trying",
        fix="associate the capacity provider with the cluster (`aws ecs put-cluster-capacity-providers`)"
        if provider
        else "add or enlarge instances, make the task smaller, or run it on Fargate (a rolling deployment needs"
        " room for old and new tasks); to look:\naws ecs describe-container-instances --cluster CLUSTER"
        " --container-instances ID --query 'containerInstances[].remainingResources'",
        evidence=(said.passage.quote(),),
    )


def _waiting(evidence: Evidence) -> Finding | None:
    """Return that tasks have long waited for an instance of their capacity provider, and none of them ever ran."""
    now = evidence.captured_at
    late = [
        task
        for task in evidence.running
        if task.last_status == "PROVISIONING" and task.launch_type != "FARGATE" and task.capacity_provider
        if not task.capacity_provider.startswith("FARGATE")
        and now
        and task.created_at
        and now - task.created_at > _SLOW
    ]
    if not late or any(task.started_at for task in evidence.deployment_tasks):
        return None
    provider = late[0].capacity_provider
    late = [task for task in late if task.capacity_provider == provider]  # a strategy may have several
    tasks = f"{len(late)} tasks wait" if late[1:] else "a task waits"
    return Finding(
        what=f"{tasks} for an instance of the capacity provider {quoted(provider)}, which adds none",
        why="a task of a capacity provider stays PROVISIONING until its Auto Scaling group has an instance with room",
        fix="look why the Auto Scaling group does not grow:\naws ecs describe-capacity-providers"
        f" --capacity-providers {pasted(provider)} --query 'capacityProviders[].autoScalingGroupProvider'",
        evidence=tuple(Quote(f"task {task.short_id} lastStatus", task.last_status, now) for task in late[:2]),
    )
