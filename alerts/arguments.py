"""The arguments of `DeploymentAlerts`: what may be given, and all that is wrong with what was, said at once."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi import Input

Wrong = tuple[str, str]
"""What is wrong with a value, and what to write instead."""


class DeploymentAlertsArgs(TypedDict):
    """What a program may say. One of `webhook_secret_arn` and `topic_arn` must be given, or both."""

    alerts_name: NotRequired[str]
    """The name of the function, and the beginning of all other names. Default: `failwell-alerts`."""
    webhook_secret_arn: NotRequired[Input[str]]
    """The secret of Secrets Manager with the address of the webhook, or the token of a Slack app. Default: none."""
    secret_kms_key_arn: NotRequired[Input[str]]
    """The KMS key of that secret, where it is not AWS's own. Default: none."""
    topic_arn: NotRequired[Input[str]]
    """The SNS topic that gets each message too: mail, AWS Chatbot. Default: none."""
    topic_kms_key_arn: NotRequired[Input[str]]
    """The KMS key of that topic. Default: none."""
    environment_tag: NotRequired[str]
    """The tag of a service, or of its cluster, that names its environment. Default: `Environment`."""
    follow_ups: NotRequired[str]
    """`ends`: one more message when a story ends, where the first cannot be changed. Default: `none`."""
    hold_seconds: NotRequired[int]
    """How long a message that cannot be changed waits for services that fail for the same cause. Default: 15."""
    watch_queue: NotRequired[bool]
    """Whether to make a second queue with the same events, for `watch --fleet --queue`. Default: false."""
    alarm_topic_arn: NotRequired[Input[str]]
    """The SNS topic of the alarms about the function itself. Default: a topic of its own."""
    alarm_emails: NotRequired[Sequence[str]]
    """Addresses that hear these alarms; each must confirm the first mail. Default: none."""
    kms_key_arn: NotRequired[Input[str]]
    """The KMS key of the log and of the alarms' topic. Default: a key of its own."""
    create_kms_key: NotRequired[bool]
    """Whether to make that key. Default: true, unless `kms_key_arn` is given."""
    log_retention_in_days: NotRequired[int]
    """Days that the function's log is kept. Default: 365."""
    log_level: NotRequired[str]
    """What the function logs: `DEBUG`, `INFO`, `WARNING` or `ERROR`. Default: `INFO`."""
    architecture: NotRequired[str]
    """The function's processor: `arm64` or `x86_64`. Default: `arm64`, which costs less."""
    memory_size: NotRequired[int]
    """MiB of memory, and with them CPU. Default: 512."""
    timeout_seconds: NotRequired[int]
    """How long one batch may take. Default: 60."""
    reserved_concurrency: NotRequired[int]
    """How many batches are handled at once at most, and kept free for it; 0 reserves none. Default: 5."""
    permissions_boundary_arn: NotRequired[Input[str]]
    """The permissions boundary of the function's role. Default: none."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that is made. Default: none."""


class ArgumentError(pulumi.RunError):
    """The arguments are not acceptable; nothing was made of them. Pulumi prints it without a traceback."""

    def __init__(self, name: str, problems: Sequence[tuple[str, Wrong]]) -> None:
        self.problems = tuple(problems)
        head = f'error[invalid-arguments]: DeploymentAlerts "{name}" has {len(problems)} invalid argument(s)'
        said = [f"  --> {path}: {what}\n      help: {instead}" for path, (what, instead) in problems]
        super().__init__("\n".join([head, *said]))


@dataclass(frozen=True)
class Settings:
    """The arguments, each with a value; ARNs may be outputs."""

    alerts_name: str
    webhook_secret_arn: Input[str] | None
    secret_kms_key_arn: Input[str] | None
    topic_arn: Input[str] | None
    topic_kms_key_arn: Input[str] | None
    environment_tag: str
    follow_ups: str
    hold_seconds: int
    watch_queue: bool
    alarm_topic_arn: Input[str] | None
    alarm_emails: Sequence[str]
    kms_key_arn: Input[str] | None
    create_kms_key: bool
    log_retention_in_days: int
    log_level: str
    architecture: str
    memory_size: int
    timeout_seconds: int
    reserved_concurrency: int
    permissions_boundary_arn: Input[str] | None
    tags: Mapping[str, str]

    @property
    def log_group_name(self) -> str:
        """The log group that Lambda writes to."""
        return f"/aws/lambda/{self.alerts_name}"


