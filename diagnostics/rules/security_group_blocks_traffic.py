"""
A security group keeps the load balancer from the tasks, or the tasks from what they need.

## What it looks for
A time-out, and security groups that were read and explain it: the tasks' group does not admit the load balancer's group
on the probed port, lets nothing out on port 443, or the group of a VPC endpoint does not admit the tasks.

## Why waiting cannot help
A security group drops what no rule allows, silently and each time.

## What to do
Add the rule that is missing; the security group of the load balancer is the source, not its addresses:

    aws ec2 authorize-security-group-ingress --group-id TASK_GROUP --protocol tcp --port PORT --source-group LOAD_BALANCER_GROUP

`FargateService` makes that rule itself.

## What it is not
- A time-out whose security groups could not be read, or are open: `elb-health-timeout`, `registry-unreachable`,
  `aws-endpoint-unreachable`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
- https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html
"""

from collections.abc import Iterator
from itertools import chain

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.probes import Probe, failing_probes
from diagnostics.rules import aws_endpoint_unreachable, registry_unreachable
from diagnostics.rules.elb_health_timeout import timed_out

ID = "security-group-blocks-traffic"
VERDICT = Verdict.DOOMED


def match(evidence: Evidence) -> Finding | None:
    """Return the security group that drops the traffic."""
    return next(chain(_of_the_load_balancer(evidence), _of_the_tasks(evidence)), None)


def _of_the_load_balancer(evidence: Evidence) -> Iterator[Finding]:
    network, service = evidence.network, evidence.service
    if network is None or service is None or not service.network.security_groups:
        return
    groups = [group for each in service.network.security_groups if (group := network.security_group(each))]
    sources = {source for balancer in network.load_balancers for source in balancer.security_groups}
    if len(groups) < len(service.network.security_groups) or not sources:
        return
    for probe in failing_probes(evidence):
        if not timed_out(probe) or probe.port is None:
            continue
        if not any(group.admits(probe.port, source) for group in groups for source in sources):
            yield _shut(probe, probe.port, groups[0].id, min(sources))


def _shut(probe: Probe, port: int, group: str, source: str) -> Finding:
    return Finding(
        what=f"the tasks' security group {quoted(group)} does not admit the load balancer ({quoted(source)}) on port {port}",
        why="a security group drops what no rule allows, so the health check gets no answer",
        fix="let it in:\naws ec2 authorize-security-group-ingress"
        f" --group-id {group} --protocol tcp --port {port} --source-group {source}",
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
