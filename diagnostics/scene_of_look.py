"""What one look shows of a service, for a live view: with every credential masked, and what the watcher thinks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from diagnostics.evidence import Evidence, Task
from diagnostics.model import Diagnosis, Verdict
from diagnostics.redact import credentials_of, redact_text
from diagnostics.scene import DeploymentRow, LogTail, Mood, Said, ServiceView, TaskRow
from diagnostics.serving import Serving
from diagnostics.shapes import tail
from diagnostics.watch import Look, WatchState

_LOG_LINES = 40
_EVENTS = 40
_TASKS = 40
_LONGEST = 600
"""Characters of a text that are kept: no screen shows more of one line."""
_MASKED = 8_000
"""Characters of a text that credentials are looked for in; more than are kept, so that none is cut before that."""
_Mask = Callable[[str], str]


def service_view(before: ServiceView, look: Look) -> ServiceView:
    """Return what a look shows of a service, with every credential masked.

    Args:
        before: what was shown before. A look that could not read the service keeps its figures, and the log of what
            failed stays when ECS lists its task no more.
        look: the last look.
    """
    evidence = look.evidence
    names, values = credentials_of(evidence.document)

    def mask(text: str) -> str:
        return redact_text(text[:_MASKED], names, values)[:_LONGEST]

    mood, thought = (before.mood, before.thought) if before.proven else think(look)
    service = evidence.service
    if service is None:
        return replace(before, mood=mood, thought=thought)
    view = replace(before, mood=mood, thought=thought, deployments=_deployments(evidence, look))
    if look.deployment_id is None:
        return view
    mine = service.deployment(look.deployment_id)
    return replace(
        view,
        revision=tail(mine.task_definition) if mine else before.revision,
        created_at=look.created_at,
        breaker=_breaker(evidence),
        alarms=_alarms(evidence),
        tasks=tuple(_task(evidence, task, mask) for task in _in_order(evidence.deployment_tasks)[:_TASKS]),
        log=_failing_log(evidence, look.diagnosis, mask) or before.log,
        events=tuple(Said(event.at, mask(event.message)) for event in reversed(evidence.events[:_EVENTS])),
    )


def think(look: Look) -> tuple[Mood, str]:
    """Return how bad it is and what the watcher makes of a look, in one line."""
    what = look.diagnosis.what
    said = {
        WatchState.WAITING: (Mood.NOTE, "no deployment of this update is seen yet"),
        WatchState.SERVING: (Mood.OK, f"{look.serving.revision} serves: {_counts(look.serving)}"),
        WatchState.AT_ZERO: (Mood.OK, "the deployment is completed, and no task is wanted of it"),
        WatchState.DOOMED: (Mood.ERROR, f"waiting cannot help: {what}"),
        WatchState.ROLLED_BACK: (Mood.ERROR, f"ECS went back to {_primary(look)}: {what}"),
        WatchState.FAILED: (Mood.ERROR, f"ECS gave the deployment up: {what}"),
    }
    return said.get(look.state) or _think_on_the_way(look)


def _think_on_the_way(look: Look) -> tuple[Mood, str]:
    diagnosis = look.diagnosis
    if diagnosis.verdict is Verdict.SUSPECT:
        return Mood.WARNING, f"it may recover: {diagnosis.what}"
    if diagnosis.verdict is Verdict.STALLED:
        return Mood.WARNING, f"stalled: {diagnosis.what}"
    if diagnosis.verdict is Verdict.UNKNOWN and diagnosis.evidence:
        return Mood.WARNING, diagnosis.what
    if look.evidence.service is None and look.gaps:
        return Mood.WARNING, f"could not read {look.gaps[0].what}: {look.gaps[0].why}"
    missing = look.serving.missing[-1] if look.serving.missing else ""
    return Mood.NOTE, f"nothing has failed so far{f'; {missing}' if missing else ''}"


def _counts(serving: Serving) -> str:
    tasks = f"{serving.running} of {serving.desired} tasks run"
    return f"{tasks}, {serving.targets_healthy} of {serving.targets_total} healthy" if serving.targets_total else tasks


def _primary(look: Look) -> str:
    primary = look.evidence.primary
    return tail(primary.task_definition) if primary else "an earlier deployment"


def _breaker(evidence: Evidence) -> str:
    whole = evidence.service_deployment
    configured = evidence.service.deployment_configuration.circuit_breaker if evidence.service else None
    if whole is None or configured is False:
        return "off" if configured is False else ""
    count = "" if whole.breaker_threshold is None else f"{whole.breaker_failures or 0} of {whole.breaker_threshold}"
    return " ".join(filter(None, (count, "TRIGGERED" if whole.breaker_status == "TRIGGERED" else "")))


def _alarms(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    configuration = evidence.service.deployment_configuration if evidence.service else None
    if configuration is None or configuration.alarms_enabled is False:
        return ()
    whole = evidence.service_deployment
    read = {alarm.name: alarm.state for alarm in evidence.alarms}
    triggered = dict.fromkeys(whole.triggered_alarms if whole else (), "ALARM")
    known = {**dict.fromkeys(configuration.alarm_names, ""), **triggered}
    return tuple((name, triggered.get(name) or read.get(name) or "") for name in known)


def _deployments(evidence: Evidence, look: Look) -> tuple[DeploymentRow, ...]:
    return tuple(
        DeploymentRow(
            revision=tail(each.task_definition),
            status=each.status,
            state=each.rollout_state,
            desired=each.desired_count or 0,
            running=each.running_count or 0,
            pending=each.pending_count or 0,
            failed=each.failed_tasks or 0,
            mine=each.id == look.deployment_id,
            healthy=_healthy(evidence, each.id),
        )
        for each in sorted(evidence.deployments, key=lambda each: each.status != "PRIMARY")
    )


def _healthy(evidence: Evidence, deployment_id: str) -> int | None:
    """Return how many targets of a deployment's tasks are healthy, in the target group that has fewest."""
    mine = {address for task in evidence.tasks if task.started_by == deployment_id for address in task.addresses}
    if not mine:
        return None
    counts = (sum(each.healthy and each.id in mine for each in group.targets) for group in evidence.target_health)
    return min(counts, default=None)


