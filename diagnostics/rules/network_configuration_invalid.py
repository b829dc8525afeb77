"""
The subnets, security groups or network mode of the service do not exist or do not fit together.

## What it looks for
`InvalidSubnetID.NotFound`, `InvalidGroup.NotFound`, security groups of another VPC, `Network Configuration must be
provided when networkMode 'awsvpc' is specified`, subnets of several VPCs, a public address that cannot be given.

## Why waiting cannot help
The configuration of the service is fixed until somebody changes it.

## What to do
Give the service subnets and security groups of one VPC that exist:

    aws ec2 describe-subnets --subnet-ids SUBNET --query 'Subnets[].[SubnetId,VpcId]'
    aws ec2 describe-security-groups --group-ids GROUP --query 'SecurityGroups[].[GroupId,VpcId]'

## What it is not
- A subnet without a free address: `subnet-ip-exhausted`.
- A way that is missing: `registry-unreachable`, `aws-endpoint-unreachable`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "network-configuration-invalid"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of("invalidsubnetid"),
    Wording.of("invalidsubnet"),
    Wording.of("invalidgroup"),
    Wording.of("invalidgroupid"),
    Wording.of("invalidsecuritygroup"),
    Wording.of(
        "subnet", r"subnets? (?:id )?[^\n]{0,60}(?:does not exist|do not exist|not found|is invalid|are invalid)"
    ),
    Wording.of(
        "security group",
        r"security groups?[^\n]{0,80}(?:does not exist|do not exist|not found|different (?:vpc|network)|not (?:in|belong)|is invalid)",
    ),
    Wording.of("different vpc", r"(?:different|another|same|multiple) VPCs?"),
    Wording.of("same vpc", r"(?:must|not)[^\n]{0,60}same VPC"),
    Wording.of("network configuration must be provided"),
    Wording.of("network configuration", r"network configuration (?:is not valid|is invalid|cannot)"),
    Wording.of(
        "networkmode",
        r"network ?mode[^\n]{0,80}(?:not (?:support|compatible|valid)|must be|incompatible|mismatch|requires)",
    ),
    Wording.of(
        "network mode",
        r"network mode[^\n]{0,80}(?:not (?:support|compatible|valid)|must be|incompatible|mismatch|requires)",
    ),
    Wording.of("awsvpc", r"awsvpc[^\n]{0,80}(?:required|not supported|only|must)"),
    Wording.of("assign public ip", r"assign ?public ?ip[^\n]{0,60}not supported"),
    Wording.of("invalidvpc"),
)
_ID = re.compile(r"\b(?:subnet|sg|vpc)-[0-9a-f]{8,17}\b")
_OTHER = re.compile(
    r"free addresses|InsufficientFreeAddresses|availability zone[^\n]*load balancer|not authorized", re.IGNORECASE
)


def match(evidence: Evidence) -> Finding | None:
    """Return the network setting that cannot hold."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    text = said[0].passage.text
    missing = re.search(r"'((?:subnet|sg|vpc)-[0-9a-f]{8,17})'[^\n]{0,20}(?:does not exist|not found)", text)
    named = _ID.search(text)
    thing = missing[1] if missing else (named[0] if named else "")
    gone = re.search(r"not exist|not found|NotFound", text)
    kind = {"sg": "security group", "vpc": "VPC"}.get(thing.partition("-")[0], "subnet")
    if thing and gone:
        what = f"the {kind} {quoted(thing)} does not exist"
    elif re.search(r"vpc", text, re.IGNORECASE):
        what = "the subnets and security groups of the service are not of one VPC"
    else:
        what = "the network configuration of the service does not fit the task definition"
    return Finding(
        what=what,
        why="the subnets, security groups and network mode are settings of the service, and AWS refuses them",
        fix="give the service subnets and security groups of one VPC that exist (`subnet_ids`, `vpc_id`); to look:\n"
        "aws ec2 describe-subnets --query 'Subnets[].[SubnetId,VpcId,AvailabilityZone]'",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
