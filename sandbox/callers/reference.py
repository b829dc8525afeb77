"""What IAM knows of actions: the types of resources that each is on, and the ARNs of those types.

The data are AWS's Service Authorization Reference; `collect` says where they come from.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SCOPE = {"Partition": "aws[a-z-]*", "Region": "[a-z0-9-]*", "Account": "[0-9]*"}


@dataclass(frozen=True)
class Template:
    """The ARN of a type of resource, with variables: `arn:${Partition}:ecs:${Region}:${Account}:cluster/${Name}`."""

    text: str

    @property
    def variables(self) -> tuple[str, ...]:
        """Those of the resource itself, in their order."""
        return tuple(name for name in _VARIABLE.findall(self.text) if name not in _SCOPE)

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the ARN with these values; `*` where there is none."""
        return _VARIABLE.sub(lambda found: values.get(found[1], "*"), self.text)

    def values(self, arn: str) -> dict[str, str] | None:
        """Return the values of the variables in an ARN; None where it is none of this type."""
        found = _pattern(self.text).fullmatch(arn)
        return found.groupdict() if found else None


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Only the last variable may hold a slash or a colon: a path, or a name that has one."""
    pieces = _VARIABLE.split(text)
    last = len(pieces) - 2
    made = []
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            made.append(re.escape(piece))
        elif piece in _SCOPE:
            made.append(_SCOPE[piece])
        else:
            made.append(f"(?P<{piece}>{'.+' if index == last else '[^/:]+'})")
    return re.compile("".join(made))


@dataclass(frozen=True)
class Type:
    """A type of resources of an action; a required one is there, whether or not the request names it."""

    name: str
    template: Template
    required: bool


def types(service: str, operation: str) -> tuple[Type, ...] | None:
    """Return the types of an action's resources, none where it is on `*`; None where IAM knows no such action."""
    known = _document().get(service, {})
    action = known.get("actions", {}).get(operation)
    if action is None:
        return None
    resources = known["resources"]
    return tuple(
        Type(name, Template(resources[name]), required) for name, required in action.items() if name in resources
    )


def templates(service: str) -> tuple[Template, ...]:
    """Return the ARNs of all types of a service."""
    return tuple(Template(text) for text in _document().get(service, {}).get("resources", {}).values())


def covers(service: str) -> bool:
    """Whether the service's actions are known."""
    return service in _document()


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(Path(__file__).with_name("actions.json").read_text())
    return document
