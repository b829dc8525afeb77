"""The timeline to scale: a chronicle becomes shares of the page's width, ticks, and the steps of the counts.

Everything horizontal is a percentage, so that the drawing is as wide as the page and its texts keep their size. It is
plain SVG from the template and not a plotting library's: those draw for one width, write styles or scripts into the
page that its policy forbids, and make texts that a reader cannot select or enlarge.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from diagnostics.render.html.chronicle import Chronicle, Counts, Mark
from diagnostics.render.html.tracks import Row, Span

MOST_ROWS = 200
"""Rows of one kind that are drawn; of 100 tasks every one is."""
MOST_MARKS = 500
"""Marks that are shown: the newest."""
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
"""Seconds between two ticks, one of these or whole days."""
_MOST_TICKS = 5
_MARGIN = 0.04
"""What is left behind the last thing that happened, so that it is seen to be over or to go on."""
_LEAST_WIDTH = 0.4
"""Percent: a state that lasted a moment is still seen."""
HEIGHT = 100
"""Of the drawing of the counts, in its own units; it is 1000 wide."""
_WIDTH = 1000


class Tick(NamedTuple):
    """A place on the scale."""

    x: float
    offset: str
    anchor: str
    """How its text stands to it: `start`, `middle` or `end`."""


class Bar(NamedTuple):
    """A state, where it is drawn."""

    x: float
    width: float
    span: Span


class DrawnRow(NamedTuple):
    """A row and its bars."""

    row: Row
    bars: tuple[Bar, ...]
    told: str
    """The same in words, for whoever does not see the drawing."""


class Lane(NamedTuple):
    """Rows of one kind."""

    title: str
    rows: tuple[DrawnRow, ...]
    more: int
    """How many are not drawn."""


class DrawnMark(NamedTuple):
    """A mark, where it is drawn and how long after the beginning it was."""

    x: float
    offset: str
    mark: Mark


class Series(NamedTuple):
    """One count over time."""

    name: str
    key: str
    path: str
    last: int


@dataclass(frozen=True)
class Drawing:
    """A chronicle, drawn."""

    start: datetime
    end: datetime
    ticks: tuple[Tick, ...]
    lanes: tuple[Lane, ...]
    marks: tuple[DrawnMark, ...]
    marks_left_out: int
    series: tuple[Series, ...]
    most: int
    """The top of the counts' scale."""


def draw(chronicle: Chronicle, acts: Sequence[Mark] = ()) -> Drawing | None:
    """Return the drawing of what happened and of what we did; None where nothing has a time."""
    marks = sorted((*chronicle.marks, *acts), key=lambda mark: mark.at)
    window = _window(chronicle, marks)
    if window is None:
        return None
    scale = Scale(*window)
    kinds = {
        "Deployments": chronicle.deployments,
        "Tasks": chronicle.tasks,
        "Health": chronicle.health,
        "Alarms": chronicle.alarms,
    }
    shown = marks[-MOST_MARKS:]
    return Drawing(
        start=scale.start,
        end=scale.end,
        ticks=tuple(scale.ticks()),
        lanes=tuple(_lane(title, rows, scale) for title, rows in kinds.items() if rows),
        marks=tuple(DrawnMark(scale.x(mark.at), scale.offset(mark.at), mark) for mark in shown),
        marks_left_out=len(marks) - len(shown),
        series=tuple(_series(chronicle.counts, scale)),
        most=_most(chronicle.counts),
    )


