from typing import Any

import pytest

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop"
NOT_FOUND = (
    f"CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref "
    f"{REGISTRY}:no-such: {REGISTRY}:no-such: not found"
)
WRONG_PLATFORM = (
    "CannotPullContainerError: pull image manifest has been retried 5 time(s): image Manifest does not contain "
    "descriptor matching platform 'linux/amd64'"
)
EXITED = "Essential container in task exited"
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
ELB = "Task failed ELB health checks in (target-group GROUP)"

# tag -> (stopCode, stoppedReason, the container's exit code, part of its reason, part of an event)
FAILURES = {
    "no-such": ("TaskFailedToStart", NOT_FOUND, None, NOT_FOUND, f"was unable to place a task. Reason: {NOT_FOUND}."),
    "arm64-only": ("TaskFailedToStart", WRONG_PLATFORM, None, WRONG_PLATFORM, f"Reason: {WRONG_PLATFORM}."),
    "crash-on-start": ("EssentialContainerExited", EXITED, 1, None, "has started 1 tasks"),
    "needs-secret": ("EssentialContainerExited", EXITED, 1, None, "has started 1 tasks"),
    "out-of-memory": ("EssentialContainerExited", EXITED, 137, OUT_OF_MEMORY, "has started 1 tasks"),
    "port-5201": ("ServiceSchedulerInitiated", ELB, 0, None, "due to (reason Health checks failed)."),
    "health-500": (
        *("ServiceSchedulerInitiated", ELB, 0, None),
        "due to (reason Health checks failed with these codes: [500]).",
    ),
}
DONE = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}


def done(world: Any) -> bool:
    return world.rollouts()[0]["status"] in DONE


def check_stopped(world: Any, tag: str, group: str) -> None:
    code, reason, exit_code, container_reason, event = FAILURES[tag]
    failed = [task for task in world.tasks("STOPPED") if task["stopCode"] == code]
    assert len(failed) >= 3
    for task in failed:
        assert task["stoppedReason"] == reason.replace("GROUP", group)
        container = task["containers"][0]
        assert container.get("reason") == container_reason
        if exit_code is not None and "exitCode" in container:
            assert container["exitCode"] == exit_code
    assert any(event in message for message in world.messages())


