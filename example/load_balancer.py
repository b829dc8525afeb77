"""An internal load balancer without a certificate: HTTP inside the network, for a first try."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

_HTTP = 80


@dataclass(frozen=True)
class Listener:
    """A listener and the security group of its load balancer, known when requests can pass both."""

    arn: Output[str]
    security_group_id: Output[str]
    dns_name: Output[str]


def make(name: str, vpc_id: Input[str], subnet_ids: Input[list[Input[str]]], container_port: int) -> Listener:
    """Make the load balancer and its listener, which answers 404 where no rule of a service matches."""
    group = aws.ec2.SecurityGroup(
        f"{name}-load-balancer", description="Internal load balancer: HTTP from the VPC", vpc_id=vpc_id
    )
    block = aws.ec2.get_vpc_output(id=vpc_id).cidr_block
    rules = [
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-load-balancer-http",
            security_group_id=group.id,
            cidr_ipv4=block,
            ip_protocol="tcp",
            from_port=_HTTP,
            to_port=_HTTP,
            description="HTTP from the VPC",
        ),
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-load-balancer-tasks",
            security_group_id=group.id,
            cidr_ipv4=block,
            ip_protocol="tcp",
            from_port=container_port,
            to_port=container_port,
            description="Requests and health checks to the tasks",
        ),
    ]
    balancer = aws.lb.LoadBalancer(
        f"{name}-load-balancer",
        internal=True,
        load_balancer_type="application",
        subnets=subnet_ids,
        security_groups=[group.id],
        drop_invalid_header_fields=True,
        desync_mitigation_mode="strictest",
    )
    listener = aws.lb.Listener(
        f"{name}-http",
        load_balancer_arn=balancer.arn,
        protocol="HTTP",
        port=_HTTP,
        default_actions=[
            {
                "type": "fixed-response",
                "fixed_response": {
                    "status_code": "404",
                    "content_type": "text/plain",
                    "message_body": "no such service",
                },
            }
        ],
        opts=pulumi.ResourceOptions(depends_on=rules),
    )
    return Listener(listener.arn, group.id, balancer.dns_name)
