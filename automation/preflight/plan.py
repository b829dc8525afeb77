"""What an update would do, as values: each resource with the inputs that the program wants and those that it had.

A preview of the engine says it, the same that plain `pulumi up` shows before it asks.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from pulumi.automation import EngineEvent
from pulumi.automation.errors import StackNotFoundError

from automation.aws.account import Provider
from automation.engine.update import provider_of
from automation.engine.workspace import OpenStack
from automation.errors import UsageError


class PreviewError(UsageError):
    """The program cannot be previewed; the message is the engine's."""


class Hidden(Enum):
    """Stands for a planned value that cannot be seen; it is found wherever the value would be."""

    UNKNOWN = "known only once the update has run"
    SECRET = "secret"  # noqa: S105 - what it stands for, in a person's words


UNKNOWN = Hidden.UNKNOWN
SECRET = Hidden.SECRET

_SENTINELS = {
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
    "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
    "e48ece36-62e2-4504-bad9-02848725956a",  # archive
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
}
"""How the engine writes a value that is not known yet (`sdk/go/common/resource/plugin/rpc.go` of pulumi/pulumi)."""
_HIDDEN = "[secret]"
"""How an event of the engine writes a secret value."""
_REPLACING = {"create-replacement", "replace"}
_DELETING = {"delete", "delete-replaced", "discard", "discard-replaced", "read-discard", "remove-pending-replace"}
_SHOWN = {"create": "create", "update": "update", "delete": "delete", "replace": "replace"}


@dataclass(frozen=True)
class PlannedResource:
    """One resource of the stack, as the update would leave it."""

    urn: str
    type: str
    name: str
    """Its name in the program; AWS's name is among the inputs, where the program sets it."""
    operation: str
    """`create`, `update`, `same`, `replace`, `delete`, or another word of the engine."""
    inputs: Mapping[str, Any] = field(repr=False)
    """With the provider's keys; `UNKNOWN` and `SECRET` stand where a value cannot be seen. Empty on a delete."""
    old_inputs: Mapping[str, Any] | None = field(default=None, repr=False)
    old_outputs: Mapping[str, Any] | None = field(default=None, repr=False)
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What a component says of itself in the preview; empty of any other resource."""
    provider: str | None = None
    """`URN::ID` of the provider's resource."""
    parent: str | None = None
    depends: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """The URNs of the resources that an input's value is made of, by input."""

    @property
    def made(self) -> bool:
        """Whether the update makes it (anew): what it will be called in AWS may not be known yet."""
        return self.operation in {"create", "replace"}

    @property
    def deleted(self) -> bool:
        """Whether the program does not want it any more."""
        return self.operation == "delete"

    def known(self, key: str) -> Any:
        """Return an input, or the output of that name where the resource is not made anew; None where there is neither.

        Of a resource that is deleted it is what it was.
        """
        value = (self.old_inputs or {}).get(key) if self.deleted else self.inputs.get(key)
        if (value is None or value is UNKNOWN) and not self.made and self.old_outputs:
            value = self.old_outputs.get(key, value)
        return value


@dataclass(frozen=True)
class Plan:
    """Everything that a preview said."""

    resources: tuple[PlannedResource, ...]
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    providers: Mapping[str, Provider] = field(default_factory=dict)
    """The providers of AWS, by URN."""

    def of_type(self, type_: str) -> tuple[PlannedResource, ...]:
        """Return the resources of a type that are there after the update."""
        return tuple(each for each in self.resources if each.type == type_ and not each.deleted)

    def get(self, urn: str) -> PlannedResource | None:
        """Return the resource of that URN."""
        return next((each for each in self.resources if each.urn == urn), None)

    def sources(self, resource: PlannedResource, key: str, type_: str) -> tuple[PlannedResource, ...]:
        """Return the resources of a type that an input's value comes from.

        Where the engine did not say what depends on what, it is the only one that the update makes: of the same
        parent, else of the stack.
        """
        of_type = self.of_type(type_)
        if resource.depends:
            return tuple(each for each in of_type if each.urn in resource.depends.get(key, ()))
        made = [each for each in of_type if each.made]
        siblings = [each for each in made if each.parent == resource.parent]
        return tuple(next((found for found in (siblings, made) if len(found) == 1), ()))

    def lines(self) -> list[str]:
        """Return one line for each resource that the update would create, update, replace or delete."""
        shown = [each for each in self.resources if each.operation in _SHOWN]
        lines = [f"would {_SHOWN[each.operation]} {each.type} {each.name}" for each in shown]
        return lines or ["nothing would change"]


