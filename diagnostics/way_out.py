"""Why a task cannot reach an endpoint: what its subnets' routes, VPC endpoints and security groups leave open."""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.evidence import Evidence, Network, VpcConfiguration
from diagnostics.names import pasted, quoted
from diagnostics.network import Route, VpcEndpoint

HTTPS = 443
_GONE = {"failed", "deleting", "deleted"}
"""States of a NAT gateway that passes nothing on: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html"""


@dataclass(frozen=True)
class Obstacle:
    """One thing that keeps the tasks from an endpoint."""

    what: str
    fix: str


def obstacle(evidence: Evidence, service: str) -> Obstacle | None:
    """Return what stands between the tasks and a service of AWS, as far as the network was read.

    Args:
        evidence: one look.
        service: the end of the VPC endpoint's name: `ecr.api`, `ecr.dkr`, `secretsmanager`, `ssm`, `logs`, `s3`.

    Returns:
        None where nothing is seen to stand in the way, or the network was not read.
    """
    network, settings = evidence.network, evidence.service.network if evidence.service else VpcConfiguration()
    if network is None:
        return None
    return next(obstacles(network, settings, service), None)


def obstacles(network: Network, settings: VpcConfiguration, service: str | None) -> Iterator[Obstacle]:
    """Yield all that stands between tasks of these settings and a service of AWS; None: another host in the internet.

    See `obstacle`.
    """
    yield from _shut_in(network, settings)
    endpoint = network.endpoint(service) if service else None
    if endpoint is not None and endpoint.type == "Interface" and endpoint.private_dns is False:
        endpoint = None  # the service's own name does not lead to it
    if endpoint is not None and endpoint.type == "Interface":
        yield from _guarded(network, settings, endpoint)
        return
    for subnet_id in settings.subnets:
        table = network.route_table_of(subnet_id)
        if table is None or (endpoint is not None and table.id in (endpoint.route_table_ids or (table.id,))):
            continue
        yield from _of_route(network, settings, subnet_id, table.default, service)


def _shut_in(network: Network, settings: VpcConfiguration) -> Iterator[Obstacle]:
    groups = [group for each in settings.security_groups if (group := network.security_group(each))]
    out = any(rule.covers(HTTPS) for group in groups for rule in group.egress)
    if groups and len(groups) == len(settings.security_groups) and not out:
        shut = ", ".join(quoted(group.id) for group in groups)
        yield Obstacle(
            f"no rule of the security group {shut} lets the tasks out on port 443",
            f"add an egress rule for TCP 443:\naws ec2 authorize-security-group-egress --group-id "
            f"{pasted(groups[0].id)}"
            " --ip-permissions IpProtocol=tcp,FromPort=443,ToPort=443,IpRanges=[{CidrIp=0.0.0.0/0}]",
        )


def _guarded(network: Network, settings: VpcConfiguration, endpoint: VpcEndpoint) -> Iterator[Obstacle]:
    guards = [group for each in endpoint.security_groups if (group := network.security_group(each))]
    sources = [*settings.security_groups, *(subnet.cidr for subnet in network.subnets if subnet.cidr)]
    if guards and sources and not any(guard.admits(HTTPS, source) for guard in guards for source in sources):
        yield Obstacle(
            f"the security group {quoted(guards[0].id)} of the VPC endpoint {quoted(endpoint.id)} does not "
            "admit the tasks on port 443",
            "let it admit TCP 443 from the tasks' security group:\naws ec2 authorize-security-group-ingress"
            f" --group-id {pasted(guards[0].id)} --protocol tcp --port 443"
            f" --source-group {pasted(next(iter(settings.security_groups), 'TASK_GROUP'))}",
        )


def _of_route(
    network: Network, settings: VpcConfiguration, subnet_id: str, route: Route | None, service: str | None
) -> Iterator[Obstacle]:
    gateway = next((each for each in network.nat_gateways if route and each.id == route.target), None)
    if route is None:
        yield Obstacle(
            f"the subnet {quoted(subnet_id)} has no route out"
            + (f" and no VPC endpoint for `{service}`" if service else ""),
            "route the subnet to a NAT gateway"
            + (f", or make a VPC endpoint for `{service}` in it" if service else ""),
        )
    elif gateway is not None and gateway.state in _GONE:
        yield Obstacle(
            f"the NAT gateway {quoted(gateway.id)} of the subnet {quoted(subnet_id)} is {gateway.state}",
            "make a NAT gateway that is available, and route the subnet to it",
        )
    elif route.target.startswith("igw-") and settings.assign_public_ip == "DISABLED":
        yield Obstacle(
            f"the subnet {quoted(subnet_id)} leads to an internet gateway, and the tasks have no public address",
            "use private subnets with a NAT gateway or VPC endpoints, or set `assignPublicIp` to `ENABLED`",
        )
