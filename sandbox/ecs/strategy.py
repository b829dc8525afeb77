"""What CreateService and UpdateService refuse of a deployment strategy. Ranges: the service model's; words: ours."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.ecs.errors import InvalidParameterError, UnsupportedFeatureError

_STRATEGIES = ("ROLLING", "BLUE_GREEN", "LINEAR", "CANARY")
_DAY = 1440
_UNPAUSED = {"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"}
_PERCENT = {"linearConfiguration": ("stepPercent", 3.0), "canaryConfiguration": ("canaryPercent", 0.1)}


def check_strategy(
    strategy: str, configuration: Mapping[str, Any], load_balancers: Sequence[Mapping[str, Any]]
) -> None:
    """Refuse a strategy that AWS refuses, or that the sandbox cannot carry out.

    Raises:
        InvalidParameterError: AWS would refuse it.
        UnsupportedFeatureError: AWS would not, the sandbox does.
    """
    if strategy not in _STRATEGIES:
        raise InvalidParameterError(f"Invalid deployment strategy {strategy}.")
    _check_early_success(strategy, configuration)
    hooks = configuration.get("lifecycleHooks") or []
    if strategy == "ROLLING":
        if hooks:
            raise UnsupportedFeatureError("The sandbox has lifecycle hooks for BLUE_GREEN, LINEAR and CANARY only.")
        return
    for hook in hooks:
        _check_hook(hook)
    _check_figures(strategy, configuration)
    for balancer in load_balancers:
        advanced = balancer.get("advancedConfiguration") or {}
        if not advanced.get("alternateTargetGroupArn") or not advanced.get("productionListenerRule"):
            needed = "advancedConfiguration with alternateTargetGroupArn and productionListenerRule"
            raise InvalidParameterError(f"{needed} is required for {strategy}.")


def _check_early_success(strategy: str, configuration: Mapping[str, Any]) -> None:
    criteria = configuration.get("earlySuccessCriteria") or {}
    if not criteria.get("enable"):
        return
    if strategy != "ROLLING":
        raise InvalidParameterError(f"earlySuccessCriteria is not supported for the {strategy} deployment strategy.")
    percent, cleanup = criteria.get("healthyPercent"), criteria.get("sourceServiceRevisionCleanup")
    if percent is None or cleanup is None:
        raise InvalidParameterError("earlySuccessCriteria needs healthyPercent and sourceServiceRevisionCleanup.")
    least = configuration["minimumHealthyPercent"]
    if not least <= percent <= 100:  # noqa: PLR2004 - percent
        raise InvalidParameterError(f"healthyPercent must be between minimumHealthyPercent, {least}, and 100.")


def _check_figures(strategy: str, configuration: Mapping[str, Any]) -> None:
    bake = configuration.get("bakeTimeInMinutes")
    if bake is None and strategy == "BLUE_GREEN":
        raise InvalidParameterError("bakeTimeInMinutes is required for the BLUE_GREEN deployment strategy.")
    if bake is not None and not 0 <= bake <= _DAY:
        raise InvalidParameterError(f"bakeTimeInMinutes must be between 0 and {_DAY}.")
    for key, (name, least) in _PERCENT.items():
        percent = (configuration.get(key) or {}).get(name)
        if percent is not None and not least <= percent <= 100:  # noqa: PLR2004 - percent
            raise InvalidParameterError(f"{name} must be between {least} and 100.")


def _check_hook(hook: Mapping[str, Any]) -> None:
    if (hook.get("targetType") or "AWS_LAMBDA") != "PAUSE":
        raise UnsupportedFeatureError("The sandbox runs no Lambda functions: use lifecycle hooks of type PAUSE.")
    if _UNPAUSED.intersection(hook.get("lifecycleStages") or []):
        raise InvalidParameterError("PAUSE hooks are not supported at TEST_TRAFFIC_SHIFT and PRODUCTION_TRAFFIC_SHIFT.")
