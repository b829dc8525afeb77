"""Failed health checks do not count before the program is ready, as long as it took when it was deployed last.

What the tasks that run now logged about their start is held against what the plan allows: the grace period, and then as
many checks as the target group asks for (interval * unhealthy threshold). It is refused where the plan allows less than
they needed, and less than they have now. A start that no log tells of is not judged.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
"""

from collections.abc import Iterator
from typing import Any

from automation.preflight.balancing import bindings
from automation.preflight.counts import deploys
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from automation.preflight.values import whole
from diagnostics.collect import jsonable
from diagnostics.collect_logs import event_of, streams
from diagnostics.evidence import SCHEMA, Evidence
from diagnostics.reads import ReadError, Shape
from diagnostics.slow_start import SlowStart, starts

ID = "grace-period"
TITLE = "failed health checks do not count before the program is ready"
READS = (
    "`ListTasks`, `DescribeTasks`, `GetLogEvents`, `DescribeTargetGroups`; the planned grace period and health check"
)
FIX = "allow as long as the program needs to start (`healthCheckGracePeriodSeconds`)"

_TASKS = 3
"""Tasks whose logs are read: they run the same program."""
_LINES = 200
"""First lines of a log: a program says early that it is ready."""
_MARGIN = 1.5
"""How much more than the slowest start to allow: the next one may be slower. Our own choice."""


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Hold the planned allowance against the start of the tasks that run."""
    live = subject.live
    if live is None or subject.live_definition is None or not deploys(subject):
        return
    groups = [each.group for each in bindings(subject, reads) if each.group]
    if not groups:
        return
    given = subject.inputs.get("healthCheckGracePeriodSeconds")
    if isinstance(given, Hidden):
        yield not_done("the grace period is known only once the update has run")
        return
    grace = whole(given) or 0
    # As `diagnostics.slow_start` has it: ECS ignores failed checks during the grace period.
    checks = min((each.health_check_interval or 30) * (each.unhealthy_threshold or 2) for each in groups)
    allowed = max(grace, checks)
    slowest = max(_starts(subject, reads, live), key=lambda each: each.seconds, default=None)
    if slowest and allowed < slowest.seconds <= slowest.allowed:
        needed = int(slowest.seconds * _MARGIN) + 1
        yield refused(
            f"the program was ready {slowest.seconds:.0f} s after its start when it was deployed last, and failed"
            f" checks would count after {allowed} s (now {slowest.allowed:.0f} s)",
            f"allow {needed} s (`healthCheckGracePeriodSeconds`; with `FargateService` it is"
            " `deployment.health_check_grace_period_seconds`)",
            why="ECS replaces a task whose checks fail after the grace period, just when it is ready",
            evidence=[slowest.line.quote()],
        )


def _starts(subject: Subject, reads: PreflightReads, live: Shape) -> Iterator[SlowStart]:
    """Yield what running tasks of the PRIMARY deployment logged of their start."""
    primary: Shape = next((each for each in live["deployments"] if each.get("status") == "PRIMARY"), {})
    where: dict[str, Any] = {"cluster": subject.cluster}
    listed = reads.ask("ecs", "list_tasks", serviceName=live["serviceName"], desiredStatus="RUNNING", **where)
    arns = listed["taskArns"]
    if not arns:
        return
    tasks = [
        each
        for each in reads.ask("ecs", "describe_tasks", tasks=arns[:_TASKS], **where)["tasks"]
        if each.get("startedBy") == primary.get("id") and each.get("startedAt")
    ]
    groups = [each.arn for each in bindings(subject, reads) if each.arn]
    described = reads.ask("elbv2", "describe_target_groups", TargetGroupArns=groups) if groups else {}
    document = {
        "schema": SCHEMA,
        "service": live,
        "task_definition": subject.live_definition,
        "tasks": tasks,
        "target_groups": described.get("TargetGroups", []),
        "logs": [log for task in tasks for log in _logs(reads, subject.live_definition or {}, task)],
    }
    yield from starts(Evidence.parse(jsonable(document)))


def _logs(reads: PreflightReads, definition: Shape, task: Shape) -> Iterator[Shape]:
    for stream in streams(definition, task):
        try:
            answer = reads.ask(
                "logs",
                "get_log_events",
                region=stream.region,
                logGroupName=stream.group,
                logStreamName=stream.name,
                limit=_LINES,
                startFromHead=True,
            )
        except ReadError as refusal:
            if refusal.answer.code != "ResourceNotFoundException":  # a container that logs nothing has no stream
                raise
            continue
        events = [event_of(each) for each in answer["events"]]
        yield {"task_arn": task["taskArn"], "container": stream.container, "stream": stream.name, "events": events}
