"""No pattern of the diagnosis can backtrack without end: each is looked at as it is written, for all texts at once."""

import importlib
import pkgutil
import re
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import diagnostics
from tests.diagnostics.hostile import patterns_of

with warnings.catch_warnings():  # regexploit imports the reader of patterns by a name that Python has deprecated
    warnings.simplefilter("ignore", DeprecationWarning)
    from regexploit.ast.sre import SreOpParser
    from regexploit.redos import find

MOST = 3
"""Repetitions that can share out the same text: the time grows with its length to this power. Exponential is 11."""


class _Parser(SreOpParser):  # type: ignore[misc]
    """regexploit's parser, which does not know what Python 3.11 has brought: it takes both for their greedy kin."""

    def from_POSSESSIVE_REPEAT(self, data: Any) -> Any:  # noqa: N802 - a name that the parser looks up
        return self.from_MAX_REPEAT(data)

    def from_ATOMIC_GROUP(self, items: Any) -> Any:  # noqa: N802 - a name that the parser looks up
        return self.sequence_or_singleton(items)


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(diagnostics.__path__, "diagnostics."):
        yield importlib.import_module(found.name)


def shared_out(pattern: re.Pattern[str]) -> int:
    """Return how many repetitions of a pattern can share out the same text, at most."""
    parsed = _Parser().parse_sre(pattern.pattern, pattern.flags & ~re.UNICODE)
    return max((found.starriness for found in find(parsed)), default=0)


def test_a_pattern_that_backtracks_without_end_is_found() -> None:
    assert shared_out(re.compile(r"'[a-z][\w-]*(?:[._-][\w-]+)+' is not set")) > MOST
    assert shared_out(re.compile(r"'[a-z][\w.-]+' is not set")) <= MOST


def test_no_pattern_of_the_diagnosis_backtracks_without_end() -> None:
    patterns = {pattern.pattern: pattern for module in modules() for pattern in patterns_of(module)}
    assert len(patterns) > 1000
    assert {text for text, pattern in patterns.items() if shared_out(pattern) > MOST} == set()
