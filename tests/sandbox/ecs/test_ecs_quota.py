from typing import Any

from sandbox.ecs.admission import CAPACITY, QUOTA

ACCOUNT, REGION = "123456789012", "eu-west-1"


def unplaced(reason: str) -> str:
    return f"was unable to place a task. Reason: {reason}."


def test_the_quota_of_vcpus_lets_as_many_tasks_start_as_fit(world: Any) -> None:
    world.world.fargate.set_quota(ACCOUNT, REGION, 0.5)  # a task has a quarter
    world.create(world.register("good-1"), desiredCount=3)
    world.until(lambda: unplaced(QUOTA) in world.messages(), within=200)
    world.step(60)
    assert len(world.tasks()) == 2
    assert world.messages().count(unplaced(QUOTA)) == 1
    world.world.fargate.set_quota(ACCOUNT, REGION, None)
    world.until(world.completed, within=900)
    assert len(world.tasks()) == 3


def test_service_quotas_answers_what_tasks_are_held_against(world: Any) -> None:
    world.world.fargate.set_quota(ACCOUNT, REGION, 0.5)
    asked = {"ServiceCode": "fargate", "QuotaCode": "L-3032A538"}
    assert world.client("service-quotas").get_service_quota(**asked)["Quota"]["Value"] == 0.5
    world.world.fargate.set_quota(ACCOUNT, REGION, None)
    assert world.client("service-quotas").get_service_quota(**asked)["Quota"]["Value"] == 1_000_000


def test_a_rollout_beyond_the_quota_trips_the_breaker_and_keeps_what_runs(world: Any) -> None:
    world.world.fargate.set_quota(ACCOUNT, REGION, 0.25)
    old = world.register("good-1")
    world.create(old)
    world.until(world.completed, within=200)
    world.update(taskDefinition=world.register("good-2"))
    world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL", within=2400, by=5)
    assert world.rollouts()[0]["deploymentCircuitBreaker"]["failureCount"] == 3
    assert not world.tasks("STOPPED")
    assert [task["taskDefinitionArn"] for task in world.tasks()] == [old]


def test_without_capacity_there_is_one_event_and_a_long_silence(world: Any) -> None:
    world.world.fargate.set_capacity("eu-west-1a", available=False)
    world.create(world.register("good-1"))
    waited = world.until(lambda: world.primary()["rolloutState"] == "FAILED", within=4000, by=5)
    assert 35 * 60 < waited < 52 * 60  # 46 minutes in transcript 71142872397
    placed = [message for message in world.messages() if message.startswith("was unable to place")]
    assert placed == [unplaced(CAPACITY)]


def test_a_zone_without_capacity_gets_no_tasks_while_another_has_some(world: Any) -> None:
    other = world.ec2.create_subnet(VpcId=world.vpc, CidrBlock="10.0.10.0/24", AvailabilityZone="eu-west-1b")
    subnets = [world.subnet, other["Subnet"]["SubnetId"]]
    world.world.fargate.set_capacity("eu-west-1a", available=False)
    network = {"awsvpcConfiguration": {"subnets": subnets}}
    world.create(world.register("good-1"), desiredCount=4, networkConfiguration=network)
    world.until(world.completed, within=300)
    assert {task["availabilityZone"] for task in world.tasks()} == {"eu-west-1b"}
    world.world.fargate.set_capacity("eu-west-1a", available=True)
    world.update(desiredCount=12)
    world.until(lambda: len(world.tasks()) == 12, within=300)
    world.step(30)
    assert {task["availabilityZone"] for task in world.tasks()} == {"eu-west-1a", "eu-west-1b"}


def test_run_task_answers_what_does_not_fit_as_failures(world: Any) -> None:
    world.register("good-1")
    network = {"awsvpcConfiguration": {"subnets": [world.subnet]}}
    wanted = {"cluster": "main", "taskDefinition": "shop", "count": 3, "networkConfiguration": network}
    world.world.fargate.set_quota(ACCOUNT, REGION, 0.25)
    answer = world.ecs.run_task(**wanted)
    assert len(answer["tasks"]) == 1
    assert [each["reason"] for each in answer["failures"]] == [QUOTA, QUOTA]
    world.world.fargate.set_capacity("eu-west-1a", available=False)
    assert [each["reason"] for each in world.ecs.run_task(**wanted)["failures"]] == [CAPACITY] * 3
