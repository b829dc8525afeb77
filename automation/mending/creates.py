"""Creates that the engine has begun and not ended, noted on disk: where the provider dies, the engine forgets them.

A create whose provider is killed ends, for the engine, in an error like any other: nothing is recorded, neither in the
state nor as a pending operation (pulumi/pkg `resource/deploy/step_executor.go`), though AWS may have made the resource.
What the disk takes no note of, the run itself remembers, and tries to note again.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pulumi.automation import EngineEvent

from automation.documents import read_note
from automation.mending.finding import FINDERS
from diagnostics.private_files import write_whole

_CREATES = {"create", "create-replacement"}
_SIGNS_OF_DEATH = (
    "error reading from server: EOF",
    "connection reset by peer",
    "connect: connection refused",
    "transport is closing",
    "code = Unavailable",
)
"""How gRPC words a call whose server is gone (grpc-go `internal/transport`); the first was seen."""
_HIDDEN = "[secret]"
"""What the engine's events have in the place of a secret value."""


def tells_of_death(message: str) -> bool:
    """Return whether an error says that the provider's process is gone, and nothing of the operation."""
    return any(sign in message for sign in _SIGNS_OF_DEATH)


@dataclass(frozen=True)
class Create:
    """A resource that the engine has asked a provider to make."""

    urn: str
    type: str
    provider: str
    parent: str
    inputs: Mapping[str, Any]
    """As the engine's event shows them: without secrets."""

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> "Create":
        """Return what was noted; raises KeyError, TypeError or ValueError where it is no such note."""
        texts = (document["urn"], document["type"], document["provider"], document["parent"])
        if not all(isinstance(each, str) for each in texts) or not isinstance(document["inputs"], dict):
            raise TypeError("a value is of another type")
        return Create(*texts, document["inputs"])

    def to_resource(self) -> dict[str, Any]:
        """Return it as a resource of a state, as far as it is known."""
        told = {"urn": self.urn, "type": self.type, "custom": True, "provider": self.provider, "inputs": self.inputs}
        return told | ({"parent": self.parent} if self.parent else {})


class Creates:
    """The open creates of a project's stack: one file each under `.failwell/journal/STACK/creates/`."""

    def __init__(self, project: Path, stack: str) -> None:
        self.directory = project / ".failwell" / "journal" / stack.rsplit("/", 1)[-1] / "creates"
        self._died: set[str] = set()
        self._unwritten: dict[str, Create] = {}
        """By URN; the disk was full, say. They are lost with this process unless the disk takes them later."""

    def take(self, event: EngineEvent) -> None:
        """Note a create that begins, and forget one that ended, unless its provider died. Never raises OSError."""
        self._write_again()
        if pre := event.resource_pre_event:
            metadata = pre.metadata
            if metadata.op.value in _CREATES and metadata.type in FINDERS and metadata.new:
                inputs = {k: v for k, v in (metadata.new.inputs or {}).items() if _HIDDEN not in json.dumps(v)}
                self.note(Create(metadata.urn, metadata.type, metadata.provider, metadata.new.parent or "", inputs))
        elif said := event.diagnostic_event:
            if said.urn and tells_of_death(said.message):
                self._died.add(said.urn)
        elif ended := event.res_outputs_event:
            self.forget(ended.metadata.urn)

    def forget_failed(self) -> None:
        """Forget the creates that failed in the provider's own words; call it once the update has ended."""
        for create in self.open():
            if create.urn not in self._died:
                self.forget(create.urn)
        self._write_again()

    def open(self) -> tuple[Create, ...]:
        """Return the creates that were begun and that nobody has seen the end of.

        Raises:
            RepairError: the note of one is no such note.
        """
        noted = [read_note(file, Create.from_document) for file in sorted(self.directory.glob("*.json"))]
        return (*(each for each in noted if each.urn not in self._unwritten), *self._unwritten.values())

    def forget(self, urn: str) -> None:
        """Forget a create. On a disk that nothing can be removed from it stays, and is found to be over later."""
        self._unwritten.pop(urn, None)
        with suppress(OSError):
            self._file(urn).unlink(missing_ok=True)

    def note(self, create: Create) -> bool:
        """Note a create; return whether the disk took it. A full one must not end the update."""
        try:
            write_whole(self._file(create.urn), json.dumps(asdict(create)))
        except OSError:
            self._unwritten[create.urn] = create
            return False
        self._unwritten.pop(create.urn, None)
        return True

    def _write_again(self) -> None:
        for create in tuple(self._unwritten.values()):
            self.note(create)

    def _file(self, urn: str) -> Path:
        return self.directory / f"{hashlib.sha256(urn.encode()).hexdigest()[:32]}.json"
