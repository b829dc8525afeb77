"""What a new sandbox holds: network, load balancer and cluster, as a platform team hands them to a product team.

It is made in moto's backends themselves: thirty requests over HTTP, and the clients for them, took longer than all the
rest of a start.
"""

from dataclasses import asdict, dataclass
from typing import Any

CLUSTER = "sandbox"
LOAD_BALANCER = "sandbox"
HTTP_PORT = 80
VPC_BLOCK = "10.0.0.0/16"
PUBLIC_BLOCK = "10.0.0.0/24"
PRIVATE_BLOCKS = ("10.0.32.0/20", "10.0.48.0/20")
"""One private subnet in each of two zones, 4,091 addresses each, as a usual /20 leaves them."""


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


def seed(account: str, region: str) -> Defaults:
    """Create the network, the load balancer with its listener, and the cluster; return what a stack needs of them.

    It works in this process's moto, as `sandbox.images.push` does.
    """
    from moto.ec2.models import ec2_backends
    from moto.ecs.models import ecs_backends
    from moto.elbv2.models import elbv2_backends

    ec2 = ec2_backends[account][region]
    vpc_id = ec2.create_vpc(VPC_BLOCK, ipv6_cidr_block_network_border_group=region).id
    _name(ec2, vpc_id, "sandbox")
    ec2.modify_vpc_attribute(vpc_id, "enable_dns_support", "true")
    ec2.modify_vpc_attribute(vpc_id, "enable_dns_hostnames", "true")
    gateway = _nat_gateway(ec2, vpc_id, f"{region}a")
    subnet_ids = [
        _private_subnet(ec2, vpc_id, block, f"{region}{zone}", gateway)
        for block, zone in zip(PRIVATE_BLOCKS, "ab", strict=True)
    ]
    group_id = _load_balancer_security_group(ec2, vpc_id)
    listener_arn = _listener(elbv2_backends[account][region], subnet_ids, group_id)
    return Defaults(
        vpc_id=vpc_id,
        subnet_ids=subnet_ids,
        cluster_arn=ecs_backends[account][region].create_cluster(CLUSTER).arn,
        listener_arn=listener_arn,
        load_balancer_security_group_id=group_id,
    )


def _name(ec2: Any, resource_id: str, name: str) -> None:
    ec2.create_tags([resource_id], {"Name": name})


def _nat_gateway(ec2: Any, vpc_id: str, zone: str) -> str:
    """Create the public subnet with its way out, and in it the NAT gateway that the private subnets go through."""
    internet = ec2.create_internet_gateway().id
    ec2.attach_internet_gateway(internet, vpc_id)
    subnet = ec2.create_subnet(vpc_id, PUBLIC_BLOCK, availability_zone=zone).id
    _name(ec2, subnet, "sandbox-public-a")
    _route_table(ec2, vpc_id, subnet, gateway_id=internet)
    address = ec2.allocate_address("vpc").allocation_id
    return str(ec2.create_nat_gateway(subnet, address).id)


def _private_subnet(ec2: Any, vpc_id: str, block: str, zone: str, nat_gateway: str) -> str:
    subnet = str(ec2.create_subnet(vpc_id, block, availability_zone=zone).id)
    # moto gives public addresses in every subnet unless told otherwise; AWS does not.
    ec2.modify_subnet_attribute(subnet, "map_public_ip_on_launch", attr_value=False)
    _name(ec2, subnet, f"sandbox-private-{zone[-1]}")
    _route_table(ec2, vpc_id, subnet, nat_gateway_id=nat_gateway)
    return subnet


def _route_table(ec2: Any, vpc_id: str, subnet: str, **way: str) -> None:
    table = ec2.create_route_table(vpc_id).id
    ec2.create_route(table, "0.0.0.0/0", **way)
    ec2.associate_route_table(table, subnet_id=subnet)


def _load_balancer_security_group(ec2: Any, vpc_id: str) -> str:
    description = "The internal load balancer: HTTP from the VPC"
    group_id = str(ec2.create_security_group("sandbox-load-balancer", description, vpc_id=vpc_id).id)
    clients = {"CidrIp": VPC_BLOCK, "Description": "clients inside the VPC"}
    ec2.authorize_security_group_ingress(group_id, "tcp", str(HTTP_PORT), str(HTTP_PORT), [clients])
    return group_id


def _listener(elbv2: Any, subnet_ids: list[str], group_id: str) -> str:
    """Create the internal load balancer and its HTTP listener, which answers 404 where no rule of a service matches."""
    balancer = elbv2.create_load_balancer(
        LOAD_BALANCER, [group_id], subnet_ids, scheme="internal", loadbalancer_type="application"
    )
    not_found = {
        "Type": "fixed-response",
        "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such service"},
    }
    listener = elbv2.create_listener(balancer.arn, "HTTP", HTTP_PORT, "ELBSecurityPolicy-2016-08", None, [not_found])
    return str(listener.arn)


def services(ecs: Any) -> list[str]:
    """Return `cluster/service` of everything that runs, for a person who asks what is going on."""
    listed = ecs.list_clusters()["clusterArns"]
    # A deleted cluster stays listed for a while, and has no services to ask for.
    clusters = ecs.describe_clusters(clusters=listed)["clusters"] if listed else []
    names = []
    for cluster in (found["clusterArn"] for found in clusters if found["status"] == "ACTIVE"):
        for page in ecs.get_paginator("list_services").paginate(cluster=cluster):
            names += ["/".join(arn.split("/")[-2:]) for arn in page["serviceArns"]]
    return sorted(names)
