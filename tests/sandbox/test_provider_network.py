"""The network's resource types, from the VPC to its endpoints and load balancers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

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
    other_group: str
    gateway: str
    address: str
    role: str
    table: str
    other_table: str
    nat: str
    balancer: str
    listener: str
    targets: list[str]
    certificate: str
    bucket: str


def _certificate() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.test")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    signed = made.not_valid_after(now + timedelta(days=365)).sign(key, hashes.SHA256())
    pem, form, plain = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    return signed.public_bytes(pem).decode(), key.private_bytes(pem, form, plain).decode()


_FIRST, _SECOND = _certificate(), _certificate()
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
    "load balancer": Story(
        "aws:lb/loadBalancer:LoadBalancer",
        lambda place: {
            "subnets": place.subnets,
            "securityGroups": [place.group],
            "dropInvalidHeaderFields": True,
            "accessLogs": {"bucket": place.bucket, "enabled": True, "prefix": "shop"},
        },
        lambda place: {"idleTimeout": 120, "securityGroups": [place.group, place.other_group], "enableHttp2": False},
    ),
    "load balancer whose logs are off": Story(
        "aws:lb/loadBalancer:LoadBalancer",
        lambda place: {"subnets": place.subnets, "accessLogs": {"bucket": "", "enabled": False}},
        lambda place: {"accessLogs": {"bucket": place.bucket, "enabled": True}},
    ),
    "load balancer whose logs are turned off": Story(
        "aws:lb/loadBalancer:LoadBalancer",
        lambda place: {"subnets": place.subnets, "accessLogs": {"bucket": place.bucket, "enabled": True}},
        {"accessLogs": {"bucket": "", "enabled": False}},
    ),
    "load balancer inside": Story(
        "aws:lb/loadBalancer:LoadBalancer",
        lambda place: {"subnets": place.subnets, "internal": True, "namePrefix": "in-"},
        {"internal": False},
        replaces=True,
    ),
    "network load balancer": Story(
        "aws:lb/loadBalancer:LoadBalancer",
        lambda place: {"subnets": place.subnets, "loadBalancerType": "network", "enableCrossZoneLoadBalancing": True},
        {"enableCrossZoneLoadBalancing": False},
    ),
    "listener": Story(
        "aws:lb/listener:Listener",
        lambda place: {
            "loadBalancerArn": place.balancer,
            "port": 80,
            "defaultActions": [{"type": "forward", "targetGroupArn": place.targets[0]}],
        },
        lambda place: {
            "defaultActions": [{"type": "forward", "targetGroupArn": place.targets[1]}],
            "routingHttpResponseServerEnabled": False,
        },
    ),
    "weighted listener": Story(
        "aws:lb/listener:Listener",
        lambda place: {
            "loadBalancerArn": place.balancer,
            "port": 8080,
            "protocol": "HTTP",
            "defaultActions": [
                {
                    "type": "forward",
                    "forward": {
                        "targetGroups": [
                            {"arn": place.targets[0], "weight": 100},
                            {"arn": place.targets[1], "weight": 0},
                        ]
                    },
                }
            ],
        },
        {"defaultActions": [{"type": "redirect", "redirect": {"statusCode": "HTTP_301", "protocol": "HTTPS"}}]},
    ),
    "listener with a certificate": Story(
        "aws:lb/listener:Listener",
        lambda place: {
            "loadBalancerArn": place.balancer,
            "port": 443,
            "protocol": "HTTPS",
            "certificateArn": place.certificate,
            "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
            "routingHttpResponseStrictTransportSecurityHeaderValue": "max-age=31536000",
            "defaultActions": [
                {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}
            ],
        },
        {"sslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"},
    ),
    "listener certificate": Story(
        "aws:lb/listenerCertificate:ListenerCertificate",
        lambda place: {"listenerArn": place.listener, "certificateArn": place.certificate},
        lambda place: {"certificateArn": place.certificate[:-1]},
        replaces=True,
        taggable=False,
    ),
    "imported certificate": Story(
        "aws:acm/certificate:Certificate",
        lambda _: {"certificateBody": _FIRST[0], "privateKey": _FIRST[1]},
        {"certificateBody": _SECOND[0], "privateKey": _SECOND[1]},
    ),
    "certificate": Story(
        "aws:acm/certificate:Certificate",
        lambda _: {"domainName": "shop.test", "validationMethod": "DNS", "subjectAlternativeNames": ["www.shop.test"]},
        {"domainName": "store.test"},
        replaces=True,
        importable=False,  # ACM adds the domain to the other names
    ),
    "certificate validation": Story(
        "aws:acm/certificateValidation:CertificateValidation",
        lambda place: {"certificateArn": place.certificate},
        lambda place: {"certificateArn": place.certificate[:-1]},
        replaces=True,
        taggable=False,
        lasting=True,
        importable=False,
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
    elbv2 = connect("elbv2")
    balancer = elbv2.create_load_balancer(Name="network", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    targets = [
        elbv2.create_target_group(Name=f"network-{name}", Port=80, Protocol="HTTP", VpcId=vpc, TargetType="ip")[
            "TargetGroups"
        ][0]["TargetGroupArn"]
        for name in "ab"
    ]
    actions = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    certificate = connect("acm").import_certificate(Certificate=_FIRST[0].encode(), PrivateKey=_FIRST[1].encode())
    arn = certificate["CertificateArn"]
    listener = elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=8443,
        Certificates=[{"CertificateArn": arn}],
        DefaultActions=actions,
    )["Listeners"][0]["ListenerArn"]
    connect("s3").create_bucket(Bucket="network", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return Place(
        vpc=vpc,
        other_vpc=other_vpc,
        subnets=subnets,
        group=ec2.create_security_group(GroupName="network", Description="x", VpcId=vpc)["GroupId"],
        other_group=ec2.create_security_group(GroupName="other", Description="x", VpcId=vpc)["GroupId"],
        gateway=gateway,
        address=allocations[0],
        role="arn:aws:iam::123456789012:role/flows",
        table=tables[0],
        other_table=tables[1],
        nat=nat,
        balancer=balancer,
        listener=listener,
        targets=targets,
        certificate=arn,
        bucket="network",
    )


@pytest.mark.parametrize("name", _STORIES)
def test_a_resource_lives_and_leaves_nothing(name: str, place: Place, engine: Engine) -> None:
    lives(_STORIES[name], place, engine)


@pytest.mark.parametrize("name", [name for name, story in _STORIES.items() if story.taggable])
def test_tags_change_in_place(name: str, place: Place, engine: Engine) -> None:
    retags(_STORIES[name], f"t-{name.replace(' ', '-')[:20]}", place, engine)
