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