def read(name: str, args: Mapping[str, Any]) -> Settings:
    """Return the settings of a component called `name`.

    Raises:
        ArgumentError: one or more arguments are wrong; it names each.
    """
    given = {key: value for key, value in args.items() if value is not None}
    problems = [(key, _unknown(key)) for key in given if key not in _CHECKS]
    for key, value in given.items():
        wrong = _CHECKS[key](value) if key in _CHECKS else None
        if wrong:
            problems.append((key, wrong))
    problems += _together(given)
    if problems:
        raise ArgumentError(name, problems)
    values: dict[str, Any] = {
        field.name: given.get(field.name, _DEFAULTS.get(field.name)) for field in fields(Settings)
    }
    values["create_kms_key"] = given.get("create_kms_key", "kms_key_arn" not in given)
    return Settings(**values)


_DEFAULTS: Mapping[str, Any] = {
    "alerts_name": "failwell-alerts",
    "environment_tag": "Environment",
    "follow_ups": "none",
    "hold_seconds": 15,
    "watch_queue": False,
    "alarm_emails": (),
    "log_retention_in_days": 365,
    "log_level": "INFO",
    "architecture": "arm64",
    "memory_size": 512,
    "timeout_seconds": 60,
    "reserved_concurrency": 5,
    "tags": {},
}

