"""What all resource types share: check, diff, and create, read, update and delete in the real provider's order.

A type says which properties it has and which calls its life is made of; what the engine's protocol needs is done here.
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sandbox.provider import naming, schema
from sandbox.provider.connection import Connection
from sandbox.provider.diff import Change, What, changes, same
from sandbox.provider.errors import AWS_ERRORS, OperationError, PartialFailureError, WaitError, worded
from sandbox.provider.schema import Problem, Properties, Property
from sandbox.provider.wire import UNKNOWN, Values, holds_unknown

DEFAULTS = "__defaults"
"""Names the inputs that the provider chose by itself, as the real bridge does; the engine hides keys that begin so."""

TAGS = {"tags": schema.mapping()}
REGION = {"region": schema.text(computed=True, force_new=True)}


@dataclass(frozen=True)
class Call:
    """One operation on one resource.

    Attributes:
        connection: AWS.
        urn: the resource's URN.
        id: its id, "" while it is being created.
        inputs: the program's values, with the provider's defaults filled in.
        state: the old state; empty on creation.
        changed: the top-level properties that an update changes.
        timeout: seconds of AWS's clock from `customTimeouts`, 0 where the type's own default holds.
        notes: what `create` leaves for `settle` and `read` of the same operation.
    """

    connection: Connection
    urn: str
    id: str = ""
    inputs: Values = dataclasses.field(default_factory=dict)
    state: Values = dataclasses.field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    timeout: float = 0
    notes: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def region(self) -> str:
        """The region of this resource: its own `region`, else the provider's."""
        own = self.inputs.get("region") or self.state.get("region")
        return own if isinstance(own, str) else self.connection.region

    @property
    def tags(self) -> dict[str, str]:
        """The resource's tags and the provider's default ones."""
        return {**self.connection.default_tags, **(self.inputs.get("tags") or {})}

    def client(self, service: str) -> Any:
        """Return a boto3 client in the resource's region."""
        return self.connection.client(service, self.region)


