"""A diagnosis as plain text: no codes, no wrapping."""

from collections.abc import Sequence

from diagnostics.model import Diagnosis
from diagnostics.render.lines import report_lines


def to_text(diagnosis: Diagnosis, notes: Sequence[str] = ()) -> str:
    """Return the report as lines of text, without a last newline."""
    return "\n".join(line.text for line in report_lines(diagnosis, notes))