@pytest.mark.parametrize("tag", FAILURES)
def test_a_first_deployment_that_fails_has_nothing_to_roll_back_to(world: Any, tag: str) -> None:
    group = world.target_group()
    world.create(world.register(tag), group, desiredCount=1)
    world.until(lambda: done(world), within=1500, by=3)
    rollout, deployment = world.rollouts()[0], world.primary()
    assert rollout["status"] == "ROLLBACK_FAILED"
    assert rollout["statusReason"] == "No rollback candidate was found to run the rollback."
    assert rollout["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}
    assert deployment["rolloutState"] == "FAILED"
    assert deployment["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert f"(deployment {deployment['id']}) deployment failed: tasks failed to start." in world.messages()
    before = len(world.messages())
    world.step(3000)
    assert not [message for message in world.messages()[before:] if "has started" in message]


@pytest.mark.parametrize("tag", FAILURES)
def test_an_update_that_fails_is_rolled_back_to_the_old_deployment_under_its_id(world: Any, tag: str) -> None:
    group = world.target_group()
    old = world.register("good-1")
    world.create(old, group, desiredCount=2)
    world.until(world.completed, within=300)
    first = world.primary()
    world.update(taskDefinition=world.register(tag))
    second = world.primary()
    world.until(lambda: done(world), within=1500, by=3)
    rollout, deployment = world.rollouts()[0], world.primary()
    assert rollout["status"] == "ROLLBACK_SUCCESSFUL"
    reason = "Service deployment rolled back because the circuit breaker threshold was exceeded."
    assert (rollout["statusReason"], rollout["rollback"]["reason"]) == (reason, reason)
    assert rollout["rollback"]["serviceRevisionArn"].endswith(first["id"].removeprefix("ecs-svc"))
    assert rollout["targetServiceRevision"]["arn"].endswith(second["id"].removeprefix("ecs-svc"))
    assert (deployment["id"], deployment["rolloutState"]) == (first["id"], "COMPLETED")
    assert world.service()["taskDefinition"] == old
    assert [task["taskDefinitionArn"] for task in world.tasks()] == [old, old]
    messages = world.messages()
    failed = messages.index(f"(deployment {second['id']}) deployment failed: tasks failed to start.")
    assert messages[failed + 1] == f"rolling back to deployment {first['id']}."
    assert messages[-2:] == [f"(deployment {first['id']}) deployment completed.", "has reached a steady state."]
    check_stopped(world, tag, group)


def test_a_rollback_shows_both_deployments_while_it_goes_on(world: Any) -> None:
    group = world.target_group()
    world.create(world.register("good-1"), group)
    world.until(world.completed, within=200)
    first = world.primary()
    world.update(taskDefinition=world.register("health-500"))
    world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS", within=900)
    primary = world.primary()
    assert (primary["id"], primary["rolloutState"]) == (first["id"], "IN_PROGRESS")
    reason = f"ECS deployment circuit breaker: rolling back to deploymentId {first['id']}."
    assert primary["rolloutStateReason"] == reason
    others = [each for each in world.service()["deployments"] if each["status"] == "ACTIVE"]
    assert [each["rolloutState"] for each in others] in ([], ["FAILED"])


def test_a_program_that_crashes_leaves_its_traceback_in_the_log(world: Any) -> None:
    world.create(world.register("crash-on-start"), world.target_group())
    world.until(lambda: world.tasks("STOPPED"), within=100)
    world.step(10)
    assert world.log(world.tasks("STOPPED")[0])[-1].startswith("TypeError: ")


def test_a_tag_that_is_missing_fails_after_three_single_tasks_however_many_are_wanted(world: Any) -> None:
    world.create(world.register("no-such"), world.target_group(), desiredCount=8)
    waited = world.until(lambda: done(world), within=1500, by=3)
    assert 8 * 60 < waited < 14 * 60
    assert len(world.tasks("STOPPED")) == 3


def test_a_breaker_without_rollback_stops_the_deployment_and_keeps_the_old_tasks(world: Any) -> None:
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    world.create(world.register("good-1"), world.target_group(), deploymentConfiguration=breaker)
    world.until(world.completed, within=200)
    world.update(taskDefinition=world.register("no-such"))
    world.until(lambda: done(world), within=1500, by=3)
    assert world.rollouts()[0]["status"] == "STOPPED"
    assert world.primary()["rolloutState"] == "FAILED"
    world.step(600)
    assert [task["taskDefinitionArn"].rpartition(":")[2] for task in world.tasks()] == ["1"]


def test_without_a_breaker_a_deployment_is_tried_for_ever(world: Any) -> None:
    off = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    world.create(world.register("no-such"), world.target_group(), deploymentConfiguration=off)
    starts: list[int] = []
    for _ in range(3):
        world.step(3600)
        starts.append(sum("has started" in message for message in world.messages()))
    assert starts[0] >= 3
    assert starts[0] < starts[1] < starts[2]
    assert world.primary()["rolloutState"] == "IN_PROGRESS"
    assert world.rollouts()[0]["deploymentCircuitBreaker"]["status"] == "DISABLED"
    assert "is unable to consistently start tasks successfully." in world.messages()


def test_a_missing_secret_keeps_the_task_from_starting_and_names_it(world: Any) -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:database-AbCdEf"
    secret = {"secrets": [{"name": "DATABASE_URL", "valueFrom": arn}]}
    world.create(world.register("needs-secret", secret), world.target_group())
    world.until(lambda: world.tasks("STOPPED"), within=100)
    reason = world.tasks("STOPPED")[0]["stoppedReason"]
    assert reason.startswith("ResourceInitializationError: unable to pull secrets or registry auth: execution resource")
    assert f"failed to fetch secret {arn} from secrets manager" in reason
    assert reason.endswith("ResourceNotFoundException: Secrets Manager can't find the specified secret.")


def test_a_secret_that_exists_is_all_that_the_program_needs(world: Any) -> None:
    secrets = world.client("secretsmanager")
    arn = secrets.create_secret(Name="database", SecretString='{"url": "postgres://db"}')["ARN"]
    secret = {"secrets": [{"name": "DATABASE_URL", "valueFrom": f"{arn}:url::"}]}
    world.create(world.register("needs-secret", secret), world.target_group())
    world.until(world.completed, within=200)


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ('{"url": "x"}', "uri", "retrieved secret from Secrets Manager did not contain json key uri"),
        ("postgres://db", "url", "invalid character 'p' looking for beginning of value"),
    ],
)
def test_a_secret_without_its_json_key_is_told_apart(world: Any, text: str, key: str, said: str) -> None:
    arn = world.client("secretsmanager").create_secret(Name="database", SecretString=text)["ARN"]
    secret = {"secrets": [{"name": "DATABASE_URL", "valueFrom": f"{arn}:{key}::"}]}
    world.create(world.register("needs-secret", secret), world.target_group())
    world.until(lambda: world.tasks("STOPPED"), within=100)
    assert world.tasks("STOPPED")[0]["stoppedReason"].endswith(said)


