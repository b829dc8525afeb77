"""Every answer is walked against the service model of botocore: no unknown member, no value of another type."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import Shape
from botocore.session import Session

from sandbox.ecs import rollouts, services, task_operations
from sandbox.ecs.api import SimEcs
from tests.sandbox.ecs.pair import Pair

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


def writes(world: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation of ours that changes something, once, in an order in which each has something to change."""
    region = world.world.region("123456789012", "eu-west-1")
    where, network = {"cluster": "main"}, {"awsvpcConfiguration": {"subnets": [world.subnet]}}
    good, other = world.register("good-1"), world.register("good-2")
    created = {"serviceName": "shop", "taskDefinition": good, "desiredCount": 2, "networkConfiguration": network}
    tags = [{"key": "a", "value": "b"}]
    yield "CreateService", services.create_service(region, {**where, **created, "tags": tags})
    world.until(world.completed, within=300)
    shop = {**where, "service": "shop"}
    yield "UpdateService", services.update_service(region, {**shop, "taskDefinition": other})
    (rollout, *_) = rollouts.list_service_deployments(region, shop)["serviceDeployments"]
    arn = rollout["serviceDeploymentArn"]
    yield "StopServiceDeployment", rollouts.stop_service_deployment(region, {"serviceDeploymentArn": arn})
    ran = task_operations.run_task(
        region, {**where, "taskDefinition": good, "networkConfiguration": network, "tags": tags}
    )
    yield "RunTask", ran
    world.step(60)
    stopped = task_operations.stop_task(region, {**where, "task": ran["tasks"][0]["taskArn"], "reason": "enough"})
    yield "StopTask", stopped
    yield "DeleteService", services.delete_service(region, {**shop, "force": True})


def test_every_answer_to_a_change_has_the_shape_that_the_api_promises(world: Any) -> None:
    answered = []
    for operation, answer in writes(world):
        assert list(problems(MODEL.operation_model(operation).output_shape, answer, operation)) == []
        answered.append(operation)
    assert len(answered) == 6


def plain(shape: Shape, value: Any) -> Any:
    """Return what is on the wire with its times as times, so that the same walk can be taken over it."""
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            members = shape.members
            return {key: plain(members[key], each) if key in members else each for key, each in value.items()}
        case "list" if isinstance(value, list):
            return [plain(shape.member, each) for each in value]
        case "timestamp" if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        case _:
            return value


@pytest.fixture
def wire(world: Any) -> Iterator[dict[str, list[str]]]:
    """What is wrong with the answers as they are on the wire, by operation, of all calls that the test makes."""
    found: dict[str, list[str]] = {}

    def look(response_dict: dict[str, Any], operation_model: Any, **_more: Any) -> None:
        shape, body = operation_model.output_shape, json.loads(response_dict["body"] or b"{}")
        name = operation_model.name
        found.setdefault(name, []).extend(problems(shape, plain(shape, body), name))

    world.ecs.meta.events.register("before-parse.ecs.*", look)
    yield found
    world.ecs.meta.events.unregister("before-parse.ecs.*", look)


def test_every_operation_answers_on_the_wire_as_the_api_promises(world: Any, wire: dict[str, list[str]]) -> None:
    ecs, where = world.ecs, {"cluster": "main"}
    first = world.register("good-1")
    service = world.create(first, world.target_group(), desiredCount=2)
    world.until(world.completed, within=300)
    world.update(taskDefinition=world.register("good-2"))
    world.tasks()
    world.rollouts()
    revision = world.rollouts()[0]["targetServiceRevision"]["arn"]
    ecs.describe_service_revisions(serviceRevisionArns=[revision])
    ecs.list_services(**where)
    ecs.list_clusters()
    ecs.describe_clusters(clusters=["main"], include=["STATISTICS", "SETTINGS", "CONFIGURATIONS", "TAGS"])
    ecs.update_cluster(**where, settings=[{"name": "containerInsights", "value": "enabled"}])
    ecs.describe_task_definition(taskDefinition=first, include=["TAGS"])
    ecs.list_task_definitions()
    ecs.list_task_definition_families()
    ecs.tag_resource(resourceArn=service["serviceArn"], tags=[{"key": "a", "value": "b"}])
    ecs.list_tags_for_resource(resourceArn=service["serviceArn"])
    ecs.untag_resource(resourceArn=service["serviceArn"], tagKeys=["a"])
    network = {"awsvpcConfiguration": {"subnets": [world.subnet]}}
    task = ecs.run_task(**where, taskDefinition=first, networkConfiguration=network)["tasks"][0]["taskArn"]
    served = [each["taskArn"] for each in world.tasks()][:1]
    ecs.update_task_protection(**where, tasks=[*served, task], protectionEnabled=True)
    ecs.get_task_protection(**where, tasks=[*served, task])
    ecs.update_task_protection(**where, tasks=served, protectionEnabled=False)
    ecs.stop_task(**where, task=task)
    ecs.stop_service_deployment(serviceDeploymentArn=world.rollouts()[0]["serviceDeploymentArn"])
    ecs.deregister_task_definition(taskDefinition=first)
    ecs.delete_service(**where, service="shop", force=True)
    ecs.create_cluster(clusterName="other")
    ecs.delete_cluster(cluster="other")
    ecs.list_account_settings()
    assert {name: wrong for name, wrong in wire.items() if wrong} == {}
    ours = {"".join(part.capitalize() for part in name.split("_")) for name in vars(SimEcs) if name[0] != "_"} - {"Ecs"}
    assert ours - {"ContinueServiceDeployment"} <= wire.keys(), "that one needs a hook that waits: see below"


def test_a_hook_that_waits_and_is_continued_answers_as_the_api_promises(world: Any, wire: dict[str, list[str]]) -> None:
    hook = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
    pair = Pair(world, lifecycleHooks=[hook])
    world.until(lambda: pair.rollout().get("lifecycleHookDetails"), within=600)
    waiting = pair.rollout()["lifecycleHookDetails"][0]
    arn = pair.rollout()["serviceDeploymentArn"]
    world.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=waiting["hookId"])
    pair.walk("SUCCESSFUL")
    assert {name: wrong for name, wrong in wire.items() if wrong} == {}
    assert "ContinueServiceDeployment" in wire


def test_the_walk_finds_what_is_wrong() -> None:
    shape = MODEL.operation_model("DescribeTasks").output_shape
    wrong = {"tasks": [{"bogus": 1, "version": "1", "stopCode": "Tired", "createdAt": datetime(2030, 1, 1)}]}  # noqa: DTZ001
    assert len(list(problems(shape, wrong, "answer"))) == 4
