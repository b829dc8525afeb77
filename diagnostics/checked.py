"""Checked reading of a JSON document: every value has a path, and the first wrong one is named."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self


class EvidenceError(ValueError):
    """A document that cannot be read: `path` is where (`tasks[3].containers[0].exitCode`), `problem` what is wrong."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


def shown(value: object) -> str:
    """Return `value` as a reader of the document knows it, short enough for one line."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


_SHOWN = 60


def moment(value: object, path: str) -> datetime:
    """Return an ISO 8601 string as an aware datetime in UTC; one without an offset is taken as UTC.

    Raises:
        EvidenceError: `value` is not such a string.
    """
    if not isinstance(value, str) or "\0" in value:  # Python 3.11 reads a time with a NUL byte in it
        raise EvidenceError(path, f"expected an ISO 8601 time, got {shown(value)}")
    try:
        read = datetime.fromisoformat(value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise EvidenceError(path, f"expected an ISO 8601 time, got {shown(value)}") from None


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON object and its path. A key that is absent or null reads as the empty value of its type."""

    value: Mapping[str, Any]
    path: str = ""

    @classmethod
    def of(cls, value: object, path: str) -> Self:
        """Return the node of `value`, which must be an object."""
        if not isinstance(value, Mapping):
            raise EvidenceError(path, f"expected an object, got {shown(value)}")
        return cls(value, path)

    def at(self, key: str) -> str:
        """Return the path of one of the object's keys."""
        return f"{self.path}.{key}" if self.path else key

    def text(self, key: str) -> str:
        """Return a string, or "" where there is none."""
        value = self.value.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise EvidenceError(self.at(key), f"expected a string, got {shown(value)}")
        return value

    def integer(self, key: str) -> int | None:
        """Return an integer, or None where there is none."""
        value = self.value.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise EvidenceError(self.at(key), f"expected an integer, got {shown(value)}")
        return value

    def number(self, key: str) -> float | None:
        """Return a number, or None where there is none."""
        value = self.value.get(key)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise EvidenceError(self.at(key), f"expected a number, got {shown(value)}")
        return float(value)

    def flag(self, key: str) -> bool | None:
        """Return a boolean, or None where there is none."""
        value = self.value.get(key)
        if value is not None and not isinstance(value, bool):
            raise EvidenceError(self.at(key), f"expected true or false, got {shown(value)}")
        return value

    def moment(self, key: str) -> datetime | None:
        """Return an ISO 8601 time in UTC, or None where there is none."""
        value = self.value.get(key)
        return None if value is None else moment(value, self.at(key))

    def node(self, key: str) -> "Node | None":
        """Return an object, or None where there is none."""
        value = self.value.get(key)
        return None if value is None else Node.of(value, self.at(key))

    def child(self, key: str) -> "Node":
        """Return an object, or an empty one where there is none."""
        return self.node(key) or Node({}, self.at(key))

    def array(self, key: str) -> list[Any]:
        """Return an array of anything, or an empty one."""
        value = self.value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise EvidenceError(self.at(key), f"expected an array, got {shown(value)}")
        return value

    def nodes(self, key: str) -> list["Node"]:
        """Return an array of objects, or an empty one."""
        path = self.at(key)
        return [Node.of(item, f"{path}[{n}]") for n, item in enumerate(self.array(key))]

    def texts(self, key: str) -> tuple[str, ...]:
        """Return an array of strings, or an empty one."""
        items = self.array(key)
        for n, item in enumerate(items):
            if not isinstance(item, str):
                raise EvidenceError(f"{self.at(key)}[{n}]", f"expected a string, got {shown(item)}")
        return tuple(items)
