"""Functions about the network."""

from typing import Any

from sandbox.provider.connection import Connection
from sandbox.provider.invokes.arguments import allow, filters, only
from sandbox.provider.wire import Values


def vpc(connection: Connection, arguments: Values) -> Values:
    """`aws:ec2/getVpc`."""
    allow("getVpc", arguments, "id", "cidrBlock", "default", "dhcpOptionsId", "filters", "region", "state", "tags")
    where = arguments.get("region") or connection.region
    ec2 = connection.client("ec2", where)
    request = filters(arguments)
    for key, name in (("cidrBlock", "cidr"), ("dhcpOptionsId", "dhcp-options-id"), ("state", "state")):
        if arguments.get(key):
            request.append({"Name": name, "Values": [arguments[key]]})
    if arguments.get("default") is not None:
        request.append({"Name": "is-default", "Values": [str(arguments["default"]).lower()]})
    if arguments.get("id"):
        request.append({"Name": "vpc-id", "Values": [arguments["id"]]})
    found = only("EC2 VPC", ec2.describe_vpcs(**({"Filters": request} if request else {}))["Vpcs"])
    id_ = found["VpcId"]
    tables = ec2.describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [id_]}, {"Name": "association.main", "Values": ["true"]}]
    )["RouteTables"]
    return {
        "id": id_,
        "arn": f"arn:aws:ec2:{where}:{found.get('OwnerId', '')}:vpc/{id_}",
        "cidrBlock": found["CidrBlock"],
        "cidrBlockAssociations": [
            {
                "associationId": item["AssociationId"],
                "cidrBlock": item["CidrBlock"],
                "state": item["CidrBlockState"]["State"],
            }
            for item in found.get("CidrBlockAssociationSet") or []
        ],
        "default": bool(found.get("IsDefault")),
        "dhcpOptionsId": found.get("DhcpOptionsId", ""),
        "enableDnsHostnames": _attribute(ec2, id_, "enableDnsHostnames"),
        "enableDnsSupport": _attribute(ec2, id_, "enableDnsSupport"),
        "enableNetworkAddressUsageMetrics": _attribute(ec2, id_, "enableNetworkAddressUsageMetrics"),
        "filters": arguments.get("filters"),
        "instanceTenancy": found.get("InstanceTenancy", "default"),
        "ipv6AssociationId": "",
        "ipv6CidrBlock": "",
        "ipv6CidrBlockAssociations": [],
        "mainRouteTableId": tables[0]["RouteTableId"] if tables else "",
        "ownerId": found.get("OwnerId", ""),
        "region": where,
        "state": found["State"],
        "tags": {tag["Key"]: tag["Value"] for tag in found.get("Tags") or []},
    }


def subnets(connection: Connection, arguments: Values) -> Values:
    """`aws:ec2/getSubnets`."""
    allow("getSubnets", arguments, "filters", "region", "tags")
    where = arguments.get("region") or connection.region
    request = filters(arguments)
    pages = connection.client("ec2", where).get_paginator("describe_subnets")
    found = [
        subnet["SubnetId"]
        for page in pages.paginate(**({"Filters": request} if request else {}))
        for subnet in page["Subnets"]
    ]
    return {
        "id": where,
        "region": where,
        "ids": found,
        "filters": arguments.get("filters"),
        "tags": arguments.get("tags") or {},
    }


def _attribute(ec2: Any, vpc_id: str, name: str) -> bool:
    answer = ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)
    return bool(answer[name[0].upper() + name[1:]]["Value"])
