"""The load balancer's security group reaches the tasks' one on the port of the container and of the health check.

A security group drops what no rule allows. A rule that names addresses counts as open: they may be the load balancer's.
A network load balancer without a security group is passed over.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html
"""

from collections.abc import Iterator

from automation.preflight.balancing import Binding, balancers_of, bindings
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.networking import Placed, read_network, settings, tasks_groups
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from automation.preflight.values import whole
from diagnostics.names import pasted, quoted
from diagnostics.network import Network, SecurityGroup

ID = "load-balancer-path"
TITLE = "the security groups let the load balancer reach the container's port"
READS = (
    "`DescribeTargetGroups`, `DescribeListeners`, `DescribeLoadBalancers`, `DescribeSecurityGroups`; the planned rules"
    " of security groups"
)
FIX = "let the load balancer's security group in on the container's port"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Hold the tasks' security groups against those of the load balancers that send them requests."""
    placed = settings(subject)
    for binding in bindings(subject, reads):
        if binding.group is None or binding.port is None:
            continue  # `target-group` and `container-port` say so
        balancers = balancers_of(subject.plan, binding, reads)
        if not balancers:
            yield not_done(f"no load balancer in front of {quoted(binding.name)} is seen yet")
            continue
        network, refusals = read_network(subject, reads, placed, balancers)
        if refusals:
            yield not_done("a part of the network could not be read", evidence=refusals)
            continue
        tasks = tasks_groups(subject, network, placed)
        if not tasks:
            yield not_done("the tasks' security groups are not named, or not all known before the update")
            continue
        yield from _of_ports(binding, network, placed, tasks)


def _of_ports(
    binding: Binding, network: Network, placed: Placed, tasks: tuple[SecurityGroup, ...]
) -> Iterator[Finding]:
    assert binding.group is not None  # noqa: S101 - asked before
    assert binding.port is not None  # noqa: S101
    # A group that the update makes has no id yet; what names it is hidden, and counts as open.
    sources = tuple(dict.fromkeys(each for one in network.load_balancers for each in one.security_groups))
    outward = [group for each in sources if (group := network.security_group(each))]
    if not sources or len(outward) < len(sources):
        return
    for port in dict.fromkeys((binding.port, whole(binding.group.health_check_port) or binding.port)):
        if not any(group.may_admit(port, source) for group in tasks for source in sources):
            shut, source = tasks[0].id, sources[0]
            yield refused(
                f"the tasks' security group {quoted(shut)} does not admit the load balancer's ({quoted(source)}) on"
                f" port {port}",
                "let it in:\naws ec2 authorize-security-group-ingress"
                f" --group-id {pasted(shut)} --protocol tcp --port {port} --source-group {pasted(source)}",
                why="a security group drops what no rule allows, so the health check gets no answer",
            )
        elif not any(rule.covers(port) for group in outward for rule in group.egress):
            yield refused(
                f"no rule of the load balancer's security group {quoted(outward[0].id)} lets it out on port {port}",
                "let it out:\naws ec2 authorize-security-group-egress"
                f" --group-id {pasted(outward[0].id)} --ip-permissions IpProtocol=tcp,FromPort={port},ToPort={port},"
                f"'UserIdGroupPairs=[{{GroupId={pasted(next(iter(placed.security_groups), 'TASK_GROUP'))}}}]'",
                why="a security group drops what no rule allows, so the health check never leaves the load balancer",
            )
