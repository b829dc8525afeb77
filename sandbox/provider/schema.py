"""What a property of a resource is: its kind, and how a change of it is judged."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.provider.archive import is_archive
from sandbox.provider.errors import MissingError
from sandbox.provider.wire import UNKNOWN, Values, holds_unknown


class Kind(StrEnum):
    """The shape of a property's value."""

    TEXT = "a string"
    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    TEXTS = "a list of strings"
    WHOLES = "a list of whole numbers"
    MAP = "a map of strings"
    BLOCK = "an object"
    BLOCKS = "a list of objects"
    ARCHIVE = "an archive or an asset"


@dataclass(frozen=True)
class Property:
    """One property of a resource or of an object in it.

    Attributes:
        kind: its shape; a string that reads as a number is taken for one and the other way round.
        required: the program has to give it.
        force_new: a change of it replaces the resource.
        computed: AWS decides it where the program does not, so that what AWS decided is no difference.
        default: what the real provider takes where the program says nothing.
        unordered: the order of the list means nothing.
        json: a JSON text; compared by meaning, and an object is written as text.
        fields: the properties of the object, or of each object of the list.
        normalise: brings a parsed JSON text into the form in which two that mean the same are equal.
        program_only: nothing of AWS: how the provider should work (`waitForSteadyState`).
        member: AWS's name of it, where that is not the property's own in AWS's spelling (`cidrBlock`, `CidrBlock`).
        only_while: a flag of the same object; while the program does not set that, a change of this means nothing.
    """

    kind: Kind = Kind.TEXT
    required: bool = False
    force_new: bool = False
    computed: bool = False
    default: Any = None
    unordered: bool = False
    json: bool = False
    fields: "Mapping[str, Property] | None" = None
    normalise: Callable[[Any], Any] | None = None
    program_only: bool = False
    member: str = ""
    only_while: str = ""


Properties = Mapping[str, Property]


def text(**settings: Any) -> Property:
    """Return a string property."""
    return Property(Kind.TEXT, **settings)


def whole(**settings: Any) -> Property:
    """Return a property that is a whole number."""
    return Property(Kind.WHOLE, **settings)


def number(**settings: Any) -> Property:
    """Return a property that is any number."""
    return Property(Kind.NUMBER, **settings)


def flag(**settings: Any) -> Property:
    """Return a property that is true or false."""
    return Property(Kind.FLAG, **settings)


def texts(**settings: Any) -> Property:
    """Return a property that is a list of strings; its order means nothing unless said otherwise."""
    return Property(Kind.TEXTS, **{"unordered": True, **settings})


def wholes(**settings: Any) -> Property:
    """Return a property that is a list of whole numbers, whose order means nothing."""
    return Property(Kind.WHOLES, **{"unordered": True, **settings})


def marker(**settings: Any) -> Property:
    """Return an object without properties, which says something by being there: `{"block": {}}`."""
    return Property(Kind.BLOCK, fields={}, **settings)


def mapping(**settings: Any) -> Property:
    """Return a property that is a map of strings."""
    return Property(Kind.MAP, **settings)


def block(fields: Properties, **settings: Any) -> Property:
    """Return a property that is an object."""
    return Property(Kind.BLOCK, fields=fields, **settings)


def blocks(fields: Properties, **settings: Any) -> Property:
    """Return a property that is a list of objects; its order means nothing unless said otherwise."""
    return Property(Kind.BLOCKS, fields=fields, **{"unordered": True, **settings})


def archive(**settings: Any) -> Property:
    """Return a property that is an archive or an asset, which AWS does not tell."""
    return Property(Kind.ARCHIVE, program_only=True, **settings)


@dataclass(frozen=True)
class Problem:
    """A value that a resource cannot take."""

    path: str
    reason: str


def problems(properties: Properties, values: Values, owner: str, path: str = "") -> Iterator[Problem]:
    """Yield what is wrong with the values that a program gave for `owner`, a resource type's token."""
    for key, value in values.items():
        where = f"{path}.{key}" if path else key
        known = properties.get(key)
        if known is None:
            yield Problem(where, str(MissingError(f"the property `{where}` of {owner}")))
        elif value is not None and value is not UNKNOWN:
            yield from _value_problems(known, value, owner, where)
    for key, known in properties.items():
        if known.required and values.get(key) is None:
            where = f"{path}.{key}" if path else key
            yield Problem(where, f"Missing required argument: `{where}` is required, but no definition was found")


