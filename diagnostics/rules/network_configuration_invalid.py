"""The subnets, security groups or network mode of the service do not exist or do not fit together.

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

_GONE = (
    r"(?:does not exist|do not exist|not found|is invalid|are invalid|is not valid|does not(?: ex\w*)?[.\u2026\s]*\Z)"
)
_WORDINGS = (
    Wording.of("invalidsubnet"),
    Wording.of("invalidgroup", r"\bInvalidGroup(?:\.NotFound|Id\.Malformed|\b)"),
    Wording.of("invalidsecuritygroup"),
    Wording.of("invalidvpc"),
    Wording.of(
        "vpc id",
        r"\binvalid VPC ID|\bVPC ID (?:is not specified|['\"]?[\w-]{1,40}['\"]? (?:does not exist|not found))",
    ),
    Wording.of("invalid s", r"\binvalid (?:subnet|security group)(?: IDs?|:|s\b)"),
    Wording.of(
        "subnet",
        rf"\bsubnet (?:IDs? |\.\.\. ?|\u2026 ?)[^\n]{{0,200}}{_GONE}|\bsubnet-[\w*]+[\]'\"`]*[^\n]{{0,20}}{_GONE}",
    ),
    Wording.of("security group", rf"security groups? [\['\"`]*[\w*-]+[^\n]{{0,30}}{_GONE}"),
    Wording.of(
        "security group",
        r"security groups?[^\n]{0,120}(?:does not (?:appear to )?belong|not in the same|different vpc)",
    ),
    Wording.of("belong to different networks"),
    # aws-cdk-lib aws-ec2/lib/vpc.ts
    Wording.of("subnet groups in this vpc", r"there are no '\w+' subnet groups in this VPC"),
    # EC2, of an ID that is none
    Wording.of("expecting ", r"expecting \\?[\"'](?:sg|subnet|vpc|eni)-"),
    # EC2's refusal of a call that names a group or a subnet in a way that it does not take
    Wording.of(
        "invalidparameter",
        r"InvalidParameter(?:Combination|Value)\b[^\n]{0,120}\b(?:subnet(?:Id)?|group(?:Name|Id|Set)|security group)\b",
    ),
    # botocore/validate.py and other SDKs, before they ask ECS
    Wording.of(
        "awsvpcconfiguration",
        r"(?:invalid|missing|unknown|unexpected)\b[^\n]{0,80}awsvpcConfiguration"
        r"|awsvpcConfiguration[^\n]{0,40}(?:required|missing|invalid)",
    ),
    Wording.of(
        "vpc",
        r"(?:must|should|not|all)[^\n]{0,80}\b(?:same|one|single) VPC|\b(?:different|multiple|more than one) VPCs?\b",
    ),
    # The same from SDKs whose names of parameters are other ones
    *Wording.any_of(
        ("networkconfiguration", "network_configuration"),
        r"(?:invalid|missing|unknown|unexpected)\b[^\n]{0,80}\bnetwork_?Configuration\b",
    ),
    # aws-cdk-lib, docker/compose-cli
    Wording.of("can only be used with awsvpc"),
    Wording.of("vpc should have at least", r"\bVPC should have at least \d+ associated subnets"),
    Wording.of("network configuration must be p"),
    Wording.of("network configuration", r"network configuration (?:is not valid|is invalid|cannot)"),
    Wording.of("subnets can", r"subnets can ?not be empty|subnets can have at most"),
    Wording.of("groups can have at most"),
    *Wording.any_of(
        ("be blank", "be empty", "be null"),
        r"(?:security ?groups?|subnets?) (?:can ?not|must not|should not) be (?:blank|empty|null)",
    ),
    Wording.of("network", r"network ?mode[^\n]{0,40}(?:is )?not (?:supported|compatible|valid)"),
    Wording.of("network", r"(?:requires?|must use) [^\n]{0,30}network ?mode"),
    *Wording.any_of(("public ip", "publicip"), r"assign ?public ?ip[^\n]{0,60}not supported"),
)
_ID = re.compile(r"\b(?:subnet|sg|vpc)-[0-9a-f]{8,17}\b")
_MISSING = re.compile(r"'((?:subnet|sg|vpc)-[0-9a-f]{8,17})'[^\n]{0,20}(?:does not exist|not found)")
_OTHER = re.compile(
    r"free (?:ip )?addresses|IP space|port mappings|servicediscovery"
    r"|InsufficientFreeAddresses|availability zone[^\n]{0,300}load balancer|not authorized|target group"
    r"|target type|subnet ?group(?!s in this VPC)|mount target|\bEFS\b|unable to execute http|\blinks?\b",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the network setting that cannot hold."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    text = said[0].passage.text
    missing = _MISSING.search(text)
    named = _ID.search(text)
    thing = missing[1] if missing else (named[0] if named else "")
    gone = re.search(r"not exist|not found|NotFound", text)
    kind = {"sg": "security group", "vpc": "VPC"}.get(thing.partition("-")[0], "subnet")
    if thing and gone:
        what = f"the {kind} {quoted(thing)} does not exist"
    elif re.search(r"\bvpcs?\b|different networks", text, re.IGNORECASE):
        what = "the subnets and security groups of the service are not of one VPC"
    elif "invalidparameter" in said[0].found[0].lower():
        what = "EC2 does not take a subnet or a security group as it is given"
    else:
        what = "the network configuration of the service does not fit the task definition"
    listed = {"sg": "security-groups --group-ids", "vpc": "vpcs --vpc-ids"}.get(
        thing.partition("-")[0], "subnets --subnet-ids"
    )
    return Finding(
        what=what,
        why="the subnets, security groups and network mode are settings of the service, and AWS refuses them",
        fix="give the service subnets and security groups of one VPC that exist (`subnet_ids`, `vpc_id`); to look:\n"
        f"aws ec2 describe-{listed} {thing or 'SUBNET'}"
        if thing or "fit" not in what
        else "use `networkMode` `awsvpc` with a network configuration (subnets, security groups), or another "
        "mode without one",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
