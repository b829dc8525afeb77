"""The rules on a terminal: the list and a page, as wide as it is; piped, one rule a line and plain Markdown."""

import re
import shutil
import sys
import textwrap
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from diagnostics.rules import GROUPS, RULES, Rule, page, title

_WIDEST = 100
_ID_COLUMN = 34
_ITEM = re.compile(r"^(?:- |\d+\. )")


def print_rules() -> None:
    """Print the list of the rules: in groups on a terminal, else one line each."""
    if not sys.stdout.isatty():
        for rule in RULES:
            sys.stdout.write(f"{rule.ID:{_ID_COLUMN}} {rule.VERDICT:8} {title(rule)}\n")
        return
    _print(_list_lines(_width()))


def print_page(rule: Rule) -> None:
    """Print a rule's page: wrapped to a terminal, else as it is."""
    if not sys.stdout.isatty():
        sys.stdout.write(page(rule) + "\n")
        return
    _print((("strong", f"{rule.ID} ({rule.VERDICT})"), ("", ""), *page_lines(page(rule), _width())))


def page_lines(markdown: str, width: int) -> Iterator[tuple[str, str]]:
    """Yield the lines of a page with their role (`strong` for a heading, or ""), no prose wider than `width`.

    A command stays one line, however long: it is there to be copied.
    """
    for block in re.split(r"\n\s*\n", markdown):
        lines = block.split("\n")
        if lines[0].startswith("## "):
            yield "strong", lines.pop(0).removeprefix("## ")
        prose: list[str] = []
        for line in lines:
            if prose and (line.startswith("    ") or _ITEM.match(line)):
                yield from _wrapped(prose, width)
                prose = []
            if line.startswith("    "):
                yield "", line
            else:
                prose.append(line)
        yield from _wrapped(prose, width)
        yield "", ""


def _wrapped(prose: list[str], width: int) -> Iterator[tuple[str, str]]:
    text = " ".join(line.strip() for line in prose)
    indent = "  " if _ITEM.match(text) else ""
    if max(map(len, text.split()), default=0) > width - len(indent):
        yield "", text  # an address stays in one piece
        return
    for line in textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False):
        yield "", line


def _list_lines(width: int) -> Iterator[tuple[str, str]]:
    for group in GROUPS:
        yield "strong", group.heading
        for rule in group.rules:
            lines = textwrap.wrap(title(rule), max(20, width - _ID_COLUMN - 2))
            if len(rule.ID) >= _ID_COLUMN:
                lines.insert(0, "")
            for name, line in zip((rule.ID, *[""] * len(lines)), lines, strict=False):
                yield "", f"  {name:{_ID_COLUMN}}{line}".rstrip()
        yield "", ""


def _print(lines: Iterator[tuple[str, str]] | tuple[tuple[str, str], ...]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for role, line in lines:
        console.print(Text(line, style="bold" if role == "strong" else ""))


def _width() -> int:
    return min(shutil.get_terminal_size().columns, _WIDEST)
