"""The circuit breaker fires exactly at its threshold, whichever kind that is of."""

from typing import Any

import pytest

DONE = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}


def breaker(kind: str, value: int, **more: Any) -> dict[str, Any]:
    threshold = {"type": kind, "value": value}
    return {"deploymentCircuitBreaker": {"enable": True, "rollback": True, "thresholdConfiguration": threshold, **more}}


def fail(world: Any, configuration: dict[str, Any], desired: int = 1) -> dict[str, Any]:
    world.create(
        world.register("good-1"), world.target_group(), desiredCount=desired, deploymentConfiguration=configuration
    )
    world.until(world.completed, within=400, by=5)
    world.update(taskDefinition=world.register("crash-on-start"))
    world.until(lambda: world.rollouts()[0]["status"] in DONE, within=7200, by=10)
    return dict(world.rollouts()[0]["deploymentCircuitBreaker"])


@pytest.mark.parametrize(
    ("kind", "value", "desired", "threshold"),
    [("COUNT", 1, 1, 1), ("COUNT", 4, 2, 4), ("UNBOUNDED_PERCENT", 100, 2, 2), ("BOUNDED_PERCENT", 100, 4, 4)],
)
def test_it_fires_at_the_configured_threshold(world: Any, kind: str, value: int, desired: int, threshold: int) -> None:
    found = fail(world, breaker(kind, value), desired)
    assert found == {"status": "TRIGGERED", "failureCount": threshold, "threshold": threshold}
    crashed = [each for each in world.tasks("STOPPED") if each["stopCode"] == "EssentialContainerExited"]
    assert len(crashed) >= threshold


def test_the_figures_of_an_ended_deployment_stay_when_the_service_is_scaled(world: Any) -> None:
    before = fail(world, breaker("UNBOUNDED_PERCENT", 50), 4)
    world.update(desiredCount=9)
    world.until(lambda: world.service()["runningCount"] == 9, within=300, by=5)
    assert world.rollouts()[0]["deploymentCircuitBreaker"] == before


def test_the_latest_desired_count_decides(world: Any) -> None:
    world.create(
        world.register("good-1"), world.target_group(), desiredCount=4,
        deploymentConfiguration=breaker("UNBOUNDED_PERCENT", 100) | {"maximumPercent": 125},
    )  # fmt: skip
    world.until(world.completed, within=400, by=5)
    world.update(taskDefinition=world.register("crash-on-start"))
    world.until(lambda: world.primary()["failedTasks"] == 2, within=3000, by=2)
    assert world.rollouts()[0]["deploymentCircuitBreaker"] == {
        "status": "MONITORING",
        "failureCount": 2,
        "threshold": 4,
    }
    world.update(desiredCount=2)
    assert world.rollouts()[0]["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 2, "threshold": 2}
    world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL", within=300)


@pytest.mark.parametrize(("kind", "value"), [("COUNT", 0), ("BOUNDED_PERCENT", 101), ("UNBOUNDED_PERCENT", 0)])
def test_a_threshold_that_cannot_be_is_refused(world: Any, kind: str, value: int) -> None:
    definition = world.register("good-1")
    with pytest.raises(world.ecs.exceptions.InvalidParameterException, match="thresholdConfiguration"):
        world.create(definition, deploymentConfiguration=breaker(kind, value))


def test_the_threshold_and_the_reset_are_given_back(world: Any) -> None:
    world.create(world.register("good-1"), deploymentConfiguration=breaker("COUNT", 7, resetOnHealthyTask=False))
    shown = world.service()["deploymentConfiguration"]["deploymentCircuitBreaker"]
    assert shown == breaker("COUNT", 7, resetOnHealthyTask=False)["deploymentCircuitBreaker"]


def test_a_second_stop_of_a_tripped_breaker_without_rollback_still_rolls_back(world: Any) -> None:
    off = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    world.create(world.register("good-1"), world.target_group(), deploymentConfiguration=off)
    world.until(world.completed, within=200)
    world.update(taskDefinition=world.register("no-such"))
    world.until(lambda: world.rollouts()[0]["deploymentCircuitBreaker"]["status"] == "TRIGGERED", within=1500, by=1)
    world.ecs.stop_service_deployment(serviceDeploymentArn=world.rollouts()[0]["serviceDeploymentArn"])
    world.until(lambda: world.rollouts()[0]["status"] in DONE, within=200)
    assert world.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL"


def test_a_deployment_that_begins_while_another_is_asked_to_roll_back_ends_that(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)
    world.update(taskDefinition=world.register("no-such"))
    world.step(30)
    world.ecs.stop_service_deployment(serviceDeploymentArn=world.rollouts()[0]["serviceDeploymentArn"])
    world.update(taskDefinition=world.register("good-2"))
    world.until(world.completed, within=300)
    assert [each["status"] for each in world.rollouts()] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]


def test_deleting_a_service_ends_its_deployment(world: Any) -> None:
    world.create(world.register("no-such"), world.target_group())
    world.step(40)
    arn = world.rollouts()[0]["serviceDeploymentArn"]
    world.ecs.delete_service(cluster="main", service="shop", force=True)
    found = world.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]
    assert found["status"] == "STOPPED"
