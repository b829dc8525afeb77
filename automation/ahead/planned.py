"""A plan in the shape that the hardening controls judge: the resources that the update leaves, and their waivers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from automation.preflight.plan import Hidden, Plan, PlannedResource


@dataclass(frozen=True)
class Planned:
    """A resource as the controls want it, by its URN: two of a stack may have one name."""

    urn: str
    type: str
    inputs: Mapping[str, object]
    names: frozenset[str]
    """The texts by which others may refer to it, as far as they are known."""
    waivers: tuple[Mapping[str, Any], ...]
    """What the component that made it waives, as its program wrote it."""


def planned_resources(plan: Plan, hidden: object) -> Iterator[Planned]:
    """Yield the resources that are there after the update; `hidden` stands for what cannot be seen."""
    for each in plan.resources:
        if not each.deleted:
            inputs = {key: _shown(value, hidden) for key, value in each.inputs.items()}
            yield Planned(each.urn, each.type, inputs, _names(each), tuple(_waivers(plan, each)))


def _names(resource: PlannedResource) -> frozenset[str]:
    known = (resource.known(key) for key in ("arn", "id", "name"))
    return frozenset(each for each in known if isinstance(each, str) and each)


def _waivers(plan: Plan, resource: PlannedResource) -> Iterator[Mapping[str, Any]]:
    above = plan.get(resource.parent) if resource.parent else None
    if above is not None:
        given = above.outputs.get("waivers")
        yield from (each for each in (given if isinstance(given, list) else ()) if isinstance(each, Mapping))
        yield from _waivers(plan, above)


def _shown(value: object, hidden: object) -> object:
    match value:
        case Hidden():
            return hidden
        case Mapping():
            return {key: _shown(each, hidden) for key, each in value.items()}
        case list():
            return [_shown(each, hidden) for each in value]
    return value