def _value_problems(known: Property, value: Any, owner: str, where: str) -> Iterator[Problem]:
    if known.fields is not None:
        items = value if known.kind is Kind.BLOCKS else [value]
        if not isinstance(items, list) or not all(item is UNKNOWN or isinstance(item, dict) for item in items):
            yield Problem(where, f"`{where}` must be {known.kind}")
            return
        for number_, item in enumerate(items):
            if item is not UNKNOWN:
                inner = f"{where}[{number_}]" if known.kind is Kind.BLOCKS else where
                yield from problems(known.fields, item, owner, inner)
    elif coerced(known, value) is None:
        yield Problem(where, f"`{where}` must be {known.kind}, not {value!r}")


def coerced(known: Property, value: Any) -> Any:
    """Return a value in the property's kind, or None where it cannot be; unknowns stay."""
    if value is UNKNOWN or value is None:
        return value
    if known.json and not isinstance(value, str):
        return UNKNOWN if holds_unknown(value) else json.dumps(value)
    return _COERCE[known.kind](known, value)


def coerce_all(properties: Properties, values: Values) -> Values:
    """Return a program's values in their kinds, objects within them too; unknown properties are left as they are."""
    return {key: coerced(properties[key], value) if key in properties else value for key, value in values.items()}


def with_defaults(properties: Properties, values: Values) -> Values:
    """Return the values with the real provider's defaults where the program says nothing, objects within them too."""
    filled = {key: known.default for key, known in properties.items() if known.default is not None}
    for key, value in values.items():
        known = properties.get(key)
        if known is None or known.fields is None or value is UNKNOWN:
            filled[key] = value
        elif known.kind is Kind.BLOCK:
            filled[key] = with_defaults(known.fields, value)
        else:
            filled[key] = [item if item is UNKNOWN else with_defaults(known.fields, item) for item in value]
    return filled


def _coerce_text(_known: Property, value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _coerce_number(known: Property, value: Any) -> Any:
    try:
        as_number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except ValueError:
        return None
    if as_number is None or (known.kind is Kind.WHOLE and not as_number.is_integer()):
        return None
    return int(as_number) if as_number.is_integer() else as_number


def _coerce_flag(_known: Property, value: Any) -> Any:
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(value)


def _coerce_texts(known: Property, value: Any) -> Any:
    if not isinstance(value, list):
        return None
    items = [item if item is UNKNOWN else _coerce_text(known, item) for item in value]
    return None if any(item is None for item in items) else items


def _coerce_wholes(_known: Property, value: Any) -> Any:
    if not isinstance(value, list):
        return None
    items = [item if item is UNKNOWN else _coerce_number(whole(), item) for item in value]
    return None if any(item is None for item in items) else items


def _coerce_map(known: Property, value: Any) -> Any:
    if not isinstance(value, dict):
        return None
    items = {key: item if item is UNKNOWN else _coerce_text(known, item) for key, item in value.items()}
    return None if any(item is None for item in items.values()) else items


def _coerce_block(known: Property, value: Any) -> Any:
    return coerce_all(known.fields or {}, value) if isinstance(value, dict) else None


def _coerce_blocks(known: Property, value: Any) -> Any:
    if not isinstance(value, list):
        return None
    return [item if item is UNKNOWN else coerce_all(known.fields or {}, item) for item in value]


def _coerce_archive(_known: Property, value: Any) -> Any:
    return value if is_archive(value) else None


_COERCE: Mapping[Kind, Callable[[Property, Any], Any]] = {
    Kind.TEXT: _coerce_text,
    Kind.WHOLE: _coerce_number,
    Kind.NUMBER: _coerce_number,
    Kind.FLAG: _coerce_flag,
    Kind.TEXTS: _coerce_texts,
    Kind.WHOLES: _coerce_wholes,
    Kind.MAP: _coerce_map,
    Kind.BLOCK: _coerce_block,
    Kind.BLOCKS: _coerce_blocks,
    Kind.ARCHIVE: _coerce_archive,
}
