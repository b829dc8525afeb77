"""The load balancer, target group and container of the service do not fit together.

## What it looks for
`The container X did not have a container port Y defined`, `does not have an associated load balancer`, a target group
that is not found or of the wrong target type, targets that cannot be registered, `Target.NotInUse`, an availability
zone that the load balancer does not serve, a host port mapping that is required, fields of `loadBalancers` that are
blank or exclude each other; listener rules and target groups between which a blue/green deployment cannot move the
traffic.

## Why waiting cannot help
These are settings of the service, the target group and the listener. Nothing changes them by itself.

## What to do
- Container name and port in the service's `loadBalancers` must be those of the task definition's `portMappings`.
- A listener or rule must forward to the target group before the service is made.
- With `awsvpc` (Fargate) the target type is `ip`, with `bridge` and `host` it is `instance`.
- The load balancer needs a subnet in every availability zone of the tasks, and the target group their VPC.

      aws elbv2 describe-target-groups --target-group-arns ARN --query 'TargetGroups[].[TargetType,LoadBalancerArns]'

## What it is not
- A probe of a port on which nothing listens: `elb-health-port-mismatch`.
- Too many targets: `account-quota-reached`. A call that ECS may not make: the rules about roles.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
- https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

import re
from collections.abc import Iterator
from itertools import islice

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Quote, Verdict
from diagnostics.names import pasted, quoted, short_arn
from diagnostics.said import Said, Wording, said_by_aws

ID = "load-balancer-config-invalid"
VERDICT = Verdict.DOOMED

_GROUP = r"(?P<group>arn:aws[\w-]*:elasticloadbalancing:[^\s\"',)]+)"
_NAMED = rf"(?:[^\n]{{0,80}}?{_GROUP})?"
_PORT = Wording.of(
    "did not have a container port",
    r"container (?P<container>[\w-]+) did not have a container port (?P<port>\w+) defined",
)
_CUT = (
    Wording.of("did not have a", r"\bThe container [\w-]+ did not have a\b"),
    Wording.of("does not have an", r"\btarget group with targetGroupArn[^\n]{0,300}? does not have an\b"),
    Wording.of("health check grac"),
    *Wording.any_of(
        ("the target gr", "the provided target gr", "the load bal"),
        r"(?:(?:Create|Update)Service|ECS service)\b[^\n]{0,300}\bThe (?:(?:provided )?target gr|load bal)[\w ]{0,40}"
        r"[.\u2026\s]*\Z",
    ),
)
"""The same and others, cut off behind the words that decide."""
_CONTAINER = Wording.of(
    "does not exist in the task definition", r"container (?P<container>[\w-]+) does not exist in the task definition"
)
_HOST_PORT = Wording.of("host port mapping", r"host port mapping for the container port (?P<port>\d+) is required")
_NO_LISTENER = (
    Wording.of(
        "does not have an associated load balancer", rf"(?:{_GROUP}\W+)?does not have an associated load balancer"
    ),
    Wording.of("not configured to receive traffic"),
    Wording.of("target.notinuse"),
    Wording.of("listener", r"(?:not|no)[^\n]{0,40}(?:associated with|attached to) (?:a |any )?listener"),
    Wording.of("primarytaskset", r"primaryTaskSet[^\n]{0,300}(?:target group|listener)"),
    Wording.of("behind", r"target group[^\n]{0,80}behind[^\n]{0,40}listener"),
)
_ZONE = (
    Wording.of(
        "is not enabled for the load balancer", r"availability zone[^\n]{0,60}not enabled for the load balancer"
    ),
    Wording.of("availability zone for which loadbalancer is not configured"),
)
_TYPE = (
    Wording.of(
        "target type",
        rf"target group{_NAMED}[^\n]{{0,80}}target type (?P<type>\w+), which is incompatible with the (?P<mode>\w+)",
    ),
    Wording.of("target type", r"(?:invalid|incompatible|wrong|unsupported) target type"),
    Wording.of("must be", r"target ?type[^\n]{0,80}?must be"),
    Wording.of("targettype", r"targetType[^\n]{0,120}(?:incompatible|not support|must be|invalid)"),
)
_NO_TARGET = Wording.of(
    "target is not found", r"in target-group \(?(?P<group>arn:[^\s)]+)\)? due to \W{0,3}TARGET IS NOT FOUND"
)
_GONE = (
    Wording.of("target group is not found"),
    _NO_TARGET,
    Wording.of("targetgroupnotfound"),
    Wording.of("loadbalancernotfound"),
    Wording.of("unable to find the load balancer"),
    # The service role, which only a Classic Load Balancer without a service-linked role takes
    Wording.of("a role was passed, but no load balancers were present"),
    Wording.of("cannot specify an iam role for services"),
    Wording.of("listenernotfound"),
    *(
        Wording.of(end, rf"target groups?{_NAMED}[^\n]{{0,60}}?{end}|load ?balancers?[^\n]{{0,80}}?{end}")
        for end in ("not found", "does not exist", "do not exist", "cannot be found")
    ),
)
_REGISTRATION = Wording.of(
    "failed to register targets", r"failed to register targets in [^\n]*?\((?:error|reason) (?P<error>[^\n]+)"
)
_OTHERS = (
    Wording.of("cannot both be specified", r"targetGroupArn[^\n]{0,300}cannot both be specified"),
    Wording.of("you must specify either a load"),
    Wording.of("container name can not be blank"),
    # aws-cdk-lib aws-ecs/lib/base/base-service.ts
    Wording.of(
        "has no mapping for port", r"container '?(?P<container>[^\s']+)'? has no mapping for port (?P<port>\w+)"
    ),
    Wording.of("no container named", r"no container named '?[^\s']+'?\. did you call"),
    Wording.of("if networkmode is", r"cannot use a (?:classic )?load balancer if NetworkMode is \w+"),
    Wording.of("are only valid for services", r"only valid for services configured to use load balancers"),
    Wording.of("container port can not be blank"),
    Wording.of("associated with multiple load balancers"),
    Wording.of("cannot be associated with more than one load balancer"),
    # CodeDeploy's deployment group: InvalidLoadBalancerInfoException, InvalidTargetGroupPairException
    Wording.of("specification for load balancing"),
    Wording.of("pair of target groups", r"(?:must|valid|invalid|only)[^\n]{0,60}pair of target groups"),
    Wording.of("invalidloadbalancerinfo"),
    Wording.of("invalidtargetgrouppair"),
    Wording.of("health check port specified"),
    Wording.of(
        "registertargets", r"RegisterTargets operation: [^\n]{0,300}(?:Availability Zone|VPC|not valid|not supported)"
    ),
    Wording.of("dynamic host port", r"dynamic host port[^\n]{0,300}target ?group"),
    Wording.of("classic load balancers are not supported"),
    Wording.of("only valid for services", r"only valid for services[^\n]{0,300}load balanc"),
    *Wording.any_of(
        ("load balancer", "loadbalancer"), r"load ?balancers? (?:can not|cannot|must) be (?:empty|blank|null|specified)"
    ),
    Wording.of("primarytaskset", r"primaryTaskSet"),
)
_BY_ELB = (
    Wording.of("is currently in use", r"(?:\bPriority '?\d+'?|target group[^\n]{0,200}) is currently in use"),
    *Wording.any_of(
        ("priorityinuse", "duplicate", "certificate", "invalidconfigurationrequest", "incompatibleprotocols"),
        r"\b(?:PriorityInUse|Duplicate(?:TargetGroup|LoadBalancer|Listener)(?:Name)?|CertificateNotFound"
        r"|UnsupportedCertificate|InvalidConfigurationRequest|IncompatibleProtocols)\b",
    ),
    Wording.of("service: elasticloadbalancing", r"Service: ElasticLoadBalancing\w*[,;] Status Code: 4\d\d"),
    Wording.of("attached to multiple subnets in the same"),
    # The AWS provider of Terraform and Pulumi, which looks before it makes one
    Wording.of("already exists", r"\bELB(?:v2)? [\w ]{4,30}(?: \([^)\n]{1,200}\))? already exists\b"),
    Wording.of("multiple locales", r"subnets from multiple locales"),
    Wording.of(
        "with identifier", r"\bAWS::ElasticLoadBalancing\w*::\w+'? with identifier [^\n]{0,300}? already exists\b"
    ),
    *Wording.any_of(
        ("with the same name", "listener already exists"),
        r"\b(?:load balancer|target group)s? with the same name\b|\blistener already exists on this port\b",
    ),
    Wording.of("has no internet gateway", r"\bVPC \S{1,40} has no internet gateway"),
    Wording.of("ssl policy", r"\bSSL policy \S{1,80} (?:not found|is not supported)"),
    Wording.of(
        "health check",
        r"\bhealth check (?:path|protocol|port|matcher|timeout|interval)\b[^\n]{0,80}"
        r"\b(?:must|cannot|invalid|not supported)\b",
    ),
    Wording.of("health check interval must be greater"),
    *Wording.any_of(
        ("target group name", "load balancer name"),
        r"\b(?:target group|load balancer) name\b[^\n]{0,300}?\b(?:cannot|can only|must)\b",
    ),
    Wording.of("rule can only have", r"\brule can only have\b"),
    # A code of CodeDeploy's errorInformation
    *Wording.any_of(
        ("elastic_load_balancing_invalid", "missing_elb_information", "elb_invalid_instance"),
        r"\b(?:ELASTIC_LOAD_BALANCING_INVALID|MISSING_ELB_INFORMATION|ELB_INVALID_INSTANCE)\b",
    ),
    Wording.of("at least two subnets in two different"),
)
"""Elastic Load Balancing: botocore's data/elbv2/2015-12-01/service-2.json, and how CloudFormation names the service."""
_REFUSAL = r"(?:invalid|required|not|cannot|must|same|unexpected|exactly one|duplicate|missing|rejected)"
_BLUE_GREEN = (
    Wording.of("invalid networking configuration", r"rolled back because of invalid networking configuration"),
    *(
        Wording.of(
            field,
            rf"\b{_REFUSAL}\b[^\n]{{0,200}}?\b{field}|\b{field}\w*[^\n]{{0,300}}?\b{_REFUSAL}\b",
        )
        for field in ("productionlistenerrule", "testlistenerrule", "alternatetargetgroup")
    ),
    Wording.of("listener rule", r"\b(?:production|test) listener rules?\b[^\n]{0,300}?\bunexpected target group\b"),
    Wording.of("production and test listener rules", r"cannot be used as both production and test listener rules"),
    Wording.of(
        "advancedconfiguration", r"\badvancedConfiguration\b[^\n]{0,80}?\b(?:not|required|defined|must|invalid)\b"
    ),
    Wording.of("elbv1", r"\b(?:not|either|only|strictly)\b[^\n]{0,40}?\bELBv1\b"),
    Wording.of("duplicate targetgrouparn"),
    Wording.of("not found", r"\bone or more (?:rules|listeners) not found\b"),
)
"""ECS's own blue/green, linear and canary deployments:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshooting-blue-green.html"""
_WORDINGS = (
    *(_PORT, *_CUT, _CONTAINER, _HOST_PORT, *_NO_LISTENER, *_ZONE, *_TYPE, _REGISTRATION, *_GONE, *_OTHERS, *_BY_ELB),
    *_BLUE_GREEN,
)
_NOT_THIS = re.compile(
    r"throttl|rate exceeded|TooMany|too many|cannot have more than|limit ?exceeded|not authorized|AccessDenied|assume"
    r"|credentials|missing permissions",
    re.IGNORECASE,
)
_UNUSED = ("Target.NotInUse", "Target.IpUnusable", "Target.InvalidState")
_SAID = 160
_LOOKED_AT = 50
"""Sentences that are looked at more closely: a document may hold thousands that say the same."""


