import re
from datetime import timedelta
from typing import Any

import pytest

GRACE = {"healthCheckGracePeriodSeconds": 60}


def running(world: Any) -> list[str]:
    return sorted(task["taskDefinitionArn"] for task in world.tasks())


def test_a_first_deployment_goes_through_the_events_of_aws_in_their_order(world: Any) -> None:
    group = world.target_group()
    world.create(world.register("good-1"), group)
    world.until(world.completed, within=200)
    task = world.tasks()[0]["taskArn"].rpartition("/")[2]
    deployment = world.primary()["id"]
    assert world.messages() == [
        f"has started 1 tasks: (task {task}).",
        f"registered 1 targets in (target-group {group})",
        f"(deployment {deployment}) deployment completed.",
        "has reached a steady state.",
    ]
    last, before, *_ = world.service()["events"]
    assert last["createdAt"] - before["createdAt"] == timedelta(milliseconds=1)


def test_the_ids_of_a_deployment_belong_together(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)
    deployment, rollout = world.primary(), world.rollouts()[0]
    number = deployment["id"].removeprefix("ecs-svc/")
    assert re.fullmatch(r"\d{19}", number)
    assert rollout["targetServiceRevision"]["arn"].endswith(f":service-revision/main/shop/{number}")
    assert re.fullmatch(r"arn:.*:service-deployment/main/shop/[\w-]{21}", rollout["serviceDeploymentArn"])
    task = world.tasks()[0]
    assert (task["startedBy"], task["group"]) == (deployment["id"], "service:shop")
    assert task["containers"][0]["containerArn"].startswith(task["taskArn"].replace(":task/", ":container/"))
    assert rollout["status"] == "SUCCESSFUL"
    assert rollout["sourceServiceRevisions"] == []


def test_a_task_passes_through_fargate_s_states_in_its_times(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    seen: list[str] = []

    def look() -> bool:
        status = next((task["lastStatus"] for task in world.tasks()), None)
        if status and status not in seen:
            seen.append(status)
        return status == "RUNNING"

    world.until(look, within=100, by=0.5)
    assert seen == ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]
    task = world.tasks()[0]
    times = [task[key] for key in ("createdAt", "connectivityAt", "pullStartedAt", "pullStoppedAt", "startedAt")]
    assert times == sorted(times)
    assert 18 < (times[-1] - times[0]).total_seconds() < 57
    details = {each["name"]: each["value"] for each in task["attachments"][0]["details"]}
    assert details["privateIPv4Address"] == task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
    assert details["subnetId"] == world.subnet


def test_an_update_starts_the_new_tasks_before_it_stops_the_old_ones(world: Any) -> None:
    group = world.target_group()
    old, new = world.register("good-1"), world.register("good-2")
    world.create(old, group, desiredCount=2)
    world.until(world.completed, within=300)
    first = world.primary()
    world.update(taskDefinition=new)
    fewest = 2

    def look() -> bool:
        nonlocal fewest
        health = world.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        fewest = min(fewest, sum(each["TargetHealth"]["State"] == "healthy" for each in health))
        return world.completed()

    world.until(look, within=300)
    assert fewest == 2
    assert running(world) == [new, new]
    assert world.primary()["id"] != first["id"]
    stopped = world.tasks("STOPPED")
    reason = f"Scaling activity initiated by (deployment {world.primary()['id']})"
    assert {(task["stopCode"], task["stoppedReason"]) for task in stopped} == {("ServiceSchedulerInitiated", reason)}
    assert {task["containers"][0]["exitCode"] for task in stopped} == {0}
    messages = " ".join(world.messages())
    assert "has stopped 1 running tasks" in messages
    assert f"deregistered 1 targets in (target-group {group}) has begun draining connections on 1 tasks." in messages


def test_a_stopped_task_gives_its_address_back_and_is_listed_for_an_hour(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)
    task = world.tasks()[0]
    world.ecs.stop_task(cluster="main", task=task["taskArn"], reason="drill")
    dying = world.tasks("STOPPED")[0]
    assert (dying["lastStatus"], dying["stopCode"], dying["stoppedReason"]) == (
        "DEACTIVATING",
        "UserInitiated",
        "drill",
    )
    world.until(lambda: world.tasks("STOPPED")[0]["lastStatus"] == "STOPPED", within=120)
    used = {each["NetworkInterfaceId"] for each in world.ec2.describe_network_interfaces()["NetworkInterfaces"]}
    assert task["attachments"][0]["details"][1]["value"] not in used
    world.step(3590)
    assert len(world.tasks("STOPPED")) == 1
    world.step(20)
    assert world.tasks("STOPPED") == []
    assert len(world.tasks()) == 1, "the service has replaced it"


