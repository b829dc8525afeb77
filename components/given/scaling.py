"""What a team may say about how many tasks run, and on which capacity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi
from pulumi import Input

from .. import checks, formats
from ..reading import Group, Key, Number, Text, Whole, groups

MOST_TASKS = 5000
"""The tasks that one service may have (quota of ECS)."""


class ScheduledActionArgs(TypedDict):
    """Another range at a time: it stays until the next action changes it."""

    name: str
    """The name of the action."""
    schedule: pulumi.Input[str]
    """When: `cron(0 6 ? * MON-FRI *)`, `rate(1 day)` or `at(2027-01-31T06:00:00)`."""
    timezone: NotRequired[pulumi.Input[str]]
    """The time zone of the schedule, such as `Europe/Berlin`. Default: `UTC`."""
    min_capacity: NotRequired[pulumi.Input[int]]
    """The fewest tasks from then on. The range's two ends, or one of them."""
    max_capacity: NotRequired[pulumi.Input[int]]
    """The most tasks from then on."""


class AutoscalingArgs(TypedDict):
    """How the number of tasks follows the load. While it is on, Pulumi leaves the desired count alone."""

    min_capacity: NotRequired[pulumi.Input[int]]
    """The fewest tasks. Default: 2."""
    max_capacity: NotRequired[pulumi.Input[int]]
    """The most tasks. Default: 6."""
    cpu_target: NotRequired[pulumi.Input[float]]
    """The CPU utilization that the number of tasks aims at, in percent. Default: 60."""
    memory_target: NotRequired[pulumi.Input[float]]
    """The memory utilization that it aims at, in percent. Default: none."""
    requests_per_target: NotRequired[pulumi.Input[float]]
    """The requests for each task in a minute that it aims at; with a load balancer and ROLLING. Default: none."""
    scale_in_cooldown: NotRequired[pulumi.Input[int]]
    """Seconds after tasks were taken away before more are. Default: 300."""
    scale_out_cooldown: NotRequired[pulumi.Input[int]]
    """Seconds after tasks were added before more are. Default: 60."""
    scheduled_actions: NotRequired[Sequence[ScheduledActionArgs]]
    """Other ranges at certain times. Default: none."""


class CapacityProviderStrategyArgs(TypedDict):
    """A share of the tasks on a capacity provider."""

    capacity_provider: str
    """`FARGATE`, or `FARGATE_SPOT`, whose tasks AWS may stop with a warning of two minutes."""
    base: NotRequired[pulumi.Input[int]]
    """How many tasks run there before the weights count. Default: 0."""
    weight: NotRequired[pulumi.Input[int]]
    """The share of the tasks beyond the base, 0 to 1000. Default: 1."""


@dataclass(frozen=True)
class ScheduledAction:
    """Another range at a time."""

    name: str
    schedule: Input[str]
    timezone: Input[str]
    min_capacity: Input[int] | None
    max_capacity: Input[int] | None


@dataclass(frozen=True)
class Autoscaling:
    """How the number of tasks follows the load; cooldowns in seconds."""

    min_capacity: Input[int]
    max_capacity: Input[int]
    cpu_target: Input[float]
    memory_target: Input[float] | None
    requests_per_target: Input[float] | None
    scale_in_cooldown: Input[int]
    scale_out_cooldown: Input[int]
    scheduled_actions: list[ScheduledAction]


@dataclass(frozen=True)
class CapacityProviderStrategy:
    """A share of the tasks on a capacity provider."""

    capacity_provider: str
    base: Input[int]
    weight: Input[int]


_TASKS = Whole(low=0, high=MOST_TASKS)
_SECONDS = Whole(low=0, high=86400)
_SCHEDULED_ACTION = {
    "name": Key(Text(plain=True, check=formats.check_scaling_name), required=True),
    "schedule": Key(Text(check=formats.check_schedule), required=True),
    "timezone": Key(Text(check=formats.check_timezone), default="UTC"),
    "min_capacity": Key(_TASKS),
    "max_capacity": Key(_TASKS),
}
_AUTOSCALING = {
    "min_capacity": Key(_TASKS, default=2),
    "max_capacity": Key(_TASKS, default=6),
    # Room for the load of the minutes until new tasks serve.
    "cpu_target": Key(Number(low=10, high=100), default=60),
    "memory_target": Key(Number(low=10, high=100)),
    "requests_per_target": Key(Number(low=0, high=10_000_000, over=True)),
    # Out fast, in slowly: a lull between two waves must not take away what the second one needs.
    "scale_in_cooldown": Key(_SECONDS, default=300),
    "scale_out_cooldown": Key(_SECONDS, default=60),
    "scheduled_actions": groups(_SCHEDULED_ACTION, ScheduledAction),
}
AUTOSCALING = Key(Group(keys=_AUTOSCALING, form=Autoscaling))
CAPACITY_PROVIDER_STRATEGIES = groups(
    {
        "capacity_provider": Key(Text(plain=True, check=checks.one_of("FARGATE", "FARGATE_SPOT")), required=True),
        "base": Key(Whole(low=0, high=100_000), default=0),
        "weight": Key(Whole(low=0, high=1000), default=1),
    },
    CapacityProviderStrategy,
)
