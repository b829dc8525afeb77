"""`aws:ec2/vpcEndpoint:VpcEndpoint`: of type Gateway in route tables, of type Interface in subnets."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.plain import Ask
from sandbox.provider.resource import Call
from sandbox.provider.resources.vpc import Ec2
from sandbox.provider.schema import Properties, flag, text, texts
from sandbox.provider.tagging import of_ec2
from sandbox.provider.wire import Values

_LISTS: Mapping[str, str] = {
    "routeTableIds": "RouteTableIds",
    "securityGroupIds": "SecurityGroupIds",
    "subnetIds": "SubnetIds",
}


class VpcEndpoint(Ec2):
    """An endpoint; its id is AWS's."""

    type_name = "aws:ec2/vpcEndpoint:VpcEndpoint"
    label = "EC2 VPC Endpoint"
    properties: ClassVar[Properties] = {
        "ipAddressType": text(computed=True),
        "policy": text(json=True, computed=True, member="PolicyDocument"),
        "privateDnsEnabled": flag(computed=True),
        "routeTableIds": texts(computed=True),
        "securityGroupIds": texts(computed=True),
        "serviceName": text(force_new=True),
        "subnetIds": texts(computed=True),
        "vpcEndpointType": text(default="Gateway", force_new=True),
        "vpcId": text(required=True, force_new=True),
    }
    outputs = (
        "arn",
        "cidrBlocks",
        "dnsEntries",
        "networkInterfaceIds",
        "ownerId",
        "prefixListId",
        "requesterManaged",
        "state",
    )
    arn = "arn:aws:ec2:{region}:{account}:vpc-endpoint/{id}"
    creates, identity = "create_vpc_endpoint", "VpcEndpoint.VpcEndpointId"
    reads = Ask("describe_vpc_endpoints", lambda call: {"VpcEndpointIds": [call.id]}, "VpcEndpoints.0")
    deletes = Ask("delete_vpc_endpoints", lambda call: {"VpcEndpointIds": [call.id]})
    gone = frozenset({"InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"})
    ready = ("State", "available")
    tagging = of_ec2("vpc-endpoint")

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """A gateway endpoint is reached by the prefix list of its service."""
        list_id, blocks = "", list[str]()
        if found.get("VpcEndpointType", "Gateway") == "Gateway":
            named = [{"Name": "prefix-list-name", "Values": [found["ServiceName"]]}]
            lists = self.client(call).describe_prefix_lists(Filters=named)["PrefixLists"]
            if lists:
                list_id, blocks = lists[0]["PrefixListId"], lists[0].get("Cidrs") or []
        return {
            "cidrBlocks": blocks,
            "dnsEntries": [
                {"dnsName": entry.get("DnsName", ""), "hostedZoneId": entry.get("HostedZoneId", "")}
                for entry in found.get("DnsEntries") or []
            ],
            "networkInterfaceIds": found.get("NetworkInterfaceIds") or [],
            "ownerId": found.get("OwnerId") or "",
            "prefixListId": list_id,
            "requesterManaged": bool(found.get("RequesterManaged")),
            "securityGroupIds": [group["GroupId"] for group in found.get("Groups") or []],
        }

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return it, unless it is deleted."""
        found = super().find(call)
        return None if found is None or str(found.get("State")).lower() == "deleted" else found

    def update(self, call: Call) -> None:
        """Add and remove members of its lists; change policy, names and address type."""
        request: dict[str, Any] = {}
        for key, member in _LISTS.items():
            if key in call.changed:
                wanted, had = set(call.inputs.get(key) or []), set(call.state.get(key) or [])
                request |= {f"Add{member}": sorted(wanted - had), f"Remove{member}": sorted(had - wanted)}
        if "policy" in call.changed:
            policy = call.inputs.get("policy")
            request |= {"PolicyDocument": policy} if policy else {"ResetPolicy": True}
        for key in call.changed & {"privateDnsEnabled", "ipAddressType"}:
            request[key[0].upper() + key[1:]] = call.inputs[key]
        self.client(call).modify_vpc_endpoint(
            VpcEndpointId=call.id, **{key: value for key, value in request.items() if value not in (None, [])}
        )
