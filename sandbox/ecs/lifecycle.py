"""The stages of BLUE_GREEN, LINEAR and CANARY deployments, their traffic shifts and their PAUSE hooks.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html

AWS_LAMBDA hooks are refused when they are configured: the sandbox runs no functions.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox.ecs.failure import Cause, Failures
from sandbox.ecs.model import Hook, Service, ServiceDeployment
from sandbox.ecs.traffic import Traffic
from sandbox.simulation import Simulation
from sandbox.timings import Timings

MINUTE = 60.0
_HOOK_MINUTES = 1440
_LINEAR_PERCENT, _LINEAR_BAKE = 10.0, 6
_CANARY_PERCENT, _CANARY_BAKE = 5.0, 10


@dataclass(frozen=True)
class Step:
    """One step of a deployment: its stage, the hook stages that pause it, what it does to traffic, and its wait."""

    stage: str
    hooks: tuple[str, ...]
    production: float | None = None
    test: float | None = None
    seconds: float = 0.0


def gradual(service: Service) -> bool:
    """Tell whether a service's deployments shift traffic between two revisions."""
    return (service.configuration.get("strategy") or "ROLLING") != "ROLLING"


def first_stage(sources: int) -> str:
    """Return the first stage of a deployment that replaces so many revisions: more than one have to be reconciled."""
    return "RECONCILE_SERVICE" if sources > 1 else "PRE_SCALE_UP"


def steps(configuration: Mapping[str, Any], sources: int) -> list[Step]:
    """Return the steps of a deployment that replaces so many revisions; CLEAN_UP is the last."""
    shifts = _shifts(configuration)
    scaling = ("RECONCILE_SERVICE", "PRE_SCALE_UP", "SCALE_UP", "POST_SCALE_UP")
    found = [Step(stage, (stage,)) for stage in scaling[scaling.index(first_stage(sources)) :]]
    found.append(Step("TEST_TRAFFIC_SHIFT", ("TEST_TRAFFIC_SHIFT",), test=100.0))
    found.append(Step("POST_TEST_TRAFFIC_SHIFT", ("POST_TEST_TRAFFIC_SHIFT",)))
    for percent, bake in shifts:
        found.append(Step("PRODUCTION_TRAFFIC_SHIFT", ("PRE_PRODUCTION_TRAFFIC_SHIFT",)))
        found.append(Step("PRODUCTION_TRAFFIC_SHIFT", ("PRODUCTION_TRAFFIC_SHIFT",), production=percent, seconds=bake))
    found.append(Step("POST_PRODUCTION_TRAFFIC_SHIFT", ("POST_PRODUCTION_TRAFFIC_SHIFT",)))
    found.append(Step("BAKE_TIME", (), seconds=MINUTE * int(configuration.get("bakeTimeInMinutes") or 0)))
    return [*found, Step("CLEAN_UP", ())]


def _shifts(configuration: Mapping[str, Any]) -> list[tuple[float, float]]:
    """Return (percent, seconds until the next shift) of each shift of production traffic."""
    if configuration["strategy"] == "CANARY":
        canary = configuration.get("canaryConfiguration") or {}
        bake = canary.get("canaryBakeTimeInMinutes", _CANARY_BAKE)
        return [(float(canary.get("canaryPercent", _CANARY_PERCENT)), MINUTE * bake), (100.0, 0.0)]
    if configuration["strategy"] == "LINEAR":
        linear = configuration.get("linearConfiguration") or {}
        percent = float(linear.get("stepPercent", _LINEAR_PERCENT))
        bake = MINUTE * linear.get("stepBakeTimeInMinutes", _LINEAR_BAKE)
        found, reached = [], percent
        while reached < 100:  # noqa: PLR2004 - percent
            found.append((reached, bake))
            reached += percent
        return [*found, (100.0, 0.0)]
    return [(100.0, 0.0)]


