"""A security group keeps the load balancer from the tasks, or the tasks from what they need.

## What it looks for
A time-out, and security groups that were read and explain it: no rule of the tasks' groups admits anyone who could be
the load balancer on the probed port, the load balancer's groups let nothing out on it, the tasks' groups let nothing
out on port 443, or the group of a VPC endpoint does not admit the tasks.

## Why waiting cannot help
A security group drops what no rule allows, silently and each time.

## What to do
Add the rule that is missing; the security group of the load balancer is the source, not its addresses:

    aws ec2 authorize-security-group-ingress --group-id TASKS --protocol tcp --port PORT --source-group BALANCER

`FargateService` makes that rule itself.

## What it is not
- A time-out whose security groups could not be read, or are open: `elb-health-timeout`, `registry-unreachable`,
  `aws-endpoint-unreachable`. A rule for addresses counts as open: it may be the load balancer's subnets that it names.
- A check that goes to a port on which nothing listens, and which is rightly shut: `elb-health-port-mismatch`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
- https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html
"""

from collections.abc import Iterator
from itertools import chain

from diagnostics.evidence import Evidence, Network
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.network import SecurityGroup
from diagnostics.probes import Probe, failing_probes
from diagnostics.rules import aws_endpoint_unreachable, elb_health_port_mismatch, registry_unreachable

ID = "security-group-blocks-traffic"
VERDICT = Verdict.DOOMED


def match(evidence: Evidence) -> Finding | None:
    """Return the security group that drops the traffic."""
    return next(chain(_of_the_load_balancer(evidence), _of_the_tasks(evidence)), None)


def _of_the_load_balancer(evidence: Evidence) -> Iterator[Finding]:
    network, service = evidence.network, evidence.service
    late = [probe for probe in failing_probes(evidence) if probe.timed_out and probe.port is not None]
    if network is None or service is None or not late or elb_health_port_mismatch.match(evidence):
        return
    tasks = _read(network, service.network.security_groups)
    for probe in late:
        sources = _sources(evidence, network, probe)
        balancers = _read(network, sources)
        if probe.port is None or not balancers:
            continue
        if tasks and not any(group.may_admit(probe.port, source) for group in tasks for source in sources):
            yield _shut(probe, probe.port, tasks[0].id, sources[0])
        elif not any(each.covers(probe.port) for group in balancers for each in group.egress):
            yield _not_out(probe, probe.port, balancers[0].id)


def _read(network: Network, ids: tuple[str, ...]) -> list[SecurityGroup]:
    """Return the groups of these ids; none where one of them was not read, for it may be the one that admits."""
    found = [group for each in ids if (group := network.security_group(each))]
    return found if len(found) == len(ids) else []


def _sources(evidence: Evidence, network: Network, probe: Probe) -> tuple[str, ...]:
    """Return the security groups of the load balancers that probe; of all where the target group names none."""
    group = evidence.target_group(probe.target_group_arn)
    mine = [each for each in network.load_balancers if group and each.arn in group.load_balancer_arns]
    groups = (source for balancer in mine or network.load_balancers for source in balancer.security_groups)
    return tuple(dict.fromkeys(groups))


def _shut(probe: Probe, port: int, group: str, source: str) -> Finding:
    return Finding(
        what=f"the tasks' security group {quoted(group)} does not admit the load balancer's ({quoted(source)})"
        f" on port {port}",
        why="a security group drops what no rule allows, so the health check gets no answer",
        fix="let it in:\naws ec2 authorize-security-group-ingress"
        f" --group-id {pasted(group)} --protocol tcp --port {port} --source-group {pasted(source)}",
        evidence=(probe.quote,),
    )


def _not_out(probe: Probe, port: int, group: str) -> Finding:
    return Finding(
        what=f"no rule of the load balancer's security group {quoted(group)} lets it out on port {port}",
        why="a security group drops what no rule allows, so the health check never leaves the load balancer",
        fix="let it out:\naws ec2 authorize-security-group-egress"
        f" --group-id {pasted(group)} --ip-permissions IpProtocol=tcp,FromPort={port},ToPort={port},"
        "'UserIdGroupPairs=[{GroupId=TASK_GROUP}]'",
        evidence=(probe.quote,),
    )


def _of_the_tasks(evidence: Evidence) -> Iterator[Finding]:
    """Yield what the rules about unreachable endpoints found, where a security group is what stands in the way."""
    for rule in (registry_unreachable, aws_endpoint_unreachable):
        finding = rule.match(evidence)
        if finding is not None and "security group" in finding.what:
            _, _, obstacle = finding.what.partition(": ")
            yield Finding(
                what=obstacle,
                why="a security group drops what no rule allows, silently and each time",
                fix=finding.fix,
                evidence=finding.evidence,
                tasks=finding.tasks,
            )
