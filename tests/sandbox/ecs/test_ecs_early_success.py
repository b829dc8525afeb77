"""Deployments that succeed before everything is in place, because their service's criteria say so."""

from typing import Any

import pytest


def early(cleanup: str, percent: int = 50, least: int = 50) -> dict[str, Any]:
    criteria = {"enable": True, "healthyPercent": percent, "sourceServiceRevisionCleanup": cleanup}
    return {"earlySuccessCriteria": criteria, "minimumHealthyPercent": least, "maximumPercent": 150}


def deploy(world: Any, configuration: dict[str, Any]) -> Any:
    world.create(world.register("good-1"), desiredCount=4)
    world.until(world.completed)
    old = {task["taskArn"] for task in world.tasks()}
    world.ecs.update_task_protection(cluster="main", tasks=list(old)[:2], protectionEnabled=True, expiresInMinutes=60)
    world.update(taskDefinition=world.register("good-2"), deploymentConfiguration=configuration)
    return old


def test_a_deferred_cleanup_lets_a_deployment_succeed_while_old_tasks_run(world: Any) -> None:
    old = deploy(world, early("DEFERRED"))
    world.until(lambda: world.rollouts()[0]["status"] == "SUCCESSFUL", within=1800)
    assert world.primary()["rolloutState"] == "COMPLETED"
    assert old & {task["taskArn"] for task in world.tasks()}, "the protected ones go on"
    world.until(world.completed, within=7200)
    assert not old & {task["taskArn"] for task in world.tasks()}, "and are removed in the background"
    assert world.service()["runningCount"] == 4


def test_a_blocking_cleanup_waits_for_old_tasks(world: Any) -> None:
    old = deploy(world, early("BLOCKING"))
    world.step(1800)
    assert world.primary()["rolloutState"] == "IN_PROGRESS"
    world.until(lambda: world.rollouts()[0]["status"] == "SUCCESSFUL", within=7200)
    assert not old & {task["taskArn"] for task in world.tasks()}


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        (early("DEFERRED", percent=40), "between minimumHealthyPercent, 50, and 100"),
        (early("DEFERRED") | {"strategy": "CANARY"}, "not supported for the CANARY"),
        ({"earlySuccessCriteria": {"enable": True}}, "needs healthyPercent"),
    ],
)
def test_criteria_that_cannot_be_are_refused(world: Any, configuration: dict[str, Any], said: str) -> None:
    with pytest.raises(world.ecs.exceptions.InvalidParameterException, match=said):
        world.create(world.register("good-1"), deploymentConfiguration=configuration)
