"""
The load balancer's health check gets no answer in time.

## What it looks for
`Request timed out` (`Target.Timeout`) of tasks that live, where neither the log nor the security groups show why.

## Why waiting cannot help
Three things do this: traffic that is dropped on the way (a security group, a network ACL), a program that takes longer
than the check's timeout to answer, and one that hangs. Past the grace period ECS stops each task that does it, so it is
suspect during that period and certain after it.

## What to do
Look whether the tasks' security group admits the load balancer's on the port, and how long the path takes:

    aws ec2 describe-security-groups --group-ids GROUP --query 'SecurityGroups[].IpPermissions'
    aws elbv2 describe-target-groups --target-group-arns ARN --query 'TargetGroups[].[HealthCheckTimeoutSeconds,HealthCheckPath]'

## What it is not
- A refused connection: nothing listens, `elb-health-port-mismatch` where the log shows where it does.
- A security group that is seen to be shut: `security-group-blocks-traffic`.

## References
- https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted, quoted, short_arn
from diagnostics.passages import Passage
from diagnostics.probes import Probe, failing_probes, waiting_may_help
from diagnostics.said import Wording, said_by_aws

ID = "elb-health-timeout"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of("request timed out", r"(?:unhealthy|health check|target)[^\n]*request timed out"),
    Wording.of("target.timeout"),
)


def match(evidence: Evidence) -> Finding | None:
    """Return the health check that nobody answers in time."""
    probe = next((each for each in failing_probes(evidence) if timed_out(each)), None)
    if probe is None:
        said = next(said_by_aws(evidence, _WORDINGS), None)
        return _finding(None, said.passage, suspect=True) if said else None
    return _finding(probe, None, suspect=waiting_may_help(evidence, probe))


def timed_out(probe: Probe) -> bool:
    """Say whether a health check got no answer in time, rather than a refusal or a code."""
    return probe.silent and ("timed out" in probe.reason.lower() or "Target.Timeout" in probe.quote.quote)


def _finding(probe: Probe | None, passage: Passage | None, *, suspect: bool) -> Finding:
    name = short_arn(probe.target_group_arn) if probe else ""
    group = pasted(probe.target_group_arn) if probe and probe.target_group_arn else "ARN"
    on = f" on port {probe.port}" if probe and probe.port else ""
    quotes = (probe.quote,) if probe else ()
    return Finding(
        what=f"the load balancer's health check gets no answer in time{on}"
        + (f" (target group {quoted(name)})" if name else ""),
        why="the traffic is dropped on the way, or the program takes longer than the check's timeout"
        + ("; until the grace period is over it may still answer" if suspect else ""),
        fix="let the tasks' security group admit the load balancer's on that port, or make the path answer faster; to look:\n"
        f"aws elbv2 describe-target-groups --target-group-arns {group} "
        "--query 'TargetGroups[].[HealthCheckPort,HealthCheckPath,HealthCheckTimeoutSeconds]'",
        evidence=quotes or ((passage.quote(),) if passage else ()),
        verdict=Verdict.SUSPECT if suspect else None,
    )
