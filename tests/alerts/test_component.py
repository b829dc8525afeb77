"""What `DeploymentAlerts` promises of what it makes."""

import json
from typing import Any

import pytest

from alerts import policies
from alerts.permissions import GRANTS
from components.controls import Resource, Stack, State, check
from tests.alerts.deployed import ACCOUNT, KEY, PREFIX, REGION, SECRET, TOPIC, Graph, _event_loops, alerts, run

__all__ = ["_event_loops", "run"]  # fixtures


def statements(graph: Graph) -> list[dict[str, Any]]:
    """Return what the function's role may do."""
    found: list[dict[str, Any]] = json.loads(graph.one("RolePolicy").inputs["policy"])["Statement"]
    return found


def queue_policies(graph: Graph) -> list[list[dict[str, Any]]]:
    return [json.loads(made.inputs["policy"])["Statement"] for made in graph.all("QueuePolicy")]


def environment(graph: Graph) -> dict[str, str]:
    variables: dict[str, str] = graph.one("Function").inputs["environment"]["variables"]
    return variables


def test_no_control_fails_on_what_it_makes(run):
    graph = alerts(run, watch_queue=True)
    resources = tuple(Resource(made.type, made.name, made.inputs) for made in graph.resources)
    findings = check(Stack(resources))
    failed = [str(each) for each in findings if each.state is State.FAILED]
    assert failed == []
    applied = {each.control.id for each in findings if each.state is State.PASSED}
    assert {"ALM-01", "EVT-02", "LOG-01", "LOG-02", "SNS-01"} <= applied


def test_only_the_rules_may_fill_the_queues_and_nobody_without_tls(run):
    graph = alerts(run, watch_queue=True)
    own = {f"{PREFIX}:test:{made.name}" for made in graph.all("EventRule")}
    assert len(queue_policies(graph)) == 3
    for allowed, denied in queue_policies(graph):
        assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
        assert allowed["Action"] == "sqs:SendMessage"
        senders = set(allowed["Condition"]["ArnEquals"]["aws:SourceArn"])
        assert senders
        assert senders <= own
        assert denied["Effect"] == "Deny"
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_queues_are_encrypted_and_what_fails_five_times_is_kept_for_two_weeks(run):
    graph = alerts(run, watch_queue=True)
    assert all(made.inputs["sqsManagedSseEnabled"] for made in graph.all("Queue"))
    redrive = json.loads(graph.one("Queue", "-queue").inputs["redrivePolicy"])
    assert redrive == {"deadLetterTargetArn": f"{PREFIX}:test:alerts-dead-letters", "maxReceiveCount": 5}
    dead_letters = graph.one("Queue", "-dead-letters")
    assert dead_letters.inputs["messageRetentionSeconds"] == 14 * 24 * 3600
    allowed = json.loads(graph.one("RedriveAllowPolicy").inputs["redriveAllowPolicy"])
    assert allowed == {"redrivePermission": "byQueue", "sourceQueueArns": [f"{PREFIX}:test:alerts-queue"]}


def test_every_rule_reaches_its_queue_and_what_cannot_be_delivered_is_kept(run):
    graph = alerts(run, watch_queue=True)
    targets = {made.inputs["rule"]: made.inputs for made in graph.all("EventTarget")}
    assert set(targets) == {made.inputs["name"] for made in graph.all("EventRule")}
    for target in targets.values():
        assert target["arn"].endswith("alerts-watch" if "-watched-" in target["rule"] else "alerts-queue")
        assert target["deadLetterConfig"] == {"arn": f"{PREFIX}:test:alerts-dead-letters"}
        assert target["retryPolicy"]["maximumEventAgeInSeconds"] == 24 * 3600


def test_the_watcher_has_a_queue_of_its_own_where_one_is_wanted(run):
    assert alerts(run).registered_outputs.get("watch_queue_url") is None
    graph = alerts(run, watch_queue=True)
    assert graph.registered_outputs["watch_queue_url"].endswith("alerts-watch")
    watched = [made.inputs["rule"] for made in graph.all("EventTarget") if made.inputs["arn"].endswith("alerts-watch")]
    assert sorted(watched) == ["failwell-alerts-watched-services", "failwell-alerts-watched-tasks"]


