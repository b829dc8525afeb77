"""What an update would change: the old state compared with what the program now says."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.provider.archive import same_archive
from sandbox.provider.schema import Kind, Properties, Property
from sandbox.provider.wire import UNKNOWN, Values, holds_unknown


class What(StrEnum):
    """What happens to a property."""

    ADD = "ADD"
    DELETE = "DELETE"
    UPDATE = "UPDATE"


@dataclass(frozen=True)
class Change:
    """One property that differs; `path` as the engine writes it, such as `loadBalancers[0].containerPort`."""

    key: str
    path: str
    what: What
    replaces: bool


def changes(properties: Properties, state: Values, news: Values) -> list[Change]:
    """Return how `news`, a program's inputs, differ from `state`.

    A property that the program does not give differs where it has a default and the state something else, or where the
    state has something that only a program can have given: AWS's own decisions (`computed`) are no difference.
    """
    return [change for key, known in properties.items() for change in _of_property(key, known, state, news)]


def same(known: Property, old: Any, new: Any) -> bool:
    """Return whether a state's value is what a program's value means."""
    return not any(_compare(known, "", old, new))


def _of_property(key: str, known: Property, state: Values, news: Values) -> Iterator[Change]:
    for path, what in _compare(known, key, state.get(key), news.get(key)):
        yield Change(key, path, what, known.force_new)


def _compare(known: Property, path: str, old: Any, new: Any) -> Iterator[tuple[str, What]]:
    if new is None and old is not None:
        new = known.default  # where AWS tells nothing at all, a default is no difference
    if known.kind is Kind.BLOCK and not known.fields:
        # An object without properties: that it is there is all that it says.
        if (old is None) != (new is None) and not (new is None and known.computed):
            yield path, What.ADD if old is None else What.DELETE
    elif new is None:
        if not known.computed and not _blank(old):
            yield path, What.DELETE
    elif new is UNKNOWN:
        yield path, What.ADD if _blank(old) else What.UPDATE
    elif _blank(old):
        # Null, zero, false and empty are one to the real provider (Terraform's SDK v2).
        if not _blank(new):
            yield path, What.ADD
    else:
        yield from _compare_given(known, path, old, new)


def _compare_given(known: Property, path: str, old: Any, new: Any) -> Iterator[tuple[str, What]]:
    if known.kind is Kind.BLOCK:
        yield from _compare_fields(known, path, old, new)
    elif known.kind is Kind.BLOCKS:
        yield from _compare_blocks(known, path, old, new)
    elif known.kind is Kind.MAP:
        yield from _compare_maps(path, old, new)
    elif known.kind in (Kind.TEXTS, Kind.WHOLES):
        if holds_unknown(new) or _ordered(known, old) != _ordered(known, new):
            yield path, What.UPDATE
    elif not _same_whole(known, old, new):
        yield path, What.UPDATE


def _same_whole(known: Property, old: Any, new: Any) -> bool:
    """Compare values without parts that a difference could name."""
    if known.kind is Kind.ARCHIVE:
        return same_archive(old, new)
    return _same_json(known, old, new) if known.json else bool(old == new)


def _compare_fields(known: Property, path: str, old: Values, new: Values) -> Iterator[tuple[str, What]]:
    for key, inner in (known.fields or {}).items():
        if inner.only_while and not new.get(inner.only_while):
            continue
        yield from _compare(inner, f"{path}.{key}", old.get(key), new.get(key))


def _compare_blocks(known: Property, path: str, old: list[Any], new: list[Any]) -> Iterator[tuple[str, What]]:
    one = Property(Kind.BLOCK, fields=known.fields)
    if len(old) == len(new) and not known.unordered:
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _compare(one, f"{path}[{number}]", before, after)
    elif not _same_set(one, old, new):
        if len(old) == len(new) == 1:
            yield from _compare(one, f"{path}[0]", old[0], new[0])
        else:
            yield path, What.UPDATE


def _same_set(one: Property, old: list[Any], new: list[Any]) -> bool:
    left = list(old)
    for item in new:
        twin = next((other for other in left if same(one, other, item)), None)
        if twin is None:
            return False
        left.remove(twin)
    return not left


def _compare_maps(path: str, old: Values, new: Values) -> Iterator[tuple[str, What]]:
    for key in sorted({*old, *new}):
        where = f"{path}.{key}" if key.isidentifier() else f'{path}["{key}"]'
        if key not in new:
            yield where, What.DELETE
        elif key not in old:
            yield where, What.ADD
        elif old[key] != new[key]:
            yield where, What.UPDATE


def _same_json(known: Property, old: str, new: str) -> bool:
    if old == new:
        return True
    try:
        parsed = json.loads(old), json.loads(new)
    except ValueError:
        return False
    before, after = map(known.normalise, parsed) if known.normalise else parsed
    return bool(before == after)


def _ordered(known: Property, value: list[Any]) -> list[Any]:
    return sorted(value) if known.unordered else value


def _blank(value: Any) -> bool:
    return value is not UNKNOWN and (value is None or value is False or value in (0, "", [], {}))
