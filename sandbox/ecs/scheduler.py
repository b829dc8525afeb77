"""The service scheduler: it looks at a service after every change and launches, replaces, drains and completes."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.ecs.admission import Admission, Refusal
from sandbox.ecs.events import Events
from sandbox.ecs.failure import Failures
from sandbox.ecs.health import Health
from sandbox.ecs.lifecycle import Lifecycle
from sandbox.ecs.model import Deployment, Service, Task
from sandbox.ecs.planning import Group, Limits, limits, plan, plan_apart, succeeds_early
from sandbox.ecs.tasks import Lives
from sandbox.simulation import Simulation
from sandbox.timings import Timings

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
        delay = self._timings.draw("scheduler_reaction", service.arn) if seconds is None else seconds
        due = self._simulation.now + timedelta(seconds=delay)
        pending = service.next_look
        if pending and not pending.cancelled and self._simulation.now <= pending.at <= due:
            return
        if pending:
            pending.cancel()
        service.next_look = self._simulation.schedule(delay, lambda: self._look(service))

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
        """Return how many more tasks the primary deployment's own state lets start now."""
        deployment, now = primary.deployment, self._simulation.now
        if deployment.rollout_state == "FAILED" or deployment.breaker_tripped:
            return 0
        # How long to wait for what fails is known when it has STOPPED.
        if any(task.stop_code == "TaskFailedToStart" for task in primary.leaving):
            return 0
        if deployment.not_before and deployment.not_before > now:
            self._look_again(service, deployment.not_before)
            return 0
        held_back = sum(_exits(task) for task in primary.leaving)
        if deployment.replace_after and deployment.replace_after > now:
            self._look_again(service, deployment.replace_after)
            held_back += deployment.held_back
        if not deployment.digests_settled:
            return 0 if held_back or primary.live or primary.leaving else 1
        return max(0, service.desired - len(primary.starting) - len(primary.healthy) - held_back)

    def _look_again(self, service: Service, at: datetime) -> None:
        # Not through poke: a look that is due sooner must not swallow this one.
        self._simulation.schedule((at - self._simulation.now).total_seconds(), lambda: self.poke(service, 0))

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
        gap = max(
            self._timings.draw(refusal.retry, service.arn),
            self._timings.throttle(deployment.start_failures, service.arn),
        )
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
            wait = self._timings.draw("steady_state", service.arn)
        else:
            wait = self._timings.draw(
                "rollback_completion" if deployment.is_rollback else "completion_check", service.arn
            )
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
        wait = self._timings.draw("steady_state_repeat", service.arn)
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


def _exits(task: Task) -> bool:
    """Tell whether a task that stops has ended by itself in a rollout, so that its replacement has to wait."""
    rolling = task.deployment is not None and task.deployment.rollout_state == "IN_PROGRESS"
    return task.stop_code == "EssentialContainerExited" and rolling
