"""The page: a report through the templates, everything escaped, with a policy that permits its own style alone."""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from diagnostics.model import Change, Diagnosis, Gap, Link
from diagnostics.names import COMMAND, short_arn
from diagnostics.printable import printable, sentence
from diagnostics.redact import redact_text
from diagnostics.render.html.attachment import Attachment
from diagnostics.render.html.chronicle import Counts
from diagnostics.render.html.drawing import Drawing, DrawnMark, draw
from diagnostics.render.html.log_lines import BUDGET, ShownLog, shown_logs
from diagnostics.render.html.report import Report, Section
from diagnostics.render.html.words import Tone
from diagnostics.render.lines import level, more

_TEMPLATES = Path(__file__).with_name("templates")
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_ARN = re.compile(r"\barn:aws[\w-]*:[^\s(),]+")
_NOT_TEXT = re.compile("[\ud800-\udfff]")
_QUOTE_MAX = 4000
_TOPS = {Tone.BAD: 0, Tone.WARN: 2, Tone.GOOD: 3, Tone.RUNNING: 3, Tone.WAITING: 5, Tone.OVER: 5}
"""Pixels above a bar of 14: each state has a height of its own, so that colour alone tells nothing apart."""
_ROWS_OPEN = 12
_MARKS_OPEN = 60
_LOGS = 200
"""Logs that are named; those that fail come first."""
_CHANGES = 100


def to_html(report: Report) -> str:
    """Return the page as one text, which needs nothing else to be read."""
    environment = _environment()
    style = environment.get_template("page.css").render()
    budget = BUDGET // max(1, len(report.sections))
    return environment.get_template("page.html").render(
        report=report,
        sections=[View(number, section, budget) for number, section in enumerate(report.sections, start=1)],
        style_hash=f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}",
    )


