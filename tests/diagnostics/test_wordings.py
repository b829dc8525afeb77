"""A wording's literal lets through what its pattern says: no alternative waits for a text that it never sees."""

import re
import re._parser as sre  # the standard library's own reader of patterns; it has no public name
from collections import defaultdict
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

import pytest

from diagnostics.rules import RULES, Rule
from diagnostics.said import Wording
from tests.diagnostics.hostile import wordings_of

TRIES = 100
"""Texts made for one alternative, the others chosen by chance, until one has the literal."""
_ASSERTIONS = (sre.ASSERT, sre.ASSERT_NOT, sre.AT, sre.GROUPREF)
_CHOICES = (sre.BRANCH, sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


def choices(items: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield where a pattern has alternatives, with the number of each; what is optional is there, or not."""
    for at, (kind, value) in enumerate(items):
        if kind in _ASSERTIONS:
            continue
        here = (*path, at)
        if kind is sre.BRANCH:
            for number, branch in enumerate(value[1]):
                yield here, number
                yield from choices(branch, (*here, number))
        elif kind in _CHOICES:
            if value[0] == 0:
                yield from ((here, number) for number in (0, 1) if _says_a_word(value[2]))
            yield from choices(value[2], here)
        else:
            for inner in _inner(value):
                yield from choices(inner, here)


def said(items: Any, random: Random, wanted: tuple[tuple[int, ...], int], path: tuple[int, ...] = ()) -> str:
    """Return a text of the pattern that takes the wanted alternative, and any of the others."""
    text = ""
    for at, (kind, value) in enumerate(items):
        here = (*path, at)
        on_the_way = wanted[0][: len(here)] == here
        if kind in _ASSERTIONS:
            continue
        if kind is sre.LITERAL:
            text += chr(value)
        elif kind is sre.BRANCH:
            number = random.randrange(len(value[1]))
            if on_the_way:
                number = wanted[1] if wanted[0] == here else wanted[0][len(here)]
            text += said(value[1][number], random, wanted, (*here, number))
        elif kind in _CHOICES:
            least, most, inner = value
            times = random.randint(least, min(int(most), least + 1))
            if on_the_way:
                times = wanted[1] if wanted[0] == here else max(1, least)
            text += "".join(said(inner, random, wanted, here) for _ in range(times))
        elif kind is sre.IN:
            text += chr(next((each for name, each in value if name is sre.LITERAL), ord("x")))
        elif kind in (sre.ANY, sre.NOT_LITERAL, sre.CATEGORY):
            text += "x"
        else:
            text += "".join(said(inner, random, wanted, here) for inner in _inner(value))
    return text


def _inner(value: Any) -> Iterator[Any]:
    for each in value if isinstance(value, tuple | list) else ():
        if isinstance(each, sre.SubPattern):
            yield each


def _says_a_word(items: Any) -> bool:
    """Say whether a part of a pattern has letters or a space of its own: those can spoil, or bring, a literal."""
    return any(
        (kind is sre.LITERAL and (chr(value).isalpha() or chr(value) == " "))
        or any(_says_a_word(inner) for inner in _parts(kind, value))
        for kind, value in items
    )


def _parts(kind: Any, value: Any) -> Iterator[Any]:
    if kind in _ASSERTIONS:
        return
    if kind is sre.BRANCH:
        yield from value[1]
    else:
        yield from _inner(value)


def dead(wordings: Iterable[Wording]) -> list[str]:
    """Return a text of each alternative of a pattern that never has the literal of a wording of that pattern."""
    literals: dict[str, list[str]] = defaultdict(list)
    for wording in wordings:
        literals[wording.written].append(wording.literal)
    return [text for written, each in literals.items() for text in _shut_out(written, each)]


def _shut_out(written: str, literals: list[str]) -> Iterator[str]:
    parsed = sre.parse(written, re.IGNORECASE)
    for wanted in choices(parsed):
        random = Random(written)  # noqa: S311 - not for secrets
        made = (said(parsed, random, wanted).lower() for _ in range(TRIES))
        if not any(literal in text for text in made for literal in literals):
            yield said(parsed, random, wanted).lower()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.ID)
def test_the_literal_of_a_wording_lets_each_alternative_through(rule: Rule) -> None:
    assert dead(wordings_of(rule)) == []


def test_an_alternative_that_its_literal_shuts_out_is_found() -> None:
    assert dead([Wording.of("config file", r"config(?:uration)? file")]) == ["configuration file"]
    assert dead([Wording.of("load balancer", r"load ?balancer")]) == ["loadbalancer"]
    assert dead(Wording.any_of(("load balancer", "loadbalancer"), r"load ?balancer")) == []
    assert dead([Wording.of("refused", r"connection (?:refused|reset)")]) == ["connection reset"]
    assert dead([Wording.of("connection", r"connection (?:refused|reset)")]) == []
    assert dead(Wording.any_of(("refused", "reset"), r"connection (?:refused|reset)")) == []
