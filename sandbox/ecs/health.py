"""When ECS counts a task as healthy, and when it holds its health against it."""

from dataclasses import dataclass
from datetime import timedelta

from sandbox.ecs.model import Task
from sandbox.elb import Targets
from sandbox.simulation import Simulation


@dataclass(frozen=True)
class Verdict:
    """Why a task is going to be replaced: the event, without the service's name, and the task's stoppedReason."""

    event: str
    stopped_reason: str


class Health:
    """Reads the health of tasks from their containers and their targets.

    Args:
        seconds_without_checks: a task without any health check counts as healthy after so long RUNNING.
    """

    def __init__(self, simulation: Simulation, targets: Targets, seconds_without_checks: float) -> None:
        self._simulation = simulation
        self._targets = targets
        self.seconds_without_checks = seconds_without_checks

    def healthy(self, task: Task) -> bool:
        """Tell whether a task counts as healthy."""
        if not task.running or task.started_at is None or task.interface is None:
            return False
        checked = any(each.essential and each.definition.get("healthCheck") for each in task.containers)
        if checked and task.health != "HEALTHY":
            return False
        balancers = task.revision.balancers
        if not checked and not balancers:
            return self._simulation.now - task.started_at >= timedelta(seconds=self.seconds_without_checks)
        address = task.interface.address
        return all(
            self._targets.health(each["targetGroupArn"], address, each["containerPort"])[0] == "healthy"
            for each in balancers
        )

    def verdict(self, task: Task) -> Verdict | None:
        """Return what is held against a running task; None where no check has failed it."""
        if task.health == "UNHEALTHY":
            return Verdict(f"(task {task.id}) failed container health checks.", "Task failed container health checks")
        address = task.interface.address if task.interface else ""
        for balancer in task.revision.balancers:
            arn, port = balancer["targetGroupArn"], balancer["containerPort"]
            state, _, description = self._targets.health(arn, address, port)
            if state == "unhealthy":
                where = f"(task {task.id}) (port {port}) is unhealthy in (target-group {arn})"
                event = f"{where} due to (reason {description})."
                return Verdict(event, f"Task failed ELB health checks in (target-group {arn})")
        return None

    def grace_left(self, task: Task) -> float:
        """Return for how many seconds more the service's grace period keeps verdicts from counting."""
        grace = float(task.service.settings.get("healthCheckGracePeriodSeconds") or 0) if task.service else 0.0
        if task.started_at is None:
            return grace
        return grace - (self._simulation.now - task.started_at).total_seconds()
