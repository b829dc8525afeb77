"""What sets the pace of a service's deployments, and how long Pulumi waits for one."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from pulumi import Input, Output

from . import strategies, timing
from .reading import holds_outputs, when_known
from .settings import Settings

_MINUTE = 60


def settle_minutes(settings: Settings) -> Output[int]:
    """Return how many minutes a good deployment takes at most."""

    def minutes(**parts: Any) -> int:
        return ceil(timing.settle_seconds(_pace(**parts)) / _MINUTE)

    return Output.from_input(when_known(minutes, **_parts(settings)))


def timeout(settings: Settings) -> str:
    """Return how long Pulumi waits for a deployment; an option of a resource must be plain."""
    if settings.deployment.timeout_minutes:
        return timing.minutes(settings.deployment.timeout_minutes * _MINUTE)
    parts = _parts(settings)
    if holds_outputs(parts):
        return timing.minutes(timing.TIMEOUT_SECONDS_UNKNOWN)
    return timing.minutes(timing.timeout_seconds(_pace(**parts)))


def _parts(settings: Settings) -> dict[str, Any]:
    """Return what the pace depends on; some of it may be known only later."""
    target_group, deployment = settings.target_group, settings.deployment
    balanced = settings.load_balancer is not None
    check = target_group.health_check
    figures: dict[str, Input[int]] = {
        "desired_count": settings.autoscaling.max_capacity if settings.autoscaling else settings.desired_count,
        "minimum_healthy_percent": deployment.minimum_healthy_percent,
        "maximum_percent": deployment.maximum_percent,
        "grace_period": deployment.health_check_grace_period_seconds if balanced else 0,
        "interval": check.interval if balanced else 0,
        "healthy_threshold": check.healthy_threshold if balanced else 0,
        "unhealthy_threshold": check.unhealthy_threshold if balanced else 0,
        "deregistration_delay": target_group.deregistration_delay if balanced else 0,
        "stop_timeout": settings.stop_timeout,
    }
    moving = {
        "canary": deployment.canary.bake_time_in_minutes if deployment.strategy == "CANARY" else 0,
        "step": deployment.linear.step_bake_time_in_minutes if deployment.strategy == "LINEAR" else 0,
        "step_percent": deployment.linear.step_percent,
        "hooks": [(hook.timeout_in_minutes, hook.lifecycle_stages) for hook in deployment.lifecycle_hooks],
        "bake": deployment.bake_time_in_minutes if strategies.watched(settings) else 0,
    }
    return {"figures": figures, "moving": moving}


def _pace(figures: Mapping[str, int], moving: Mapping[str, Any]) -> timing.Pace:
    steps = ceil(100 / moving["step_percent"]) * moving["step"]
    hooks = sum(minutes * len(stages) for minutes, stages in moving["hooks"])
    return timing.Pace(**figures, shifting=_MINUTE * (moving["canary"] + steps + hooks), bake=_MINUTE * moving["bake"])
