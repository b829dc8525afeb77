"""When a program said that it was ready, against when the health checks begin to count: of tasks stopped just then."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from diagnostics.evidence import ContainerDefinition, Evidence, Log, Task
from diagnostics.listening import listeners
from diagnostics.passages import Passage, died_by_itself, log_passages
from diagnostics.probes import answers_to_checks, failing_probes, wanted

_ELB_INTERVAL, _ELB_THRESHOLD = 30, 2
"""An Application Load Balancer's own defaults: failed checks in a row until a target is unhealthy.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""
_SLACK = 180.0
"""Seconds that a task which was ready in the end may live on until ECS stops it: the scheduler looks from time to time,
and where `maximumPercent` leaves room it starts the replacement first. A task that lived longer was not stopped for its
slow start. The figure is our own choice.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html (unhealthy tasks are replaced)
"""
_TOOK = re.compile(
    r"\b(?:started|ready|startup completed?|boot(?:ed|ing)? completed?|booted|up and running|start-?up)\b[^\n]{0,80}?"
    r"\b(?:in|after|took)\b:?\s*(?P<figure>\d{1,6}(?:[.,]\d{1,6})?)\s*(?P<unit>ms\b|milliseconds|s\b|sec|m\b|min)",
    re.IGNORECASE,
)
"""`Started OrdersApplication in 95.2 seconds (process running for 99)`, `orders 1.0 on JVM started in 61.3s`, `Server
startup in [71234] milliseconds`, `ready in 64000 ms`."""
_BRACKETS = str.maketrans("[]", "  ")
_READY = re.compile(
    r"Application startup complete|Application started|Server started|server is ready|ready to (?:accept|handle)"
    r"|^(?:.*\s)?Started [A-Z]\w+(?: in\b|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SlowStart:
    """How long a program took until it was ready, and how long it was allowed to."""

    task: Task
    seconds: float
    """How long after its start it was ready."""
    allowed: float
    """How long after its start failed checks could not stop it."""
    line: Passage


@dataclass(frozen=True)
class _Allowance:
    seconds: float
    """From when on ECS may stop a task whose checks fail."""
    between: float
    """How long the checks take to see that a program has become well."""


def slow_starts(evidence: Evidence) -> list[SlowStart]:
    """Return the tasks that were stopped, or are about to be, for checks that they would have passed a little later."""
    if "slow starts" not in evidence.derived:
        evidence.derived["slow starts"] = [*_slow_starts(evidence)]
    found: list[SlowStart] = evidence.derived["slow starts"]
    return found


def _slow_starts(evidence: Evidence) -> Iterator[SlowStart]:
    probes = failing_probes(evidence)
    probed = {probe.task.arn for probe in probes if probe.task}
    anonymous = any(probe.task is None for probe in probes)
    for task in (*evidence.failed_tasks, *evidence.running):
        alive = not any(each.exit_code is not None and died_by_itself(task, each.name) for each in task.containers)
        if not alive or not (task.stopped_for_health or task.arn in probed or anonymous):
            continue
        allowance = _allowance(evidence, task)
        ready = next((found for log in evidence.logs_of(task) if (found := _ready(evidence, task, log))), None)
        if ready and ready[0] > allowance.seconds and _stopped_soon(task, ready[0], allowance):
            yield SlowStart(task, ready[0], allowance.seconds, ready[1])


def starts(evidence: Evidence) -> Iterator[SlowStart]:
    """Yield how long each running task that says so took until it was ready, whatever its checks allowed."""
    for task in evidence.running:
        ready = next((found for log in evidence.logs_of(task) if (found := _ready(evidence, task, log))), None)
        if ready:
            yield SlowStart(task, ready[0], _allowance(evidence, task).seconds, ready[1])


def _stopped_soon(task: Task, seconds: float, allowance: _Allowance) -> bool:
    """Say whether a task was stopped before its checks could see that it was ready; True where times are not known."""
    if task.ended_at is None or task.started_at is None:
        return True
    return (task.ended_at - task.started_at).total_seconds() - seconds <= allowance.between + _SLACK


def _allowance(evidence: Evidence, task: Task) -> _Allowance:
    """Return what the settings allow; what is not known is taken to be at its default.

    ECS ignores failed checks during the grace period of the service, the load balancer's and the container's alike.
    """
    grace = float(evidence.service.grace_period_seconds) if evidence.service else 0.0
    if "container health checks" in task.stopped_reason.lower():
        checks = [each.health_check for each in _containers(evidence) if each.health_check]
        needs = min((each.start_period + each.interval * each.retries for each in checks), default=90)
        return _Allowance(max(grace, float(needs)), float(max((each.interval for each in checks), default=30)))
    intervals = [(each.health_check_interval or _ELB_INTERVAL) for each in evidence.target_groups] or [_ELB_INTERVAL]
    failures = [each.unhealthy_threshold or _ELB_THRESHOLD for each in evidence.target_groups] or [_ELB_THRESHOLD]
    passes = [each.healthy_threshold or _ELB_THRESHOLD for each in evidence.target_groups] or [_ELB_THRESHOLD]
    return _Allowance(max(grace, float(min(intervals) * min(failures))), float(max(intervals) * max(passes)))


def _containers(evidence: Evidence) -> tuple[ContainerDefinition, ...]:
    return evidence.task_definition.containers if evidence.task_definition else ()


def _ready(evidence: Evidence, task: Task, log: Log) -> tuple[float, Passage] | None:
    """Return how long after its start a program was ready, by its own figure or the line's time, and the line."""
    lines = log_passages(task, log)
    took = [(_seconds(found), line) for line in lines if (found := _TOOK.search(line.text.translate(_BRACKETS)))]
    if took:
        figure, line = max(took, key=lambda each: each[0])
        return max(figure, _since(task, line.at)), line
    said = [line for line in lines if _READY.search(line.text)]
    said += [each.passage for each in listeners(lines) if not each.aside]
    said += [each.line for each in answers_to_checks(lines) if wanted(evidence, each.code)]
    timed = [line for line in said if line.at and task.started_at]
    first = min(timed, key=lambda line: _since(task, line.at), default=None)
    return (_since(task, first.at), first) if first else None


def _seconds(found: re.Match[str]) -> float:
    unit = found["unit"].lower()
    factor = 0.001 if unit.startswith(("ms", "milli")) else 60.0 if unit.startswith("m") else 1.0
    return float(found["figure"].replace(",", ".")) * factor


def _since(task: Task, at: datetime | None) -> float:
    return (at - task.started_at).total_seconds() if at and task.started_at else 0.0
