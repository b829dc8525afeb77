"""The security group of the tasks: in from the load balancer alone, out to HTTPS and DNS alone."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from .settings import Settings

HTTPS = 443
DNS = 53


@dataclass(frozen=True)
class Network:
    """The group, and the rules that must be there before a task starts."""

    group: aws.ec2.SecurityGroup
    rules: list[pulumi.Resource]


def make(name: str, settings: Settings, opts: pulumi.ResourceOptions, invoke: pulumi.InvokeOutputOptions) -> Network:
    """Make the group and its rules; as resources of their own, because rules inside a group remove each other."""
    group = aws.ec2.SecurityGroup(
        f"{name}-security-group",
        # `ecs-` in front: EC2 takes no name that begins with `sg-`.
        name_prefix=f"ecs-{settings.service_name[:100]}-",
        description=f"Tasks of the ECS service {settings.service_name}",
        vpc_id=settings.vpc_id,
        tags=settings.tags,
        opts=opts,
    )
    rules: list[pulumi.Resource] = _egress(name, settings, group, opts, invoke)
    if settings.load_balancer and settings.container_port is not None:
        rules.append(_ingress(name, settings, group, settings.load_balancer.load_balancer_security_group_id, opts))
    return Network(group, rules)


def _ingress(
    name: str, settings: Settings, group: aws.ec2.SecurityGroup, source: Input[str], opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    # Only the load balancer, and only on the one port: whatever else is in the network cannot reach the tasks.
    return aws.vpc.SecurityGroupIngressRule(
        f"{name}-from-load-balancer",
        security_group_id=group.id,
        referenced_security_group_id=source,
        ip_protocol="tcp",
        from_port=settings.container_port,
        to_port=settings.container_port,
        description="Requests from the load balancer",
        tags=settings.tags,
        opts=opts,
    )


def _egress(
    name: str,
    settings: Settings,
    group: aws.ec2.SecurityGroup,
    opts: pulumi.ResourceOptions,
    invoke: pulumi.InvokeOutputOptions,
) -> list[pulumi.Resource]:
    # A task that is taken over can reach neither a database that it was not given nor a mail server.
    # HTTPS is what the image, the secrets and the logs need; DNS goes to resolvers inside the VPC. (Amazon's own is
    # never filtered: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html)
    network = aws.ec2.get_vpc_output(id=settings.vpc_id, opts=invoke).cidr_block

    def rule(suffix: str, protocol: str, port: int, cidr: str | Output[str], description: str) -> pulumi.Resource:
        return aws.vpc.SecurityGroupEgressRule(
            f"{name}-to-{suffix}",
            security_group_id=group.id,
            cidr_ipv4=cidr,
            ip_protocol=protocol,
            from_port=port,
            to_port=port,
            description=description,
            tags=settings.tags,
            opts=opts,
        )

    return [
        rule("https", "tcp", HTTPS, "0.0.0.0/0", "HTTPS, for the registry, AWS and others"),
        rule("dns-udp", "udp", DNS, network, "DNS inside the VPC"),
        rule("dns-tcp", "tcp", DNS, network, "DNS inside the VPC, long answers"),
    ]
