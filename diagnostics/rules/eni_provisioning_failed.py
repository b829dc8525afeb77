"""
The task's network interface could not be made or attached.

## What it looks for
`Timeout waiting for network interface provisioning to complete`, an interface that could not be created or attached, or
a network namespace that could not be set up, without a named reason in the subnet.

## Why waiting cannot help
It often does: EC2 was slow once. With a second task that fails alike it is taken for certain.

## What to do
Look at the quota of network interfaces in the region, and whether a service control policy or a change of
`AWSServiceRoleForECS` keeps ECS from making them. AWS's runbook looks at the rest:

    aws ssm start-automation-execution --document-name AWSSupport-TroubleshootECSTaskFailedToStart --parameters ClusterName=CLUSTER,TaskId=TASK

## What it is not
- `InsufficientFreeAddressesInSubnet`: `subnet-ip-exhausted`.
- A subnet or security group that does not exist: `network-configuration-invalid`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "eni-provisioning-failed"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("network interface provisioning"),
    Wording.of(
        "network interface",
        r"(?:fail\w*|unable|could not|cannot|error|unexpected ec2 error)[^\n]{0,120}network interface",
    ),
    Wording.of("network interface", r"network interface[^\n]{0,80}(?:fail|timed out|timeout|could not|not attached)"),
    Wording.of("network namespace", r"(?:fail\w*|unable|could not|error)[^\n]{0,60}network namespace"),
    Wording.of(
        "eni",
        r"\bENI\b[^\n]{0,80}(?:fail|timed out|timeout|could not|attach)|(?:attach|timed? ?out|fail\w*)[^\n]{0,60}\bENI\b",
    ),
    Wording.of("cni", r"\bCNI\b[^\n]{0,80}(?:fail|error)"),
)
_OTHER = re.compile(
    r"free addresses|InsufficientFreeAddresses|subnet id|InvalidSubnet|InvalidGroup|does not exist|limit ?exceeded|RESOURCE:ENI",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the network interface that could not be made."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    return Finding(
        what="the task's network interface could not be made or attached",
        why="ECS makes an interface for each task before its containers start; EC2 did not give one in time",
        fix="deploy again; if it repeats, look at the region's quota of network interfaces and at what may keep ECS's "
        "service-linked role from making them:\naws ec2 describe-network-interfaces --filters Name=status,Values=pending",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
