"""One frame of the live view: a scene laid out in so many columns and rows, as lines with roles."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len, set_cell_size

from diagnostics.printable import sentence
from diagnostics.render.lines import Line, Part
from diagnostics.render.live_room import Section, beside, fitted, stacked, wrapped
from diagnostics.scene import DeploymentRow, Mood, Said, Scene, ServiceView, TaskRow

WIDE = 120
"""Columns from which the lower part stands in two columns."""
_THOUGHT_ROWS = 2
_GAP = 2
_TASK_ID = 8
_TASK_STATE = 15
_TASK_AGE = 8
_TASK_HEALTH = 11
_TARGET_GROUP = re.compile(r"arn:aws[\w-]*:elasticloadbalancing:[^:\s]*:\d*:targetgroup/([^/\s]+)/\w+")
_LONG_ID = re.compile(r"\b([0-9a-f]{6})[0-9a-f]{26}\b")
_OF_SERVICE = re.compile(r"^\(service [^)]+\) ")
_MOOD_WORDS = {Mood.OK: "ok", Mood.NOTE: "watching", Mood.WARNING: "warning", Mood.ERROR: "failing"}
_BAD_HEALTH = {"unhealthy", "unused", "unavailable"}


def frame(scene: Scene, now: datetime, width: int, height: int) -> list[Line]:
    """Return at most `height` lines of at most `width` columns."""
    width = max(width, 1)
    lines = [_title(scene, now, width), *_thought(scene, width)]
    lines += _services(scene, now, width, max(4, height // 3))
    room = height - len(lines)
    tasks, log = _tasks(scene.focus, now), _log(scene.focus)
    happened, engine = _happened(scene), _engine(scene, now)
    if width >= WIDE:
        left_width = (width - _GAP) // 2
        lines += beside(stacked([tasks, log], room), stacked([happened, engine], room), left_width)
    else:
        lines += stacked([tasks, happened, log, engine], room)
    return [fitted(line, width) for line in lines[:height]]


def standing(scene: Scene, now: datetime, width: int) -> list[Line]:
    """Return how the services stand, all of them in full."""
    width = max(width, 1)
    rows = _HEADER_ROWS + sum(_ROWS_AROUND + len(service.deployments) for service in scene.services)
    lines = [_title(scene, now, width), *_thought(scene, width), *_services(scene, now, width, rows)]
    return [fitted(line, width) for line in lines]


def summary(scene: Scene, now: datetime, width: int, *, events: bool = False) -> list[Line]:
    """Return what is left of the view when it ends: how the services stand, what the tool did, the engine's counts.

    Args:
        scene: the last one.
        now: the time on ECS's clock.
        width: the terminal's columns.
        events: whether ECS's events stand between what the tool did.
    """
    lines = _happened(scene).rows if events else tuple(_said(each) for each in scene.story)
    if scene.has_engine:
        lines = (*lines, Line((("engine: ", "field"), (_engine_counts(scene), ""))))
    return [*standing(scene, now, width), *(fitted(line, max(width, 1)) for line in lines)]


# The top


def _title(scene: Scene, now: datetime, width: int) -> Line:
    right = f"{_length((now - scene.began).total_seconds())} elapsed  {now:%H:%M:%S} UTC"
    left = set_cell_size(sentence(scene.title), max(0, width - len(right) - _GAP))
    return Line(((left, "strong"), (" " * _GAP, ""), (right, "frame")))


def _thought(scene: Scene, width: int) -> list[Line]:
    focus = scene.focus
    if focus is None:
        return [Line((("watching  ", "note"), (_before_services(scene), "")))]
    word = f"{_MOOD_WORDS[focus.mood]:<8}  "
    named = f"{focus.name}: " if len(scene.services) > 1 else ""
    rows = wrapped(sentence(named + focus.thought), width - len(word), _THOUGHT_ROWS)
    first, *rest = rows or [""]
    return [
        Line(((word, focus.mood.value), (first, "strong"))),
        *(Line(((" " * len(word), ""), (row, "strong"))) for row in rest),
    ]


def _before_services(scene: Scene) -> str:
    if scene.ended:
        return "the update has ended; the stack has no ECS service"
    return "no ECS service is deployed yet"


# Services

_HEADER_ROWS = 1
_ROWS_AROUND = 2
"""Rows of a service beside its deployments: its name, its alarms."""
_COLUMNS = {"rollout": 13, "desired": 8, "running": 8, "pending": 8, "failed": 7, "healthy": 9}
_DISPENSABLE = ("rollout", "pending", "desired")
"""Columns that a narrow terminal goes without, in this order."""
_NAME_WIDE = 48
_NAME_LEAST = 18


@dataclass(frozen=True)
class _Columns:
    """The columns of the table of deployments, and how wide the names before them may be."""

    name: int
    shown: tuple[str, ...]


def _columns(width: int) -> _Columns:
    shown = list(_COLUMNS)
    for each in _DISPENSABLE:
        if width - sum(_COLUMNS[name] for name in shown) < _NAME_LEAST:
            shown.remove(each)
    name = max(0, width - sum(_COLUMNS[name] for name in shown))
    return _Columns(_NAME_WIDE if width >= WIDE else name, tuple(shown))


def _cell(name: str, text: str) -> str:
    size = _COLUMNS[name]
    return f"{text:<{size}}" if name == "rollout" else f"{text:>{size}}"


def _services(scene: Scene, now: datetime, width: int, room: int) -> list[Line]:
    """Return the services in at most `room` rows: all in full, else only the one in focus, the others a row each."""
    if not scene.services:
        return []
    columns = _columns(width)
    names = "".join(_cell(name, name) for name in columns.shown)
    header = Line(((" " * columns.name, ""), (names, "frame")))
    full = [_service(each, now, width, columns) for each in scene.services]
    if _HEADER_ROWS + sum(map(len, full)) <= room:
        return [header, *(line for lines in full for line in lines)]
    focus = scene.focus
    whole = next(lines for each, lines in zip(scene.services, full, strict=True) if each is focus)
    others = sorted(
        (each for each in scene.services if each is not focus), key=lambda each: -_MOOD_ORDER.index(each.mood)
    )
    free = max(0, room - len(whole) - _HEADER_ROWS)
    shown = others if len(others) <= free else others[: max(0, free - 1)]
    lines = [header, *whole, *(_in_a_row(each, columns) for each in shown)]
    if hidden := others[len(shown) :]:
        lines.append(Line(((f"and {len(hidden)} more: {_moods(hidden)}", "frame"),)))
    return lines


_MOOD_ORDER = tuple(_MOOD_WORDS)


def _moods(services: Sequence[ServiceView]) -> str:
    counted = ((sum(each.mood is mood for each in services), word) for mood, word in _MOOD_WORDS.items())
    return ", ".join(f"{count} {word}" for count, word in counted if count)


def _service(service: ServiceView, now: datetime, width: int, columns: _Columns) -> list[Line]:
    deploys = service.created_at is not None and not service.proven and service.mood is not Mood.OK
    since = _length((now - service.created_at).total_seconds()) if service.created_at and deploys else ""
    right = "  ".join(
        filter(
            None, (f"breaker {service.breaker}" if service.breaker else "", f"deploying for {since}" if since else "")
        )
    )
    left = service.name + (f" in {service.cluster}" if service.cluster else "")
    gap = max(1, width - cell_len(left) - len(right))
    lines = [Line(((left, "field"), (" " * gap, ""), (right, _role_of_breaker(service.breaker))))]
    lines += [_deployment(each, columns) for each in service.deployments]
    if service.alarms:
        lines.append(_alarms(service.alarms))
    return lines


def _role_of_breaker(breaker: str) -> str:
    return "" if breaker.startswith(("0 ", "off")) or not breaker else "warning"


def _deployment(row: DeploymentRow, columns: _Columns) -> Line:
    name = set_cell_size(f"{'>' if row.mine else ' '} {row.revision}", columns.name)
    return Line(((name, "strong" if row.mine else ""), *_counts(row, columns)))


def _counts(row: DeploymentRow, columns: _Columns) -> Iterator[Part]:
    texts = {
        "rollout": row.state or "-",
        "desired": str(row.desired),
        "running": str(row.running),
        "pending": str(row.pending),
        "failed": str(row.failed),
        "healthy": "-" if row.healthy is None else f"{row.healthy} of {row.desired}",
    }
    lacking = row.healthy is not None and row.healthy < row.desired
    roles = {"failed": "error" if row.failed else "", "healthy": "warning" if lacking else ""}
    for name in columns.shown:
        yield _cell(name, texts[name]), roles.get(name, "")


def _in_a_row(service: ServiceView, columns: _Columns) -> Line:
    row = next((each for each in service.deployments if each.mine), None) or next(iter(service.deployments), None)
    name = (set_cell_size(service.name, columns.name), service.mood.value)
    return Line((name, *_counts(row, columns))) if row else Line((name, (sentence(service.thought), "")))


def _alarms(alarms: Sequence[tuple[str, str]]) -> Line:
    """Return the alarms in a row, those that went off first, without the path that all names begin with."""
    paths = {name.rpartition("/")[0] for name, _ in alarms}
    path = paths.pop() if len(paths) == 1 else ""
    parts: list[Part] = [("  alarms  ", "frame")]
    for n, (name, state) in enumerate(sorted(alarms, key=lambda each: each[1] != "ALARM")):
        parts.append((", " if n else "", ""))
        shown = sentence(name.removeprefix(f"{path}/"))
        parts.append((f"{shown} {state or 'quiet'}", "error" if state == "ALARM" else ""))
    return Line(tuple(parts))


# The lower part


def _tasks(service: ServiceView | None, now: datetime) -> Section:
    if service is None:
        return Section("", ())
    return Section(f"tasks of {service.revision or service.name}", tuple(_task(each, now) for each in service.tasks))


def _task(task: TaskRow, now: datetime) -> Line:
    age = task.age(now)
    state = task.state if not task.stopped or task.state.startswith(("STOP", "DE")) else f"{task.state}, ending"
    return Line(
        (
            (f"  {task.id:<{_TASK_ID}}", ""),
            (f"{state:<{_TASK_STATE}} ", "frame" if task.stopped else ""),
            (f"{_length(age) if age is not None else '-':>{_TASK_AGE}}  ", ""),
            (f"{task.health:<{_TASK_HEALTH}} ", "error" if task.health in _BAD_HEALTH else ""),
            (_shortened(task.reason), "warning"),
        )
    )


def _log(service: ServiceView | None) -> Section:
    if service is None or service.log is None:
        return Section("", ())
    rows = tuple(Line((_time(each), (each.text, ""))) for each in service.log.lines)
    return Section(f"log of {service.log.title}", rows, newest_last=True)


def _happened(scene: Scene) -> Section:
    """Return ECS's events of the service in focus and what the tool said, in their order."""
    events = [(each, "ECS: " + _OF_SERVICE.sub("", each.text)) for each in scene.focus.events] if scene.focus else []
    told = [(each, each.text) for each in scene.story]
    began = scene.began
    both = sorted([*events, *told], key=lambda pair: pair[0].at or began)
    return Section("what happened", tuple(_said(Said(each.at, text)) for each, text in both), newest_last=True)


