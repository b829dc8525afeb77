"""The network's ground: `aws:ec2/vpc:Vpc`, `Subnet`, `InternetGateway` and `FlowLog`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.errors import OperationError
from sandbox.provider.plain import Ask, Plain, Step
from sandbox.provider.resource import Call
from sandbox.provider.schema import Properties, block, flag, text, whole
from sandbox.provider.tagging import of_ec2
from sandbox.provider.wire import Values

_NEW: Mapping[str, Any] = {"force_new": True}
_VPC_ATTRIBUTES = ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")


def _switch(operation: str, target: str, key: str) -> Step:
    """Return the step that turns an attribute of a VPC or subnet on or off: one attribute a call."""
    member = key[0].upper() + key[1:]
    return Step((key,), Ask(operation, lambda call: {target: call.id, member: {"Value": bool(call.inputs.get(key))}}))


class Ec2(Plain):
    """A type of EC2's; errors of its creation name no resource, as it has no name."""

    service = "ec2"
    service_id = "EC2"

    def what(self, call: Call) -> str:
        """Errors name the type alone."""
        del call
        return self.label


class Vpc(Ec2):
    """A VPC; its id is AWS's."""

    type_name = "aws:ec2/vpc:Vpc"
    label = "EC2 VPC"
    properties: ClassVar[Properties] = {
        "cidrBlock": text(computed=True, force_new=True),
        "enableDnsHostnames": flag(computed=True),
        "enableDnsSupport": flag(default=True),
        "enableNetworkAddressUsageMetrics": flag(computed=True),
        "instanceTenancy": text(default="default", force_new=True),
    }
    outputs = (
        "arn",
        "defaultNetworkAclId",
        "defaultRouteTableId",
        "defaultSecurityGroupId",
        "dhcpOptionsId",
        "mainRouteTableId",
        "ownerId",
    )
    arn = "arn:aws:ec2:{region}:{account}:vpc/{id}"
    creates, identity = "create_vpc", "Vpc.VpcId"
    reads = Ask("describe_vpcs", lambda call: {"VpcIds": [call.id]}, "Vpcs.0")
    steps = tuple(_switch("modify_vpc_attribute", "VpcId", key) for key in _VPC_ATTRIBUTES)
    deletes = Ask("delete_vpc", lambda call: {"VpcId": call.id})
    gone = frozenset({"InvalidVpcID.NotFound"})
    busy = frozenset({"DependencyViolation"})
    tagging = of_ec2("vpc")

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Attributes and the parts that AWS makes with a VPC are asked for one by one."""
        ec2 = self.client(call)
        in_vpc = [{"Name": "vpc-id", "Values": [call.id]}]
        tables = ec2.describe_route_tables(Filters=[*in_vpc, {"Name": "association.main", "Values": ["true"]}])
        groups = ec2.describe_security_groups(Filters=[*in_vpc, {"Name": "group-name", "Values": ["default"]}])
        acls = ec2.describe_network_acls(Filters=[*in_vpc, {"Name": "default", "Values": ["true"]}])
        main = tables["RouteTables"][0]["RouteTableId"] if tables["RouteTables"] else ""
        return {
            **{
                key: bool(ec2.describe_vpc_attribute(VpcId=call.id, Attribute=key)[key[0].upper() + key[1:]]["Value"])
                for key in _VPC_ATTRIBUTES
            },
            "dhcpOptionsId": found.get("DhcpOptionsId") or "default",
            "mainRouteTableId": main,
            "defaultRouteTableId": main,
            "defaultSecurityGroupId": groups["SecurityGroups"][0]["GroupId"] if groups["SecurityGroups"] else "",
            "defaultNetworkAclId": acls["NetworkAcls"][0]["NetworkAclId"] if acls["NetworkAcls"] else "",
        }


class Subnet(Ec2):
    """A subnet; its id is AWS's."""

    type_name = "aws:ec2/subnet:Subnet"
    label = "EC2 Subnet"
    properties: ClassVar[Properties] = {
        "assignIpv6AddressOnCreation": flag(default=False),
        "availabilityZone": text(computed=True, force_new=True),
        "availabilityZoneId": text(computed=True, force_new=True),
        "cidrBlock": text(force_new=True),
        "mapPublicIpOnLaunch": flag(default=False),
        "vpcId": text(required=True, force_new=True),
    }
    outputs = ("arn", "ownerId")
    arn = "arn:aws:ec2:{region}:{account}:subnet/{id}"
    creates, identity = "create_subnet", "Subnet.SubnetId"
    reads = Ask("describe_subnets", lambda call: {"SubnetIds": [call.id]}, "Subnets.0")
    steps = tuple(
        _switch("modify_subnet_attribute", "SubnetId", key)
        for key in ("mapPublicIpOnLaunch", "assignIpv6AddressOnCreation")
    )
    deletes = Ask("delete_subnet", lambda call: {"SubnetId": call.id})
    gone = frozenset({"InvalidSubnetID.NotFound"})
    busy = frozenset({"DependencyViolation"})
    tagging = of_ec2("subnet")


