"""The target groups of the tasks, and the rules that send requests to them."""

import re
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input

from .given.load_balancing import LoadBalancer
from .listener import Listener
from .settings import Settings


@dataclass(frozen=True)
class LoadBalancing:
    """What a load-balanced service has beside it; a second target group where a strategy moves requests."""

    listener: Listener
    target_group: aws.lb.TargetGroup
    alternate: aws.lb.TargetGroup | None
    rule: aws.lb.ListenerRule
    test_rule: aws.lb.ListenerRule | None

    @property
    def target_groups(self) -> dict[str, Input[str]]:
        """The target groups as CloudWatch's dimension wants them, by what the alarms' names end in."""
        found: dict[str, Input[str]] = {"": self.target_group.arn_suffix}
        return found | ({"-alternate": self.alternate.arn_suffix} if self.alternate else {})

    @property
    def resources(self) -> list[pulumi.Resource]:
        """What must be there before a task serves."""
        return [self.rule, *([self.test_rule] if self.test_rule else []), *self.listener.resources]


def name_prefix(service_name: str) -> str:
    """Return the beginning of a name in load balancing: six characters at most, letters, digits and hyphens.

    A fixed name would make every replacement fail: the new group must exist before the listener lets go of the old one.
    """
    letters = re.sub(r"[^A-Za-z0-9]+", "-", service_name).strip("-")[:5].strip("-")
    return f"{letters or 'ecs'}-"


def make(
    name: str, settings: Settings, balancer: LoadBalancer, listener: Listener, opts: pulumi.ResourceOptions
) -> LoadBalancing:
    """Make the target groups and their rules on the listener."""
    target_group = _target_group(f"{name}-target-group", settings, opts)
    alternate = None
    if settings.deployment.shifts_traffic:
        alternate = _target_group(f"{name}-alternate-target-group", settings, opts)
        # With each deployment ECS rewrites where the rules send requests; to undo that would undo the deployment.
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["actions"]))

    def rule(suffix: str, arn: Input[str]) -> aws.lb.ListenerRule:
        return aws.lb.ListenerRule(
            f"{name}-{suffix}",
            listener_arn=arn,
            priority=listener.priority,
            conditions=_conditions(balancer),
            actions=[_forward(target_group, alternate)],
            tags=settings.tags,
            region=settings.region,
            opts=opts,
        )

    test = rule("test-rule", listener.test_arn) if alternate and listener.test_arn is not None else None
    return LoadBalancing(listener, target_group, alternate, rule("rule", listener.arn), test)


def _target_group(resource: str, settings: Settings, opts: pulumi.ResourceOptions) -> aws.lb.TargetGroup:
    wanted = settings.target_group
    health_check = wanted.health_check
    return aws.lb.TargetGroup(
        resource,
        name_prefix=name_prefix(settings.service_name),
        target_type="ip",  # on Fargate each task has an address of its own
        protocol=wanted.protocol,
        protocol_version=wanted.protocol_version,
        port=settings.container_port,
        vpc_id=settings.vpc_id,
        deregistration_delay=wanted.deregistration_delay,
        slow_start=wanted.slow_start,
        health_check={
            "enabled": True,
            "protocol": wanted.protocol,
            "port": "traffic-port",
            "path": health_check.path,
            "matcher": health_check.matcher,
            "interval": health_check.interval,
            "timeout": health_check.timeout,
            "healthy_threshold": health_check.healthy_threshold,
            "unhealthy_threshold": health_check.unhealthy_threshold,
        },
        tags=settings.tags,
        region=settings.region,
        opts=opts,
    )


def _forward(
    target_group: aws.lb.TargetGroup, alternate: aws.lb.TargetGroup | None
) -> aws.lb.ListenerRuleActionArgsDict:
    if alternate is None:
        return {"type": "forward", "target_group_arn": target_group.arn}
    weights: list[Input[aws.lb.ListenerRuleActionForwardTargetGroupArgsDict]] = [
        {"arn": target_group.arn, "weight": 100},
        {"arn": alternate.arn, "weight": 0},
    ]
    return {"type": "forward", "forward": {"target_groups": weights}}


def _conditions(balancer: LoadBalancer) -> list[Input[aws.lb.ListenerRuleConditionArgsDict]]:
    conditions: list[Input[aws.lb.ListenerRuleConditionArgsDict]] = []
    if balancer.path_patterns is not None:
        conditions.append({"path_pattern": {"values": balancer.path_patterns}})
    if balancer.host_headers is not None:
        conditions.append({"host_header": {"values": balancer.host_headers}})
    return conditions
