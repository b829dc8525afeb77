"""The subnet has no free address for the task.

## What it looks for
EC2's `InsufficientFreeAddressesInSubnet` and its sentences (`does not have enough free addresses`, `There aren't
sufficient free Ipv4 addresses or prefixes`), or the load balancer's `Not enough IP space`, in the reason of a task, an
event or an API's error.

## Why waiting cannot help
Each Fargate task takes one address of its subnet. During a rolling deployment the new tasks come beside the old ones,
and the old ones leave only when the new ones are healthy. Addresses may come back when other things end, so one task is
only suspect, and it stays so while the subnets are seen to have free addresses.

## What to do
Give the service subnets with room, or let it use fewer addresses during a deployment (`maximumPercent`):

    aws ec2 describe-subnets --subnet-ids SUBNET --query 'Subnets[].[SubnetId,CidrBlock,AvailableIpAddressCount]'

## What it is not
- `Timeout waiting for network interface provisioning to complete`: EC2 did not answer in time.
- A subnet that does not exist.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "subnet-ip-exhausted"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    # EC2's code, whole or cut off
    Wording.of("insufficientfree", r"\bInsufficientFree[A-Z]?[a-z]*"),
    Wording.of("free addresses", r"(?:insufficient|not enough|enough|no) free addresses"),
    Wording.of("free ip addresses", r"(?:insufficient|not enough|enough|no) free ip addresses"),
    Wording.of("available ip addresses", r"(?:insufficient|not enough|enough|no|not have|any) available ip addresses"),
    Wording.of("sufficient free", r"(?:aren't|are not|not) sufficient free (?:ipv4|ipv6|ip)? ?addresses"),
    Wording.of("insufficientcidrblocks"),
    Wording.of("not enough ip space"),
    Wording.of("free ips: 0"),
    Wording.of("to be free", r"need at least \d+ IPs in each subnet to be free"),
    Wording.of("run out of", r"subnet[^\n]{0,80}run out of (?:free |available )?(?:ip )?addresses"),
)
_SUBNET = re.compile(r"subnet-[0-9a-f]{8,17}\b")


def match(evidence: Evidence) -> Finding | None:
    """Return the subnet that has no free address."""
    said = [*said_by_aws(evidence, _WORDINGS)]
    if not said:
        return None
    subnet = next((found[0] for each in said if (found := _SUBNET.search(each.passage.text))), "")
    subnets = (subnet,) if subnet else (evidence.service.network.subnets if evidence.service else ())
    free = _free(evidence)
    return Finding(
        what=f"the subnet {quoted(subnet)} has no free address" if subnet else "the subnet has no free address",
        why="each task takes an address, and during a rolling deployment the new tasks come beside the old ones",
        fix="give the service larger or more subnets, or lower `maximum_percent`; to look:\n"
        f"aws ec2 describe-subnets --subnet-ids {' '.join(map(pasted, subnets)) or 'SUBNET'}"
        " --query 'Subnets[].[SubnetId,CidrBlock,AvailableIpAddressCount]'",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        # While there are addresses again, or others in the service's subnets, the next task may find one.
        tasks=() if free else tasks_of(said),
    )


def _free(evidence: Evidence) -> bool:
    """Say whether the subnets were read and one has room now."""
    return evidence.network is not None and any(subnet.free_addresses for subnet in evidence.network.subnets)
