"""EventBridge's event patterns: whether one is valid, and whether an event matches it; Lambda's filters are the same.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html; where the page is silent, as
AWS's own library does it (https://github.com/aws/event-ruler): of an array, one element has to match, all fields below
one array of objects have to match in the same element, and `exists: false` looks at all of them.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

_OR = "$or"
_ABSENT = {"exists": False}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    "=": lambda value, bound: value == bound,
    ">=": lambda value, bound: value >= bound,
    ">": lambda value, bound: value > bound,
}
_IGNORING_CASE = "equals-ignore-case"
_OR_AT_LEAST = 2


class PatternError(ValueError):
    """A pattern is not one that EventBridge takes; the message is AWS's reason, as its library words it."""


def parse_pattern(text: str) -> dict[str, Any]:
    """Return a pattern that was given as JSON text.

    Raises:
        PatternError: it is no JSON, or no pattern.
    """
    try:
        pattern = json.loads(text)
    except ValueError as error:
        raise PatternError(f"Event pattern is not valid JSON: {error}") from error
    if not isinstance(pattern, dict):
        raise PatternError("Filter is not an object")
    if not pattern:
        raise PatternError("Empty objects are not allowed")
    _check(pattern)
    return pattern


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Return whether an event matches a pattern that `parse_pattern` returned."""
    present = frozenset(_leaves(event, ""))
    return _matches(pattern, event, "", present)


# --- whether it is valid


def _check(pattern: Mapping[str, Any]) -> None:
    for key, value in pattern.items():
        if key == _OR and _are_alternatives(value):
            for each in value:
                _check(each)
        elif isinstance(value, dict):
            if not value:
                raise PatternError("Empty objects are not allowed")
            _check(value)
        elif isinstance(value, list):
            if not value:
                raise PatternError("Empty arrays are not allowed")
            for each in value:
                _check_filter(each)
        else:
            raise PatternError(f'"{key}" must be an object or an array')


def _are_alternatives(value: Any) -> bool:
    """Whether an `$or` has patterns; with anything else it is a field of that name."""
    return isinstance(value, list) and len(value) >= _OR_AT_LEAST and all(isinstance(each, dict) for each in value)


def _check_filter(filter_: Any) -> None:
    if isinstance(filter_, list):
        raise PatternError("Match value must be String, number, true, false, or null")
    if not isinstance(filter_, dict):
        return
    if len(filter_) != 1:
        raise PatternError("Only one key allowed in match expression")
    ((name, wanted),) = filter_.items()
    if name not in _FILTERS:
        raise PatternError(f"Unrecognized match type {name}")
    checked = _CHECKS.get(name)
    if checked is not None:
        checked(wanted)


def _check_exists(wanted: Any) -> None:
    if not isinstance(wanted, bool):
        raise PatternError("exists match pattern must be either true or false.")


def _check_numeric(wanted: Any) -> None:
    pairs = wanted if isinstance(wanted, list) else []
    if len(pairs) not in {2, 4}:
        raise PatternError("Too many elements in numeric expression" if pairs else "Value of numeric must be an array.")
    for operator, bound in zip(pairs[::2], pairs[1::2], strict=True):
        if operator not in _COMPARISONS:
            raise PatternError(f"Unrecognized numeric range operator: {operator}")
        if not _is_number(bound):
            raise PatternError(f"Value of {operator} must be numeric")


def _check_text(name: str) -> Callable[[Any], None]:
    def check(wanted: Any) -> None:
        inner = wanted.get(_IGNORING_CASE) if isinstance(wanted, dict) and name in {"prefix", "suffix"} else wanted
        if not isinstance(inner, str):
            raise PatternError(f"{name} match pattern must be a string")

    return check


def _check_anything_but(wanted: Any) -> None:
    if isinstance(wanted, dict):
        if len(wanted) != 1 or next(iter(wanted)) not in {"prefix", "suffix", _IGNORING_CASE, "wildcard"}:
            raise PatternError("Unsupported anything-but pattern")
        values = next(iter(wanted.values()))
        if not all(isinstance(each, str) for each in _many(values)) or not _many(values):
            raise PatternError("anything-but match pattern must be a string or a list of strings")
    elif not _many(wanted) or not all(isinstance(each, str) or _is_number(each) for each in _many(wanted)):
        raise PatternError("Value of anything-but must be an array or single string/number value.")


def _check_cidr(wanted: Any) -> None:
    try:
        ipaddress.ip_network(str(wanted), strict=False)
    except ValueError as error:
        raise PatternError(f"Malformed CIDR, one '/' required: {wanted}") from error


# --- whether it matches


def _leaves(value: Any, path: str) -> Iterator[str]:
    """Give the path of each value that is no object; elements of an array share one."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, path)
    else:
        yield path


