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


def subnet(connection: Connection, arguments: Values) -> Values:
    """`aws:ec2/getSubnet`."""
    names = {
        "availabilityZone": "availability-zone",
        "availabilityZoneId": "availability-zone-id",
        "cidrBlock": "cidr-block",
        "id": "subnet-id",
        "state": "state",
        "vpcId": "vpc-id",
    }
    allow("getSubnet", arguments, *names, "defaultForAz", "filters", "region", "tags")
    where = arguments.get("region") or connection.region
    request = filters(arguments)
    request += [{"Name": name, "Values": [arguments[key]]} for key, name in names.items() if arguments.get(key)]
    if arguments.get("defaultForAz") is not None:
        request.append({"Name": "default-for-az", "Values": [str(arguments["defaultForAz"]).lower()]})
    answer = connection.client("ec2", where).describe_subnets(**({"Filters": request} if request else {}))
    found = only("EC2 Subnet", answer["Subnets"])
    id_, owner = found["SubnetId"], found.get("OwnerId", "")
    return {
        "id": id_,
        "arn": f"arn:aws:ec2:{where}:{owner}:subnet/{id_}",
        "assignIpv6AddressOnCreation": bool(found.get("AssignIpv6AddressOnCreation")),
        "availabilityZone": found["AvailabilityZone"],
        "availabilityZoneId": found.get("AvailabilityZoneId", ""),
        "availableIpAddressCount": found.get("AvailableIpAddressCount", 0),
        "cidrBlock": found["CidrBlock"],
        "customerOwnedIpv4Pool": "",
        "defaultForAz": bool(found.get("DefaultForAz")),
        "enableDns64": bool(found.get("EnableDns64")),
        "enableLniAtDeviceIndex": 0,
        "enableResourceNameDnsARecordOnLaunch": False,
        "enableResourceNameDnsAaaaRecordOnLaunch": False,
        "filters": arguments.get("filters"),
        "ipv6CidrBlock": "",
        "ipv6CidrBlockAssociationId": "",
        "ipv6Native": bool(found.get("Ipv6Native")),
        "mapCustomerOwnedIpOnLaunch": False,
        "mapPublicIpOnLaunch": bool(found.get("MapPublicIpOnLaunch")),
        "outpostArn": "",
        "ownerId": owner,
        "privateDnsHostnameTypeOnLaunch": "ip-name",
        "region": where,
        "state": found["State"],
        "tags": {tag["Key"]: tag["Value"] for tag in found.get("Tags") or []},
        "vpcId": found["VpcId"],
    }


def managed_prefix_list(connection: Connection, arguments: Values) -> Values:
    """`aws:ec2/getManagedPrefixList`, by id, name or filters."""
    allow("getManagedPrefixList", arguments, "id", "name", "filters", "region", "tags")
    where = arguments.get("region") or connection.region
    ec2 = connection.client("ec2", where)
    request = [] if arguments.get("tags") else filters(arguments)
    if arguments.get("name"):
        request.append({"Name": "prefix-list-name", "Values": [arguments["name"]]})
    ids = {"PrefixListIds": [arguments["id"]]} if arguments.get("id") else {}
    answer = ec2.describe_managed_prefix_lists(**ids, **({"Filters": request} if request else {}))
    wanted = (arguments.get("tags") or {}).items()
    found = only("EC2 Managed Prefix List", [each for each in answer["PrefixLists"] if wanted <= _tags(each).items()])
    entries = ec2.get_managed_prefix_list_entries(PrefixListId=found["PrefixListId"])["Entries"]
    return {
        "id": found["PrefixListId"],
        "arn": found["PrefixListArn"],
        "name": found["PrefixListName"],
        "addressFamily": found.get("AddressFamily", "IPv4"),
        "entries": [{"cidr": each["Cidr"], "description": each.get("Description", "")} for each in entries],
        "filters": arguments.get("filters"),
        "maxEntries": found.get("MaxEntries") or 0,
        "ownerId": found.get("OwnerId", "AWS"),
        "version": found.get("Version") or 0,
        "region": where,
        "tags": _tags(found),
    }


def _tags(found: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags") or []}


def _attribute(ec2: Any, vpc_id: str, name: str) -> bool:
    answer = ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)
    return bool(answer[name[0].upper() + name[1:]]["Value"])
