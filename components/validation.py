"""Reads the arguments of `FargateService`: all problems at once, before anything is made."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pulumi

from . import checks, fargate, names, waivers
from .arguments import ARGUMENTS
from .complaints import Complaint
from .container import volume_name
from .reading import Report, holds_outputs, later
from .settings import Settings, build

COMPONENT = "FargateService"
DEFAULT_PORT = 8080

Values = dict[str, Any]


def read(name: str, args: Mapping[str, object], today: date | None = None) -> Settings:
    """Return the settings of the component `name`; `args` is what the program wrote, or what a plugin was given.

    `today` decides which waivers have ended; it is the day in UTC where none is given.

    Raises `ArgumentError` with every problem that can be seen now. What becomes known later raises it inside `apply`,
    before the resource that needs it is made.
    """
    report = Report(COMPONENT, name)
    values: Values = ARGUMENTS.read(args, "", report) or {}
    if not values:
        report.raise_if_any()  # not even a map
    service, cluster = _service_name(name, values, report), _cluster_name(values, report)
    for rule in _RULES:
        rule(values, report)
    _check_names_fit(service, cluster, report)
    _check_waivers(values, today or datetime.now(UTC).date(), report)
    if args.get("target_group") and not args.get("load_balancer"):
        what = "has no effect without load_balancer"
        report.add("target_group", Complaint(what, "give load_balancer, or leave this out"))
    report.raise_if_any()
    if values["load_balancer"] and values["container_port"] is None:
        values["container_port"] = DEFAULT_PORT
    return build(values, service, cluster)


def _service_name(component: str, values: Values, report: Report) -> str:
    if values["service_name"] is not None:
        return str(values["service_name"])
    if complaint := names.check_service_name(component):
        report.add("service_name", Complaint(f"is the component's name, and {complaint.what}", complaint.instead))
    return component


def _cluster_name(values: Values, report: Report) -> str:
    """Return the cluster's name, which must be plain: the names of alarms and log group are built from it."""
    arn, name = values["cluster_arn"], values["cluster_name"]
    if later(arn):
        if name is None:
            what = "is missing, and cluster_arn is an output: the alarms' names are built from it when the program runs"
            report.add("cluster_name", Complaint(what, "give the name that the cluster has"))
            return ""

        def same(arn: str) -> Complaint | None:
            return None if names.cluster_name(arn) == name else _other_cluster(name, arn)

        _check(values, "cluster_arn", "cluster_name", report, same, arn=arn)
        return str(name)
    found = names.cluster_name(arn) if arn else None
    if found and name and found != name:
        report.add("cluster_name", _other_cluster(name, arn))
    return found or name or ""


def _other_cluster(name: str, arn: str) -> Complaint:
    return Complaint(
        f"is `{name}`, but cluster_arn is `{arn}`", "leave cluster_name out, or write the name that is in the ARN"
    )


def _check(
    group: Values, key: str, path: str, report: Report, check: Callable[..., Complaint | None], **inputs: Any
) -> None:
    """Check inputs that depend on each other, and complain about `path`.

    If one of them is known only later, the check becomes a part of `group[key]`: nothing that needs it is made before.
    """
    if any(value is None for value in inputs.values()):
        return  # not given, or already complained about
    if not holds_outputs(inputs):
        report.add(path, check(**inputs))
        return

    def check_later(known: dict[str, Any]) -> Any:
        inner = report.fresh()
        inner.add(path, check(**known["inputs"]))
        inner.raise_if_any()
        return known["value"]

    group[key] = pulumi.Output.all(value=group[key], inputs=inputs).apply(check_later)


def _check_size(values: Values, report: Report) -> None:
    _check(values, "memory", "memory", report, fargate.check_size, cpu=values["cpu"], memory=values["memory"])


def _check_percents(values: Values, report: Report) -> None:
    deployment = values["deployment"]
    if deployment is None:
        return
    inputs = {
        "desired_count": values["desired_count"],
        "minimum": deployment["minimum_healthy_percent"],
        "maximum": deployment["maximum_percent"],
    }
    _check(deployment, "maximum_percent", "deployment.maximum_percent", report, checks.check_percents, **inputs)


def _check_health_check(values: Values, report: Report) -> None:
    health_check = (values["target_group"] or {}).get("health_check")
    if health_check is None:
        return

    def shorter(timeout: int, interval: int) -> Complaint | None:
        if timeout < interval:
            return None
        return Complaint(
            f"is {timeout}, not less than the interval of {interval}", f"write less than {interval}", "DEP-13"
        )

    inputs = {"timeout": health_check["timeout"], "interval": health_check["interval"]}
    _check(health_check, "timeout", "target_group.health_check.timeout", report, shorter, **inputs)


