"""Where a sample got lost is said link by link, each with what to do."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from alerts.sample import sample_alert, sample_entry
from alerts.trial import Chain, Lost, Trial

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
ACCOUNT, REGION = "123456789012", "eu-west-1"
RULE_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/failwell-alerts-sample"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:failwell-alerts"
URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/failwell-alerts"
OUTPUTS = {
    "function_name": "failwell-alerts",
    "mapping_id": "5d1c",
    "queue_url": URL,
    "dead_letter_queue_url": f"{URL}-dead-letters",
    "table_name": "failwell-alerts",
    "log_group_name": "/aws/lambda/failwell-alerts",
    "rule_names": ["failwell-alerts-stops", "failwell-alerts-sample"],
}
WARNING = json.dumps({"level": "WARNING", "message": "not delivered", "reason": "the webhook answered 500"})


class GoneError(Exception):
    """EventBridge's answer about a rule that is not there."""


@dataclass
class Account:
    """An account that answers as all is well; a test changes one answer. Time passes where somebody sleeps."""

    answers: dict[str, Any] = field(default_factory=dict)
    told: tuple[str, ...] = ("webhook",)
    taken_after: float = 2
    put: list[Any] = field(default_factory=list)
    time: float = 0

    def __post_init__(self) -> None:
        self.answers = {
            "describe_rule": {"State": "ENABLED", "EventPattern": "{}", "Arn": RULE_ARN},
            "test_event_pattern": {"Result": True},
            "list_targets_by_rule": {"Targets": [{"Arn": QUEUE_ARN}]},
            "put_events": {"FailedEntryCount": 0, "Entries": [{}]},
            "get_function_configuration": {
                "State": "Active",
                "Environment": {"Variables": {"FAILWELL_WEBHOOK_SECRET": "arn:…"}},
            },
            "get_event_source_mapping": {"State": "Enabled"},
            "get_function_concurrency": {"ReservedConcurrentExecutions": 5},
            "get_queue_attributes": self.queue,
            "batch_get_item": self.item,
            "filter_log_events": {"events": []},
            **self.answers,
        }

    def queue(self, **_asked: Any) -> Any:
        return {"Attributes": {"QueueArn": QUEUE_ARN, "Policy": RULE_ARN, "ApproximateNumberOfMessages": "0"}}

    def item(self, **_asked: Any) -> Any:
        if self.time < self.taken_after:
            return {"Responses": {}}
        item = {"id": {"S": sample_alert("s1")}, "version": {"N": "1"}, "document": {"S": "{}"}}
        for each in self.told:
            item |= {f"{each}_version": {"N": "1"}, f"{each}_lease": {"N": "0"}}
        return {"Responses": {"failwell-alerts": [item]}}

    def client(self, _service: str) -> Any:
        account = self

        class Client:
            class exceptions:  # noqa: N801 - boto3's name
                ResourceNotFoundException = GoneError

            def __getattr__(self, operation: str) -> Callable[..., Any]:
                def answer(**asked: Any) -> Any:
                    if operation == "put_events":
                        account.put.append(asked)
                    found = account.answers[operation]
                    if isinstance(found, Exception):
                        raise found
                    return found(**asked) if callable(found) else found

                return answer

        return Client()

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def run(account: Account) -> tuple[Lost | None, list[str]]:
    said: list[str] = []
    chain = Chain.of(OUTPUTS)
    trial = Trial(chain, account.client, said.append, lambda: NOW, lambda: account.time, account.sleep)
    return trial.run(sample_entry("s1", ACCOUNT, REGION, NOW), "s1", 30), said


def queue_with(name: str, count: int) -> Callable[..., Any]:
    """Answer that messages are in a queue; in the other one there are none."""

    def attributes(**asked: Any) -> Any:
        number = count if asked["QueueUrl"].endswith(name) else 0
        return {"Attributes": {"QueueArn": QUEUE_ARN, "Policy": RULE_ARN, "ApproximateNumberOfMessages": str(number)}}

    return attributes


