"""What happened, in its order: the looks of a recording become rows of states, marks in time, counts and logs.

Times of tasks, events and alarms are AWS's own. What AWS gives no time for (the state of a target, of a deployment) is
dated by the look that first showed it. No look is kept, so that a recording of any length takes the same memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from diagnostics.evidence import Deployment, Evidence, Log, Target, Task
from diagnostics.render.html.tracks import Row, Span, Track
from diagnostics.render.html.words import (
    Tone,
    alarm_tone,
    container_health_tone,
    deployment_tone,
    target_said,
    target_tone,
    task_said,
)
from diagnostics.shapes import tail


@dataclass(frozen=True)
class Mark:
    """Something that happened at one moment."""

    at: datetime
    who: str
    """`ECS`, `alarm`, `task`, or the name of our own command."""
    text: str


@dataclass(frozen=True)
class Counts:
    """How many tasks there were at one look."""

    at: datetime
    desired: int
    running: int
    pending: int
    failed: int
    others_running: int
    """Of all other deployments of the service."""

    @property
    def figures(self) -> tuple[int, ...]:
        """Everything but the time."""
        return self.desired, self.running, self.pending, self.failed, self.others_running


@dataclass(frozen=True)
class TaskLog:
    """What one container of one task logged; the task is None where only its log was read."""

    task: Task | None
    log: Log


@dataclass(frozen=True)
class Chronicle:
    """All looks together. Everything may be empty: a document holds what could be read."""

    looks: int = 0
    deployment: str | None = None
    began: datetime | None = None
    """When the deployment did; None where that is not known."""
    last_look: datetime | None = None
    deployments: tuple[Row, ...] = ()
    tasks: tuple[Row, ...] = ()
    """Of this deployment, in the order in which they were created."""
    health: tuple[Row, ...] = ()
    """Of its targets and of its containers' own checks; then of the targets of other deployments."""
    alarms: tuple[Row, ...] = ()
    marks: tuple[Mark, ...] = ()
    counts: tuple[Counts, ...] = ()
    logs: tuple[TaskLog, ...] = ()
    """Of the tasks that failed, the newest first; then of the others."""


