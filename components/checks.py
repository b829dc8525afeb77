"""What may be in single arguments: environment, user, paths, sizes, patterns."""

import re
from collections.abc import Sequence
from functools import partial
from math import ceil, floor

from .complaints import Complaint

_CREDENTIALS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ECS_ENGINE_AUTH_DATA"}
# The end of the name decides: DATABASE_PASSWORD is one, PASSWORD_MIN_LENGTH and TOKEN_URL are not.
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|SECRET_KEY|TOKEN|API_?KEY|PRIVATE_KEY|ACCESS_KEY|CREDENTIALS?)$",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"(?:AKIA|ASIA)[A-Z0-9]{16}"  # an access key of AWS
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}"  # a token of GitHub
    r"|\bxox[abposr]-[A-Za-z0-9-]{10,}"  # a token of Slack
    r"|://[^/\s:@]+:[^/\s@]+@"  # a user and a password in an address
)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?")
_BUFFER = re.compile(r"[1-9]\d*[kmg]?", re.IGNORECASE)
_MATCHER = re.compile(r"[2-4]\d\d(?:-[2-4]\d\d)?(?:,[2-4]\d\d)*|\d{1,2}(?:-\d{1,2})?(?:,\d{1,2})*")
_PATH = re.compile(r"(?:/[A-Za-z0-9_.-]+)+")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_TAG = re.compile(r"[\w\s+=.:/@-]*")

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""What CloudWatch Logs takes (PutRetentionPolicy, `retentionInDays`)."""

SECRET = Complaint(
    "is a secret, and whoever may describe the task definition reads the environment",
    "keep it in Secrets Manager or SSM and name its ARN in secrets",
    "TSK-06",
)
"""About a value that Pulumi keeps secret, in the environment."""

MOST_CONDITION_VALUES = 5
"""The values that the conditions of one listener rule may have together (quota of Elastic Load Balancing)."""


def check_environment(name: str, value: str | None) -> Complaint | None:
    """Refuse credentials: whoever may describe the task definition reads them. The value is never shown."""
    instead = f"keep it in Secrets Manager or SSM and name its ARN: secrets.{name}"
    if name.upper() in _CREDENTIALS or _SECRET_NAME.search(name):
        return Complaint("is a credential in plain text, by its name", instead, "TSK-06")
    if value is not None and _SECRET_VALUE.search(value):
        return Complaint("is a credential in plain text, by its value", instead, "TSK-06")
    return check_variable(name, value)


def check_variable(name: str, _value: str | None) -> Complaint | None:
    """Refuse what is not the name of an environment variable."""
    if _VARIABLE.fullmatch(name):
        return None
    return Complaint(f"`{name}` is not a name for an environment variable", "write letters, digits and underscores")


def check_user(user: str) -> Complaint | None:
    """Refuse root, by name or number."""
    if not _USER.fullmatch(user):
        return Complaint(f"`{user}` is not a user", 'write a number or a name, with a group or without: "1000:1000"')
    name, _, group = user.partition(":")
    if name == "root" or (name.isdigit() and int(name) == 0):
        return Complaint(f"`{user}` is root", 'write a user that the image has, such as "1000:1000"', "TSK-03")
    if group == "root" or (group.isdigit() and int(group) == 0):
        return Complaint(f"`{user}` is in root's group", 'write a group of its own, such as "1000:1000"', "TSK-03")
    return None


def check_writable_path(path: str) -> Complaint | None:
    """Refuse what is not an absolute directory, and the root itself."""
    if _PATH.fullmatch(path) and not {".", ".."} & set(path.split("/")):
        return None
    return Complaint(
        f"`{path}` is not a directory to mount a volume on", "write an absolute path, such as /tmp", "TSK-12"
    )


def check_health_path(path: str) -> Complaint | None:
    """Refuse a path that Elastic Load Balancing does not take."""
    longest = 1024
    if path.startswith("/") and len(path) <= longest and not re.search(r"\s", path):
        return None
    return Complaint(
        f"`{path}` is not a path", f"begin with / and write at most {longest} characters, such as /healthz", "DEP-13"
    )


def check_matcher(matcher: str) -> Complaint | None:
    """Refuse what is not a list or range of codes: of HTTP, 200 to 499, or of gRPC, 0 to 99."""
    if _MATCHER.fullmatch(matcher):
        return None
    return Complaint(
        f"`{matcher}` is not a list of codes", "write 200, 200,204 or 200-299; with GRPC 0 or 12", "DEP-13"
    )


def is_grpc_matcher(matcher: str) -> bool:
    """Tell whether a checked list of codes is one of gRPC."""
    return len(re.split("[-,]", matcher)[0]) <= 2  # noqa: PLR2004 - codes of HTTP have three digits


def check_buffer_size(size: str) -> Complaint | None:
    """Refuse what is not a size for the log driver's buffer."""
    if _BUFFER.fullmatch(size):
        return None
    return Complaint(f"`{size}` is not a size", "write a number of bytes, or one with k, m or g: 25m", "TSK-08")


