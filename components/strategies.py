"""The deployment strategy as ECS gets it: how requests move to a new revision, and where that pauses."""

from typing import Any

import pulumi_aws as aws
from pulumi import Input

from .given.deployment import ROLLING, LifecycleHook
from .reading import when_known
from .settings import Settings


def circuit_breaker() -> aws.ecs.ServiceDeploymentCircuitBreakerArgsDict:
    """Return the circuit breaker: a revision that does not start, or get healthy, is given up and the last one returns.

    It is on with each strategy. The API's reference has it for rolling updates alone, the developer guide for
    blue/green too; with the other strategies the alarms and hooks must be enough.
    """
    return {"enable": True, "rollback": True}


def configuration(settings: Settings, role_arn: Input[str] | None) -> aws.ecs.ServiceDeploymentConfigurationArgsDict:
    """Return `deployment_configuration`, whose minutes are texts; `role_arn` is what ECS calls functions with."""
    deployment = settings.deployment
    parts: aws.ecs.ServiceDeploymentConfigurationArgsDict = {"strategy": deployment.strategy}
    if watched(settings):
        parts["bake_time_in_minutes"] = _text(deployment.bake_time_in_minutes)
    if deployment.strategy == "CANARY":
        parts["canary_configuration"] = {
            "canary_percent": deployment.canary.percent,
            "canary_bake_time_in_minutes": _text(deployment.canary.bake_time_in_minutes),
        }
    if deployment.strategy == "LINEAR":
        parts["linear_configuration"] = {
            "step_percent": deployment.linear.step_percent,
            "step_bake_time_in_minutes": _text(deployment.linear.step_bake_time_in_minutes),
        }
    if deployment.lifecycle_hooks:
        parts["lifecycle_hooks"] = [_hook(hook, role_arn) for hook in deployment.lifecycle_hooks]
    return parts


def watched(settings: Settings) -> bool:
    """Tell whether anything looks at a new revision after it has started: if not, a bake time is only a delay."""
    extra = settings.deployment_alarms.extra_alarm_names
    return settings.deployment.strategy != ROLLING or settings.load_balancer is not None or extra != []


def _hook(
    hook: LifecycleHook, role_arn: Input[str] | None
) -> aws.ecs.ServiceDeploymentConfigurationLifecycleHookArgsDict:
    parts: aws.ecs.ServiceDeploymentConfigurationLifecycleHookArgsDict = {
        "lifecycle_stages": hook.lifecycle_stages,
        "target_type": hook.target_type,
        # No answer is no consent.
        "timeout_configuration": {"action": "ROLLBACK", "timeout_in_minutes": _text(hook.timeout_in_minutes)},
    }
    if hook.hook_target_arn is not None and role_arn is not None:
        parts["hook_target_arn"] = hook.hook_target_arn
        parts["role_arn"] = role_arn
    if hook.hook_details is not None:
        parts["hook_details"] = hook.hook_details
    return parts


def _text(minutes: Input[int]) -> Input[str]:
    def text(number: Any) -> str:
        return str(number)

    return when_known(text, number=minutes)
