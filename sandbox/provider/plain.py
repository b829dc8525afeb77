"""A resource type told as a table: the operations that its life is made of, and AWS's names of its properties.

Most types of AWS are alike: one operation creates, one describes, a few change a part each, one deletes. Such a type
is a class of declarations; what is peculiar to it is a method.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.errors import code
from sandbox.provider.resource import Call, Resource
from sandbox.provider.schema import Kind, Properties, Property, coerced
from sandbox.provider.tagging import Tagging
from sandbox.provider.waiting import retry, until
from sandbox.provider.wire import Values

_TIMEOUT = 15 * 60


@dataclass(frozen=True)
class Ask:
    """One operation.

    Attributes:
        operation: boto3's name of it.
        request: its members for a call; those that are None are left out.
        path: what is taken from the answer, as `Vpcs.0`; all of it when empty.
    """

    operation: str
    request: Callable[[Call], Mapping[str, Any]]
    path: str = ""

    def __call__(self, client: Any, call: Call) -> Any:
        """Ask AWS."""
        request = {key: value for key, value in self.request(call).items() if value is not None}
        return dig(getattr(client, self.operation)(**request), self.path)


@dataclass(frozen=True)
class Step:
    """A part of a resource that an operation of its own sets.

    Attributes:
        keys: the properties that it sets.
        ask: the operation.
        settles: it is asked after a creation too; the creating call then does not have those properties.
        unset: asked instead where none of the properties is given any more.
    """

    keys: tuple[str, ...]
    ask: Ask
    settles: bool = True
    unset: Ask | None = None


class Plain(Resource):
    """A type of AWS that is told as a table.

    Attributes:
        service: boto3's name of the service.
        creates: the operation that creates.
        identity: where the creation's answer has the id; empty for a type that says so itself (`id_of`).
        reads: the operation that describes it.
        steps: what changes it.
        deletes: the operation that deletes it.
        gone: AWS's codes for "there is none".
        busy: codes for which a deletion is tried again.
        tagging: how it is tagged.
        arn: its ARN, with the id, region and account to fill in; empty where AWS tells it, or there is none.
        ready: where the description has a state, and the one that a creation waits for.
        lower: AWS spells members as Pulumi does: `registryId`, not `RegistryId`.
    """

    service: ClassVar[str]
    creates: ClassVar[str] = ""
    identity: ClassVar[str] = ""
    reads: ClassVar[Ask]
    steps: ClassVar[tuple[Step, ...]] = ()
    deletes: ClassVar[Ask]
    gone: ClassVar[frozenset[str]] = frozenset()
    busy: ClassVar[frozenset[str]] = frozenset()
    tagging: ClassVar[Tagging | None] = None
    arn: ClassVar[str] = ""
    ready: ClassVar[tuple[str, str] | None] = None
    lower: ClassVar[bool] = False

    # What a type may say in its own way.

    def request(self, call: Call) -> dict[str, Any]:
        """Return the members of the creating call, without tags."""
        later = {key for step in self.steps if step.settles for key in step.keys}
        return self.members(call.inputs, *(key for key in self.properties if key not in later))

    def id_of(self, call: Call, answer: Mapping[str, Any]) -> str:
        """Return the id of what was just created."""
        del call
        return str(dig(answer, self.identity))

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return what the description has elsewhere than under the properties' own names."""
        del call, found
        return {}

    # Its life.

    def create(self, call: Call) -> str:
        """Create it, with its tags."""
        tags = self.tagging.of_creation(call.tags) if self.tagging else {}
        return self.id_of(call, getattr(self.client(call), self.creates)(**self.request(call), **tags))

    def settle(self, call: Call) -> None:
        """Wait until it is there, and set what has operations of its own."""
        if self.ready is not None:
            path, value = self.ready
            until(value, lambda: str(dig(self.find(call), path)), call.connection.pace, _TIMEOUT)
        for step in self.steps:
            if step.settles and any(_given(call.inputs.get(key)) for key in step.keys):
                step.ask(self.client(call), call)

    def read(self, call: Call) -> Values | None:
        """Return it under Pulumi's names."""
        found = self.find(call)
        if found is None:
            return None
        state = {
            key: self.from_aws(known, found.get(self.member(key, known)))
            for key, known in self.properties.items()
            if not known.program_only
        }
        state |= {key: found.get(key if self.lower else _pascal(key)) for key in self.outputs}
        if self.arn:
            state["arn"] = self.arn.format(id=call.id, region=call.region, account=account(call))
        state |= self.more(call, found)
        if self.tagging is not None:
            state["tagsAll"] = self.tagging.read(self.client(call), call.id, found, state)
        return state

    def update(self, call: Call) -> None:
        """Ask for each part that differs."""
        for step in self.steps:
            if call.changed & set(step.keys):
                unset = step.unset is not None and not any(_given(call.inputs.get(key)) for key in step.keys)
                ask = step.unset if unset and step.unset is not None else step.ask
                ask(self.client(call), call)

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Change tags."""
        if self.tagging is None:
            raise NotImplementedError(f"{self.type_name} has no tags")
        self.tagging.change(self.client(call), call.id, call.state, remove, put)

    def delete(self, call: Call) -> None:
        """Delete it, asked again while something that goes too still uses it."""
        try:
            retry(
                lambda: self.deletes(self.client(call), call),
                lambda error: code(error) in self.busy,
                call.connection.pace,
                call.timeout or _TIMEOUT,
            )
        except ClientError as error:
            if code(error) not in self.gone:
                raise

    # Parts.

    def client(self, call: Call) -> Any:
        """Return the service's client."""
        return call.client(self.service)

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return AWS's description, None where there is none."""
        try:
            found: Mapping[str, Any] | None = self.reads(self.client(call), call)
        except ClientError as error:
            if code(error) in self.gone:
                return None
            raise
        return found or None

    def wait_until_gone(self, call: Call) -> None:
        """Wait until AWS describes it no more."""
        until("", lambda: "" if self.find(call) is None else "deleting", call.connection.pace, call.timeout or _TIMEOUT)

    def members(self, values: Values, *keys: str) -> dict[str, Any]:
        """Return properties that are given under AWS's names."""
        return {
            self.member(key, self.properties[key]): self.to_aws(self.properties[key], values[key])
            for key in keys
            if _given(values.get(key)) and not self.properties[key].program_only
        }

    def member(self, key: str, known: Property) -> str:
        """Return AWS's name of a property."""
        return known.member or (key if self.lower else _pascal(key))

    def to_aws(self, known: Property, value: Any) -> Any:
        """Return a value under AWS's names."""
        if known.fields is None or value is None:
            return value
        if known.kind is Kind.BLOCKS:
            return [self._object_to_aws(known.fields, item) for item in value]
        return self._object_to_aws(known.fields, value)

    def from_aws(self, known: Property, value: Any) -> Any:
        """Return AWS's value under Pulumi's names."""
        if value is None:
            return None
        if known.fields is None:
            return coerced(known, value)
        if known.kind is Kind.BLOCKS:
            return [self._object_from_aws(known.fields, item) for item in value]
        told = self._object_from_aws(known.fields, value)
        return told if told or not known.fields else None

    def _object_to_aws(self, fields: Properties, values: Values) -> dict[str, Any]:
        return {
            self.member(key, fields[key]): self.to_aws(fields[key], value)
            for key, value in values.items()
            if value is not None and value != ""
        }

    def _object_from_aws(self, fields: Properties, values: Mapping[str, Any]) -> Values:
        told = {key: self.from_aws(known, values.get(self.member(key, known))) for key, known in fields.items()}
        return {key: value for key, value in told.items() if value is not None}


def dig(answer: Any, path: str) -> Any:
    """Return what stands at a path such as `Vpcs.0.VpcId`, None where there is nothing."""
    for part in path.split(".") if path else ():
        if isinstance(answer, list):
            answer = answer[int(part)] if int(part) < len(answer) else None
        else:
            answer = (answer or {}).get(part)
    return answer


def account(call: Call) -> str:
    """Return the caller's account."""
    return str(call.client("sts").get_caller_identity()["Account"])


def _given(value: Any) -> bool:
    return value is not None and value != "" and value not in ([], {})


def _pascal(key: str) -> str:
    return key[0].upper() + key[1:]
