"""What a control is, what it looks at, and what it finds; standard library only."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """How binding a control is."""

    MUST = "must"
    """It holds always; the component has no argument against it, and it cannot be waived."""
    DEFAULT = "default"
    """It holds unless a waiver says why not, and until when."""
    WARN = "warn"
    """It is said, and changes no verdict."""


class State(StrEnum):
    """What came of a control."""

    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"
    NOT_CHECKED = "not checked"
    NOT_APPLICABLE = "not applicable"


class Unknown:
    """A value that is secret, or that nobody knows yet, or that AWS does not show."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


class NotKnownError(Exception):
    """A control needs a value that is not known; the message is its path."""


class MalformedError(Exception):
    """A text that should be JSON is not."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: is not JSON")
        self.path = path


@dataclass(frozen=True)
class Node:
    """A value of a resource's inputs, and where it is: `networkConfiguration.subnets[0]`. What is missing is None."""

    value: object
    path: str = ""

    def __getitem__(self, key: str) -> "Node":
        known = self.known
        path = f"{self.path}.{key}" if self.path else key
        return Node(known.get(key) if isinstance(known, Mapping) else None, path)

    @property
    def known(self) -> object:
        """The value, or `NotKnownError`."""
        if self.value is UNKNOWN:
            raise NotKnownError(self.path)
        return self.value

    @property
    def true(self) -> bool:
        """Whether it is true; text counts too, as policies write it."""
        return self.known is True or self.text.lower() == "true"

    @property
    def text(self) -> str:
        """The text that it is, or an empty one."""
        known = self.known
        return known if isinstance(known, str) else ""

    @property
    def number(self) -> float | None:
        """The number that it is, or that its text is; None where it is neither."""
        known = self.known
        if isinstance(known, bool) or not isinstance(known, int | float | str):
            return None
        try:
            return float(known)
        except ValueError:
            return None

    @property
    def items(self) -> list["Node"]:
        """Its items; a single value is a list of one, as in policies, and what is missing an empty one."""
        known = self.known
        if known is None:
            return []
        if isinstance(known, list | tuple):
            return [Node(item, f"{self.path}[{place}]") for place, item in enumerate(known)]
        return [self]

    @property
    def texts(self) -> list[str]:
        """The texts of its items."""
        return [item.text for item in self.items]

    @property
    def json(self) -> "Node":
        """What its text says as JSON; a value that is structured already stays."""
        known = self.known
        if not isinstance(known, str):
            return self
        try:
            return Node(json.loads(known), self.path)
        except ValueError:
            raise MalformedError(self.path) from None

    def __bool__(self) -> bool:
        return bool(self.known)


@dataclass(frozen=True)
class Resource:
    """A resource as the engine knows it: its type token, its name, and its inputs with camelCase keys.

    `names` are the texts by which other resources may refer to it: its ARN, its id, its name.
    """

    type: str
    name: str
    inputs: Mapping[str, object]
    names: frozenset[str] = frozenset()

    def __getitem__(self, key: str) -> Node:
        return Node(self.inputs)[key]

    def is_named_by(self, node: Node) -> bool:
        """Tell whether a value refers to this resource."""
        return node.text in self.names


@dataclass(frozen=True)
class Stack:
    """Resources that belong together. Of the types in `whole` there are no others anywhere that would matter."""

    resources: tuple[Resource, ...]
    whole: frozenset[str] = frozenset()

    def of(self, *types: str) -> Iterator[Resource]:
        """Return the resources of some types."""
        return (resource for resource in self.resources if resource.type in types)

    def need(self, type_: str) -> "tuple[Resource, ...]":
        """Return the resources of a type. Raises `NotKnownError` where there is none and one may be elsewhere."""
        found = tuple(self.of(type_))
        if not found and type_ not in self.whole:
            raise NotKnownError(type_.rpartition(":")[2])
        return found


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where in a resource's inputs."""

    path: str
    message: str


@dataclass(frozen=True)
class Unseen:
    """A place that could not be looked at; the rest could."""

    path: str


Judge = Callable[[Resource, Stack], Iterable[Fault | Unseen]]


def _always(_resource: Resource, _stack: Stack) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Control:
    """A requirement, why it is one, and how to see whether it holds.

    Attributes:
        requires: what holds when it passes.
        reason: what it prevents.
        instead: what to write.
        catalogues: what others call it: `FSBP ECS.4`, `CKV_AWS_334`, `prowler …`, `trivy …`, `cdk-nag …`.
        types: the resources that are looked at.
        judge: finds what is wrong with one of them.
        applies: whether it is about this one of them.
    """

    id: str
    level: Level
    requires: str
    reason: str
    instead: str
    types: tuple[str, ...]
    judge: Judge
    catalogues: tuple[str, ...] = ()
    applies: Callable[[Resource, Stack], bool] = field(default=_always)


@dataclass(frozen=True)
class Finding:
    """What one control says about one resource, or about none where it is not applicable."""

    control: Control
    state: State
    type: str = ""
    resource: str = ""
    path: str = ""
    message: str = ""

    @property
    def sentence(self) -> str:
        """The resource, the path in it, and what is said of that."""
        return f"{self.resource}: {self.path} {self.message}" if self.path else f"{self.resource}: {self.message}"
