"""
The program becomes ready later than the health check allows.

## What it looks for
A task that was stopped for its health checks, or is about to be, and whose log shows that it was ready: a line such as
`Started Application in 95.2 seconds` or `listening on 8080`, later after the task's start than the grace period (of the
service, or the container check's start period) lasts.

## Why waiting cannot help
ECS counts failed checks from the end of the grace period on. A program that needs longer is replaced each time, just when
it is ready.

## What to do
Give it the time that it needs, or make it start faster (more CPU shortens most starts):

    aws ecs update-service --cluster CLUSTER --service SERVICE --health-check-grace-period-seconds SECONDS

With `FargateService` it is `deployment.health_check_grace_period_seconds`.

## What it is not
- A program that is ready in time and answers wrongly: the rules about codes and ports.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.evidence import ContainerCheck, Evidence, Log, Task
from diagnostics.listening import listeners
from diagnostics.model import Finding, Verdict
from diagnostics.passages import Passage, log_passages
from diagnostics.probes import failing_probes

ID = "health-grace-period-too-short"
VERDICT = Verdict.SUSPECT

_TOOK = re.compile(
    r"(?:start(?:ed|up)?|ready|boot(?:ed)?|initiali[sz]ed|loaded|compiled)\b[^\n]{0,80}?\b(?:in|after|took|within)\b:?\s*"
    r"(?P<seconds>\d+(?:\.\d+)?)\s*(?P<unit>ms|milliseconds|s\b|sec|seconds|m\b|min)",
    re.IGNORECASE,
)
_READY = re.compile(
    r"^(?:.*\s)?(?:Started [A-Z]\w+(?: in|$)|Application (?:startup complete|started)|Server started|ready to accept)",
    re.IGNORECASE,
)
_UNITS = {"ms": 0.001, "milliseconds": 0.001, "m": 60.0, "min": 60.0}


@dataclass(frozen=True)
class _Late:
    task: Task
    seconds: float
    """How long after its start the program was ready."""
    line: Passage


def match(evidence: Evidence) -> Finding | None:
    """Return how much later than allowed the program was ready."""
    allowed = _allowed(evidence)
    late = [each for each in _ready(evidence) if allowed is not None and each.seconds > allowed]
    if not late or allowed is None:
        return None
    slowest = max(late, key=lambda each: each.seconds)
    needed = int(slowest.seconds * 1.5) + 1
    return Finding(
        what=f"the program is ready {slowest.seconds:.0f} s after the task's start, and the health checks count from {allowed:.0f} s on",
        why="ECS replaces a task whose checks fail after the grace period, so each one is stopped just when it is ready",
        fix=f"allow about {needed} s (`deployment.health_check_grace_period_seconds`), or let the program start faster:\n"
        f"aws ecs update-service --cluster CLUSTER --service SERVICE --health-check-grace-period-seconds {needed}",
        evidence=tuple(each.line.quote() for each in late[:2]),
        tasks=tuple(dict.fromkeys(each.task.arn for each in late if each.task.stopped)),
    )


def _allowed(evidence: Evidence) -> float | None:
    """Return the seconds after a task's start from which failed checks count; None where no check is known."""
    checks = [
        each.health_check
        for each in (evidence.task_definition.containers if evidence.task_definition else ())
        if each.health_check
    ]
    if any("container health checks" in task.stopped_reason for task in evidence.failed_tasks) and checks:
        return float(min(_patience(check) for check in checks))
    if evidence.service is not None and evidence.service.load_balancers:
        return float(evidence.service.grace_period_seconds)
    return None


def _patience(check: ContainerCheck) -> int:
    return check.start_period + check.interval * check.retries


def _ready(evidence: Evidence) -> Iterator[_Late]:
    probed = {probe.task.arn for probe in failing_probes(evidence) if probe.task}
    for task in (*evidence.failed_tasks, *evidence.running):
        if not (task.stopped_for_health or task.arn in probed):
            continue
        for log in evidence.logs_of(task):
            if late := _ready_in(task, log):
                yield late


def _ready_in(task: Task, log: Log) -> _Late | None:
    """Return when a program said that it was ready: by the line's own figure, else by its time."""
    lines = log_passages(task, log)
    for line in reversed(lines):
        if found := _TOOK.search(line.text):
            seconds = float(found["seconds"]) * _UNITS.get(found["unit"].lower(), 1.0)
            if task.started_at and line.at:
                seconds = max(seconds, (line.at - task.started_at).total_seconds())
            return _Late(task, seconds, line)
    ready = [each.passage for each in listeners(lines) if not each.aside] or [
        line for line in lines if _READY.search(line.text)
    ]
    first = next((line for line in ready if line.at is not None), None)
    if first is None or first.at is None or task.started_at is None:
        return None
    return _Late(task, (first.at - task.started_at).total_seconds(), first)
