"""Pieces of Markdown that a comment and a summary are made of, and how they are fitted into what a CI system takes."""

import re
from collections.abc import Iterable, Iterator, Sequence

from diagnostics.render.markdown import code, escaped, fenced

__all__ = ["code", "details", "escaped", "fenced", "fit", "table"]

_ROWS_MAX = 60
_BAR = re.compile(r"(\\*)\|")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table; the cells are Markdown already, each on one line. None where there are no rows."""
    if not rows:
        return []
    shown = [f"| {' | '.join(map(_cell, row))} |" for row in rows[:_ROWS_MAX]]
    left = len(rows) - _ROWS_MAX
    return [
        f"| {' | '.join(head)} |",
        f"|{' --- |' * len(head)}",
        *shown,
        *(["", f"… and {left} more."] if left > 0 else []),
    ]


def _cell(text: str) -> str:
    # A bar ends a cell, even in a code span, unless an odd number of backslashes is before it.
    return _BAR.sub(lambda bar: bar[0] if len(bar[1]) % 2 else f"{bar[1]}\\|", text) or " "


def details(summary: str, lines: Iterable[str]) -> list[str]:
    """Return lines that are folded until somebody opens them; none where there are none. `summary` is ours."""
    inside = list(lines)
    return ["<details>", f"<summary>{summary}</summary>", "", *inside, "", "</details>"] if inside else []


def fit(parts: Iterable[Sequence[str]], longest: int, instead: str) -> str:
    """Return the parts, each whole or not at all, as long as all of them together may be.

    Args:
        parts: the lines of each, the most important first; each closes what it opens.
        longest: how many bytes of UTF-8 the text may have.
        instead: a sentence that stands for what is left out.
    """
    return "\n".join(_fitting(parts, longest - len(instead.encode()) - 4, instead)) + "\n"


def _fitting(parts: Iterable[Sequence[str]], room: int, instead: str) -> Iterator[str]:
    cut = False
    for part in parts:
        if not part:
            continue
        size = sum(len(line.encode()) + 1 for line in part) + 1
        if size > room:
            cut = True
            continue
        room -= size
        yield from (*part, "")
    if cut:
        yield instead