class InternetGateway(Ec2):
    """An internet gateway; its id is AWS's. Attaching it to a VPC is an operation of its own."""

    type_name = "aws:ec2/internetGateway:InternetGateway"
    label = "EC2 Internet Gateway"
    properties: ClassVar[Properties] = {"vpcId": text(computed=True)}
    outputs = ("arn", "ownerId")
    arn = "arn:aws:ec2:{region}:{account}:internet-gateway/{id}"
    creates, identity = "create_internet_gateway", "InternetGateway.InternetGatewayId"
    reads = Ask("describe_internet_gateways", lambda call: {"InternetGatewayIds": [call.id]}, "InternetGateways.0")
    deletes = Ask("delete_internet_gateway", lambda call: {"InternetGatewayId": call.id})
    gone = frozenset({"InvalidInternetGatewayID.NotFound"})
    busy = frozenset({"DependencyViolation"})
    tagging = of_ec2("internet-gateway")

    def request(self, call: Call) -> dict[str, Any]:
        """It is made alone."""
        del call
        return {}

    def settle(self, call: Call) -> None:
        """Attach it."""
        if vpc := call.inputs.get("vpcId"):
            self.client(call).attach_internet_gateway(InternetGatewayId=call.id, VpcId=vpc)

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Its VPC is that of its attachment."""
        del call
        attached = found.get("Attachments") or []
        return {"vpcId": attached[0]["VpcId"] if attached else None}

    def update(self, call: Call) -> None:
        """Move it to another VPC."""
        self._detach(call)
        self.settle(call)

    def delete(self, call: Call) -> None:
        """Detach and delete it."""
        self._detach(call)
        super().delete(call)

    def _detach(self, call: Call) -> None:
        found = self.find(call) or {}
        for attachment in found.get("Attachments") or []:
            self.client(call).detach_internet_gateway(InternetGatewayId=call.id, VpcId=attachment["VpcId"])


class FlowLog(Ec2):
    """A flow log of a VPC, a subnet or an interface; its id is AWS's. Everything but tags replaces it."""

    type_name = "aws:ec2/flowLog:FlowLog"
    label = "Flow Log"
    properties: ClassVar[Properties] = {
        "deliverCrossAccountRole": text(**_NEW),
        "destinationOptions": block(
            {
                "fileFormat": text(default="plain-text"),
                "hiveCompatiblePartitions": flag(default=False),
                "perHourPartition": flag(default=False),
            },
            **_NEW,
        ),
        "eniId": text(**_NEW),
        "iamRoleArn": text(member="DeliverLogsPermissionArn", **_NEW),
        "logDestination": text(computed=True, **_NEW),
        "logDestinationType": text(default="cloud-watch-logs", **_NEW),
        "logFormat": text(computed=True, **_NEW),
        "maxAggregationInterval": whole(default=600, **_NEW),
        "subnetId": text(**_NEW),
        "trafficType": text(**_NEW),
        "vpcId": text(**_NEW),
    }
    outputs = ("arn",)
    arn = "arn:aws:ec2:{region}:{account}:vpc-flow-log/{id}"
    creates, identity = "create_flow_logs", "FlowLogIds.0"
    reads = Ask("describe_flow_logs", lambda call: {"FlowLogIds": [call.id]}, "FlowLogs.0")
    deletes = Ask("delete_flow_logs", lambda call: {"FlowLogIds": [call.id]})
    gone = frozenset({"InvalidFlowLogId.NotFound"})
    tagging = of_ec2("vpc-flow-log")

    _TARGETS: ClassVar[Mapping[str, str]] = {"vpcId": "VPC", "subnetId": "Subnet", "eniId": "NetworkInterface"}

    def request(self, call: Call) -> dict[str, Any]:
        """Name what is logged by its kind and id."""
        request = super().request(call)
        for key, kind in self._TARGETS.items():
            if target := call.inputs.get(key):
                request.pop(self.member(key, self.properties[key]))
                request |= {"ResourceType": kind, "ResourceIds": [target]}
        return request

    def id_of(self, call: Call, answer: Mapping[str, Any]) -> str:
        """EC2 tells of a refusal within an answer that is no error."""
        for refused in answer.get("Unsuccessful") or []:
            error = refused["Error"]
            said = f"operation error EC2: CreateFlowLogs, {error['Code']}: {error['Message']}"
            raise OperationError(f"creating {self.label} ({refused['ResourceId']}): {said}")
        return super().id_of(call, answer)

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """What is logged is told by its id."""
        del call
        target = str(found.get("ResourceId", ""))
        kinds = {"vpc-": "vpcId", "subnet-": "subnetId", "eni-": "eniId"}
        return {key: target for start, key in kinds.items() if target.startswith(start)}
