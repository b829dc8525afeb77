"""From EventBridge through a queue into a function: batches, failures of some messages, and what comes back."""

import json
from typing import Any
from uuid import uuid4

from tests.sandbox.functions.conftest import Chain, policy, until

EVENTS = {"Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}
HANDLER = """
import json

def handler(event, context):
    failed = []
    for record in event["Records"]:
        body = json.loads(record["body"])
        number = body["detail"]["number"]
        print("SAW", number, record["attributes"]["ApproximateReceiveCount"], len(event["Records"]))
        if body["detail"].get("poison"):
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
"""


def saw(chain: Chain, name: str) -> list[tuple[int, int]]:
    """(number, receive count) of what the function got."""
    lines = [line.split() for line in chain.log(name) if line.startswith("SAW ")]
    return [(int(number), int(count)) for _, number, count, *_ in lines]


def rule(chain: Chain, queue_arn: str, pattern: dict[str, Any], **target: Any) -> str:
    """The ARN of a new rule with a queue."""
    events, name = chain.client("events"), f"rule-{uuid4().hex[:8]}"
    arn = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn, **target}])
    return str(arn)


def put(chain: Chain, source: str, *details: dict[str, Any]) -> None:
    entries = [{"Source": source, "DetailType": "Test", "Detail": json.dumps(each)} for each in details]
    assert chain.client("events").put_events(Entries=entries)["FailedEntryCount"] == 0


def test_an_event_goes_through_rule_and_queue_into_the_function_and_what_fails_comes_back(
    chain: Chain,
) -> None:
    dead_url, dead_arn = chain.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 3})
    url, arn = chain.queue(VisibilityTimeout="30", RedrivePolicy=redrive, Policy=json.dumps(policy(EVENTS)))
    name = chain.function(HANDLER, Timeout=10)
    chain.mapping(name, arn, BatchSize=10, FunctionResponseTypes=["ReportBatchItemFailures"])
    rule(chain, arn, {"source": [f"test.{name}"]})
    put(chain, f"test.{name}", {"number": 1}, {"number": 2, "poison": True}, {"number": 3})
    put(chain, "test.other", {"number": 4})
    dead = until(lambda: chain.bodies(dead_url))
    assert [json.loads(each)["detail"]["number"] for each in dead] == [2]
    assert json.loads(dead[0])["source"] == f"test.{name}"
    assert sorted(saw(chain, name)) == [(1, 1), (2, 1), (2, 2), (2, 3), (3, 1)]
    assert chain.bodies(url) == []


CRASHES = """
import os
import time

def handler(event, context):
    print("SAW", *(record["body"] for record in event["Records"]))
    (record,) = event["Records"]
    if record["attributes"]["ApproximateReceiveCount"] == "1":
        os._exit(1)
    if record["attributes"]["ApproximateReceiveCount"] == "2":
        time.sleep(60)
    return "handled"
"""


def test_a_batch_whose_process_crashes_or_is_late_comes_back(chain: Chain) -> None:
    url, arn = chain.queue(VisibilityTimeout="10")
    name = chain.function(CRASHES, Timeout=1)
    chain.mapping(name, arn, BatchSize=1)
    chain.client("sqs").send_message(QueueUrl=url, MessageBody="one")
    until(lambda: chain.log(name).count("SAW one") == 3)
    log = chain.log(name)
    assert any("Runtime exited with error: exit status 1" in line for line in log)
    assert any("Task timed out after 1.00 seconds" in line for line in log)
    until(lambda: attributes(chain, url) == ("0", "0"))


def attributes(chain: Chain, url: str) -> tuple[str, str]:
    """(visible, in flight)."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = chain.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return found[names[0]], found[names[1]]


SLOW = """
import time

def handler(event, context):
    print("SAW", len(event["Records"]), *sorted(record["body"] for record in event["Records"]))
    time.sleep(0.5)
