"""The network's ways: `aws:ec2/eip:Eip`, `NatGateway`, `RouteTable`, `Route` and `RouteTableAssociation`."""

import zlib
from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.errors import code
from sandbox.provider.plain import Ask
from sandbox.provider.resource import Call
from sandbox.provider.resources.vpc import Ec2
from sandbox.provider.schema import Problem, Properties, Property, blocks, text
from sandbox.provider.tagging import of_ec2
from sandbox.provider.waiting import retry
from sandbox.provider.wire import Values

_NEW: Mapping[str, Any] = {"force_new": True}
_ROUTE_TIMEOUT = 5 * 60
_DESTINATIONS: Mapping[str, str] = {
    "destinationCidrBlock": "DestinationCidrBlock",
    "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}
_INLINE_DESTINATIONS: Mapping[str, str] = {
    "cidrBlock": "DestinationCidrBlock",
    "ipv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}
_WAYS: Mapping[str, str] = {
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "gatewayId": "GatewayId",
    "natGatewayId": "NatGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
    "transitGatewayId": "TransitGatewayId",
    "vpcEndpointId": "VpcEndpointId",
    "vpcPeeringConnectionId": "VpcPeeringConnectionId",
}


class Eip(Ec2):
    """An Elastic IP address; its id is the allocation's."""

    type_name = "aws:ec2/eip:Eip"
    label = "EC2 EIP"
    properties: ClassVar[Properties] = {
        "address": text(**_NEW),
        "customerOwnedIpv4Pool": text(**_NEW),
        "domain": text(computed=True, **_NEW),
        "networkBorderGroup": text(computed=True, **_NEW),
        "publicIpv4Pool": text(computed=True, **_NEW),
    }
    outputs = ("allocationId", "arn", "publicDns", "publicIp")
    arn = "arn:aws:ec2:{region}:{account}:elastic-ip/{id}"
    creates, identity = "allocate_address", "AllocationId"
    reads = Ask("describe_addresses", lambda call: {"AllocationIds": [call.id]}, "Addresses.0")
    deletes = Ask("release_address", lambda call: {"AllocationId": call.id})
    gone = frozenset({"InvalidAllocationID.NotFound", "InvalidAddressID.NotFound", "InvalidAddress.NotFound"})
    busy = frozenset({"InvalidIPAddress.InUse", "AuthFailure"})
    tagging = of_ec2("elastic-ip")

    def request(self, call: Call) -> dict[str, Any]:
        """An address is one for VPCs; there are no others since 2022."""
        return {"Domain": "vpc", **super().request(call)}

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """The public name is made of the address; `address` only asks for one."""
        numbers = str(found.get("PublicIp", "")).replace(".", "-")
        wanted = call.inputs.get("address") or call.state.get("address")
        place = "compute-1" if call.region == "us-east-1" else f"{call.region}.compute"
        return {"address": wanted, "publicDns": f"ec2-{numbers}.{place}.amazonaws.com"}


class NatGateway(Ec2):
    """A NAT gateway; its id is AWS's."""

    type_name = "aws:ec2/natGateway:NatGateway"
    label = "EC2 NAT Gateway"
    properties: ClassVar[Properties] = {
        "allocationId": text(**_NEW),
        "connectivityType": text(default="public", **_NEW),
        "privateIp": text(computed=True, member="PrivateIpAddress", **_NEW),
        "subnetId": text(computed=True, **_NEW),
    }
    outputs = ("associationId", "networkInterfaceId", "publicIp")
    creates, identity = "create_nat_gateway", "NatGateway.NatGatewayId"
    reads = Ask("describe_nat_gateways", lambda call: {"NatGatewayIds": [call.id]}, "NatGateways.0")
    deletes = Ask("delete_nat_gateway", lambda call: {"NatGatewayId": call.id})
    gone = frozenset({"NatGatewayNotFound"})
    ready = ("State", "available")
    tagging = of_ec2("natgateway")

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return it, unless it is deleted: EC2 shows it for an hour more."""
        found = super().find(call)
        return None if found is None or found.get("State") == "deleted" else found

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Its addresses: a public gateway's allocation and association, a private one's own."""
        del call
        address = (found.get("NatGatewayAddresses") or [{}])[0]
        return {
            "allocationId": address.get("AllocationId"),
            "associationId": address.get("AssociationId") or "",
            "networkInterfaceId": address.get("NetworkInterfaceId") or "",
            "privateIp": address.get("PrivateIp"),
            "publicIp": address.get("PublicIp") or "",
        }

    def delete(self, call: Call) -> None:
        """Delete it and wait until it is: what it stands in cannot be deleted earlier."""
        super().delete(call)
        self.wait_until_gone(call)


_ROUTE: Mapping[str, Property] = {key: text() for key in (*_INLINE_DESTINATIONS, *_WAYS)}


class RouteTable(Ec2):
    """A route table; its id is AWS's. Routes that it does not name itself are others' as long as it names none."""

    type_name = "aws:ec2/routeTable:RouteTable"
    label = "EC2 Route Table"
    properties: ClassVar[Properties] = {
        "routes": blocks(_ROUTE, computed=True),
        "vpcId": text(required=True, **_NEW),
    }
    outputs = ("arn", "ownerId")
    arn = "arn:aws:ec2:{region}:{account}:route-table/{id}"
    creates, identity = "create_route_table", "RouteTable.RouteTableId"
    reads = Ask("describe_route_tables", lambda call: {"RouteTableIds": [call.id]}, "RouteTables.0")
    deletes = Ask("delete_route_table", lambda call: {"RouteTableId": call.id})
    gone = frozenset({"InvalidRouteTableID.NotFound"})
    busy = frozenset({"DependencyViolation"})
    tagging = of_ec2("route-table")

    def request(self, call: Call) -> dict[str, Any]:
        """Routes are put by calls of their own."""
        return {"VpcId": call.inputs["vpcId"]}

    def settle(self, call: Call) -> None:
        """Put the routes."""
        for route in call.inputs.get("routes") or []:
            self.client(call).create_route(RouteTableId=call.id, **_way(route, _INLINE_DESTINATIONS))

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Routes that AWS made itself are not shown."""
        del call
        return {"ownerId": found.get("OwnerId") or "", "routes": _routes(found)}

    def update(self, call: Call) -> None:
        """Take away and put the routes that differ."""
        ec2 = self.client(call)
        live, wanted = _routes(self.find(call) or {}), _wanted(call.inputs.get("routes"))
        for route in (each for each in live if each not in wanted):
            target = {member: route[key] for key, member in _INLINE_DESTINATIONS.items() if route.get(key)}
            ec2.delete_route(RouteTableId=call.id, **target)
        for route in (each for each in wanted if each not in live):
            ec2.create_route(RouteTableId=call.id, **_way(route, _INLINE_DESTINATIONS))


class Route(Ec2):
    """A route; its id is `r-TABLE` and a checksum of the destination (`routeCreateID` of the real provider)."""

    type_name = "aws:ec2/route:Route"
    label = "Route"
    taggable = False
    properties: ClassVar[Properties] = {
        **{key: text(**_NEW) for key in _DESTINATIONS},
        **{key: text(member=member) for key, member in _WAYS.items()},
        "routeTableId": text(required=True, **_NEW),
    }
    outputs = ("origin", "state")
    creates = "create_route"
    reads = Ask(
        "describe_route_tables", lambda call: {"RouteTableIds": [_place(call)["routeTableId"]]}, "RouteTables.0"
    )
    deletes = Ask("delete_route", lambda call: {"RouteTableId": call.state["routeTableId"], **_destination(call.state)})
    gone = frozenset({"InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"})

    def verify(self, inputs: Values) -> list[Problem]:
        """A route has one destination and one way."""
        return [
            Problem(next(iter(keys)), f'"{next(iter(keys))}": one of `{",".join(keys)}` must be specified')
            for keys in (_DESTINATIONS, _WAYS)
            if sum(inputs.get(key) is not None for key in keys) != 1
        ]

    def create(self, call: Call) -> str:
        """Put the route; a gateway or table that was just made may not be known yet."""
        inputs = call.inputs
        request = {"RouteTableId": inputs["routeTableId"], **_destination(inputs), **_way(inputs, {})}
        retry(
            lambda: self.client(call).create_route(**request),
            lambda error: code(error) in ("InvalidParameterException", "InvalidTransitGatewayID.NotFound"),
            call.connection.pace,
            _ROUTE_TIMEOUT,
        )
        destination = next(iter(_destination(inputs).values()))
        return f"r-{inputs['routeTableId']}{zlib.crc32(destination.encode())}"

    def what(self, call: Call) -> str:
        """Errors name the table and the destination."""
        destination = next(iter(_destination(call.inputs).values()))
        return f"Route in Route Table ({call.inputs['routeTableId']}) with destination ({destination})"

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return the route of this destination that was put by a call."""
        wanted = _destination(_place(call)).items()
        for route in (super().find(call) or {}).get("Routes") or []:
            if wanted <= route.items() and route.get("GatewayId") != "local":
                return dict(route)
        return None

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """It is in its table; a gateway endpoint of a VPC is a gateway to EC2."""
        gateway = found.get("GatewayId")
        endpoint = {"gatewayId": None, "vpcEndpointId": gateway} if str(gateway).startswith("vpce-") else {}
        return {"routeTableId": _place(call)["routeTableId"], **endpoint}

    def update(self, call: Call) -> None:
        """Lead it another way."""
        inputs = call.inputs
        request = {"RouteTableId": inputs["routeTableId"], **_destination(inputs), **_way(inputs, {})}
        self.client(call).replace_route(**request)


class RouteTableAssociation(Ec2):
    """What makes a route table a subnet's; its id is the association's."""

    type_name = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    label = "Route Table Association"
    taggable = False
    properties: ClassVar[Properties] = {
        "gatewayId": text(**_NEW),
        "routeTableId": text(required=True),
        "subnetId": text(**_NEW),
    }
    creates, identity = "associate_route_table", "AssociationId"
    gone = frozenset({"InvalidAssociationID.NotFound", "InvalidRouteTableID.NotFound"})

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return the association: that of the id, or of the subnet once the table was replaced."""
        subnet = call.inputs.get("subnetId") or call.state.get("subnetId")
        for page in self.client(call).get_paginator("describe_route_tables").paginate():
            for table in page["RouteTables"]:
                for one in table.get("Associations") or []:
                    if one["RouteTableAssociationId"] == call.id or (subnet and one.get("SubnetId") == subnet):
                        return dict(one)
        return None

    def update(self, call: Call) -> None:
        """Give the subnet another table. AWS makes a new association of it."""
        found = self.find(call) or {}
        self.client(call).replace_route_table_association(
            AssociationId=found.get("RouteTableAssociationId", call.id), RouteTableId=call.inputs["routeTableId"]
        )

    def delete(self, call: Call) -> None:
        """Take the table away from the subnet."""
        if found := self.find(call):
            try:
                self.client(call).disassociate_route_table(AssociationId=found["RouteTableAssociationId"])
            except ClientError as error:
                if code(error) not in self.gone:
                    raise


def _place(call: Call) -> Values:
    """Return table and destination: the program's, the state's, or those of an import's `TABLE_DESTINATION`."""
    if known := call.inputs or (call.state if call.state.get("routeTableId") else {}):
        return known
    table, _, destination = call.id.partition("_")
    kind = "destinationPrefixListId" if destination.startswith("pl-") else "destinationCidrBlock"
    return {"routeTableId": table, "destinationIpv6CidrBlock" if ":" in destination else kind: destination}


def _destination(values: Values) -> dict[str, str]:
    return {member: values[key] for key, member in _DESTINATIONS.items() if values.get(key)}


def _way(values: Values, destinations: Mapping[str, str]) -> dict[str, str]:
    return {member: values[key] for key, member in {**destinations, **_WAYS}.items() if values.get(key)}


def _routes(table: Mapping[str, Any]) -> list[Values]:
    """Return a table's routes as properties, without AWS's own and those of endpoints."""
    names = {**_INLINE_DESTINATIONS, **_WAYS}
    return [
        {key: route[member] for key, member in names.items() if route.get(member)}
        for route in table.get("Routes") or []
        if route.get("GatewayId") != "local" and not str(route.get("GatewayId", "")).startswith("vpce-")
    ]


def _wanted(routes: list[Values] | None) -> list[Values]:
    return [{key: value for key, value in route.items() if value} for route in routes or []]
