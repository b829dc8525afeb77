"""What a task's network lets through: routes, endpoints, security groups and network ACLs, read from moto's EC2.

https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
"""

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.ecs.acls import calls_out, takes_in
from sandbox.ecs.iam import Document, parse
from sandbox.ecs.model import Interface

HTTPS = 443
_KEPT = 4
"""AWS keeps the first four addresses of a subnet, and the last one."""

Block = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Way:
    """The way to a host: the address that its name resolves to in the task's VPC, and whether a connection is made."""

    address: str
    open: bool


@dataclass(frozen=True)
class Peer:
    """The other end of a connection, as a security group's rules name it."""

    blocks: tuple[Block, ...]
    groups: frozenset[str] = frozenset()
    prefix_lists: frozenset[str] = frozenset()


class Network:
    """The network of one account and region."""

    def __init__(self, account: str, region: str) -> None:
        self._account = account
        self._region = region

    def way(self, interface: Interface, host: str, service: str | None = None) -> Way:
        """Return the way from a task to a host's port 443.

        Args:
            interface: the task's.
            host: its name.
            service: of AWS in this region, as its VPC endpoint names it (`ecr.api`); None for another host.
        """
        endpoint = self._interface_endpoint(interface, service) if service else None
        if endpoint is not None:
            return self._way_to_endpoint(interface, endpoint)
        address = public_address(host)
        peer = Peer((ipaddress.ip_network(address),), prefix_lists=self._prefix_lists(service))
        leads_out = self._gateway_endpoint(interface, service) is not None or self._by_internet(interface, address)
        passes = calls_out(self._ec2(), interface.subnet_id, peer.blocks[0], HTTPS)
        return Way(address, leads_out and passes and self._lets_out(interface, peer))

    def endpoint_policy(self, interface: Interface, service: str) -> Document | None:
        """Return the policy of the endpoint that calls of a service take from a task; None where they take none."""
        endpoint = self._interface_endpoint(interface, service) or self._gateway_endpoint(interface, service)
        return parse(endpoint.policy_document) if endpoint is not None and endpoint.policy_document else None

    def admits(self, group: Any, interface: Interface, port: int) -> bool:
        """Tell whether a load balancer of moto's target group reaches a task's port.

        Without a security group a load balancer of type application has the VPC's default one, another one has none.
        """
        from sandbox.elb import balancers_of

        own = self._groups(interface)
        task = Peer((ipaddress.ip_network(interface.address),), frozenset(each.id for each in own))
        for balancer in balancers_of(group):
            groups = self._balancer_groups(balancer)
            blocks = tuple(ipaddress.ip_network(subnet.cidr_block) for subnet in balancer.subnets)
            source = Peer(blocks, frozenset(each.id for each in groups))
            out = not groups or any(allows(each.egress_rules, port, task) for each in groups)
            if out and any(self._takes(each, port, source) for each in own):
                return any(self._passes(subnet, interface, port) for subnet in balancer.subnets)
        return False

    def _passes(self, subnet: Any, interface: Interface, port: int) -> bool:
        """Tell whether the ACLs between a load balancer's subnet and a task let a connection through."""
        if subnet.id == interface.subnet_id:
            return True
        task, source = ipaddress.ip_network(interface.address), ipaddress.ip_network(subnet.cidr_block)
        ec2 = self._ec2()
        return calls_out(ec2, subnet.id, task, port) and takes_in(ec2, interface.subnet_id, source, port)

    def reaches(self, interface: Interface, address: str, group_ids: list[str], port: int) -> bool:
        """Tell whether a task reaches an address of its own VPC that stands behind security groups.

        Without groups it is the VPC's default one that stands there.
        """
        ec2 = self._ec2()
        found = [group for each in group_ids if (group := ec2.get_security_group_from_id(each))]
        groups = found or [self._default_group(interface.vpc_id)]
        target = Peer((ipaddress.ip_network(address),), frozenset(each.id for each in groups))
        own = self._groups(interface)
        task = Peer((ipaddress.ip_network(interface.address),), frozenset(each.id for each in own))
        out = any(allows(each.egress_rules, port, target) for each in own)
        return out and any(self._takes(each, port, task) for each in groups)

    def zone(self, interface: Interface) -> str:
        """Return the Availability Zone that a task's interface is in."""
        return str(self._ec2().get_subnet(interface.subnet_id).availability_zone)

    # --- endpoints

    def _interface_endpoint(self, interface: Interface, service: str) -> Any | None:
        """Return the endpoint that a service's name resolves to inside a VPC: with private DNS, and DNS in the VPC."""
        ec2 = self._ec2()
        vpc = ec2.vpcs.get(interface.vpc_id)
        if vpc is None or not (_is_on(vpc.enable_dns_support) and _is_on(vpc.enable_dns_hostnames)):
            return None
        for endpoint in ec2.vpc_end_points.values():
            if (
                endpoint.vpc_id == interface.vpc_id
                and endpoint.service_name == f"com.amazonaws.{self._region}.{service}"
                and endpoint.vpc_endpoint_type == "Interface"
                and endpoint.private_dns_enabled
                and endpoint.state == "available"
            ):
                return endpoint
        return None

    def _way_to_endpoint(self, interface: Interface, endpoint: Any) -> Way:
        ec2 = self._ec2()
        # Not the addresses of its interfaces: moto draws them from anywhere, not from the subnets.
        blocks = tuple(ipaddress.ip_network(ec2.get_subnet(each).cidr_block) for each in endpoint.subnet_ids or [])
        groups = [ec2.get_security_group_from_id(each) for each in endpoint.security_group_ids]
        groups = [each for each in groups if each] or [self._default_group(interface.vpc_id)]
        target = Peer(blocks, frozenset(each.id for each in groups))
        task = Peer((ipaddress.ip_network(interface.address),), frozenset(each.id for each in self._groups(interface)))
        taken = any(self._takes(each, HTTPS, task) for each in groups)
        is_open = taken and self._lets_out(interface, target) and self._reaches(interface, endpoint)
        return Way(_address_in(blocks[0], endpoint.id) if blocks else public_address(endpoint.id), is_open)

    def _reaches(self, interface: Interface, endpoint: Any) -> bool:
        """Tell whether the ACLs between a task and one of an endpoint's subnets let a connection through."""
        ec2, task = self._ec2(), ipaddress.ip_network(interface.address)
        for subnet_id in endpoint.subnet_ids or []:
            block = ipaddress.ip_network(ec2.get_subnet(subnet_id).cidr_block)
            there = calls_out(ec2, interface.subnet_id, block, HTTPS) and takes_in(ec2, subnet_id, task, HTTPS)
            if subnet_id == interface.subnet_id or there:
                return True
        return not endpoint.subnet_ids

    def _gateway_endpoint(self, interface: Interface, service: str | None) -> Any | None:
        table = self._route_table(interface.subnet_id, interface.vpc_id)
        for endpoint in self._ec2().vpc_end_points.values():
            if (
                endpoint.vpc_id == interface.vpc_id
                and endpoint.service_name == f"com.amazonaws.{self._region}.{service}"
                and endpoint.vpc_endpoint_type in {None, "Gateway"}
                and table is not None
                and table.id in (endpoint.route_table_ids or [])
            ):
                return endpoint
        return None

    def _prefix_lists(self, service: str | None) -> frozenset[str]:
        name = f"com.amazonaws.{self._region}.{service}"
        lists = self._ec2().managed_prefix_lists.values()
        return frozenset(each.id for each in lists if each.prefix_list_name == name)

    # --- routes

    def _by_internet(self, interface: Interface, address: str) -> bool:
        vpc = self._ec2().vpcs.get(interface.vpc_id)
        route = self._route(interface.subnet_id, interface.vpc_id, address)
        if route is None:
            # moto makes a region's default VPC without the internet gateway and route that AWS makes it with.
            return bool(vpc is not None and vpc.is_default and interface.public)
        if route.nat_gateway is not None:
            return self._nat_works(route.nat_gateway, interface, address)
        if _is_internet_gateway(route):
            return interface.public and self._is_attached(route.gateway, interface.vpc_id)
        # Whatever else a route may lead to (an instance, a peering, a transit gateway) is taken to lead on.
        return any((route.transit_gateway, route.instance, route.interface, route.vpc_pcx, route.gateway))

    def _nat_works(self, gateway: Any, interface: Interface, address: str) -> bool:
        """A NAT gateway leads out where it is there, public, and in a subnet whose own route leads out."""
        nat = self._ec2().nat_gateways.get(gateway.id)
        if nat is None or nat.state != "available" or nat.connectivity_type == "private":
            return False
        ec2, task = self._ec2(), ipaddress.ip_network(interface.address)
        entered = nat.subnet_id == interface.subnet_id or takes_in(ec2, nat.subnet_id, task, HTTPS)
        if not entered or not calls_out(ec2, nat.subnet_id, ipaddress.ip_network(address), HTTPS):
            return False
        route = self._route(nat.subnet_id, nat.vpc_id, address)
        return bool(route and _is_internet_gateway(route) and self._is_attached(route.gateway, nat.vpc_id))

    def _is_attached(self, gateway: Any, vpc_id: str) -> bool:
        known = self._ec2().internet_gateways.get(gateway.id)
        return known is not None and known.vpc is not None and known.vpc.id == vpc_id

    def _route(self, subnet_id: str, vpc_id: str, address: str) -> Any | None:
        """Return the most specific route that is not the VPC's own."""
        table = self._route_table(subnet_id, vpc_id)
        found = [
            (ipaddress.ip_network(route.destination_cidr_block).prefixlen, index, route)
            for index, route in enumerate(table.routes if table else ())
            if not route.local
            and route.destination_cidr_block
            and ipaddress.ip_address(address) in ipaddress.ip_network(route.destination_cidr_block)
        ]
        return max(found, key=lambda entry: entry[:2])[2] if found else None

    def _route_table(self, subnet_id: str, vpc_id: str) -> Any | None:
        tables = [each for each in self._ec2().route_tables.values() if each.vpc_id == vpc_id]
        own = (table for table in tables if any(a.get("SubnetId") == subnet_id for a in table.associations))
        return next(own, None) or next((table for table in tables if table.main_association_id), None)

    # --- security groups

    def _lets_out(self, interface: Interface, peer: Peer) -> bool:
        return any(allows(group.egress_rules, HTTPS, peer) for group in self._groups(interface))

    def _takes(self, group: Any, port: int, peer: Peer) -> bool:
        # moto makes a VPC's default group without AWS's rule that it takes everything from itself.
        from_itself = group.is_default and group.id in peer.groups
        return from_itself or allows(group.ingress_rules, port, peer)

    def _groups(self, interface: Interface) -> list[Any]:
        eni = self._ec2().enis.get(interface.interface_id)
        return list(eni.group_set) if eni is not None else []

    def _balancer_groups(self, balancer: Any) -> list[Any]:
        ec2 = self._ec2()
        found = [ec2.get_security_group_from_id(each) for each in balancer.security_groups or []]
        if found or balancer.type != "application":
            return [each for each in found if each]
        return [self._default_group(balancer.vpc_id)]

    def _default_group(self, vpc_id: str) -> Any:
        return self._ec2().get_default_security_group(vpc_id)

    def _ec2(self) -> Any:
        from moto.ec2.models import ec2_backends

        return ec2_backends[self._account][self._region]


