"""A diagnosis as one annotation of a GitHub Actions job."""

from collections.abc import Iterable, Sequence

from diagnostics.model import Diagnosis
from diagnostics.printable import sentence
from diagnostics.render.lines import all_notes, level

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice", "ok": "notice"}
_TITLE_MAX = 200
_MESSAGE_MAX = 4000


def to_annotation(diagnosis: Diagnosis, notes: Sequence[str] = ()) -> str:
    """Return one line, `::error title=…::…`, escaped as the runner wants it."""
    service = f" ({diagnosis.service})" if diagnosis.service else ""
    title = f"{diagnosis.root_cause or diagnosis.verdict.value}{service}"
    return annotation(_COMMANDS[level(diagnosis)], title, sentences_of(diagnosis, notes))


def sentences_of(diagnosis: Diagnosis, notes: Sequence[str] = ()) -> list[str]:
    """Return what an annotation says: what failed, why, what else is true, and what to do."""
    sentences = [diagnosis.what]
    sentences += [f"why: {diagnosis.why}"] if diagnosis.why else []
    sentences += [f"note: {note}" for note in all_notes(diagnosis, notes)]
    sentences += [f"help: {diagnosis.fix}"] if diagnosis.fix else []
    return sentences


def annotation(kind: str, title: str, sentences: Iterable[str]) -> str:
    """Return the workflow command of an annotation, as one line.

    Args:
        kind: `error`, `warning` or `notice`.
        title: one line; what is too long is cut.
        sentences: a line each; what is too long is cut.

    Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions (the toolkit's `escapeData`
    and `escapeProperty` say which characters). How long either may be is not documented; ours are cut where a page of
    checks would not show more.
    """
    message = "\n".join(sentence(each) for each in sentences)
    return f"::{kind} title={_property(_cut(sentence(title), _TITLE_MAX))}::{escape_data(_cut(message, _MESSAGE_MAX))}"


def escape_data(text: str) -> str:
    """Return text as the data of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
