"""A network for tasks without public addresses: private subnets with a way out, by NAT gateways or endpoints."""

# `pulumi_aws.ec2` is large: a stack that is given its network does not load it for these annotations.
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws
from pulumi import Output

ZONES = 2
_SUBNET_BITS = 4
_HTTPS = 443
_ENDPOINTS = ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm", "ssmmessages", "kms")
"""What a task needs to start, log, and open a shell: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html"""


@dataclass(frozen=True)
class Network:
    """Where a stack puts its tasks; the subnets are known when their way out is there."""

    vpc_id: Output[str]
    subnet_ids: list[Output[str]]
    cidr_block: str


class _Maker:
    """Makes the parts of one network."""

    def __init__(self, name: str, block: str) -> None:
        self.name = name
        blocks = list(IPv4Network(block).subnets(prefixlen_diff=_SUBNET_BITS))
        self.private_blocks, self.public_blocks = blocks[:ZONES], blocks[ZONES : 2 * ZONES]
        self.zones = aws.get_availability_zones(state="available").names[:ZONES]
        self.vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=block,
            enable_dns_support=True,
            enable_dns_hostnames=True,  # endpoints are found by their services' own names
            tags={"Name": name},
        )

    def subnets(self, kind: str, blocks: Sequence[IPv4Network]) -> list[aws.ec2.Subnet]:
        """Make a subnet in each zone."""
        return [
            aws.ec2.Subnet(
                f"{self.name}-{kind}-{index}",
                vpc_id=self.vpc.id,
                availability_zone=zone,
                cidr_block=str(block),
                map_public_ip_on_launch=False,
                tags={"Name": f"{self.name}-{kind}-{index}"},
            )
            for index, (zone, block) in enumerate(zip(self.zones, blocks, strict=True))
        ]

    def table(self, suffix: str, subnet: aws.ec2.Subnet) -> tuple[aws.ec2.RouteTable, pulumi.Resource]:
        """Make a subnet's own route table."""
        table = aws.ec2.RouteTable(f"{self.name}-{suffix}", vpc_id=self.vpc.id, tags={"Name": f"{self.name}-{suffix}"})
        association = aws.ec2.RouteTableAssociation(
            f"{self.name}-{suffix}", subnet_id=subnet.id, route_table_id=table.id
        )
        return table, association


def make(name: str, block: str, *, nat_gateways: bool) -> Network:
    """Make the network. With NAT gateways tasks reach the internet; with endpoints they reach AWS alone."""
    maker = _Maker(name, block)
    subnets = maker.subnets("private", maker.private_blocks)
    tables = [maker.table(f"private-{index}", subnet) for index, subnet in enumerate(subnets)]
    ways: list[pulumi.Resource] = [_storage(maker, [table for table, _ in tables])]
    if nat_gateways:
        ways += _nat_gateways(maker, [table for table, _ in tables])
    else:
        ways += _endpoints(maker, subnets)
    ways += [association for _, association in tables]
    there = Output.all(*(way.urn for way in ways))
    return Network(maker.vpc.id, [Output.all(subnet.id, there).apply(_first) for subnet in subnets], block)


def _first(known: Sequence[object]) -> str:
    return str(known[0])


def _nat_gateways(maker: _Maker, tables: Sequence[aws.ec2.RouteTable]) -> list[pulumi.Resource]:
    """Make a NAT gateway in each zone: the failure of one zone leaves the other its way out."""
    gateway = aws.ec2.InternetGateway(f"{maker.name}-internet", vpc_id=maker.vpc.id, tags={"Name": maker.name})
    ways: list[pulumi.Resource] = []
    for index, (subnet, private) in enumerate(zip(maker.subnets("public", maker.public_blocks), tables, strict=True)):
        public, association = maker.table(f"public-{index}", subnet)
        out = aws.ec2.Route(
            f"{maker.name}-public-{index}",
            route_table_id=public.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
        )
        address = aws.ec2.Eip(f"{maker.name}-nat-{index}", domain="vpc", tags={"Name": f"{maker.name}-nat-{index}"})
        nat = aws.ec2.NatGateway(
            f"{maker.name}-nat-{index}",
            subnet_id=subnet.id,
            allocation_id=address.allocation_id,
            tags={"Name": f"{maker.name}-nat-{index}"},
            opts=pulumi.ResourceOptions(depends_on=[out, association]),
        )
        ways.append(
            aws.ec2.Route(
                f"{maker.name}-private-{index}",
                route_table_id=private.id,
                destination_cidr_block="0.0.0.0/0",
                nat_gateway_id=nat.id,
            )
        )
    return ways


def _endpoints(maker: _Maker, subnets: Sequence[aws.ec2.Subnet]) -> list[pulumi.Resource]:
    """Make an endpoint for each service that tasks need; only addresses of the network reach them."""
    group = aws.ec2.SecurityGroup(
        f"{maker.name}-endpoints", description="Endpoints: HTTPS from the VPC", vpc_id=maker.vpc.id
    )
    rule = aws.vpc.SecurityGroupIngressRule(
        f"{maker.name}-endpoints",
        security_group_id=group.id,
        cidr_ipv4=maker.vpc.cidr_block,
        ip_protocol="tcp",
        from_port=_HTTPS,
        to_port=_HTTPS,
        description="HTTPS from the VPC",
    )
    endpoints = [
        aws.ec2.VpcEndpoint(
            f"{maker.name}-{service}",
            vpc_id=maker.vpc.id,
            service_name=_service_name(service),
            vpc_endpoint_type="Interface",
            subnet_ids=[subnet.id for subnet in subnets],
            security_group_ids=[group.id],
            private_dns_enabled=True,
            tags={"Name": f"{maker.name}-{service}"},
        )
        for service in _ENDPOINTS
    ]
    return [rule, *endpoints]


def _storage(maker: _Maker, tables: Sequence[aws.ec2.RouteTable]) -> pulumi.Resource:
    """Make the gateway endpoint of S3, where ECR keeps the layers of images; it costs nothing."""
    return aws.ec2.VpcEndpoint(
        f"{maker.name}-s3",
        vpc_id=maker.vpc.id,
        service_name=_service_name("s3"),
        vpc_endpoint_type="Gateway",
        route_table_ids=[table.id for table in tables],
        tags={"Name": f"{maker.name}-s3"},
    )


def _service_name(service: str) -> str:
    return f"{aws.get_partition().reverse_dns_prefix}.{aws.get_region().region}.{service}"
