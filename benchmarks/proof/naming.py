"""What counts as naming a cause: one published matcher for each cause, the same for every tool and for AWS's own words.

A statement is one line of what a tool prints; of an answer in JSON each text in it is one. A statement names the cause
where one of the matcher's expressions is found in it. Expressions are generous: they ask for the fact that somebody has
to know to repair it, in any words that were seen of any tool, AWS's included.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Statement:
    """A text that a tool printed, and when: seconds of ECS's clock since the deployment was created."""

    at: float
    text: str


@dataclass(frozen=True)
class Naming:
    """Regular expressions, of which one has to be found in one statement; case does not matter."""

    any_of: Sequence[str]

    def names(self, text: str) -> bool:
        """Whether this text names the cause."""
        return any(re.search(each, text, re.IGNORECASE) for each in self.any_of)

    def first(self, statements: Iterable[Statement]) -> Statement | None:
        """Return the first statement that names the cause."""
        return next((each for each in sorted(statements, key=lambda said: said.at) if self.names(each.text)), None)


@dataclass(frozen=True)
class Conclusive:
    """Facts that, together, leave no other cause: each expression has to be found in a fact that AWS shows."""

    all_of: Sequence[str]

    def complete_at(self, facts: Iterable[Statement]) -> float | None:
        """Return when the last of them was first shown, or None where one never was."""
        shown = sorted(facts, key=lambda fact: fact.at)
        times = [
            next((fact.at for fact in shown if re.search(each, fact.text, re.IGNORECASE)), None) for each in self.all_of
        ]
        known = [at for at in times if at is not None]
        return max(known) if known and len(known) == len(times) else None


def statements_of(text: str) -> list[str]:
    """Return the statements of what a tool printed: its lines, or where a line is JSON each text in that."""
    found: list[str] = []
    for line in text.splitlines():
        try:
            document = json.loads(line) if line.lstrip().startswith(("{", "[")) else None
        except ValueError:
            document = None
        found += _texts(document) if document is not None else [line]
    return [each for each in found if each.strip()]


def _texts(value: Any, key: str = "") -> Iterator[str]:
    """Give every text, and every other value with its key, such as `exit_code: 1`."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, key)
    else:
        yield f"{key}: {value}" if key else str(value)
