"""Who hears of a failed deployment, and that nobody else can speak or listen."""

import json
from fnmatch import fnmatchcase

import pytest

from components.errors import ArgumentError
from components.validation import read
from tests.components.conftest import waived

SERVICE = "arn:aws-us-gov:ecs:us-gov-west-1:210987654321:service/blue/shop"
TOPIC = "arn:aws-us-gov:sns:us-gov-west-1:210987654321:team"
QUEUE = "arn:aws-us-gov:sqs:us-gov-west-1:210987654321:team"
KEY = "arn:aws-us-gov:kms:us-gov-west-1:210987654321:key/0a1b"


def patterns(graph):
    return {made.name: json.loads(made.inputs["eventPattern"]) for made in graph.all("EventRule")}


def matches(pattern, event):
    """Match as EventBridge does, as far as these patterns go: values in lists, wildcards, maps inside."""
    for key, wanted in pattern.items():
        found = event.get(key)
        if isinstance(wanted, dict):
            if not matches(wanted, found or {}):
                return False
            continue
        values = found if isinstance(found, list) else [found]
        if not any(_one(choice, str(value)) for choice in wanted for value in values):
            return False
    return True


def _one(choice, value):
    return fnmatchcase(value, choice["wildcard"]) if isinstance(choice, dict) else choice == value


def event(name, reason, service=SERVICE):
    return {
        "source": "aws.ecs",
        "detail-type": "ECS Deployment State Change",
        "resources": [service],
        "detail": {"eventName": name, "reason": reason, "deploymentId": "ecs-svc/1"},
    }


def heard(graph, told):
    return any(matches(pattern, told) for pattern in patterns(graph).values())


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (event("SERVICE_DEPLOYMENT_FAILED", "ECS deployment circuit breaker: tasks failed to start."), True),
        (
            event(
                "SERVICE_DEPLOYMENT_IN_PROGRESS",
                "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/0.",
            ),
            True,
        ),
        (event("SERVICE_DEPLOYMENT_IN_PROGRESS", "ECS deployment ecs-svc/1 in progress."), False),
        (event("SERVICE_DEPLOYMENT_COMPLETED", "ECS deployment ecs-svc/1 completed."), False),
        (event("SERVICE_DEPLOYMENT_FAILED", "x", service=SERVICE + "-other"), False),
    ],
)
def test_people_hear_of_failures_and_rollbacks_of_this_service_and_of_nothing_else(deploy, told, expected):
    assert heard(deploy(), told) == expected


def test_completed_deployments_are_told_where_a_team_wants_it(deploy):
    names = ["SERVICE_DEPLOYMENT_FAILED", "SERVICE_DEPLOYMENT_COMPLETED"]
    graph = deploy(notification_event_names=names)
    assert heard(graph, event("SERVICE_DEPLOYMENT_COMPLETED", "x"))
    assert not heard(graph, event("SERVICE_DEPLOYMENT_IN_PROGRESS", "rolling back"))


def test_a_deployment_that_waits_for_a_person_tells_them(deploy, balanced):
    hooks = [{"lifecycle_stages": ["POST_SCALE_UP"]}]
    graph = deploy(balanced, deployment={"strategy": "BLUE_GREEN", "lifecycle_hooks": hooks})
    # As in the example of the developer guide: the resource is the service deployment.
    told = {
        "source": "aws.ecs",
        "detail-type": "ECS Hook State Change",
        "resources": [SERVICE.replace("service/", "service-deployment/") + "/0EYSiB0qap8xf0N76FsbE"],
        "detail": {"eventName": "HOOK_AWAITING_ACTION", "serviceArn": SERVICE, "lifecycleStage": "POST_SCALE_UP"},
    }
    assert heard(graph, told)
    assert not heard(graph, {**told, "detail": {**told["detail"], "serviceArn": SERVICE + "-other"}})
    assert not heard(deploy(), told)
    words = graph.one("EventTarget", "hooks-to-topic").inputs["inputTransformer"]
    assert "continue-service-deployment" in words["inputTemplate"]


