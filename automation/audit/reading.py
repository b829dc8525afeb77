"""What an audit asks of AWS, and what it keeps: resources in the shape of an engine's inputs, and gaps."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from diagnostics.answers import WRONG
from diagnostics.reads import ReadError, Shape

_NEXT = {"NextToken": "NextToken", "nextToken": "nextToken", "NextMarker": "Marker", "Marker": "Marker"}
"""How services say that there is another page, and how it is asked for."""


class Asks(Protocol):
    """One read of AWS; `diagnostics.aws.Reader` is one."""

    def ask(self, service: str, method: str, /, **arguments: Any) -> Shape:
        """Return the answer, or raise `ReadError`."""
        ...


@dataclass(frozen=True)
class Live:
    """A resource that AWS has: the engine's type token, inputs with its camelCase keys, and what others call it."""

    type: str
    name: str
    inputs: Mapping[str, object]
    names: frozenset[str]


@dataclass
class Seen:
    """What was read. Of the types in `whole` everything that matters for the service was; `gaps` says what was not."""

    resources: list[Live] = field(default_factory=list)
    whole: set[str] = field(default_factory=set)
    gaps: list[str] = field(default_factory=list)

    def add(self, type_: str, name: str, inputs: Mapping[str, object], *names: str | None) -> None:
        """Keep a resource."""
        self.resources.append(Live(type_, name, inputs, frozenset(filter(None, names))))

    def of(self, type_: str) -> Iterable[Live]:
        """Return the resources of a type."""
        return [each for each in self.resources if each.type == type_]


class Audit:
    """Asks, and keeps what came of it.

    Args:
        reader: who asks AWS.
        hidden: what stands for a value that AWS does not show, or did not let be read.
    """

    def __init__(self, reader: Asks, hidden: object) -> None:
        self._reader = reader
        self.hidden = hidden
        self.seen = Seen()

    def read(self, service: str, method: str, /, *, absent: str = "", **arguments: Any) -> Shape | None:
        """Return an answer; None where it was refused, which is a gap. The error code `absent` is an empty answer."""
        try:
            return self._reader.ask(service, method, **arguments)
        except ReadError as refused:
            if absent and refused.answer.code == absent:
                return {}
            self.seen.gaps.append(str(refused))
            return None

    def pages(self, service: str, method: str, key: str, /, **arguments: Any) -> list[Any]:
        """Return the items of every page; a page that was refused is a gap."""
        items: list[Any] = []
        page: dict[str, str] = {}
        while (answer := self.read(service, method, **arguments, **page)) is not None:
            items += answer.get(key, [])
            page = {asked: answer[given] for given, asked in _NEXT.items() if answer.get(given)}
            if not page:
                break
        return items

    def whole(self, look: Callable[[], None], *types: str) -> None:
        """Look; where nothing was refused, all resources of these types that matter were seen."""
        before = len(self.seen.gaps)
        self.guarded(look, *types)
        if len(self.seen.gaps) == before:
            self.seen.whole |= set(types)

    def guarded(self, look: Callable[[], None], *of: str) -> None:
        """Look; an answer that lacks what its API always tells is a gap."""
        try:
            look()
        except WRONG as wrong:
            what = f"{', '.join(of)}: AWS's answer is not as its API's model says"
            self.seen.gaps.append(f"{what}: {type(wrong).__name__}: {wrong}")


def tags(given: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return tags as a map, from ECS's list of `key` and `value`."""
    return {each["key"]: each["value"] for each in given}
