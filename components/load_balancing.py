"""The target group of the tasks, and the rule that sends requests to it."""

import re
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input

from .settings import LoadBalancer, Settings


@dataclass(frozen=True)
class LoadBalancing:
    """What a load-balanced service has beside it."""

    target_group: aws.lb.TargetGroup
    rule: aws.lb.ListenerRule


def name_prefix(service_name: str) -> str:
    """Return the beginning of the target group's name: six characters at most, letters, digits and hyphens.

    A fixed name would make every replacement fail: the new group must exist before the listener lets go of the old one.
    """
    letters = re.sub(r"[^A-Za-z0-9]+", "-", service_name).strip("-")[:5].strip("-")
    return f"{letters or 'ecs'}-"


def make(name: str, settings: Settings, balancer: LoadBalancer, opts: pulumi.ResourceOptions) -> LoadBalancing:
    """Make the target group and a rule for it on the existing listener."""
    health_check = settings.target_group.health_check
    target_group = aws.lb.TargetGroup(
        f"{name}-target-group",
        name_prefix=name_prefix(settings.service_name),
        target_type="ip",  # on Fargate each task has an address of its own
        protocol="HTTP",
        port=settings.container_port,
        vpc_id=settings.vpc_id,
        deregistration_delay=settings.target_group.deregistration_delay,
        health_check={
            "enabled": True,
            "protocol": "HTTP",
            "port": "traffic-port",
            "path": health_check.path,
            "matcher": health_check.matcher,
            "interval": health_check.interval,
            "timeout": health_check.timeout,
            "healthy_threshold": health_check.healthy_threshold,
            "unhealthy_threshold": health_check.unhealthy_threshold,
        },
        tags=settings.tags,
        opts=opts,
    )
    rule = aws.lb.ListenerRule(
        f"{name}-rule",
        listener_arn=balancer.listener_arn,
        priority=balancer.listener_priority,
        conditions=_conditions(balancer),
        actions=[{"type": "forward", "target_group_arn": target_group.arn}],
        tags=settings.tags,
        opts=opts,
    )
    return LoadBalancing(target_group, rule)


def _conditions(balancer: LoadBalancer) -> list[Input[aws.lb.ListenerRuleConditionArgsDict]]:
    conditions: list[Input[aws.lb.ListenerRuleConditionArgsDict]] = []
    if balancer.path_patterns is not None:
        conditions.append({"path_pattern": {"values": balancer.path_patterns}})
    if balancer.host_headers is not None:
        conditions.append({"host_header": {"values": balancer.host_headers}})
    return conditions
