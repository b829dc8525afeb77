"""A diagnosis as Markdown, for a pull request or a job summary."""

import re
from collections.abc import Iterator, Sequence

from diagnostics.model import Diagnosis
from diagnostics.printable import printable, sentence
from diagnostics.render.lines import all_notes, level, more

_CODE_SPAN = re.compile(r"((?<!`)`[^`\n]+`(?!`))")
"""A span of ours has one backtick at each end: beside escaped ones of others, readers of Markdown differ."""
_SPECIAL = re.compile(r"([\\*_\[\]<>#|~!&$])")
_NO_LINK = re.compile(r"\b(https?|ftp|www)(?=[:.])", re.IGNORECASE)
_NO_REFERENCE = re.compile(r"(@|#|\bGH-)", re.IGNORECASE)
"""What GitHub makes mentions and references of after Markdown is rendered, so that a backslash does not help."""


def to_markdown(diagnosis: Diagnosis, notes: Sequence[str] = ()) -> str:
    """Return the report; AWS's words stand in a code block and are never Markdown."""
    return "\n".join(_lines(diagnosis, notes))


def _lines(diagnosis: Diagnosis, notes: Sequence[str]) -> Iterator[str]:
    cause = f" `{diagnosis.root_cause}`" if diagnosis.root_cause else ""
    yield f"### {level(diagnosis)}{cause}: {escaped(sentence(diagnosis.what))}"
    places = (
        f"service {code(diagnosis.service)}" if diagnosis.service else "",
        f"cluster {code(diagnosis.cluster)}" if diagnosis.cluster else "",
        f"deployment {code(diagnosis.deployment)}" if diagnosis.deployment else "",
        f"{diagnosis.at:%Y-%m-%d %H:%M:%S} UTC" if diagnosis.at else "",
    )
    if where := ", ".join(place for place in places if place):
        yield from ("", where)
    if diagnosis.evidence:
        said = "\n".join(f"{sentence(quote.source)}: {printable(quote.quote)}" for quote in diagnosis.evidence)
        yield from ("", *fenced(said))
    if diagnosis.why:
        yield from ("", f"**why:** {escaped(sentence(diagnosis.why))}")
    for note in all_notes(diagnosis, notes):
        yield from ("", f"**note:** {escaped(sentence(note))}")
    if diagnosis.fix:
        yield from ("", f"**help:** {escaped(sentence(diagnosis.fix))}")
    if page := more(diagnosis):
        yield from ("", f"**help:** {escaped(page)}")
    if diagnosis.links:
        yield from ("", f"**console:** {', '.join(f'[{escaped(each.name)}]({each.url})' for each in diagnosis.links)}")


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is; only our own code spans stay code."""
    parts = _CODE_SPAN.split(text)
    return "".join(part if n % 2 else _plain(part) for n, part in enumerate(parts))


def code(text: str) -> str:
    """Return text as a code span."""
    return f"`{sentence(text).replace('`', chr(39))}`"


def _plain(text: str) -> str:
    plain = _NO_LINK.sub(r"\1<!-- -->", _SPECIAL.sub(r"\\\1", text).replace("`", "\\`"))
    return _NO_REFERENCE.sub(r"\1&#8203;", plain)


def fenced(text: str) -> list[str]:
    """Return the lines of a code block that holds the text, whatever fences are in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", text, fence]
