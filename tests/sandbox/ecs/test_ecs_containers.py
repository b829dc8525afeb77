"""Several containers in a task: the order in which they start, and which of them end the task."""

from typing import Any

import pytest

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:"
CHECK = {"command": ["CMD-SHELL", "curl -f http://localhost:5001/healthz || exit 1"], "interval": 5, "retries": 2}


def register(world: Any, *containers: dict[str, Any]) -> str:
    given = {
        "family": "shop",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
        "containerDefinitions": list(containers),
    }
    return str(world.ecs.register_task_definition(**given)["taskDefinition"]["taskDefinitionArn"])


def container(name: str, tag: str, *after: tuple[str, str], **more: Any) -> dict[str, Any]:
    depends = [{"containerName": on, "condition": when} for on, when in after]
    return {"name": name, "image": IMAGE + tag, "dependsOn": depends} | more


def run(world: Any, *containers: dict[str, Any], seconds: float = 90) -> dict[str, Any]:
    """Run one task and answer it after so many seconds."""
    network = {"awsvpcConfiguration": {"subnets": [world.subnet]}}
    given = {"taskDefinition": register(world, *containers), "launchType": "FARGATE", "networkConfiguration": network}
    arn = world.ecs.run_task(cluster="main", **given)["tasks"][0]["taskArn"]
    for _ in range(int(seconds)):
        world.step(1)
    return dict(world.ecs.describe_tasks(cluster="main", tasks=[arn])["tasks"][0])


def found(task: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in task["containers"] if each["name"] == name)


def test_one_that_waits_for_success_starts_after_the_other_has_exited_with_0(world: Any) -> None:
    side = container("init", "crash-on-start", essential=False)
    task = run(world, side, container("app", "good-1", ("init", "COMPLETE")))
    assert task["lastStatus"] == "RUNNING"
    assert (found(task, "init")["lastStatus"], found(task, "init")["exitCode"]) == ("STOPPED", 1)
    assert found(task, "app")["lastStatus"] == "RUNNING"


def test_one_that_waits_for_success_never_starts_after_a_failure(world: Any) -> None:
    side = container("init", "crash-on-start", essential=False)
    task = run(world, side, container("app", "good-1", ("init", "SUCCESS")), seconds=120)
    assert (task["stopCode"], task["stoppedReason"]) == ("TaskFailedToStart", "Task failed to start")
    assert found(task, "app")["reason"].endswith("as dependency did not exit successfully.")
    assert "exitCode" not in found(task, "app")
    assert "startedAt" not in task


def test_one_that_waits_for_health_starts_after_the_other_is_healthy(world: Any) -> None:
    side = container("proxy", "good-1", healthCheck=CHECK)
    task = run(world, side, container("app", "good-2", ("proxy", "HEALTHY")))
    assert (task["lastStatus"], task["healthStatus"]) == ("RUNNING", "HEALTHY")
    assert (task["startedAt"] - task["pullStoppedAt"]).total_seconds() >= 5


def test_one_that_waits_too_long_gives_up(world: Any) -> None:
    side = container("proxy", "health-500", healthCheck=CHECK, startTimeout=30)
    task = run(world, side, container("app", "good-1", ("proxy", "HEALTHY")), seconds=120)
    assert task["stopCode"] == "TaskFailedToStart"
    assert found(task, "app")["reason"].endswith("has timed out.")
    assert found(task, "proxy")["exitCode"] == 0
    assert task["lastStatus"] == "STOPPED"


def test_an_essential_container_that_exits_takes_the_others_with_it(world: Any) -> None:
    task = run(world, container("side", "good-1"), container("app", "crash-on-start", ("side", "START")), seconds=120)
    assert (task["stopCode"], task["lastStatus"]) == ("EssentialContainerExited", "STOPPED")
    assert (found(task, "app")["exitCode"], found(task, "side")["exitCode"]) == (1, 0)


def test_a_container_that_is_not_essential_may_exit(world: Any) -> None:
    task = run(world, container("app", "good-1"), container("side", "crash-on-start", essential=False))
    assert task["lastStatus"] == "RUNNING"
    assert found(task, "side")["exitCode"] == 1


@pytest.mark.parametrize(
    "containers",
    [
        [container("a", "good-1", ("b", "START"))],
        [container("a", "good-1", ("b", "START")), container("b", "good-1", ("a", "START"))],
        [container("a", "good-1", ("b", "SUCCESS")), container("b", "good-1")],
        [container("a", "good-1", ("b", "HEALTHY")), container("b", "good-1")],
    ],
)
def test_dependencies_that_cannot_be_resolved_are_refused(world: Any, containers: list[dict[str, Any]]) -> None:
    with pytest.raises(world.ecs.exceptions.ClientException):
        register(world, *containers)
