"""What the function is told by its environment: where its table, its secret and its topic are."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class SettingsError(ValueError):
    """The environment is not as documented; the sentence names the variable."""


class FollowUps(StrEnum):
    """What is sent where a message cannot be updated."""

    NONE = "none"
    ENDS = "ends"
    """One message more when the story ends: rolled back, or recovered."""


@dataclass(frozen=True)
class Settings:
    """The function's settings; the README of them is `docs/alerts.md`."""

    table: str
    webhook_secret: str = ""
    """The ARN of the secret that holds the webhook's address or the bot's token; "" where there is none."""
    topic: str = ""
    """The ARN of an SNS topic; "" where there is none."""
    environment_tag: str = "Environment"
    follow_ups: FollowUps = FollowUps.NONE
    hold_seconds: float = 15
    """How long a message that cannot be updated waits for other services that fail for the same cause."""
    concurrency: int = 5
    """How many functions may run at once (reserved concurrency): they share ECS's request limits."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Settings":
        """Return the settings that an environment holds.

        Raises:
            SettingsError: one is missing or not as it should be.
        """
        table = environment.get("FAILWELL_TABLE", "")
        if not table:
            raise SettingsError("FAILWELL_TABLE is not set: give it the name of the DynamoDB table")
        secret, topic = environment.get("FAILWELL_WEBHOOK_SECRET", ""), environment.get("FAILWELL_TOPIC", "")
        if not (secret or topic):
            raise SettingsError(
                "neither FAILWELL_WEBHOOK_SECRET nor FAILWELL_TOPIC is set: give at least one, so that alerts arrive"
            )
        said = environment.get("FAILWELL_FOLLOW_UPS", FollowUps.NONE.value)
        if said not in set(FollowUps):
            raise SettingsError(f"FAILWELL_FOLLOW_UPS is {said!r}: write `none` or `ends`")
        return cls(
            table,
            secret,
            topic,
            environment.get("FAILWELL_ENVIRONMENT_TAG") or "Environment",
            FollowUps(said),
            _seconds(environment.get("FAILWELL_HOLD_SECONDS", "15")),
            _count(environment.get("FAILWELL_CONCURRENCY", "5")),
        )


_LONGEST_HOLD = 45
"""A message is to be told within a minute of ECS's event, the queue's window and the diagnosis included."""


def _count(said: str) -> int:
    if not said.isascii() or not said.isdigit() or int(said) == 0:
        raise SettingsError(f"FAILWELL_CONCURRENCY is {said!r}: write the function's reserved concurrency, 1 or more")
    return int(said)


def _seconds(said: str) -> float:
    try:
        seconds = float(said)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= _LONGEST_HOLD:
        raise SettingsError(f"FAILWELL_HOLD_SECONDS is {said!r}: write a number from 0 to {_LONGEST_HOLD}")
    return seconds