"""


def test_a_slow_function_is_not_given_its_messages_twice(chain: Chain) -> None:
    """Half a second is 30 of the sandbox's; the timeout counts the function's time as what it is."""
    url, arn = chain.queue(VisibilityTimeout="10")
    name = chain.function(SLOW)
    chain.mapping(name, arn, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    for number in range(6):
        chain.client("sqs").send_message(QueueUrl=url, MessageBody=str(number))
    until(lambda: attributes(chain, url) == ("0", "0"))
    assert sorted(line for line in chain.log(name) if line.startswith("SAW")) == [f"SAW 1 {n}" for n in range(6)]
    assert sum(line.startswith("INIT_START") for line in chain.log(name)) == 2


def test_a_window_gathers_messages_and_filters_drop_others(chain: Chain) -> None:
    url, arn = chain.queue()
    name = chain.function(SLOW)
    criteria = {"Filters": [{"Pattern": json.dumps({"body": {"colour": ["blue"]}})}]}
    chain.mapping(name, arn, BatchSize=10, MaximumBatchingWindowInSeconds=300, FilterCriteria=criteria)
    bodies = ['{"colour": "blue"}', '{"colour": "red"}', "blue", '{"colour": "blue", "x": 1}']
    for body in bodies:
        chain.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    until(lambda: attributes(chain, url) == ("0", "0"))
    assert [line for line in chain.log(name) if line.startswith("SAW")] == [f"SAW 2 {bodies[3]} {bodies[0]}"]


def test_a_mapping_that_is_off_takes_nothing_until_it_is_on(chain: Chain) -> None:
    url, arn = chain.queue()
    name = chain.function(SLOW)
    uuid = chain.mapping(name, arn, Enabled=False)
    chain.client("sqs").send_message(QueueUrl=url, MessageBody="kept")
    assert attributes(chain, url) == ("1", "0")
    chain.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=True)
    until(lambda: chain.log(name).count("SAW 1 kept") == 1)


def test_a_throttled_batch_comes_back_and_a_crash_of_all_goes_to_the_dead_letters_and_the_alarm(chain: Chain) -> None:
    dead_url, dead_arn = chain.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = chain.queue(VisibilityTimeout="20", RedrivePolicy=redrive)
    name = chain.function("def handler(event, context): raise ValueError('always')")
    topic_url, topic = topic_with_queue(chain)
    alarms = {
        "errors": ("AWS/Lambda", "Errors", "Sum", {"FunctionName": name}),
        "dead": (
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            "Maximum",
            {"QueueName": dead_arn.rpartition(":")[2]},
        ),
    }
    for alarm, (namespace, metric, statistic, dimensions) in alarms.items():
        chain.client("cloudwatch").put_metric_alarm(
            AlarmName=f"{alarm}-{name}",
            Namespace=namespace,
            MetricName=metric,
            Statistic=statistic,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=[topic],
            OKActions=[topic],
        )
    chain.mapping(name, arn)
    chain.client("sqs").send_message(QueueUrl=url, MessageBody="poison")
    told: dict[str, list[str]] = {alarm: [] for alarm in alarms}

    def last() -> set[str]:
        """What each alarm told its topic last."""
        for body in chain.bodies(topic_url):
            message = json.loads(json.loads(body)["Message"])
            told[message["AlarmName"].partition("-")[0]].append(message["NewStateValue"])
        return {states[-1] if states else "nothing" for states in told.values()}

    until(lambda: last() and all("ALARM" in states for states in told.values()))
    assert chain.bodies(dead_url) == ["poison"]
    until(lambda: last() == {"OK"})


def topic_with_queue(chain: Chain) -> tuple[str, str]:
    """(URL of a queue, ARN of a topic that it is subscribed to and that alarms may publish to)."""
    url, arn = chain.queue()
    sns = chain.client("sns")
    topic = sns.create_topic(Name=f"t-{uuid4().hex[:8]}")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return url, str(topic)
