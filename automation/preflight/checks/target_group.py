"""The target group is there and takes what the tasks are: addresses, of its VPC, in the protocol of the mapped port.

Tasks in `awsvpc` mode are registered by their addresses, so the group's target type has to be `ip`, and an address has
to be inside of the group's VPC. A health check that goes to a fixed port which no container maps is only warned of:
in `awsvpc` mode a program may listen on a port that nothing maps.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from automation.preflight.balancing import Binding, bindings, load_balancers
from automation.preflight.model import Finding, not_done, refused, warned
from automation.preflight.networking import read_network, settings
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from automation.preflight.values import maps, text, whole
from diagnostics.names import pasted, quoted
from diagnostics.shapes import TargetGroup

ID = "target-group"
TITLE = "the target group takes tasks' addresses in the container port's protocol and in the tasks' VPC"
READS = "`DescribeTargetGroups`, `DescribeSubnets`; the planned target group, service and task definition"
FIX = "use a target group of type `ip` in the tasks' VPC, with a protocol that the container speaks"

_CARRIED_BY = {
    "HTTP": {"tcp"}, "HTTPS": {"tcp"}, "TCP": {"tcp"}, "TLS": {"tcp"}, "UDP": {"udp"}, "TCP_UDP": {"tcp", "udp"},
}  # fmt: skip
"""The protocols of a port mapping that a target group's protocol goes over."""
_TRAFFIC = "traffic-port"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Hold each target group against the tasks."""
    blocks = load_balancers(subject)
    if isinstance(blocks, Hidden):
        yield not_done(f"the load balancer blocks are {blocks.value}")
        return
    for binding in bindings(subject, reads):
        if not binding.exists:
            yield refused(
                f"the target group {quoted(binding.arn)} does not exist",
                "name one that does:\naws elbv2 describe-target-groups --query 'TargetGroups[].TargetGroupArn'",
                why="ECS registers tasks only with a target group of the same account and region",
            )
        elif binding.group is None:
            yield not_done("which target group the update makes for the service cannot be seen before it")
        else:
            yield from _of_group(subject, reads, binding, binding.group)


def _of_group(subject: Subject, reads: PreflightReads, binding: Binding, group: TargetGroup) -> Iterator[Finding]:
    name = quoted(binding.name)
    if group.target_type and group.target_type != "ip" and _has_addresses(subject):
        yield refused(
            f"the target group {name} takes targets of type `{group.target_type}`, and tasks in `awsvpc` mode are"
            " addresses",
            f"make {name} anew with the target type `ip`",
            why="ECS refuses such a target group for the `awsvpc` network mode",
        )
    carried = _CARRIED_BY.get(group.protocol)
    mapped = _protocol(subject, binding)
    if carried and mapped and mapped not in carried:
        yield refused(
            f"the target group {name} speaks {group.protocol}, and port {binding.port} is mapped for {mapped}",
            f"map the port for {' or '.join(sorted(carried))}, or give the target group another protocol",
            why="no request or health check of the load balancer would get an answer",
        )
    if group.health_check_protocol in {"HTTP", "HTTPS"} and group.health_check_path[:1] not in {"", "/"}:
        yield refused(
            f"the health check of {name} asks for the path {quoted(group.health_check_path)}",
            "begin the path with `/`",
            why="Elastic Load Balancing takes only a path that begins with a slash",
        )
    yield from _fixed_port(subject, binding, group)
    yield from _vpc(subject, reads, binding, group)


def _has_addresses(subject: Subject) -> bool:
    return subject.fargate or subject.setting("networkMode") == "awsvpc"


def _mappings(subject: Subject) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    containers = () if isinstance(subject.containers, Hidden) else subject.containers
    return tuple((text(each.get("name")), mapping) for each in containers for mapping in maps(each.get("portMappings")))


def _protocol(subject: Subject, binding: Binding) -> str:
    for name, mapping in _mappings(subject):
        if name == binding.container and whole(mapping.get("containerPort")) == binding.port:
            return text(mapping.get("protocol")) or "tcp"
    return ""


def _fixed_port(subject: Subject, binding: Binding, group: TargetGroup) -> Iterator[Finding]:
    port = whole(group.health_check_port)
    if group.health_check_port == _TRAFFIC or port is None or isinstance(subject.containers, Hidden):
        return
    mapped = sorted({number for _, each in _mappings(subject) if (number := whole(each.get("containerPort")))})
    if port not in mapped:
        yield warned(
            f"the health check of {quoted(binding.name)} goes to port {port}, and the containers map"
            f" {', '.join(map(str, mapped)) or 'none'}",
            f"set the health check's port to `{_TRAFFIC}`, or map port {port}:\naws elbv2 modify-target-group"
            f" --target-group-arn {pasted(group.arn or 'ARN')} --health-check-port {_TRAFFIC}",
            why="a target is healthy only where something answers on that port",
        )


def _vpc(subject: Subject, reads: PreflightReads, binding: Binding, group: TargetGroup) -> Iterator[Finding]:
    placed = settings(subject)
    if not group.vpc_id or not placed.subnets:
        return
    network, gaps = read_network(subject, reads, placed)
    vpcs = sorted({subnet.vpc_id for subnet in network.subnets if subnet.vpc_id})
    if gaps and not vpcs:
        yield not_done("the subnets' VPC could not be read", evidence=gaps)
    elif vpcs and group.vpc_id not in vpcs:
        yield refused(
            f"the target group {quoted(binding.name)} is in {quoted(group.vpc_id)}, and the tasks are in"
            f" {', '.join(map(quoted, vpcs))}",
            "use subnets and a target group of the same VPC",
            why="a target of type `ip` has to be an address of the target group's VPC",
        )
