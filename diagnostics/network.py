"""The network around a task as frozen values: subnets, routes, endpoints and security groups, and questions to them."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

ANYWHERE = ("0.0.0.0/0", "::/0")
_PROTOCOL_ALL = "-1"


@dataclass(frozen=True, slots=True)
class Subnet:
    """One element of `DescribeSubnets.Subnets`."""

    id: str = ""
    vpc_id: str = ""
    availability_zone: str = ""
    cidr: str = ""
    free_addresses: int | None = None
    """`AvailableIpAddressCount`."""
    map_public_ip: bool | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One element of `RouteTable.Routes`."""

    destination: str = ""
    """A CIDR block, or the id of a prefix list."""
    target: str = ""
    """What it leads to: `igw-…`, `nat-…`, `vpce-…`, `tgw-…`, `pcx-…`, `eni-…`, `local`; "" where none is shown."""
    state: str = ""
    """`active`, or `blackhole` where the target is gone."""


@dataclass(frozen=True, slots=True)
class RouteTable:
    """One element of `DescribeRouteTables.RouteTables`."""

    id: str = ""
    vpc_id: str = ""
    main: bool = False
    """Whether it holds for subnets of the VPC that name no other one."""
    subnet_ids: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()

    @property
    def default(self) -> Route | None:
        """The active route to everywhere (of IPv4 first)."""
        active = (route for route in self.routes if route.state != "blackhole")
        found = sorted((each for each in active if each.destination in ANYWHERE), key=lambda each: each.destination)
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
    """One element of `DescribeVpcEndpoints.VpcEndpoints`."""

    id: str = ""
    vpc_id: str = ""
    service_name: str = ""
    """`com.amazonaws.eu-west-1.ecr.dkr`."""
    type: str = ""
    """`Interface`, `Gateway` or another."""
    state: str = ""
    private_dns: bool | None = None
    subnet_ids: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    route_table_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Permission:
    """One element of a security group's `IpPermissions` or `IpPermissionsEgress`."""

    protocol: str = ""
    """`tcp`, `udp`, `icmp`, a number, or `-1` for all."""
    from_port: int | None = None
    to_port: int | None = None
    cidrs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    prefix_lists: tuple[str, ...] = ()

    def covers(self, port: int, protocol: str = "tcp") -> bool:
        """Say whether it is about that port."""
        if self.protocol == _PROTOCOL_ALL:
            return True
        if self.protocol not in (protocol, {"tcp": "6", "udp": "17"}.get(protocol)):
            return False
        return (self.from_port is None or self.from_port <= port) and (self.to_port is None or port <= self.to_port)

    def names(self, other: str) -> bool:
        """Say whether it admits an address, a CIDR block, the id of a security group or of a prefix list."""
        if other in self.groups or other in self.prefix_lists or other in self.cidrs:
            return True
        try:
            asked = ip_network(other, strict=False)
        except ValueError:  # a group or a list of prefixes, whose members are addresses of any kind
            return any(cidr in ANYWHERE for cidr in self.cidrs)
        return any(_within(asked, cidr) for cidr in self.cidrs)


def _within(asked: IPv4Network | IPv6Network, cidr: str) -> bool:
    try:
        block = ip_network(cidr, strict=False)
    except ValueError:
        return False
    if isinstance(asked, IPv4Network):
        return isinstance(block, IPv4Network) and asked.subnet_of(block)
    return isinstance(block, IPv6Network) and asked.subnet_of(block)


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """One element of `DescribeSecurityGroups.SecurityGroups`."""

    id: str = ""
    name: str = ""
    vpc_id: str = ""
    ingress: tuple[Permission, ...] = ()
    egress: tuple[Permission, ...] = ()

    def admits(self, port: int, source: str) -> bool:
        """Say whether `source` (an address or a security group's id) may come in on a TCP port."""
        return any(each.covers(port) and each.names(source) for each in self.ingress)

    def may_admit(self, port: int, source: str) -> bool:
        """Say whether a rule names the source, or addresses or prefixes, which may be the source's."""
        return any(
            each.covers(port) and (each.names(source) or each.cidrs or each.prefix_lists) for each in self.ingress
        )

    def lets_out(self, port: int, destination: str = ANYWHERE[0]) -> bool:
        """Say whether a task of the group may call a TCP port of `destination`."""
        return any(each.covers(port) and each.names(destination) for each in self.egress)


@dataclass(frozen=True, slots=True)
class Vpc:
    """What `DescribeVpcAttribute` said of one VPC."""

    id: str = ""
    dns_support: bool | None = None
    dns_hostnames: bool | None = None


@dataclass(frozen=True, slots=True)
class NatGateway:
    """One element of `DescribeNatGateways.NatGateways`."""

    id: str = ""
    subnet_id: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Balancer:
    """One element of `DescribeLoadBalancers.LoadBalancers`."""

    arn: str = ""
    type: str = ""
    scheme: str = ""
    security_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """What was read around the tasks. An empty part was not read, or there is none: the evidence's gaps tell which."""

    subnets: tuple[Subnet, ...] = ()
    route_tables: tuple[RouteTable, ...] = ()
    vpc_endpoints: tuple[VpcEndpoint, ...] = ()
    nat_gateways: tuple[NatGateway, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    vpcs: tuple[Vpc, ...] = ()
    load_balancers: tuple[Balancer, ...] = ()

    def subnet(self, subnet_id: str) -> Subnet | None:
        """Return the subnet of that id."""
        return next((subnet for subnet in self.subnets if subnet.id == subnet_id), None)

    def security_group(self, group_id: str) -> SecurityGroup | None:
        """Return the security group of that id."""
        return next((group for group in self.security_groups if group.id == group_id), None)

    def route_table_of(self, subnet_id: str) -> RouteTable | None:
        """Return the route table that holds for a subnet: its own, else the main one of its VPC."""
        own = next((table for table in self.route_tables if subnet_id in table.subnet_ids), None)
        subnet = self.subnet(subnet_id)
        vpc = subnet.vpc_id if subnet else ""
        return own or next((table for table in self.route_tables if table.main and table.vpc_id in ("", vpc)), None)

    def default_route_of(self, subnet_id: str) -> Route | None:
        """Return the active route of a subnet to everywhere; None where there is none, or its table was not read."""
        table = self.route_table_of(subnet_id)
        return table.default if table else None

    def endpoint(self, service: str) -> VpcEndpoint | None:
        """Return the VPC endpoint of a service: `ecr.dkr`, `ecr.api`, `s3`, `secretsmanager`, `ssm`, `logs`."""
        return next((each for each in self.vpc_endpoints if each.service_name.endswith(f".{service}")), None)