def test_a_sample_that_was_told_passed_every_link() -> None:
    account = Account()
    lost, said = run(account)
    assert lost is None
    assert [line.partition(":")[0] for line in said] == ["rule", "event bus", "function", "message"]
    assert len(account.put) == 1
    assert account.time < 5


REFUSED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no events:PutEvents"}}, "PutEvents")
WITHOUT_STATE = {"State": "Failed", "StateReason": "the key is disabled", "Environment": {}}


@pytest.mark.parametrize(
    ("answers", "link", "what", "instead"),
    [
        ({"describe_rule": GoneError()}, "rule", "there is no rule", "alerts up"),
        ({"describe_rule": {"State": "DISABLED"}}, "rule", "is DISABLED", "aws events enable-rule"),
        ({"test_event_pattern": {"Result": False}}, "rule", "does not match", "alerts up"),
        ({"list_targets_by_rule": {"Targets": []}}, "rule", "does not send to the queue", "alerts up"),
        (
            {"get_queue_attributes": {"Attributes": {"QueueArn": QUEUE_ARN, "ApproximateNumberOfMessages": "0"}}},
            "queue",
            "does not let the rule send",
            "alerts up",
        ),
        (
            {"put_events": {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}},
            "event bus",
            "ThrottlingException",
            "try again",
        ),
        ({"put_events": REFUSED}, "command", "no events:PutEvents", "permission"),
        ({"get_event_source_mapping": {"State": "Disabled"}}, "queue", "mapping is Disabled", "--uuid 5d1c --enabled"),
        ({"get_function_concurrency": {"ReservedConcurrentExecutions": 0}}, "function", "concurrency of 0", "delete-"),
        ({"get_function_configuration": WITHOUT_STATE}, "function", "is Failed", "the key is disabled"),
        (
            {"get_queue_attributes": queue_with("failwell-alerts", 3)},
            "queue",
            "3 messages wait in failwell-alerts",
            "the function's role may read the queue",
        ),
        ({"filter_log_events": {"events": [{"message": WARNING}]}}, "function", "did not finish", "its log"),
        ({}, "queue", "neither in a queue nor in the function's log", "--timeout"),
    ],
)
def test_where_it_got_lost_is_said_with_what_to_do(answers, link, what, instead) -> None:
    lost, _ = run(Account(answers, taken_after=1000))
    assert lost is not None
    assert lost.link == link
    assert what in lost.what
    assert instead in lost.help


def test_a_message_that_was_not_sent_comes_with_what_the_function_said() -> None:
    lost, said = run(Account({"filter_log_events": {"events": [{"message": WARNING}] * 3}}, told=()))
    assert lost == Lost(
        "message",
        "nothing was sent to webhook yet",
        "see that the secret holds an address that answers (docs/alerts.md)",
        ("WARNING: not delivered: the webhook answered 500",),
    )
    assert said[-1].startswith("function: ")


def test_each_destination_counts() -> None:
    variables = {"FAILWELL_WEBHOOK_SECRET": "arn:…", "FAILWELL_TOPIC": "arn:…"}
    both = {"get_function_configuration": {"State": "Active", "Environment": {"Variables": variables}}}
    lost, _ = run(Account(both, told=("webhook",)))
    assert lost is not None
    assert lost.what == "nothing was sent to topic yet"
    assert run(Account(both, told=("webhook", "topic")))[0] is None


def test_a_dead_letter_is_not_waited_for_any_longer() -> None:
    account = Account(taken_after=1000)

    def attributes(**asked: Any) -> Any:
        return queue_with("dead-letters", int(account.time > 3))(**asked)

    account.answers["get_queue_attributes"] = attributes
    lost, _ = run(account)
    assert lost is not None
    assert lost.what == "the sample went to failwell-alerts-dead-letters"
    assert account.time < 10


def test_outputs_of_another_stack_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="function_name, mapping_id"):
        Chain.of({"url": "https://shop.example"})
