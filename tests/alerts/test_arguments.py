"""Arguments that are wrong are all said at once, each with what to write instead."""

from typing import Any

import pulumi
import pytest

from alerts.arguments import ArgumentError, read
from tests.alerts.deployed import KEY, SECRET, TOPIC, _event_loops

__all__ = ["_event_loops"]  # a fixture

ENOUGH: dict[str, Any] = {"webhook_secret_arn": SECRET}


def wrong(**args: Any) -> dict[str, tuple[str, str]]:
    """Return what is said of these arguments, by the argument."""
    with pytest.raises(ArgumentError) as raised:
        read("alerts", {**ENOUGH, **args})
    return dict(raised.value.problems)


def test_a_secret_or_a_topic_is_enough():
    assert read("alerts", ENOUGH).webhook_secret_arn == SECRET
    assert read("alerts", {"topic_arn": TOPIC}).topic_arn == TOPIC


def test_with_neither_nobody_would_be_told():
    with pytest.raises(ArgumentError, match="nobody would be told"):
        read("alerts", {})


def test_everything_wrong_is_said_at_once():
    said = wrong(
        alerts_name="failwell alerts!",
        follow_ups="always",
        watch_queue="yes",
        memory_size=128,
        timeout_seconds=900,
        reserved_concurrency=1,
        log_retention_in_days=42,
        log_level="LOUD",
        architecture="riscv",
        alarm_emails="team@example.com",
        tags={"team": 3},
        environment_tag="aws:stage",
        topic_arn="team",
        webhook_secrets_arn=SECRET,
    )
    assert len(said) == 14
    assert all(what and instead for what, instead in said.values())
    assert said["webhook_secrets_arn"] == ("is not an argument", "did you mean `webhook_secret_arn`?")
    assert said["reserved_concurrency"][1] == "write a whole number from 2 to 1000, or 0 to reserve none"


def test_an_address_in_place_of_the_secret_is_not_shown():
    with pytest.raises(ArgumentError) as raised:
        read("alerts", {"webhook_secret_arn": "https://hooks.slack.com/services/T0/B0/xyzzy"})
    assert "xyzzy" not in str(raised.value)
    assert "write arn:PARTITION:secretsmanager" in str(raised.value)


@pytest.mark.parametrize(
    ("args", "argument"),
    [
        ({"topic_kms_key_arn": KEY}, "topic_kms_key_arn"),
        ({"alarm_topic_arn": TOPIC, "alarm_emails": ["team@example.com"]}, "alarm_emails"),
        ({"kms_key_arn": KEY, "create_kms_key": True}, "create_kms_key"),
        ({"create_kms_key": False}, "create_kms_key"),
        ({"alarm_emails": ["nobody"]}, "alarm_emails"),
        ({"memory_size": True}, "memory_size"),
    ],
)
def test_what_does_not_go_together_is_refused(args, argument):
    assert list(wrong(**args)) == [argument]


@pytest.mark.parametrize(
    "args",
    [
        {"alarm_topic_arn": TOPIC, "create_kms_key": False},
        {"kms_key_arn": KEY, "create_kms_key": False},
        {"reserved_concurrency": 0},
        {"secret_kms_key_arn": KEY},
        {"topic_arn": None},
    ],
)
def test_near_misses_are_taken(args):
    read("alerts", {**ENOUGH, **args})


def test_a_key_is_made_unless_one_is_given():
    assert read("alerts", ENOUGH).create_kms_key
    assert not read("alerts", {**ENOUGH, "kms_key_arn": KEY}).create_kms_key


def test_an_output_may_stand_for_an_arn_and_for_nothing_else():
    later: Any = pulumi.Output.from_input(SECRET)
    assert read("alerts", {"webhook_secret_arn": later}).webhook_secret_arn is later
    assert "memory_size" in wrong(memory_size=pulumi.Output.from_input(512))


def test_the_message_is_one_that_the_driver_knows():
    with pytest.raises(ArgumentError) as raised:
        read("alerts", {})
    first, second, third = str(raised.value).splitlines()
    assert first == 'error[invalid-arguments]: DeploymentAlerts "alerts" has 1 invalid argument(s)'
    assert second.startswith("  --> webhook_secret_arn: ")
    assert third.startswith("      help: ")