def _in_order(tasks: tuple[Task, ...]) -> list[Task]:
    """Return living tasks first, the oldest of them on top; then those that ended, the last one first."""
    living = sorted((each for each in tasks if not each.stopped), key=lambda each: _stamp(each.created_at))
    ended = sorted((each for each in tasks if each.stopped), key=lambda each: -_stamp(each.ended_at))
    return living + ended


def _stamp(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0


def _task(evidence: Evidence, task: Task, mask: _Mask) -> TaskRow:
    return TaskRow(
        id=task.short_id,
        state=task.last_status or "?",
        health=_health(evidence, task),
        created_at=task.created_at,
        ended_at=task.ended_at if task.stopped else None,
        reason=mask(_reason(task)),
        stopped=task.stopped,
    )


def _health(evidence: Evidence, task: Task) -> str:
    states = [
        target.state
        for group in evidence.target_health
        for target in group.targets
        if target.id in task.addresses and target.state
    ]
    own = "" if task.health_status in {"", "UNKNOWN"} else task.health_status.lower()
    worst = next((state for state in states if state != "healthy"), states[0] if states else "")
    return own if own and (not worst or own != "healthy") else worst


def _reason(task: Task) -> str:
    """Return why a task ended: the exit codes first where they are the reason."""
    if not task.stopped:
        return ""
    codes = [f"{each.name} exited with {each.exit_code}" for each in task.containers if each.exit_code is not None]
    reasons = [*(each.reason for each in task.containers if each.reason), task.stopped_reason]
    told = (*codes, *reasons) if task.stop_code == "EssentialContainerExited" else (*reasons, *codes)
    return "; ".join(dict.fromkeys(filter(None, told)))


def _failing_log(evidence: Evidence, diagnosis: Diagnosis, mask: _Mask) -> LogTail | None:
    """Return the log of the task that failed last; of one that runs where something is wrong with the deployment."""
    failed = sorted(evidence.failed_tasks, key=lambda each: -_stamp(each.ended_at))
    wrong = diagnosis.verdict in {Verdict.SUSPECT, Verdict.STALLED, Verdict.DOOMED} or bool(diagnosis.evidence)
    for task in [*failed, *(evidence.running if wrong else ())]:
        for log in evidence.logs_of(task):
            if log.lines:
                lines = tuple(Said(line.at, mask(line.message)) for line in log.lines[-_LOG_LINES:])
                return LogTail(f"{log.container} (task {task.short_id})", lines)
    return None