def test_a_missing_parameter_is_named_and_one_that_exists_is_enough(world: Any) -> None:
    arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/url"
    secret = {"secrets": [{"name": "DATABASE_URL", "valueFrom": arn}]}
    world.create(world.register("needs-secret", secret), world.target_group())
    world.until(lambda: world.tasks("STOPPED"), within=100)
    assert world.tasks("STOPPED")[0]["stoppedReason"].endswith("invalid ssm parameters: /shop/url")
    world.client("ssm").put_parameter(Name="/shop/url", Value="postgres://db", Type="String")
    world.until(world.completed, within=600)


def test_a_missing_log_group_keeps_the_task_from_starting(world: Any) -> None:
    world.logs.delete_log_group(logGroupName="shop")
    world.create(world.register("good-1"), world.target_group())
    world.until(lambda: world.tasks("STOPPED"), within=100)
    reason = world.tasks("STOPPED")[0]["stoppedReason"]
    assert reason.startswith(
        "ResourceInitializationError: failed to validate logger args: create stream has been retried"
    )
    assert "ResourceNotFoundException: The specified log group does not exist." in reason


def test_a_full_subnet_has_no_address_for_a_task(make_world: Any) -> None:
    world = make_world(subnet="10.0.0.0/28")
    for _ in range(world.ec2.describe_subnets(SubnetIds=[world.subnet])["Subnets"][0]["AvailableIpAddressCount"]):
        world.ec2.create_network_interface(SubnetId=world.subnet)
    world.create(world.register("good-1"), world.target_group())
    world.until(lambda: world.tasks("STOPPED"), within=100)
    reason = world.tasks("STOPPED")[0]["stoppedReason"]
    assert reason.startswith(
        "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment"
    )
    assert world.subnet in reason


def test_a_container_that_fails_its_own_check_is_replaced(world: Any) -> None:
    check = {"command": ["CMD-SHELL", "curl -f http://localhost:5001/healthz || exit 1"], "interval": 10, "retries": 2}
    world.create(world.register("health-500", {"healthCheck": check}))
    world.until(lambda: done(world), within=1500, by=3)
    stopped = world.tasks("STOPPED")
    assert "Task failed container health checks" in {task["stoppedReason"] for task in stopped}
    assert any("failed container health checks." in message for message in world.messages())


def test_a_container_that_passes_its_own_check_is_healthy(world: Any) -> None:
    check = {"command": ["CMD-SHELL", "curl -f http://localhost:5001/healthz || exit 1"], "interval": 10}
    world.create(world.register("good-1", {"healthCheck": check}), world.target_group())
    world.until(world.completed, within=200)
    assert world.tasks()[0]["healthStatus"] == "HEALTHY"


def test_an_alarm_that_rings_during_a_deployment_rolls_it_back(world: Any) -> None:
    alarms = {"alarmNames": ["errors"], "enable": True, "rollback": True}
    cloudwatch = world.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors", MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    world.create(world.register("good-1"), world.target_group(), deploymentConfiguration={"alarms": alarms})
    world.until(world.completed, within=600)
    first = world.primary()["id"]
    world.update(taskDefinition=world.register("good-2"))
    world.step(30)
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    world.until(lambda: done(world), within=300)
    rollout = world.rollouts()[0]
    assert rollout["status"] == "ROLLBACK_SUCCESSFUL"
    assert rollout["alarms"] == {"status": "TRIGGERED", "alarmNames": ["errors"], "triggeredAlarmNames": ["errors"]}
    assert world.primary()["id"] == first
    assert any(message.endswith("deployment failed: alarm detected.") for message in world.messages())
    world.update(forceNewDeployment=True)  # it rings already, so this deployment ignores it
    world.until(world.completed, within=600)
    assert world.rollouts()[0]["status"] == "SUCCESSFUL"


def test_percentages_that_allow_nothing_are_said(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)
    tight = {"minimumHealthyPercent": 100, "maximumPercent": 101}
    world.update(taskDefinition=world.register("good-2"), deploymentConfiguration=tight)
    world.step(120)
    assert any("was unable to stop or start tasks during a deployment" in message for message in world.messages())
    assert len(world.tasks()) == 1
