"""Reads what stands around a deployment into its shapes, checking the types of what it takes."""

from collections.abc import Mapping
from typing import Any

from diagnostics.checked import EvidenceError, Node, shown
from diagnostics.network import (
    Balancer,
    NatGateway,
    Network,
    Permission,
    Route,
    RouteTable,
    SecurityGroup,
    Subnet,
    Vpc,
    VpcEndpoint,
)
from diagnostics.shapes import ApiError
from diagnostics.surroundings import Alarm, Policy, RegistryImage, Role, SecretReference

_ROUTE_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
)


def api_error(node: Node) -> ApiError:
    """Read one element of the document's `errors`, or the `error` of something that was asked about."""
    return ApiError(node.text("operation"), node.text("code"), node.text("message"))


def _error(node: Node) -> ApiError | None:
    told = node.node("error")
    return api_error(told) if told else None


def registry_image(node: Node) -> RegistryImage:
    """Read one element of the document's `images`."""
    return RegistryImage(
        image=node.text("image"),
        exists=node.flag("exists"),
        digest=node.text("digest"),
        platforms=node.texts("platforms"),
        error=_error(node),
    )


def alarm(node: Node) -> Alarm:
    """Read one element of `DescribeAlarms.MetricAlarms`."""
    return Alarm(
        name=node.text("AlarmName"),
        state=node.text("StateValue"),
        state_reason=node.text("StateReason"),
        state_updated_at=node.moment("StateUpdatedTimestamp"),
        metric=node.text("MetricName"),
        namespace=node.text("Namespace"),
        comparison=node.text("ComparisonOperator"),
        threshold=node.number("Threshold"),
        actions_enabled=node.flag("ActionsEnabled"),
    )


def secret_reference(node: Node) -> SecretReference:
    """Read one element of the document's `secrets`."""
    secret, parameter = node.child("secret"), node.child("parameter")
    stages = secret.child("VersionIdsToStages")
    return SecretReference(
        value_from=node.text("valueFrom"),
        exists=node.flag("exists"),
        json_keys=None if node.value.get("json_keys") is None else node.texts("json_keys"),
        name=secret.text("Name") or parameter.text("Name"),
        arn=secret.text("ARN") or parameter.text("ARN"),
        type=parameter.text("Type"),
        kms_key=secret.text("KmsKeyId") or parameter.text("KeyId"),
        created_at=secret.moment("CreatedDate"),
        deleted_at=secret.moment("DeletedDate"),
        version_stages=tuple(stage for version in stages.value for stage in stages.texts(version)),
        error=_error(node),
    )


def role(node: Node) -> Role:
    """Read one element of the document's `roles`."""
    described = node.child("role")
    known = node.value.get("policies") is not None
    return Role(
        arn=node.text("arn"),
        uses=node.texts("uses"),
        exists=node.flag("exists"),
        created_at=described.moment("CreateDate"),
        trust=_document(described, "AssumeRolePolicyDocument"),
        boundary_arn=described.child("PermissionsBoundary").text("PermissionsBoundaryArn"),
        policies=tuple(
            Policy(each.text("PolicyName"), each.text("PolicyArn"), _document(each, "PolicyDocument"))
            for each in node.nodes("policies")
        )
        if known
        else None,
        decisions=tuple(
            (each.text("EvalActionName"), each.text("EvalResourceName") or "*", each.text("EvalDecision"))
            for each in node.nodes("decisions")
        ),
        error=_error(node),
    )


def _document(node: Node, key: str) -> Mapping[str, Any] | None:
    """Return a policy document: boto3 gives it as an object."""
    found = node.node(key)
    if found is None:
        return None
    statement = found.value.get("Statement")
    if statement is not None and not isinstance(statement, list | Mapping):
        raise EvidenceError(found.at("Statement"), f"expected an array or an object, got {shown(statement)}")
    return found.value


def network(node: Node | None) -> Network | None:
    """Read the document's `network`."""
    if node is None:
        return None
    return Network(
        subnets=tuple(_subnet(each) for each in node.nodes("subnets")),
        route_tables=tuple(_route_table(each) for each in node.nodes("route_tables")),
        vpc_endpoints=tuple(_endpoint(each) for each in node.nodes("vpc_endpoints")),
        nat_gateways=tuple(
            NatGateway(each.text("NatGatewayId"), each.text("SubnetId"), each.text("State"))
            for each in node.nodes("nat_gateways")
        ),
        security_groups=tuple(_security_group(each) for each in node.nodes("security_groups")),
        vpcs=tuple(
            Vpc(each.text("VpcId"), each.flag("EnableDnsSupport"), each.flag("EnableDnsHostnames"))
            for each in node.nodes("vpcs")
        ),
        load_balancers=tuple(
            Balancer(each.text("LoadBalancerArn"), each.text("Type"), each.text("Scheme"), each.texts("SecurityGroups"))
            for each in node.nodes("load_balancers")
        ),
    )


def _subnet(node: Node) -> Subnet:
    return Subnet(
        id=node.text("SubnetId"),
        vpc_id=node.text("VpcId"),
        availability_zone=node.text("AvailabilityZone"),
        cidr=node.text("CidrBlock"),
        free_addresses=node.integer("AvailableIpAddressCount"),
        map_public_ip=node.flag("MapPublicIpOnLaunch"),
    )


def _route_table(node: Node) -> RouteTable:
    associations = node.nodes("Associations")
    return RouteTable(
        id=node.text("RouteTableId"),
        vpc_id=node.text("VpcId"),
        main=any(each.flag("Main") for each in associations),
        subnet_ids=tuple(each.text("SubnetId") for each in associations if each.text("SubnetId")),
        routes=tuple(_route(each) for each in node.nodes("Routes")),
    )


def _route(node: Node) -> Route:
    destination = (
        node.text("DestinationCidrBlock")
        or node.text("DestinationIpv6CidrBlock")
        or node.text("DestinationPrefixListId")
    )
    target = next((node.text(key) for key in _ROUTE_TARGETS if node.text(key)), "")
    return Route(destination, target, node.text("State"))


def _endpoint(node: Node) -> VpcEndpoint:
    return VpcEndpoint(
        id=node.text("VpcEndpointId"),
        vpc_id=node.text("VpcId"),
        service_name=node.text("ServiceName"),
        type=node.text("VpcEndpointType"),
        state=node.text("State"),
        private_dns=node.flag("PrivateDnsEnabled"),
        subnet_ids=node.texts("SubnetIds"),
        security_groups=tuple(each.text("GroupId") for each in node.nodes("Groups")),
        route_table_ids=node.texts("RouteTableIds"),
    )


def _security_group(node: Node) -> SecurityGroup:
    return SecurityGroup(
        id=node.text("GroupId"),
        name=node.text("GroupName"),
        vpc_id=node.text("VpcId"),
        ingress=tuple(_permission(each) for each in node.nodes("IpPermissions")),
        egress=tuple(_permission(each) for each in node.nodes("IpPermissionsEgress")),
    )


def _permission(node: Node) -> Permission:
    v4 = (each.text("CidrIp") for each in node.nodes("IpRanges"))
    v6 = (each.text("CidrIpv6") for each in node.nodes("Ipv6Ranges"))
    return Permission(
        protocol=node.text("IpProtocol"),
        from_port=node.integer("FromPort"),
        to_port=node.integer("ToPort"),
        cidrs=(*v4, *v6),
        groups=tuple(each.text("GroupId") for each in node.nodes("UserIdGroupPairs")),
        prefix_lists=tuple(each.text("PrefixListId") for each in node.nodes("PrefixListIds")),
    )
