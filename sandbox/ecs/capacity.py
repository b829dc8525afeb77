"""Where Fargate runs a task: capacity provider strategies, the rate of launches, and what takes capacity back.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.ecs.errors import InvalidParameterError
from sandbox.ecs.model import Task

SPOT = "FARGATE_SPOT"
PROVIDERS = ("FARGATE", SPOT)
SPOT_REASON = "Your Spot Task was interrupted."
# transcript 59874261549, survey 2026-11-20
MAINTENANCE_REASON = "ECS is performing maintenance on the underlying infrastructure hosting the task"
_BURST, _REFILL = 100, 20.0
_MOST_PROVIDERS = 20


@dataclass
class LaunchRate:
    """Fargate's limit on launches of an account and region: a burst of 100, then 20 a second (documented)."""

    tokens: float = _BURST
    at: datetime | None = None

    def take(self, now: datetime) -> float:
        """Take a launch; return after how many seconds it may happen."""
        if self.at is not None:
            self.tokens = min(_BURST, self.tokens + (now - self.at).total_seconds() * _REFILL)
        self.at = now
        self.tokens -= 1
        return max(0.0, -self.tokens / _REFILL)


def choose(strategy: Sequence[Mapping[str, Any]], running: Mapping[str, int]) -> str | None:
    """Return the capacity provider of the next task: first what `base` asks for, then by the share of `weight`.

    Args:
        strategy: items of the API.
        running: how many tasks each provider has.
    """
    for item in strategy:
        if running.get(item["capacityProvider"], 0) < int(item.get("base") or 0):
            return str(item["capacityProvider"])
    weighted = [item for item in strategy if int(item.get("weight") or 0) > 0]

    def share(item: Mapping[str, Any]) -> float:
        beyond = running.get(item["capacityProvider"], 0) - int(item.get("base") or 0)
        return (beyond + 1) / int(item["weight"])

    return str(min(weighted, key=share)["capacityProvider"]) if weighted else None


def check_strategy(strategy: Sequence[Mapping[str, Any]], launch_type: str | None, associated: Sequence[str]) -> None:
    """Refuse a strategy that AWS refuses.

    Args:
        strategy: items of the API, none where the request has none.
        launch_type: what the request has besides.
        associated: the capacity providers of the cluster.
    """
    if not strategy:
        return
    if launch_type:
        raise InvalidParameterError(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
        )
    if len(strategy) > _MOST_PROVIDERS:
        raise InvalidParameterError("A capacity provider strategy can contain a maximum of 20 capacity providers.")
    if any(item["capacityProvider"] not in associated for item in strategy):
        raise InvalidParameterError(
            "The specified capacity provider strategy cannot contain a capacity provider that is not associated with "
            "the cluster. Associate the capacity provider with the cluster and try again."
        )
    if any(item["capacityProvider"] not in PROVIDERS for item in strategy):
        raise InvalidParameterError("The sandbox has the capacity providers FARGATE and FARGATE_SPOT only.")
    if sum(bool(item.get("base")) for item in strategy) > 1:
        raise InvalidParameterError(
            "Only one capacity provider in a capacity provider strategy can have a base defined."
        )
    if not any(item.get("weight") for item in strategy):
        raise InvalidParameterError(
            "At least one capacity provider in a capacity provider strategy must have a weight value greater than 0."
        )


def counts_by_provider(tasks: Sequence[Task]) -> dict[str, int]:
    """Return how many of the tasks that are meant to run each provider has."""
    found: dict[str, int] = {}
    for task in tasks:
        if task.live and task.capacity_provider:
            found[task.capacity_provider] = found.get(task.capacity_provider, 0) + 1
    return found
