"""What a new sandbox holds: network, load balancer and cluster, as a platform team hands them to a product team."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

CLUSTER = "sandbox"
LOAD_BALANCER = "sandbox"
HTTP_PORT = 80
VPC_BLOCK = "10.0.0.0/16"
PUBLIC_BLOCK = "10.0.0.0/24"
PRIVATE_BLOCKS = ("10.0.32.0/20", "10.0.48.0/20")
"""One private subnet in each of two zones, 4,091 addresses each, as a usual /20 leaves them."""

Connect = Callable[[str], Any]
"""Gives the client of a service: `connect("ec2")`."""


@dataclass(frozen=True)
class Defaults:
    """The configuration that a service's stack takes from the platform."""

    vpc_id: str
    subnet_ids: list[str]
    cluster_arn: str
    listener_arn: str
    load_balancer_security_group_id: str

    def to_document(self) -> dict[str, Any]:
        """Return the configuration as a JSON object, keys as in the fields."""
        return asdict(self)


def seed(connect: Connect, region: str) -> Defaults:
    """Create the network, the load balancer with its listener, and the cluster; return what a stack needs of them."""
    ec2 = connect("ec2")
    vpc_id = ec2.create_vpc(CidrBlock=VPC_BLOCK)["Vpc"]["VpcId"]
    _name(ec2, vpc_id, "sandbox")
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsSupport={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    gateway = _nat_gateway(ec2, vpc_id, f"{region}a")
    subnet_ids = [
        _private_subnet(ec2, vpc_id, block, f"{region}{zone}", gateway)
        for block, zone in zip(PRIVATE_BLOCKS, "ab", strict=True)
    ]
    group_id = _load_balancer_security_group(ec2, vpc_id)
    listener_arn = _listener(connect("elbv2"), subnet_ids, group_id)
    cluster = connect("ecs").create_cluster(clusterName=CLUSTER)["cluster"]
    return Defaults(
        vpc_id=vpc_id,
        subnet_ids=subnet_ids,
        cluster_arn=cluster["clusterArn"],
        listener_arn=listener_arn,
        load_balancer_security_group_id=group_id,
    )


def _name(ec2: Any, resource_id: str, name: str) -> None:
    ec2.create_tags(Resources=[resource_id], Tags=[{"Key": "Name", "Value": name}])


def _nat_gateway(ec2: Any, vpc_id: str, zone: str) -> str:
    """Create the public subnet with its way out, and in it the NAT gateway that the private subnets go through."""
    internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc_id)
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock=PUBLIC_BLOCK, AvailabilityZone=zone)["Subnet"]["SubnetId"]
    _name(ec2, subnet, "sandbox-public-a")
    _route_table(ec2, vpc_id, subnet, GatewayId=internet)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    return str(ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"])


def _private_subnet(ec2: Any, vpc_id: str, block: str, zone: str, nat_gateway: str) -> str:
    subnet = str(ec2.create_subnet(VpcId=vpc_id, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"])
    # moto gives public addresses in every subnet unless told otherwise; AWS does not.
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": False})
    _name(ec2, subnet, f"sandbox-private-{zone[-1]}")
    _route_table(ec2, vpc_id, subnet, NatGatewayId=nat_gateway)
    return subnet


def _route_table(ec2: Any, vpc_id: str, subnet: str, **way: str) -> None:
    table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **way)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)


def _load_balancer_security_group(ec2: Any, vpc_id: str) -> str:
    description = "The internal load balancer: HTTP from the VPC"
    group_id = str(
        ec2.create_security_group(GroupName="sandbox-load-balancer", Description=description, VpcId=vpc_id)["GroupId"]
    )
    allowed = {
        "IpProtocol": "tcp",
        "FromPort": HTTP_PORT,
        "ToPort": HTTP_PORT,
        "IpRanges": [{"CidrIp": VPC_BLOCK, "Description": "clients inside the VPC"}],
    }
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[allowed])
    return group_id


def _listener(elbv2: Any, subnet_ids: list[str], group_id: str) -> str:
    """Create the internal load balancer and its HTTP listener, which answers 404 where no rule of a service matches."""
    balancer = elbv2.create_load_balancer(
        Name=LOAD_BALANCER, Subnets=subnet_ids, SecurityGroups=[group_id], Scheme="internal", Type="application"
    )["LoadBalancers"][0]
    not_found = {
        "Type": "fixed-response",
        "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such service"},
    }
    listener = elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=HTTP_PORT, DefaultActions=[not_found]
    )["Listeners"][0]
    return str(listener["ListenerArn"])