def test_a_slow_program_is_healthy_within_its_grace_period(world: Any) -> None:
    group = world.target_group(HealthCheckIntervalSeconds=10, HealthyThresholdCount=2, UnhealthyThresholdCount=3)
    world.create(world.register("slow-start"), group, **GRACE)
    world.until(world.completed, within=300)
    assert world.rollouts()[0]["status"] == "SUCCESSFUL"
    assert not [message for message in world.messages() if "unhealthy" in message]


def test_a_slow_program_without_a_grace_period_is_replaced(world: Any) -> None:
    world.create(world.register("slow-start"), world.target_group())
    world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_FAILED", within=1200)


def test_a_deployment_of_zero_tasks_completes_with_none(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group(), desiredCount=0)
    waited = world.until(world.completed, within=200)
    assert waited > 40
    assert [message.partition(" ")[0] for message in world.messages()] == ["(deployment", "has"]
    assert world.service()["runningCount"] == 0


def test_scaling_starts_and_stops_tasks_without_a_deployment(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)
    before = world.primary()["id"]
    for count in (3, 1):
        world.update(desiredCount=count)
        assert world.service()["desiredCount"] == count
        world.until(lambda count=count: world.service()["runningCount"] == count, within=200)
    world.until(lambda: world.messages()[-1] == "has reached a steady state.", within=200)
    assert (world.primary()["id"], world.primary()["rolloutState"]) == (before, "COMPLETED")
    assert len(world.rollouts()) == 1


def test_what_does_not_need_a_deployment_makes_none(world: Any) -> None:
    definition = world.register("good-1")
    world.create(definition, world.target_group())
    world.until(world.completed, within=200)
    world.update(taskDefinition=definition, healthCheckGracePeriodSeconds=9, enableExecuteCommand=True)
    world.update(deploymentConfiguration={"minimumHealthyPercent": 50})
    assert len(world.service()["deployments"]) == 1
    assert world.service()["healthCheckGracePeriodSeconds"] == 9
    assert world.service()["deploymentConfiguration"]["deploymentCircuitBreaker"]["enable"] is True


def test_a_forced_deployment_is_new_though_nothing_changed(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)
    before = world.primary()["id"]
    world.update(forceNewDeployment=True)
    assert world.primary()["id"] != before
    world.until(world.completed, within=300)
    assert len(world.rollouts()) == 2


def test_the_first_task_settles_the_digests_that_the_others_use(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group(), desiredCount=3)
    world.until(lambda: world.service()["pendingCount"] > 0, within=60)
    assert world.service()["pendingCount"] == 1
    world.until(world.completed, within=300)
    arn = world.rollouts()[0]["targetServiceRevision"]["arn"]
    revision = world.ecs.describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"][0]
    digests = {task["containers"][0]["imageDigest"] for task in world.tasks()}
    assert digests == {revision["containerImages"][0]["imageDigest"]}


def test_a_service_without_checks_is_healthy_after_40_seconds(world: Any) -> None:
    world.create(world.register("good-1"))
    world.until(lambda: world.service()["runningCount"] == 1, within=60)
    started = world.tasks()[0]["startedAt"]
    world.until(world.completed, within=200)
    assert (world.primary()["updatedAt"] - started).total_seconds() > 40 + 45


def test_a_deleted_service_drains_and_becomes_inactive(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)
    with pytest.raises(world.ecs.exceptions.InvalidParameterException, match="scaled above 0"):
        world.ecs.delete_service(cluster="main", service="shop")
    world.ecs.delete_service(cluster="main", service="shop", force=True)
    assert world.service()["status"] == "DRAINING"
    assert world.ecs.list_services(cluster="main")["serviceArns"] == []
    world.until(lambda: world.service()["status"] == "INACTIVE", within=100)
    world.until(lambda: not [each for each in world.tasks("STOPPED") if each["lastStatus"] != "STOPPED"], within=100)
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)


def test_the_log_has_the_program_s_lines_at_the_sandbox_s_time(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)
    task = world.tasks()[0]
    stream = f"shop/app/{task['taskArn'].rpartition('/')[2]}"
    events = world.logs.get_log_events(logGroupName="shop", logStreamName=stream, startFromHead=True)["events"]
    assert [event["message"] for event in events][-1] == "INFO shop listening on 5001"
    assert 0 < events[-1]["timestamp"] / 1000 - task["startedAt"].timestamp() < 5
