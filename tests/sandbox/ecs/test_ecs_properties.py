"""What holds in every random history of a service: updates, scalings, stops, kills, alarms, lost hosts.

The normal run takes a few dozen histories, the same each time; with SANDBOX_HISTORIES=2000 in the environment it takes
so many, at random.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from sandbox.ecs.failure import TERMINAL, threshold
from sandbox.ecs.planning import limits
from sandbox.ecs.shapes import service_shape

ASKED = os.environ.get("SANDBOX_HISTORIES")
HISTORIES = settings(
    max_examples=int(ASKED or 50),
    derandomize=ASKED is None,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, *((Phase.shrink,) if ASKED else ())),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
TAGS = ("good-1", "good-2", "crash-on-start", "health-500", "port-5201", "no-such")
ACTIONS = (
    "deploy", "deploy", "deploy", "force", "scale", "kill task", "stop deployment", "alarm", "maintain", "interrupt",
    "wait",
)  # fmt: skip
PLANS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.sampled_from(TAGS), st.integers(0, 5), st.integers(1, 600)),
    min_size=1,
    max_size=8,
)
SERVICES = st.fixed_dictionaries(
    {
        "desired": st.integers(0, 4),
        "minimum": st.sampled_from((0, 50, 100)),
        "maximum": st.sampled_from((125, 150, 200)),
        "balanced": st.booleans(),
        "alarms": st.booleans(),
        "rollback": st.booleans(),
        "breaker": st.booleans(),
        "reset": st.booleans(),
        "spot": st.booleans(),
        "seed": st.integers(0, 999),
    }
)
LONGEST_STEP = 20.0
ENI_OF_TASKS = "arn:aws:ecs:"


class Watched:
    """A world whose scheduler is watched: at each launch and each stop, and between its looks."""

    def __init__(self, world: Any, chosen: dict[str, Any]) -> None:
        self.world = world
        self.region = world.world.region("123456789012", "eu-west-1")
        self.group = world.target_group() if chosen["balanced"] else None
        self.definitions = {tag: world.register(tag) for tag in TAGS}
        self.ended: dict[str, str] = {}
        self.completed: Any = None
        self.before: dict[str, Any] = {}
        self.scaled = True
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

    def _create(self, chosen: dict[str, Any]) -> None:
        breaker = {"enable": chosen["breaker"], "rollback": chosen["rollback"], "resetOnHealthyTask": chosen["reset"]}
        configuration = {
            "minimumHealthyPercent": chosen["minimum"],
            "maximumPercent": chosen["maximum"],
            "deploymentCircuitBreaker": breaker,
            "alarms": {"alarmNames": ["errors"], "enable": chosen["alarms"], "rollback": chosen["rollback"]},
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
            loadBalancers=[balancer] if self.group else [],
            **(spot if chosen["spot"] else {"launchType": "FARGATE"}),
        )

    # --- at each launch and stop

    def _spy(self) -> None:
        scheduler, lives = self.region.scheduler, self.region.lives
        launch, stop = scheduler._launch, lives.stop

        def watched_launch(service: Any, deployment: Any) -> Any:
            task = launch(service, deployment)
            assert len(service.tasks) <= self._bounds().upper, "a launch above the maximum"
            return task

        def watched_stop(task: Any, code: str, reason: str, **more: Any) -> None:
            counted = code == "ServiceSchedulerInitiated" and self._stands(task)
            stop(task, code, reason, **more)
            if counted and task.service.status == "ACTIVE":
                healthy = sum(self._stands(each) for each in task.service.tasks)
                assert healthy >= self._bounds().lower, "a stop below the minimum healthy percent"

        scheduler._launch, lives.stop = watched_launch, watched_stop

    def _stands(self, task: Any) -> bool:
        return task.unhealthy_reason is None and self.region.scheduler._health.healthy(task)

    def _bounds(self) -> Any:
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
            known = self.ended.get(rollout.arn)
            assert known in {None, rollout.status}, "a service deployment ended twice"
            if known is None and rollout.status in TERMINAL:
                self._ended(rollout)
        assert sum(each.status not in TERMINAL for each in self.service.service_deployments) <= 1
        if self.service.primary.rollout_state == "COMPLETED":
            self.completed = self.service.primary.revision

    def _ended(self, rollout: Any) -> None:
        self.ended[rollout.arn] = rollout.status
        assert rollout.finished_at is not None
        if rollout.status == "ROLLBACK_SUCCESSFUL" and rollout is self.service.current:
            assert self.service.primary.revision is self.completed, "rolled back to something else than what worked"
            assert rollout.rollback["serviceRevisionArn"] == self.completed.arn

    def _check_breaker(self) -> None:
        deployment, breaker = self.service.primary, self.service.configuration["deploymentCircuitBreaker"]
        limit = threshold(breaker, self.service.desired)
        was = self.before.get(deployment.id, False)
        self.before[deployment.id] = deployment.breaker_tripped
        if not breaker["enable"] or deployment.rollout_state != "IN_PROGRESS":
            return
        if not deployment.breaker_tripped:
            assert deployment.failures < limit, "the breaker did not fire"
        elif not was and deployment.digest_attempts < 3 and not self.scaled:
            assert deployment.failures == limit, "the breaker fired elsewhere than at its threshold"

    # --- what is done to it

    def act(self, action: str, tag: str, count: int) -> None:
        self.scaled = action == "scale"
        ecs = self.world.ecs
        live = [task for task in self.service.tasks if task.live]
        if action == "deploy":
            self.world.update(taskDefinition=self.definitions[tag])
        elif action == "force":
            self.world.update(forceNewDeployment=True)
        elif action == "scale":
            self.world.update(desiredCount=count)
        elif action == "kill task" and live:
            ecs.stop_task(cluster="main", task=live[count % len(live)].arn)
        elif action == "stop deployment" and self.service.current.status not in TERMINAL:
            ecs.stop_service_deployment(serviceDeploymentArn=self.service.current.arn)
        elif action == "alarm":
            state = "ALARM" if count % 2 else "OK"
            self.world.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue=state, StateReason="test")
        elif action == "maintain" and live:
            self.world.world.maintain_host(live[count % len(live)].arn)
        elif action == "interrupt" and live and live[0].capacity_provider:
            self.world.world.interrupt_spot(live[count % len(live)].arn)

    def wait(self, seconds: float) -> None:
        while seconds > 0:
            self.world.step(min(seconds, LONGEST_STEP))
            seconds -= LONGEST_STEP
            self.check()

    def history(self) -> list[tuple[Any, str]]:
        return [(event["createdAt"], event["message"]) for event in self.service.events]


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


@HISTORIES
@given(plan=PLANS, chosen=SERVICES)
def test_every_history_keeps_the_rules_and_gives_everything_back(
    world_class: Any, plan: list[tuple[str, str, int, int]], chosen: dict[str, Any]
) -> None:
    with watched(world_class, chosen) as found:
        run(found, plan)
        found.world.ecs.delete_service(cluster="main", service="shop", force=True)
        found.world.step(1200)
        assert found.service.status == "INACTIVE"
        assert all(each.status in TERMINAL for each in found.service.service_deployments)
        assert [each.last_status for each in found.region.tasks.values() if each.last_status != "STOPPED"] == []
        left = [each for each in found.region.surroundings._ec2().enis.values() if ENI_OF_TASKS in each.description]
        assert left == [], "an address is not given back"
        if found.group:
            assert found.world.world.targets.of(found.group) == [], "a target is not given back"


@settings(HISTORIES, max_examples=max(5, int(ASKED or 0) // 20))
@given(plan=PLANS, chosen=SERVICES)
def test_the_same_seed_and_calls_give_the_same_history(
    world_class: Any, plan: list[tuple[str, str, int, int]], chosen: dict[str, Any]
) -> None:
    histories = []
    for _ in range(2):
        with watched(world_class, chosen) as found:
            run(found, plan)
            histories.append([(at, text.replace(found.group or "-", "GROUP")) for at, text in found.history()])
    assert histories[0] == histories[1]


@settings(HISTORIES, max_examples=int(ASKED or 15))
@given(plan=PLANS, chosen=SERVICES)
def test_left_alone_with_a_good_image_a_service_comes_to_rest(
    world_class: Any, plan: list[tuple[str, str, int, int]], chosen: dict[str, Any]
) -> None:
    with watched(world_class, chosen | {"maximum": 200}) as found:
        run(found, plan)
        found.world.update(taskDefinition=found.definitions["good-2"], forceNewDeployment=True, desiredCount=2)
        found.world.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="test")
        found.wait(1500)
        assert found.service.primary.rollout_state == "COMPLETED"
        assert found.service.current.status == "SUCCESSFUL"
        running = service_shape(found.service)["runningCount"]
        assert (running, len(found.service.deployments)) == (2, 1)
