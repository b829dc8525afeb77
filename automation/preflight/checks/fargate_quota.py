"""The account may run as many vCPUs on Fargate as the deployment needs besides what runs already."""

from collections.abc import Iterator, Mapping
from typing import Any

from automation.preflight.checks.asking import hides
from automation.preflight.checks.fargate_size import units
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from diagnostics.model import Quote

ID = "fargate-quota"
TITLE = "the quota of Fargate has room for the deployment's vCPUs"
READS = "`GetServiceQuota`, `ListClusters`, `ListTasks`, `DescribeTasks`; the planned counts"
FIX = "ask AWS for a larger quota, or run fewer tasks"

_QUOTAS = {False: "L-3032A538", True: "L-36FBB829"}
"""`Fargate On-Demand vCPU resource count`, and that of Fargate Spot.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
"""
_UNITS = 1024
_MOST_TASKS = 2000
"""So many tasks of the account are counted, at 20 calls; a busier one was not checked."""
_PAGE = 100


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Count the vCPUs that tasks have now: CloudWatch's usage metric is minutes old, and the tasks are not."""
    if not subject.fargate:
        return
    desired, cpu = subject.inputs.get("desiredCount", 1), subject.setting("cpu")
    for what, value in (("the desired count", desired), ("the task's cpu", cpu)):
        if isinstance(value, Hidden):
            yield hides(what, value)
            return
    wanted = units(cpu)
    spot = _spot(subject.inputs)
    if wanted is None or spot is None:
        yield not_done("how many vCPUs it takes of which quota does not follow from what is seen")
        return
    count = max(int(desired), (subject.live or {}).get("desiredCount", 0))
    if count == 0:
        return
    code = _QUOTAS[spot]
    quota = reads.ask("service-quotas", "get_service_quota", ServiceCode="fargate", QuotaCode=code)["Quota"]["Value"]
    used, own = _used(subject, reads, spot=spot)
    if used is None:
        yield not_done(f"the account runs more than {_MOST_TASKS} tasks, which are not counted")
        return
    task, room = wanted / _UNITS, float(quota) - used / _UNITS
    # In the end all wanted tasks run and none of the old ones; until then at least one must fit beside the old ones,
    # unless ECS may stop an old one first.
    needed = count * task - own / _UNITS
    if needed > room or (task > room and not _stops_first(subject.inputs, count)):
        needed = max(needed, task)
        unit = "vCPU" if needed == 1 else "vCPUs"
        yield refused(
            f"the deployment needs {needed:g} {unit} more, and the account's quota of Fargate has "
            f"{max(room, 0):g} left",
            "ask for more: `aws service-quotas request-service-quota-increase --service-code fargate --quota-code "
            f"{code} --desired-value {used / _UNITS + needed:g}`, or stop tasks that nobody needs",
            why="ECS starts no task beyond the quota, and tries until the deployment's time is over",
            evidence=[Quote(f"GetServiceQuota {code}", f"{quota:g}"), Quote("vCPUs in use", f"{used / _UNITS:g}")],
        )


def _spot(inputs: Mapping[str, Any]) -> bool | None:
    """Tell which quota counts; None where tasks go to both, or to neither."""
    strategies = inputs.get("capacityProviderStrategies") or []
    names = {str(each.get("capacityProvider")) for each in strategies if isinstance(each, Mapping)}
    if len(names) > 1:
        return None
    return {"FARGATE": False, "FARGATE_SPOT": True}.get(names.pop() if names else "FARGATE")


def _stops_first(inputs: Mapping[str, Any], count: int) -> bool:
    """Tell whether ECS may stop a task of the old revision before one of the new revision runs."""
    least = inputs.get("deploymentMinimumHealthyPercent", 100)
    return not isinstance(least, Hidden) and int(least) * count <= 100 * (count - 1)


def _used(subject: Subject, reads: PreflightReads, *, spot: bool) -> tuple[int | None, int]:
    """Return the CPU units of all tasks on Fargate that are not stopped, and of those of this service."""
    used = own = seen = 0
    group = f"service:{subject.name}"
    cluster = (subject.live or {}).get("clusterArn")
    for arn in reads.pages("ecs", "list_clusters", "clusterArns", maxResults=_PAGE):
        tasks = reads.pages("ecs", "list_tasks", "taskArns", cluster=arn, desiredStatus="RUNNING", maxResults=_PAGE)
        seen += len(tasks)
        if seen > _MOST_TASKS:
            return None, 0
        for start in range(0, len(tasks), _PAGE):
            batch = tasks[start : start + _PAGE]
            for task in reads.ask("ecs", "describe_tasks", cluster=arn, tasks=batch)["tasks"]:
                if task.get("lastStatus") == "STOPPED" or not _on_fargate(task, spot=spot):
                    continue
                used += int(task.get("cpu") or 0)
                own += int(task.get("cpu") or 0) if arn == cluster and task.get("group") == group else 0
    return used, own


def _on_fargate(task: Mapping[str, Any], *, spot: bool) -> bool:
    provider = task.get("capacityProviderName")
    if provider:
        return str(provider) == ("FARGATE_SPOT" if spot else "FARGATE")
    return not spot and task.get("launchType") == "FARGATE"