_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""What CloudWatch Logs takes (PutRetentionPolicy, `retentionInDays`)."""


def _together(given: Mapping[str, Any]) -> list[tuple[str, Wrong]]:
    """Say what is wrong with arguments that are each well."""
    found: list[tuple[str, Wrong]] = []
    if not {"webhook_secret_arn", "topic_arn"} & given.keys():
        instead = "give the ARN of the secret with the webhook's address, or topic_arn, or both"
        found.append(("webhook_secret_arn", ("is missing, and so is topic_arn: nobody would be told", instead)))
    for key, of in (("secret_kms_key_arn", "webhook_secret_arn"), ("topic_kms_key_arn", "topic_arn")):
        if key in given and of not in given:
            found.append((key, (f"is given without {of}, whose key it is", f"give {of} too, or leave it out")))
    if "alarm_emails" in given and "alarm_topic_arn" in given:
        what = "is given with alarm_topic_arn: that topic is not ours to subscribe to"
        found.append(("alarm_emails", (what, "subscribe the addresses to that topic, or leave alarm_topic_arn out")))
    if "kms_key_arn" in given and given.get("create_kms_key") is True:
        found.append(("create_kms_key", ("is true, and kms_key_arn names a key", "leave one of the two out")))
    if given.get("create_kms_key") is False and "kms_key_arn" not in given and "alarm_topic_arn" not in given:
        what = "is false: the topic of the alarms has no key through which CloudWatch could publish"
        found.append(("create_kms_key", (what, "leave it out, or give kms_key_arn, or alarm_topic_arn")))
    return found


def _unknown(key: str) -> Wrong:
    near = difflib.get_close_matches(key, _CHECKS, n=1)
    return "is not an argument", f"did you mean `{near[0]}`?" if near else f"take one of {', '.join(_CHECKS)}"


def _text(pattern: str, instead: str) -> Callable[[Any], Wrong | None]:
    def check(value: Any) -> Wrong | None:
        if not isinstance(value, str):
            return f"is {_kind(value)}", instead
        return None if re.fullmatch(pattern, value) else (f"is `{value}`", instead)

    return check


def _arn(service: str, resource: str, example: str) -> Callable[[Any], Wrong | None]:
    instead = f"write arn:PARTITION:{service}:REGION:ACCOUNT:{example}"
    check = _text(rf"arn:aws[a-z-]*:{service}:[a-z0-9-]*:\d{{12}}:{resource}", instead)

    def check_known(value: Any) -> Wrong | None:
        if isinstance(value, pulumi.Output):
            return None
        # What is in the wrong place may be the secret itself, so it is not shown.
        return (f"is not the ARN of that kind: {example}", instead) if check(value) else None

    return check_known


def _choice(*choices: str) -> Callable[[Any], Wrong | None]:
    return _text("|".join(map(re.escape, choices)), f"write one of {', '.join(choices)}")


def _flag(value: Any) -> Wrong | None:
    return None if isinstance(value, bool) else (f"is {_kind(value)}", "write true or false")


def _whole(low: int, high: int) -> Callable[[Any], Wrong | None]:
    def check(value: Any) -> Wrong | None:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return None
        shown = value if isinstance(value, int | float) and not isinstance(value, bool) else _kind(value)
        return f"is {shown}", f"write a whole number from {low} to {high}"

    return check


def _concurrency(value: Any) -> Wrong | None:
    # AWS lets a queue's mapping be limited to 2 and more: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
    if value == 0 and not isinstance(value, bool):
        return None
    wrong = _whole(2, 1000)(value)
    return wrong and (wrong[0], f"{wrong[1]}, or 0 to reserve none")


def _retention(value: Any) -> Wrong | None:
    if value in _RETENTION_DAYS and not isinstance(value, bool):
        return None
    return f"is {value}", f"write one of {', '.join(map(str, _RETENTION_DAYS))}"


def _emails(value: Any) -> Wrong | None:
    instead = 'write a list of addresses: ["team@example.com"]'
    if isinstance(value, str) or not isinstance(value, Sequence):
        return f"is {_kind(value)}", instead
    wrong = [each for each in value if not isinstance(each, str) or not re.fullmatch(r"[^@\s]+@[^@\s]+", each)]
    return (f"has `{wrong[0]}`, which is no address", instead) if wrong else None


def _tags(value: Any) -> Wrong | None:
    instead = 'write a map of texts: {"team": "payments"}'
    if not isinstance(value, Mapping):
        return f"is {_kind(value)}", instead
    wrong = [key for key, text in value.items() if not isinstance(key, str) or not isinstance(text, str)]
    return (f"has `{wrong[0]}`, whose value is no text", instead) if wrong else None


def _kind(value: Any) -> str:
    kinds = {str: "text", bool: "a boolean", int: "a number", float: "a number", dict: "a map", list: "a list"}
    return kinds.get(type(value), f"a {type(value).__name__}")


_KEY = _arn("kms", r"key/.+", "key/ID")
_TOPIC = _arn("sns", r"[A-Za-z0-9_.-]+", "NAME of an SNS topic")
_CHECKS: Mapping[str, Callable[[Any], Wrong | None]] = {
    "alerts_name": _text(
        r"[A-Za-z][A-Za-z0-9-]{0,39}", "write 1 to 40 letters, digits or hyphens, and begin with a letter"
    ),
    "webhook_secret_arn": _arn("secretsmanager", r"secret:.+", "secret:NAME"),
    "secret_kms_key_arn": _KEY,
    "topic_arn": _TOPIC,
    "topic_kms_key_arn": _KEY,
    "environment_tag": _text(r"(?!aws:)[\w\s+=.:/@-]{1,128}", "write the name of a tag, such as Environment"),
    "follow_ups": _choice("none", "ends"),
    # Longer, and a single failure would not be told within a minute.
    "hold_seconds": _whole(0, 45),
    "watch_queue": _flag,
    "alarm_topic_arn": _TOPIC,
    "alarm_emails": _emails,
    "kms_key_arn": _KEY,
    "create_kms_key": _flag,
    "log_retention_in_days": _retention,
    "log_level": _choice("DEBUG", "INFO", "WARNING", "ERROR"),
    "architecture": _choice("arm64", "x86_64"),
    # Below, the diagnosis does not fit; above, Lambda has no more (CreateFunction, `MemorySize`).
    "memory_size": _whole(256, 10240),
    # Slack may answer late and be asked again; more than 5 minutes would hide a message for half an hour.
    "timeout_seconds": _whole(15, 300),
    "reserved_concurrency": _concurrency,
    "permissions_boundary_arn": _arn("iam", r"policy/.+", "policy/NAME"),
    "tags": _tags,
}