def match(evidence: Evidence) -> Finding | None:
    """Return what does not fit between the load balancer and the service."""
    said = next(
        (
            each
            for each in islice(said_by_aws(evidence, _WORDINGS), _LOOKED_AT)
            if not _NOT_THIS.search(each.passage.text)
        ),
        None,
    )
    if said is None:
        return next(_of_targets(evidence), None)
    return _finding(_what(said), _fix(said), (said.passage.quote(),))


def _of_targets(evidence: Evidence) -> Iterator[Finding]:
    for health in evidence.target_health:
        for target in evidence.targets_of_deployment(health):
            zone = "availability zone" in target.description.lower()
            if target.state != "unused" or not (zone or target.reason in _UNUSED):
                continue
            words = f"{target.reason}: {target.description}" if target.description else target.reason
            name = quoted(short_arn(health.target_group_arn))
            if zone:
                what, fix = (
                    f"a task runs in an availability zone that the load balancer of {name} does not serve",
                    _ZONES,
                )
            elif target.reason == "Target.NotInUse":
                what, fix = f"no listener forwards to the target group {name}, so its targets are not checked", _FORWARD
            else:
                what, fix = f"the target group {name} cannot use a task as its target", _REGISTERED
            yield _finding(what, fix, (Quote(f"target health of {health.name}", words, evidence.captured_at),))


