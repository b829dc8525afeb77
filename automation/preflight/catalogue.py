"""Writes the table of the checks into docs/preflight.md: `python -m automation.preflight.catalogue`."""

from itertools import dropwhile
from pathlib import Path

from automation.preflight.checks import CHECKS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "preflight.md"
_HEADER = "| check | what is true where it passes | what it reads | what to do where it is not |\n|---|---|---|---|\n"


def table() -> str:
    """Return the rows, in the order in which the checks are listed."""
    rows = (f"| `{check.ID}` | {check.TITLE} | {check.READS} | {check.FIX} |\n" for check in CHECKS)
    return _HEADER + "".join(rows)


def with_table(page: str) -> str:
    """Return the page with the table as it must be."""
    before, header, after = page.partition(_HEADER)
    if not header:
        raise ValueError(f"{PAGE.name} has no table that begins with {_HEADER.splitlines()[0]}")
    lines = after.splitlines(keepends=True)
    rest = "".join(dropwhile(lambda line: line.startswith("|"), lines))
    return before + table() + rest


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
