"""What a run changes in AWS for a while and must put back, noted on disk before it is made: a kill loses nothing."""

import json
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from automation.aws.account import provider_of_document
from automation.documents import read_note
from automation.engine.update import Operation, ServiceTarget
from diagnostics.private_files import write_whole

_LARGEST = 2**31
"""Of counts in ECS's API and of process numbers: both are integers of 32 bits."""


class Kind(StrEnum):
    """Why a service's desired count was changed for a while."""

    SURGE = "surge"
    """More tasks during a deployment, for faster evidence."""
    VERIFY_AT_ZERO = "verify-at-zero"
    """One task of a service that is scaled to zero, to prove its revision."""
    SCALED_TO_ZERO = "scaled-to-zero"
    """No tasks of a first deployment that failed; the next update restores the count."""


@dataclass(frozen=True)
class TemporaryChange:
    """A desired count that is not what the program says, and what it has to be again."""

    kind: Kind
    target: ServiceTarget
    """The service, with the region and the account that ECS itself named, and the provider that reached it there."""
    desired_before: int
    """What to put back."""
    desired_set: int
    """What the run set. Where the service has another count by now, somebody else has taken over: leave it."""
    pid: int
    """The process that made the change; while it lives on `host`, it puts it back itself."""
    host: str
    id: str

    @property
    def made_by_a_live_process(self) -> bool:
        """Whether the process that made it runs on this machine still; False where that is this very process."""
        if self.host != socket.gethostname() or self.pid == os.getpid():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


class Journal:
    """The changes of a project's stack that nobody has put back yet: one file each under `.failwell/journal/STACK/`."""

    def __init__(self, project: Path, stack: str) -> None:
        self.directory = project / ".failwell" / "journal" / stack.rsplit("/", 1)[-1]

    def note(self, kind: Kind, target: ServiceTarget, *, desired_before: int, desired_set: int) -> TemporaryChange:
        """Write down a change before it is made.

        Args:
            kind: why.
            target: the service, located (`ServiceTarget.located`): whoever puts it back may have another environment.
            desired_before: what to put back.
            desired_set: what is about to be set.

        Raises:
            OSError: it cannot be written; then the change must not be made.
        """
        service = replace(target, wanted=None, operation=Operation.SAME, deploys=False)
        change = TemporaryChange(
            kind, service, desired_before, desired_set, os.getpid(), socket.gethostname(), uuid4().hex
        )
        write_whole(self._file(change), json.dumps(asdict(change)))
        return change

    def undone(self, change: TemporaryChange) -> None:
        """Forget a change that was put back, or that somebody else has taken over.

        On a disk that nothing can be removed from it stays, and whoever reads it next finds it put back.
        """
        with suppress(OSError):
            self._file(change).unlink(missing_ok=True)

    def outstanding(self) -> tuple[TemporaryChange, ...]:
        """Return the changes that nobody has put back, in the order of their ids.

        Raises:
            RepairError: the note of one is no such note.
        """
        return tuple(read_note(file, _parse) for file in sorted(self.directory.glob("*.json")))

    def _file(self, change: TemporaryChange) -> Path:
        return self.directory / f"{change.id}.json"


def _parse(document: Mapping[str, Any]) -> TemporaryChange:
    given = document["target"]
    provider = given["provider"] and provider_of_document(given["provider"])
    operation = Operation(given["operation"])
    change = TemporaryChange(
        **{
            **document,
            "kind": Kind(document["kind"]),
            "target": ServiceTarget(**(given | {"operation": operation, "provider": provider})),
        }
    )
    numbers = (change.desired_before, change.desired_set, change.pid)
    names = (change.target.urn, change.target.name, change.target.cluster, change.host, change.id)
    if not all(type(each) is int and 0 <= each < _LARGEST for each in numbers):
        raise ValueError("a count or a process number is no such number")
    if not all(isinstance(each, str) for each in names):
        raise TypeError("a name is no text")
    return change
