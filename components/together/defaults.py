"""Rules about arguments that take back a hardening default: refused, unless a waiver of that control says why.

What each default allows is the control's own figure. AWS takes the values that are refused here; what AWS would refuse
is complained about elsewhere, and no waiver helps.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..complaints import Complaint
from ..controls.load_balancer import DEREGISTRATION_SECONDS, HEALTHY_THRESHOLDS, MOST_INTERVAL, SUCCESS_CODES
from ..controls.network import ANYWHERE
from ..controls.registry import YEAR
from ..dependent import Values, check
from ..reading import Report
from .containers import containers_of

_HTTPS = 443


@dataclass(frozen=True)
class _Default:
    """A value that takes back a default; `what` may name it."""

    control: str
    broken: Callable[[Any], bool]
    what: str
    instead: str

    def __call__(self, value: Any) -> Complaint | None:
        if not self.broken(value):
            return None
        return Complaint(self.what.format(value=value), self.instead, self.control, waivable=True)


_SHORTEST_DELAY, _LONGEST_DELAY = DEREGISTRATION_SECONDS
_FEWEST_CHECKS, _MOST_CHECKS = HEALTHY_THRESHOLDS
_OF_THE_SERVICE = {
    "log_retention_in_days": _Default(
        "LOG-01", lambda days: days < YEAR, "is {value}: an incident is often found months later", f"write {YEAR}"
    ),
    "enable_execute_command": _Default(
        "TSK-11", bool, "is true: what is done in a shell leaves no revision behind", "leave it out"
    ),
    "deployment.availability_zone_rebalancing": _Default(
        "DEP-09",
        partial(operator.eq, "DISABLED"),
        "is DISABLED: the tasks may stay in one zone",
        "write ENABLED, or leave it out",
    ),
    "deployment.force_new_deployment": _Default(
        "DEP-22", bool, "is true: each change of the service replaces all tasks", "leave it out"
    ),
    "deployment.wait_for_steady_state": _Default(
        "DEP-18",
        operator.not_,
        "is false: the update ends before anyone knows whether it works",
        "leave it out",
    ),
    "target_group.deregistration_delay": _Default(
        "DEP-14",
        lambda seconds: not _SHORTEST_DELAY <= seconds <= _LONGEST_DELAY,
        "is {value} s",
        f"write {_SHORTEST_DELAY} to {_LONGEST_DELAY}",
    ),
    "target_group.health_check.interval": _Default(
        "DEP-13",
        lambda seconds: seconds > MOST_INTERVAL,
        "is {value} s: a bad deployment is seen so much later",
        f"write {MOST_INTERVAL} or less",
    ),
    "target_group.health_check.healthy_threshold": _Default(
        "DEP-13",
        lambda count: not _FEWEST_CHECKS <= count <= _MOST_CHECKS,
        "is {value}: a good task waits so long for its first request",
        f"write {_FEWEST_CHECKS} or {_MOST_CHECKS}",
    ),
    "target_group.health_check.path": _Default(
        "DEP-13",
        partial(operator.eq, "/"),
        "is /: a front page may need half the application, and then its failure takes every task away",
        "write a path of its own, such as /healthz",
    ),
}
_OF_A_CONTAINER = {
    "init_process_enabled": _Default(
        "TSK-09",
        operator.not_,
        "is false: signals may not reach the program, and its dead children stay",
        "leave it out",
    ),
    "restart_policy": _Default(
        "TSK-15",
        lambda policy: policy is not None,
        "restarts crashed containers where the circuit breaker does not count them",
        "leave it out",
    ),
}
_CODES = _Default(
    "DEP-13", lambda codes: not SUCCESS_CODES.fullmatch(codes), "is {value}: only 2xx is an answer", "write 200"
)


def check_defaults(values: Values, report: Report) -> None:
    """Refuse single values that a default rules out."""
    for path, default in _OF_THE_SERVICE.items():
        *outer, key = path.split(".")
        _check(_inner(values, outer), key, path, default, report)
    for place, _name, container in containers_of(values):
        for key, default in _OF_A_CONTAINER.items():
            _check(container, key, place + key, default, report)
    group = values["target_group"] or {}
    if group.get("protocol_version") in {"HTTP1", "HTTP2"}:
        _check(group["health_check"], "matcher", "target_group.health_check.matcher", _CODES, report)


def _inner(values: Values, keys: list[str]) -> Values | None:
    found: Values | None = values
    for key in keys:
        found = found[key] if found else None
    return found


def _check(group: Values | None, key: str, path: str, default: _Default, report: Report) -> None:
    # One complaint about an argument is enough: what is no value at all was said already.
    if group and not any(problem.path == path for problem in report.problems):
        check(group, key, path, report, default, value=group[key])


def check_public(values: Values, report: Report) -> None:
    """Refuse a load balancer on the internet, and one without a web ACL there."""
    balancer = values["load_balancer"]
    if not balancer or balancer["internal"] is not False:
        return
    what = "is false: whoever is on the internet reaches it"
    report.add("load_balancer.internal", Complaint(what, "leave it out", "ELB-09", waivable=True))
    if balancer["web_acl_arn"] is None:
        what = "is missing, and the load balancer is on the internet"
        report.add("load_balancer.web_acl_arn", Complaint(what, "name a web ACL of AWS WAF", "ELB-08", waivable=True))


def check_window(values: Values, report: Report) -> None:
    """Refuse alarms that look at more time than ECS waits for them."""
    alarms, deployment = values["deployment_alarms"], values["deployment"]
    if not (values["load_balancer"] and alarms and deployment):
        return

    def fits(periods: int, seconds: int, bake: int) -> Complaint | None:
        if periods * seconds <= bake * 60:
            return None
        what = f"is {periods}: {periods * seconds} s are looked at, and deployment.bake_time_in_minutes is {bake}"
        return Complaint(what, "look at fewer or shorter periods, or bake for longer", "DEP-06", waivable=True)

    inputs = {"seconds": alarms["period_seconds"], "bake": deployment["bake_time_in_minutes"]}
    path = "deployment_alarms.evaluation_periods"
    check(alarms, "evaluation_periods", path, report, fits, periods=alarms["evaluation_periods"], **inputs)


def check_keys(values: Values, report: Report) -> None:
    """Refuse to go without a key."""
    if values["create_kms_key"] is not False or values["kms_key_arn"] is not None:
        return
    instead = "leave it out, or give kms_key_arn"
    if values["notification_topic_arn"] is None:
        report.add("create_kms_key", Complaint("is false: the topic has no key", instead, "SNS-01", waivable=True))
    if values["log_kms_key_arn"] is None:
        report.add("create_kms_key", Complaint("is false: the log has no key", instead, "LOG-02", waivable=True))


def check_everywhere(values: Values, report: Report) -> None:
    """Refuse to let the tasks out to everybody, but by HTTPS."""
    for index, rule in enumerate(values["egress_rules"] or []):
        for key in ("cidr_ipv4", "cidr_ipv6") if rule else ():
            last = rule["from_port"] if rule["to_port"] is None else rule["to_port"]
            inputs = {"block": rule[key], "first": rule["from_port"], "last": last, "protocol": rule["protocol"]}
            check(rule, key, f"egress_rules[{index}].{key}", report, _wide, **inputs)


def _wide(block: str, first: int, last: int, protocol: str) -> Complaint | None:
    if block not in ANYWHERE or (protocol == "tcp" and first == last == _HTTPS):
        return None
    what = f"is {block}, everybody, for more than HTTPS"
    return Complaint(what, "name the addresses, a group or a prefix list", "NET-04", waivable=True)


RULES = (check_defaults, check_public, check_window, check_keys, check_everywhere)