def allows(rules: Iterable[Any], port: int, peer: Peer) -> bool:
    """Tell whether one of moto's rules lets TCP to a port through, from or to a peer."""
    return any(_covers(rule, port) and _names(rule, peer) for rule in rules)


def _covers(rule: Any, port: int) -> bool:
    if rule.ip_protocol == "-1":
        return True
    return rule.ip_protocol == "tcp" and int(rule.from_port) <= port <= int(rule.to_port)


def _names(rule: Any, peer: Peer) -> bool:
    if rule.source_group.get("GroupId") in peer.groups or rule.prefix_list_id in peer.prefix_lists:
        return True
    block = rule.ip_range.get("CidrIp")
    return block is not None and any(ipaddress.ip_network(block, strict=False).overlaps(each) for each in peer.blocks)


def public_address(host: str) -> str:
    """Return the address that a host of the internet has: made up, but always the same, and in a block of Amazon's."""
    _, second, third, fourth = hashlib.sha256(host.encode()).digest()[:4]
    return f"52.{second}.{third}.{fourth}"


def _address_in(block: Block, name: str) -> str:
    """Return an address of a subnet, always the same for a name, and none of those that AWS keeps."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])
    return str(block[_KEPT + number % max(1, block.num_addresses - _KEPT - 1)])


def _is_internet_gateway(route: Any) -> bool:
    return route.gateway is not None and str(route.gateway.id).startswith("igw-")


def _is_on(attribute: Any) -> bool:
    return str(attribute).lower() == "true"
