"""The tasks reach what they start from: the registry, the log group's service, the secret stores.

A task on Fargate pulls its image, reads its secrets and opens its log stream from its own subnet and security group. It
needs a route out (a NAT gateway, or an internet gateway and a public address), or a VPC endpoint of each service.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from automation.preflight.model import Finding, not_done, refused
from automation.preflight.networking import Placed, read_network, settings, tasks_groups
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from automation.preflight.values import maps, text
from diagnostics.names import ecr_image
from diagnostics.network import Network
from diagnostics.way_out import HTTPS, Obstacle, obstacles

ID = "way-out"
TITLE = "the tasks reach the registry, their logs and their secrets"
READS = (
    "`DescribeSubnets`, `DescribeRouteTables`, `DescribeNatGateways`, `DescribeVpcEndpoints`, `DescribeVpcAttribute`,"
    " `DescribeSecurityGroups`; the planned security group rules and task definition"
)
FIX = "route the subnets to a NAT gateway or make the VPC endpoints, and let the tasks out on port 443"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Follow the way from each subnet to each service that the tasks start from."""
    if not subject.fargate:
        return
    placed = settings(subject)
    if not placed.subnets:
        yield not_done(f"the {' and '.join(placed.hidden) or 'subnets'} are not known before the update")
        return
    network, refusals = read_network(subject, reads, placed)
    if refusals:
        yield not_done("a part of the network could not be read", evidence=refusals)
    if not network.subnets:
        if not refusals:
            yield _no_subnets(placed)
        return
    if isinstance(subject.containers, Hidden):
        yield not_done(f"the containers are {subject.containers.value}")
        return
    yield from _findings(subject, network, placed)


def _no_subnets(placed: Placed) -> Finding:
    return refused(
        f"the subnets {', '.join(f'`{each}`' for each in placed.subnets)} do not exist",
        "name subnets that do:\naws ec2 describe-subnets --query 'Subnets[].SubnetId'",
        why="a task gets its address from one of the service's subnets",
    )


def _findings(subject: Subject, network: Network, placed: Placed) -> Iterator[Finding]:
    said: set[Obstacle] = set()
    for service, needs in _services(subject).items():
        for each in obstacles(network, placed, service):
            if each not in said:
                said.add(each)
                yield refused(each.what, each.fix, why=f"the tasks cannot {needs}, and do not start")
    made = tasks_groups(subject, network, placed) if placed.hidden else ()
    if made and not any(rule.covers(HTTPS) for group in made for rule in group.egress):
        yield refused(
            "no rule of the tasks' security group lets them out on port 443",
            "add an egress rule for TCP 443 to it",
            why="the tasks cannot pull their image, and do not start",
        )


def _services(subject: Subject) -> dict[str | None, str]:
    """Return what the tasks have to reach in this region, as its VPC endpoint is called, and what for.

    None stands for a host that is no service of AWS.
    """
    found: dict[str | None, str] = {}
    assert not isinstance(subject.containers, Hidden)  # noqa: S101 - asked before
    for container in subject.containers:
        place = ecr_image(text(container.get("image")))
        if place is None:
            found[None] = "pull their image"
        elif subject.region is None or place.region == subject.region:
            found |= dict.fromkeys(("ecr.api", "ecr.dkr", "s3"), "pull their image")
        for _, value_from in _secrets(container):
            store = "secretsmanager" if ":secretsmanager:" in value_from else "ssm"
            found.setdefault(store, "read their secrets")
        if _logs_here(subject, container):
            found.setdefault("logs", "open their log streams")
    return found


def _secrets(container: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    logging = container.get("logConfiguration")
    options = logging.get("secretOptions") if isinstance(logging, Mapping) else None
    for each in (*maps(container.get("secrets")), *maps(options)):
        yield text(each.get("name")), text(each.get("valueFrom"))


def _logs_here(subject: Subject, container: Mapping[str, Any]) -> bool:
    logging = container.get("logConfiguration")
    if not isinstance(logging, Mapping) or logging.get("logDriver") != "awslogs":
        return False
    options = logging.get("options")
    region = text(options.get("awslogs-region")) if isinstance(options, Mapping) else ""
    return not region or subject.region is None or region == subject.region
