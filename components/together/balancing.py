"""Rules about the load balancer, its target group and the strategy that moves requests."""

from .. import checks
from ..complaints import Complaint
from ..dependent import Values, at_most, check, without_effect
from ..given.load_balancing import EXISTING, OWNED
from ..reading import Report, later


def check_mode(values: Values, report: Report) -> None:
    """Refuse a load balancer that is neither an existing one nor one of the service's own, or both."""
    balancer = values["load_balancer"]
    if balancer is None or any(problem.path.startswith("load_balancer.") for problem in report.problems):
        return
    if balancer["listener_arn"] is not None:
        _check_existing(balancer, report)
        return
    for key in EXISTING:
        if balancer[key] is not None:
            report.add(f"load_balancer.{key}", without_effect("load_balancer.listener_arn"))
    if balancer["certificate_arn"] is None:
        what = "names neither an existing listener nor a certificate for a load balancer of its own"
        instead = "give listener_arn, or certificate_arn: a load balancer of the component is always HTTPS"
        report.add("load_balancer", Complaint(what, instead, "ELB-01"))
    elif balancer["internal"] is False:
        for key, why in (("allowed_cidr_blocks", "who may reach it"), ("lb_subnet_ids", "its public subnets")):
            if balancer[key] is None:
                what = "is missing, and the load balancer is not internal"
                report.add(f"load_balancer.{key}", Complaint(what, f"name {why}", "ELB-09"))


def _check_existing(balancer: Values, report: Report) -> None:
    for key in OWNED:
        if balancer[key] is not None:
            what = "is for a load balancer of the service's own, and listener_arn names an existing one"
            report.add(f"load_balancer.{key}", Complaint(what, "leave one of the two out"))
    for key in ("load_balancer_security_group_id", "listener_priority"):
        if balancer[key] is None:
            report.add(f"load_balancer.{key}", Complaint("is missing", "give it: listener_arn alone is not enough"))
    if balancer["path_patterns"] is None and balancer["host_headers"] is None:
        what = "has neither path_patterns nor host_headers: the rule would take no request"
        report.add("load_balancer", Complaint(what, 'give one of them, such as path_patterns: ["/*"]'))


def check_conditions(values: Values, report: Report) -> None:
    """Refuse more conditions than a rule takes."""
    balancer = values["load_balancer"]
    if balancer is None:
        return
    patterns, hosts = balancer["path_patterns"], balancer["host_headers"]

    def few(patterns: list[str], hosts: list[str]) -> Complaint | None:
        count, most = len(patterns) + len(hosts), checks.MOST_CONDITION_VALUES
        if count <= most:
            return None
        what = f"has {count} path patterns and host headers together, and a listener rule takes {most}"
        return Complaint(what, "use wildcards, or a second service")

    key = "path_patterns" if later(patterns) else "host_headers"
    if later(patterns) or later(hosts):
        check(balancer, key, "load_balancer", report, few, patterns=patterns or [], hosts=hosts or [])
    else:
        report.add("load_balancer", few(patterns or [], hosts or []))


def check_health_check(values: Values, report: Report) -> None:
    """Refuse a check that may last until the next one, and codes of the wrong protocol."""
    group = values["target_group"] or {}
    found = group.get("health_check")
    if found is None:
        return

    def shorter(timeout: int, interval: int) -> Complaint | None:
        if timeout < interval:
            return None
        return Complaint(
            f"is {timeout}, not less than the interval of {interval}", f"write less than {interval}", "DEP-13"
        )

    inputs = {"timeout": found["timeout"], "interval": found["interval"]}
    check(found, "timeout", "target_group.health_check.timeout", report, shorter, **inputs)
    grpc = group["protocol_version"] == "GRPC"

    def fits(matcher: str) -> Complaint | None:
        if checks.is_grpc_matcher(matcher) == grpc:
            return None
        what = f"is {matcher}, and the protocol version is {group['protocol_version']}"
        instead = "write codes of gRPC, 0 to 99, such as 12" if grpc else "write codes of HTTP, 200 to 499, such as 200"
        return Complaint(what, instead, "DEP-13")

    if not any(problem.path.endswith("health_check.matcher") for problem in report.problems):
        check(found, "matcher", "target_group.health_check.matcher", report, fits, matcher=found["matcher"])


def check_stopping(values: Values, report: Report) -> None:
    """Refuse to kill a container while requests are in flight."""
    group = values["target_group"]
    if group is None or values["load_balancer"] is None:
        return
    fits = at_most(
        "is {value}: the container is killed after {limit} s (stop_timeout), with requests still in flight",
        "write at most {limit}, or raise stop_timeout",
        "DEP-14",
        waivable=True,
    )
    inputs = {"value": group["deregistration_delay"], "limit": values["stop_timeout"]}
    check(group, "deregistration_delay", "target_group.deregistration_delay", report, fits, **inputs)


def check_test_listener(values: Values, report: Report) -> None:
    """Refuse a listener for tests where no strategy would send requests to it."""
    balancer, deployment = values["load_balancer"], values["deployment"]
    if balancer is None or deployment is None or deployment["strategy"] != "ROLLING":
        return
    for key in ("test_listener_arn", "test_listener_port"):
        if balancer[key] is not None:
            report.add(f"load_balancer.{key}", without_effect("deployment.strategy BLUE_GREEN, CANARY or LINEAR"))


def check_test_port(values: Values, report: Report) -> None:
    """Refuse a port for tests on which the load balancer listens already."""
    balancer = values["load_balancer"]
    if balancer is None or balancer["test_listener_port"] is None:
        return
    taken = {443, 80} if balancer["http_redirect"] else {443}
    if balancer["test_listener_port"] in taken:
        what = f"is {balancer['test_listener_port']}, where the load balancer listens already"
        report.add("load_balancer.test_listener_port", Complaint(what, "take another port, such as 8443"))


RULES = (
    check_mode,
    check_conditions,
    check_health_check,
    check_stopping,
    check_test_listener,
    check_test_port,
)
