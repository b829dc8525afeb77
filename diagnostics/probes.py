"""The load balancer's health checks that fail for tasks that live, and whether waiting can still help."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from diagnostics.evidence import Evidence, Target, TargetGroup, TargetHealth, Task
from diagnostics.model import Quote
from diagnostics.passages import Passage, died_by_itself, end_is_told, failure_words, log_passages

_EVENT = re.compile(
    r"(?P<instance>\(instance i-[0-9a-f]+\) )?\(port (?P<port>\d+)\).{0,40}?"
    r" is unhealthy in \(?target-group (?P<group>[^)\s]+)\)?"
    r"(?:.*?due to \(reason (?P<reason>[^)]*)\)?)?",
    re.IGNORECASE,
)
"""Older wordings name the target group without an ARN and without brackets."""
_TARGET_GROUP = re.compile(r"\(target-group (?P<group>arn:[^)\s]+)\)")
_CODES = re.compile(
    r"Health checks failed with these codes: \[(?P<codes>\d{3}[\d,\s]*)(?:\]|[.\u2026\s]*\Z)", re.IGNORECASE
)
_ANSWERED = re.compile(r"Health checks failed with the(?:se)?\b", re.IGNORECASE)
"""Cut off before the code, which only an answer has."""
_ACCESS = re.compile(
    r"\b(?:GET|HEAD) (?P<path>/\S*)(?: HTTP/[\d.]+)?[\"']?(?:[\s|,]| - | -> )+(?P<code>[1-5]\d\d)\b.*ELB-HealthChecker"
)
"""A line of an access log about the load balancer's own request, recognised by its user agent."""
_ACCESS_CODE = re.compile(
    r"(?:\"(?:status|status_?code|response_?code)\"\s*:\s*\"?|\b(?:status|status_?code|code)=)(?P<code>[1-5]\d\d)\b",
    re.IGNORECASE,
)
_ACCESS_PATH = re.compile(
    r"\"(?:path|uri|url|request_?uri|request_?path)\"\s*:\s*\"(?P<path>/[^\"\s]*)\"", re.IGNORECASE
)
"""The same in a line of JSON."""
_VISIT = re.compile(
    r"\b(?:GET|HEAD) (?P<path>/[^\s\"']{0,200}+)(?: HTTP/[\d.]{1,5})?[\"']?(?:[\s|,]| - | -> ){1,20}+"
    r"(?P<code>[1-5]\d\d)\b"
)
"""A line of an access log about anybody's request."""
_CHECK_PATH = re.compile(
    r"(?:/[\w.-]{1,60}){0,4}/_?(?:health\w{0,20}|live|livez|liveness|ready|readyz|readiness|ping|status|up|heartbeat"
    r"|alive)(?:[-_.]checks?)?/?(?:\?.*)?",
    re.IGNORECASE,
)
"""A path that is there to be asked for by health checks."""
_PRIVATE = r"(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168)(?:\.\d{1,3}){2,3}"
_HOST_REFUSED = (
    (re.compile(rf"\bInvalid HTTP_HOST header: '{_PRIVATE}[:']"), 400),
    (re.compile(rf"\bBlocked hosts?: {_PRIVATE}\b"), 403),
)
"""What Django and Rails log of a request by the task's address, as the load balancer's is, and the code they answer."""
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
    on_instance: bool = False
    """Whether the target is an EC2 instance: then `port` is the host's, mapped to one of the container."""
    guessed: bool = False
    """Whether the line that tells of the answer does not say that the load balancer asked."""

    @property
    def timed_out(self) -> bool:
        """Whether no answer came in time, rather than a refusal or a code."""
        said = self.reason.lower()
        return self.silent and ("timed o" in said or said.startswith("request") or "Target.Timeout" in self.quote.quote)

    @property
    def silent(self) -> bool:
        """Whether nothing answered: refused, reset or no answer in time."""
        return not (
            self.codes or self.reason.startswith("Target.ResponseCodeMismatch") or _ANSWERED.search(self.reason)
        )


