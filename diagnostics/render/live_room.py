"""Makes lines fit: cut to a width, wrapped, one section under the other, two columns beside each other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from diagnostics.printable import printable
from diagnostics.render.lines import Line, Part

_GAP = 2
"""Columns between two columns of sections."""


@dataclass(frozen=True)
class Section:
    """A titled list of which only a part may have room."""

    title: str
    rows: tuple[Line, ...]
    newest_last: bool = False

    def cut(self, height: int) -> list[Line]:
        """Return the title and as many rows as fit under it."""
        room = height - 1
        if room < 1 or not self.rows:
            return []
        shown = self.rows[-room:] if self.newest_last else self.rows[:room]
        left = len(self.rows) - len(shown)
        more = f" ({left} {'earlier' if self.newest_last else 'more'})" if left else ""
        return [Line(((self.title, "field"), (more, "frame"))), *shown]


def stacked(sections: Iterable[Section], room: int) -> list[Line]:
    """Return the sections one under the other: each gets a row in turn until there is none left, or it has all."""
    there = [each for each in sections if each.rows]
    while there and room < 2 * len(there):
        there = there[:-1] if len(there) > 1 else []
    heights = [1] * len(there)
    free = room - len(there)
    while free > 0 and any(height <= len(each.rows) for height, each in zip(heights, there, strict=True)):
        for n, each in enumerate(there):
            if free > 0 and heights[n] <= len(each.rows):
                heights[n] += 1
                free -= 1
    return [line for height, each in zip(heights, there, strict=True) for line in each.cut(height)]


def beside(left: list[Line], right: list[Line], left_width: int) -> Iterator[Line]:
    """Yield the lines of two columns, the left one of them padded to its width."""
    nothing = Line(())
    for n in range(max(len(left), len(right))):
        one = _padded(left[n] if n < len(left) else nothing, left_width)
        other = right[n] if n < len(right) else nothing
        yield Line((*one.parts, (" " * _GAP, ""), *other.parts))


def _padded(line: Line, width: int) -> Line:
    cut = fitted(line, width)
    used = sum(cell_len(text) for text, _ in cut.parts)
    return Line((*cut.parts, (" " * (width - used), "")))


def fitted(line: Line, width: int) -> Line:
    """Return the line in one printable row, cut with an ellipsis where it is longer than the width."""
    texts = [(printable(text).replace("\n", " "), role) for text, role in line.parts]
    whole = sum(cell_len(text) for text, _ in texts)
    parts: list[Part] = []
    left = width
    for text, role in texts:
        size = cell_len(text)
        if size < left or (size == left and whole <= width):
            parts.append((text, role))
            left -= size
        elif left > 0:
            parts.append((set_cell_size(text, left - 1).rstrip() + "…", role))
            break
    return Line(tuple(parts))


def wrapped(text: str, width: int, rows: int) -> list[str]:
    """Return the text in at most so many rows, broken between words; the last is cut where there is more."""
    lines: list[str] = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(longer) <= width or not lines[-1] or len(lines) == rows:
            lines[-1] = longer
        else:
            lines.append(word)
    return [fitted(Line(((line, ""),)), width).text for line in lines]
