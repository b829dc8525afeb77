"""Every answer is walked against the service model of botocore: no unknown member, no value of another type."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from botocore.model import Shape
from botocore.session import Session

from sandbox.ecs import rollouts, services, task_operations

MODEL = Session().get_service_model("ecs")
TYPES = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "timestamp": datetime,
    "double": float,
    "float": float,
}


def problems(shape: Shape, value: Any, where: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for key, member in value.items():
            if key not in shape.members:
                yield f"{where}.{key}: unknown"
            else:
                yield from problems(shape.members[key], member, f"{where}.{key}")
    elif shape.type_name == "list":
        for index, member in enumerate(value):
            yield from problems(shape.member, member, f"{where}[{index}]")
    elif shape.type_name == "map":
        for key, member in value.items():
            yield from problems(shape.value, member, f"{where}.{key}")
    elif problem := scalar_problem(shape, value):
        yield f"{where}: {value!r} {problem}"


def scalar_problem(shape: Shape, value: Any) -> str | None:
    if not isinstance(value, TYPES[shape.type_name]) or (isinstance(value, bool) and shape.type_name != "boolean"):
        return f"is no {shape.type_name}"
    if shape.type_name == "timestamp" and value.tzinfo is None:
        return "has no time zone"
    if getattr(shape, "enum", None) and value not in shape.enum:
        return f"is none of {shape.enum}"
    return None


def answers(world: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    region = world.world.region("123456789012", "eu-west-1")
    where = {"cluster": "main"}
    yield "DescribeServices", services.describe_services(region, {**where, "services": ["shop"], "include": ["TAGS"]})
    yield "ListServices", services.list_services(region, where)
    listed = rollouts.list_service_deployments(region, {**where, "service": "shop"})
    yield "ListServiceDeployments", listed
    arns = [each["serviceDeploymentArn"] for each in listed["serviceDeployments"]]
    described = rollouts.describe_service_deployments(region, {"serviceDeploymentArns": arns})
    yield "DescribeServiceDeployments", described
    revisions = [each["targetServiceRevision"]["arn"] for each in described["serviceDeployments"]]
    yield "DescribeServiceRevisions", rollouts.describe_service_revisions(region, {"serviceRevisionArns": revisions})
    for status in ("RUNNING", "STOPPED"):
        tasks = task_operations.list_tasks(region, {**where, "desiredStatus": status})
        yield "ListTasks", tasks
        if tasks["taskArns"]:
            asked = {**where, "tasks": tasks["taskArns"], "include": ["TAGS"]}
            yield "DescribeTasks", task_operations.describe_tasks(region, asked)


@pytest.mark.parametrize("tag", ["good-2", "no-such", "health-500", "out-of-memory"])
def test_every_answer_at_every_time_has_the_shape_that_the_api_promises(world: Any, tag: str) -> None:
    world.create(world.register("good-1"), world.target_group(), desiredCount=2, tags=[{"key": "a", "value": "b"}])
    world.until(world.completed, within=300)
    world.update(taskDefinition=world.register(tag))
    for _ in range(40):
        for operation, answer in answers(world):
            shape = MODEL.operation_model(operation).output_shape
            assert list(problems(shape, answer, operation)) == []
        world.step(20)


def test_the_walk_finds_what_is_wrong() -> None:
    shape = MODEL.operation_model("DescribeTasks").output_shape
    wrong = {"tasks": [{"bogus": 1, "version": "1", "stopCode": "Tired", "createdAt": datetime(2030, 1, 1)}]}  # noqa: DTZ001
    assert len(list(problems(shape, wrong, "answer"))) == 4
