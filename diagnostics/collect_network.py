"""Reads the network around a service's tasks as the document's `network`; what cannot be read is a gap each."""

from collections.abc import Callable, Iterable, Sequence

from diagnostics.reads import Gaps, ReadError, Shape, SurroundingReads


def collect_network(
    reads: SurroundingReads, subnets: Sequence[str], groups: Sequence[str], balancers: Sequence[str], gaps: Gaps
) -> Shape:
    """Return subnets, routes, gateways, endpoints, load balancers and security groups, and the VPC's DNS settings.

    Args:
        reads: EC2 and Elastic Load Balancing.
        subnets: ids, of the service's network configuration.
        groups: ids of its security groups.
        balancers: ARNs of the load balancers in front of its target groups.
        gaps: takes what could not be read.
    """
    network: Shape = {}

    def ec2(key: str, operation: str, answer: str, **filters: Sequence[str]) -> list[Shape]:
        named = {name.replace("_", "-"): values for name, values in filters.items()}
        return _read(gaps, key.replace("_", " "), lambda: reads.describe_ec2(operation, answer, named))

    network["subnets"] = ec2("subnets", "describe_subnets", "Subnets", subnet_id=subnets)
    vpcs = sorted({each["VpcId"] for each in network["subnets"] if each.get("VpcId")})
    if vpcs:
        tables = ec2("route_tables", "describe_route_tables", "RouteTables", vpc_id=vpcs)
        network["route_tables"] = [each for each in tables if _holds_for(each, subnets)]
        network["vpc_endpoints"] = ec2("vpc_endpoints", "describe_vpc_endpoints", "VpcEndpoints", vpc_id=vpcs)
        network["vpcs"] = _read(
            gaps, "DNS attributes of the VPC", lambda: [reads.describe_vpc_dns(vpc) for vpc in vpcs]
        )
    routes = [route for table in network.get("route_tables", []) for route in table.get("Routes", [])]
    if gateways := _distinct(route.get("NatGatewayId") for route in routes):
        network["nat_gateways"] = ec2("nat_gateways", "describe_nat_gateways", "NatGateways", nat_gateway_id=gateways)
    if balancers:
        network["load_balancers"] = _read(gaps, "load balancers", lambda: reads.describe_load_balancers(balancers))
    others = [group for each in network.get("load_balancers", []) for group in each.get("SecurityGroups", [])]
    others += [group["GroupId"] for each in network.get("vpc_endpoints", []) for group in each.get("Groups", [])]
    if wanted := _distinct([*groups, *others]):
        network["security_groups"] = ec2(
            "security_groups", "describe_security_groups", "SecurityGroups", group_id=wanted
        )
    return network


def _read(gaps: Gaps, what: str, call: Callable[[], list[Shape]]) -> list[Shape]:
    try:
        return call()
    except ReadError as refused:
        gaps.append((what, refused.answer))
        return []


def _holds_for(table: Shape, subnets: Sequence[str]) -> bool:
    """Say whether a route table is that of one of the subnets, or the main one of the VPC."""
    associations = table.get("Associations", [])
    return any(each.get("Main") or each.get("SubnetId") in subnets for each in associations)


def _distinct(names: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))
