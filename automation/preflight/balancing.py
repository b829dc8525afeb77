"""The target groups of a planned service, as the update leaves them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from automation.preflight.plan import Hidden, Plan, PlannedResource
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from automation.preflight.values import items, maps, text, whole
from diagnostics.checked import Node
from diagnostics.evidence_parts import target_group
from diagnostics.shapes import TargetGroup

GROUP_TYPES = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
FORWARDING = {
    "aws:lb/listenerRule:ListenerRule": "actions",
    "aws:alb/listenerRule:ListenerRule": "actions",
    "aws:lb/listener:Listener": "defaultActions",
    "aws:alb/listener:Listener": "defaultActions",
}
"""What sends requests to a target group, and the input that says to which."""
_DEFAULTS = {"path": "/", "port": "traffic-port", "protocol": "HTTP", "interval": 30, "healthyThreshold": 3}
"""What the provider sets for a health check that says nothing else.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lb_target_group#health_check
"""
_UNHEALTHY_THRESHOLD = 3


@dataclass(frozen=True)
class Binding:
    """One target group that a service's tasks are registered with."""

    container: str | Hidden
    port: int | None
    """`containerPort`; None where it is hidden."""
    arn: str
    """"" where the update makes the group."""
    group: TargetGroup | None
    """None where it cannot be seen, or there is none."""
    made_by: PlannedResource | None = None
    """The group's resource, where the stack has it."""
    exists: bool = True
    """False where AWS has no group of this ARN."""

    @property
    def name(self) -> str:
        """What a person calls the group."""
        if self.group and self.group.name:
            return self.group.name
        if self.made_by:
            return self.made_by.name
        parts = self.arn.split("/")
        return parts[1] if len(parts) > 1 else "the target group"


def load_balancers(subject: Subject) -> tuple[Mapping[str, Any], ...] | Hidden:
    """Return the service's load balancer blocks; a hidden value where none of them is seen."""
    given = subject.inputs.get("loadBalancers")
    if isinstance(given, Hidden):
        return given
    return next((each for each in items(given) if isinstance(each, Hidden)), maps(given))


def bindings(subject: Subject, reads: PreflightReads) -> Iterator[Binding]:
    """Yield the service's target groups; a classic load balancer has none.

    Raises:
        ReadError: a group may not be read.
    """
    given = load_balancers(subject)
    for block in () if isinstance(given, Hidden) else given:
        advanced = block.get("advancedConfiguration")
        named = [block.get("targetGroupArn")]
        named += [advanced.get("alternateTargetGroupArn")] if isinstance(advanced, Mapping) else []
        for arn in named:
            if arn is not None:
                yield _binding(subject, reads, block, arn)


def _binding(subject: Subject, reads: PreflightReads, block: Mapping[str, Any], arn: str | Hidden) -> Binding:
    name = block.get("containerName")
    container = name if isinstance(name, Hidden) else text(name)
    port = whole(block.get("containerPort"))
    if isinstance(arn, Hidden):
        planned = _made(subject)
        group = _planned(planned, TargetGroup()) if planned else None
        return Binding(container, port, "", group, planned)
    answer = reads.found(
        "TargetGroupNotFound", lambda: reads.ask("elbv2", "describe_target_groups", TargetGroupArns=[arn])
    )
    found = next(iter((answer or {}).get("TargetGroups", [])), None)
    if found is None:
        return Binding(container, port, arn, None, exists=False)
    live = target_group(Node(found))
    own = next((each for each in _groups(subject.plan) if (each.old_outputs or {}).get("arn") == arn), None)
    return Binding(container, port, arn, _planned(own, live) if own else live, own)


def _groups(plan: Plan) -> Iterator[PlannedResource]:
    for type_ in GROUP_TYPES:
        yield from plan.of_type(type_)


