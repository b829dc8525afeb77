"""The logs as the report shows them: those that the diagnosis quotes and of failed tasks first, within a budget."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from diagnostics.model import Diagnosis, Quote
from diagnostics.printable import printable
from diagnostics.render.html.chronicle import TaskLog

BUDGET = 1024 * 1024
"""Bytes of log lines in one report, as they stand in the page."""
_LONGEST = 2000
"""Characters of one line that are shown."""
_PER_LINE = 18
"""Bytes that a line's time and its end take."""
_COLOURS = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]")


@dataclass(frozen=True)
class ShownLine:
    """One line; `quoted` where the diagnosis rests on it."""

    time: str
    text: str
    quoted: bool


@dataclass(frozen=True)
class ShownLog:
    """One container's log."""

    name: str
    failed: bool
    lines: tuple[ShownLine, ...]
    left_out: int
    """Older lines that have no room."""


def shown_logs(logs: Sequence[TaskLog], diagnosis: Diagnosis | None, budget: int = BUDGET) -> tuple[ShownLog, ...]:
    """Return the logs in the order in which they help; of a log too long its end, where programs say why they died."""
    quotes = diagnosis.evidence if diagnosis else ()
    quoted = {line.strip() for quote in quotes for line in _plain(quote.quote).split("\n") if line.strip()}
    return tuple(_within(sorted(logs, key=lambda each: not _is_named(each, quotes)), quoted, budget))


def _is_named(each: TaskLog, quotes: Iterable[Quote]) -> bool:
    if each.task is None:
        return False
    name = f"task {each.task.short_id} "
    return any(quote.source.startswith(name) and each.log.container in quote.source for quote in quotes)


def _within(logs: Iterable[TaskLog], quoted: set[str], budget: int) -> Iterator[ShownLog]:
    for each in logs:
        lines: list[ShownLine] = []
        for line in reversed(each.log.lines):
            text = _plain(line.message).rstrip("\n")
            if len(text) > _LONGEST:
                text = f"{text[:_LONGEST]}… ({len(text) - _LONGEST} more characters)"
            budget -= _size(text) + _PER_LINE
            if budget < 0:
                break
            lines.append(ShownLine(f"{line.at:%H:%M:%S}" if line.at else "", text, text.strip() in quoted))
        task = each.task
        name = f"{each.log.container} of task {task.short_id}" if task else each.log.container or each.log.stream
        failed = task is not None and task.stopped and not task.benign_stop
        yield ShownLog(name, failed, tuple(reversed(lines)), len(each.log.lines) - len(lines))


def _plain(text: str) -> str:
    """Return text without the colours of a terminal, which are no part of what a program says."""
    return printable(_COLOURS.sub("", text))


def _size(text: str) -> int:
    """Return how many bytes a text takes once it is escaped."""
    escapes = sum(text.count(sign) * 4 for sign in "&<>\"'")
    return len(text.encode("utf-8", "replace")) + escapes