def failing_probes(evidence: Evidence) -> list[Probe]:
    """Return the failing health checks of tasks whose process lives, or was stopped by ECS while it lived.

    Worked out once for each evidence; the list is not to be changed.
    """
    if "failing probes" not in evidence.derived:
        found = (*_of_targets(evidence), *_of_words(evidence), *_of_access_logs(evidence))
        living = [probe for probe in found or _of_visits(evidence) if probe.task is None or not _died(probe.task)]
        evidence.derived["failing probes"] = living
    probes: list[Probe] = evidence.derived["failing probes"]
    return probes


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
                on_instance=target.id.startswith("i-"),
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
            target_group_arn=_arn(evidence, group["group"].rstrip(".")) if group else "",
            port=_event_port(evidence, event),
            reason=reason or passage.text,
            codes=codes,
            task=passage.task,
            quote=passage.quote(),
            on_instance=bool(event and event["instance"]),
        )


def _arn(evidence: Evidence, group: str) -> str:
    """Return the ARN of a target group that an event names by its ARN or its name; "" where nothing tells."""
    if group.startswith("arn:"):
        return group
    return next((each.arn for each in evidence.target_groups if each.name == group), "")


def _of_access_logs(evidence: Evidence) -> Iterator[Probe]:
    """Yield what the programs' access logs say that they answered to the last health check of each task."""
    targets = [target for health in evidence.target_health for target in evidence.targets_of_deployment(health)]
    if targets and not any(target.state.startswith("unhealthy") for target in targets):
        return
    for task in (*evidence.running, *evidence.failed_tasks):
        for log in evidence.logs_of(task):
            answered = answers_to_checks(log_passages(task, log))
            if answered and not wanted(evidence, (last := answered[-1]).code):
                yield Probe("", None, last.line.text, (last.code,), task, last.line.quote(), last.path)


def _of_visits(evidence: Evidence) -> Iterator[Probe]:
    """Yield the last answer to a request like a health check in the log of each task that the load balancer's failed.

    For where AWS's words tell of no answer, and no line says who asked. Where nothing at all is shown of a task's end,
    only what a framework says of a request by the task's address counts: nobody but the load balancer calls it so.
    """
    for task in evidence.failed_tasks:
        by_the_check = task.stopped_for_health and "ELB" in task.stopped_reason
        if not by_the_check and (task.stop_code or end_is_told(task)):
            continue
        for log in evidence.logs_of(task):
            look = _visit if by_the_check else _refused_host
            visits = [visit for line in log_passages(task, log) if (visit := look(line))]
            if visits and not wanted(evidence, (last := visits[-1]).code):
                yield Probe("", None, last.line.text, (last.code,), task, last.line.quote(), last.path, guessed=True)


def _visit(line: Passage) -> "Answer | None":
    text = line.text[:_LONGEST]
    if (found := _VISIT.search(text)) and _CHECK_PATH.fullmatch(found["path"]):
        return Answer(line, int(found["code"]), found["path"])
    return _refused_host(line)


def _refused_host(line: Passage) -> "Answer | None":
    text = line.text[:_LONGEST]
    code = next((code for pattern, code in _HOST_REFUSED if pattern.search(text)), 0)
    return Answer(line, code, "") if code else None


_LONGEST = 400
"""Longer lines are none of an access log."""


@dataclass(frozen=True)
class Answer:
    """What a program's access log says that it answered to one health check of the load balancer."""

    line: Passage
    code: int
    path: str


def answers_to_checks(lines: list[Passage]) -> list[Answer]:
    """Return what a program's access log says that it answered to the load balancer's health checks, oldest first."""
    return [answer for line in lines if line.has("elb-healthchecker") and (answer := _answer(line))]


def _answer(line: Passage) -> Answer | None:
    if found := _ACCESS.search(line.text):
        return Answer(line, int(found["code"]), found["path"])
    code, path = _ACCESS_CODE.search(line.text), _ACCESS_PATH.search(line.text)
    return Answer(line, int(code["code"]), path["path"] if path else "") if code else None


def wanted(evidence: Evidence, code: int) -> bool:
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
    group = evidence.target_group(_arn(evidence, event["group"].rstrip("."))) if event else None
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