class Lifecycle:
    """Walks service deployments through their stages."""

    def __init__(self, simulation: Simulation, timings: Timings, failures: Failures, traffic: Traffic) -> None:
        self._simulation = simulation
        self._timings = timings
        self._failures = failures
        self._traffic = traffic
        failures.on_started, failures.on_rollback = self.started, self.rolled_back
        self.on_hook: Callable[[Service, ServiceDeployment, Hook], None] = lambda _service, _rollout, _hook: None
        """Told of every hook whose status is new."""

    def holds(self, service: Service) -> bool:
        """Tell whether both revisions keep their tasks: until CLEAN_UP, and after a failure that is not rolled back."""
        rollout = service.current
        walking = rollout.stage not in {None, "CLEAN_UP"} and rollout.status != "ROLLBACK_IN_PROGRESS"
        return walking and rollout.deployment is service.primary

    def may_scale(self, service: Service) -> bool:
        """Tell whether the new revision's tasks may be started."""
        return service.current.stage not in {"RECONCILE_SERVICE", "PRE_SCALE_UP"}

    def started(self, service: Service, rollout: ServiceDeployment) -> None:
        """Begin the stages of a service deployment that has started."""
        if not gradual(service):
            return
        rollout.steps = steps(rollout.configuration, len(rollout.sources))
        self._enter(service, rollout)
        if problem := self._traffic.problem(rollout.deployment.revision):
            self._fail(service, f"of invalid networking configuration: {problem}")
        elif rollout.sources:
            self._shift(rollout, 0.0, 0.0)

    def scaled_up(self, service: Service) -> None:
        """Take note that the new revision has all its tasks and they are healthy."""
        rollout = service.current
        if rollout.stage == "SCALE_UP" and not rollout.scaled_up:
            rollout.scaled_up = True
            self._after(service, rollout, 0.0)

    def rolled_back(self, rollout: ServiceDeployment) -> None:
        """Send all traffic to the revision that is primary again."""
        if rollout.stage is not None:
            self._shift(rollout, 0.0, 0.0)

    def resolve(self, service: Service, rollout: ServiceDeployment, hook: Hook, action: str) -> None:
        """Continue or roll back at a hook that awaits an action."""
        hook.status = "SUCCEEDED" if action == "CONTINUE" else "FAILED"
        self.on_hook(service, rollout, hook)
        self._decided(service, rollout, hook, action)

    # --- the walk

    def _enter(self, service: Service, rollout: ServiceDeployment) -> None:
        step = rollout.steps[0]
        rollout.stage, rollout.updated_at = step.stage, self._simulation.now
        if step.stage == "CLEAN_UP":
            self._failures.poke(service)
            return
        if step.production is not None or step.test is not None:
            self._shift(rollout, step.production, step.test)
        rollout.hooks = [hook for hook in rollout.hooks if hook.status != "SUCCEEDED"]
        for configured in rollout.configuration.get("lifecycleHooks") or []:
            for stage in configured.get("lifecycleStages") or []:
                if stage in step.hooks:
                    self._pause(service, rollout, configured.get("timeoutConfiguration") or {}, stage)
        self._failures.poke(service)
        self._go_on(service, rollout)

    def _go_on(self, service: Service, rollout: ServiceDeployment) -> None:
        step = rollout.steps[0]
        if step.stage != "SCALE_UP" and all(hook.status != "AWAITING_ACTION" for hook in rollout.hooks):
            self._after(service, rollout, step.seconds)

    def _after(self, service: Service, rollout: ServiceDeployment, seconds: float) -> None:
        def leave() -> None:
            if rollout.status == "IN_PROGRESS" and rollout.steps and service.status == "ACTIVE":
                del rollout.steps[0]
                self._enter(service, rollout)

        self._simulation.schedule(self._timings.draw("lifecycle_stage", service.arn) + seconds, leave)

    def _shift(self, rollout: ServiceDeployment, production: float | None, test: float | None) -> None:
        revision = rollout.deployment.revision
        if production is not None:
            rollout.production = production
            self._traffic.shift(revision, production)
        if test is not None:
            rollout.test = test
            self._traffic.shift(revision, test, test=True)

    # --- hooks

    def _pause(self, service: Service, rollout: ServiceDeployment, timeout: Mapping[str, Any], stage: str) -> None:
        seconds = MINUTE * int(timeout.get("timeoutInMinutes") or _HOOK_MINUTES)
        number = self._simulation.random.getrandbits(256).to_bytes(32, "big")
        identifier = f"ecs-pause-{base64.urlsafe_b64encode(number).decode().rstrip('=')}"
        expires = self._simulation.now + timedelta(seconds=seconds)
        hook = Hook(identifier, stage, expires, str(timeout.get("action") or "ROLLBACK"))
        rollout.hooks.append(hook)
        self.on_hook(service, rollout, hook)

        def expire() -> None:
            if hook.status == "AWAITING_ACTION" and rollout.status == "IN_PROGRESS":
                hook.status = "TIMED_OUT"
                self.on_hook(service, rollout, hook)
                self._decided(service, rollout, hook, hook.timeout_action)

        self._simulation.schedule(seconds, expire)

    def _decided(self, service: Service, rollout: ServiceDeployment, hook: Hook, action: str) -> None:
        if action == "CONTINUE":
            self._go_on(service, rollout)
        else:
            self._fail(service, f"{hook.stage} lifecycle hook(s) failed.")

    def _fail(self, service: Service, because: str) -> None:
        """Fail the deployment. The statusReason's words are AWS's: transcripts 61803625552, 58889599179."""
        reason = f"Service deployment rolled back because {because}"
        rolling_back = "ECS deployment failed: rolling back to deploymentId {id}."
        cause = Cause(f"deployment failed: {reason}", f"ECS deployment failed: {because}", rolling_back, reason)
        self._failures.fail(service, service.current.deployment, cause, rollback=True)
