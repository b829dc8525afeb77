"""What a team may say about the load balancer and the target group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NotRequired, TypedDict

import pulumi
from pulumi import Input

from .. import checks, formats, names
from ..reading import Flag, Group, Key, ListOf, Text, Whole, group

TLS_POLICIES = tuple(
    f"ELBSecurityPolicy-{name}"
    for name in (
        "TLS13-1-2-Res-PQ-2025-09", "TLS13-1-3-PQ-2025-09", "TLS13-1-2-Res-2021-06", "TLS13-1-3-2021-06",
        "TLS13-1-2-Res-FIPS-PQ-2025-09", "TLS13-1-3-FIPS-PQ-2025-09", "TLS13-1-2-Res-FIPS-2023-04",
        "TLS13-1-3-FIPS-2023-04",
    )
)  # fmt: skip
"""What Security Hub's control ELB.17 accepts: https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html"""


class HealthCheckArgs(TypedDict):
    """How the load balancer finds out whether a task serves."""

    path: NotRequired[pulumi.Input[str]]
    """
    The path that is asked; begins with `/`; `/` alone with a waiver of DEP-13. Default: `/healthz`; with GRPC
    `/AWS.ALB/healthcheck`.
    """
    matcher: NotRequired[pulumi.Input[str]]
    """
    The codes that count as healthy, such as `200`, `200,204` or `200-299`; others with a waiver of DEP-13. Default:
    `200`; with GRPC `12`.
    """
    interval: NotRequired[pulumi.Input[int]]
    """Seconds between two checks of a task, 5 to 15; to 300 with a waiver of DEP-13. Default: 10."""
    timeout: NotRequired[pulumi.Input[int]]
    """Seconds until a check without an answer has failed; less than the interval. Default: 5."""
    healthy_threshold: NotRequired[pulumi.Input[int]]
    """
    How many checks in a row must pass before a task counts as healthy: 2, 3, or to 10 with a waiver of DEP-13.
    Default: 2.
    """
    unhealthy_threshold: NotRequired[pulumi.Input[int]]
    """How many checks in a row must fail before a task counts as unhealthy, 2 to 10. Default: 3."""


class TargetGroupArgs(TypedDict):
    """The target group that the tasks register with."""

    protocol: NotRequired[pulumi.Input[str]]
    """How the load balancer talks to the tasks: `HTTP` or `HTTPS`. Default: `HTTP`."""
    protocol_version: NotRequired[pulumi.Input[str]]
    """`HTTP1`, `HTTP2` or `GRPC`. Default: `HTTP1`."""
    health_check: NotRequired[HealthCheckArgs]
    """How the load balancer finds out whether a task serves."""
    deregistration_delay: NotRequired[pulumi.Input[int]]
    """
    Seconds that a leaving task may take to finish its requests: 15 to 60, at most the stop timeout; 0 to 3600 with a
    waiver of DEP-14. Default: 30.
    """
    slow_start: NotRequired[pulumi.Input[int]]
    """Seconds over which a new task's share of requests grows: 0 for none, or 30 to 900. Default: 0."""


