"""Texts in formats of AWS: addresses, schedules, actions, names in other services."""

import json
import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network
from zoneinfo import ZoneInfo

from .complaints import Complaint

_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SCHEDULE = re.compile(
    r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)|rate\([1-9]\d* (?:minute|hour|day)s?\)|cron\(\S+(?: \S+){5}\)"
)
_SCALING_NAME = re.compile(r"[A-Za-z0-9_./ -]{1,200}")
_RULE_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")
_ACTION = re.compile(r"[a-z0-9-]+:(?:[A-Za-z0-9]+\*?)")
_DISCOVERY_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def _check_network(parse: Callable[[str], object], block: str, example: str) -> Complaint | None:
    try:
        parse(block)
    except ValueError:
        return Complaint(f"`{block}` is not a block of addresses", f"write the network and its length, as {example}")
    return None


def check_cidr(block: str) -> Complaint | None:
    """Refuse what is not a block of IPv4 addresses."""
    return _check_network(IPv4Network, block if "/" in block else "", "10.0.0.0/16")


def check_cidr_ipv6(block: str) -> Complaint | None:
    """Refuse what is not a block of IPv6 addresses."""
    return _check_network(IPv6Network, block if "/" in block else "", "2001:db8::/32")


def check_bucket(name: str) -> Complaint | None:
    """Refuse a name that S3 does not take for a bucket."""
    if _BUCKET.fullmatch(name):
        return None
    return Complaint(f"`{name}` is not the name of an S3 bucket", "write the name alone, without s3:// or a path")


def check_json(text: str) -> Complaint | None:
    """Refuse what is not JSON; it is not shown."""
    try:
        json.loads(text)
    except ValueError:
        return Complaint("is not JSON", 'write it as {"key": "value"}')
    return None


def check_schedule(schedule: str) -> Complaint | None:
    """Refuse what Application Auto Scaling does not take (PutScheduledAction, `Schedule`)."""
    if _SCHEDULE.fullmatch(schedule):
        return None
    return Complaint(
        f"`{schedule}` is not a schedule",
        "write cron(0 6 ? * MON-FRI *) with six fields, rate(1 day) or at(2027-01-31T06:00:00)",
    )


def check_timezone(name: str) -> Complaint | None:
    """Refuse what is not the name of a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown, a directory of zones, or not a name at all
        return Complaint(f"`{name}` is not a time zone", "write a name of the IANA list, such as Europe/Berlin")
    return None


def check_scaling_name(name: str) -> Complaint | None:
    """Refuse a name that a scheduled action cannot have."""
    if _SCALING_NAME.fullmatch(name):
        return None
    return Complaint(f"`{name}` is not a name for a scheduled action", "write letters, digits and hyphens")


def check_rule_description(text: str) -> Complaint | None:
    """Refuse a description that a rule of a security group cannot have (EC2, `IpRange`)."""
    if _RULE_DESCRIPTION.fullmatch(text):
        return None
    return Complaint("has characters that EC2 does not take, or over 255", "write letters, digits and . _-:/()#,@[]+=&")


def check_action(action: str) -> Complaint | None:
    """Refuse what is not an action of IAM, or is every action of a service: the program needs to do something."""
    if _ACTION.fullmatch(action):
        return None
    if action == "*" or re.fullmatch(r"[a-z0-9-]+:\*", action):
        return Complaint(f"`{action}` is everything", "name the actions that the program calls: s3:GetObject", "IAM-02")
    return Complaint(f"`{action}` is not an action of IAM", "write service:Action, such as s3:GetObject")


def check_discovery_name(name: str) -> Complaint | None:
    """Refuse a name that Service Connect does not take (CreateService, `discoveryName`)."""
    if _DISCOVERY_NAME.fullmatch(name):
        return None
    return Complaint(
        f"`{name}` is not a discovery name", "write up to 64 lower-case letters, digits, underscores or hyphens"
    )


def check_email(address: str) -> Complaint | None:
    """Refuse what is not an address for mail."""
    if _EMAIL.fullmatch(address):
        return None
    return Complaint(f"`{address}` is not an email address", "write team@example.com")
