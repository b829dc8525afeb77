"""The lines in which an error speaks, each as parts with a role; the terminal colours roles, plain text drops them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diagnostics.engine import INSUFFICIENT
from diagnostics.model import Change, Diagnosis, Quote, Verdict
from diagnostics.names import COMMAND
from diagnostics.rules import RULES

Part = tuple[str, str]
"""A text and its role: `error`, `warning`, `note`, `ok`, `frame`, `field`, `help`, `strong` or ""."""

_LEVELS = {
    Verdict.DOOMED: "error",
    Verdict.SUSPECT: "warning",
    Verdict.STALLED: "warning",
    Verdict.HEALTHY: "ok",
    Verdict.UNKNOWN: "note",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")
_PAGES = frozenset(rule.ID for rule in RULES)
_QUOTE_MAX = 600
_CHANGES_SHOWN = 6
_CHANGE_MAX = 80


@dataclass(frozen=True)
class Line:
    """One line of the report."""

    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The line without roles."""
        return "".join(text for text, _ in self.parts).rstrip()


def level(diagnosis: Diagnosis) -> str:
    """Return `error`, `warning`, `note` or `ok`."""
    if diagnosis.root_cause == INSUFFICIENT:
        return "warning"
    return _LEVELS[diagnosis.verdict]


def printable(text: str) -> str:
    """Return text without control characters: what AWS or a program wrote must not steer a terminal."""
    return _CONTROL.sub(
        "\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    )


def sentence(text: str) -> str:
    """Return text as one printable line."""
    return " ".join(printable(text).split("\n")).strip()


def report_lines(diagnosis: Diagnosis, notes: Sequence[str] = ()) -> Iterator[Line]:
    """Yield the lines of the report.

    Args:
        diagnosis: what to say.
        notes: the state that things were left in, one sentence each.
    """
    says = level(diagnosis)
    name = f"{says}[{diagnosis.root_cause}]" if diagnosis.root_cause else says
    yield Line(((name, says), (": ", "strong"), (sentence(diagnosis.what), "strong")))
    if where := _where(diagnosis):
        yield Line((("  --> ", "frame"), (where, "")))
    if diagnosis.evidence:
        yield Line((("   |", "frame"),))
        for quote in diagnosis.evidence:
            yield from _quoted(quote)
        yield Line((("   |", "frame"),))
    if diagnosis.why:
        yield Line((("   = ", "frame"), ("why: ", "field"), (sentence(diagnosis.why), "")))
    for note in all_notes(diagnosis, notes):
        yield Line((("   = ", "frame"), ("note: ", "field"), (sentence(note), "")))
    yield from _helps(diagnosis)


def all_notes(diagnosis: Diagnosis, notes: Sequence[str]) -> Iterator[str]:
    """Yield what else is true: the notes given, what changed, the other matches, and what could not be read."""
    yield from notes
    yield from diagnosis.notes
    if diagnosis.changes:
        yield what_changed(diagnosis)
    if diagnosis.also_seen:
        yield f"also seen: {', '.join(diagnosis.also_seen)}"
    for gap in diagnosis.gaps:
        yield f"could not read {gap.what}: {gap.why}"


def what_changed(diagnosis: Diagnosis) -> str:
    """Return what differs from the last revision that completed, as one line; "" where nothing is known to."""
    if not diagnosis.changes:
        return ""
    return f"changed since {diagnosis.changed_since or 'the last revision that completed'}: {_changes(diagnosis)}"


def _changes(diagnosis: Diagnosis) -> str:
    shown = [_change(each) for each in diagnosis.changes[:_CHANGES_SHOWN]]
    left = len(diagnosis.changes) - len(shown)
    return "; ".join([*shown, *([f"and {left} more"] if left else [])])


def _change(change: Change) -> str:
    path = change.path.replace("containerDefinitions[", "").replace("containerImages[", "").replace("]", "")
    if change.before is None or change.after is None:
        value = change.after if change.before is None else change.before
        what = "is new" if change.before is None else "is gone"
        return f"{path} {what}" + ("" if value == "set" else f" ({_short(value)})")
    if change.after == "set to another value":
        return f"{path} is {change.after}"
    return f"{path} {_short(change.before)} -> {_short(change.after)}"


def _short(value: str | None) -> str:
    text = _DIGEST.sub(r"\1…", value or "")
    return f"`{text if len(text) <= _CHANGE_MAX else text[: _CHANGE_MAX - 1] + '…'}`"


def more(diagnosis: Diagnosis) -> str | None:
    """Return where the rule's page is, if a rule named the cause."""
    if diagnosis.root_cause not in _PAGES:
        return None
    return f"for more, run `{COMMAND} rules {diagnosis.root_cause}`"


def _where(diagnosis: Diagnosis) -> str:
    at = diagnosis.evidence[0].at if diagnosis.evidence and diagnosis.evidence[0].at else diagnosis.at
    places = (
        f"service {diagnosis.service}" if diagnosis.service else None,
        f"deployment {diagnosis.deployment}" if diagnosis.deployment else None,
        f"{at:%H:%M:%S} UTC" if at else None,
    )
    return sentence(", ".join(place for place in places if place))


def _quoted(quote: Quote) -> Iterator[Line]:
    words = printable(quote.quote).strip()
    shown = words if len(words) <= _QUOTE_MAX else words[: _QUOTE_MAX - 1] + "…"
    first, *rest = shown.split("\n")
    yield Line((("   | ", "frame"), (f"{sentence(quote.source)}: ", "field"), (first, "")))
    for line in rest:
        yield Line((("   | ", "frame"), (line, "")))


def _helps(diagnosis: Diagnosis) -> Iterator[Line]:
    if diagnosis.fix:
        first, *rest = printable(diagnosis.fix).strip().split("\n")
        yield Line((("help: ", "help"), (first, "")))
        for line in rest:
            yield Line((("      ", ""), (line.strip(), "")))
    if page := more(diagnosis):
        yield Line((("help: ", "help"), (page, "")))
