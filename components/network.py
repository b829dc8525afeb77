"""The security group of the tasks: in from the load balancer alone, out to HTTPS and DNS alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input

from .reading import when_known
from .settings import Settings
from .without_sdk import SecurityGroup, vpc_cidr_block

HTTPS = 443
DNS = 53
NFS = 2049


@dataclass(frozen=True)
class Network:
    """The group, all groups that the tasks have, and the rules that must be there before a task starts."""

    group: SecurityGroup
    groups: Input[Sequence[Input[str]]]
    rules: list[pulumi.Resource]


class _Rules:
    """Makes rules of one group."""

    def __init__(self, name: str, settings: Settings, group: Input[str], opts: pulumi.ResourceOptions) -> None:
        self._name = name
        self._common: dict[str, Any] = {"security_group_id": group, "tags": settings.tags, "region": settings.region}
        self._common["opts"] = opts
        self.made: list[pulumi.Resource] = []

    def ingress(self, suffix: str, source: Input[str], port: Input[int], description: str) -> None:
        """Let a security group in, on one port."""
        self.made.append(
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-from-{suffix}",
                referenced_security_group_id=source,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                description=description,
                **self._common,
            )
        )

    def egress(self, suffix: str, protocol: Input[str], port: Input[int], description: Input[str], **to: Any) -> None:
        """Let the tasks out to a destination, on one port or from `port` to `to_port`."""
        self.made.append(
            aws.vpc.SecurityGroupEgressRule(
                f"{self._name}-to-{suffix}",
                ip_protocol=protocol,
                from_port=port,
                to_port=to.pop("to_port", None) or port,
                description=description,
                **to,
                **self._common,
            )
        )


def make(
    name: str,
    settings: Settings,
    load_balancer_group: Input[str] | None,
    opts: pulumi.ResourceOptions,
    invoke: pulumi.InvokeOutputOptions,
) -> Network:
    """Make the group and its rules; as resources of their own, because rules inside a group remove each other."""
    group = SecurityGroup(
        f"{name}-security-group",
        # `ecs-` in front: EC2 takes no name that begins with `sg-`.
        name_prefix=f"ecs-{settings.service_name[:100]}-",
        description=f"Tasks of the ECS service {settings.service_name}",
        vpc_id=settings.vpc_id,
        tags=settings.tags,
        region=settings.region,
        opts=opts,
    )
    rules = _Rules(name, settings, group.id, opts)
    _egress(settings, rules, invoke)
    if settings.container_port is not None:
        # Only these, and only on the one port: whatever else is in the network cannot reach the tasks.
        if load_balancer_group is not None:
            rules.ingress(
                "load-balancer", load_balancer_group, settings.container_port, "Requests from the load balancer"
            )
        for index, source in enumerate(settings.ingress_security_group_ids):
            rules.ingress(f"group-{index}", source, settings.container_port, "Requests from a given group")
    groups = when_known(_all_groups, own=group.id, others=settings.additional_security_group_ids)
    return Network(group, groups, rules.made)


def _all_groups(own: str, others: list[str]) -> Sequence[Input[str]]:
    return [own, *others]


def _egress(settings: Settings, rules: _Rules, invoke: pulumi.InvokeOutputOptions) -> None:
    for volume in settings.efs_volumes:
        group = volume.mount_target_security_group_id
        rules.egress(f"efs-{volume.name}", "tcp", NFS, "NFS, with TLS inside", referenced_security_group_id=group)
    if settings.egress_rules is not None:
        for index, rule in enumerate(settings.egress_rules):
            destination = {
                "cidr_ipv4": rule.cidr_ipv4,
                "cidr_ipv6": rule.cidr_ipv6,
                "prefix_list_id": rule.prefix_list_id,
                "referenced_security_group_id": rule.security_group_id,
            }
            to = {key: value for key, value in destination.items() if value is not None}
            rules.egress(f"rule-{index}", rule.protocol, rule.from_port, rule.description, to_port=rule.to_port, **to)
        return
    # A task that is taken over can reach neither a database that it was not given nor a mail server.
    # HTTPS is what the image, the secrets and the logs need; DNS goes to resolvers inside the VPC. (Amazon's own is
    # never filtered: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html)
    network = vpc_cidr_block(settings.vpc_id, settings.region, invoke)
    rules.egress("https", "tcp", HTTPS, "HTTPS, for the registry, AWS and others", cidr_ipv4="0.0.0.0/0")
    rules.egress("dns-udp", "udp", DNS, "DNS inside the VPC", cidr_ipv4=network)
    rules.egress("dns-tcp", "tcp", DNS, "DNS inside the VPC, long answers", cidr_ipv4=network)
