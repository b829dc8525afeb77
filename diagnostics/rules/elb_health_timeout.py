"""The load balancer's health check gets no answer in time.

## What it looks for
`Request timed out` (`Target.Timeout`) of tasks that live, where neither the log nor the security groups show why.

## Why waiting cannot help
Three things do this: traffic that is dropped on the way (a security group, a network ACL), a program that takes longer
than the check's timeout to answer, and one that hangs. A busy program may answer later, so it is suspect; it is certain
once ECS stopped a second task for it, with none healthy in between.

## What to do
Look whether the tasks' security group admits the load balancer's on the port, and how long the path takes:

    aws ec2 describe-security-groups --group-ids GROUP --query 'SecurityGroups[].IpPermissions'
    aws elbv2 describe-target-groups --target-group-arns ARN --query 'TargetGroups[].HealthCheckTimeoutSeconds'

## What it is not
- A refused connection: nothing listens, `elb-health-port-mismatch` where the log shows where it does.
- A security group that is seen to be shut: `security-group-blocks-traffic`.
- A program that is ready too late: `health-grace-period-too-short`.

## References
- https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Quote, Verdict
from diagnostics.names import pasted, quoted, short_arn
from diagnostics.probes import failing_probes
from diagnostics.said import Wording, said_by_aws
from diagnostics.slow_start import slow_starts

ID = "elb-health-timeout"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("request timed out", r"(?:unhealthy|health check|target)[^\n]{0,300}request timed out"),
    # Cut off
    Wording.of("reason request", r"\breason Request(?: t\w*(?: ou?)?)?[.\u2026\s]*\Z"),
    Wording.of("target.timeout"),
    Wording.of("request timed out", r"^\W*(?:reason )?request timed out\W*$"),
)


def match(evidence: Evidence) -> Finding | None:
    """Return the health check that nobody answers in time."""
    if slow_starts(evidence):
        return None
    probe = next((each for each in failing_probes(evidence) if each.timed_out), None)
    if probe is not None:
        return _finding(evidence, probe.quote, probe.target_group_arn, probe.port)
    if any(each.silent for each in failing_probes(evidence)):
        return None
    said = next(said_by_aws(evidence, _WORDINGS), None)
    return _finding(evidence, said.passage.quote(), "", None) if said else None


def _finding(evidence: Evidence, quote: Quote, arn: str, port: int | None) -> Finding:
    group = evidence.target_group(arn)
    on = f" on port {port}" if port else ""
    path = f" of {quoted(group.health_check_path)}" if group and group.health_check_path else ""
    within = f" within {group.health_check_timeout} s" if group and group.health_check_timeout else " in time"
    where = f" (target group {quoted(short_arn(arn))})" if arn else ""
    return Finding(
        what=f"the load balancer's health check{path} gets no answer{within}{on}{where}",
        why="the traffic is dropped on the way, or the program takes longer than the check's timeout",
        fix="let the tasks' security group admit the load balancer's on that port, or make the path answer faster;"
        " to look:\n"
        f"aws elbv2 describe-target-groups --target-group-arns {pasted(arn or 'ARN')} "
        "--query 'TargetGroups[].[HealthCheckPort,HealthCheckPath,HealthCheckTimeoutSeconds]'",
        evidence=(quote,),
        tasks=tuple(task.arn for task in evidence.failed_tasks if task.stopped_for_health),
    )
