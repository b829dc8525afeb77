"""How what is read from outside is fuzzed: a document that is right, changed in a few places, and text that is broken.

Each test here draws such mutants, hands them to the function that reads them, and allows two ends: a result, or the
one exception that the reader documents, whose message names what was read. The short form takes seconds; the long one

    FUZZ_INPUTS=10 pytest tests/fuzz

draws so many thousands for each reader. What else is fuzzed has a form of its own: the rules (`FUZZ_RULES`,
tests/diagnostics/rules/test_fuzz.py) and the sandbox's requests (`FUZZ_REQUESTS`, tests/sandbox/test_fuzz.py).
"""

import json
import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

LONG = int(os.environ.get("FUZZ_INPUTS", "0"))
Path = tuple[str | int, ...]

fuzzed = settings(
    max_examples=LONG * 1000 or 60,
    derandomize=not LONG,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""The settings of each test: the short form draws the same each time; a mutant of a seed cannot be made smaller."""

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    float("nan"),
    float("inf"),
    "",
    " ",
    "x" * 5000,
    "\0",
    "\ud800",
    "é☃\u202e\n::error::x",
    "../../etc/passwd",
    "arn:",
    "arn:aws:ecs:eu-west-1:123456789012:service/main/web",
    "arn:aws:ecs:::",
    ":1",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "2026-11-20T10:00:00",
    [],
    {},
    [None],
    [[]],
    {"": None},
    {"name": {}},
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "[secret]",
)
"""Values in the place of others: of another type, empty, huge, hostile; the engine's own for what is hidden too."""


def check_told(refusal: Exception, names: object = "") -> None:
    """Hold an error to naming what was read."""
    assert str(refusal)
    assert str(names) in str(refusal)


def places(document: Any, at: Path = ()) -> Iterator[Path]:
    """Yield the way to each value in a document, the document itself first."""
    yield at
    if isinstance(document, dict):
        for key, value in document.items():
            yield from places(value, (*at, key))
    elif isinstance(document, list):
        for number, value in enumerate(document):
            yield from places(value, (*at, number))


def changed(document: Any, chance: Random, odd: tuple[Any, ...] = ODD) -> Any:
    """Return a document with one value left out, doubled, or replaced by another, perhaps one of its own."""
    everywhere = list(places(document))
    where = chance.choice(everywhere)
    if not where:
        return deepcopy(chance.choice(odd)) if chance.random() < 0.1 else document
    made = deepcopy(document)
    holder = made
    for step in where[:-1]:
        holder = holder[step]
    match chance.randrange(6):
        case 0 | 1:
            del holder[where[-1]]
        case 2 if isinstance(holder, list):
            holder += holder * 3
        case 3:
            other = document
            for step in chance.choice(everywhere):
                other = other[step]
            holder[where[-1]] = deepcopy(other)
        case _:
            holder[where[-1]] = deepcopy(chance.choice(odd))
    return made


def mutants(*documents: Any, odd: tuple[Any, ...] = ODD) -> st.SearchStrategy[Any]:
    """Return documents that are one of these but for some changes."""

    def mutated(document: Any, seed: int, changes: int) -> Any:
        chance = Random(seed)  # noqa: S311 - not for secrets
        for _ in range(changes):
            document = changed(document, chance, odd)
        return document

    return st.builds(mutated, st.sampled_from(documents), st.integers(0, 2**32), st.integers(0, 4))


def texts(*documents: Any, write: Callable[[Any], str] = json.dumps) -> st.SearchStrategy[bytes]:
    """Return what a file may hold that should hold one of these: a mutant, cut off, damaged, or anything."""
    whole = mutants(*documents).map(lambda each: _encoded(write(each)))

    def damaged(text: bytes, seed: int) -> bytes:
        chance = Random(seed)  # noqa: S311
        at = chance.randrange(len(text) + 1)
        more = chance.choice((b"", b"\0", b"\xff\xfe", b"[" * 5000, b"9" * 5000, b"\n", b"\n\n---\n", b"&a *a", b"{"))
        return text[:at] + more + chance.choice((text[at:], b""))

    anything = st.sampled_from(
        (b"", b"\n", b"null", b"[]", b'""', b"\xff", b"[" * 100_000, b"{}" * 3, b"9" * 5000, b"2026-99-99", b"!!x y",
         b"a: &a [*a]", b"\xef\xbb\xbf{}")
    )  # fmt: skip
    return st.one_of(whole, st.builds(damaged, whole, st.integers(0, 2**32)), anything, st.binary(max_size=200))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")