def _made(subject: Subject) -> PlannedResource | None:
    """Return the group that the update makes for the service; None where several could be it."""
    found = [
        each
        for type_ in GROUP_TYPES
        for each in subject.plan.sources(subject.planned, "loadBalancers", type_)
        if each.made
    ]
    return found[0] if len(found) == 1 else None


def _planned(resource: PlannedResource, live: TargetGroup) -> TargetGroup:
    """Return a group with what the program wants of it; what it leaves open stays as it is, or is the default."""
    inputs = resource.inputs
    check = inputs.get("healthCheck")
    wanted: Mapping[str, Any] = check if isinstance(check, Mapping) else {}
    now = {
        "path": live.health_check_path,
        "port": live.health_check_port,
        "protocol": live.health_check_protocol,
        "interval": live.health_check_interval,
        "healthyThreshold": live.healthy_threshold,
    }

    def setting(key: str) -> Any:
        return wanted.get(key, now[key] or (None if isinstance(check, Hidden) else _DEFAULTS[key]))

    return TargetGroup(
        arn=live.arn,
        name=live.name or text(inputs.get("name")) or resource.name,
        protocol=text(inputs.get("protocol")) or live.protocol,
        port=whole(inputs.get("port")) or live.port,
        health_check_protocol=text(setting("protocol")),
        health_check_port=_port(setting("port")),
        health_check_path=text(setting("path")),
        matcher=text(wanted.get("matcher")) or live.matcher,
        target_type=text(inputs.get("targetType", live.target_type or "instance")),
        vpc_id=text(inputs.get("vpcId")) or live.vpc_id,
        health_check_enabled=wanted.get("enabled") is not False,
        health_check_interval=whole(setting("interval")),
        health_check_timeout=whole(wanted.get("timeout")) or live.health_check_timeout,
        healthy_threshold=whole(setting("healthyThreshold")),
        unhealthy_threshold=whole(wanted.get("unhealthyThreshold")) or live.unhealthy_threshold or _UNHEALTHY_THRESHOLD,
        load_balancer_arns=live.load_balancer_arns,
    )


def _port(value: Any) -> str:
    number = whole(value)
    return text(value) if number is None else str(number)


def forwarders(plan: Plan, binding: Binding) -> tuple[PlannedResource, ...]:
    """Return the stack's listeners and rules that send requests to a group."""
    return tuple(
        each for type_, key in FORWARDING.items() for each in plan.of_type(type_) if _forwards(plan, each, key, binding)
    )


def _forwards(plan: Plan, resource: PlannedResource, key: str, binding: Binding) -> bool:
    made = binding.made_by
    if made and any(each.urn == made.urn for type_ in GROUP_TYPES for each in plan.sources(resource, key, type_)):
        return True
    return bool(binding.arn) and _names(resource.inputs.get(key), binding.arn)


def _names(value: Any, arn: str) -> bool:
    match value:
        case str():
            return value == arn
        case Mapping():
            return any(_names(each, arn) for each in value.values())
        case list() | tuple():
            return any(_names(each, arn) for each in value)
    return False


def balancers_of(plan: Plan, binding: Binding, reads: PreflightReads) -> tuple[str, ...]:
    """Return the ARNs of the load balancers that send requests to a group, as far as AWS has them already.

    Raises:
        ReadError: a listener may not be read.
    """
    if binding.group and binding.group.load_balancer_arns:
        return binding.group.load_balancer_arns
    found: list[str] = []
    for each in forwarders(plan, binding):
        if balancer := text(each.known("loadBalancerArn")):
            found.append(balancer)
        elif listener := text(each.known("listenerArn")):
            answer = reads.ask("elbv2", "describe_listeners", ListenerArns=[listener])
            found += [text(one.get("LoadBalancerArn")) for one in answer.get("Listeners", [])]
    return tuple(dict.fromkeys(each for each in found if each))


__all__ = ["Binding", "balancers_of", "bindings", "forwarders", "load_balancers"]