class LoadBalancerArgs(TypedDict):
    """An application load balancer: an existing one, of which a listener gets a rule, or one of the service's own.

    `listener_arn` says that it exists; without it the component makes one, which needs `certificate_arn`.
    """

    path_patterns: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """The paths that the service answers, such as `/shop/*`. Default: with a load balancer of its own, all."""
    host_headers: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """The host names that the service answers, such as `shop.example.com`. Default: all."""

    listener_arn: NotRequired[pulumi.Input[str]]
    """Existing: the ARN of the listener that gets the rule."""
    load_balancer_security_group_id: NotRequired[pulumi.Input[str]]
    """Existing: the security group of the load balancer."""
    listener_priority: NotRequired[pulumi.Input[int]]
    """Existing: the rule's priority among the rules of the listener, 1 to 50000; no two rules share one."""
    load_balancer_arn_suffix: NotRequired[pulumi.Input[str]]
    """Existing: `app/NAME/ID`, as CloudWatch's dimension wants it. Default: read from `listener_arn`."""
    test_listener_arn: NotRequired[pulumi.Input[str]]
    """Existing: a listener that gets the requests that test a new revision; with a strategy other than ROLLING."""

    certificate_arn: NotRequired[pulumi.Input[str]]
    """Own: the certificate of the HTTPS listener."""
    internal: NotRequired[bool]
    """Own: whether it has addresses inside the network only; false with a waiver of ELB-09. Default: true."""
    lb_subnet_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Own: its subnets, in two zones or more; public ones unless it is internal. Default: those of the tasks."""
    allowed_cidr_blocks: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Own: the addresses that may reach it. Default: those of the VPC; required unless it is internal."""
    ssl_policy: NotRequired[pulumi.Input[str]]
    """Own: the TLS policy. Default: `ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09`."""
    http_redirect: NotRequired[bool]
    """Own: whether port 80 sends clients to HTTPS. Default: false, port 80 is closed."""
    test_listener_port: NotRequired[int]
    """Own: a port for the requests that test a new revision; with a strategy other than ROLLING. Default: none."""
    access_logs_bucket: NotRequired[pulumi.Input[str]]
    """Own: the S3 bucket that gets a line for each request. Default: none."""
    access_logs_prefix: NotRequired[pulumi.Input[str]]
    """Own: the beginning of the objects' names in that bucket. Default: the service's name."""
    web_acl_arn: NotRequired[pulumi.Input[str]]
    """
    Own: the web ACL of AWS WAF that filters requests; needed on the internet, or a waiver of ELB-08. Default: none.
    """
    deletion_protection: NotRequired[pulumi.Input[bool]]
    """Own: whether it cannot be deleted before this is set to false. Default: true."""
    desync_mitigation_mode: NotRequired[pulumi.Input[str]]
    """Own: what happens to ambiguous requests: `strictest` or `defensive`. Default: `strictest`."""
    idle_timeout: NotRequired[pulumi.Input[int]]
    """Own: seconds after which a silent connection is closed, 1 to 4000. Default: 60."""


@dataclass(frozen=True)
class HealthCheck:
    """The target group's health check; times in seconds."""

    path: Input[str]
    matcher: Input[str]
    interval: Input[int]
    timeout: Input[int]
    healthy_threshold: Input[int]
    unhealthy_threshold: Input[int]


@dataclass(frozen=True)
class TargetGroup:
    """The target group; times in seconds."""

    protocol: Input[str]
    protocol_version: Input[str]
    health_check: HealthCheck
    deregistration_delay: Input[int]
    slow_start: Input[int]


@dataclass(frozen=True)
class LoadBalancer:
    """The load balancer: an existing one where `listener_arn` is given, otherwise one that is made."""

    path_patterns: Input[list[Input[str]]] | None
    host_headers: Input[list[Input[str]]] | None
    listener_arn: Input[str] | None
    load_balancer_security_group_id: Input[str] | None
    listener_priority: Input[int] | None
    load_balancer_arn_suffix: Input[str] | None
    test_listener_arn: Input[str] | None
    certificate_arn: Input[str] | None
    internal: bool | None
    lb_subnet_ids: Input[list[Input[str]]] | None
    allowed_cidr_blocks: Input[list[Input[str]]] | None
    ssl_policy: Input[str] | None
    http_redirect: bool | None
    test_listener_port: int | None
    access_logs_bucket: Input[str] | None
    access_logs_prefix: Input[str] | None
    web_acl_arn: Input[str] | None
    deletion_protection: Input[bool] | None
    desync_mitigation_mode: Input[str] | None
    idle_timeout: Input[int] | None


