"""Reads the last log lines of tasks that stopped or are not healthy, and no more often than they can change."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from diagnostics.reads import Answer, ReadError, Reads, Shape
from diagnostics.shapes import tail

LINES = 400
"""Lines read of each container, so that what a program said before its last noise is among them."""
LAST_KEPT = 100
"""Lines kept whatever they say: a stack trace and what led to it."""
_EARLIER_KEPT = 100
_AROUND = 2
_TROUBLE = re.compile(
    r"error|exception|fatal|panic|traceback|caused by|emerg|denied|refused|cannot|unable|not found|no such|listen|port",
    re.IGNORECASE,
)
"""What an earlier line must say to be kept, with two lines on either side: trouble, or which port is listened on."""
READS_PER_LOOK = 10
"""Streams read in one look: GetLogEvents allows 25 calls a second for the whole account."""
_FINAL_AFTER = timedelta(seconds=10)
"""A crashed task's last lines may arrive after it is STOPPED: CloudWatch Logs documents no delay, seconds are usual."""
_READ_AGAIN_AFTER = timedelta(seconds=5)
"""The newest task is read in each look until its log is final: it is the one whose words decide soonest."""


@dataclass(frozen=True)
class _Kept:
    read_at: datetime
    final: bool
    events: list[Shape]
    status: object
    """The task's, when it was read: one that has stopped since has said its last words."""


@dataclass(frozen=True)
class Stream:
    """Where one container of a task logs."""

    task: str
    container: str
    group: str
    name: str
    region: str | None


class LogCollector:
    """Keeps what was read of each stream while its task is listed."""

    def __init__(self, reader: Reads) -> None:
        self._reader = reader
        self._kept: dict[tuple[str, str], _Kept] = {}

    def collect(
        self, definition: Shape, tasks: list[Shape], healthy: set[str] | None, now: datetime
    ) -> tuple[list[Shape], list[tuple[str, Answer]]]:
        """Return the document's `logs`, and what could not be read with the API's answer.

        Args:
            definition: the tasks' `taskDefinition`; names log groups and stream prefixes.
            tasks: the deployment's tasks.
            healthy: addresses of healthy targets; None where the service has no load balancer.
            now: the time of this look.
        """
        listed = {task["taskArn"] for task in tasks}
        self._kept = {key: kept for key, kept in self._kept.items() if key[0] in listed}
        failed: list[tuple[str, Answer]] = []
        reads = 0
        for number, task in enumerate(sorted((t for t in tasks if _worth_reading(t, healthy)), key=_newest_first)):
            again_after = _READ_AGAIN_AFTER if number else timedelta(0)
            for stream in streams(definition, task):
                if reads >= READS_PER_LOOK:
                    break
                if self._due(stream, task, now, again_after):
                    reads += 1
                    failed += self._read(stream, task, now)
        every = [stream for task in tasks for stream in streams(definition, task)]
        logs = [
            {"task_arn": each.task, "container": each.container, "stream": each.name, "events": kept.events}
            for each in every
            if (kept := self._kept.get((each.task, each.container))) and kept.events
        ]
        return logs, failed

    def _due(self, stream: Stream, task: Shape, now: datetime, again_after: timedelta) -> bool:
        kept = self._kept.get((stream.task, stream.container))
        if kept is None or kept.final:
            return kept is None
        return not kept.events or kept.status != _status(task) or now - kept.read_at >= again_after

    def _read(self, stream: Stream, task: Shape, now: datetime) -> list[tuple[str, Answer]]:
        stopped_at = task.get("stoppedAt")
        final = task.get("lastStatus") == "STOPPED" and stopped_at is not None and now - stopped_at > _FINAL_AFTER
        failed: list[tuple[str, Answer]] = []
        events: list[Shape] = []
        try:
            read = self._reader.get_log_events(stream.group, stream.name, LINES, stream.region)
            events = [event_of(each) for each in without_noise(read)]
        except ReadError as refused:
            if not _no_lines_yet(refused.answer, final=final):
                failed.append((f"log of {stream.container} in task {tail(stream.task)[:6]}", refused.answer))
            if kept := self._kept.get((stream.task, stream.container)):
                events = kept.events
            final = final and not refused.answer.throttled
        self._kept[stream.task, stream.container] = _Kept(now, final, events, _status(task))
        return failed


def _no_lines_yet(answer: Answer, *, final: bool) -> bool:
    """Say whether the container has only logged nothing: its stream is made with its first line.

    That the group is absent is told once the task is over; a task whose group is absent does not get to run at all.
    """
    if answer.code != "ResourceNotFoundException":
        return False
    return not final or "log stream" in answer.message.lower()


def without_noise(events: list[Shape]) -> list[Shape]:
    """Return the last lines, and of the earlier ones those that say something and their neighbours, oldest first."""
    earlier, last = events[:-LAST_KEPT], events[-LAST_KEPT:]
    telling = [n for n, event in enumerate(earlier) if _TROUBLE.search(event["message"][:_LONGEST_SEARCHED])]
    kept = {n for found in telling for n in range(found - _AROUND, found + _AROUND + 1) if 0 <= n < len(earlier)}
    return [*(earlier[n] for n in sorted(kept)[-_EARLIER_KEPT:]), *last]


_LONGEST_SEARCHED = 2000


def event_of(event: Shape) -> Shape:
    """Return one event of `GetLogEvents` as the document's `logs` has it."""
    at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    return {"timestamp": at.isoformat(), "message": event["message"]}


def _worth_reading(task: Shape, healthy: set[str] | None) -> bool:
    """Say whether the task's containers may have logged why it is not well."""
    if task.get("startedAt") is None and task.get("pullStoppedAt") is None:
        return False  # no container ran, so no stream exists
    if "STOPPED" in (task.get("lastStatus"), task.get("desiredStatus")):
        return True
    if task.get("healthStatus") == "UNHEALTHY":
        return True
    return healthy is not None and not healthy.intersection(_addresses(task))


def _addresses(task: Shape) -> Iterator[str]:
    for attachment in task.get("attachments", []):
        for detail in attachment.get("details", []):
            if detail.get("name") == "privateIPv4Address":
                yield detail.get("value", "")


def _status(task: Shape) -> object:
    return task.get("desiredStatus"), task.get("lastStatus") == "STOPPED", task.get("healthStatus")


def _newest_first(task: Shape) -> float:
    created = task.get("createdAt")
    return -created.timestamp() if created else 0.0


def streams(definition: Shape, task: Shape) -> Iterator[Stream]:
    """Yield the stream of each container of a task that logs with awslogs: `prefix/container/task-id`.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    """
    for container in definition.get("containerDefinitions", []):
        logging = container.get("logConfiguration") or {}
        options = logging.get("options") or {}
        group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
        if logging.get("logDriver") != "awslogs" or not group or not prefix:
            continue
        name = f"{prefix}/{container['name']}/{tail(task['taskArn'])}"
        yield Stream(task["taskArn"], container["name"], group, name, options.get("awslogs-region"))
