"""What is done to a service while a deployment is under way."""

from typing import Any

import pytest

ALARMS = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}


def put_alarm(world: Any) -> None:
    world.client("cloudwatch").put_metric_alarm(
        AlarmName="errors", MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip


def test_an_alarm_that_rings_in_the_bake_time_rolls_back(world: Any) -> None:
    put_alarm(world)
    world.create(world.register("good-1"), world.target_group(), deploymentConfiguration=ALARMS)
    world.until(world.completed, within=600)
    first = world.primary()["id"]
    world.update(taskDefinition=world.register("good-2"))
    world.until(lambda: [task["taskDefinitionArn"][-2:] for task in world.tasks()] == [":2"], within=300)
    world.step(40)
    assert world.rollouts()[0]["status"] == "IN_PROGRESS", "in place, and baking"
    world.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    waited = world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS", within=60)
    assert waited <= 22
    world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL", within=400)
    assert world.primary()["id"] == first


def test_an_alarm_without_rollback_stops_the_deployment(world: Any) -> None:
    put_alarm(world)
    alarms = {"alarms": ALARMS["alarms"] | {"rollback": False}}
    world.create(world.register("good-1"), world.target_group(), deploymentConfiguration=alarms)
    world.until(world.completed, within=600)
    world.update(taskDefinition=world.register("good-2"))
    world.step(20)
    world.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    world.until(lambda: world.rollouts()[0]["status"] == "STOPPED", within=60)
    assert world.primary()["rolloutState"] == "FAILED"


@pytest.mark.parametrize("count", [0, 1, 6])
def test_scaling_during_a_deployment_is_part_of_it(world: Any, count: int) -> None:
    world.create(world.register("good-1"), world.target_group(), desiredCount=3)
    world.until(world.completed, within=300)
    new = world.register("good-2")
    world.update(taskDefinition=new)
    world.step(30)
    world.update(desiredCount=count)
    world.until(world.completed, within=600)
    assert [task["taskDefinitionArn"] for task in world.tasks()] == [new] * count
    assert [each["status"] for each in world.rollouts()] == ["SUCCESSFUL", "SUCCESSFUL"]


def test_a_stop_while_it_rolls_back_already_is_taken_and_changes_nothing(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=300)
    world.update(taskDefinition=world.register("good-2"))
    world.step(40)
    arn = world.rollouts()[0]["serviceDeploymentArn"]
    world.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS", within=60)
    assert world.ecs.stop_service_deployment(serviceDeploymentArn=arn)["serviceDeploymentArn"] == arn
    world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL", within=100)
    with pytest.raises(world.ecs.exceptions.ConflictException):
        world.ecs.stop_service_deployment(serviceDeploymentArn=arn)


def test_a_deployment_that_begins_during_a_rollback_ends_the_rollback(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=300)
    world.update(taskDefinition=world.register("no-such"))
    world.step(40)
    world.ecs.stop_service_deployment(serviceDeploymentArn=world.rollouts()[0]["serviceDeploymentArn"])
    world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS", within=60)
    world.update(taskDefinition=world.register("good-2"))
    world.until(world.completed, within=400)
    assert [each["status"] for each in world.rollouts()] == ["SUCCESSFUL", "ROLLBACK_FAILED", "SUCCESSFUL"]


def test_the_stop_waits_for_the_targets_and_kills_what_ignores_sigterm(world: Any) -> None:
    group = world.target_group()
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "60"}
    world.elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[delay])
    world.create(world.register("good-1"), group)
    world.until(world.completed, within=300)
    task = world.tasks()[0]["taskArn"]
    world.ecs.stop_task(cluster="main", task=task)
    world.step(55)
    assert world.ecs.describe_tasks(cluster="main", tasks=[task])["tasks"][0]["lastStatus"] == "DEACTIVATING"
    world.step(60)
    stopped = world.ecs.describe_tasks(cluster="main", tasks=[task])["tasks"][0]
    assert stopped["lastStatus"] == "STOPPED"
    assert (stopped["executionStoppedAt"] - stopped["stoppingAt"]).total_seconds() >= 60
