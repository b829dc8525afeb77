"""A service's events, worded as AWS words them: `(service NAME) …`.

Templates: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html and transcripts
69058706924, 71051784141, 56523002981 of the survey of 2026-11-20, whose parentheses differ from the documented form.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from sandbox.ecs.model import Deployment, Service, Task
from sandbox.simulation import Simulation

_SILENCE = timedelta(hours=6)


class Bridge(Protocol):
    """What is told of a service's events, to tell others: EventBridge."""

    def service_said(self, service: Service, message: str) -> None:
        """Take an event; the message is without the service's name."""
        ...

    def deployment_changed(self, service: Service, deployment: Deployment) -> None:
        """Take a deployment whose rollout state is new."""
        ...


class Events:
    """Writes events into services.

    Args:
        simulation: gives their time and their ids.
        bridge: is told of them too.
    """

    def __init__(self, simulation: Simulation, bridge: Bridge) -> None:
        self._simulation = simulation
        self._bridge = bridge

    def say(self, service: Service, message: str, *, later_ms: int = 0) -> None:
        """Add `(service NAME) message`, stamped so many milliseconds after now but never before the event before it."""
        identifier = str(uuid.UUID(int=self._simulation.random.getrandbits(128), version=4))
        at = self._simulation.now + timedelta(milliseconds=later_ms)
        if service.events:
            at = max(at, service.events[0]["createdAt"])
        event = {"id": identifier, "createdAt": at, "message": f"(service {service.name}) {message}"}
        service.events.appendleft(event)
        self._bridge.service_said(service, message)

    def deployment_changed(self, service: Service, deployment: Deployment) -> None:
        """Tell of a deployment's new rollout state; no message of the service says it."""
        self._bridge.deployment_changed(service, deployment)

    def warn(self, service: Service, message: str) -> None:
        """Add a message that ECS does not repeat while its cause stands, or only after six hours (documented)."""
        last = service.primary.said.get(message)
        if last is None or self._simulation.now - last >= _SILENCE:
            service.primary.said[message] = self._simulation.now
            self.say(service, message)

    def resolved(self, service: Service, but: str | None = None) -> None:
        """Take note that what was warned of is over, `but` for one message: the next time is told again."""
        said = service.primary.said
        service.primary.said = {message: at for message, at in said.items() if message == but}

    def started(self, service: Service, tasks: Sequence[Task], replaced: int) -> None:
        """Tell of launched tasks."""
        because = f" Amazon ECS replaced {replaced} tasks due to an unhealthy status." if replaced else ""
        self.say(service, f"has started {len(tasks)} tasks: {_names(tasks)}.{because}")

    def stopped(self, service: Service, tasks: Sequence[Task]) -> None:
        """Tell of tasks that are being stopped: the ones that ran, then the ones that had not started."""
        running = [task for task in tasks if task.started_at is not None]
        if running:
            self.say(service, f"has stopped {len(running)} running tasks: {_names(running)}.")
        if pending := len(tasks) - len(running):
            self.say(service, f"stopped {pending} pending tasks.")

    def held(self, service: Service, deployment: Deployment) -> None:
        """Tell that protected tasks keep a deployment from scaling in; worded as transcript 69058706924 has it."""
        count = sum(task.protected for task in service.tasks if task.deployment is deployment)
        where = f"(taskSet {deployment.id}) was unable to scale in due to (reason {count} tasks under protection)"
        self.warn(service, f"was unable to reach steady state because {where}")

    def registered(self, service: Service, target_group_arn: str) -> None:
        """Tell of a registered target."""
        self.say(service, f"registered 1 targets in (target-group {target_group_arn})")

    def deregistered(self, service: Service) -> None:
        """Tell of the targets that were deregistered since the last time, 6 ms before the draining."""
        for arn, count in service.deregistered.items():
            self.say(service, f"deregistered {count} targets in (target-group {arn})")
            self.say(service, f"has begun draining connections on {count} tasks.", later_ms=6)
        service.deregistered.clear()


def _names(tasks: Sequence[Task]) -> str:
    return " ".join(f"(task {task.id})" for task in tasks)
