"""The load balancer's health checks that fail for tasks that live, and whether waiting can still help."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from diagnostics.evidence import Evidence, Target, TargetGroup, TargetHealth, Task
from diagnostics.model import Quote
from diagnostics.passages import died_by_itself, failure_words, log_passages

_EVENT = re.compile(
    r"\(port (?P<port>\d+)\).{0,40}? is unhealthy in \(target-group (?P<arn>[^)\s]+)\)"
    r"(?:.*?due to \(reason (?P<reason>[^)]*)\))?"
)
_TARGET_GROUP = re.compile(r"\(target-group (?P<arn>[^)\s]+)\)")
_CODES = re.compile(r"Health checks failed with these codes: \[(?P<codes>[\d,\s]+)\]")
_ACCESS = re.compile(
    r"\b(?:GET|HEAD) (?P<path>/\S*)(?: HTTP/[\d.]+)?[\"']?(?:[\s|,]| - | -> )+(?P<code>[1-5]\d\d)\b.*ELB-HealthChecker"
)
"""A line of an access log about the load balancer's own request, recognised by its user agent."""
_HEALTHY_CODES = range(200, 300)


@dataclass(frozen=True)
class Probe:
    """One target, or what an event said of one, that fails its health check."""

    target_group_arn: str
    port: int | None
    """The port that is probed."""
    reason: str
    """AWS's words: `Health checks failed`, `Request timed out`, `Health checks failed with these codes: [503]`."""
    codes: tuple[int, ...]
    """The HTTP codes that were answered; empty where nothing answered."""
    task: Task | None
    quote: Quote
    path: str = ""
    """The path that is asked for, where the words name it."""

    @property
    def silent(self) -> bool:
        """Whether nothing answered: refused, reset or no answer in time."""
        return not self.codes and not self.reason.startswith("Target.ResponseCodeMismatch")


def failing_probes(evidence: Evidence) -> list[Probe]:
    """Return the failing health checks of tasks whose process lives, or was stopped by ECS while it lived."""
    found = [*_of_targets(evidence), *_of_words(evidence), *_of_access_logs(evidence)]
    return [probe for probe in found if probe.task is None or not _died(probe.task)]


def _died(task: Task) -> bool:
    return task.stopped and any(
        container.exit_code is not None and died_by_itself(task, container.name) for container in task.containers
    )


def _of_targets(evidence: Evidence) -> Iterator[Probe]:
    for health in evidence.target_health:
        group = evidence.target_group(health.target_group_arn)
        for target in evidence.targets_of_deployment(health):
            if target.state not in ("unhealthy", "unhealthy.draining"):
                continue
            reason = target.description or target.reason
            words = ": ".join(part for part in (target.reason, target.description) if part) or target.state
            yield Probe(
                target_group_arn=health.target_group_arn,
                port=probed_port(target, group),
                reason=reason,
                codes=_codes(reason),
                task=evidence.task_of_target(target),
                quote=Quote(f"target health of {health.name}", words, evidence.captured_at),
            )


def _of_words(evidence: Evidence) -> Iterator[Probe]:
    for passage in failure_words(evidence):
        event = _EVENT.search(passage.text)
        codes = _codes(passage.text)
        if event is None and not codes:
            continue
        group = event or _TARGET_GROUP.search(passage.text)
        reason = (event["reason"] or "") if event else ""
        yield Probe(
            target_group_arn=group["arn"] if group else "",
            port=_event_port(evidence, event),
            reason=reason or passage.text,
            codes=codes,
            task=passage.task,
            quote=passage.quote(),
        )


def _of_access_logs(evidence: Evidence) -> Iterator[Probe]:
    """Yield what the programs' access logs say that they answered to the last health check of each task."""
    targets = [target for health in evidence.target_health for target in evidence.targets_of_deployment(health)]
    if targets and not any(target.state.startswith("unhealthy") for target in targets):
        return
    for task in (*evidence.running, *evidence.failed_tasks):
        for log in evidence.logs_of(task):
            answered = [(line, found) for line in log_passages(task, log) if (found := _ACCESS.search(line.text))]
            line, found = answered[-1] if answered else (None, None)
            if line and found and not _wanted(evidence, code := int(found["code"])):
                yield Probe("", None, line.text, (code,), task, line.quote(), found["path"])


def _wanted(evidence: Evidence, code: int) -> bool:
    """Say whether a target group counts the code as healthy; where no matcher is known 200 to 299 are taken to be."""
    matchers = [group.matcher for group in evidence.target_groups if group.matcher]
    return any(matches(matcher, code) for matcher in matchers) if matchers else code in _HEALTHY_CODES


def matches(matcher: str, code: int) -> bool:
    """Say whether a target group's matcher (`200`, `200,302`, `200-399`) has the code."""
    for part in matcher.split(","):
        low, _, high = part.strip().partition("-")
        if low.isdigit() and int(low) <= code <= int(high if high.isdigit() else low):
            return True
    return False


def _event_port(evidence: Evidence, event: re.Match[str] | None) -> int | None:
    group = evidence.target_group(event["arn"]) if event else None
    return _fixed_port(group) or (int(event["port"]) if event else None)


def _codes(text: str) -> tuple[int, ...]:
    found = _CODES.search(text)
    return tuple(int(code) for code in re.findall(r"\d+", found["codes"])) if found else ()


def probed_port(target: Target, group: TargetGroup | None) -> int | None:
    """Return the port that the health check goes to: the target group's own, else the target's."""
    if target.health_check_port.isdigit():
        return int(target.health_check_port)
    return _fixed_port(group) or target.port


def _fixed_port(group: TargetGroup | None) -> int | None:
    return int(group.health_check_port) if group and group.health_check_port.isdigit() else None


def waiting_may_help(evidence: Evidence, probe: Probe) -> bool:
    """Say whether the check may still pass.

    It may while ECS ignores it (`healthCheckGracePeriodSeconds` after the task started), while another target of the
    deployment passes the same check, and where the evidence does not show when the task started. It may not once ECS
    stopped a task for it.
    """
    if any(task.stopped_for_health for task in evidence.failed_tasks):
        return False
    health = next((each for each in evidence.target_health if each.target_group_arn == probe.target_group_arn), None)
    if health and _one_passes(evidence, health):
        return True
    task = probe.task or next((each for each in evidence.running if each.started_at), None)
    if evidence.service is None or evidence.captured_at is None or task is None or task.started_at is None:
        return True
    return task.started_at + timedelta(seconds=evidence.service.grace_period_seconds) > evidence.captured_at


def _one_passes(evidence: Evidence, health: TargetHealth) -> bool:
    return any(target.healthy for target in evidence.targets_of_deployment(health))
