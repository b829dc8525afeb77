"""Rules about roles, what tasks reach and who reaches them, and who is told."""

from ..complaints import Complaint
from ..dependent import Values, at_most, check, without_effect
from ..given.access import DESTINATIONS
from ..reading import Report


def check_roles(values: Values, report: Report) -> None:
    """Refuse one role for both purposes, and permissions for a role that is not made here."""
    execution, task = values["execution_role_arn"], values["task_role_arn"]

    def differ(execution: str, task: str) -> Complaint | None:
        if execution != task:
            return None
        what = "is execution_role_arn too: the program could read every secret and pull every image of the service"
        return Complaint(what, "take another role, or leave it out", "TSK-17")

    check(values, "task_role_arn", "task_role_arn", report, differ, execution=execution, task=task)
    if task is not None and values["task_role_policy_statements"]:
        what = "is for a role that is made, and task_role_arn names an existing one"
        report.add("task_role_policy_statements", Complaint(what, "leave one of the two out"))
    if task is not None and execution is not None and values["permissions_boundary_arn"] is not None:
        report.add("permissions_boundary_arn", without_effect("a role that is made"))


def check_egress(values: Values, report: Report) -> None:
    """Refuse rules without a destination, or with two, and port ranges that end before they begin."""
    for index, rule in enumerate(values["egress_rules"] or []):
        if rule is None:
            continue
        path = f"egress_rules[{index}]"
        given = [key for key in DESTINATIONS if rule[key] is not None]
        if len(given) != 1 and not any(problem.path.startswith(path) for problem in report.problems):
            what = f"has {' and '.join(given)}" if given else "has no destination"
            report.add(path, Complaint(what, f"give one of {', '.join(DESTINATIONS)}", "NET-04"))
        order = at_most("is {limit}, below from_port {value}", "write at least {value}")
        inputs = {"value": rule["from_port"], "limit": rule["to_port"]}
        check(rule, "to_port", f"{path}.to_port", report, order, **inputs)


def check_port_users(values: Values, report: Report) -> None:
    """Refuse what concerns the container's port where it has none."""
    if values["load_balancer"] is not None or values["container_port"] is not None:
        return
    if values["ingress_security_group_ids"]:
        report.add("ingress_security_group_ids", without_effect("container_port"))
    for key in ("discovery_name", "dns_name", "port"):
        if (values["service_connect"] or {}).get(key) is not None:
            report.add(f"service_connect.{key}", without_effect("container_port"))


def check_notification(values: Values, report: Report) -> None:
    """Refuse to be told of everything but failures, and two keys for one thing."""
    names = values["notification_event_names"]
    if names and None not in names and "SERVICE_DEPLOYMENT_FAILED" not in names:
        what = "lacks SERVICE_DEPLOYMENT_FAILED: nobody would hear of a failed deployment"
        report.add("notification_event_names", Complaint(what, "add it", "EVT-01"))
    if values["create_kms_key"] and values["kms_key_arn"] is not None:
        report.add("create_kms_key", Complaint("is true, and kms_key_arn names a key", "leave one of the two out"))


RULES = (check_roles, check_egress, check_port_users, check_notification)