def _check_stopping(values: Values, report: Report) -> None:
    target_group = values["target_group"]
    if target_group is None:
        return

    def fits(delay: int, stop: int) -> Complaint | None:
        if delay <= stop:
            return None
        what = f"is {delay}: the container is killed after {stop} s (stop_timeout), with requests still in flight"
        return Complaint(what, f"write at most {stop}, or raise stop_timeout", "DEP-14")

    inputs = {"delay": target_group["deregistration_delay"], "stop": values["stop_timeout"]}
    _check(target_group, "deregistration_delay", "target_group.deregistration_delay", report, fits, **inputs)


def _check_datapoints(values: Values, report: Report) -> None:
    alarms = values["deployment_alarms"]
    if alarms is None:
        return

    def fits(datapoints: int, periods: int) -> Complaint | None:
        if datapoints <= periods:
            return None
        return Complaint(
            f"is {datapoints}, more than the {periods} that are looked at", f"write at most {periods}", "DEP-06"
        )

    inputs = {"datapoints": alarms["datapoints_to_alarm"], "periods": alarms["evaluation_periods"]}
    _check(alarms, "datapoints_to_alarm", "deployment_alarms.datapoints_to_alarm", report, fits, **inputs)


def _check_variables(values: Values, report: Report) -> None:
    def distinct(environment: Mapping[str, object], secrets: Mapping[str, object]) -> Complaint | None:
        both = sorted(environment.keys() & secrets.keys())
        if not both:
            return None
        return Complaint(f"has {', '.join(both)}, which environment has too", "keep each variable in one of them")

    environment, secrets = values["environment"], values["secrets"]
    if later(environment) or later(secrets):
        _check(values, "secrets", "secrets", report, distinct, environment=environment, secrets=secrets)
    elif environment is not None and secrets is not None:
        report.add("secrets", distinct(environment, secrets))


def _check_rule_conditions(values: Values, report: Report) -> None:
    balancer = values["load_balancer"]
    if balancer is None:
        return
    patterns, hosts = balancer["path_patterns"], balancer["host_headers"]
    if patterns is None and hosts is None and not any("load_balancer." in problem.path for problem in report.problems):
        what = "has neither path_patterns nor host_headers: the rule would take no request"
        report.add("load_balancer", Complaint(what, 'give one of them, such as path_patterns: ["/*"]'))

    def few(patterns: list[str], hosts: list[str]) -> Complaint | None:
        count, most = len(patterns) + len(hosts), checks.MOST_CONDITION_VALUES
        if count <= most:
            return None
        what = f"has {count} path patterns and host headers together, and a listener rule takes {most}"
        return Complaint(what, "use wildcards, or a second service")

    key = "path_patterns" if later(patterns) else "host_headers"
    if later(patterns) or later(hosts):
        _check(balancer, key, "load_balancer", report, few, patterns=patterns or [], hosts=hosts or [])
    else:
        report.add("load_balancer", few(patterns or [], hosts or []))


def _check_volumes(values: Values, report: Report) -> None:
    paths = [path for path in values["writable_paths"] or [] if path is not None]
    for volume, count in Counter(map(volume_name, paths)).items():
        if count > 1:
            what = f"has {count} paths for one volume, `{volume}`"
            report.add(
                "writable_paths", Complaint(what, "give each directory once, or a directory above them", "TSK-12")
            )


def _check_names_fit(service: str, cluster: str, report: Report) -> None:
    already = any(problem.path == "service_name" for problem in report.problems)
    if not already and len(service) + len(cluster) > names.LONGEST_PAIR:
        what = f"is too long together with the cluster's name: {len(service) + len(cluster)} characters"
        instead = f"shorten it: both together may have {names.LONGEST_PAIR}, because the alarms' names hold both"
        report.add("service_name", Complaint(what, instead))


def _check_waivers(values: Values, today: date, report: Report) -> None:
    for place, waiver in enumerate(values["waivers"] or []):
        if waiver and waiver["expires"]:
            report.add(f"waivers[{place}].expires", waivers.check_still_valid(waiver["expires"], today))


_RULES: tuple[Callable[[Values, Report], None], ...] = (
    _check_size,
    _check_percents,
    _check_health_check,
    _check_stopping,
    _check_datapoints,
    _check_variables,
    _check_rule_conditions,
    _check_volumes,
)
