"""Network ACLs of subnets, read from moto's EC2: they keep no state, so the way back has to be open as well.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html. Traffic within a subnet passes none. A client's
own ports are taken to be those of Linux, from 32768 to 60999: both ends have to be let through.
"""

import ipaddress
from typing import Any

_TCP, _ANY = "6", "-1"
_CLIENT_PORTS = (32768, 60999)

Block = ipaddress.IPv4Network | ipaddress.IPv6Network


def calls_out(ec2: Any, subnet_id: str, peer: Block, port: int) -> bool:
    """Tell whether a subnet's ACL lets a connection to a peer's port out, and its answers in."""
    return _passes(ec2, subnet_id, peer, port, egress=True) and all(
        _passes(ec2, subnet_id, peer, each, egress=False) for each in _CLIENT_PORTS
    )


def takes_in(ec2: Any, subnet_id: str, peer: Block, port: int) -> bool:
    """Tell whether a subnet's ACL lets a connection of a peer to a port in, and its answers out."""
    return _passes(ec2, subnet_id, peer, port, egress=False) and all(
        _passes(ec2, subnet_id, peer, each, egress=True) for each in _CLIENT_PORTS
    )


def _passes(ec2: Any, subnet_id: str, peer: Block, port: int, *, egress: bool) -> bool:
    """The first entry that covers the traffic decides, by number; what none covers is denied."""
    acl = _acl(ec2, subnet_id)
    if acl is None:
        return True
    entries = [each for each in acl.network_acl_entries if _is(each.egress) == egress and each.cidr_block]
    for entry in sorted(entries, key=lambda each: int(each.rule_number)):
        if _covers(entry, peer, port):
            return str(entry.rule_action) == "allow"
    return False


def _covers(entry: Any, peer: Block, port: int) -> bool:
    block = ipaddress.ip_network(entry.cidr_block, strict=False)
    if block.version != peer.version or not peer.subnet_of(block):  # type: ignore[arg-type]  # of one version, by now
        return False
    if str(entry.protocol) == _ANY:
        return True
    ports = entry.port_range_from, entry.port_range_to
    return str(entry.protocol) == _TCP and (None in ports or int(ports[0]) <= port <= int(ports[1]))


def _acl(ec2: Any, subnet_id: str) -> Any | None:
    every = ec2.network_acls.values()
    return next((acl for acl in every if any(each.subnet_id == subnet_id for each in acl.associations)), None)


def _is(value: Any) -> bool:
    return str(value).lower() == "true"
