"""RunTask and StopTask of tasks that belong to no service."""

from typing import Any

import pytest


def run(world: Any, **settings: Any) -> list[dict[str, Any]]:
    network = {"awsvpcConfiguration": {"subnets": [world.subnet]}}
    given = {"cluster": "main", "taskDefinition": "shop", "launchType": "FARGATE", "networkConfiguration": network}
    return list(world.ecs.run_task(**given | settings)["tasks"])


def test_a_task_has_its_own_tags_and_the_ones_it_asks_for(world: Any) -> None:
    world.register("good-1", tags=[{"key": "team", "value": "a"}, {"key": "tier", "value": "b"}])
    own = [{"key": "tier", "value": "mine"}]
    task = run(world, tags=own, propagateTags="TASK_DEFINITION", enableECSManagedTags=True, platformVersion="1.4.0")[0]
    shown = world.ecs.describe_tasks(cluster="main", tasks=[task["taskArn"]], include=["TAGS"])["tasks"][0]
    assert {tag["key"]: tag["value"] for tag in shown["tags"]} == {
        "aws:ecs:clusterName": "main",
        "team": "a",
        "tier": "mine",
    }
    assert (shown["platformVersion"], shown["group"]) == ("1.4.0", "family:shop")


@pytest.mark.parametrize("settings", [{"count": 11}, {"propagateTags": "SERVICE"}, {"group": "service:other"}])
def test_what_aws_refuses_of_run_task_is_refused(world: Any, settings: dict[str, Any]) -> None:
    world.register("good-1")
    with pytest.raises(world.ecs.exceptions.InvalidParameterException):
        run(world, **settings)


@pytest.mark.parametrize(("tag", "timeout", "code"), [("good-1", 30, 0), ("crash-on-start", 30, 1)])
def test_a_task_that_nobody_schedules_ends_once(world: Any, tag: str, timeout: int, code: int) -> None:
    world.register(tag, {"stopTimeout": timeout})
    task = run(world, startedBy="me")[0]
    world.step(70)
    world.ecs.stop_task(cluster="main", task=task["taskArn"], reason="enough")
    world.step(120)
    shown = world.ecs.describe_tasks(cluster="main", tasks=[task["taskArn"]])["tasks"][0]
    assert (shown["lastStatus"], shown["containers"][0]["exitCode"], shown["startedBy"]) == ("STOPPED", code, "me")
    assert shown["stopCode"] == ("UserInitiated" if code == 0 else "EssentialContainerExited")
    assert world.ecs.list_tasks(cluster="main", startedBy="me")["taskArns"] == []
    assert world.ecs.list_tasks(cluster="main", startedBy="me", desiredStatus="STOPPED")["taskArns"] == [
        task["taskArn"]
    ]
