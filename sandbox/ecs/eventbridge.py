"""What ECS tells EventBridge: changes of tasks, deployments and hooks, and service actions, put on its default bus.

Shapes: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html and its pages on each kind.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

from sandbox.ecs.model import Deployment, Hook, Service, ServiceDeployment, Task
from sandbox.ecs.shapes import task_shape
from sandbox.events.buses import Buses, iso
from sandbox.simulation import Simulation

_DEPLOYMENT_EVENTS = {
    "IN_PROGRESS": ("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
    "COMPLETED": ("INFO", "SERVICE_DEPLOYMENT_COMPLETED"),
    "FAILED": ("ERROR", "SERVICE_DEPLOYMENT_FAILED"),
}
# What of a service's event messages is a service action too, by the start of the message.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
_ACTIONS: Mapping[str, tuple[str, str, str | None]] = {
    "has reached a steady state": ("INFO", "SERVICE_STEADY_STATE", None),
    "has stopped ": ("INFO", "TASKS_STOPPED", None),
    "is unable to consistently start tasks": ("WARN", "SERVICE_TASK_START_IMPAIRED", None),
    "was unable to place a task. Reason: Capacity": ("ERROR", "SERVICE_TASK_PLACEMENT_FAILURE", "RESOURCE:FARGATE"),
    "operations are being throttled": ("ERROR", "ECS_OPERATION_THROTTLED", None),
}
_BREAKER = "ECS deployment circuit breaker: tasks failed to start."
_BREAKER_IN_EVENTS = "ECS deployment circuit breaker: task failed to start."
"""The documented event has the singular, DescribeServices the plural (transcript 1234393695, survey 2026-11-20)."""


class EventBridge:
    """Puts an account's and region's events on its default bus.

    Where there is no rule nothing is made up. Its chance is its own, so that a rule changes nothing of what happens.
    """

    def __init__(self, account: str, region: str, simulation: Simulation, buses: Buses) -> None:
        self._account = account
        self._region = region
        self._simulation = simulation
        self._random = Random(f"eventbridge {account} {region}")  # noqa: S311 - a simulation wants to be repeatable
        self._buses = buses
        self._changed: set[str] = set()

    def task_changed(self, task: Task) -> None:
        """Tell of a task as it is when all that happens to it at this moment has happened: one event a moment."""
        if task.arn in self._changed or not self._buses.has_rules(self._account, self._region):
            return
        self._changed.add(task.arn)
        self._simulation.schedule(0, partial(self._tell_of_task, task))

    def _tell_of_task(self, task: Task) -> None:
        self._changed.discard(task.arn)
        self._put("ECS Task State Change", task.arn, _task_detail(task, self._simulation.now))

    def deployment_changed(self, service: Service, deployment: Deployment) -> None:
        """Tell of a deployment's rollout state."""
        kind, name = _DEPLOYMENT_EVENTS[deployment.rollout_state]
        reason = deployment.rollout_reason
        detail = {
            "eventType": kind,
            "eventName": name,
            "deploymentId": deployment.id,
            "updatedAt": _iso(self._simulation.now),
            "reason": _BREAKER_IN_EVENTS if reason == _BREAKER else reason,
        }
        self._put("ECS Deployment State Change", service.arn, detail)

    def hook_changed(self, service: Service, rollout: ServiceDeployment, hook: Hook) -> None:
        """Tell of a lifecycle hook's new status.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_hook_state_change_events.html. INFO is the type
        of its one example, and taken to be that of the other statuses.
        """
        detail = {
            "eventType": "INFO",
            "eventName": f"HOOK_{hook.status}",
            "hookId": hook.id,
            "hookType": "PAUSE",
            "expiresAt": _iso(hook.expires_at),
            "lifecycleStage": hook.stage,
            "clusterArn": service.cluster_arn,
            "serviceArn": service.arn,
            "serviceDeploymentArn": rollout.arn,
            "updatedAt": _iso(self._simulation.now),
        }
        self._put("ECS Hook State Change", rollout.arn, detail)

    def service_said(self, service: Service, message: str) -> None:
        """Tell of a service's event where it is a service action; `message` is without the service's name."""
        known = next((action for start, action in _ACTIONS.items() if message.startswith(start)), None)
        if known is None:
            return
        kind, name, reason = known
        detail = {
            "eventType": kind,
            "eventName": name,
            "clusterArn": service.cluster_arn,
            "createdAt": _iso(self._simulation.now),
            **({"reason": reason} if reason else {}),
        }
        self._put("ECS Service Action", service.arn, detail)

    def _put(self, detail_type: str, resource: str, detail: dict[str, Any]) -> None:
        if not self._buses.has_rules(self._account, self._region):
            return
        message = {
            "version": "0",
            "id": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "detail-type": detail_type,
            "source": "aws.ecs",
            "account": self._account,
            "time": iso(self._simulation.now),
            "region": self._region,
            "resources": [resource],
            "detail": detail,
        }
        self._buses.put(self._account, self._region, message)


def _task_detail(task: Task, now: datetime) -> dict[str, Any]:
    """Return the task as DescribeTasks gives it, with what the events have otherwise: no health, `eni`, ISO times."""
    detail = task_shape(task)
    for key in ("healthStatus", "tags"):
        detail.pop(key, None)
    for container in detail["containers"]:
        container.pop("healthStatus", None)
        container.pop("networkBindings", None)
    for attachment in detail["attachments"]:
        attachment["type"] = "eni"
    detail["updatedAt"] = now
    plain: dict[str, Any] = _plain(detail)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return _iso(value) if isinstance(value, datetime) else value


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
