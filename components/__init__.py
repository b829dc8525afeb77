"""What a team puts into its stack: a hardened ECS service on Fargate, as one Pulumi component.

Importing this package imports nothing else: each name loads its module, and with it Pulumi, when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .args import (
        DeploymentAlarmsArgs,
        DeploymentArgs,
        FargateServiceArgs,
        HealthCheckArgs,
        LoadBalancerArgs,
        TargetGroupArgs,
        WaiverArgs,
    )
    from .errors import ArgumentError
    from .fargate_service import FargateService

__version__ = "0.1.0"
"""The version of everything here: the wheel, the plugin and the command take it from this line."""

_MODULES = {
    "ArgumentError": "errors",
    "DeploymentAlarmsArgs": "args",
    "DeploymentArgs": "args",
    "FargateService": "fargate_service",
    "FargateServiceArgs": "args",
    "HealthCheckArgs": "args",
    "LoadBalancerArgs": "args",
    "TargetGroupArgs": "args",
    "WaiverArgs": "args",
}

__all__ = [
    "ArgumentError",
    "DeploymentAlarmsArgs",
    "DeploymentArgs",
    "FargateService",
    "FargateServiceArgs",
    "HealthCheckArgs",
    "LoadBalancerArgs",
    "TargetGroupArgs",
    "WaiverArgs",
]


def __getattr__(name: str) -> object:
    """Load a public name from its module on first use."""
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
