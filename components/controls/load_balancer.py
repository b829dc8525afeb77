"""Controls over load balancers, their listeners and their target groups."""

import re
from collections.abc import Iterator

from .container import containers
from .model import Control, Fault, Level, Node, NotKnownError, Resource, Stack, Unseen
from .types import LISTENER, LOAD_BALANCER, TARGET_GROUP, TASK_DEFINITION, WEB_ACL_ASSOCIATION

TLS_POLICIES = frozenset(
    f"ELBSecurityPolicy-{name}"
    for name in (
        "TLS13-1-3-2021-06",
        "TLS13-1-3-FIPS-2023-04",
        "TLS13-1-2-Res-2021-06",
        "TLS13-1-2-Res-FIPS-2023-04",
        "TLS13-1-2-Res-PQ-2025-09",
        "TLS13-1-3-PQ-2025-09",
        "TLS13-1-2-Res-FIPS-PQ-2025-09",
        "TLS13-1-3-FIPS-PQ-2025-09",
    )
)
"""What Security Hub's ELB.17 takes (https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html)."""

MOST_INTERVAL = 15
HEALTHY_THRESHOLDS = (2, 3)
DEREGISTRATION_SECONDS = (15, 60)
SUCCESS_CODES = re.compile(r"2\d\d(?:-2\d\d)?(?:,2\d\d)*")
_TWO = 2
_STOP_OF_ECS = 30
"""Seconds between SIGTERM and SIGKILL where a container does not say (RegisterTaskDefinition, `stopTimeout`)."""


def _fast(group: Resource, _stack: Stack) -> Iterator[Fault]:
    check = group["healthCheck"]
    interval, timeout = check["interval"].number, check["timeout"].number
    if interval is None or interval > MOST_INTERVAL:
        yield Fault("healthCheck.interval", f"is {'not set' if interval is None else f'{interval:g}'} s")
    if interval is not None and timeout is not None and timeout >= interval:
        yield Fault("healthCheck.timeout", f"is {timeout:g} s, not less than the interval")
    healthy = check["healthyThreshold"].number
    if healthy is None or not HEALTHY_THRESHOLDS[0] <= healthy <= HEALTHY_THRESHOLDS[1]:
        yield Fault("healthCheck.healthyThreshold", f"is {'not set' if healthy is None else f'{healthy:g}'}")
    if (path := check["path"].text) in {"", "/"}:
        yield Fault("healthCheck.path", f"is {path or 'not set'}")
    if not SUCCESS_CODES.fullmatch(matcher := check["matcher"].text):
        yield Fault("healthCheck.matcher", f"is {matcher or 'not set'}")


def _leaves_in_time(group: Resource, stack: Stack) -> Iterator[Fault | Unseen]:
    delay = group["deregistrationDelay"].number
    if delay is None or not DEREGISTRATION_SECONDS[0] <= delay <= DEREGISTRATION_SECONDS[1]:
        yield Fault("deregistrationDelay", f"is {'not set' if delay is None else f'{delay:g}'} s")
        return
    for definition in stack.of(TASK_DEFINITION):
        try:
            stops = [each["stopTimeout"].number for each in containers(definition) if each["portMappings"]]
        except NotKnownError as missing:
            yield Unseen(str(missing))
            continue
        if any(delay > (stop or _STOP_OF_ECS) for stop in stops):
            yield Fault("deregistrationDelay", f"is {delay:g} s, longer than the container's stopTimeout")


def _https(listener: Resource, _stack: Stack) -> Iterator[Fault]:
    protocol = listener["protocol"].text
    if protocol != "HTTPS":
        if not any(_redirects(action) for action in listener["defaultActions"].items):
            yield Fault("protocol", f"is {protocol or 'not set'}")
    elif not listener["certificateArn"]:
        yield Fault("certificateArn", "is not set")


def _redirects(action: Node) -> bool:
    return action["type"].text == "redirect" and action["redirect"]["protocol"].text == "HTTPS"


def _encrypted(listener: Resource, _stack: Stack) -> bool:
    return listener["protocol"].text == "HTTPS"


def _policy(listener: Resource, _stack: Stack) -> Iterator[Fault]:
    if (policy := listener["sslPolicy"].text) not in TLS_POLICIES:
        yield Fault("sslPolicy", f"is {policy or 'not set'}")


