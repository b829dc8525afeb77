"""A world whose scheduler is watched: the rules hold at each launch, at each stop, and between its looks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto import mock_aws

from sandbox.ecs.failure import TERMINAL, threshold
from sandbox.ecs.observer import DIGEST_ATTEMPTS
from sandbox.ecs.planning import Limits, limits
from sandbox.ecs.shapes import service_shape
from tests.sandbox.ecs.conftest import ACCOUNT, PERMISSIONS, REGION
from tests.sandbox.ecs.pair import Groups

TAGS = ("good-1", "good-2", "crash-on-start", "health-500", "port-5201", "no-such")
STRATEGIES = ("ROLLING", "BLUE_GREEN", "LINEAR", "CANARY")
PAUSES = (
    "PRE_SCALE_UP", "POST_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)  # fmt: skip
LONGEST_STEP = 20.0
ENI_OF_TASKS = "arn:aws:ecs:"
NOTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
_STAGES = (
    "RECONCILE_SERVICE", "PRE_SCALE_UP", "SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP",
)  # fmt: skip
# Which status of a service deployment may follow which; what is left out is terminal.
_NEXT = {
    "PENDING": {"IN_PROGRESS", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"} | TERMINAL,
    "IN_PROGRESS": {"ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"} | TERMINAL,
    "ROLLBACK_REQUESTED": {"ROLLBACK_IN_PROGRESS"} | TERMINAL,
    "ROLLBACK_IN_PROGRESS": {"ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"},
}


class Watched:
    """Makes the service `shop` as `chosen` says; `act` does something to it, `wait` lets time pass and checks."""

    def __init__(self, world: Any, chosen: dict[str, Any]) -> None:
        self.world = world
        self.region = world.world.region(ACCOUNT, REGION)
        self.gradual = chosen["strategy"] != "ROLLING"
        self.groups = Groups(world) if self.gradual else None
        self.group = world.target_group() if chosen["balanced"] and not self.gradual else None
        self.definitions = {tag: world.register(tag) for tag in TAGS}
        self.seen: dict[str, tuple[str, Any, int]] = {}
        self.completed: Any = None
        self.tripped: dict[str, bool] = {}
        self.scaled = True
        self.broken: set[str] = set()
        world.client("cloudwatch").put_metric_alarm(
            AlarmName="errors", MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        world.ecs.put_cluster_capacity_providers(
            cluster="main", capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=[]
        )
        self._spy()
        self._create(chosen)
        self.service = self.region.services["main", "shop"]

    @property
    def target_groups(self) -> list[str]:
        pair = [self.groups.blue, self.groups.green] if self.groups else []
        return [*pair, *([self.group] if self.group else [])]

    def _create(self, chosen: dict[str, Any]) -> None:
        breaker = {"enable": chosen["breaker"], "rollback": chosen["rollback"], "resetOnHealthyTask": chosen["reset"]}
        configuration = {
            "strategy": chosen["strategy"],
            "minimumHealthyPercent": chosen["minimum"],
            "maximumPercent": chosen["maximum"],
            "deploymentCircuitBreaker": breaker,
            "alarms": {"alarmNames": ["errors"], "enable": chosen["alarms"], "rollback": chosen["rollback"]},
        }
        if self.gradual:
            timeout = {"timeoutInMinutes": 3, "action": chosen["on_timeout"]}
            pause = {"targetType": "PAUSE", "timeoutConfiguration": timeout}
            configuration |= {
                "bakeTimeInMinutes": chosen["bake"],
                "linearConfiguration": {"stepPercent": 40.0, "stepBakeTimeInMinutes": 1},
                "canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 2},
                "lifecycleHooks": [pause | {"lifecycleStages": [stage]} for stage in chosen["pauses"]],
            }
        balancer = {"targetGroupArn": self.group, "containerName": "app", "containerPort": 5001}
        spot = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
        self.world.ecs.create_service(
            cluster="main",
            serviceName="shop",
            taskDefinition=self.definitions["good-1"],
            desiredCount=chosen["desired"],
            networkConfiguration={"awsvpcConfiguration": {"subnets": [self.world.subnet]}},
            deploymentConfiguration=configuration,
            loadBalancers=self.groups.balancers if self.groups else [balancer] if self.group else [],
            **(spot if chosen["spot"] else {"launchType": "FARGATE"}),
        )

    # --- at each launch and stop

    def _spy(self) -> None:
        scheduler, lives = self.region.scheduler, self.region.lives
        launch, stop = scheduler._launch, lives.stop

        def watched_launch(service: Any, deployment: Any) -> Any:
            task = launch(service, deployment)
            if self._apart(service):
                own = [each for each in service.tasks if each.deployment is deployment]
                assert len(own) <= 2 * service.desired, "a launch above twice the desired count of one revision"
                wanted = sum(each.live and each.unhealthy_reason is None for each in own)
                assert wanted <= service.desired, "a launch above the desired count of one revision"
            else:
                assert len(service.tasks) <= self._bounds().upper, "a launch above the maximum"
            return task

        def watched_stop(task: Any, code: str, reason: str, **more: Any) -> None:
            counted = code == "ServiceSchedulerInitiated" and self._stands(task)
            stop(task, code, reason, **more)
            if counted and task.service.status == "ACTIVE":
                healthy = sum(self._stands(each) for each in task.service.tasks)
                assert healthy >= self._bounds().lower, "a stop below the minimum healthy percent"

        scheduler._launch, lives.stop = watched_launch, watched_stop

    def _apart(self, service: Any) -> bool:
        """Whether two revisions stand side by side."""
        return bool(self.region.lifecycle.holds(service))

    def _stands(self, task: Any) -> bool:
        return task.unhealthy_reason is None and self.region.scheduler._health.healthy(task)

    def _bounds(self) -> Limits:
        service = self.region.services["main", "shop"]
        configuration = service.configuration
        return limits(service.desired, configuration["minimumHealthyPercent"], configuration["maximumPercent"])

    # --- between looks

    def check(self) -> None:
        self._check_counts()
        self._check_deployments()
        self._check_breaker()
        times = [event["createdAt"] for event in self.service.events]
        assert times == sorted(times, reverse=True), "event times go backwards"

    def _check_counts(self) -> None:
        shape = service_shape(self.service)
        for key in ("runningCount", "pendingCount"):
            assert shape[key] == sum(each[key] for each in shape["deployments"]), key
        live = [task for task in self.service.tasks if task.live]
        assert shape["runningCount"] + shape["pendingCount"] == len(live)

    def _check_deployments(self) -> None:
        statuses = [each.status for each in self.service.deployments]
        assert statuses[0] == "PRIMARY"
        assert statuses.count("PRIMARY") == 1
        for rollout in self.service.service_deployments:
            self._check_rollout(rollout)
        assert sum(each.status not in TERMINAL for each in self.service.service_deployments) <= 1
        if self.service.primary.rollout_state == "COMPLETED":
            self.completed = self.service.primary.revision

    def _check_rollout(self, rollout: Any) -> None:
        stage = _STAGES.index(rollout.stage) if rollout.stage else -1
        status, finished_at, reached = self.seen.get(rollout.arn, ("PENDING", None, stage))
        self.seen[rollout.arn] = (rollout.status, rollout.finished_at, stage)
        assert rollout.status == status or rollout.status in _NEXT.get(status, ()), f"{status} became {rollout.status}"
        assert finished_at in {None, rollout.finished_at}, "a service deployment ended twice"
        assert (rollout.finished_at is not None) == (rollout.status in TERMINAL)
        assert stage >= reached, "a stage came back"
        now = self.world.simulation.now
        if rollout.status == "IN_PROGRESS":
            waiting = [hook for hook in rollout.hooks if hook.status == "AWAITING_ACTION"]
            assert all(hook.expires_at > now for hook in waiting), "a hook outlived its timeout"
        if status not in TERMINAL and rollout.status in TERMINAL and rollout is self.service.current:
            self._check_end(rollout)

    def _check_end(self, rollout: Any) -> None:
        primary = self.service.primary
        if rollout.status == "ROLLBACK_SUCCESSFUL":
            assert primary.revision is self.completed, "rolled back to something else than what worked"
            assert rollout.rollback["serviceRevisionArn"] == self.completed.arn
        if self.groups and rollout.status in {"SUCCESSFUL", "ROLLBACK_SUCCESSFUL"}:
            own = (0, 100) if primary.revision.alternate else (100, 0)
            assert self.groups.weights(self.groups.production) == own, "the primary revision has no traffic"

    def _check_breaker(self) -> None:
        deployment, breaker = self.service.primary, self.service.configuration["deploymentCircuitBreaker"]
        limit = threshold(breaker, self.service.desired)
        was = self.tripped.get(deployment.id, False)
        self.tripped[deployment.id] = deployment.breaker_tripped
        if not breaker["enable"] or deployment.rollout_state != "IN_PROGRESS":
            return
        if not deployment.breaker_tripped:
            assert deployment.failures < limit, "the breaker did not fire"
        elif not was and deployment.digest_attempts < DIGEST_ATTEMPTS and not self.scaled:
            assert deployment.failures == limit, "the breaker fired elsewhere than at its threshold"

    # --- what is done to it

    def act(self, action: str, tag: str, count: int) -> None:
        """Do one thing to the service; harmless where it cannot be done."""
        self.scaled = action in {"scale", "update at once"}
        update = {
            "deploy": [{"taskDefinition": self.definitions[tag]}],
            "force": [{"forceNewDeployment": True}],
            "scale": [{"desiredCount": count}],
            "update at once": [
                {"taskDefinition": self.definitions[tag]}, {"desiredCount": count}, {"forceNewDeployment": True},
            ],
        }  # fmt: skip
        for change in update.get(action, []):
            self.world.update(**change)
        if action == "alarm":
            self._alarm("ALARM" if count % 2 else "OK")
        elif action == "fault":
            self._fault(("role", "logs", "capacity", "quota", "health path", "route")[count])
        elif action == "stop deployment" and self.service.current.status not in TERMINAL:
            self.world.ecs.stop_service_deployment(serviceDeploymentArn=self.service.current.arn)
        elif action == "answer":
            self._answer("ROLLBACK" if count == 0 else "CONTINUE")
        live = [task for task in self.service.tasks if task.live]
        if live:
            self._hit(live[count % len(live)], action)

    def _hit(self, task: Any, action: str) -> None:
        if action == "kill task":
            self.world.ecs.stop_task(cluster="main", task=task.arn)
        elif action == "maintain":
            self.world.world.maintain_host(task.arn)
        elif action == "interrupt" and task.capacity_provider:
            self.world.world.interrupt_spot(task.arn)

    def _answer(self, action: str) -> None:
        rollout = self.service.current
        for hook in rollout.hooks:
            if hook.status == "AWAITING_ACTION" and rollout.status == "IN_PROGRESS":
                self.world.ecs.continue_service_deployment(
                    serviceDeploymentArn=rollout.arn, hookId=hook.id, action=action
                )

    def _alarm(self, state: str) -> None:
        self.world.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue=state, StateReason="test")

    def _fault(self, what: str) -> None:
        """Break something of another service, or mend it where it is broken."""
        broken = what not in self.broken
        (self.broken.add if broken else self.broken.remove)(what)
        if what == "role":
            self.world.allow(NOTHING if broken else PERMISSIONS)
        elif what == "logs":
            logs = self.world.logs
            (logs.delete_log_group if broken else logs.create_log_group)(logGroupName="shop")
        elif what == "capacity":
            self.world.world.fargate.set_capacity(f"{REGION}a", available=not broken)
        elif what == "quota":
            self.world.world.fargate.set_quota(ACCOUNT, REGION, 0.5 if broken else None)
        elif what == "route":
            route = {"RouteTableId": self.world.route_table, "DestinationCidrBlock": "0.0.0.0/0"}
            ec2 = self.world.ec2
            ec2.delete_route(**route) if broken else ec2.create_route(**route, NatGatewayId=self.world.nat_gateway)
        for arn in self.target_groups if what == "health path" else []:
            path = "/nowhere" if broken else "/healthz"
            self.world.elb.modify_target_group(TargetGroupArn=arn, HealthCheckPath=path)

    def mend(self) -> None:
        """Mend whatever is broken."""
        for what in sorted(self.broken):
            self._fault(what)
        self._alarm("OK")

    def wait(self, seconds: float) -> None:
        while seconds > 0:
            self.world.step(min(seconds, LONGEST_STEP))
            seconds -= LONGEST_STEP
            self.check()

    def history(self) -> list[tuple[Any, str]]:
        """The events, with the target groups' names as they are the same in each world."""
        names = {arn: f"GROUP {number}" for number, arn in enumerate(self.target_groups)}
        found = []
        for event in self.service.events:
            text = event["message"]
            for arn, name in names.items():
                text = text.replace(arn, name)
            found.append((event["createdAt"], text))
        return found


@contextmanager
def watched(world_class: Any, chosen: dict[str, Any]) -> Iterator[Watched]:
    with mock_aws():
        yield Watched(world_class(seed=chosen["seed"]), chosen)


def run(found: Watched, plan: list[tuple[str, str, int, int]]) -> None:
    found.check()
    for action, tag, count, seconds in plan:
        found.act(action, tag, count)
        found.check()
        found.wait(seconds)
