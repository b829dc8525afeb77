"""What rules and their queues get of ECS's events."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from moto import mock_aws

from tests.sandbox.ecs.pair import Pair

Take = Callable[[], list[dict[str, Any]]]
ECS = {"source": ["aws.ecs"]}
SENDS = {"Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}
LETS_EVENTS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **SENDS}]}


@pytest.fixture
def listen(world: Any) -> Callable[..., Take]:
    """Give what makes a rule with a queue, and returns what takes the events out of it, oldest first."""
    sqs, events = world.client("sqs"), world.client("events")

    def make(name: str, pattern: dict[str, Any], **target: Any) -> Take:
        url = sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps(LETS_EVENTS)})["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn, **target}])

        def take() -> list[dict[str, Any]]:
            taken: list[dict[str, Any]] = []
            while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                for each in found:
                    taken.append(json.loads(each["Body"]))
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
            return taken

        return take

    return make


def of(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [each for each in events if each["detail-type"] == kind]


def test_a_healthy_deployment_is_told_from_its_first_task_to_the_steady_state(world: Any, listen: Any) -> None:
    take = listen("all", ECS)
    service = world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=300)
    world.step(5)
    got = take()
    assert all((each["account"], each["region"], each["version"]) == ("123456789012", "eu-west-1", "0") for each in got)
    assert len({each["id"] for each in got}) == len(got)

    tasks = sorted(of(got, "ECS Task State Change"), key=lambda each: each["detail"]["version"])
    statuses = [each["detail"]["lastStatus"] for each in tasks]
    assert list(dict.fromkeys(statuses)) == ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]
    versions = [each["detail"]["version"] for each in tasks]
    assert versions == sorted(set(versions))
    last = tasks[-1]["detail"]
    assert tasks[-1]["resources"] == [last["taskArn"]]
    assert last["group"] == "service:shop"
    assert last["attachments"][0]["type"] == "eni"
    assert last["startedAt"].startswith("2030-01-01T00:0")
    assert last["startedAt"].endswith("Z")
    assert "healthStatus" not in last
    assert last["containers"][0]["imageDigest"].startswith("sha256:")
    assert last["version"] == world.tasks()[0]["version"]

    deployment = of(got, "ECS Deployment State Change")
    identifier = service["deployments"][0]["id"]
    assert [
        (each["detail"]["eventType"], each["detail"]["eventName"], each["detail"]["reason"]) for each in deployment
    ] == [
        ("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS", f"ECS deployment {identifier} in progress."),
        ("INFO", "SERVICE_DEPLOYMENT_COMPLETED", f"ECS deployment {identifier} completed."),
    ]
    assert {each["detail"]["deploymentId"] for each in deployment} == {identifier}
    assert deployment[0]["resources"] == [service["serviceArn"]]

    (steady,) = of(got, "ECS Service Action")
    assert steady["detail"]["eventName"] == "SERVICE_STEADY_STATE"
    assert steady["detail"]["clusterArn"] == service["clusterArn"]
    assert steady["time"] == world.service()["events"][0]["createdAt"].strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_failed_deployment_is_told_with_its_rollback_and_why_each_task_stopped(world: Any, listen: Any) -> None:
    first = world.create(world.register("good-1"), world.target_group(), desiredCount=1)["deployments"][0]["id"]
    world.until(world.completed, within=300)
    take = listen("changes", {**ECS, "detail-type": ["ECS Deployment State Change"]})
    stopped = listen("stopped", {**ECS, "detail": {"stopCode": ["TaskFailedToStart"], "lastStatus": ["STOPPED"]}})
    second = world.update(taskDefinition=world.register("no-such"))["deployments"][0]["id"]
    world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL", within=2400, by=5)
    world.step(60)
    told = [(each["detail"]["deploymentId"], each["detail"]["eventName"], each["detail"]["reason"]) for each in take()]
    # EventBridge promises no order, and these two are told at one moment.
    assert sorted(told) == sorted(
        [
            (second, "SERVICE_DEPLOYMENT_IN_PROGRESS", f"ECS deployment {second} in progress."),
            (second, "SERVICE_DEPLOYMENT_FAILED", "ECS deployment circuit breaker: task failed to start."),
            (
                first,
                "SERVICE_DEPLOYMENT_IN_PROGRESS",
                f"ECS deployment circuit breaker: rolling back to deploymentId {first}.",
            ),
            (first, "SERVICE_DEPLOYMENT_COMPLETED", f"ECS deployment {first} completed."),
        ]
    )
    ended = stopped()
    assert len(ended) == 3
    assert all("CannotPullContainerError" in each["detail"]["stoppedReason"] for each in ended)
    assert all(each["detail"]["attachments"][0]["status"] == "DELETED" for each in ended)
    # The members of the documented event of a stopped task, but for those of a task that ran.
    detail = ended[0]["detail"]
    assert detail.keys() >= {
        *("attachments", "availabilityZone", "clusterArn", "containers", "cpu", "createdAt", "desiredStatus"),
        *("enableExecuteCommand", "group", "lastStatus", "launchType", "memory", "overrides", "platformVersion"),
        *(
            "startedBy",
            "stopCode",
            "stoppedReason",
            "stoppedAt",
            "taskArn",
            "taskDefinitionArn",
            "updatedAt",
            "version",
        ),
    }
    assert detail["containers"][0].keys() >= {"containerArn", "image", "lastStatus", "name", "reason", "taskArn"}
    assert detail["startedBy"] == second


def test_an_impaired_service_and_its_stopped_tasks_are_service_actions(world: Any, listen: Any) -> None:
    take = listen("actions", {**ECS, "detail-type": ["ECS Service Action"]})
    world.create(world.register("good-1"), desiredCount=2)
    world.until(world.completed, within=300)
    world.update(desiredCount=1)
    world.step(60)
    names = [each["detail"]["eventName"] for each in take()]
    assert names[:2] == ["SERVICE_STEADY_STATE", "TASKS_STOPPED"]
    off = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    digest = "@sha256:" + "0" * 64
    image = {"image": f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop{digest}"}
    world.update(taskDefinition=world.register("good-1", image), deploymentConfiguration=off)
    world.step(2400)
    told = {(each["detail"]["eventType"], each["detail"]["eventName"]) for each in take()}
    assert ("WARN", "SERVICE_TASK_START_IMPAIRED") in told


def test_a_task_without_a_service_is_told_of_too(world: Any, listen: Any) -> None:
    take = listen("tasks", {**ECS, "detail": {"lastStatus": ["RUNNING"]}})
    network = {"awsvpcConfiguration": {"subnets": [world.subnet]}}
    definition = world.register("good-1")
    world.ecs.run_task(cluster="main", taskDefinition=definition, networkConfiguration=network, group="batch")
    world.step(120)
    assert {each["detail"]["group"] for each in take()} == {"batch"}


def test_a_rule_that_is_off_gets_nothing_and_a_missing_queue_stops_nobody(world: Any, listen: Any) -> None:
    off, on = listen("off", ECS), listen("on", ECS)
    world.client("events").disable_rule(Name="off")
    gone = [{"Id": "gone", "Arn": "arn:aws:sqs:eu-west-1:123456789012:gone"}]
    world.client("events").put_targets(Rule="on", Targets=gone)
    world.create(world.register("good-1"))
    world.until(world.completed, within=300)
    assert off() == []
    assert len(on()) > 5


def test_a_rules_input_transformer_is_used(world: Any, listen: Any) -> None:
    transformer = {"InputPathsMap": {"what": "$.detail.eventName"}, "InputTemplate": '{"happened": "<what>"}'}
    take = listen("short", {**ECS, "detail": {"eventName": ["SERVICE_STEADY_STATE"]}}, InputTransformer=transformer)
    world.create(world.register("good-1"))
    world.until(world.completed, within=300)
    world.step(5)
    assert take() == [{"happened": "SERVICE_STEADY_STATE"}]


def history(world: Any) -> list[tuple[Any, str]]:
    world.create(world.register("good-1"))
    world.until(world.completed, within=300)
    world.update(taskDefinition=world.register("crash-on-start"))
    world.step(900)
    return [(event["createdAt"], event["message"]) for event in world.service()["events"]]


def test_a_rule_changes_nothing_of_what_happens(world_class: Any) -> None:
    histories = []
    for pattern in (None, ECS):
        with mock_aws():
            world = world_class()
            if pattern:
                world.client("events").put_rule(Name="all", EventPattern=json.dumps(pattern))
            histories.append(history(world))
    assert histories[0] == histories[1]


def test_a_hook_tells_that_it_waits_and_what_became_of_it(world: Any, listen: Any) -> None:
    take = listen("hooks", {"source": ["aws.ecs"], "detail-type": ["ECS Hook State Change"]})
    pair = Pair(world, lifecycleHooks=[{"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}])
    world.until(lambda: pair.rollout().get("lifecycleHookDetails"), within=600)
    waiting, arn = pair.rollout()["lifecycleHookDetails"][0], pair.rollout()["serviceDeploymentArn"]
    world.step(5)
    world.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=waiting["hookId"])
    world.step(5)
    first, second = take()
    assert first["resources"] == second["resources"] == [arn]
    assert [each["detail"]["eventName"] for each in (first, second)] == ["HOOK_AWAITING_ACTION", "HOOK_SUCCEEDED"]
    assert first["detail"]["hookId"] == waiting["hookId"]
    assert first["detail"]["hookType"] == "PAUSE"
    assert first["detail"]["lifecycleStage"] == "POST_TEST_TRAFFIC_SHIFT"
    assert first["detail"]["serviceDeploymentArn"] == arn
    assert first["detail"]["expiresAt"] > first["detail"]["updatedAt"]
