"""Who holds a stack locked, and whether that process still runs; a lock of a dead process is removed.

A backend that is files or a bucket ("DIY") locks a stack with a file in `.pulumi/locks/`, which names the process
(pulumi/pkg `backend/diy/lock.go`). A CLI that is killed leaves it there, and every later update is refused.
"""

import json
import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pulumi.automation.errors import CommandError

from automation.engine.attributes import folder_of
from automation.engine.workspace import OpenStack
from automation.mending.processes import runs_still

_CLI = "pulumi"
_UNFINISHED_AFTER = 2.0
"""Seconds of real time after which a lock that is not whole was being written by a process that died."""
_TOLD = re.compile(
    r"^\s+(?P<where>\S+): created by (?P<user>.*)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<at>\S+)$", re.MULTILINE
)
"""How the engine tells of a lock (`checkForLock` of lock.go)."""
_CLOUD = re.compile(r"\[409\] Conflict: .*")


class Holder(StrEnum):
    """What is known of the process that made a lock."""

    LIVE = "live"
    DEAD = "dead"
    ELSEWHERE = "elsewhere"
    """It ran on another machine, where we cannot look."""


@dataclass(frozen=True)
class Lock:
    """A lock of a stack."""

    where: str
    """A path, or a URL of a bucket."""
    pid: int
    username: str
    hostname: str
    since: datetime

    def holder(self, hostname: str) -> Holder:
        """Say whether the process that made it still runs, seen from the machine of this name."""
        if self.hostname != hostname:
            return Holder.ELSEWHERE
        return Holder.LIVE if runs_still(self.pid, _CLI, self.since) else Holder.DEAD

    def __str__(self) -> str:
        return f"process {self.pid} of {self.username} on {self.hostname}, since {self.since:%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True)
class Locks:
    """What keeps a stack locked."""

    whole: tuple[Lock, ...] = ()
    unfinished: tuple[Path, ...] = ()
    """Files of locks that were never whole: whoever wrote them died before it had the lock."""
    cloud: str = ""
    """Pulumi Cloud's words where it says that an update is in progress."""

    def __bool__(self) -> bool:
        return bool(self.whole or self.unfinished or self.cloud)


def locks_of(opened: OpenStack) -> Locks:
    """Return what keeps the stack locked: from the files of a backend that is a folder, else as the engine tells it."""
    found = locks_in_a_folder(opened)
    return _ask_the_engine(opened) if found is None else found


def locks_in_a_folder(opened: OpenStack) -> Locks | None:
    """Return what keeps the stack locked, or None where its backend is not a folder of this machine."""
    workspace = opened.stack.workspace
    backend = opened.environment.get("PULUMI_BACKEND_URL") or workspace.who_am_i().url or ""
    if folder_of(backend) is None:
        backend = workspace.who_am_i().url or ""  # `file://~` and the like, made whole
    folder = folder_of(backend)
    if folder is None:
        return None
    return read_locks(folder, workspace.project_settings().name, opened.stack.name.rsplit("/", 1)[-1])


def read_locks(backend: Path, project: str, stack: str) -> Locks:
    """Return the locks of a stack whose backend is a folder."""
    whole: list[Lock] = []
    unfinished: list[Path] = []
    # Before projects were part of a stack's name the locks were one folder higher.
    for folder in (backend / ".pulumi/locks/organization" / project / stack, backend / ".pulumi/locks" / stack):
        for file in sorted(folder.glob("*")) if folder.is_dir() else ():
            if file.is_dir() or file.suffix == ".attrs":
                continue
            try:
                whole.append(_parse(file))
            except FileNotFoundError:
                continue  # it was given back while we looked
            except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError):
                if _age(file) > _UNFINISHED_AFTER:
                    unfinished.append(file)
    return Locks(tuple(whole), tuple(unfinished))


def told_by_the_engine(text: str) -> Locks:
    """Return the locks that the engine names where it refuses to begin; what it words otherwise is its error alone."""
    cloud = _CLOUD.search(text)
    whole: list[Lock] = []
    for found in _TOLD.finditer(text):
        where, user, host = found["where"].removeprefix("file://"), found["user"], found["host"]
        with suppress(ValueError, OverflowError):
            at = datetime.fromisoformat(found["at"]).astimezone(UTC)
            whole.append(Lock(where, _pid(int(found["pid"])), user, host, at))
    return Locks(tuple(whole), cloud=cloud[0] if cloud else "")


def remove(opened: OpenStack, locks: Locks) -> None:
    """Remove locks whose holders are dead, or given up by a person.

    One in a bucket, and an update in Pulumi Cloud, is removed by `pulumi cancel`, which removes all that the stack has.
    """
    files = [Path(lock.where) for lock in locks.whole if lock.where.startswith("/")]
    for file in (*files, *locks.unfinished):
        file.unlink(missing_ok=True)
        file.with_name(f"{file.name}.attrs").unlink(missing_ok=True)
    if locks.cloud or len(files) < len(locks.whole):
        opened.stack.cancel()


def wait_for(
    locks: Callable[[], Locks], hostname: str, say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Wait until no live process of this machine holds a lock, however long that takes."""
    said: Lock | None = None
    while live := next((lock for lock in locks().whole if lock.holder(hostname) is Holder.LIVE), None):
        if live != said:
            say(f"waiting for {live}")
            said = live
        sleep(1)


def here() -> str:
    """Return this machine's name as the engine writes it into a lock."""
    return socket.gethostname()


def _parse(file: Path) -> Lock:
    document = json.loads(file.read_text(encoding="utf-8"))
    since = datetime.fromisoformat(str(document["timestamp"])).astimezone(UTC)
    return Lock(str(file), _pid(int(document["pid"])), str(document["username"]), str(document["hostname"]), since)


def _pid(number: int) -> int:
    if not 0 < number < 2**31:
        raise ValueError(f"{number} is no number of a process")
    return number


def _age(file: Path) -> float:
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _ask_the_engine(opened: OpenStack) -> Locks:
    """Have the engine take the lock for next to nothing: a refresh of the stack's own resource, which nobody reads.

    What was being changed is read with it, because any refresh forgets that (pulumi/pkg `backend/snapshot.go`).
    """
    deployment = opened.stack.export_stack().deployment or {}
    targets = [each["urn"] for each in deployment.get("resources") or () if each["type"] == "pulumi:pulumi:Stack"]
    pending = deployment.get("pending_operations") or ()
    targets += [each["resource"]["urn"] for each in pending if each["type"] != "creating"]
    if not targets:
        return Locks()
    try:
        opened.stack.refresh(target=targets, color="never", suppress_outputs=True)
    except CommandError as refusal:
        if not (found := told_by_the_engine(str(refusal))):
            raise
        return found
    return Locks()