def _drops_headers(balancer: Resource, _stack: Stack) -> Iterator[Fault]:
    if not balancer["dropInvalidHeaderFields"].true:
        yield Fault("dropInvalidHeaderFields", "is not true")


def _desync(balancer: Resource, _stack: Stack) -> Iterator[Fault]:
    # Not set means `defensive` (ModifyLoadBalancerAttributes, `routing.http.desync_mitigation_mode`).
    if (mode := balancer["desyncMitigationMode"].text or "defensive") not in {"defensive", "strictest"}:
        yield Fault("desyncMitigationMode", f"is {mode}")


def _protected(balancer: Resource, _stack: Stack) -> Iterator[Fault]:
    if not balancer["enableDeletionProtection"].true:
        yield Fault("enableDeletionProtection", "is not true")


def _logged(balancer: Resource, _stack: Stack) -> Iterator[Fault]:
    logs = balancer["accessLogs"]
    if not (logs["enabled"].true and logs["bucket"]):
        yield Fault("accessLogs", "are not enabled")


def _zones(balancer: Resource, _stack: Stack) -> Iterator[Fault]:
    if len(balancer["subnets"].items or balancer["subnetMappings"].items) < _TWO:
        yield Fault("subnets", "are in one zone")


def _public(balancer: Resource, _stack: Stack) -> bool:
    return not balancer["internal"].true


def _firewall(balancer: Resource, stack: Stack) -> Iterator[Fault]:
    associations = stack.need(WEB_ACL_ASSOCIATION)
    if not balancer.names:
        raise NotKnownError("arn")  # an association that is there may be this one's
    if not any(balancer.is_named_by(each["resourceArn"]) for each in associations):
        yield Fault("", "has no web ACL")


def _internal(balancer: Resource, _stack: Stack) -> Iterator[Fault]:
    if not balancer["internal"].true:
        yield Fault("internal", "is not true")


def _to_the_end(group: Resource, _stack: Stack) -> Iterator[Fault]:
    for node in (group["protocol"], group["healthCheck"]["protocol"]):
        if node.text != "HTTPS":
            yield Fault(node.path, f"is {node.text or 'not set'}")


def _headers(listener: Resource, _stack: Stack) -> Iterator[Fault]:
    for what in ("StrictTransportSecurity", "XContentTypeOptions", "XFrameOptions"):
        key = f"routingHttpResponse{what}HeaderValue"
        if not listener[key].text:
            yield Fault(key, "is not set")
    server = listener["routingHttpResponseServerEnabled"].known
    if server is None or listener["routingHttpResponseServerEnabled"].true:
        yield Fault("routingHttpResponseServerEnabled", "is not false")


def _checked(group: Resource, _stack: Stack) -> Iterator[Fault]:
    if not group["healthCheck"]["path"].text:
        yield Fault("healthCheck.path", "is not set")


_LB, _TG = (LOAD_BALANCER,), (TARGET_GROUP,)

