"""The account-wide explainer: ECS's events, through EventBridge and SQS, to a function that says why.

Importing this package imports nothing else: the component loads its module, and with it Pulumi, when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alerts.arguments import DeploymentAlertsArgs
    from alerts.component import DeploymentAlerts

_MODULES = {"DeploymentAlerts": "alerts.component", "DeploymentAlertsArgs": "alerts.arguments"}

__all__ = ["DeploymentAlerts", "DeploymentAlertsArgs"]


def __getattr__(name: str) -> object:
    """Load a public name from its module on first use."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
