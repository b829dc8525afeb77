from typing import Any

import pytest

REASON = "Service deployment rolled back by user."


def stop(world: Any) -> str:
    arn = world.rollouts()[0]["serviceDeploymentArn"]
    answer = world.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    assert answer["serviceDeploymentArn"] == arn
    return arn


@pytest.mark.parametrize("breaker", [True, False])
@pytest.mark.parametrize("tag", ["port-5201", "no-such", "good-2"])
def test_a_stop_brings_the_old_revision_back_in_under_a_minute(world: Any, tag: str, breaker: bool) -> None:
    group = world.target_group()
    configuration = {"deploymentCircuitBreaker": {"enable": breaker, "rollback": breaker}}
    old = world.register("good-1")
    world.create(old, group, desiredCount=2, deploymentConfiguration=configuration)
    world.until(world.completed, within=300)
    first = world.primary()["id"]
    world.update(taskDefinition=world.register(tag))
    world.step(30)  # the old tasks run still
    stop(world)
    assert world.rollouts()[0]["status"] == "ROLLBACK_REQUESTED"
    seen: list[str] = []

    def look() -> bool:
        status = world.rollouts()[0]["status"]
        if status not in seen:
            seen.append(status)
        return status == "ROLLBACK_SUCCESSFUL"

    waited = world.until(look, within=200)
    assert seen == ["ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"]
    assert 15 <= waited <= 50
    rollout = world.rollouts()[0]
    assert (rollout["statusReason"], rollout["rollback"]["reason"]) == (REASON, REASON)
    world.step(30)
    assert (world.primary()["id"], world.primary()["rolloutState"]) == (first, "COMPLETED")
    assert [task["taskDefinitionArn"] for task in world.tasks()] == [old, old]
    assert len(world.service()["deployments"]) == 1


def test_a_stop_right_after_the_update_works_while_it_is_pending(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)
    world.update(taskDefinition=world.register("good-2"))
    assert world.rollouts()[0]["status"] == "PENDING"
    stop(world)
    world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL", within=100)


def test_a_stop_of_a_first_deployment_finds_nothing_to_go_back_to(world: Any) -> None:
    world.create(world.register("no-such"), world.target_group())
    world.step(60)
    stop(world)
    world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_FAILED", within=60)
    assert world.rollouts()[0]["statusReason"] == "No rollback candidate was found to run the rollback."
    before = len(world.tasks("STOPPED"))
    world.step(3000)
    assert world.tasks() == []
    assert len(world.tasks("STOPPED")) <= before + 1


def test_a_second_stop_is_taken_and_changes_nothing(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)
    world.update(taskDefinition=world.register("good-2"))
    world.step(30)
    stop(world)
    stop(world)
    world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL", within=100)
    assert sum("rolling back" in message for message in world.messages()) == 1


def test_a_deployment_that_has_ended_cannot_be_stopped(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)
    with pytest.raises(world.ecs.exceptions.ConflictException):
        stop(world)


def test_a_deployment_that_there_is_not_cannot_be_stopped(world: Any) -> None:
    with pytest.raises(world.ecs.exceptions.ServiceDeploymentNotFoundException):
        world.ecs.stop_service_deployment(
            serviceDeploymentArn="arn:aws:ecs:eu-west-1:123456789012:service-deployment/a/b/c"
        )


def test_a_new_deployment_ends_the_one_that_was_in_progress(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)
    world.update(taskDefinition=world.register("no-such"))
    world.step(60)
    world.update(taskDefinition=world.register("good-2"))
    world.until(world.completed, within=400)
    assert [each["status"] for each in world.rollouts()] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]
    assert [task["taskDefinitionArn"].rpartition(":")[2] for task in world.tasks()] == ["3"]
