"""Reads the arguments of `FargateService`: all problems at once, before anything is made."""

from collections.abc import Mapping
from datetime import date

from . import names
from .arguments import ARGUMENTS
from .complaints import Complaint
from .dependent import Values, check, without_effect
from .given import waivers
from .given.load_balancing import OWNED_DEFAULTS
from .reading import Report, later
from .settings import Settings, build
from .together import access, balancing, containers, defaults, deployment, place

COMPONENT = "FargateService"
DEFAULT_PORT = 8080
_DEFAULT_COUNT = 2
_RULES = (*containers.RULES, *balancing.RULES, *deployment.RULES, *access.RULES, *place.RULES, *defaults.RULES)


def read(name: str, args: Mapping[str, object], today: date | None = None) -> Settings:
    """Return the settings of the component `name`; `args` is what the program wrote, or what a plugin was given.

    `today` decides which waivers have ended; it is the day in UTC where none is given.

    Raises `ArgumentError` with every problem that can be seen now. What becomes known later raises it inside `apply`,
    before the resource that needs it is made.
    """
    today = today or waivers.today()
    report = waivers.report(COMPONENT, name, args, today)
    values: Values = ARGUMENTS.read(args, "", report) or {}
    if not values:
        report.raise_if_any()  # not even a map
    service, cluster = _service_name(name, values, report), _cluster_name(values, report)
    if values["desired_count"] is None and "desired_count" not in {problem.path for problem in report.problems}:
        values["desired_count"] = (values["autoscaling"] or {}).get("min_capacity", _DEFAULT_COUNT)
    for rule in _RULES:
        rule(values, report)
    deployment.check_steps(args, values, report)
    _check_names_fit(service, cluster, report)
    waivers.check_days(values, today, report)
    if args.get("target_group") and not args.get("load_balancer"):
        report.add("target_group", without_effect("load_balancer"))
    report.raise_if_any()
    _fill_in(values)
    return build(values, service, cluster)


def _fill_in(values: Values) -> None:
    """Put defaults that depend on other arguments where nothing is given."""
    balancer = values["load_balancer"]
    if balancer and values["container_port"] is None:
        values["container_port"] = DEFAULT_PORT
    if balancer and balancer["listener_arn"] is None:
        balancer |= {key: value for key, value in OWNED_DEFAULTS.items() if balancer[key] is None}
        if balancer["host_headers"] is None and balancer["path_patterns"] is None:
            balancer["path_patterns"] = ["/*"]
    # AWS's own paths and codes for gRPC: 12 is UNIMPLEMENTED, which a server answers for a path that it does not have.
    grpc = values["target_group"]["protocol_version"] == "GRPC"
    path, matcher = ("/AWS.ALB/healthcheck", "12") if grpc else ("/healthz", "200")
    health_check = values["target_group"]["health_check"]
    health_check["path"] = path if health_check["path"] is None else health_check["path"]
    health_check["matcher"] = matcher if health_check["matcher"] is None else health_check["matcher"]
    if values["create_kms_key"] is None:
        values["create_kms_key"] = values["kms_key_arn"] is None


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

        check(values, "cluster_arn", "cluster_name", report, same, arn=arn)
        return str(name)
    found = names.cluster_name(arn) if arn else None
    if found and name and found != name:
        report.add("cluster_name", _other_cluster(name, arn))
    return found or name or ""


def _other_cluster(name: str, arn: str) -> Complaint:
    return Complaint(
        f"is `{name}`, but cluster_arn is `{arn}`", "leave cluster_name out, or write the name that is in the ARN"
    )


def _check_names_fit(service: str, cluster: str, report: Report) -> None:
    already = any(problem.path == "service_name" for problem in report.problems)
    if not already and len(service) + len(cluster) > names.LONGEST_PAIR:
        what = f"is too long together with the cluster's name: {len(service) + len(cluster)} characters"
        instead = f"shorten it: both together may have {names.LONGEST_PAIR}, because the alarms' names hold both"
        report.add("service_name", Complaint(what, instead))