def preview(opened: OpenStack, config_file: Path, given_up: Callable[[], bool] = lambda: False) -> Plan:
    """Preview an update of the stack, and return its plan; the stack is made where there is none and that is allowed.

    The engine's plan file, which says what depends on what, is kept beside `config_file` and removed again. Once it is
    `given_up`, what interrupted it is not looked into, and nothing further is started.

    Raises:
        UsageError: there is no such stack, or the backend does not let it be opened.
        PreviewError: the program cannot be previewed; the message is the engine's.
    """
    try:
        return _preview(opened, config_file, given_up)
    except StackNotFoundError:
        if given_up():
            raise
        opened.ensure()
        return _preview(opened, config_file, given_up)


def _preview(opened: OpenStack, config_file: Path, given_up: Callable[[], bool]) -> Plan:
    events: list[EngineEvent] = []
    file = config_file.with_name("plan.json")
    file.touch(mode=0o600)  # the engine keeps the mode: there are the program's settings in it
    try:
        opened.stack.preview(on_event=events.append, color="never", config_file=str(config_file), plan=str(file))
        return read_plan(events, read_dependencies(file))
    except StackNotFoundError:
        raise
    except Exception as problem:
        # Where the engine has not begun, the stack cannot be opened, which has a sentence of its own.
        if not events and not given_up():
            opened.ensure()
        raise PreviewError("\n".join(read_plan(events).errors) or str(problem)) from problem
    finally:
        file.unlink(missing_ok=True)


def read_plan(
    events: Iterable[EngineEvent], depends: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None
) -> Plan:
    """Return what a preview's events say; `depends` are the dependencies of each resource's inputs, by URN."""
    found: dict[str, PlannedResource] = {}
    said: dict[str, list[str]] = {"error": [], "warning": []}
    providers: dict[str, Provider] = {}
    for event in events:
        if provider := provider_of(event):
            providers[provider.urn] = provider
        if pre := event.resource_pre_event:
            planned = _planned(pre.metadata, (depends or {}).get(pre.metadata.urn, {}))
            before = found.get(planned.urn)
            # A replacement is told as several steps, of which only those that make it know the new inputs.
            if before is None or (before.deleted and not planned.deleted):
                found[planned.urn] = planned
        if (done := event.res_outputs_event) and done.metadata.new and not done.metadata.new.custom:
            urn, told = done.metadata.urn, done.metadata.new.outputs
            if told and urn in found:
                found[urn] = replace(found[urn], outputs=seen(told))
        if (diagnostic := event.diagnostic_event) and diagnostic.severity in said:
            said[diagnostic.severity].append(diagnostic.message.strip())
    errors, warnings = (tuple(dict.fromkeys(said[severity])) for severity in ("error", "warning"))
    return Plan(tuple(found.values()), errors, warnings, providers)


def _planned(metadata: Any, depends: Mapping[str, tuple[str, ...]]) -> PlannedResource:
    operation = metadata.op.value
    operation = "replace" if operation in _REPLACING else "delete" if operation in _DELETING else operation
    new, old = metadata.new, metadata.old
    deleted = operation == "delete"
    state = old if deleted or new is None else new
    return PlannedResource(
        urn=metadata.urn,
        type=metadata.type,
        name=metadata.urn.rsplit("::", 1)[-1],
        operation=operation,
        inputs={} if deleted or new is None else seen(new.inputs or {}),
        old_inputs=seen(old.inputs or {}) if old else None,
        old_outputs=seen(old.outputs or {}) if old else None,
        provider=metadata.provider or None,
        parent=(state.parent if state else None) or None,
        depends=depends,
    )


def seen(value: Any) -> Any:
    """Return a value of an event with `UNKNOWN` and `SECRET` where it hides something."""
    match value:
        case str() if value in _SENTINELS:
            return UNKNOWN
        case str() if value == _HIDDEN:
            return SECRET
        case Mapping():
            return {key: seen(each) for key, each in value.items()}
        case list():
            return [seen(each) for each in value]
        case _:
            return value


def hidden(value: Any) -> Hidden | None:
    """Return what hides a value or a part of it; None where all of it is seen."""
    return next(_hidden(value), None)


def _hidden(value: Any) -> Iterator[Hidden]:
    match value:
        case Hidden():
            yield value
        case Mapping():
            for each in value.values():
                yield from _hidden(each)
        case list() | tuple():
            for each in value:
                yield from _hidden(each)


def read_dependencies(file: Path) -> dict[str, Mapping[str, tuple[str, ...]]]:
    """Read the dependencies out of the engine's update plan; nothing where this engine wrote none.

    Source: `DeploymentPlanV1` and `GoalV1` in sdk/go/common/apitype/plan.go of pulumi/pulumi.
    """
    try:
        plans = json.loads(file.read_text(encoding="utf-8")).get("resourcePlans", {})
        goals = {urn: (plan or {}).get("goal") or {} for urn, plan in plans.items()}
        return {
            urn: {key: tuple(urns or ()) for key, urns in (goal.get("propertyDependencies") or {}).items()}
            for urn, goal in goals.items()
        }
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return {}
