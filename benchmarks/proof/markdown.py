"""Cells and tables of the page, in Markdown."""

from collections.abc import Iterable, Sequence


def seconds(value: float | None) -> str:
    """Return whole seconds; None is never."""
    return "never" if value is None else f"{value:.0f} s"


def precise(value: float | None) -> str:
    """Return tenths of seconds."""
    return "none" if value is None else f"{value:.1f} s"


def times(value: float | None) -> str:
    """Return how many times."""
    return "" if value is None else f"{value:.1f} times"


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