class Scale:
    """Moments as percentages of the width."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        self._seconds = (end - start).total_seconds()

    def x(self, at: datetime) -> float:
        """Return how far from the left a moment is, in percent, within the drawing."""
        share = (at - self.start).total_seconds() / self._seconds
        return round(100 * min(1.0, max(0.0, share)), 2)

    def offset(self, at: datetime) -> str:
        """Return how long after the beginning a moment is: `+1:52`, `+2:01:05`."""
        return offset((at - self.start).total_seconds())

    def ticks(self) -> Iterator[Tick]:
        """Yield about five places with round distances."""
        days = -(-self._seconds // (86400 * _MOST_TICKS)) * 86400
        step = next((each for each in _STEPS if self._seconds / each <= _MOST_TICKS), days)
        for number in range(int(self._seconds // step) + 1):
            x = self.x(self.start + timedelta(seconds=number * step))
            yield Tick(x, offset(number * step), "start" if number == 0 else "end" if x > 95 else "middle")  # noqa: PLR2004


def offset(seconds: float) -> str:
    """Return a distance in time as people write it: `+0:05`, `+1:52`, `+2:01:05`, `+3d 02:00:00`."""
    sign, whole = ("-", -int(seconds)) if seconds <= -1 else ("+", int(seconds))
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{sign}{days}d {hour:02}:{minute:02}:{second:02}"
    return f"{sign}{hour}:{minute:02}:{second:02}" if hour else f"{sign}{minute}:{second:02}"


def _window(chronicle: Chronicle, marks: Sequence[Mark]) -> tuple[datetime, datetime] | None:
    """Return from when to when it is drawn: to the last change, not to a look long after it."""
    times = [*_changes(chronicle), *(mark.at for mark in marks)]
    start = chronicle.began or min(times, default=None)
    if start is None:
        return None
    last = max((start, *times))
    seconds = max(1.0, (last - start).total_seconds() * (1 + _MARGIN))
    try:
        return start, start + timedelta(seconds=seconds)
    except OverflowError:
        return None  # a document that gives the year 9999


def _changes(chronicle: Chronicle) -> Iterator[datetime]:
    """Yield when something changed. That a look was the first to show something is no change."""
    for row in (*chronicle.deployments, *chronicle.tasks, *chronicle.alarms):
        for span in row.spans:
            yield from (span.start, *([span.end] if span.end else []))
    for row in chronicle.health:
        yield from (span.end for span in row.spans if span.end)
    yield from (counts.at for counts in chronicle.counts[1:])


def _lane(title: str, rows: Sequence[Row], scale: Scale) -> Lane:
    drawn = tuple(DrawnRow(row, tuple(_bars(row.spans, scale)), _told(row, scale)) for row in rows[:MOST_ROWS])
    return Lane(title, drawn, max(0, len(rows) - MOST_ROWS))


def _bars(spans: Iterable[Span], scale: Scale) -> Iterator[Bar]:
    for span in spans:
        if span.end and span.end < scale.start:
            continue
        x, end = scale.x(span.start), scale.x(span.end or scale.end)
        width = max(_LEAST_WIDTH, round(end - x, 2))
        yield Bar(min(x, 100 - width), width, span)


def _told(row: Row, scale: Scale) -> str:
    """Return the row's states in words."""
    said = [
        f"{span.state} from {scale.offset(span.start)}" + (f" to {scale.offset(span.end)}" if span.end else " on")
        for span in row.spans
    ]
    return f"{row.name}: {', '.join(said) or 'no times known'}"


_SERIES = (
    ("wanted", "desired"),
    ("running", "running"),
    ("starting", "pending"),
    ("failed", "failed"),
    ("running of other deployments", "others_running"),
)


def _series(counts: Sequence[Counts], scale: Scale) -> Iterator[Series]:
    if len(counts) < 2:  # noqa: PLR2004 - one look is no course
        return
    most = _most(counts)
    for name, key in _SERIES:
        values = [(each.at, int(getattr(each, key))) for each in counts]
        if any(value for _, value in values):
            yield Series(name, key.replace("_", "-"), _path(values, scale, most), values[-1][1])


def _path(values: Sequence[tuple[datetime, int]], scale: Scale, most: int) -> str:
    """Return steps: a count holds until the next look shows another one."""

    def point(at: datetime, value: int) -> tuple[str, str]:
        return f"{scale.x(at) * _WIDTH / 100:.1f}", f"{HEIGHT - HEIGHT * value / most:.1f}"

    x, y = point(*values[0])
    steps = [f"M{x} {y}"]
    for (_, before), (at, value) in pairwise(values):
        if before != value:
            x, y = point(at, value)
            steps.append(f"H{x}V{y}")
    return "".join([*steps, f"H{_WIDTH}"])


def _most(counts: Sequence[Counts]) -> int:
    return max((max(each.figures) for each in counts), default=0) or 1
