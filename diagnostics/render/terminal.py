"""A diagnosis on a terminal: coloured where there is one that wants colours, plain text otherwise."""

import os
import sys
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from diagnostics.model import Diagnosis
from diagnostics.render.lines import report_lines
from diagnostics.render.plain import to_text

STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "note": "bold cyan",
    "ok": "bold green",
    "frame": "blue",
    "field": "bold",
    "help": "bold cyan",
    "strong": "bold",
    "": "",
}
"""How each role of a `Line`'s parts looks."""


def print_diagnosis(diagnosis: Diagnosis, notes: Sequence[str] = (), file: TextIO | None = None) -> None:
    """Print the report.

    Args:
        diagnosis: what to say.
        notes: the state that things were left in.
        file: where to; standard output by default. It gets colours if it is a terminal and `NO_COLOR` is not set.
    """
    out = file or sys.stdout
    console = Console(file=out, highlight=False, soft_wrap=True)
    if os.environ.get("NO_COLOR") or not console.is_terminal or console.is_dumb_terminal:
        out.write(_encodable(to_text(diagnosis, notes), out) + "\n")
        out.flush()
        return
    for line in report_lines(diagnosis, notes):
        # Text is never parsed as markup, so a `[/red]` in a log line stays what it is.
        console.print(Text.assemble(*((text, STYLES[role]) for text, role in line.parts)))


def _encodable(text: str, out: TextIO) -> str:
    encoding = getattr(out, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
