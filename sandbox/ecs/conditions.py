"""The condition block of a policy's statement, evaluated against the keys of a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

Context = Mapping[str, str | Sequence[str]]
"""The keys of a request; a sequence where the key has several values. Names of keys know no case."""

_ARN_PARTS = 6
_FOR_ALL, _FOR_ANY, _IF_EXISTS = "ForAllValues:", "ForAnyValue:", "IfExists"
_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_LITERALS = {"*": "*", "?": "?", "$": "$"}
"""What `${*}`, `${?}` and `${$}` stand for."""


def holds(block: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Tell whether every condition of a block is met; an operator that AWS does not know is never met."""
    keys = {name.lower(): value for name, value in context.items()}
    return all(
        _met(operator, wanted, keys.get(key.lower()), keys)
        for operator, conditions in block.items()
        for key, wanted in conditions.items()
    )


def resolve(pattern: str, context: Context) -> str | None:
    """Return a pattern with its policy variables replaced; None where the request lacks one of them."""
    missing = False
    keys = {name.lower(): value for name, value in context.items()}

    def replace(found: re.Match[str]) -> str:
        nonlocal missing
        name, _, default = found[1].partition(",")
        value = _LITERALS.get(name) or keys.get(name.strip().lower())
        if isinstance(value, str):
            return value
        missing = missing or not default
        return default.strip().strip("'")

    resolved = _VARIABLE.sub(replace, pattern)
    return None if missing else resolved


def like(pattern: str, value: str) -> bool:
    """Match with `*` for any text and `?` for any one character."""
    return _compiled(pattern).fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)


def _met(operator: str, wanted: Any, given: str | Sequence[str] | None, context: Context) -> bool:
    name, for_all, for_any = operator, operator.startswith(_FOR_ALL), operator.startswith(_FOR_ANY)
    name = name.removeprefix(_FOR_ALL).removeprefix(_FOR_ANY)
    if_exists = name.endswith(_IF_EXISTS)
    name = name.removesuffix(_IF_EXISTS)
    patterns = [str(each) for each in _many(wanted)]
    if name == "Null":
        return (given is None) == (patterns[0].lower() == "true")
    if name not in _OPERATORS:
        return False
    test, negated = _OPERATORS[name]
    if given is None:
        return if_exists or for_all or (negated and not for_any)
    values = [str(each) for each in _many(given)]
    resolved = [each for each in (resolve(pattern, context) for pattern in patterns) if each is not None]

    def one(value: str) -> bool:
        return any(test(pattern, value) for pattern in resolved) != negated

    if for_any:
        return any(one(value) for value in values)
    return all(one(value) for value in values)


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [_text(value)]


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _same_arn(pattern: str, value: str) -> bool:
    """Compare ARNs part by part: a wildcard does not reach over a colon, but in the last part."""
    patterns, parts = pattern.split(":", _ARN_PARTS - 1), value.split(":", _ARN_PARTS - 1)
    return len(patterns) == len(parts) and all(map(like, patterns, parts))


def _in_network(pattern: str, value: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return False


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def test(pattern: str, value: str) -> bool:
        try:
            return compare(float(value), float(pattern))
        except ValueError:
            return False

    return test


def _date(compare: Callable[[datetime, datetime], bool]) -> Callable[[str, str], bool]:
    def test(pattern: str, value: str) -> bool:
        try:
            return compare(_moment(value), _moment(pattern))
        except ValueError:
            return False

    return test


def _moment(text: str) -> datetime:
    if text.replace(".", "", 1).isdigit():
        return datetime.fromtimestamp(float(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _same(pattern: str, value: str) -> bool:
    return pattern == value


def _same_but_case(pattern: str, value: str) -> bool:
    return pattern.lower() == value.lower()


_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (_same, False),
    "StringNotEquals": (_same, True),
    "StringEqualsIgnoreCase": (_same_but_case, False),
    "StringNotEqualsIgnoreCase": (_same_but_case, True),
    "StringLike": (like, False),
    "StringNotLike": (like, True),
    "ArnEquals": (_same_arn, False),
    "ArnLike": (_same_arn, False),
    "ArnNotEquals": (_same_arn, True),
    "ArnNotLike": (_same_arn, True),
    "Bool": (_same_but_case, False),
    "BinaryEquals": (_same, False),
    "IpAddress": (_in_network, False),
    "NotIpAddress": (_in_network, True),
    "NumericEquals": (_number(lambda value, bound: value == bound), False),
    "NumericNotEquals": (_number(lambda value, bound: value == bound), True),
    "NumericLessThan": (_number(lambda value, bound: value < bound), False),
    "NumericLessThanEquals": (_number(lambda value, bound: value <= bound), False),
    "NumericGreaterThan": (_number(lambda value, bound: value > bound), False),
    "NumericGreaterThanEquals": (_number(lambda value, bound: value >= bound), False),
    "DateEquals": (_date(lambda value, bound: value == bound), False),
    "DateNotEquals": (_date(lambda value, bound: value == bound), True),
    "DateLessThan": (_date(lambda value, bound: value < bound), False),
    "DateLessThanEquals": (_date(lambda value, bound: value <= bound), False),
    "DateGreaterThan": (_date(lambda value, bound: value > bound), False),
    "DateGreaterThanEquals": (_date(lambda value, bound: value >= bound), False),
}
"""Name -> (test of (pattern, value), whether it is the negation)."""