_ZONES = "give the load balancer a subnet in every zone of the tasks, or keep the tasks in its zones (`subnet_ids`)"
_FORWARD = (
    "let a listener or a rule of the load balancer forward to the target group, and make the service after it:\n"
    "aws elbv2 describe-listeners --load-balancer-arn ARN --query 'Listeners[].[ListenerArn,DefaultActions]'"
)
_REGISTERED = "make the target group in the tasks' VPC, with target type `ip` for `awsvpc`"
_MAPPINGS = "make the service's `loadBalancers` name a container and port of the task definition's `portMappings`"


_AS_NAMED = (
    "correct what is named: a priority and a name that are free, a certificate of the region, subnets in two zones;"
    " to look:\naws elbv2 describe-rules --listener-arn ARN --query 'Rules[].[Priority,RuleArn]'"
)


def _what(said: Said) -> str:
    return _of_ports(said) or _of_the_group(said) or _refused(said)


def _of_ports(said: Said) -> str:
    container, port = said.group("container"), said.group("port")
    if container and port:
        return f"the service sends traffic to port {port} of the container {quoted(container)}, which has no such port"
    if container:
        return (
            f"the service sends traffic to the container {quoted(container)}, which the task definition does not have"
        )
    return f"the container port {port} has no host port, and the load balancer needs one" if port else ""


