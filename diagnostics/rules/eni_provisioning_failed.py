"""The task's network interface could not be made or attached.

## What it looks for
`Timeout waiting for network interface provisioning to complete`, an interface that could not be created or attached,
or a network namespace that could not be set up, without a named reason in the subnet. Where EC2 refused it
(`UnauthorizedOperation`, `TagPolicyViolation`), it says so.

## Why waiting cannot help
It often does: EC2 was slow once. With a second task that fails alike it is taken for certain.

## What to do
Look at the quota of network interfaces in the region, and whether a service control policy or a change of
`AWSServiceRoleForECS` keeps ECS from making them. AWS's runbook looks at the rest:

    RUNBOOK=AWSSupport-TroubleshootECSTaskFailedToStart
    aws ssm start-automation-execution --document-name $RUNBOOK --parameters ClusterName=CLUSTER,TaskId=TASK

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
from diagnostics.names import quoted
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "eni-provisioning-failed"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("network interface provisioning"),
    Wording.of(
        "network interface",
        r"(?:fail\w*+|unable|could not|cannot|error|exceeded)\b[^\n]{0,120}network interface",
    ),
    Wording.of("network interface", r"network interface[^\n]{0,80}(?:fail|timed out|timeout|could not|not attached)"),
    Wording.of("network namespace", r"(?:fail\w*+|unable|could not|error)[^\n]{0,60}network namespace"),
    Wording.of("networknamespaceerror"),
    Wording.of("eniinformationerror"),
    Wording.of(
        "eni",
        r"\bENI\b[^\n]{0,80}(?:fail|timed out|timeout|could not|not attach)"
        r"|(?:unable|could not|timed? ?out|fail\w*+)[^\n]{0,60}\bENI\b",
    ),
    # The agent's own steps on a container instance: ecs-agent/netlib, amazon-ecs-cni-plugins
    Wording.of("pause container", r"(?:unable|fail\w*+|error|could not)[^\n]{0,60}\bpause container"),
    Wording.of("containernetworkingerror"),
    Wording.of("veth pair", r"(?:unable|fail\w*+)[^\n]{0,40}\bveth pair"),
    Wording.of("cni setup"),
    Wording.of("cni", r"\bCNI\b[^\n]{0,80}(?:fail|error)"),
    Wording.of("netplugin failed"),
)
_OTHER = re.compile(
    r"sysctl|free addresses|free ip addresses|InsufficientFreeAddresses|InvalidSubnet|InvalidGroup"
    r"|InvalidSecurityGroup|does not exist"
    r"|(?<!Request)LimitExceeded|RESOURCE:ENI|maximum number of network interfaces|container instance met all",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"UnauthorizedOperation|AuthFailure|TagPolicyViolation|not authorized|AccessDenied", re.IGNORECASE
)
_SUBNET = re.compile(r"subnet-[0-9a-f]{8,17}\b")


def match(evidence: Evidence) -> Finding | None:
    """Return the network interface that could not be made."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    text = said[0].passage.text
    refused, subnet = _REFUSED.search(text), _SUBNET.search(text)
    where = f" in the subnet {quoted(subnet[0])}" if subnet else ""
    return Finding(
        what=f"the task's network interface{where} could not be made or attached"
        + (f": EC2 refused it (`{refused[0]}`)" if refused else ""),
        why="ECS makes an interface for each task before its containers start, and EC2 refused it to ECS"
        if refused
        else "ECS makes an interface for each task before its containers start; EC2 did not give one in time",
        fix="let ECS's service-linked role make and tag interfaces: look at the organization's service control and tag "
        "policies, and at the sharing of the subnet:\naws iam get-role --role-name AWSServiceRoleForECS"
        if refused
        else "deploy again; if it repeats, look at the region's quota of network interfaces and at the subnet's free "
        "addresses:\naws ec2 describe-network-interfaces --filters Name=status,Values=pending",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