def _said(said: Said) -> Line:
    return Line((_time(said), (_shortened(said.text), "")))


def _time(said: Said) -> Part:
    return f"  {said.at:%H:%M:%S}  " if said.at else " " * 12, "frame"


def _engine(scene: Scene, now: datetime) -> Section:
    if not scene.has_engine:
        return Section("", ())
    failed = [Line((("  failed    ", "error"), (each, ""))) for each in scene.failed]
    working = [
        Line(
            (
                (f"  {each.doing:<9} ", ""),
                (f"{_length((now - each.since).total_seconds()):>7}  ", ""),
                (f"{each.type} {each.name}", ""),
            )
        )
        for each in sorted(scene.working, key=lambda each: each.since)
    ]
    return Section(f"engine: {_engine_counts(scene)}", (*failed, *working) or (Line((("  ", ""),)),))


def _engine_counts(scene: Scene) -> str:
    counts = [
        f"{scene.done} done" if scene.done else "",
        f"{scene.unchanged} unchanged" if scene.unchanged else "",
        f"{len(scene.failed)} failed" if scene.failed else "",
        f"{len(scene.working)} under way" if scene.working else "",
        "ended" if scene.ended else "",
    ]
    return ", ".join(filter(None, counts)) or "starting"


def _shortened(text: str) -> str:
    """Return AWS's words with its long names cut to what a person tells apart; the report has them whole."""
    return _LONG_ID.sub(r"\1", _TARGET_GROUP.sub(r"\1", sentence(text)))


def _length(seconds: float) -> str:
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
