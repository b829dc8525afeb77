"""The arguments of `FargateService`, as the program writes them: plain dictionaries whose leaves may be outputs."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class HealthCheckArgs(TypedDict):
    """How the load balancer finds out whether a task serves."""

    path: NotRequired[pulumi.Input[str]]
    """The path that is asked; begins with `/`. Default: `/healthz`."""
    matcher: NotRequired[pulumi.Input[str]]
    """The HTTP codes that count as healthy, such as `200`, `200,204` or `200-299`. Default: `200`."""
    interval: NotRequired[pulumi.Input[int]]
    """Seconds between two checks of a task, 5 to 300. Default: 10."""
    timeout: NotRequired[pulumi.Input[int]]
    """Seconds until a check without an answer has failed; less than the interval. Default: 5."""
    healthy_threshold: NotRequired[pulumi.Input[int]]
    """How many checks in a row must pass before an unhealthy task counts as healthy, 2 to 10. Default: 2."""
    unhealthy_threshold: NotRequired[pulumi.Input[int]]
    """How many checks in a row must fail before a task counts as unhealthy, 2 to 10. Default: 3."""


class TargetGroupArgs(TypedDict):
    """The target group that the tasks register with."""

    health_check: NotRequired[HealthCheckArgs]
    """How the load balancer finds out whether a task serves."""
    deregistration_delay: NotRequired[pulumi.Input[int]]
    """Seconds that a leaving task may take to finish its requests; at most the stop timeout. Default: 30."""


class LoadBalancerArgs(TypedDict):
    """An application load balancer that exists already: the service adds a rule to one of its listeners."""

    listener_arn: pulumi.Input[str]
    """The ARN of the listener that gets the rule."""
    load_balancer_security_group_id: pulumi.Input[str]
    """The security group of the load balancer. Nothing else may reach the tasks."""
    listener_priority: pulumi.Input[int]
    """The rule's priority among the rules of the listener, 1 to 50000; no two rules share one."""
    path_patterns: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """The paths that the rule takes, such as `/shop/*`. Path patterns, host headers or both."""
    host_headers: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """The host names that the rule takes, such as `shop.example.com`."""


class DeploymentArgs(TypedDict):
    """How a new revision replaces the previous one."""

    minimum_healthy_percent: NotRequired[pulumi.Input[int]]
    """The share of the desired count that stays healthy during a deployment, in percent; 100 or more. Default: 100."""
    maximum_percent: NotRequired[pulumi.Input[int]]
    """The share of the desired count that may run at once during a deployment, in percent. Default: 200."""
    health_check_grace_period_seconds: NotRequired[pulumi.Input[int]]
    """Seconds after its start during which failed health checks do not count against a task, 1 to 600. Default: 60."""
    timeout_minutes: NotRequired[int]
    """Minutes after which Pulumi stops waiting for a deployment. Default: computed, longer than ECS needs to decide."""


class DeploymentAlarmsArgs(TypedDict):
    """When a deployment that starts, but serves badly, is rolled back. Made only with a load balancer."""

    http_5xx_rate_percent: NotRequired[pulumi.Input[float]]
    """The share of requests answered with a 5xx code above which the alarm goes off, in percent. Default: 1."""
    min_requests: NotRequired[pulumi.Input[int]]
    """Requests within one period below which the share of errors says nothing. Default: 20."""
    latency_p99_seconds: NotRequired[pulumi.Input[float]]
    """The 99th percentile of the response time above which the alarm goes off, in seconds. Default: 2."""
    period_seconds: NotRequired[pulumi.Input[int]]
    """The length of one datapoint: 10, 20, 30 or a multiple of 60 seconds. Default: 60."""
    evaluation_periods: NotRequired[pulumi.Input[int]]
    """How many of the latest datapoints are looked at. Default: 3."""
    datapoints_to_alarm: NotRequired[pulumi.Input[int]]
    """How many of those must be bad. Default: 2."""
    extra_alarm_names: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Names of alarms that exist already and shall stop a deployment too. Default: none."""


class WaiverArgs(TypedDict):
    """A hardening default that does not fit this service, for an auditor to read."""

    control: str
    """The control's id, such as `LOG-02`; only those of the class `default` can be waived."""
    reason: str
    """Why it does not fit."""
    expires: str
    """The last day on which the waiver holds, `YYYY-MM-DD`; after it the component refuses the waiver."""


class FargateServiceArgs(TypedDict):
    """The arguments of `FargateService`."""

    image: pulumi.Input[str]
    """The image, by its full reference: `registry/repository:tag` or `registry/repository@sha256:…`; not `latest`."""
    cluster_arn: pulumi.Input[str]
    """The ARN of the ECS cluster."""
    vpc_id: pulumi.Input[str]
    """The VPC of the tasks."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """The subnets of the tasks: private ones, with a way to the registry (NAT gateway or VPC endpoints)."""

    service_name: NotRequired[str]
    """The service's name in ECS, fixed for its life. Default: the name of the component."""
    cluster_name: NotRequired[str]
    """The cluster's name, needed only where `cluster_arn` is an output. Default: read from `cluster_arn`."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags for everything that the component makes. Default: none beside its own."""

    container_port: NotRequired[pulumi.Input[int]]
    """The port on which the container listens, 1024 to 65535. Default: 8080 with a load balancer, otherwise none."""
    environment: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Environment variables that anyone may read. Credentials are refused: give them in `secrets`. Default: none."""
    secrets: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Environment variables that ECS fills: name to the full ARN of a secret or SSM parameter. Default: none."""
    user: NotRequired[pulumi.Input[str]]
    """The user, or `user:group`, that the container runs as; not root. Default: `1000:1000`."""
    writable_paths: NotRequired[Sequence[str]]
    """
    The directories that the container may write to; the rest of its file system is read-only. Default: `/tmp`.
    On Fargate such a directory belongs to root unless the image declares it: `VOLUME ["/tmp"]` in the Dockerfile.
    """
    stop_timeout: NotRequired[pulumi.Input[int]]
    """Seconds between SIGTERM and SIGKILL, 30 to 120. Default: 60."""
    log_max_buffer_size: NotRequired[pulumi.Input[str]]
    """How much log output may wait for CloudWatch before it is dropped, such as `25m`. Default: `25m`."""
    log_retention_in_days: NotRequired[pulumi.Input[int]]
    """Days that log lines are kept; one of the numbers that CloudWatch Logs takes. Default: 365."""

    cpu: NotRequired[pulumi.Input[int]]
    """CPU units of a task: 256, 512, 1024, 2048, 4096, 8192, 16384 or 32768. Default: 512."""
    memory: NotRequired[pulumi.Input[int]]
    """Memory of a task in MiB; which values there are depends on `cpu`. Default: 1024."""
    cpu_architecture: NotRequired[pulumi.Input[str]]
    """What the image is built for: `X86_64` or `ARM64`. Default: `X86_64`."""

    load_balancer: NotRequired[LoadBalancerArgs]
    """The listener that sends requests to the tasks. Default: none, as for a worker."""
    target_group: NotRequired[TargetGroupArgs]
    """Health checks and deregistration; only with a load balancer."""
    desired_count: NotRequired[pulumi.Input[int]]
    """How many tasks shall run. Default: 2."""
    deployment: NotRequired[DeploymentArgs]
    """How a new revision replaces the previous one."""
    deployment_alarms: NotRequired[DeploymentAlarmsArgs]
    """When a deployment that serves badly is rolled back."""
    waivers: NotRequired[Sequence[WaiverArgs]]
    """The hardening defaults that may fail, each with its reason and last day. Default: none."""
