"""The component's graph without an engine, for the tests of what it makes."""

import warnings
from typing import Any

from tests.components.conftest import ACCOUNT, PREFIX, REGION, Graph, _event_loops, run

with warnings.catch_warnings():
    # A module of pulumi_aws.lambda_ announces at import that it is deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    from alerts import DeploymentAlerts

__all__ = ["ACCOUNT", "KEY", "PREFIX", "REGION", "SECRET", "TOPIC", "Graph", "_event_loops", "alerts", "run"]

SECRET = f"{PREFIX}:secretsmanager:{REGION}:{ACCOUNT}:secret:team/webhook-Ab12Cd"
TOPIC = f"{PREFIX}:sns:{REGION}:{ACCOUNT}:team"
KEY = f"{PREFIX}:kms:{REGION}:{ACCOUNT}:key/0a1b"


_MADE: dict[str, Graph] = {}


def alerts(run: Any, **changes: Any) -> Graph:
    """Return what a component of these arguments makes; the same ones are deployed once, since it takes a second."""
    args: Any = {"webhook_secret_arn": SECRET, **{key: each for key, each in changes.items() if each is not None}}
    asked = repr(sorted(args.items()))
    if asked not in _MADE:
        _MADE[asked] = run(lambda: DeploymentAlerts("alerts", args))
    return _MADE[asked]
