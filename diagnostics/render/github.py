"""A diagnosis as one annotation of a GitHub Actions job."""

from collections.abc import Sequence

from diagnostics.model import Diagnosis
from diagnostics.render.lines import all_notes, level, sentence

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice", "ok": "notice"}


def to_annotation(diagnosis: Diagnosis, notes: Sequence[str] = ()) -> str:
    """Return one line, `::error title=…::…`, escaped as the runner wants it.

    Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions (the toolkit's `escapeData`
    and `escapeProperty` say which characters).
    """
    service = f" ({diagnosis.service})" if diagnosis.service else ""
    title = sentence(f"{diagnosis.root_cause or diagnosis.verdict.value}{service}")
    sentences = [diagnosis.what]
    sentences += [f"why: {diagnosis.why}"] if diagnosis.why else []
    sentences += [f"note: {note}" for note in all_notes(diagnosis, notes)]
    sentences += [f"help: {diagnosis.fix}"] if diagnosis.fix else []
    message = "\n".join(sentence(each) for each in sentences)
    return f"::{_COMMANDS[level(diagnosis)]} title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
