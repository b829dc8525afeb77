"""The network's resource types, from the VPC to its endpoints and load balancers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.process import Sandbox
from tests.sandbox.provider_client import Engine
from tests.sandbox.provider_stories import Story, lives, retags


@dataclass(frozen=True)
class Place:
    """Ids that the stories need of the account."""

    vpc: str
    other_vpc: str
    subnets: list[str]
    group: str
    gateway: str
    address: str
    role: str
    table: str
    other_table: str
    nat: str


_STORIES: dict[str, Story[Place]] = {
    "vpc": Story(
        "aws:ec2/vpc:Vpc",
        lambda _: {"cidrBlock": "10.20.0.0/16", "enableDnsHostnames": True},
        {"enableDnsHostnames": False, "enableDnsSupport": False},
    ),
    "vpc elsewhere": Story(
        "aws:ec2/vpc:Vpc", lambda _: {"cidrBlock": "10.21.0.0/16"}, {"cidrBlock": "10.22.0.0/16"}, replaces=True
    ),
    "subnet": Story(
        "aws:ec2/subnet:Subnet",
        lambda place: {"vpcId": place.vpc, "cidrBlock": "10.40.9.0/24", "availabilityZone": "eu-west-1b"},
        {"mapPublicIpOnLaunch": True},
    ),
    "subnet elsewhere": Story(
        "aws:ec2/subnet:Subnet",
        lambda place: {"vpcId": place.vpc, "cidrBlock": "10.40.10.0/24", "mapPublicIpOnLaunch": True},
        {"cidrBlock": "10.40.11.0/24"},
        replaces=True,
    ),
    "internet gateway": Story(
        "aws:ec2/internetGateway:InternetGateway",
        lambda place: {"vpcId": place.other_vpc},
        {},
    ),
    "address": Story("aws:ec2/eip:Eip", lambda _: {"domain": "vpc"}, {}),
    "nat gateway": Story(
        "aws:ec2/natGateway:NatGateway",
        lambda place: {"subnetId": place.subnets[0], "allocationId": place.address},
        lambda place: {"subnetId": place.subnets[1]},
        replaces=True,
    ),
    "private nat gateway": Story(
        "aws:ec2/natGateway:NatGateway",
        lambda place: {"subnetId": place.subnets[0], "connectivityType": "private"},
        lambda place: {"subnetId": place.subnets[1]},
        replaces=True,
    ),
    "route table": Story("aws:ec2/routeTable:RouteTable", lambda place: {"vpcId": place.vpc}, {}),
    "route table with routes": Story(
        "aws:ec2/routeTable:RouteTable",
        lambda place: {"vpcId": place.vpc, "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": place.gateway}]},
        lambda place: {
            "routes": [
                {"cidrBlock": "0.0.0.0/0", "natGatewayId": place.nat},
                {"cidrBlock": "192.0.2.0/24", "gatewayId": place.gateway},
            ]
        },
    ),
    "route": Story(
        "aws:ec2/route:Route",
        lambda place: {
            "routeTableId": place.table,
            "destinationCidrBlock": "0.0.0.0/0",
            "gatewayId": place.gateway,
        },
        {"destinationCidrBlock": "192.0.2.0/24"},
        replaces=True,
        taggable=False,
        importable=False,
    ),
    "route another way": Story(
        "aws:ec2/route:Route",
        lambda place: {
            "routeTableId": place.table,
            "destinationCidrBlock": "198.51.100.0/24",
            "gatewayId": place.gateway,
        },
        lambda place: {"gatewayId": None, "natGatewayId": place.nat},
        taggable=False,
        importable=False,
    ),
    "route table association": Story(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        lambda place: {"routeTableId": place.table, "subnetId": place.subnets[0]},
        lambda place: {"routeTableId": place.other_table},
        taggable=False,
    ),
    "gateway endpoint": Story(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        lambda place: {
            "vpcId": place.vpc,
            "serviceName": "com.amazonaws.eu-west-1.s3",
            "routeTableIds": [place.table],
        },
        lambda place: {"routeTableIds": [place.table, place.other_table]},
    ),
    "interface endpoint": Story(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        lambda place: {
            "vpcId": place.vpc,
            "serviceName": "com.amazonaws.eu-west-1.ecr.api",
            "vpcEndpointType": "Interface",
            "privateDnsEnabled": True,
            "subnetIds": place.subnets[:1],
            "securityGroupIds": [place.group],
        },
        lambda place: {"subnetIds": place.subnets},
    ),
    "flow log": Story(
        "aws:ec2/flowLog:FlowLog",
        lambda place: {
            "vpcId": place.vpc,
            "trafficType": "REJECT",
            "iamRoleArn": place.role,
            "logDestination": "arn:aws:logs:eu-west-1:123456789012:log-group:flows",
            "maxAggregationInterval": 60,
        },
        {"trafficType": "ALL"},
        replaces=True,
    ),
}


@pytest.fixture(scope="module")
def place(running: Sandbox, connect: Callable[[str], Any]) -> Place:
    del running
    ec2 = connect("ec2")
    vpc, other_vpc = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in ("10.40.0.0/16", "10.41.0.0/16"))
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.40.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate("ab")
    ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    allocations = [ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(2)]
    tables = [ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2)]
    nat = ec2.create_nat_gateway(SubnetId=subnets[0], AllocationId=allocations[1])["NatGateway"]["NatGatewayId"]
    connect("logs").create_log_group(logGroupName="flows")
    return Place(
        vpc=vpc,
        other_vpc=other_vpc,
        subnets=subnets,
        group=ec2.create_security_group(GroupName="network", Description="x", VpcId=vpc)["GroupId"],
        gateway=gateway,
        address=allocations[0],
        role="arn:aws:iam::123456789012:role/flows",
        table=tables[0],
        other_table=tables[1],
        nat=nat,
    )


@pytest.mark.parametrize("name", _STORIES)
def test_a_resource_lives_and_leaves_nothing(name: str, place: Place, engine: Engine) -> None:
    lives(_STORIES[name], place, engine)


@pytest.mark.parametrize("name", [name for name, story in _STORIES.items() if story.taggable])
def test_tags_change_in_place(name: str, place: Place, engine: Engine) -> None:
    retags(_STORIES[name], f"t-{name.replace(' ', '-')[:20]}", place, engine)
