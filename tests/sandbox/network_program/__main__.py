"""What a Fargate service stands in: a network with public and private subnets, a balancer, a registry, a cluster."""

import pulumi
import pulumi_aws as aws

zones = aws.get_availability_zones(state="available").names[:2]
region = aws.get_region().region
vpc = aws.ec2.Vpc("shop", cidr_block="10.60.0.0/16", enable_dns_hostnames=True)
internet = aws.ec2.InternetGateway("shop", vpc_id=vpc.id)
public_table = aws.ec2.RouteTable("public", vpc_id=vpc.id)
aws.ec2.Route("public", route_table_id=public_table.id, destination_cidr_block="0.0.0.0/0", gateway_id=internet.id)
private_table = aws.ec2.RouteTable("private", vpc_id=vpc.id)


def subnet(name: str, number: int, table: aws.ec2.RouteTable, *, public: bool) -> aws.ec2.Subnet:
    made = aws.ec2.Subnet(
        f"{name}-{number}",
        vpc_id=vpc.id,
        availability_zone=zones[number],
        cidr_block=f"10.60.{number + (0 if public else 10)}.0/24",
        map_public_ip_on_launch=public,
    )
    aws.ec2.RouteTableAssociation(f"{name}-{number}", subnet_id=made.id, route_table_id=table.id)
    return made


public = [subnet("public", number, public_table, public=True) for number in range(2)]
private = [subnet("private", number, private_table, public=False) for number in range(2)]
address = aws.ec2.Eip("nat", domain="vpc")
nat = aws.ec2.NatGateway(
    "shop", subnet_id=public[0].id, allocation_id=address.id, opts=pulumi.ResourceOptions(depends_on=[internet])
)
aws.ec2.Route("private", route_table_id=private_table.id, destination_cidr_block="0.0.0.0/0", nat_gateway_id=nat.id)
inside = aws.ec2.SecurityGroup(
    "endpoints",
    vpc_id=vpc.id,
    ingress=[{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": [vpc.cidr_block]}],
)
aws.ec2.VpcEndpoint("s3", vpc_id=vpc.id, service_name=f"com.amazonaws.{region}.s3", route_table_ids=[private_table.id])
for service in ("ecr.api", "ecr.dkr", "logs"):
    aws.ec2.VpcEndpoint(
        service,
        vpc_id=vpc.id,
        service_name=f"com.amazonaws.{region}.{service}",
        vpc_endpoint_type="Interface",
        private_dns_enabled=True,
        subnet_ids=[each.id for each in private],
        security_group_ids=[inside.id],
    )
outside = aws.ec2.SecurityGroup(
    "balancer",
    vpc_id=vpc.id,
    ingress=[{"protocol": "tcp", "from_port": 80, "to_port": 80, "cidr_blocks": ["0.0.0.0/0"]}],
    egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
)
balancer = aws.lb.LoadBalancer(
    "shop",
    subnets=[each.id for each in public],
    security_groups=[outside.id],
    drop_invalid_header_fields=True,
)
targets = aws.lb.TargetGroup("shop", port=5001, protocol="HTTP", target_type="ip", vpc_id=vpc.id)
aws.lb.Listener(
    "shop",
    load_balancer_arn=balancer.arn,
    port=80,
    default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
)
repository = aws.ecr.Repository("shop", image_tag_mutability="IMMUTABLE", force_delete=True)
aws.ecs.Cluster("shop", settings=[{"name": "containerInsights", "value": "enabled"}])
pulumi.export("address", balancer.dns_name)
pulumi.export("repository", repository.repository_url)
