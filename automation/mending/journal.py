"""What a run changes in AWS for a while and must put back, noted on disk before it is made: a kill loses nothing."""

import json
import os
import socket
import tempfile
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from automation.aws.account import provider_of_document
from automation.engine.update import Operation, ServiceTarget
from diagnostics.private_files import make_folder


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
        make_folder(self.directory)
        with tempfile.NamedTemporaryFile("w", dir=self.directory, delete=False, encoding="utf-8") as partial:
            json.dump(asdict(change), partial)
            partial.flush()
            os.fsync(partial.fileno())
        Path(partial.name).replace(self._file(change))
        return change

    def undone(self, change: TemporaryChange) -> None:
        """Forget a change that was put back, or that somebody else has taken over."""
        self._file(change).unlink(missing_ok=True)

    def outstanding(self) -> tuple[TemporaryChange, ...]:
        """Return the changes that nobody has put back, in the order of their ids."""
        return tuple(_read(file) for file in sorted(self.directory.glob("*.json")))

    def _file(self, change: TemporaryChange) -> Path:
        return self.directory / f"{change.id}.json"


def _read(file: Path) -> TemporaryChange:
    document = json.loads(file.read_text(encoding="utf-8"))  # whole or not there: it was renamed into place
    provider = document["target"]["provider"]
    target = document["target"] | {
        "operation": Operation(document["target"]["operation"]),
        "provider": provider and provider_of_document(provider),
    }
    return TemporaryChange(**(document | {"kind": Kind(document["kind"]), "target": ServiceTarget(**target)}))