def test_a_message_that_fails_does_not_bring_back_its_batch(run):
    mapping = alerts(run).one("EventSourceMapping").inputs
    assert mapping["functionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["batchSize"] <= 10
    assert mapping["maximumBatchingWindowInSeconds"] > 0


def test_no_poll_finds_the_function_busy(run):
    """A poll that is throttled counts as a receive, and the dead-letter queue would fill with what nobody looked at."""
    for given, reserved, concurrent in ((None, 5, 5), (2, 2, 2), (0, -1, 5)):
        graph = alerts(run, reserved_concurrency=given)
        assert graph.one("Function").inputs["reservedConcurrentExecutions"] == reserved
        assert graph.one("EventSourceMapping").inputs["scalingConfig"] == {"maximumConcurrency": concurrent}


def test_a_message_stays_hidden_for_six_timeouts(run):
    graph = alerts(run, timeout_seconds=90)
    assert graph.one("Function").inputs["timeout"] == 90
    assert graph.one("Queue", "-queue").inputs["visibilityTimeoutSeconds"] == 540


def test_the_function_has_no_secret_in_its_environment(run):
    graph = alerts(run, topic_arn=TOPIC, environment_tag="stage", follow_ups="ends")
    assert environment(graph) == {
        "FAILWELL_TABLE": "failwell-alerts",
        "FAILWELL_WEBHOOK_SECRET": SECRET,
        "FAILWELL_TOPIC": TOPIC,
        "FAILWELL_ENVIRONMENT_TAG": "stage",
        "FAILWELL_FOLLOW_UPS": "ends",
        "FAILWELL_HOLD_SECONDS": "15",
        "POWERTOOLS_SERVICE_NAME": "failwell-alerts",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
    assert "FAILWELL_TOPIC" not in environment(alerts(run))


def test_the_role_may_do_what_the_list_says_and_no_more(run):
    graph = alerts(run, topic_arn=TOPIC)
    allowed = {action for each in statements(graph) for action in each["Action"]}
    assert allowed == {action for grant in GRANTS for action in grant.actions} | {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    for each in statements(graph):
        if each["Resource"] == ["*"]:
            verbs = {action.partition(":")[2] for action in each["Action"]}
            assert all(verb.startswith(("Describe", "List", "Get", "BatchGet")) for verb in verbs), verbs


def test_the_role_reads_one_secret_and_writes_to_one_table_log_and_topic(run):
    graph = alerts(run, topic_arn=TOPIC)
    resources = {each["Resource"][0] for each in statements(graph)}
    assert resources == {
        "*",
        SECRET,
        TOPIC,
        f"{PREFIX}:test:alerts-queue",
        f"{PREFIX}:test:alerts-table",
        f"{PREFIX}:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/failwell-alerts:*",
    }
    without = alerts(run)
    assert not any("sns:Publish" in each["Action"] for each in statements(without))


def test_a_secret_that_is_named_without_its_random_ending_may_be_read(run):
    named = SECRET.removesuffix("-Ab12Cd")
    read = [
        each for each in statements(alerts(run, webhook_secret_arn=named)) if each["Resource"] == [f"{named}-??????"]
    ]
    assert [each["Action"] for each in read] == [["secretsmanager:GetSecretValue"]]


def test_keys_of_the_secret_and_the_topic_are_used_through_their_services_alone(run):
    graph = alerts(run, secret_kms_key_arn=KEY, topic_arn=TOPIC, topic_kms_key_arn=KEY)
    through = [each["Condition"] for each in statements(graph) if each["Resource"] == [KEY]]
    assert through == [
        {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}},
        {"StringEquals": {"kms:ViaService": f"sns.{REGION}.amazonaws.com"}},
    ]


def test_only_lambda_takes_the_role(run):
    role = alerts(run).one("Role").inputs
    assert json.loads(role["assumeRolePolicy"]) == policies.trust()


def test_a_boundary_and_tags_reach_what_has_them(run):
    boundary = f"arn:aws-us-gov:iam::{ACCOUNT}:policy/boundary"
    graph = alerts(run, permissions_boundary_arn=boundary, tags={"team": "payments"})
    assert graph.one("Role").inputs["permissionsBoundary"] == boundary
    tagged = ("Function", "Queue", "EventRule", "Role", "Table", "LogGroup", "MetricAlarm", "Topic", "Key")
    assert all(made.inputs["tags"] == {"team": "payments"} for kind in tagged for made in graph.all(kind))


def test_the_log_is_encrypted_and_kept_for_a_year(run):
    log = alerts(run).one("LogGroup").inputs
    assert log["name"] == "/aws/lambda/failwell-alerts"
    assert log["retentionInDays"] == 365
    assert log["kmsKeyId"] == f"{PREFIX}:test:alerts-key"


def test_stories_are_forgotten_by_themselves(run):
    table = alerts(run).one("Table").inputs
    assert table["hashKey"] == "id"
    assert table["ttl"] == {"attributeName": "expiration", "enabled": True}
    assert table["billingMode"] == "PAY_PER_REQUEST"


def test_its_own_failures_are_heard(run):
    graph = alerts(run, alarm_emails=["team@example.com"])
    metrics = {made.inputs["metricName"]: made.inputs for made in graph.all("MetricAlarm")}
    assert set(metrics) == {
        "Errors",
        "Throttles",
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesVisible",
    }
    for made in metrics.values():
        assert made["alarmActions"] == [f"{PREFIX}:test:alerts-alarms"]
        assert made["treatMissingData"] == "notBreaching"
    lost = metrics["ApproximateNumberOfMessagesVisible"]
    assert lost["dimensions"] == {"QueueName": "failwell-alerts-dead-letters"}
    assert (lost["threshold"], lost["evaluationPeriods"], lost["period"]) == (0, 1, 60)
    assert graph.one("TopicSubscription").inputs["endpoint"] == "team@example.com"
    assert graph.one("Topic").inputs["kmsMasterKeyId"] == f"{PREFIX}:test:alerts-key"


def test_a_given_topic_and_key_are_taken_as_they_are(run):
    graph = alerts(run, alarm_topic_arn=TOPIC, kms_key_arn=KEY)
    assert not graph.all("Topic")
    assert not graph.all("Key")
    assert graph.all("MetricAlarm")[0].inputs["alarmActions"] == [TOPIC]
    assert graph.one("LogGroup").inputs["kmsKeyId"] == KEY


def test_the_function_is_the_zip_that_was_packed(run):
    graph = alerts(run)
    function = graph.one("Function").inputs
    assert function["handler"] == "alerts.handler.main.handler"
    assert function["architectures"] == ["arm64"]
    assert len(graph.registered_outputs["package_sha256"]) == 64


@pytest.mark.parametrize("service", ["sqs", "sns", "kms", "logs"])
def test_no_partition_is_assumed(run, service):
    graph = alerts(run, watch_queue=True)
    text = json.dumps([made.inputs for made in graph.resources if made.type != "aws:lambda/function:Function"])
    assert f"arn:aws:{service}" not in text