def test_the_rules_are_on_before_the_first_deployment(deploy):
    graph = deploy()
    assert {made.inputs["state"] for made in graph.all("EventRule")} == {"ENABLED"}
    needed = {urn.rpartition("::")[2] for urn in graph.one("Service").options.dependencies}
    assert needed >= {"shop-deployments-to-topic", "shop-rollbacks-to-topic"}


def test_an_event_that_cannot_be_delivered_is_kept_for_two_weeks(deploy):
    graph = deploy()
    for target in graph.all("EventTarget"):
        assert target.inputs["deadLetterConfig"]["arn"].endswith("shop-dead-letter-queue")
        assert target.inputs["retryPolicy"]["maximumEventAgeInSeconds"] == 86400
    queue = graph.one("Queue").inputs
    assert (queue["messageRetentionSeconds"], queue["sqsManagedSseEnabled"]) == (14 * 86400, True)


def test_a_target_comes_after_the_policies_that_let_it_be_told(deploy):
    for target in deploy().all("EventTarget"):
        needed = {urn.rpartition("::")[2] for urn in target.options.dependencies}
        assert needed >= {"shop-topic-policy", "shop-dead-letter-queue-policy"}


def test_only_the_rules_and_alarms_publish_and_only_with_tls(deploy):
    statements = json.loads(deploy().one("TopicPolicy").inputs["policy"])["Statement"]
    events, alarms, tls = statements
    assert events["Principal"] == {"Service": "events.amazonaws.com"}
    rules = events["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert [arn.rpartition(":")[2] for arn in rules] == ["shop-deployments", "shop-rollbacks"]
    assert alarms["Condition"]["StringEquals"] == {"aws:SourceAccount": "210987654321"}
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert {statement["Effect"] for statement in statements if statement["Principal"] == "*"} == {"Deny"}


def test_only_the_rules_send_to_the_queue_and_only_with_tls(deploy):
    events, tls = json.loads(deploy().one("QueuePolicy").inputs["policy"])["Statement"]
    assert (events["Principal"], events["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    assert len(events["Condition"]["ArnEquals"]["aws:SourceArn"]) == 2
    assert tls["Effect"] == "Deny"


def test_topic_and_logs_are_encrypted_with_a_key_that_is_renewed(deploy):
    graph = deploy()
    key = graph.one("Key").inputs
    assert key["enableKeyRotation"] is True
    assert graph.one("Topic").inputs["kmsMasterKeyId"].endswith("shop-key")
    assert graph.one("LogGroup").inputs["kmsKeyId"].endswith("shop-key")


def test_the_publishers_can_use_the_key(deploy):
    policy = json.loads(deploy().one("Key").inputs["policy"])["Statement"]
    by_sid = {statement["Sid"]: statement for statement in policy}
    # EventBridge names no source when it asks KMS: with a condition every notification would vanish.
    assert "Condition" not in by_sid["Events"]
    assert by_sid["Alarms"]["Condition"] == {"StringEquals": {"aws:SourceAccount": "210987654321"}}
    context = by_sid["Logs"]["Condition"]["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"]
    assert context == "arn:aws-us-gov:logs:us-gov-west-1:210987654321:log-group:/ecs/blue/shop"
    assert by_sid["Account"]["Principal"] == {"AWS": "arn:aws-us-gov:iam::210987654321:root"}


def test_keys_can_be_the_teams_own(deploy):
    graph = deploy(kms_key_arn=KEY, log_kms_key_arn=f"{KEY}2")
    assert not graph.all("Key")
    assert graph.one("Topic").inputs["kmsMasterKeyId"] == KEY
    assert graph.one("LogGroup").inputs["kmsKeyId"] == f"{KEY}2"


def test_there_may_be_no_key(deploy):
    graph = deploy(create_kms_key=False, log_skip_destroy=True, waivers=waived("SNS-01", "LOG-02"))
    assert not graph.all("Key")
    assert "kmsKeyId" not in graph.one("LogGroup").inputs
    assert graph.one("LogGroup").inputs["skipDestroy"] is True


def test_the_topic_can_be_the_teams_own(deploy):
    graph = deploy(notification_topic_arn=TOPIC)
    assert not graph.all("Topic") + graph.all("TopicPolicy")
    assert {target.inputs["arn"] for target in graph.all("EventTarget")} == {TOPIC}
    assert {alarm.inputs["alarmActions"][0] for alarm in graph.all("MetricAlarm")} == {TOPIC}


def test_addresses_and_a_queue_are_told_too(deploy):
    graph = deploy(notification_emails=["team@example.com"], notification_queue_arn=QUEUE)
    subscription = graph.one("TopicSubscription").inputs
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "team@example.com")
    to_queue = [target for target in graph.all("EventTarget") if target.inputs["arn"] == QUEUE]
    assert len(to_queue) == 2
    assert all("inputTransformer" not in target.inputs for target in to_queue)


def test_every_alarm_tells_someone(deploy):
    for alarm in deploy(deployment_alarms={"unhealthy_host_count": 1}).all("MetricAlarm"):
        assert [action.rpartition(":")[2] for action in alarm.inputs["alarmActions"]] == ["shop-topic"], alarm.name
        assert alarm.inputs.get("actionsEnabled", True) is True


def test_what_only_tells_never_rolls_back(deploy):
    graph = deploy()
    own = {f"ecs/blue/shop/{what}" for what in ("cpu", "memory", "missing-tasks")}
    assert own <= {alarm.inputs["name"] for alarm in graph.all("MetricAlarm")}
    assert not own & set(graph.one("Service").inputs["alarms"]["alarmNames"])
    assert set(graph.registered_outputs["operational_alarm_names"]) == own


def test_operational_alarms_can_be_other_or_none(deploy):
    graph = deploy(operational_alarms={"cpu_percent": 50.0, "running_below_desired": False})
    assert graph.one("MetricAlarm", "-cpu").inputs["threshold"] == 50
    assert not [alarm for alarm in graph.all("MetricAlarm") if alarm.name.endswith("missing-tasks")]
    names = {alarm.name for alarm in deploy(operational_alarms={"enabled": False}).all("MetricAlarm")}
    assert names == {"shop-http-5xx-rate", "shop-latency-p99"}


def test_missing_tasks_are_those_that_are_wanted_and_do_not_run(deploy):
    queries = {query["id"]: query for query in deploy().one("MetricAlarm", "missing-tasks").inputs["metricQueries"]}
    assert queries["missing"]["expression"] == "desired - running"
    assert queries["desired"]["metric"]["metricName"] == "DesiredTaskCount"
    assert queries["running"]["metric"]["dimensions"] == {"ClusterName": "blue", "ServiceName": "shop"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"notification_event_names": ["SERVICE_DEPLOYMENT_COMPLETED"]}, "notification_event_names"),
        ({"notification_event_names": []}, "notification_event_names"),
        ({"notification_event_names": ["FAILED", "SERVICE_DEPLOYMENT_FAILED"]}, "notification_event_names[0]"),
        ({"notification_emails": ["team"]}, "notification_emails[0]"),
        ({"notification_topic_arn": "team"}, "notification_topic_arn"),
        ({"kms_key_arn": "alias/aws/sns"}, "kms_key_arn"),
        ({"kms_key_arn": KEY, "create_kms_key": True}, "create_kms_key"),
    ],
)
def test_news_that_would_reach_nobody_is_refused(worker, changes, path):
    with pytest.raises(ArgumentError) as caught:
        read("shop", {**worker, **changes})
    assert [problem.path for problem in caught.value.problems] == [path]
