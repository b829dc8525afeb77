"""Reads single values out of planned inputs: a figure, a name, a list; what is hidden or absent is None."""

from collections.abc import Mapping, Sequence
from typing import Any


def text(value: Any) -> str:
    """Return a string; "" where there is none, or it is hidden."""
    return value if isinstance(value, str) else ""


def whole(value: Any) -> int | None:
    """Return a whole number, which the provider's inputs may also write as a string; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    return None


def maps(value: Any) -> tuple[Mapping[str, Any], ...]:
    """Return the objects of a list; none where there is no list, or it is hidden."""
    return tuple(each for each in items(value) if isinstance(each, Mapping))


def texts(value: Any) -> tuple[str, ...]:
    """Return the strings of a list that are seen."""
    return tuple(each for each in items(value) if isinstance(each, str) and each)


def items(value: Any) -> Sequence[Any]:
    """Return a list's items; none where there is no list, or it is hidden."""
    return value if isinstance(value, list | tuple) else ()