class View:
    """A section as the template reads it."""

    def __init__(self, number: int, section: Section, log_budget: int) -> None:
        self.diagnosis = section.diagnosis and _masked(section.diagnosis)
        self.anchor = f"s{number}"
        self._section = section
        self._log_budget = log_budget

    @property
    def level(self) -> str:
        """`error`, `warning`, `note` or `ok`."""
        return level(self.diagnosis) if self.diagnosis else self._section.level

    @property
    def name(self) -> str:
        """What the list of services calls it."""
        return self._section.name or self.headline

    @property
    def headline(self) -> str:
        """The one fact."""
        return sentence(self.diagnosis.what if self.diagnosis else self._section.headline)

    @property
    def where(self) -> list[tuple[str, str]]:
        """Pairs of what it is and its name."""
        told = self.diagnosis
        pairs = [
            ("service", (told.service if told else None) or self._section.name),
            ("cluster", told.cluster if told else None),
            ("deployment", (told.deployment if told else None) or self._section.chronicle.deployment),
        ]
        return [(name, value) for name, value in pairs if value]

    @property
    def at(self) -> datetime | None:
        """When the evidence was captured."""
        return (self.diagnosis.at if self.diagnosis else None) or self._section.chronicle.last_look

    @property
    def notes(self) -> list[str]:
        """The state that things were left in, and what else is true."""
        told = self.diagnosis
        also = [f"also seen: {', '.join(f'`{each}`' for each in told.also_seen)}"] if told and told.also_seen else []
        return [sentence(redact_text(each)) for each in (*self._section.notes, *(told.notes if told else ()), *also)]

    @property
    def fix(self) -> str:
        """What to change, without the commands."""
        return printable(self.diagnosis.fix).strip().split("\n")[0] if self.diagnosis else ""

    @property
    def fix_commands(self) -> str:
        """The commands of the fix, one a line."""
        lines = printable(self.diagnosis.fix).strip().split("\n")[1:] if self.diagnosis else []
        return "\n".join(line.strip() for line in lines)

    @property
    def more(self) -> str | None:
        """Where the rule's page is."""
        return more(self.diagnosis) if self.diagnosis else None

    @property
    def links(self) -> list[Link]:
        """Pages of the console."""
        return [link for link in self.diagnosis.links if link.url.startswith("https://")] if self.diagnosis else []

    @property
    def changes(self) -> Sequence[Change]:
        """What differs from the last revision that completed."""
        return (self.diagnosis.changes if self.diagnosis else self._section.changes)[:_CHANGES]

    @property
    def changed_since(self) -> str | None:
        """That revision."""
        return self.diagnosis.changed_since if self.diagnosis else None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be read, each once."""
        own = (Gap(each.what, redact_text(each.why)) for each in self._section.gaps)
        return tuple(dict.fromkeys((*(self.diagnosis.gaps if self.diagnosis else ()), *own)))

    @property
    def parts(self) -> list[str]:
        """The headings of what follows the diagnosis, in their order."""
        drawing = self.drawing
        looked = self.looks > 0
        there = {
            "What changed": self.changes,
            "Timeline": looked,
            "Counts over time": looked and drawing and drawing.series,
            "What happened": looked and drawing and drawing.marks,
            "Logs": looked,
            "What is not known": looked or self.gaps,
            "Evidence": looked,
        }
        return [name for name, shown in there.items() if shown]

    @cached_property
    def drawing(self) -> "DrawnTimeline | None":
        """The timeline."""
        drawing = draw(self._section.chronicle, self._section.acts)
        return DrawnTimeline(drawing) if drawing else None

    @property
    def looks(self) -> int:
        """How many looks the section tells of."""
        return self._section.chronicle.looks

    @property
    def counts(self) -> Sequence[Counts]:
        """The figures that are drawn."""
        return self._section.chronicle.counts

    @cached_property
    def logs(self) -> tuple[ShownLog, ...]:
        """The logs, as much as there is room for."""
        return shown_logs(self._section.chronicle.logs[:_LOGS], self.diagnosis, self._log_budget)

    @property
    def logs_left_out(self) -> int:
        """How many logs are not even named."""
        return max(0, len(self._section.chronicle.logs) - _LOGS)

    @property
    def attachment(self) -> Attachment | None:
        """The evidence."""
        return self._section.attachment

    @property
    def no_attachment(self) -> str:
        """Why there is none."""
        return self._section.no_attachment


def _masked(told: Diagnosis) -> Diagnosis:
    """Return it with credentials masked: a page is passed on, and what a provider or an API answered is in it."""
    return replace(
        told,
        what=redact_text(told.what),
        why=redact_text(told.why),
        fix=redact_text(told.fix),
        evidence=tuple(replace(each, quote=redact_text(each.quote)) for each in told.evidence),
        gaps=tuple(Gap(each.what, redact_text(each.why)) for each in told.gaps),
    )


class DrawnTimeline:
    """A drawing as the template reads it: its parts, and its marks by who made them, ours first."""

    def __init__(self, drawing: Drawing) -> None:
        self.start, self.ticks, self.lanes = drawing.start, drawing.ticks, drawing.lanes
        self.marks, self.marks_left_out = drawing.marks, drawing.marks_left_out
        self.series, self.most = drawing.series, drawing.most

    @property
    def lanes_of_marks(self) -> list[tuple[str, list[DrawnMark]]]:
        """Who, and the marks."""
        found: dict[str, list[DrawnMark]] = {}
        for each in self.marks:
            found.setdefault(each.mark.who, []).append(each)
        return sorted(found.items(), key=lambda pair: (pair[0] != COMMAND, pair[0]))


@cache
def _environment() -> Environment:
    """Everything that a template puts out is escaped, and has no character that could steer a reader's screen."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_text,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"command": COMMAND, "rows_open": _ROWS_OPEN, "marks_open": _MARKS_OPEN}
    environment.filters |= {
        "spans": _spans,
        "words": lambda text: _cut(printable(text).strip(), _QUOTE_MAX),
        "cut": lambda text, most: _cut(sentence(text), most),
        "moment": lambda at: f"{at:%Y-%m-%d %H:%M:%S} UTC",
        "clock": lambda at: f"{at:%H:%M:%S}",
        "bytes": _bytes,
        "anchor": lambda text: text.lower().replace(" ", "-"),
        "short": lambda text: _ARN.sub(lambda found: short_arn(found[0]), text),
        "top": _TOPS.__getitem__,
        "kind": lambda who: "tool" if who == COMMAND else who.lower(),
        "teller": lambda who: _TELLERS.get(who, who),
    }
    return environment


_TELLERS = {"ECS": "events of ECS", "task": "tasks that ended", "alarm": "alarms that went off"}


def _text(value: object) -> object:
    """Return what a template puts out; what is HTML already (a macro's output) stays."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return _NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", printable(value))
    return value


def _spans(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the parts of a sentence, and whether each is code."""
    for number, part in enumerate(_CODE_SPAN.split(text)):
        if part:
            yield number % 2 == 1, part


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _bytes(size: int) -> str:
    kib = 1024
    return (
        f"{size} bytes" if size < kib else f"{size / kib:.0f} KiB" if size < kib * kib else f"{size / kib**2:.1f} MiB"
    )
