"""What tasks tell the service scheduler: failures that count, gaps before the next attempt, health and its verdicts."""

from collections.abc import Callable
from datetime import timedelta

from sandbox.ecs.events import Events
from sandbox.ecs.failure import Failures
from sandbox.ecs.health import Health
from sandbox.ecs.model import Deployment, Service, Task
from sandbox.ecs.stopping import Change
from sandbox.elb import TargetKey
from sandbox.simulation import Simulation
from sandbox.timings import Timings

DIGEST_ATTEMPTS = 3
"""After so many failed attempts a deployment goes on without image digests (documented, container image resolution)."""
_IMPAIRED_AFTER = 3


class Observer:
    """Takes note of what happens to the tasks of services.

    Args:
        poke: has the scheduler look at a service after its reaction time.
    """

    def __init__(
        self,
        simulation: Simulation,
        timings: Timings,
        health: Health,
        events: Events,
        failures: Failures,
        poke: Callable[[Service], None],
    ) -> None:
        self._simulation = simulation
        self._timings = timings
        self._health = health
        self._events = events
        self._failures = failures
        self._poke = poke

    def task_changed(self, task: Task, change: Change) -> None:
        """Take note of what happened to a task."""
        service, deployment = task.service, task.deployment
        if service is None or deployment is None:
            return
        if change is Change.IMAGES_PULLED:
            self._settle_digests(deployment, task)
        elif change is Change.RUNNING:
            deployment.start_failures = 0
            deployment.not_before = None
            self._events.resolved(service, but=deployment.refusal)
            self._simulation.schedule(self._health.seconds_without_checks, lambda: self._assess(task))
        elif change is Change.REGISTERED:
            for group, _ in task.targets:
                self._events.registered(service, group.arn)
        elif change is Change.HEALTH:
            self._assess(task)
            return
        elif change is Change.STOPPING and task.stop_code == "TaskFailedToStart":
            reason = (task.stopped_reason or "").rstrip(".")
            self._events.warn(service, f"was unable to place a task. Reason: {reason}.")
        elif change is Change.STOPPED:
            self._count_end(service, deployment, task)
        service.unsteady = True
        self._poke(service)

    def target_changed(self, service: Service, key: TargetKey) -> None:
        """Take note of a target whose health changed."""
        for task in list(service.tasks):
            if task.interface and task.interface.address == key.address and task.running:
                self._assess(task)

    def _settle_digests(self, deployment: Deployment, task: Task) -> None:
        if not deployment.digests_settled:
            deployment.digests_settled = True
            deployment.revision.digests = {each.name: each.digest for each in task.containers if each.digest}

    def _count_end(self, service: Service, deployment: Deployment, task: Task) -> None:
        if task in service.tasks:
            service.tasks.remove(task)
        if task.stop_code == "ServiceSchedulerInitiated":
            if task.unhealthy_reason is not None and not task.retiring:
                self._hold_back(service, deployment, "unhealthy_gap")
            return
        if deployment is not service.primary:
            deployment.lost += 1
            return
        if task.stop_code in {"UserInitiated", "SpotInterruption"}:
            return
        self._failures.count(service, deployment)
        if task.stop_code == "TaskFailedToStart":
            self._count_start_failure(service, deployment, task)
        else:
            self._hold_back(service, deployment, "exit_gap")

    def _hold_back(self, service: Service, deployment: Deployment, timing: str) -> None:
        """Have the tasks of a rollout that ran and failed wait for their replacement, unless one is healthy already."""
        if deployment.rollout_state != "IN_PROGRESS" or deployment.is_rollback:
            return
        now = self._simulation.now
        if deployment.replace_after is None or deployment.replace_after <= now:
            deployment.replace_after = now + timedelta(seconds=self._timings.draw(timing, service.arn))
            deployment.held_back = 0
        deployment.held_back += 1

    def _count_start_failure(self, service: Service, deployment: Deployment, task: Task) -> None:
        if not deployment.digests_settled:
            deployment.digest_attempts += 1
            if deployment.digest_attempts >= DIGEST_ATTEMPTS:
                deployment.digests_settled = True
                self._failures.trip(service, deployment)
        if task.batch <= deployment.failed_batch:  # tasks that were launched together count once
            return
        deployment.failed_batch = deployment.batch
        deployment.start_failures += 1
        gap = self._timings.throttle(deployment.start_failures, service.arn)
        deployment.not_before = self._simulation.now + timedelta(seconds=gap)
        if deployment.start_failures >= _IMPAIRED_AFTER:
            self._events.warn(service, "is unable to consistently start tasks successfully.")

    def _assess(self, task: Task) -> None:
        """Compare a task's health with what was known: first success, or a verdict once the grace period is over."""
        service, deployment = task.service, task.deployment
        if service is None or deployment is None or not task.running:
            return
        if self._health.healthy(task):
            task.noticed_at = None
            if not task.reached_healthy and task.unhealthy_reason is None:
                task.reached_healthy = True
                deployment.replace_after, deployment.held_back = None, 0
                self._failures.reset(service, deployment)
            service.unsteady = True
            self._poke(service)
            return
        verdict = self._health.verdict(task)
        if verdict is None or task.unhealthy_reason is not None:
            return
        wait = self._health.grace_left(task)
        if wait > 0:
            self._simulation.schedule(wait, lambda: self._assess(task))
            return
        if task.noticed_at is None:  # the balancer's or the container's verdict is there; ECS has yet to read it
            wait = self._timings.draw("health_poll", service.arn)
            task.noticed_at = self._simulation.now + timedelta(seconds=wait)
            self._simulation.schedule(wait, lambda: self._assess(task))
        if task.noticed_at > self._simulation.now:
            return
        task.unhealthy_reason = verdict.stopped_reason
        self._events.say(service, verdict.event)
        service.unsteady = True
        if deployment is service.primary:
            self._failures.count(service, deployment)
        self._poke(service)
