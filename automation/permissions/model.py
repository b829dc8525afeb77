"""What a permission is: actions that are needed together, for which use, when, and what is lost without them."""

from dataclasses import dataclass
from enum import StrEnum


class Use(StrEnum):
    """What somebody does with the tool."""

    WATCH = "watch"
    FLEET = "`watch --fleet`"
    PREFLIGHT = "preflight"
    JSON_KEYS = "`--read-secret-keys`"
    ABORT = "abort"
    AGAIN = "deploy again"
    EXTRA_TASKS = "`--surge`, `--verify-at-zero`"
    FIRST_FAILURE = "`--first-failure`"
    ROLLBACK = "rollback"
    REPAIR = "repair"
    HISTORY_S3 = "history in S3"
    HISTORY_DYNAMODB = "history in DynamoDB"
    AUDIT = "audit"


@dataclass(frozen=True)
class Permission:
    """Actions that are needed together."""

    uses: tuple[Use, ...]
    actions: tuple[str, ...]
    when: str
    without: str
    """What is lost."""