def _of_the_group(said: Said) -> str:
    pattern, group = said.found.re, said.group("group")
    name = f"the target group {quoted(short_arn(group))}" if group else "the target group"
    if _is(pattern, _ZONE):
        return "a task runs in an availability zone that the load balancer does not serve"
    if _is(pattern, _NO_LISTENER):
        return f"no listener forwards to {name}"
    if _is(pattern, _TYPE):
        kind = f" {quoted(said.group('type'))} with the network mode {quoted(said.group('mode'))}"
        return f"{name} has the wrong target type" + (kind if said.group("type") else "")
    return f"{name}, or the load balancer, does not exist" if _is(pattern, _GONE) else ""


def _refused(said: Said) -> str:
    words = said.group("error").rstrip(").") or " ".join(said.passage.text.split())
    shown = quoted(words if len(words) <= _SAID else f"{words[:_SAID]}…")
    if _is(said.found.re, _BY_ELB):
        return f"Elastic Load Balancing refuses the load balancer, a listener, a rule or a target group: {shown}"
    if said.group("error"):
        return f"the load balancer does not take the tasks as targets: {shown}"
    return f"the service's load balancer settings are refused: {shown}"


def _fix(said: Said) -> str:
    pattern, group = said.found.re, said.group("group")
    if _is(pattern, _ZONE):
        return _ZONES
    if _is(pattern, _NO_LISTENER):
        return _FORWARD
    if _is(pattern, _GONE):
        return f"correct the ARN, or make the target group:\naws elbv2 describe-target-groups --names {_name(group)}"
    if _is(pattern, _TYPE):
        return "make a target group of type `ip` for `awsvpc` (Fargate), of type `instance` for `bridge` and `host`"
    if _is(pattern, _BY_ELB):
        return _AS_NAMED
    return _REGISTERED if said.group("error") else _MAPPINGS


def _name(group: str) -> str:
    return pasted(short_arn(group)) if group else "NAME"


def _is(pattern: re.Pattern[str], wordings: tuple[Wording, ...]) -> bool:
    return any(wording.pattern is pattern for wording in wordings)


def _finding(what: str, fix: str, quotes: tuple[Quote, ...]) -> Finding:
    return Finding(
        what=what,
        why="container name and port, target type, listener and zones are settings that nothing changes by itself",
        fix=fix,
        evidence=quotes,
    )