class Resource(ABC):
    """A resource type.

    Attributes:
        type_name: Pulumi's token of the type.
        label: what Terraform's provider calls it in errors.
        service_id: the Go SDK's name of the service, for errors.
        properties: what a program may set, without `tags` and `region`.
        outputs: what only AWS sets.
        name_limit: the longest name that AWS takes; 0 for a type whose name is not made up.
        name_property: the property that holds the name.
        prefix_property: the one that a name is made up from.
        taggable: has `tags` and `tagsAll`.
        regional: has `region`.
    """

    type_name: ClassVar[str]
    label: ClassVar[str]
    service_id: ClassVar[str]
    properties: ClassVar[Properties]
    outputs: ClassVar[tuple[str, ...]] = ()
    name_limit: ClassVar[int] = 0
    name_property: ClassVar[str] = "name"
    prefix_property: ClassVar[str] = "namePrefix"
    taggable: ClassVar[bool] = True
    regional: ClassVar[bool] = True

    # What a type says of itself.

    @abstractmethod
    def create(self, call: Call) -> str:
        """Create it and return its id. A failure here leaves nothing behind, so: one call."""

    def settle(self, call: Call) -> None:  # noqa: B027 - most types have nothing to do
        """Do what comes after creation (attributes, a wait). A failure here leaves the resource in the state."""

    @abstractmethod
    def read(self, call: Call) -> Values | None:
        """Return the properties that AWS has, or None where the resource is gone."""

    def update(self, call: Call) -> None:
        """Change what `call.changed` names, apart from tags."""
        raise NotImplementedError(f"{self.type_name} has nothing that can be updated: {sorted(call.changed)}")

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Remove some tags and put others."""
        raise NotImplementedError(f"{self.type_name} has no tags: {remove}, {sorted(put)}")

    @abstractmethod
    def delete(self, call: Call) -> None:
        """Delete it. That it is gone already is no error."""

    def verify(self, inputs: Values) -> list[Problem]:
        """Return what is wrong with inputs beyond the kinds of their values."""
        del inputs
        return []

    def changes(self, state: Values, news: Values) -> list[Change]:
        """Return what differs, tags excepted."""
        return changes(self.schema, state, news)

    # What follows from that.

    @property
    def schema(self) -> dict[str, Property]:
        """All the properties that a program may set."""
        return {**self.properties, **(TAGS if self.taggable else {}), **(REGION if self.regional else {})}

    @property
    def computed(self) -> list[str]:
        """The properties that only AWS tells when the program does not."""
        own = [key for key, known in self.schema.items() if known.computed and key != "region"]
        return [*own, *self.outputs]

    def check(self, name: str, olds: Values, news: Values, seed: bytes) -> tuple[Values, list[Problem]]:
        """Return the inputs with a name made up where there is none, and what is wrong with them."""
        inputs = {key: value for key, value in news.items() if not key.startswith("__")}
        found = list(schema.problems(self.schema, inputs, self.type_name))
        if not found:
            inputs = schema.coerce_all(self.schema, inputs)
            found = self.verify(inputs)
        key = self.name_property
        if self.name_limit and inputs.get(key) is None and inputs.get(self.prefix_property) is None:
            chosen_before = key in (olds.get(DEFAULTS) or []) and olds.get(key)
            before, after = self.name_affixes(inputs)
            room = self.name_limit - len(before) - len(after)
            try:
                inputs[key] = chosen_before or before + naming.autoname(name, seed, room) + after
            except naming.NameTooLongError as error:
                found.append(Problem(key, str(error)))
            inputs[DEFAULTS] = [key]
        return inputs, found

    def name_affixes(self, inputs: Values) -> tuple[str, str]:
        """Return what stands before and after a name that is made up."""
        del inputs
        return "", ""

    def diff(self, call_tags: Mapping[str, str], state: Values, news: Values) -> list[Change]:
        """Return what an update changes. `call_tags` are the provider's default tags."""
        found = self.changes(state, news)
        if self.taggable and not any(change.key == "tags" for change in found):
            wanted = merged_tags(call_tags, news)
            if wanted is not UNKNOWN and wanted != (state.get("tagsAll") or {}):
                found.append(Change("tagsAll", "tagsAll", What.UPDATE, replaces=False))
        return found

    def delete_before_replace(self, state: Values, news: Values) -> bool:
        """Return whether the old one has to go first, because the program gives both the same name."""
        if not self.name_limit or DEFAULTS in news:
            return False
        name = news.get(self.name_property)
        return name is not None and name == state.get(self.name_property)

    def planned(self, call: Call) -> Values:
        """Return the state that an operation is expected to lead to, with unknowns for what only AWS will tell."""
        wanted = schema.with_defaults(self.schema, _own(call.inputs))
        if call.id:
            kept = {key: call.state[key] for key in self.computed if key in call.state and wanted.get(key) is None}
        else:
            kept = {key: UNKNOWN for key in self.computed if wanted.get(key) is None}
        state = {**kept, **wanted}
        if self.taggable:
            state["tagsAll"] = merged_tags(call.connection.default_tags, call.inputs)
        if self.regional:
            state.setdefault("region", call.region)
        return state

    def run_create(self, call: Call) -> tuple[str, Values]:
        """Create the resource; return its id and state.

        Raises:
            OperationError: nothing was created.
            PartialFailureError: it exists and is not as it should be.
        """
        call = dataclasses.replace(call, inputs=self._named(schema.with_defaults(self.schema, _own(call.inputs))))
        try:
            id_ = self.create(call)
        except AWS_ERRORS as error:
            raise OperationError(f"creating {self.what(call)}: {worded(self.service_id, error)}") from error
        made = dataclasses.replace(call, id=id_)
        try:
            self.settle(made)
            return id_, self._state(made)
        except WaitError as error:
            raise self._partial(made, f"waiting for {self.label} ({id_}) create: {error}") from error
        except AWS_ERRORS as error:
            raise self._partial(made, f"creating {self.label} ({id_}): {worded(self.service_id, error)}") from error

    def run_update(self, call: Call) -> Values:
        """Change the resource; return its state.

        Raises:
            PartialFailureError: as the real bridge does, whatever failed; the state then tells what was asked for.
        """
        differ = {change.key for change in self.diff(call.connection.default_tags, call.state, call.inputs)}
        call = dataclasses.replace(
            call,
            inputs=self._named(schema.with_defaults(self.schema, _own(call.inputs)), call.state),
            changed=frozenset(differ - {"tags", "tagsAll"}),
        )
        try:
            if call.changed:
                self.update(call)
            if differ & {"tags", "tagsAll"}:
                self._retag(call)
            return self._state(call)
        except WaitError as error:
            raise self._partial(call, f"waiting for {self.label} ({call.id}) update: {error}") from error
        except AWS_ERRORS as error:
            raise self._partial(call, f"updating {self.label} ({call.id}): {worded(self.service_id, error)}") from error

    def run_read(self, call: Call, old_inputs: Values | None) -> tuple[Values, Values] | None:
        """Return the live state and the inputs that describe it, or None where the resource is gone."""
        try:
            live = self.read(call)
        except AWS_ERRORS as error:
            raise OperationError(f"reading {self.label} ({call.id}): {worded(self.service_id, error)}") from error
        if live is None:
            return None
        state = self._complete(call, live)
        return state, self._live_inputs(state, old_inputs)

    def run_delete(self, call: Call) -> None:
        """Delete the resource."""
        try:
            self.delete(call)
        except WaitError as error:
            raise OperationError(f"waiting for {self.label} ({call.id}) delete: {error}") from error
        except AWS_ERRORS as error:
            raise OperationError(f"deleting {self.label} ({call.id}): {worded(self.service_id, error)}") from error

    def what(self, call: Call) -> str:
        """Return how errors name a resource that has no id yet."""
        return f"{self.label} ({self.title(call)})"

    def title(self, call: Call) -> str:
        """Return the name in that."""
        return str(call.inputs.get(self.name_property) or call.urn.rpartition("::")[2])

    def _named(self, inputs: Values, state: Values | None = None) -> Values:
        """Give a resource with a `namePrefix` its name."""
        key, prefix = self.name_property, inputs.get(self.prefix_property)
        if not self.name_limit or inputs.get(key) is not None or prefix is None:
            return inputs
        _, after = self.name_affixes(inputs)
        made_up = naming.from_prefix(str(prefix)) + after
        return {**inputs, key: (state or {}).get(key) or made_up}

    def _retag(self, call: Call) -> None:
        old, new = call.state.get("tagsAll") or {}, call.tags
        self.retag(
            call, sorted(set(old) - set(new)), {key: value for key, value in new.items() if old.get(key) != value}
        )

    def _state(self, call: Call) -> Values:
        live = self.read(call)
        if live is None:
            raise WaitError("couldn't find resource")
        return self._complete(call, live)

    def _complete(self, call: Call, live: Values) -> Values:
        """Return the live properties together with what AWS does not know of."""
        origin = call.inputs or call.state
        for key, known in self.schema.items():
            if known.program_only:
                live[key] = origin.get(key, known.default)
            elif known.json and isinstance(origin.get(key), str) and same(known, live.get(key), origin[key]):
                live[key] = origin[key]  # the program's own writing of the same text
        if self.taggable:
            everything = live.pop("tagsAll", None) or {}
            live["tagsAll"] = everything
            defaults = call.connection.default_tags
            own = call.inputs.get("tags") or call.state.get("tags") or {}
            live["tags"] = {key: value for key, value in everything.items() if key in own or defaults.get(key) != value}
        if self.regional:
            live["region"] = call.region
        return {key: value for key, value in live.items() if value is not None}

    def _partial(self, call: Call, message: str) -> PartialFailureError:
        # Terraform's SDK records what was planned when a wait fails, not what exists; refresh tells the difference.
        planned = {key: value for key, value in self.planned(call).items() if not holds_unknown(value)}
        try:
            known = self.read(call) or {}
        except AWS_ERRORS:
            known = {}
        outputs = {key: known[key] for key in self.computed if known.get(key) is not None}
        return PartialFailureError(message, call.id, {**outputs, **planned})

    def _live_inputs(self, state: Values, old_inputs: Values | None) -> Values:
        """Return inputs that describe the live state, in the program's own writing where that still holds."""
        old = _own(old_inputs or {})
        inputs: Values = {}
        for key, known in self.schema.items():
            live = state.get(key)
            if key in old:
                inputs[key] = old[key] if same(known, live, old[key]) else live
            elif live is not None and not known.computed and not same(known, live, None):
                inputs[key] = live
        if not old:
            # An import: what the program has to write is not known, so everything that it could.
            required = {key for key, known in self.schema.items() if known.required or key == self.name_property}
            inputs |= {key: state[key] for key in required if state.get(key) is not None}
        if old_inputs and DEFAULTS in old_inputs:
            inputs[DEFAULTS] = old_inputs[DEFAULTS]
        return {key: value for key, value in inputs.items() if value is not None}


def merged_tags(defaults: Mapping[str, str], inputs: Values) -> Any:
    """Return the provider's default tags with the resource's own over them, unknown where those are."""
    own = inputs.get("tags") or {}
    return UNKNOWN if own is UNKNOWN or holds_unknown(own) else {**defaults, **own}


def _own(inputs: Values) -> Values:
    return {key: value for key, value in inputs.items() if not key.startswith("__")}
