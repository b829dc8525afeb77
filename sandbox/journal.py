"""The directory of a sandbox that is kept: a journal of what changed it, and how far its clock may have been read.

    journal.jsonl   a header, then one line for each change, in the order in which they were made; never rewritten
    clock           a time that the clock has not passed yet
    faults.json     the faults of the API that are on
    images/         the files of images that were added

A line is in the file before the change is answered. A process that is killed while it writes leaves a torn last line,
which belongs to a change that nobody was told of: it is dropped. The files hold what was sent to the sandbox, values of
secrets included, and are readable by their owner alone.
"""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

FORMAT = "sandbox-journal/1"
_OWNER_ONLY = 0o600
_HERE = Path(__file__).parent
_NO_PART = ("capture", "provider")
"""Rooms of the package that have no part in what the sandbox answers."""


class KeepError(Exception):
    """A kept sandbox cannot be brought back; the message says why and what to do."""


@dataclass(frozen=True)
class Header:
    """What a history depends on beside its calls. `started` is the clock's first reading, `wall` real time then."""

    started: str
    wall: str
    speed: float
    seed: int
    made_with: Mapping[str, str]

    def to_document(self) -> dict[str, Any]:
        """Return it as the first line of a journal."""
        return {"format": FORMAT, **self.__dict__}


def versions() -> dict[str, str]:
    """Return what has to be the same for a history to happen again; `sandbox` is a digest of its own files."""
    digest = hashlib.sha256()
    files = [path for pattern in ("*.py", "*.yaml") for path in _HERE.rglob(pattern)]
    for path in sorted(path for path in files if path.relative_to(_HERE).parts[0] not in _NO_PART):
        digest.update(str(path.relative_to(_HERE)).encode() + b"\0" + path.read_bytes() + b"\0")
    return {
        "sandbox": digest.hexdigest()[:12],
        "moto": version("moto"),
        "botocore": version("botocore"),
        "python": "{}.{}".format(*sys.version_info),
    }


def read_header(directory: Path) -> Header | None:
    """Return the header of a kept directory, None where nothing was kept in it.

    Raises:
        KeepError: its journal is none of ours.
    """
    path = directory / "journal.jsonl"
    try:
        with path.open("rb") as file:
            line = file.readline()
    except FileNotFoundError:
        return None
    if not line.endswith(b"\n"):
        return None  # killed in its first moment: nobody was told of anything
    try:
        document = json.loads(line)
        if document.pop("format") != FORMAT:
            raise ValueError("another format")  # noqa: TRY301 - one sentence for all of them
        return Header(**document)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise KeepError(f"{path}: line 1 is no header of a journal ({error}); keep the sandbox elsewhere") from error


def check_header(directory: Path, header: Header, seed: int) -> None:
    """Look whether this sandbox can bring back what was kept.

    Raises:
        KeepError: it was made by another seed or other versions.
    """
    now = versions()
    other = [
        f"{name} {header.made_with.get(name)}, not {now[name]}"
        for name in now
        if header.made_with.get(name) != now[name]
    ]
    if header.seed != seed:
        other.append(f"seed {header.seed}, not {seed}")
    if other:
        raise KeepError(
            f"the sandbox in {directory} was made with {' and '.join(other)}, and its history would be another one: "
            "start it with those, or keep a new one in an empty directory"
        )


class Journal:
    """The journal of a directory, held by this process alone until it ends or `close` is called.

    Args:
        directory: made where it is missing.
        header: begins the journal of a directory that has none.

    Raises:
        KeepError: another process holds it, or a line is not a journal's.
    """

    def __init__(self, directory: Path, header: Header) -> None:
        directory.mkdir(0o700, parents=True, exist_ok=True)
        self.directory = directory
        self._lock = FileLock(directory / "journal.lock", mode=_OWNER_ONLY)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise KeepError(f"another process runs the sandbox in {directory}: stop that one first") from error
        try:
            self._path = directory / "journal.jsonl"
            self.entries = self._read()
            self._file = self._open("journal.jsonl", os.O_APPEND)
            self._clock = self._open("clock", 0)
        except BaseException:
            self._lock.release()
            raise
        if read_header(directory) is None:
            self.append(header.to_document())
        self.header = read_header(directory) or header

    @property
    def promised(self) -> datetime | None:
        """The time that the clock has not passed, None where it was never read."""
        text = os.pread(self._clock, 100, 0).decode().strip()
        return datetime.fromisoformat(text) if text else None

    def promise(self, until: datetime) -> None:
        """Keep a time that the clock will not pass before the next one is kept."""
        # One write of one length: whoever is killed leaves the old time or the new one.
        os.pwrite(self._clock, until.isoformat(timespec="microseconds").encode(), 0)

    def append(self, entry: Mapping[str, Any]) -> None:
        """Keep a change; it outlives this process when it returns (not a loss of power: nothing is synced)."""
        line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        while line:
            line = line[os.write(self._file, line) :]

    def keep_copy(self, file: Path) -> str:
        """Keep a file of images; return its name in the directory."""
        content = file.read_bytes()
        name = f"images/{hashlib.sha256(content).hexdigest()[:16]}.yaml"
        (self.directory / "images").mkdir(0o700, exist_ok=True)
        self._replace(name, content)
        return name

    def keep_faults(self, state: Mapping[str, Any]) -> None:
        """Keep the faults of the API that are on."""
        self._replace("faults.json", json.dumps(state).encode())

    def faults(self) -> Mapping[str, Any] | None:
        """Return the faults that were kept last, None where there never were any."""
        try:
            found: Mapping[str, Any] = json.loads((self.directory / "faults.json").read_bytes())
        except FileNotFoundError:
            return None
        return found

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._file)
        os.close(self._clock)
        self._lock.release()

    def _open(self, name: str, flags: int) -> int:
        return os.open(self.directory / name, os.O_RDWR | os.O_CREAT | flags, _OWNER_ONLY)

    def _replace(self, name: str, content: bytes) -> None:
        new = self.directory / f"{name}.new"
        new.touch(_OWNER_ONLY)
        new.write_bytes(content)
        new.replace(self.directory / name)

    def _read(self) -> list[dict[str, Any]]:
        """Return the lines behind the header, and cut off a torn one."""
        if not self._path.exists():
            return []
        content = self._path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(self._path, whole)
        entries = []
        for number, line in enumerate(content[:whole].splitlines()[1:], 2):
            try:
                entries.append(dict(json.loads(line)))
            except (ValueError, TypeError) as error:
                raise KeepError(
                    f"{self._path}: line {number} cannot be read ({error}): somebody else wrote it; "
                    "keep a new sandbox in an empty directory"
                ) from error
        return entries
