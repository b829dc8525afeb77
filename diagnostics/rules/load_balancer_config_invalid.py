"""
The load balancer, target group and container of the service do not fit together.

## What it looks for
`The container X did not have a container port Y defined`, `does not have an associated load balancer`, a target group
that is not found or of the wrong target type, `Target.NotInUse`, `Target is in an Availability Zone that is not enabled
for the load balancer`, a host port mapping that is required.

## Why waiting cannot help
These are settings of the service, the target group and the listener. Nothing changes them by itself.

## What to do
- Container name and port in the service's `loadBalancers` must be those of the task definition's `portMappings`.
- A listener or rule must forward to the target group before the service is made.
- With `awsvpc` (Fargate) the target type is `ip`.
- The load balancer needs a subnet in every availability zone of the tasks.

      aws elbv2 describe-target-groups --target-group-arns ARN --query 'TargetGroups[].[TargetType,Port,LoadBalancerArns]'

## What it is not
- A probe of a port on which nothing listens: `elb-health-port-mismatch`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html
- https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from collections.abc import Iterator

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Quote, Verdict
from diagnostics.names import quoted, short_arn
from diagnostics.said import Said, Wording, said_by_aws

ID = "load-balancer-config-invalid"
VERDICT = Verdict.DOOMED

_GROUP = r"(?P<group>arn:aws[\w-]*:elasticloadbalancing:[^\s\"',)]+)"
_WORDINGS = (
    Wording.of(
        "did not have a container port",
        r"container (?P<container>[\w-]+) did not have a container port (?P<port>\d+) defined",
    ),
    Wording.of(
        "does not have an associated load balancer", rf"(?:{_GROUP} )?does not have an associated load balancer"
    ),
    Wording.of("target group is not found"),
    Wording.of("targetgroupnotfound"),
    Wording.of(
        "target group",
        rf"target ?groups?[^\n]{{0,120}}?(?:{_GROUP})?[^\n]{{0,40}}(?:not found|does not exist|do not exist|cannot be found)",
    ),
    Wording.of(
        "target type",
        r"target type[^\n]{0,120}(?:incompatible|not support|must be|invalid|does not match)|(?:incompatible|invalid)[^\n]{0,60}target type",
    ),
    Wording.of("targettype", r"targetType[^\n]{0,120}(?:incompatible|not support|must be|invalid)"),
    Wording.of("host port mapping", r"host port mapping for the container port (?P<port>\d+) is required"),
    Wording.of("primarytaskset", r"primaryTaskSet[^\n]*target group|target group[^\n]*primaryTaskSet"),
    Wording.of(
        "load balancer",
        r"load ?balancers? (?:can not|cannot|must|is not|are not)[^\n]{0,80}(?:empty|specified|valid|found|supported|null)",
    ),
    Wording.of("loadbalancernotfound"),
    Wording.of(
        "container name",
        r"load ?balancer[^\n]*container ?name[^\n]*(?:must|not|invalid)|container ?name[^\n]{0,60}load ?balancer[^\n]*(?:not|must|invalid)",
    ),
    Wording.of(
        "does not exist in the task definition",
        r"container (?P<container>[\w-]+) does not exist in the task definition",
    ),
    Wording.of("not configured to receive traffic"),
    Wording.of(
        "is not enabled for the load balancer", r"availability zone[^\n]{0,60}not enabled for the load balancer"
    ),
    Wording.of("notinuse", r"Target\.NotInUse|Target group is not configured to receive traffic"),
    Wording.of("associated with multiple load balancers"),
    Wording.of("health check grace period", r"health ?check ?grace ?period[^\n]*(?:only valid|must)[^\n]*load balanc"),
    Wording.of("unused", r"Target\.(?:NotInUse|IpUnusable|InvalidState)"),
    Wording.of(
        "listener",
        r"listener[^\n]{0,80}(?:does not exist|not found|must forward|not associated)|(?:not|no)[^\n]{0,40}associated with (?:a |any )?listener",
    ),
    Wording.of(
        "failed to register targets",
        r"failed to register targets[^\n]*(?:does not exist|invalid|not valid|not found|same vpc|not in the vpc|outside)",
    ),
)
_STATES = ("Target.NotInUse", "Target.IpUnusable", "Target.InvalidState")


def match(evidence: Evidence) -> Finding | None:
    """Return what does not fit between the load balancer and the service."""
    said = next(said_by_aws(evidence, _WORDINGS), None)
    if said is not None:
        return _finding(_what(said), (said.passage.quote(),))
    return next(_of_targets(evidence), None)


def _of_targets(evidence: Evidence) -> Iterator[Finding]:
    for health in evidence.target_health:
        for target in evidence.targets_of_deployment(health):
            words = f"{target.reason}: {target.description}" if target.description else target.reason
            if target.state == "unused" and (target.reason in _STATES or "Availability Zone" in target.description):
                quote = Quote(f"target health of {health.name}", words, evidence.captured_at)
                zone = "Availability Zone" in target.description
                name = quoted(short_arn(health.target_group_arn))
                what = (
                    f"a task runs in an availability zone that the load balancer of the target group {name} does not serve"
                    if zone
                    else f"no listener forwards to the target group {name}, so its targets are not checked"
                )
                yield _finding(what, (quote,))


def _what(said: Said) -> str:
    container, port, group = said.group("container"), said.group("port"), said.group("group")
    text = said.passage.lower
    if container and port:
        return f"the service sends traffic to port {port} of the container {quoted(container)}, which has no such port"
    if container:
        return (
            f"the service sends traffic to the container {quoted(container)}, which the task definition does not have"
        )
    if port:
        return f"the container port {port} has no host port, and the load balancer needs one"
    if "availability zone" in text:
        return "a task runs in an availability zone that the load balancer does not serve"
    name = f"the target group {quoted(short_arn(group))}" if group else "the target group"
    if "associated load balancer" in text or "notinuse" in text or "receive traffic" in text:
        return f"no listener forwards to {name}"
    if "not found" in text or "notfound" in text or "not exist" in text:
        return f"{name}, or the load balancer, does not exist"
    return f"{name} does not fit the service"


def _finding(what: str, quotes: tuple[Quote, ...]) -> Finding:
    return Finding(
        what=what,
        why="container name and port, target type, listener and zones are settings that nothing changes by itself",
        fix="make the service's `loadBalancers` name a container and port of the task definition, let a listener forward to "
        "the target group, use target type `ip` with Fargate, and give the load balancer a subnet in every zone of the tasks",
        evidence=quotes,
    )
