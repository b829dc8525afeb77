"""Capacity providers, Spot interruptions, host maintenance, the rate of launches."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.ecs.capacity import LaunchRate, choose

STRATEGY = [
    {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
    {"capacityProvider": "FARGATE_SPOT", "weight": 3},
]


def associate(world: Any, default: list[dict[str, Any]] | None = None) -> None:
    world.ecs.put_cluster_capacity_providers(
        cluster="main", capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=default or []
    )


def create(world: Any, *args: Any, **settings: Any) -> None:
    """`create` without a launch type."""
    definition, group, *_ = (*args, None)
    given = {"cluster": "main", "serviceName": "shop", "taskDefinition": definition, "desiredCount": 1}
    network = {"awsvpcConfiguration": {"subnets": [world.subnet]}}
    balancer = {"targetGroupArn": group, "containerName": "app", "containerPort": 5001}
    balancers = [balancer] if group else []
    world.ecs.create_service(**given | {"networkConfiguration": network, "loadBalancers": balancers} | settings)


def providers(world: Any) -> Counter[str]:
    return Counter(task.get("capacityProviderName", "") for task in world.tasks())


def test_base_comes_first_and_then_the_weights_share_the_rest() -> None:
    running: Counter[str] = Counter()
    order = []
    for _ in range(9):
        order.append(chosen := choose(STRATEGY, running))
        running[chosen or ""] += 1
    assert order[0] == "FARGATE"
    assert running == {"FARGATE": 3, "FARGATE_SPOT": 6}
    assert choose([], {}) is None


def test_a_service_s_strategy_is_stored_shown_and_followed(world: Any) -> None:
    associate(world)
    create(world, world.register("good-1"), capacityProviderStrategy=STRATEGY, desiredCount=5)
    world.until(world.completed, within=300)
    assert providers(world) == {"FARGATE": 2, "FARGATE_SPOT": 3}
    service = world.service()
    assert service["capacityProviderStrategy"] == STRATEGY
    assert service["deployments"][0]["capacityProviderStrategy"] == STRATEGY
    assert "launchType" not in service


def test_the_cluster_s_own_strategy_is_for_those_that_name_nothing(world: Any) -> None:
    associate(world, [{"capacityProvider": "FARGATE_SPOT", "weight": 1}])
    create(world, world.register("good-1"))
    world.step(20)
    assert providers(world) == {"FARGATE_SPOT": 1}
    network = {"awsvpcConfiguration": {"subnets": [world.subnet]}}
    ran = world.ecs.run_task(cluster="main", taskDefinition="shop", networkConfiguration=network)["tasks"]
    assert ran[0]["capacityProviderName"] == "FARGATE_SPOT"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"capacityProviderStrategy": STRATEGY}, "not associated with the cluster"),
        ({"capacityProviderStrategy": STRATEGY, "launchType": "FARGATE"}, "both a launch type and capacity provider"),
    ],
)
def test_a_strategy_that_cannot_be_is_refused(world: Any, settings: dict[str, Any], said: str) -> None:
    definition = world.register("good-1")
    with pytest.raises(world.ecs.exceptions.InvalidParameterException, match=said):
        create(world, definition, **settings)


def test_a_strategy_of_weights_of_nothing_is_refused(world: Any) -> None:
    associate(world)
    definition = world.register("good-1")
    with pytest.raises(world.ecs.exceptions.InvalidParameterException, match="weight value greater than 0"):
        create(world, definition, capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT"}])


def test_an_interrupted_spot_task_stops_and_is_replaced_and_counts_as_no_failure(world: Any) -> None:
    associate(world)
    group = world.target_group()
    create(
        world, world.register("good-1"), group,
        capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
    )  # fmt: skip
    world.until(world.completed, within=300)
    task = world.tasks()[0]
    world.world.interrupt_spot(task["taskArn"])
    stopping = world.tasks("STOPPED")[0]
    assert (stopping["stopCode"], stopping["stoppedReason"]) == ("SpotInterruption", "Your Spot Task was interrupted.")
    world.until(lambda: world.service()["runningCount"] == 1, within=200)
    assert world.tasks()[0]["taskArn"] != task["taskArn"]
    assert world.primary()["failedTasks"] == 0
    assert providers(world) == {"FARGATE_SPOT": 1}


def test_only_a_spot_task_is_interrupted(world: Any) -> None:
    world.create(world.register("good-1"))
    world.until(world.completed, within=300)
    with pytest.raises(ValueError, match="FARGATE_SPOT"):
        world.world.interrupt_spot(world.tasks()[0]["taskArn"])


def test_maintenance_replaces_a_task_before_it_stops_it(world: Any) -> None:
    group = world.target_group()
    world.create(world.register("good-1"), group)
    world.until(world.completed, within=300)
    old = world.tasks()[0]["taskArn"]
    world.world.maintain_host(old)
    fewest = 1

    def replaced() -> bool:
        nonlocal fewest
        found = world.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        fewest = min(fewest, sum(each["TargetHealth"]["State"] == "healthy" for each in found))
        return [task["taskArn"] for task in world.tasks()] != [old] and len(world.tasks()) == 1

    world.until(replaced, within=300)
    assert fewest == 1
    stopped = world.tasks("STOPPED")[0]
    reason = "ECS is performing maintenance on the underlying infrastructure hosting the task"
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("ServiceSchedulerInitiated", reason)
    assert world.primary()["failedTasks"] == 0
    assert not [message for message in world.messages() if "unhealthy" in message]


def test_a_burst_of_100_launches_is_free_and_then_there_are_20_a_second() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    rate = LaunchRate()
    waits = [rate.take(now) for _ in range(140)]
    assert waits[:100] == [0.0] * 100
    assert waits[119] == pytest.approx(1.0)
    assert waits[139] == pytest.approx(2.0)
    assert rate.take(now + timedelta(seconds=60)) == 0.0