_HEALTH_CHECK = {
    # Not `/`: a front page may need half the application, and then its failure takes every task away.
    "path": Key(Text(check=checks.check_health_path)),
    "matcher": Key(Text(check=checks.check_matcher, numbers=True)),
    # Three failures 10 s apart show a bad task in half a minute; AWS's own default needs a minute to see a good one.
    "interval": Key(Whole(low=5, high=300, control="DEP-13"), default=10),
    "timeout": Key(Whole(low=2, high=120, control="DEP-13"), default=5),
    "healthy_threshold": Key(Whole(low=2, high=10, control="DEP-13"), default=2),
    "unhealthy_threshold": Key(Whole(low=2, high=10, control="DEP-13"), default=3),
}
TARGET_GROUP = group(
    {
        # Inside the VPC. HTTPS needs a certificate in the container, which the load balancer does not verify.
        "protocol": Key(Text(check=checks.one_of("HTTP", "HTTPS")), default="HTTP"),
        "protocol_version": Key(Text(check=checks.one_of("HTTP1", "HTTP2", "GRPC"), plain=True), default="HTTP1"),
        "health_check": group(_HEALTH_CHECK, HealthCheck),
        # AWS's default of 300 s keeps each old task for five minutes after its last request.
        "deregistration_delay": Key(Whole(low=0, high=3600), default=30),
        "slow_start": Key(Whole(low=0, high=900, check=checks.check_slow_start), default=0),
    },
    TargetGroup,
)
CONDITIONS = {
    "path_patterns": Key(ListOf(item=Text(check=checks.check_path_pattern), least=1)),
    "host_headers": Key(ListOf(item=Text(check=checks.check_condition), least=1)),
}
EXISTING = {
    "listener_arn": Key(Text(check=names.check_listener_arn)),
    "load_balancer_security_group_id": Key(Text(check=partial(names.check_id, "sg"))),
    "listener_priority": Key(Whole(low=1, high=50000)),
    "load_balancer_arn_suffix": Key(Text(check=names.check_load_balancer_suffix)),
    "test_listener_arn": Key(Text(check=names.check_listener_arn)),
}
OWNED = {
    "certificate_arn": Key(Text(check=names.arn("certificate"))),
    "internal": Key(Flag(plain=True)),
    "lb_subnet_ids": Key(
        ListOf(item=Text(check=partial(names.check_id, "subnet")), least=2, control="ELB-07", waivable=True)
    ),
    "allowed_cidr_blocks": Key(ListOf(item=Text(check=formats.check_cidr), least=1)),
    "ssl_policy": Key(Text(check=checks.one_of(*TLS_POLICIES, control="ELB-02"))),
    "http_redirect": Key(Flag(plain=True)),
    "test_listener_port": Key(Whole(low=1, high=65535, plain=True)),
    "access_logs_bucket": Key(Text(check=formats.check_bucket)),
    "access_logs_prefix": Key(Text(empty=True)),
    "web_acl_arn": Key(Text(check=names.arn("web ACL"))),
    "deletion_protection": Key(Flag()),
    "desync_mitigation_mode": Key(Text(check=checks.one_of("strictest", "defensive", control="ELB-04"))),
    "idle_timeout": Key(Whole(low=1, high=4000)),
}
OWNED_DEFAULTS = {
    # Reachable from the network only: whoever means the internet says so.
    "internal": True,
    "ssl_policy": TLS_POLICIES[0],
    # Security Hub's ELB.18 objects to any HTTP listener, even one that redirects.
    "http_redirect": False,
    "deletion_protection": True,
    # Ambiguous requests can smuggle a second request past the load balancer.
    "desync_mitigation_mode": "strictest",
    "idle_timeout": 60,
}
"""What stands for a missing key where the load balancer is the service's own; with an existing one they say nothing."""
_KEYS: Mapping[str, Key] = {**CONDITIONS, **EXISTING, **OWNED}
LOAD_BALANCER = Key(Group(keys=_KEYS, form=LoadBalancer))