def _matches(pattern: Mapping[str, Any], value: Any, path: str, present: frozenset[str]) -> bool:
    elements = _elements(value)
    if not elements:  # there may be filters below that want just that
        return _all(pattern, {}, path, present)
    return any(_all(pattern, each, path, present) for each in elements)


def _all(pattern: Mapping[str, Any], element: Mapping[str, Any], path: str, present: frozenset[str]) -> bool:
    return all(_one(key, wanted, element, path, present) for key, wanted in pattern.items())


def _one(key: str, wanted: Any, element: Mapping[str, Any], path: str, present: frozenset[str]) -> bool:
    if key == _OR and _are_alternatives(wanted):
        return any(_all(each, element, path, present) for each in wanted)
    below = f"{path}.{key}" if path else key
    if isinstance(wanted, dict):
        return _matches(wanted, element.get(key), below, present)
    if _ABSENT in wanted and below not in present:
        return True
    values = list(_scalars(element[key])) if key in element else []
    return any(_fits(filter_, each) for filter_ in wanted if filter_ != _ABSENT for each in values)


def _elements(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a value: itself, or those in an array."""
    if isinstance(value, Mapping):
        return [value]
    return [found for each in value for found in _elements(each)] if isinstance(value, list) else []


def _scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _scalars(each)
    elif not isinstance(value, Mapping):
        yield value


def _fits(filter_: Any, value: Any) -> bool:
    if not isinstance(filter_, dict):
        # "For numbers, EventBridge uses string representation": 300 is not 300.0.
        return type(filter_) is type(value) and bool(filter_ == value)
    ((name, wanted),) = filter_.items()
    return _FILTERS[name](wanted, value)


def _affix(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def fits(wanted: Any, value: Any) -> bool:
        if not isinstance(value, str):
            return False
        if isinstance(wanted, dict):
            return test(value.lower(), str(wanted[_IGNORING_CASE]).lower())
        return any(test(value, each) for each in _many(wanted))

    return fits


def _ignoring_case(wanted: Any, value: Any) -> bool:
    return isinstance(value, str) and value.lower() in {str(each).lower() for each in _many(wanted)}


def _numeric(wanted: list[Any], value: Any) -> bool:
    pairs = zip(wanted[::2], wanted[1::2], strict=True)
    return _is_number(value) and all(_COMPARISONS[operator](value, bound) for operator, bound in pairs)


def _anything_but(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        ((name, values),) = wanted.items()
        return not any(_FILTERS[name](each, value) for each in _many(values))
    return not any(_fits(each, value) for each in _many(wanted))


def _cidr(wanted: str, value: Any) -> bool:
    try:
        return ipaddress.ip_address(str(value)) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _wildcard(wanted: Any, value: Any) -> bool:
    return isinstance(value, str) and any(_compiled(each).fullmatch(value) is not None for each in _many(wanted))


@cache
def _compiled(wildcard: str) -> re.Pattern[str]:
    """A star is any text, unless a backslash is before it."""
    parts = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", wildcard)
    text = "".join(".*" if each == "*" else re.escape(each[-1] if each in {r"\*", "\\\\"} else each) for each in parts)
    return re.compile(text, re.DOTALL)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_FILTERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "prefix": _affix(str.startswith),
    "suffix": _affix(str.endswith),
    _IGNORING_CASE: _ignoring_case,
    "numeric": _numeric,
    "anything-but": _anything_but,
    "exists": lambda _wanted, _value: True,  # it is there; whether it is absent is looked at before
    "cidr": _cidr,
    "wildcard": _wildcard,
}
_CHECKS: Mapping[str, Callable[[Any], None]] = {
    "prefix": _check_text("prefix"),
    "suffix": _check_text("suffix"),
    _IGNORING_CASE: _check_text(_IGNORING_CASE),
    "numeric": _check_numeric,
    "anything-but": _check_anything_but,
    "exists": _check_exists,
    "cidr": _check_cidr,
    "wildcard": _check_text("wildcard"),
}
