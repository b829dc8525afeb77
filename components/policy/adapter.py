"""Brings what a policy is given into the shape that controls judge; it needs no policy SDK."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from ..controls import UNKNOWN, Control, Level, Resource, Stack, failures
from ..controls.engine import judge


class Given(Protocol):
    """A resource as a stack policy gets it: `pulumi_policy.PolicyResource` is one."""

    resource_type: str
    name: str
    urn: str
    props: Mapping[str, Any]


class Everything(Protocol):
    """What a stack policy gets: `pulumi_policy.StackValidationArgs` is one."""

    resources: Sequence[Given]


Report = Callable[[str, str | None], None]
"""Says a violation, and the URN that it is about."""

MANDATORY = frozenset({Level.MUST, Level.DEFAULT})
"""What stops an update; a stack that cannot keep a default disables its policy in the pack's configuration."""


def validator(control: Control, unknown: type[Exception]) -> Callable[[Everything, Report], None]:
    """Return the function that holds a whole stack against one control.

    `unknown` is what the SDK raises where a value is not known yet, as in a preview; what is not known is no violation.
    """
    return partial(_validate, control, unknown)


def _validate(control: Control, unknown: type[Exception], everything: Everything, report: Report) -> None:
    # By their URNs: two resources of a stack may have one name. What is not in the stack may be elsewhere.
    stack = Stack(tuple(_resources(everything.resources, unknown)))
    for finding in failures(judge([control], stack)):
        name = finding.resource.rpartition("::")[2]
        report(f"{name}: {finding.path} {finding.message}; {control.reason}. {control.instead}", finding.resource)


def _resources(given: Iterable[Given], unknown: type[Exception]) -> Iterable[Resource]:
    for each in given:
        inputs = _known(each.props, unknown)
        names = {text for key in ("arn", "id", "name") if isinstance(text := inputs.get(key), str) and text}
        yield Resource(each.resource_type, each.urn, inputs, frozenset(names))


def _known(props: Mapping[str, Any], unknown: type[Exception]) -> dict[str, object]:
    return {key: _value(props, key, unknown) for key in props}


def _value(of: Any, key: Any, unknown: type[Exception]) -> object:
    try:
        value = of[key]
    except unknown:
        return UNKNOWN
    if isinstance(value, Mapping):
        return _known(value, unknown)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_value(value, place, unknown) for place in range(len(value))]
    return value
