"""Says what the preflight found, in the shape in which an error of this tool speaks."""

from collections.abc import Iterable, Iterator

from automation.preflight.model import Finding, Status
from diagnostics.render.lines import sentence

_LEVELS = {Status.REFUSED: "error", Status.WARNED: "warning"}
_QUOTE_MAX = 600


def lines_of(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield the lines of what refuses, warns or was not done; what is in order says nothing."""
    for each in findings:
        if each.status in _LEVELS:
            yield from _whole(each)
        elif each.status in {Status.NOT_DONE, Status.SKIPPED}:
            quote = f" ({_quoted(each.evidence[0].quote)})" if each.evidence else ""
            where = f"{each.subject}, " if each.subject else ""
            yield f"note: {where}{each.check} was {_DONE[each.status]}: {sentence(each.what)}{quote}"


_DONE = {Status.NOT_DONE: "not checked", Status.SKIPPED: "left out"}


def _whole(finding: Finding) -> Iterator[str]:
    yield f"{_LEVELS[finding.status]}[{finding.check}]: {sentence(finding.what)}"
    if finding.subject:
        yield f"  --> service {finding.subject}"
    if finding.evidence:
        yield "   |"
        yield from (f"   | {quote.source}: {_quoted(quote.quote)}" for quote in finding.evidence)
        yield "   |"
    if finding.why:
        yield f"   = why: {sentence(finding.why)}"
    first, *command = finding.fix.split("\n")
    if first:
        yield f"help: {sentence(first)}"
    yield from (f"        {sentence(line)}" for line in command)


def _quoted(text: str) -> str:
    said = sentence(text)
    return said if len(said) <= _QUOTE_MAX else said[: _QUOTE_MAX - 1] + "…"
