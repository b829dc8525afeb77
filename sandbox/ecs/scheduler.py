"""The service scheduler: it looks at a service after every change and launches, replaces, drains and completes."""

from collections.abc import Callable
from datetime import timedelta

from sandbox.ecs.admission import Admission, Refusal
from sandbox.ecs.events import Events
from sandbox.ecs.failure import Failures
from sandbox.ecs.health import Health
from sandbox.ecs.lifecycle import Lifecycle
from sandbox.ecs.model import Deployment, Service, Task
from sandbox.ecs.planning import Group, Limits, limits, plan, plan_apart, succeeds_early
from sandbox.ecs.tasks import Change, Lives
from sandbox.elb import TargetKey
from sandbox.simulation import Simulation
from sandbox.timings import Timings

DIGEST_ATTEMPTS = 3
"""After so many failed attempts a deployment goes on without image digests (documented, container image resolution)."""
_IMPAIRED_AFTER = 3
_ENDING = {"STOPPING", "DEPROVISIONING", "STOPPED"}

Launch = Callable[[Service, Deployment], Task]


class Scheduler:
    """Schedules the tasks of the services of one account and region.

    Args:
        launch: makes a task of a deployment, PROVISIONING and known to `tasks`.
    """

    def __init__(
        self,
        simulation: Simulation,
        timings: Timings,
        health: Health,
        events: Events,
        failures: Failures,
        lifecycle: Lifecycle,
        launch: Launch,
    ) -> None:
        self._simulation = simulation
        self._timings = timings
        self._health = health
        self._events = events
        self._failures = failures
        self._lifecycle = lifecycle
        self._launch = launch
        self.admission: Admission  # set by whoever makes this
        self.lives: Lives  # set by whoever makes both: lives tell the scheduler, and the scheduler stops lives

    def poke(self, service: Service, seconds: float | None = None) -> None:
        """Have the scheduler look at a service after its reaction time, or after `seconds`."""
        delay = self._timings.draw("scheduler_reaction") if seconds is None else seconds
        due = self._simulation.now + timedelta(seconds=delay)
        pending = service.next_look
        if pending and not pending.cancelled and self._simulation.now <= pending.at <= due:
            return
        if pending:
            pending.cancel()
        service.next_look = self._simulation.schedule(delay, lambda: self._look(service))

    # --- what tasks tell

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
        self.poke(service)

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
                self._hold_back(deployment, "unhealthy_gap")
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
            self._hold_back(deployment, "exit_gap")

    def _hold_back(self, deployment: Deployment, timing: str) -> None:
        """Have the tasks of a rollout that ran and failed wait for their replacement, unless one is healthy already."""
        now = self._simulation.now
        waiting = deployment.replace_after is not None and deployment.replace_after > now
        if deployment.rollout_state == "IN_PROGRESS" and not deployment.is_rollback and not waiting:
            deployment.replace_after = now + timedelta(seconds=self._timings.draw(timing))

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
        gap = self._timings.throttle(deployment.start_failures)
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
                deployment.replace_after = None
                self._failures.reset(service, deployment)
            service.unsteady = True
            self.poke(service)
            return
        verdict = self._health.verdict(task)
        if verdict is None or task.unhealthy_reason is not None:
            return
        wait = self._health.grace_left(task)
        if wait > 0:
            self._simulation.schedule(wait, lambda: self._assess(task))
            return
        if task.noticed_at is None:  # the balancer's or the container's verdict is there; ECS has yet to read it
            wait = self._timings.draw("health_poll")
            task.noticed_at = self._simulation.now + timedelta(seconds=wait)
            self._simulation.schedule(wait, lambda: self._assess(task))
        if task.noticed_at > self._simulation.now:
            return
        task.unhealthy_reason = verdict.stopped_reason
        self._events.say(service, verdict.event)
        service.unsteady = True
        if deployment is service.primary:
            self._failures.count(service, deployment)
        self.poke(service)

    # --- what the scheduler does

    def groups(self, service: Service) -> list[Group]:
        """Return the tasks of each deployment by their standing, the primary deployment first."""
        groups = []
        for deployment in service.deployments:
            starting: list[Task] = []
            healthy: list[Task] = []
            unhealthy: list[Task] = []
            leaving: list[Task] = []
            for task in service.tasks:
                if task.deployment is not deployment:
                    continue
                if not task.live:
                    leaving.append(task)
                elif task.unhealthy_reason is not None:
                    unhealthy.append(task)
                else:
                    (healthy if self._health.healthy(task) else starting).append(task)
            groups.append(Group(deployment, starting, healthy, unhealthy, leaving))
        return groups

    def bounds(self, service: Service) -> Limits:
        """Return the limits that the service's configuration sets."""
        configuration = service.configuration
        return limits(service.desired, configuration["minimumHealthyPercent"], configuration["maximumPercent"])

    def _look(self, service: Service) -> None:
        if service.status != "ACTIVE":
            self._drain(service)
            return
        self._events.deregistered(service)
        primary, *others = self.groups(service)
        elsewhere = len(service.tasks) - primary.occupied - sum(group.occupied for group in others)
        wanted = self._wanted(service, primary)
        if self._lifecycle.holds(service):
            decided = plan_apart(service.desired, primary, others, wanted if self._lifecycle.may_scale(service) else 0)
        else:
            decided = plan(self.bounds(service), primary, others, wanted, elsewhere)
        replaced = 0 if all(task.retiring for task in primary.unhealthy) else decided.replaced
        for deployment, count in decided.launches.values():
            self._start(service, deployment, count, replaced if deployment is primary.deployment else 0)
        self._stop(service, decided.stops)
        for group in decided.held:
            self._events.held(service, group.deployment)
        if decided.blocked:
            self._events.warn(
                service,
                "was unable to stop or start tasks during a deployment because of the service deployment configuration."
                " Update the minimumHealthyPercent or maximumPercent value and try again.",
            )
        self._drop_replaced(service)
        self._settle(service)

    def _wanted(self, service: Service, primary: Group) -> int:
        """Return how many tasks the primary deployment's own state lets start now."""
        deployment = primary.deployment
        if deployment.rollout_state == "FAILED" or deployment.breaker_tripped:
            return 0
        if any(_failed(task) for task in primary.leaving):  # how long to wait is known when they have STOPPED
            return 0
        now = self._simulation.now
        until = max(deployment.not_before or now, deployment.replace_after or now)
        if until > now:
            wait = (until - now).total_seconds()
            # Not through poke: a look that is due sooner must not swallow this one.
            self._simulation.schedule(wait, lambda: self.poke(service, 0))
            return 0
        if deployment.digests_settled:
            return service.desired
        return 0 if primary.live or primary.leaving else 1

    def _start(self, service: Service, deployment: Deployment, count: int, replaced: int) -> None:
        if deployment is not service.primary and deployment.not_before and deployment.not_before > self._simulation.now:
            return
        admitted = self.admission.admit(deployment.revision, count)
        deployment.refusal = admitted.refusal.event if admitted.refusal else None
        if admitted.refusal:
            self._refuse(service, deployment, admitted.refusal)
        count = admitted.count
        if count == 0:
            return
        deployment.batch += 1
        tasks = [self._launch(service, deployment) for _ in range(count)]
        for task in tasks:
            task.batch = deployment.batch
            self.lives.start(task)
        if deployment is not service.primary:
            deployment.lost = max(0, deployment.lost - count)
        self._events.started(service, tasks, replaced)
        service.unsteady = True

    def _refuse(self, service: Service, deployment: Deployment, refusal: Refusal) -> None:
        """Tell that Fargate does not take a task, count it as a failed one, and try again after a while."""
        self._events.warn(service, refusal.event)
        deployment.start_failures += 1
        gap = max(self._timings.draw(refusal.retry), self._timings.throttle(deployment.start_failures))
        deployment.not_before = self._simulation.now + timedelta(seconds=gap)
        self._simulation.schedule(gap, lambda: self.poke(service, 0))
        service.unsteady = True
        if deployment is service.primary:
            self._failures.count(service, deployment)

    def _stop(self, service: Service, tasks: list[Task]) -> None:
        if not tasks:
            return
        self._events.stopped(service, tasks)
        scaling = f"Scaling activity initiated by (deployment {service.primary.id})"
        for task in tasks:
            self.lives.stop(task, "ServiceSchedulerInitiated", task.unhealthy_reason or scaling)
        service.unsteady = True
        self.poke(service)

    def _drop_replaced(self, service: Service) -> None:
        """Forget deployments that are completely replaced: nothing of them is meant to run any more."""
        service.deployments = [
            deployment
            for index, deployment in enumerate(service.deployments)
            if index == 0 or any(task.deployment is deployment and task.live for task in service.tasks)
        ]

    def _settle(self, service: Service) -> None:
        """Wait for the completion of a deployment, or for the steady state, where everything is in place."""
        deployment = service.primary
        if self._lifecycle.holds(service):
            if len(self.groups(service)[0].healthy) >= service.desired:
                self._lifecycle.scaled_up(service)
            return
        if not (self._in_place(service) or self._succeeds_early(service)):
            if deployment.completion:
                deployment.completion.cancel()
                deployment.completion = None
            return
        if deployment.completion or not service.unsteady:
            return
        if deployment.rollout_state == "COMPLETED":
            wait = self._timings.draw("steady_state")
        else:
            wait = self._timings.draw("rollback_completion" if deployment.is_rollback else "completion_check")
            wait += self._failures.bake_seconds(service)
        deployment.completion = self._simulation.schedule(wait, lambda: self._complete(service, deployment))

    def _in_place(self, service: Service) -> bool:
        primary, *others = self.groups(service)
        if primary.deployment.rollout_state == "FAILED" or primary.deployment.breaker_tripped:
            return False
        alone = not any(group.live for group in others)
        return alone and len(primary.healthy) == service.desired == primary.live

    def _succeeds_early(self, service: Service) -> bool:
        """Tell whether a rollout meets the service's early success criteria (documented, same name, service model)."""
        primary, *others = self.groups(service)
        return succeeds_early(service.configuration, service.desired, primary, others)

    def _complete(self, service: Service, deployment: Deployment) -> None:
        deployment.completion = None
        if service.status != "ACTIVE" or deployment is not service.primary:
            return
        if not self._in_place(service):
            if self._succeeds_early(service):
                deployment.digests_settled = True
                self._failures.completed(service, deployment)
                self._events.say(service, f"(deployment {deployment.id}) deployment completed.")
                self.poke(service)
            return
        later = 0
        if deployment.rollout_state == "IN_PROGRESS":
            # Without a task there was nothing to take digests from, and only another deployment will (documented).
            deployment.digests_settled = True
            self._failures.completed(service, deployment)
            self._events.say(service, f"(deployment {deployment.id}) deployment completed.")
            later = 1
        self._events.say(service, "has reached a steady state.", later_ms=later)
        self._events.resolved(service)
        service.unsteady = False
        self._plan_repeat(service)

    def _plan_repeat(self, service: Service) -> None:
        if service.steady_repeat:
            service.steady_repeat.cancel()
        wait = self._timings.draw("steady_state_repeat")
        service.steady_repeat = self._simulation.schedule(wait, lambda: self._repeat_steady_state(service))

    def _repeat_steady_state(self, service: Service) -> None:
        if service.status == "ACTIVE" and not service.unsteady and self._in_place(service):
            self._events.say(service, "has reached a steady state.")
            self._plan_repeat(service)

    def _drain(self, service: Service) -> None:
        """Stop everything of a service that is deleted; it is INACTIVE when all its tasks are STOPPING or STOPPED."""
        self._stop(service, [task for task in service.tasks if task.live])
        self._events.deregistered(service)
        if all(task.last_status in _ENDING for task in service.tasks):
            service.status = "INACTIVE"
        elif service.status == "DRAINING":
            self.poke(service)


def _failed(task: Task) -> bool:
    """Tell whether a task that stops is one whose end holds the next attempt back."""
    exited = task.stop_code == "EssentialContainerExited"
    rolling = task.deployment is not None and task.deployment.rollout_state == "IN_PROGRESS"
    return task.stop_code == "TaskFailedToStart" or (exited and rolling)