CONTROLS = (
    Control(
        id="DEP-13",
        level=Level.DEFAULT,
        requires="a bad task is found fast, by a page that is made for it",
        reason="a slow check finds a bad revision late; the front page may need half the application",
        instead="healthCheck with interval 15 or less, a shorter timeout, healthyThreshold 2 or 3, a path, matcher 200",
        types=_TG,
        judge=_fast,
    ),
    Control(
        id="DEP-14",
        level=Level.DEFAULT,
        requires="a leaving task has 15 to 60 s for its last requests, and is not killed before",
        reason="AWS's own 300 s keep each old task for five minutes; a kill before the end cuts requests off",
        instead="deregistrationDelay: 30, and a stopTimeout that is not shorter",
        types=_TG,
        judge=_leaves_in_time,
    ),
    Control(
        id="ELB-01",
        level=Level.MUST,
        requires="requests come by HTTPS; HTTP only redirects",
        # ELB.18 fails any HTTP listener, a redirecting one too: only having none satisfies all of these.
        reason="whoever is between reads and changes what is not encrypted",
        instead="protocol: HTTPS, certificateArn: ARN",
        catalogues=(
            "FSBP ELB.1",
            "FSBP ELB.18",
            "CKV_AWS_2",
            "CKV2_AWS_20",
            "CKV_AWS_103",
            "prowler elbv2_ssl_listeners",
            "trivy AWS-0054",
        ),
        types=(LISTENER,),
        judge=_https,
    ),
    Control(
        id="ELB-02",
        level=Level.MUST,
        requires="the listener takes TLS 1.2 with restricted ciphers, or newer",
        reason="older ciphers can be broken",
        instead="sslPolicy: ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        catalogues=("FSBP ELB.17", "CKV_AWS_103", "prowler elbv2_insecure_ssl_ciphers", "trivy AWS-0047"),
        types=(LISTENER,),
        judge=_policy,
        applies=_encrypted,
    ),
    Control(
        id="ELB-03",
        level=Level.MUST,
        requires="headers that are not valid are dropped",
        reason="they are how requests are smuggled",
        instead="dropInvalidHeaderFields: true",
        catalogues=(
            "FSBP ELB.4",
            "CKV_AWS_131",
            "prowler elbv2_alb_drop_invalid_header_fields_enabled",
            "trivy AWS-0052",
        ),
        types=_LB,
        judge=_drops_headers,
    ),
    Control(
        id="ELB-04",
        level=Level.MUST,
        requires="requests that two servers may read differently are stopped",
        reason="they are how requests are smuggled",
        instead="desyncMitigationMode: strictest",
        catalogues=("FSBP ELB.12", "CKV_AWS_328", "prowler elbv2_desync_mitigation_mode"),
        types=_LB,
        judge=_desync,
    ),
    Control(
        id="ELB-05",
        level=Level.DEFAULT,
        requires="the load balancer cannot be deleted by mistake",
        reason="its name in DNS is gone for good",
        instead="enableDeletionProtection: true",
        catalogues=("FSBP ELB.6", "CKV_AWS_150", "prowler elbv2_deletion_protection"),
        types=_LB,
        judge=_protected,
    ),
    Control(
        id="ELB-06",
        level=Level.DEFAULT,
        requires="requests are logged",
        reason="without a log nobody knows afterwards who asked for what",
        instead="accessLogs: {enabled: true, bucket: BUCKET}",
        catalogues=("FSBP ELB.5", "CKV_AWS_91", "prowler elbv2_logging_enabled", "cdk-nag ELB2"),
        types=_LB,
        judge=_logged,
    ),
    Control(
        id="ELB-07",
        level=Level.DEFAULT,
        requires="the load balancer is in two zones or more",
        reason="one zone may fail",
        instead="subnets in two zones",
        catalogues=("FSBP ELB.13", "prowler elbv2_is_in_multiple_az"),
        types=_LB,
        judge=_zones,
    ),
    Control(
        id="ELB-08",
        level=Level.DEFAULT,
        requires="a load balancer on the internet has a web ACL",
        reason="known attacks are stopped before they reach the program",
        instead="an aws.wafv2.WebAclAssociation with its ARN",
        catalogues=("FSBP ELB.16", "CKV2_AWS_28", "CKV2_AWS_76", "prowler elbv2_waf_acl_attached"),
        types=_LB,
        judge=_firewall,
        applies=_public,
    ),
    Control(
        id="ELB-09",
        level=Level.DEFAULT,
        requires="the load balancer is not on the internet, unless someone said why",
        reason="most services are for others of the same network",
        instead="internal: true",
        catalogues=("trivy AWS-0053", "prowler elbv2_internet_facing"),
        types=_LB,
        judge=_internal,
    ),
    Control(
        id="ELB-10",
        level=Level.WARN,
        requires="requests are encrypted as far as the task",
        reason="whoever is in the network between reads them",
        instead="protocol: HTTPS, healthCheck: {protocol: HTTPS}",
        catalogues=("FSBP ELB.21", "FSBP ELB.22", "CKV_AWS_378", "CKV2_AWS_74"),
        types=_TG,
        judge=_to_the_end,
    ),
    Control(
        id="ELB-11",
        level=Level.WARN,
        requires="answers tell browsers to stay on HTTPS, guess no types and allow no frames; the server is not named",
        reason="browsers defend their users only where they are told",
        instead="routingHttpResponse…HeaderValue, routingHttpResponseServerEnabled: false",
        types=(LISTENER,),
        judge=_headers,
        applies=_encrypted,
    ),
    Control(
        id="ELB-12",
        level=Level.WARN,
        requires="the target group has a health check",
        reason="otherwise a task that answers nothing gets requests",
        instead="healthCheck: {path: /healthz}",
        catalogues=("CKV_AWS_261",),
        types=_TG,
        judge=_checked,
    ),
)