class Chronicler:
    """Takes the looks in their order; `chronicle` is what they say together."""

    def __init__(self) -> None:
        self._looks = 0
        self._last: Evidence | None = None
        self._last_at: datetime | None = None
        self._deployments: dict[str, Track] = {}
        self._targets: dict[tuple[str, str, int | None], Track] = {}
        self._groups: dict[str, str] = {}
        """Names of the target groups by ARN."""
        self._ours: set[tuple[str, str, int | None]] = set()
        self._container_health: dict[str, Track] = {}
        self._alarms: dict[str, Track] = {}
        self._tasks: dict[str, Task] = {}
        self._logs: dict[tuple[str, str, str], Log] = {}
        self._marks: dict[Any, Mark] = {}
        self._counts: list[Counts] = []

    def add(self, evidence: Evidence) -> None:
        """Take one more look."""
        self._looks += 1
        if evidence.service or evidence.tasks or self._last is None:
            self._last = evidence
        at = evidence.captured_at
        if at is not None:
            self._last_at = at
            self._add_deployments(evidence, at)
            self._add_targets(evidence, at)
            self._add_container_health(evidence, at)
            self._add_counts(evidence, at)
        self._add_alarms(evidence)
        self._tasks |= {task.arn: task for task in evidence.deployment_tasks}
        self._logs |= {(log.task_arn, log.container, log.stream): log for log in evidence.logs if log.lines}
        for event in evidence.events:
            if event.at is not None:
                self._marks.setdefault(event.id or (event.at, event.message), Mark(event.at, "ECS", event.message))

    @property
    def chronicle(self) -> Chronicle:
        """What the looks say together."""
        last = self._last
        if last is None:
            return Chronicle()
        tasks = sorted(self._tasks.values(), key=_created)
        health = [self._target_row(key) for key in self._targets if key in self._ours]
        health += [track.row for track in self._container_health.values()]
        health += [self._target_row(key) for key in self._targets if key not in self._ours]
        return Chronicle(
            looks=self._looks,
            deployment=last.deployment_id,
            began=last.deployment_created_at,
            last_look=self._last_at,
            deployments=tuple(track.row for track in self._deployments.values()),
            tasks=tuple(_task_row(task) for task in tasks),
            health=tuple(health),
            alarms=tuple(track.row for track in self._alarms.values()),
            marks=tuple(sorted((*self._marks.values(), *_ends(tasks)), key=lambda mark: mark.at)),
            counts=tuple(self._counts),
            logs=tuple(self._task_logs(tasks)),
        )

    def _add_deployments(self, evidence: Evidence, at: datetime) -> None:
        """The explained one has the state of its service deployment, which outlives its place in the service's list."""
        if evidence.service is None:
            return
        listed = {each.id: each for each in evidence.deployments}
        whole, mine = evidence.service_deployment, evidence.deployment_id
        for each in evidence.deployments:
            state = whole.status if whole and whole.status and each.id == mine else _state(each)
            since = at if each.id in self._deployments else _since(each, state) or at
            track = self._deployments.setdefault(each.id, Track(f"{tail(each.task_definition)} ({_short(each.id)})"))
            track.see(since, state, deployment_tone(state), state)
        for known, track in self._deployments.items():
            if known in listed:
                continue
            if known == mine and whole and whole.status:
                track.see(at, whole.status, deployment_tone(whole.status), whole.status)
            else:
                track.lose(at)

    def _add_targets(self, evidence: Evidence, at: datetime) -> None:
        for group in evidence.target_health:
            self._groups[group.target_group_arn] = group.name
            ours = {(target.id, target.port) for target in evidence.targets_of_deployment(group)}
            there = set()
            for target in group.targets:
                key = (group.target_group_arn, target.id, target.port)
                there.add(key)
                if (target.id, target.port) in ours:
                    self._ours.add(key)
                track = self._targets.setdefault(key, Track(_target_name(evidence, target)))
                track.see(at, target.state, target_tone(target.state), target_said(target))
            for key, track in self._targets.items():
                if key[0] == group.target_group_arn and key not in there:
                    track.lose(at)

    def _target_row(self, key: tuple[str, str, int | None]) -> Row:
        row = self._targets[key].row
        return row if len(self._groups) <= 1 else replace(row, name=f"{row.name} in {self._groups[key[0]]}")

    def _add_container_health(self, evidence: Evidence, at: datetime) -> None:
        for task in evidence.deployment_tasks:
            state = task.health_status
            if task.stopped and task.arn in self._container_health:
                self._container_health[task.arn].lose(task.ended_at or at)
            elif not task.stopped and state not in ("", "UNKNOWN"):
                track = self._container_health.setdefault(task.arn, Track(f"container checks of task {task.short_id}"))
                track.see(at, state, container_health_tone(state), state)

    def _add_alarms(self, evidence: Evidence) -> None:
        for alarm in evidence.alarms:
            at = alarm.state_updated_at or evidence.captured_at
            if at is None:
                continue
            said = f"{alarm.state}: {alarm.state_reason}" if alarm.state_reason else alarm.state
            self._alarms.setdefault(alarm.name, Track(alarm.name)).see(at, alarm.state, alarm_tone(alarm.state), said)
            if alarm.state == "ALARM":
                self._marks.setdefault(("alarm", alarm.name, at), Mark(at, "alarm", f"{alarm.name} is in {said}"))

    def _add_counts(self, evidence: Evidence, at: datetime) -> None:
        service = evidence.service
        if service is None:
            return
        mine = evidence.deployment
        whole = evidence.service_deployment
        counted = max((mine.failed_tasks or 0) if mine else 0, (whole.breaker_failures or 0) if whole else 0)
        now = Counts(
            at,
            desired=(mine.desired_count if mine else None) or service.desired_count or 0,
            running=(mine.running_count or 0) if mine else 0,
            pending=(mine.pending_count or 0) if mine else 0,
            failed=max(counted, len([task for task in evidence.failed_tasks if task.stopped_at])),
            others_running=sum(each.running_count or 0 for each in evidence.deployments if each is not mine),
        )
        if not self._counts or self._counts[-1].figures != now.figures:
            self._counts.append(now)

    def _task_logs(self, tasks: list[Task]) -> Iterator[TaskLog]:
        failed = [task.arn for task in reversed(tasks) if task.stopped and not task.benign_stop]
        order = {arn: n for n, arn in enumerate(dict.fromkeys((*failed, *(task.arn for task in tasks))))}
        for log in sorted(self._logs.values(), key=lambda each: order.get(each.task_arn, len(order))):
            yield TaskLog(self._tasks.get(log.task_arn), log)


def _created(task: Task) -> tuple[bool, float]:
    return task.created_at is None, task.created_at.timestamp() if task.created_at else 0.0


def _state(deployment: Deployment) -> str:
    return deployment.rollout_state or deployment.status or "not shown"


def _since(deployment: Deployment, state: str) -> datetime | None:
    """Return since when a deployment is as the first look shows it: since it began, or since it last changed."""
    return deployment.created_at if state in _ON_ITS_WAY else deployment.updated_at


_ON_ITS_WAY = {"PENDING", "IN_PROGRESS"}


def _short(deployment_id: str) -> str:
    number = tail(deployment_id)
    return f"…{number[-4:]}" if len(number) > len("…1234") else number


def _target_name(evidence: Evidence, target: Target) -> str:
    task = evidence.task_of_target(target)
    port = f":{target.port}" if target.port is not None else ""
    return f"{target.id}{port}" + (f" of task {task.short_id}" if task else "")


def _task_row(task: Task) -> Row:
    return Row(f"task {task.short_id}", task_said(task), tuple(_task_spans(task)))


def _task_spans(task: Task) -> Iterator[Span]:
    """Starting, running, stopping: as far as the task's own times tell them apart."""
    ended = task.ended_at
    if task.created_at:
        yield Span("starting", Tone.WAITING, task.created_at, task.started_at or ended)
    if task.started_at:
        yield Span("running", Tone.RUNNING, task.started_at, ended)
    if ended:
        tone = Tone.OVER if task.benign_stop else Tone.BAD
        yield Span("stopping", tone, ended, task.stopped_at)


def _ends(tasks: list[Task]) -> Iterator[Mark]:
    """ECS's events do not say why a task stopped, and not of every task that it did."""
    for task in tasks:
        if task.stopped and not task.benign_stop and task.ended_at:
            yield Mark(task.ended_at, "task", f"{task.short_id} ended: {task_said(task)}")
