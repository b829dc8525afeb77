"""How a deployment fails and what becomes of it: circuit breaker, alarms, a person's stop, rollback, completion.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.ecs.events import Events
from sandbox.ecs.model import Deployment, Service, ServiceDeployment
from sandbox.ecs.surroundings import Surroundings
from sandbox.simulation import Simulation
from sandbox.timings import Timings

TERMINAL = {"STOPPED", "SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}
_NO_CANDIDATE = "No rollback candidate was found to run the rollback."
_LEAST, _MOST = 3, 200


@dataclass(frozen=True)
class Cause:
    """Why a deployment fails, in the words of each place that says it."""

    event: str | None
    rollout_reason: str
    rollback_rollout_reason: str
    """`{id}` is the deployment that is rolled back to."""
    status_reason: str


BREAKER = Cause(
    "deployment failed: tasks failed to start.",
    "ECS deployment circuit breaker: tasks failed to start.",
    "ECS deployment circuit breaker: rolling back to deploymentId {id}.",
    "Service deployment rolled back because the circuit breaker threshold was exceeded.",
)
# Only the event's text of an alarm is known (transcript 57373037252, survey 2026-11-20); AWS's other texts for it,
# and those for a person's stop, were found in no document or transcript: these are modelled on the circuit breaker's.
ALARM = Cause(
    "deployment failed: alarm detected.",
    "ECS deployment failed: alarm detected.",
    "ECS deployment alarm detected: rolling back to deploymentId {id}.",
    "Service deployment rolled back because an alarm was detected.",
)
USER = Cause(
    None,
    "ECS deployment rolled back by user.",
    "ECS deployment rolled back by user: rolling back to deploymentId {id}.",
    "Service deployment rolled back by user.",
)


def threshold(breaker: dict[str, object], desired: int) -> int:
    """Return how many failures a breaker takes with the latest desired count (documented, ThresholdConfiguration)."""
    given = breaker.get("thresholdConfiguration")
    given = given if isinstance(given, dict) else {}
    value = int(given.get("value") or 50)
    percent = max(1, math.ceil(value * desired / 100))
    match given.get("type") or "BOUNDED_PERCENT":
        case "COUNT":
            return value
        case "UNBOUNDED_PERCENT":
            return percent
        case _:
            return max(_LEAST, min(_MOST, percent))


class Failures:
    """Decides when a deployment has failed, and carries out what follows.

    Args:
        poke: has the scheduler look at a service after so many seconds.
    """

    def __init__(
        self,
        simulation: Simulation,
        timings: Timings,
        events: Events,
        surroundings: Surroundings,
        poke: Callable[[Service, float], None],
    ) -> None:
        self._simulation = simulation
        self._timings = timings
        self._events = events
        self._surroundings = surroundings
        self._poke = poke
        self.on_started: Callable[[Service, ServiceDeployment], None] = lambda _service, _rollout: None
        self.on_rollback: Callable[[ServiceDeployment], None] = lambda _rollout: None

    def poke(self, service: Service) -> None:
        """Have the scheduler look at a service now."""
        self._poke(service, 0)

    def begin(self, service: Service) -> None:
        """Start the newest service deployment and watch its alarms."""
        rollout = service.current
        self._events.deployment_changed(service, rollout.deployment)
        names = _alarm_names(service)
        rollout.deployment.alarms_ignored = bool(self._surroundings.alarms_in_alarm(names))
        if not names or rollout.deployment.alarms_ignored:
            rollout.alarms = "DISABLED"
        if not service.configuration["deploymentCircuitBreaker"]["enable"]:
            rollout.breaker = "DISABLED"

        def start() -> None:
            if rollout.status == "PENDING":
                rollout.status, rollout.started_at = "IN_PROGRESS", self._simulation.now
                rollout.updated_at = self._simulation.now
                self.on_started(service, rollout)
            self._poke(service, 0)

        self._simulation.schedule(self._timings.draw("deployment_start", service.arn), start)
        if rollout.alarms == "MONITORING":
            self._simulation.schedule(
                self._timings.draw("alarm_poll", service.arn), lambda: self._poll_alarms(service, rollout)
            )

    def _poll_alarms(self, service: Service, rollout: ServiceDeployment) -> None:
        if rollout.status not in {"PENDING", "IN_PROGRESS"} or service.status != "ACTIVE":
            return
        if ringing := self._surroundings.alarms_in_alarm(_alarm_names(service)):
            rollout.alarms, rollout.triggered_alarms = "TRIGGERED", ringing
            self.fail(service, rollout.deployment, ALARM, rollback=bool(service.configuration["alarms"]["rollback"]))
            return
        self._simulation.schedule(
            self._timings.draw("alarm_poll", service.arn), lambda: self._poll_alarms(service, rollout)
        )

    def bake_seconds(self, service: Service) -> float:
        """Return for how long a deployment with alarms goes on in its steady state before it is completed."""
        rollout = service.current
        monitored = rollout.alarms == "MONITORING" and not service.primary.is_rollback
        return self._timings.draw("alarm_bake", service.arn) if monitored else 0.0

    # --- the circuit breaker

    def count(self, service: Service, deployment: Deployment) -> None:
        """Count a task that did not start, ended, or is replaced for its health; trip the breaker at its threshold."""
        deployment.failed_tasks += 1
        deployment.updated_at = self._simulation.now
        if deployment.breaker_tripped:
            return
        deployment.failures += 1
        self.compare(service, deployment)

    def compare(self, service: Service, deployment: Deployment) -> None:
        """Trip the breaker where the failures have reached the threshold of the latest desired count."""
        breaker = service.configuration["deploymentCircuitBreaker"]
        if deployment.failures >= threshold(breaker, service.desired):
            self.trip(service, deployment)

    def trip(self, service: Service, deployment: Deployment) -> None:
        """Have the deployment fail a little later, where its circuit breaker is on."""
        breaker = service.configuration["deploymentCircuitBreaker"]
        if not breaker["enable"] or deployment.breaker_tripped or deployment.rollout_state != "IN_PROGRESS":
            return
        deployment.breaker_tripped = True
        if service.current.deployment is deployment:
            service.current.breaker = "TRIGGERED"

        def fail() -> None:
            asked = service.current.status == "ROLLBACK_REQUESTED"
            rollback = asked or bool(service.configuration["deploymentCircuitBreaker"]["rollback"])
            self.fail(service, deployment, BREAKER, rollback=rollback)

        self._simulation.schedule(self._timings.draw("failure_to_failed", service.arn), fail)

    def reset(self, service: Service, deployment: Deployment) -> None:
        """Forget the failures when a task became healthy, unless the breaker tripped or is told to keep them."""
        keep = service.configuration["deploymentCircuitBreaker"].get("resetOnHealthyTask") is False
        if not deployment.breaker_tripped:
            deployment.failed_tasks = 0
            deployment.failures = deployment.failures if keep else 0

    # --- the end of a deployment

    def completed(self, service: Service, deployment: Deployment) -> None:
        """Mark the primary deployment as completed, and the rollout that it ends."""
        now = self._simulation.now
        deployment.rollout_state, deployment.completed_at, deployment.updated_at = "COMPLETED", now, now
        deployment.rollout_reason = f"ECS deployment {deployment.id} completed."
        self._events.deployment_changed(service, deployment)
        service.rollback_candidate = deployment
        rollout = service.current
        if rollout.status not in TERMINAL:
            self.finish(service, rollout, "ROLLBACK_SUCCESSFUL" if deployment.is_rollback else "SUCCESSFUL")
        deployment.is_rollback = False
        deployment.failed_tasks = deployment.failures = 0

    def finish(self, service: Service, rollout: ServiceDeployment, status: str, reason: str | None = None) -> None:
        """End a service deployment with a terminal status."""
        now = self._simulation.now
        rollout.status, rollout.finished_at, rollout.updated_at = status, now, now
        rollout.reason = reason or rollout.reason
        if status == "STOPPED":
            rollout.stopped_at = now
        if rollout.breaker == "MONITORING":
            rollout.breaker = "MONITORING_COMPLETE"
        if rollout.alarms == "MONITORING":
            rollout.alarms = "MONITORING_COMPLETE"
        rollout.final_breaker = breaker_figures(service, rollout)
        for revision in (rollout.deployment.revision, *rollout.sources):
            rollout.final_counts[revision.arn] = counts(service, revision.number)

    def superseded(self, service: Service) -> None:
        """End the newest service deployment, if it goes on, because a newer one begins or the service is deleted."""
        rollout = service.service_deployments[0] if service.service_deployments else None
        if rollout is not None and rollout.status not in TERMINAL:
            self.finish(service, rollout, "ROLLBACK_FAILED" if rollout.rollback else "STOPPED")

    def request_stop(self, service: Service, rollout: ServiceDeployment) -> None:
        """Roll a service deployment back at a person's request; one that is on its way back just goes on."""
        if rollout.status not in {"PENDING", "IN_PROGRESS"}:
            return
        rollout.status, rollout.updated_at = "ROLLBACK_REQUESTED", self._simulation.now
        rollout.reason = USER.status_reason

        def stop() -> None:
            if rollout.status == "ROLLBACK_REQUESTED" and service.status == "ACTIVE":
                self.fail(service, rollout.deployment, USER, rollback=True)

        self._simulation.schedule(self._timings.draw("stop_request", service.arn), stop)

    def fail(self, service: Service, deployment: Deployment, cause: Cause, *, rollback: bool) -> None:
        """Have the primary deployment fail now, and roll it back where that is asked for."""
        if deployment is not service.primary or deployment.rollout_state != "IN_PROGRESS" or service.status != "ACTIVE":
            return
        deployment.rollout_state, deployment.rollout_reason = "FAILED", cause.rollout_reason
        deployment.updated_at = self._simulation.now
        self._events.deployment_changed(service, deployment)
        if deployment.completion:
            deployment.completion.cancel()
            deployment.completion = None
        if cause.event:
            self._events.say(service, f"(deployment {deployment.id}) {cause.event}")
        rollout, candidate = service.current, service.rollback_candidate
        if not rollback:
            self.finish(service, rollout, "STOPPED", cause.status_reason.replace("rolled back", "stopped"))
        elif candidate is None:
            self.finish(service, rollout, "ROLLBACK_FAILED", _NO_CANDIDATE)
        else:
            self._roll_back(service, deployment, candidate, cause)
        service.unsteady = True
        self._poke(service, 0)

    def _roll_back(self, service: Service, failed: Deployment, candidate: Deployment, cause: Cause) -> None:
        """Make the most recent completed deployment the primary one again, under its own id."""
        now, rollout = self._simulation.now, service.current
        service.rollback_candidate = None  # not eligible again until it is COMPLETED
        failed.status = "ACTIVE"
        candidate.status, candidate.rollout_state, candidate.is_rollback = "PRIMARY", "IN_PROGRESS", True
        candidate.rollout_reason = cause.rollback_rollout_reason.format(id=candidate.id)
        candidate.updated_at = now
        self._events.deployment_changed(service, candidate)
        candidate.breaker_tripped, candidate.failures, candidate.failed_tasks, candidate.lost = False, 0, 0, 0
        candidate.start_failures, candidate.not_before = 0, None
        service.deployments = [candidate, *(each for each in service.deployments if each is not candidate)]
        service.settings.update(
            networkConfiguration=candidate.revision.network_configuration,
            loadBalancers=candidate.revision.load_balancers,
            platformVersion=candidate.revision.platform_version,
        )
        rollout.status, rollout.updated_at, rollout.reason = "ROLLBACK_IN_PROGRESS", now, cause.status_reason
        rollout.rollback = {
            "reason": cause.status_reason,
            "startedAt": now,
            "serviceRevisionArn": candidate.revision.arn,
        }
        self._events.say(service, f"rolling back to deployment {candidate.id}.", later_ms=1)
        self.on_rollback(rollout)


def counts(service: Service, number: int) -> tuple[int, int, int]:
    """Return (requested, running, pending) tasks of a service's revision."""
    tasks = [task for task in service.tasks if task.revision.number == number and task.live]
    running = sum(task.running for task in tasks)
    requested = service.desired if service.primary.revision.number == number else len(tasks)
    return requested, running, len(tasks) - running


def breaker_figures(service: Service, rollout: ServiceDeployment) -> tuple[int, int]:
    """Return failureCount and threshold of a service deployment, as they are now."""
    breaker = service.configuration["deploymentCircuitBreaker"]
    return rollout.deployment.failures, threshold(breaker, service.desired)


def _alarm_names(service: Service) -> list[str]:
    alarms = service.configuration.get("alarms") or {}
    return list(alarms.get("alarmNames") or []) if alarms.get("enable") else []