def check_period(seconds: int) -> Complaint | None:
    """Refuse a length of a datapoint that CloudWatch does not have (PutMetricAlarm, `Period`)."""
    minute = 60
    if seconds in {10, 20, 30} or seconds % minute == 0:
        return None
    return Complaint(f"is {seconds}, which CloudWatch does not take", "write 10, 20, 30 or a multiple of 60")


def check_choice(choices: Sequence[object], control: str | None, value: object) -> Complaint | None:
    """Refuse what is not one of a few values."""
    if value in choices:
        return None
    instead = f"write one of {', '.join(map(str, choices))}" if len(choices) > 1 else f"write {choices[0]}"
    return Complaint(f"is {value}", instead, control)


def one_of(*choices: object, control: str | None = None) -> "partial[Complaint | None]":
    """Return a check that refuses everything but these."""
    return partial(check_choice, choices, control)


def check_name(kind: str, name: str) -> Complaint | None:
    """Refuse a name that ECS does not take for a container or a volume (RegisterTaskDefinition)."""
    if _NAME.fullmatch(name):
        return None
    return Complaint(f"`{name}` is not a name for a {kind}", "write 1 to 255 letters, digits, hyphens or underscores")


def check_directory(path: str) -> Complaint | None:
    """Refuse what is not an absolute path in the container."""
    if path.startswith("/") and ".." not in path.split("/"):
        return None
    return Complaint(f"`{path}` is not an absolute path", "begin with /, as in /srv/app")


def check_health_command(command: list[str]) -> Complaint | None:
    """Refuse a command of a health check that does not say how it is run (`HealthCheck`, `command`)."""
    if command[0] in {"CMD", "CMD-SHELL"}:
        return None
    return Complaint("begins with neither CMD nor CMD-SHELL", 'write ["CMD", "/app/healthy"], or CMD-SHELL for a shell')


def check_slow_start(seconds: int) -> Complaint | None:
    """Refuse a slow start that Elastic Load Balancing does not take: 0, or 30 to 900 s."""
    shortest = 30
    if seconds == 0 or seconds >= shortest:
        return None
    return Complaint(f"is {seconds}", f"write 0 for none, or {shortest} to 900")


def check_condition(value: str) -> Complaint | None:
    """Refuse a path pattern or host header that Elastic Load Balancing does not take."""
    longest = 128
    if len(value) <= longest and not re.search(r"\s", value):
        return None
    return Complaint(f"`{value}` is not a pattern", f"write at most {longest} characters, without spaces")


def check_path_pattern(value: str) -> Complaint | None:
    """Refuse a path pattern that no request can match."""
    if not value.startswith(("/", "*")):
        return Complaint(f"`{value}` matches no request: paths begin with /", f"write /{value}")
    return check_condition(value)


def check_tag(key: str, value: str | None) -> Complaint | None:
    """Refuse a tag that AWS does not take."""
    longest_key, longest_value = 128, 256
    if key.lower().startswith("aws:"):
        return Complaint(f"`{key}` begins with aws:, which is AWS's own", "take another name")
    if not key or len(key) > longest_key or not _TAG.fullmatch(key):
        return Complaint(
            f"`{key}` is not a name for a tag", f"write 1 to {longest_key} letters, digits, spaces or + - = . _ : / @"
        )
    if value is not None and (len(value) > longest_value or not _TAG.fullmatch(value)):
        return Complaint(
            "is not a value for a tag", f"write at most {longest_value} letters, digits, spaces or + - = . _ : / @"
        )
    return None


def check_percents(desired_count: int, minimum: int, maximum: int) -> Complaint | None:
    """Refuse percentages between which no deployment can move: ECS could neither start a new task nor stop an old one.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_definition_parameters.html
    """
    if desired_count == 0 or floor(desired_count * maximum / 100) > ceil(desired_count * minimum / 100):
        return None
    stuck = (
        f"is {maximum}: with desired_count {desired_count} and minimum_healthy_percent {minimum} no new task may start"
    )
    return Complaint(
        stuck, f"write at least {ceil((ceil(desired_count * minimum / 100) + 1) * 100 / desired_count)}", "DEP-08"
    )
