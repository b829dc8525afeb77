"""How a service takes, tells and changes tags: each has its own operations and its own spelling of the same thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.provider.wire import Values


@dataclass(frozen=True)
class Tagging:
    """A service's way with tags.

    Attributes:
        put: the operation that puts tags on a resource.
        take: the one that takes them off.
        target: the member that names the resource.
        tags: the member that holds tags.
        keys: the member that holds the keys of tags to take off; empty where they go as tags without values.
        pair: the members of one tag; empty where tags are a map.
        many: the target is a list.
        state: the property whose value is the target; "" for the id.
        listed: the operation that tells the tags, where the resource's own description does not.
        created: the member that takes tags on creation, where it is not `tags`.
        kind: EC2's name of the type, for TagSpecifications.
    """

    put: str
    take: str
    target: str
    tags: str = "Tags"
    keys: str = "TagKeys"
    pair: tuple[str, ...] = ("Key", "Value")
    many: bool = False
    state: str = ""
    listed: str = ""
    created: str = ""
    kind: str = ""

    def of_creation(self, tags: Mapping[str, str]) -> dict[str, Any]:
        """Return the members that a creating call gives a resource its tags with."""
        if not tags:
            return {}
        if self.kind:
            return {"TagSpecifications": [{"ResourceType": self.kind, "Tags": self._written(tags)}]}
        return {self.created or self.tags: self._written(tags)}

    def read(self, client: Any, id_: str, found: Mapping[str, Any], state: Values) -> dict[str, str]:
        """Return the tags of a resource: those of its description, or what is told by an operation of their own."""
        if not self.listed:
            return self._read(found.get(self.tags))
        return self._read(getattr(client, self.listed)(**self._target(id_, state)).get(self.tags))

    def change(self, client: Any, id_: str, state: Values, remove: list[str], put: Mapping[str, str]) -> None:
        """Remove some tags and put others."""
        target = self._target(id_, state)
        if remove:
            keys: list[Any] = list(remove) if self.keys else [{"Key": key} for key in remove]
            getattr(client, self.take)(**target, **{self.keys or self.tags: keys})
        if put:
            getattr(client, self.put)(**target, **{self.tags: self._written(put)})

    def _target(self, id_: str, state: Values) -> dict[str, Any]:
        value = state[self.state] if self.state else id_
        return {self.target: [value] if self.many else value}

    def _written(self, tags: Mapping[str, str]) -> Any:
        if not self.pair:
            return dict(tags)
        key, value = self.pair
        return [{key: name, value: text} for name, text in tags.items()]

    def _read(self, tags: Any) -> dict[str, str]:
        if not self.pair:
            return dict(tags or {})
        key, value = self.pair
        return {tag[key]: tag[value] for tag in tags or [] if not tag[key].startswith("aws:")}


def of_ec2(kind: str) -> Tagging:
    """Return EC2's way with tags, for one of its types."""
    return Tagging("create_tags", "delete_tags", "Resources", keys="", many=True, kind=kind)
