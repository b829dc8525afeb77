"""What a team may say about the alarms that stop a deployment, and those that only tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi
from pulumi import Input

from .. import checks
from ..reading import Flag, Key, ListOf, Number, Text, Whole, group


class DeploymentAlarmsArgs(TypedDict):
    """When a deployment that starts, but serves badly, is rolled back. Made only with a load balancer."""

    http_5xx_rate_percent: NotRequired[pulumi.Input[float]]
    """The share of requests answered with a 5xx code above which the alarm goes off, in percent. Default: 1."""
    min_requests: NotRequired[pulumi.Input[int]]
    """Requests within one period below which the share of errors says nothing. Default: 20."""
    latency_p99_seconds: NotRequired[pulumi.Input[float]]
    """The 99th percentile of the response time above which the alarm goes off, in seconds. Default: 2."""
    unhealthy_host_count: NotRequired[pulumi.Input[int]]
    """Unhealthy targets, for five periods in a row, from which an alarm goes off. Default: no such alarm."""
    period_seconds: NotRequired[pulumi.Input[int]]
    """The length of one datapoint: 10, 20, 30 or a multiple of 60 seconds. Default: 60."""
    evaluation_periods: NotRequired[pulumi.Input[int]]
    """How many of the latest datapoints are looked at. Default: 3."""
    datapoints_to_alarm: NotRequired[pulumi.Input[int]]
    """How many of those must be bad. Default: 2."""
    extra_alarm_names: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Names of alarms that exist already and shall stop a deployment too. Default: none."""


class OperationalAlarmsArgs(TypedDict):
    """Alarms that tell people and never roll anything back."""

    enabled: NotRequired[bool]
    """Whether there are any. Default: true."""
    cpu_percent: NotRequired[pulumi.Input[float]]
    """The CPU utilization above which the alarm goes off, in percent. Default: 85."""
    memory_percent: NotRequired[pulumi.Input[float]]
    """The memory utilization above which the alarm goes off, in percent. Default: 85."""
    running_below_desired: NotRequired[bool]
    """Whether one goes off when fewer tasks run than are wanted; needs Container Insights. Default: true."""


@dataclass(frozen=True)
class DeploymentAlarms:
    """When a deployment that serves badly is rolled back."""

    http_5xx_rate_percent: Input[float]
    min_requests: Input[int]
    latency_p99_seconds: Input[float]
    unhealthy_host_count: Input[int] | None
    period_seconds: Input[int]
    evaluation_periods: Input[int]
    datapoints_to_alarm: Input[int]
    extra_alarm_names: Input[list[Input[str]]]


@dataclass(frozen=True)
class OperationalAlarms:
    """Alarms that tell people and never roll anything back."""

    enabled: bool
    cpu_percent: Input[float]
    memory_percent: Input[float]
    running_below_desired: bool


DEPLOYMENT_ALARMS = group(
    {
        "http_5xx_rate_percent": Key(Number(low=0, high=100, over=True), default=1),
        # A single failed request at night must not roll back a deployment.
        "min_requests": Key(Whole(low=1, high=1_000_000), default=20),
        "latency_p99_seconds": Key(Number(low=0, high=3600, over=True), default=2),
        # Off: in every deployment some targets are unhealthy for a while.
        "unhealthy_host_count": Key(Whole(low=1, high=1000)),
        "period_seconds": Key(Whole(low=10, high=3600, check=checks.check_period), default=60),
        # 24 periods of an hour at most: CloudWatch looks back no further than a day.
        "evaluation_periods": Key(Whole(low=1, high=24), default=3),
        "datapoints_to_alarm": Key(Whole(low=1, high=24), default=2),
        "extra_alarm_names": Key(ListOf(item=Text()), default=[]),
    },
    DeploymentAlarms,
)
OPERATIONAL_ALARMS = group(
    {
        "enabled": Key(Flag(plain=True), default=True),
        "cpu_percent": Key(Number(low=0, high=100, over=True), default=85),
        "memory_percent": Key(Number(low=0, high=100, over=True), default=85),
        "running_below_desired": Key(Flag(plain=True), default=True),
    },
    OperationalAlarms,
)
