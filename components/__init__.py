"""What a team puts into its stack: a hardened ECS service on Fargate, with its repository and cluster.

Importing this package imports nothing else: each name loads its module, and with it Pulumi, when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .args import FargateServiceArgs
    from .cluster import Cluster, ClusterArgs
    from .errors import ArgumentError
    from .fargate_service import FargateService
    from .given.access import EfsVolumeArgs, EgressRuleArgs, PolicyStatementArgs, ServiceConnectArgs
    from .given.alarms import DeploymentAlarmsArgs, OperationalAlarmsArgs
    from .given.container import (
        ContainerDependencyArgs,
        ContainerHealthCheckArgs,
        RestartPolicyArgs,
        SidecarArgs,
        UlimitArgs,
    )
    from .given.deployment import CanaryArgs, DeploymentArgs, LifecycleHookArgs, LinearArgs
    from .given.load_balancing import HealthCheckArgs, LoadBalancerArgs, TargetGroupArgs
    from .given.scaling import AutoscalingArgs, CapacityProviderStrategyArgs, ScheduledActionArgs
    from .given.waivers import WaiverArgs
    from .repository import Repository, RepositoryArgs

__version__ = "0.1.0"
"""The version of everything here: the wheel, the plugin and the command take it from this line."""

_MODULES = {
    "ArgumentError": "errors",
    "AutoscalingArgs": "given.scaling",
    "CanaryArgs": "given.deployment",
    "CapacityProviderStrategyArgs": "given.scaling",
    "Cluster": "cluster",
    "ClusterArgs": "cluster",
    "ContainerDependencyArgs": "given.container",
    "ContainerHealthCheckArgs": "given.container",
    "DeploymentAlarmsArgs": "given.alarms",
    "DeploymentArgs": "given.deployment",
    "EfsVolumeArgs": "given.access",
    "EgressRuleArgs": "given.access",
    "FargateService": "fargate_service",
    "FargateServiceArgs": "args",
    "HealthCheckArgs": "given.load_balancing",
    "LifecycleHookArgs": "given.deployment",
    "LinearArgs": "given.deployment",
    "LoadBalancerArgs": "given.load_balancing",
    "OperationalAlarmsArgs": "given.alarms",
    "PolicyStatementArgs": "given.access",
    "Repository": "repository",
    "RepositoryArgs": "repository",
    "RestartPolicyArgs": "given.container",
    "ScheduledActionArgs": "given.scaling",
    "ServiceConnectArgs": "given.access",
    "SidecarArgs": "given.container",
    "TargetGroupArgs": "given.load_balancing",
    "UlimitArgs": "given.container",
    "WaiverArgs": "given.waivers",
}

__all__ = [
    "ArgumentError",
    "AutoscalingArgs",
    "CanaryArgs",
    "CapacityProviderStrategyArgs",
    "Cluster",
    "ClusterArgs",
    "ContainerDependencyArgs",
    "ContainerHealthCheckArgs",
    "DeploymentAlarmsArgs",
    "DeploymentArgs",
    "EfsVolumeArgs",
    "EgressRuleArgs",
    "FargateService",
    "FargateServiceArgs",
    "HealthCheckArgs",
    "LifecycleHookArgs",
    "LinearArgs",
    "LoadBalancerArgs",
    "OperationalAlarmsArgs",
    "PolicyStatementArgs",
    "Repository",
    "RepositoryArgs",
    "RestartPolicyArgs",
    "ScheduledActionArgs",
    "ServiceConnectArgs",
    "SidecarArgs",
    "TargetGroupArgs",
    "UlimitArgs",
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
