"""The table of the arguments of `FargateService`: how each is read, what it may be, its default and the reason."""

from collections.abc import Mapping
from functools import partial

from . import checks, fargate, images, names, waivers
from .reading import Group, Key, ListOf, MapOf, Number, Text, Whole

_MOST_TASKS = 5000
_LONGEST_TIMEOUT_MINUTES = 1440


def _group(keys: Mapping[str, Key]) -> Key:
    """Return a group that is read even where it is missing, so that its defaults are filled in."""
    return Key(Group(keys=keys), default={})


_HEALTH_CHECK = {
    # Not `/`: a front page may need half the application, and then its failure takes every task away.
    "path": Key(Text(check=checks.check_health_path), default="/healthz"),
    "matcher": Key(Text(check=checks.check_matcher, numbers=True), default="200"),
    # Three failures 10 s apart show a bad task in half a minute; AWS's own default needs a minute to see a good one.
    "interval": Key(Whole(low=5, high=300, control="DEP-13"), default=10),
    "timeout": Key(Whole(low=2, high=120, control="DEP-13"), default=5),
    "healthy_threshold": Key(Whole(low=2, high=10, control="DEP-13"), default=2),
    "unhealthy_threshold": Key(Whole(low=2, high=10, control="DEP-13"), default=3),
}
_TARGET_GROUP = {
    "health_check": _group(_HEALTH_CHECK),
    # AWS's default of 300 s keeps each old task for five minutes after its last request.
    "deregistration_delay": Key(Whole(low=0, high=120, control="DEP-14"), default=30),
}
_LOAD_BALANCER = {
    "listener_arn": Key(Text(check=names.check_listener_arn), required=True),
    "load_balancer_security_group_id": Key(Text(check=partial(names.check_id, "sg")), required=True),
    "listener_priority": Key(Whole(low=1, high=50000), required=True),
    "path_patterns": Key(ListOf(item=Text(check=checks.check_path_pattern), least=1)),
    "host_headers": Key(ListOf(item=Text(check=checks.check_condition), least=1)),
}
_PERCENT_WHY = ": with less, ECS may stop healthy tasks before their replacements work"
_DEPLOYMENT = {
    # What serves keeps serving at full strength until the new revision has proven itself.
    "minimum_healthy_percent": Key(Whole(low=100, high=200, control="DEP-08", why=_PERCENT_WHY), default=100),
    "maximum_percent": Key(Whole(low=101, high=1000, control="DEP-08", why=": no new task may start"), default=200),
    # Without it, ECS replaces tasks that are still starting.
    "health_check_grace_period_seconds": Key(Whole(low=1, high=600, control="DEP-12"), default=60),
    "timeout_minutes": Key(Whole(low=1, high=_LONGEST_TIMEOUT_MINUTES, plain=True, control="DEP-18")),
}
_ALARMS = {
    "http_5xx_rate_percent": Key(Number(low=0, high=100, over=True), default=1),
    # A single failed request at night must not roll back a deployment.
    "min_requests": Key(Whole(low=1, high=1_000_000), default=20),
    "latency_p99_seconds": Key(Number(low=0, high=3600, over=True), default=2),
    "period_seconds": Key(Whole(low=10, high=3600, check=checks.check_period), default=60),
    # 24 periods of an hour at most: CloudWatch looks back no further than a day.
    "evaluation_periods": Key(Whole(low=1, high=24), default=3),
    "datapoints_to_alarm": Key(Whole(low=1, high=24), default=2),
    "extra_alarm_names": Key(ListOf(item=Text()), default=[]),
}
_WAIVER = {
    "control": Key(Text(check=waivers.check_control, plain=True), required=True),
    "reason": Key(Text(check=waivers.check_reason, plain=True), required=True),
    "expires": Key(Text(check=waivers.check_expires, plain=True), required=True),
}
_PORT_WHY = ": a container that has no capabilities and is not root cannot bind a lower port"
ARGUMENTS = Group(
    keys={
        "service_name": Key(Text(check=names.check_service_name, plain=True)),
        "cluster_name": Key(Text(check=names.check_cluster_name, plain=True)),
        "cluster_arn": Key(Text(check=names.check_cluster_arn), required=True),
        "vpc_id": Key(Text(check=partial(names.check_id, "vpc")), required=True),
        "subnet_ids": Key(
            ListOf(item=Text(check=partial(names.check_id, "subnet")), least=1, why=": the tasks need a network"),
            required=True,
        ),
        "tags": Key(MapOf(value=Text(numbers=True, empty=True), entry=checks.check_tag), default={}),
        "image": Key(Text(check=images.check), required=True),
        "container_port": Key(Whole(low=1024, high=65535, control="TSK-04", why=_PORT_WHY)),
        "environment": Key(MapOf(value=Text(numbers=True, empty=True), entry=checks.check_environment), default={}),
        "secrets": Key(MapOf(value=Text(check=names.check_secret_arn), entry=checks.check_variable), default={}),
        "user": Key(Text(check=checks.check_user), default="1000:1000"),
        "writable_paths": Key(
            ListOf(item=Text(check=checks.check_writable_path, plain=True), plain=True),
            default=["/tmp"],  # noqa: S108 - a path inside the container, on a volume of its own
        ),
        # Long enough to end the requests in flight after the load balancer has stopped sending new ones.
        "stop_timeout": Key(Whole(low=30, high=120, control="TSK-10"), default=60),
        "log_max_buffer_size": Key(Text(check=checks.check_buffer_size), default="25m"),
        # A year: an incident is often found months later. CloudWatch's own default is for ever.
        "log_retention_in_days": Key(Whole(low=1, high=3653, check=checks.one_of(*checks.RETENTION_DAYS)), default=365),
        "cpu": Key(Whole(low=1, high=32768, check=fargate.check_cpu), default=512),
        "memory": Key(Whole(low=1, high=249856), default=1024),
        "cpu_architecture": Key(Text(check=checks.one_of("X86_64", "ARM64")), default="X86_64"),
        # Two, so that one task, or one zone, may fail.
        "desired_count": Key(Whole(low=0, high=_MOST_TASKS), default=2),
        "load_balancer": Key(Group(keys=_LOAD_BALANCER)),
        "target_group": _group(_TARGET_GROUP),
        "deployment": _group(_DEPLOYMENT),
        "deployment_alarms": _group(_ALARMS),
        "waivers": Key(ListOf(item=Group(keys=_WAIVER), plain=True), default=[]),
    }
)
