"""What is known of a request decides conditions of a policy; those that it does not decide stay in the policy."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Known = Mapping[str, str]
"""Condition keys and their values, as they will be when ECS asks. A value that ends in `*` is known up to there."""


def settled(document: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """Return a policy without the conditions that hold, and without the statements whose conditions do not.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    given = document.get("Statement")
    statements = given if isinstance(given, list) else [given]
    return {**document, "Statement": list(_settled(statements, {key.lower(): known[key] for key in known}))}


def _settled(statements: list[Any], known: Known) -> Iterator[Any]:
    for statement in statements:
        conditions = statement.get("Condition") if isinstance(statement, Mapping) else None
        if not isinstance(conditions, Mapping):
            yield statement
            continue
        open_: dict[str, Any] = {}
        holds = True
        for operator, tests in conditions.items():
            for key, values in tests.items() if isinstance(tests, Mapping) else ():
                answer = _holds(operator, known.get(key.lower()), values)
                holds = holds and answer is not False
                if answer is None:
                    open_.setdefault(operator, {})[key] = values
        if holds:
            rest = {key: value for key, value in statement.items() if key != "Condition"}
            yield {**rest, "Condition": open_} if open_ else rest


def _holds(operator: str, value: str | None, wanted: Any) -> bool | None:
    """Tell whether one test holds; None where that is not known."""
    name = operator.removesuffix("IfExists")
    positive = name.replace("Not", "")
    test = _TESTS.get(positive)
    if value is None or test is None:
        return None
    answers = [test(value, str(each)) for each in (wanted if isinstance(wanted, list) else [wanted])]
    met = True if True in answers else None if None in answers else False
    return met if positive == name or met is None else not met


def _equals(value: str, wanted: str) -> bool | None:
    if not value.endswith("*"):
        return value == wanted
    return None if wanted.startswith(value[:-1]) else False


def _like(value: str, pattern: str) -> bool | None:
    """Compare with `*` and `?`; a value that is known up to its `*` matches what ends in a `*` there or before."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    if not value.endswith("*"):
        return re.fullmatch(expression, value, re.DOTALL) is not None
    start = value[:-1]
    if pattern.endswith("*") and re.fullmatch(expression, start, re.DOTALL):
        return True
    literal = re.split(r"[*?]", pattern, maxsplit=1)[0]
    return None if start.startswith(literal) or literal.startswith(start) else False


_TESTS: dict[str, Callable[[str, str], bool | None]] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": lambda value, wanted: _equals(value.lower(), wanted.lower()),
    "StringLike": _like,
    "ArnEquals": _like,  # AWS: the two operators of ARNs behave alike
    "ArnLike": _like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
}
