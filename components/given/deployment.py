"""What a team may say about how a new revision replaces the previous one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi
from pulumi import Input

from .. import checks, formats, names
from ..reading import Flag, Key, ListOf, Number, Text, Whole, group, groups

ROLLING = "ROLLING"
STAGES = (
    "RECONCILE_SERVICE", "PRE_SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT",
)  # fmt: skip
"""The stages at which a hook may run (CreateService, `DeploymentLifecycleHookStage`)."""


class CanaryArgs(TypedDict):
    """The strategy CANARY: a share of the requests first, then the rest."""

    percent: NotRequired[pulumi.Input[float]]
    """The share of the requests that the new revision gets first, in percent. Default: 5."""
    bake_time_in_minutes: NotRequired[pulumi.Input[int]]
    """How long it gets that share only, 0 to 1440. Default: 10."""


class LinearArgs(TypedDict):
    """The strategy LINEAR: equal steps."""

    step_percent: NotRequired[pulumi.Input[float]]
    """The share of the requests that each step moves, in percent. Default: 10."""
    step_bake_time_in_minutes: NotRequired[pulumi.Input[int]]
    """How long each step lasts, 0 to 1440. Default: 6."""


class LifecycleHookArgs(TypedDict):
    """A pause, or a Lambda function, at stages of a deployment. When it is not answered in time, ECS rolls back."""

    lifecycle_stages: pulumi.Input[Sequence[pulumi.Input[str]]]
    """The stages, such as `POST_TEST_TRAFFIC_SHIFT`."""
    target_type: NotRequired[str]
    """`PAUSE`: ECS waits until someone continues the deployment; or `AWS_LAMBDA`. Default: `PAUSE`."""
    hook_target_arn: NotRequired[pulumi.Input[str]]
    """AWS_LAMBDA: the ARN of the function."""
    hook_details: NotRequired[pulumi.Input[str]]
    """AWS_LAMBDA: JSON that the function is given with each call."""
    timeout_in_minutes: NotRequired[pulumi.Input[int]]
    """How long ECS waits for an answer: up to 20160 for PAUSE, 1440 for AWS_LAMBDA. Default: 60."""


class DeploymentArgs(TypedDict):
    """How a new revision replaces the previous one."""

    strategy: NotRequired[str]
    """`ROLLING`, or with a load balancer `BLUE_GREEN`, `CANARY` or `LINEAR`. Default: `ROLLING`."""
    minimum_healthy_percent: NotRequired[pulumi.Input[int]]
    """The share of the desired count that stays healthy during a deployment, in percent; 100 or more. Default: 100."""
    maximum_percent: NotRequired[pulumi.Input[int]]
    """The share of the desired count that may run at once during a deployment, in percent. Default: 200."""
    bake_time_in_minutes: NotRequired[pulumi.Input[int]]
    """Minutes that the alarms watch the new revision before the previous one goes for good, 0 to 1440. Default: 5."""
    health_check_grace_period_seconds: NotRequired[pulumi.Input[int]]
    """Seconds after its start during which failed health checks do not count against a task, 1 to 600. Default: 60."""
    canary: NotRequired[CanaryArgs]
    """The steps of CANARY."""
    linear: NotRequired[LinearArgs]
    """The steps of LINEAR."""
    lifecycle_hooks: NotRequired[Sequence[LifecycleHookArgs]]
    """Pauses and functions at stages of a deployment. Default: none."""
    availability_zone_rebalancing: NotRequired[pulumi.Input[str]]
    """
    `ENABLED`: tasks that were crowded into one zone spread again; or `DISABLED`, with a waiver of DEP-09. Default:
    `ENABLED`.
    """
    force_new_deployment: NotRequired[pulumi.Input[bool]]
    """Whether each update deploys, also without a new revision; with a waiver of DEP-22. Default: false."""
    wait_for_steady_state: NotRequired[pulumi.Input[bool]]
    """
    Whether an update ends when its deployment has; false, when ECS has accepted it, with a waiver of DEP-18. Default:
    true.
    """
    timeout_minutes: NotRequired[int]
    """Minutes after which Pulumi stops waiting for a deployment. Default: computed, longer than ECS needs to decide."""


@dataclass(frozen=True)
class Canary:
    """The steps of CANARY."""

    percent: Input[float]
    bake_time_in_minutes: Input[int]


@dataclass(frozen=True)
class Linear:
    """The steps of LINEAR."""

    step_percent: Input[float]
    step_bake_time_in_minutes: Input[int]


@dataclass(frozen=True)
class LifecycleHook:
    """A pause, or a Lambda function, at stages of a deployment."""

    lifecycle_stages: Input[list[Input[str]]]
    target_type: str
    hook_target_arn: Input[str] | None
    hook_details: Input[str] | None
    timeout_in_minutes: Input[int]


@dataclass(frozen=True)
class Deployment:
    """How a new revision replaces the previous one. `timeout_minutes` is nothing where it is to be computed."""

    strategy: str
    minimum_healthy_percent: Input[int]
    maximum_percent: Input[int]
    bake_time_in_minutes: Input[int]
    health_check_grace_period_seconds: Input[int]
    canary: Canary
    linear: Linear
    lifecycle_hooks: list[LifecycleHook]
    availability_zone_rebalancing: Input[str]
    force_new_deployment: Input[bool]
    wait_for_steady_state: Input[bool]
    timeout_minutes: int | None

    @property
    def shifts_traffic(self) -> bool:
        """Whether requests move from one target group to another, instead of task by task."""
        return self.strategy != ROLLING


_DAY = 1440
_MINUTES = Whole(low=0, high=_DAY)
_HOOK = {
    "lifecycle_stages": Key(ListOf(item=Text(check=checks.one_of(*STAGES)), least=1), required=True),
    "target_type": Key(Text(plain=True, check=checks.one_of("PAUSE", "AWS_LAMBDA")), default="PAUSE"),
    "hook_target_arn": Key(Text(check=names.arn("Lambda function"))),
    "hook_details": Key(Text(check=formats.check_json)),
    # AWS's own day would keep two revisions running overnight for an answer that nobody gives.
    "timeout_in_minutes": Key(Whole(low=1, high=20160), default=60),
}
_PERCENT_WHY = ": with less, ECS may stop healthy tasks before their replacements work"
DEPLOYMENT = group(
    {
        "strategy": Key(
            Text(plain=True, check=checks.one_of(ROLLING, "BLUE_GREEN", "CANARY", "LINEAR", control="DEP-07")),
            default=ROLLING,
        ),
        # What serves keeps serving at full strength until the new revision has proven itself.
        "minimum_healthy_percent": Key(Whole(low=100, high=200, control="DEP-08", why=_PERCENT_WHY), default=100),
        "maximum_percent": Key(Whole(low=101, high=1000, control="DEP-08", why=": no new task may start"), default=200),
        # Longer than the alarms' window of three minutes: what they would see, they see before it is too late.
        "bake_time_in_minutes": Key(_MINUTES, default=5),
        # Without it, ECS replaces tasks that are still starting.
        "health_check_grace_period_seconds": Key(Whole(low=1, high=600, control="DEP-12"), default=60),
        "canary": group(
            {
                "percent": Key(Number(low=0.1, high=100), default=5),
                "bake_time_in_minutes": Key(_MINUTES, default=10),
            },
            Canary,
        ),
        "linear": group(
            {
                "step_percent": Key(Number(low=3, high=100), default=10),
                "step_bake_time_in_minutes": Key(_MINUTES, default=6),
            },
            Linear,
        ),
        "lifecycle_hooks": groups(_HOOK, LifecycleHook),
        # Tasks that were crowded into one zone by an outage spread again when it is over.
        "availability_zone_rebalancing": Key(
            Text(check=checks.one_of("ENABLED", "DISABLED", control="DEP-09")), default="ENABLED"
        ),
        # An update without a change is no deployment.
        "force_new_deployment": Key(Flag(), default=False),
        # The update ends when the deployment has, not when ECS has accepted it.
        "wait_for_steady_state": Key(Flag(), default=True),
        "timeout_minutes": Key(Whole(low=1, high=_DAY, plain=True, control="DEP-18")),
    },
    Deployment,
)
