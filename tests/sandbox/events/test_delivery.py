"""What reaches a rule's targets, who has to let it, and where it goes when nobody takes it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.clock import SteppedClock
from sandbox.ecs import install
from sandbox.events.targets import Undelivered, deliver
from sandbox.images import load_catalogue
from sandbox.simulation import Simulation

ACCOUNT, REGION = "123456789012", "eu-west-1"
PATTERN = json.dumps({"source": ["test"]})


def lets(service: str = "events.amazonaws.com", action: str = "sqs:SendMessage", **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@cache
def _clients(service: str) -> Any:
    """One client a service: reading its model takes longer than a test."""
    return boto3.Session("a", "b", region_name=REGION).client(service)  # type: ignore[call-overload]


_catalogue = cache(load_catalogue)


@dataclass
class World:
    """A bus whose time is stepped."""

    clock: SteppedClock
    simulation: Simulation
    buses: Any

    def client(self, service: str) -> Any:
        return _clients(service)

    def queue(self, name: str, policy: str | None = None) -> str:
        """The ARN of a new queue."""
        self.client("sqs").create_queue(QueueName=name, Attributes={"Policy": policy} if policy else {})
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def rule(self, arn: str, name: str = "r", **target: Any) -> str:
        """The ARN of a rule with one target."""
        made = self.client("events").put_rule(Name=name, EventPattern=PATTERN)["RuleArn"]
        self.client("events").put_targets(Rule=name, Targets=[{"Id": "t", "Arn": arn, **target}])
        return str(made)

    def put(self, seconds: float = 1, **detail: Any) -> str:
        """Put an event and let some time pass; return its id."""
        entry = {"Source": "test", "DetailType": "Test", "Detail": json.dumps(detail), "Resources": ["arn:x"]}
        answer = self.client("events").put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0
        self.step(seconds)
        return str(answer["Entries"][0]["EventId"])

    def step(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.simulation.advance()

    def taken(self, name: str) -> list[dict[str, Any]]:
        """The messages of a queue, which are taken out of it."""
        sqs, found = self.client("sqs"), []
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        while got := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
        ).get("Messages"):
            found += got
            for each in got:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return found

    def bodies(self, name: str) -> list[str]:
        return [each["Body"] for each in self.taken(name)]


@pytest.fixture
def world() -> Iterator[World]:
    with mock_aws():
        clock = SteppedClock(datetime(2030, 1, 1, tzinfo=UTC))
        simulation = Simulation(clock, 1)
        yield World(clock, simulation, install(simulation, _catalogue()).buses)


def test_an_event_reaches_the_queue_whole(world: World) -> None:
    world.rule(world.queue("q", lets()))
    identifier = world.put(colour="blue")
    (body,) = world.bodies("q")
    assert json.loads(body) == {
        "version": "0",
        "id": identifier,
        "detail-type": "Test",
        "source": "test",
        "account": ACCOUNT,
        "time": "2030-01-01T00:00:00Z",
        "region": REGION,
        "resources": ["arn:x"],
        "detail": {"colour": "blue"},
    }


@pytest.mark.parametrize(
    ("policy", "reaches"),
    [
        (None, False),
        (lets(), True),
        (lets("sns.amazonaws.com"), False),
        (lets(action="sqs:ReceiveMessage"), False),
        (lets(Condition={"ArnEquals": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r"}}), True),
        (lets(Condition={"ArnEquals": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/other"}}), False),
        (lets(Condition={"StringEquals": {"aws:SourceAccount": "210987654321"}}), False),
        (lets(Effect="Deny"), False),
    ],
)
def test_the_queues_policy_has_to_let_the_rule(world: World, policy: str | None, reaches: bool) -> None:
    dead = world.queue("dead", lets())
    world.rule(world.queue("q", policy), DeadLetterConfig={"Arn": dead})
    world.put()
    assert len(world.bodies("q")) == reaches
    buried = world.taken("dead")
    assert len(buried) == (not reaches)
    for each in buried:
        told = {name: value["StringValue"] for name, value in each["MessageAttributes"].items()}
        assert told["ERROR_CODE"] == "NO_PERMISSIONS"
        assert told["RULE_ARN"].endswith(":rule/r")
        assert told["TARGET_ARN"].endswith(":q")
        assert told["RETRY_ATTEMPTS"] == "0"
        assert json.loads(each["Body"])["source"] == "test"


def test_a_queue_that_is_gone_is_a_dead_letter_at_once_and_stops_nobody(world: World) -> None:
    dead = world.queue("dead", lets())
    world.rule(f"arn:aws:sqs:{REGION}:{ACCOUNT}:gone", name="a", DeadLetterConfig={"Arn": dead})
    world.rule(world.queue("q", lets()), name="b")
    world.put()
    assert len(world.bodies("q")) == 1
    (buried,) = world.taken("dead")
    assert buried["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "RESOURCE_NOT_FOUND"


def test_what_may_pass_is_tried_again_until_the_retry_policy_ends_it(world: World) -> None:
    tried: list[datetime] = []

    def busy(target: Any, text: str, rule_arn: str, account: str, region: str) -> None:
        tried.append(world.simulation.now)
        if len(tried) < fails:
            raise Undelivered("SDK_CLIENT_ERROR", "Rate exceeded", lasting=False)
        deliver(target, text, rule_arn, account, region)

    world.buses.deliver = busy
    dead = world.queue("dead", lets())
    world.rule(world.queue("q", lets()), RetryPolicy={"MaximumRetryAttempts": 3}, DeadLetterConfig={"Arn": dead})
    fails = 4
    world.put(3600)
    assert len(world.bodies("q")) == 1
    gaps = [(after - before).total_seconds() for before, after in pairwise(tried)]
    assert gaps == sorted(gaps)
    tried.clear()
    fails = 99
    world.put(3600)
    assert len(tried) == 4
    (buried,) = world.taken("dead")
    told = {name: value["StringValue"] for name, value in buried["MessageAttributes"].items()}
    assert (told["RETRY_ATTEMPTS"], told["EXHAUSTED_RETRY_CONDITION"]) == ("3", "MaximumRetryAttempts")


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ({"Input": '{"constant": 1}'}, '{"constant": 1}'),
        ({"InputPath": "$.detail"}, '{"colour": "blue", "n": [1, {"deep": "x"}]}'),
        ({"InputPath": "$.nowhere"}, "null"),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {
                        "c": "$.detail.colour",
                        "d": "$.detail.n[1].deep",
                        "n": "$.detail.n",
                        "no": "$.x",
                    },
                    "InputTemplate": '{"text": "<c> and <d><no>", "raw": <c>, "list": <n>, "<unknown>": 1}',
                }
            },
            '{"text": "blue and x", "raw": "blue", "list": [1, {"deep": "x"}], "<unknown>": 1}',
        ),
        (
            {"InputTransformer": {"InputTemplate": '"<aws.events.rule-name> at <aws.events.event.ingestion-time>"'}},
            '"r at 2030-01-01T00:00:00Z"',
        ),
    ],
)
def test_a_target_gets_what_its_input_says(world: World, target: dict[str, Any], body: str) -> None:
    world.rule(world.queue("q", lets()), **target)
    world.put(0.9, colour="blue", n=[1, {"deep": "x"}])
    assert world.bodies("q") == [body]


def test_a_topic_and_another_bus_are_targets_too(world: World) -> None:
    events, sns = world.client("events"), world.client("sns")
    topic = sns.create_topic(Name="t", Attributes={"Policy": lets(action="sns:Publish")})["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=world.queue("heard"))
    world.rule(topic, name="to-topic")
    bus = events.create_event_bus(Name="other")["EventBusArn"]
    world.rule(bus, name="to-bus")
    events.put_rule(Name="there", EventBusName="other", EventPattern=PATTERN)
    there = [{"Id": "t", "Arn": world.queue("there", lets())}]
    events.put_targets(Rule="there", EventBusName="other", Targets=there)
    world.put(2, colour="blue")
    assert json.loads(json.loads(world.bodies("heard")[0])["Message"])["detail"] == {"colour": "blue"}
    assert json.loads(world.bodies("there")[0])["detail"] == {"colour": "blue"}


def test_entries_that_eventbridge_does_not_take_fail_alone(world: World) -> None:
    world.rule(world.queue("q", lets()))
    good = {"Source": "test", "DetailType": "Test", "Detail": "{}"}
    bad = [{**good, "Source": "aws.ecs"}, {**good, "Detail": "[1]"}, {**good, "Detail": "{"}]
    answer = world.client("events").put_events(Entries=[*bad, good])
    codes = [each.get("ErrorCode") for each in answer["Entries"]]
    assert codes == ["NotAuthorizedForSourceException", "MalformedDetail", "MalformedDetail", None]
    assert answer["FailedEntryCount"] == 3
    world.step(1)
    assert len(world.bodies("q")) == 1


@pytest.fixture
def test(world: World) -> Callable[..., bool]:
    event = {"id": "1", "account": ACCOUNT, "source": "test", "time": "2030-01-01T00:00:00Z", "region": REGION}
    event |= {"resources": [], "detail-type": "Test", "detail": {"n": 5}}

    def ask(pattern: Any, **changed: Any) -> bool:
        given = {"EventPattern": json.dumps(pattern), "Event": json.dumps({**event, **changed})}
        return bool(world.client("events").test_event_pattern(**given)["Result"])

    return ask


def test_a_pattern_can_be_tried_and_a_bad_one_is_refused(world: World, test: Callable[..., bool]) -> None:
    assert test({"detail": {"n": [{"numeric": [">", 4]}]}})
    assert not test({"detail": {"n": [{"numeric": [">", 5]}]}})
    with pytest.raises(ClientError, match=r"Event pattern is not valid\. Reason: Unrecognized match type prefixx"):
        test({"source": [{"prefixx": "a"}]})
    with pytest.raises(ClientError, match="Event pattern is not valid"):
        world.client("events").put_rule(Name="bad", EventPattern='{"source": "test"}')
