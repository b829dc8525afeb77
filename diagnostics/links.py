"""Links to the AWS console for what a diagnosis is about, in the partition of its ARNs. Pure."""

from collections.abc import Iterator
from functools import partial
from urllib import parse

from diagnostics.evidence import Evidence, Log, Task
from diagnostics.model import Link
from diagnostics.shapes import tail

quote = partial(parse.quote, errors="replace")
"""Whatever an endpoint answers: a lone surrogate, which UTF-8 cannot have, must not cost the diagnosis."""


_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
"""The console's host in each partition; paths and fragments below are those that the console itself shows.

No source: AWS documents neither; both are taken from links in public issue threads and the console's own pages.
"""


def links(evidence: Evidence, tasks: tuple[str, ...] = ()) -> tuple[Link, ...]:
    """Return links to the service, a task, its log streams and the target groups; none where no ARN tells the region.

    Args:
        evidence: the look.
        tasks: ARNs of the tasks that failed alike; the last one is linked, else the newest one that failed.
    """
    service = evidence.service
    arn = (service.arn or service.cluster_arn if service else "") or evidence.cluster_arn
    if not arn and evidence.tasks:
        arn = evidence.tasks[0].arn
    if _home(arn) is None:
        return ()
    return tuple(_links(evidence, arn, _task(evidence, tasks)))


def _links(evidence: Evidence, arn: str, task: Task | None) -> Iterator[Link]:
    service = evidence.service
    cluster = tail(evidence.cluster_arn or (service.cluster_arn if service else "") or "")
    if service and service.name and cluster:
        yield _link("service", arn, f"/ecs/v2/clusters/{quote(cluster)}/services/{quote(service.name)}/health", "")
    if task and task.arn.count("/") > 1:
        cluster = task.arn.split("/")[1]
        yield _link(f"task {task.short_id}", task.arn, f"/ecs/v2/clusters/{quote(cluster)}/tasks/{quote(task.id)}", "")
        for log in evidence.logs_of(task):
            if group := _group(evidence, log):
                place = f"#logsV2:log-groups/log-group/{_twice(group)}/log-events/{_twice(log.stream)}"
                yield _link(f"log of {log.container}", task.arn, "/cloudwatch/home", place, _region(evidence, log))
    for balancer in service.load_balancers if service else ():
        if balancer.target_group_arn:
            group_arn = balancer.target_group_arn
            name = group_arn.split("/")[1] if "/" in group_arn else group_arn
            yield _link(
                f"target group {name}",
                group_arn,
                "/ec2/home",
                f"#TargetGroup:targetGroupArn={quote(group_arn, safe=_IN_ARNS)}",
            )


def _link(name: str, arn: str, path: str, place: str, region: str = "") -> Link:
    host, own = _home(arn) or ("", "")
    return Link(name, f"https://{host}{path}?region={quote(region or own)}{place}")


def _home(arn: str) -> tuple[str, str] | None:
    """Return the console's host and the region of an ARN; None where it is none, or of an unknown partition."""
    parts = arn.split(":")
    if len(parts) < _PARTS or parts[0] != "arn" or parts[1] not in _CONSOLES or not parts[3]:
        return None
    return _CONSOLES[parts[1]], parts[3]


_PARTS = 6
_IN_ARNS = ":/"


def _task(evidence: Evidence, tasks: tuple[str, ...]) -> Task | None:
    named = evidence.task(tasks[-1]) if tasks else None
    newest = sorted(evidence.failed_tasks, key=lambda each: each.created_at.timestamp() if each.created_at else 0.0)
    return named or (newest[-1] if newest else None)


def _group(evidence: Evidence, log: Log) -> str:
    defined = evidence.task_definition.container(log.container) if evidence.task_definition else None
    return defined.log_option("awslogs-group") if defined and log.stream else ""


def _region(evidence: Evidence, log: Log) -> str:
    defined = evidence.task_definition.container(log.container) if evidence.task_definition else None
    return defined.log_option("awslogs-region") if defined else ""


def _twice(name: str) -> str:
    """Return a name as the console's log pages want it: percent-encoded twice, with `$` for the outer percent sign."""
    return quote(quote(name, safe=""), safe="").replace("%", "$")
