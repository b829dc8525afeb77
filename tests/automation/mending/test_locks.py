"""A lock says who holds the stack; whether that process still runs decides what becomes of it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from automation.errors import StackLockedError
from automation.mending.locks import Holder, Lock, Locks, read_locks, told_by_the_engine
from automation.mending.processes import runs_still
from automation.mending.repair import How, refuse_where_held, refuse_where_the_engine_did, unlock

NOW = datetime.now(UTC)
HERE = socket.gethostname()
NO_PID = 2**22 + 1
"""More than Linux gives out."""


def lock(folder: Path, content: str, name: str = "a.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(content, encoding="utf-8")
    return file


def written(pid: int, hostname: str = HERE, at: datetime = NOW) -> str:
    stamp = at.strftime("%Y-%m-%dT%H:%M:%S.123456789Z")
    return json.dumps({"pid": pid, "username": "ana", "hostname": hostname, "timestamp": stamp})


def folder_of(backend: Path) -> Path:
    return backend / ".pulumi" / "locks" / "organization" / "shop" / "dev"


def test_the_locks_of_a_stack_alone_are_read(tmp_path: Path) -> None:
    mine = lock(folder_of(tmp_path), written(7))
    lock(folder_of(tmp_path), "{}", "a.json.attrs")
    lock(folder_of(tmp_path).with_name("prod"), written(8))
    (found,) = read_locks(tmp_path, "shop", "dev").whole
    assert (found.where, found.pid, found.username) == (str(mine), 7, "ana")
    assert read_locks(tmp_path, "pay", "dev") == Locks()


def test_a_lock_of_the_time_before_projects_is_read_too(tmp_path: Path) -> None:
    lock(tmp_path / ".pulumi" / "locks" / "dev", written(7))
    assert len(read_locks(tmp_path, "shop", "dev").whole) == 1


def test_a_lock_that_was_never_whole_is_told_from_one_that_is_being_written(tmp_path: Path) -> None:
    file = lock(folder_of(tmp_path), '{"pid": 7, "user', "a.json.18a3.tmp")
    assert read_locks(tmp_path, "shop", "dev") == Locks()
    old = file.stat().st_mtime - 60
    os.utime(file, (old, old))
    assert read_locks(tmp_path, "shop", "dev").unfinished == (file,)


def test_a_dead_process_of_this_machine_holds_nothing(tmp_path: Path) -> None:
    lock(folder_of(tmp_path), written(NO_PID))
    (found,) = read_locks(tmp_path, "shop", "dev").whole
    assert found.holder(HERE) is Holder.DEAD
    assert found.holder("other-" + HERE) is Holder.ELSEWHERE


def test_a_later_process_with_the_same_number_is_not_the_holder() -> None:
    name = "python"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert runs_still(other.pid, name, datetime.now(UTC))
        assert not runs_still(other.pid, name, datetime.now(UTC) - timedelta(hours=1))
        assert not runs_still(other.pid, "pulumi", datetime.now(UTC))
        other.communicate(b"\n")
    assert not runs_still(other.pid, name, datetime.now(UTC))


def test_the_engine_tells_of_locks_in_a_bucket_and_of_an_update_in_the_cloud() -> None:
    # The sentence of `checkForLock` (pulumi/pkg backend/diy/lock.go), as 3.259.0 writes it.
    text = (
        "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the "
        "lock file with `pulumi cancel`.\n  s3://state/.pulumi/locks/organization/shop/dev/94c2.json: "
        "created by ci user@runner-7 (pid 2029) at 2026-11-21T15:09:44Z\n"
    )
    (found,) = told_by_the_engine(text).whole
    assert (found.pid, found.username, found.hostname) == (2029, "ci user", "runner-7")
    assert found.where == "s3://state/.pulumi/locks/organization/shop/dev/94c2.json"
    cloud = told_by_the_engine("error: [409] Conflict: Another update is currently in progress.")
    assert cloud.cloud == "[409] Conflict: Another update is currently in progress."
    assert not told_by_the_engine("error: no credentials")


def held(pid: int, hostname: str = HERE) -> Locks:
    return Locks((Lock("/x.json", pid, "ana", hostname, datetime.now(UTC) + timedelta(minutes=1)),))


def test_who_may_still_hold_the_stack_is_refused_by_name() -> None:
    refuse_where_held(held(NO_PID), force=False)
    with pytest.raises(StackLockedError, match=r"process 7 of ana on runner-7.*--force-unlock"):
        refuse_where_held(held(7, "runner-7"), force=False)
    refuse_where_held(held(7, "runner-7"), force=True)
    with pytest.raises(StackLockedError, match="Another update"):
        refuse_where_held(Locks(cloud="[409] Conflict: Another update"), force=False)


def test_a_live_process_is_never_forced(tmp_path: Path) -> None:
    cli = tmp_path / "pulumi"
    cli.write_text("#!/bin/sh\nread line\n")
    cli.chmod(0o755)
    with subprocess.Popen([cli], stdin=subprocess.PIPE) as process:
        with pytest.raises(StackLockedError, match=rf"process {process.pid} of ana.*--wait.*--interrupt"):
            refuse_where_held(held(process.pid), force=True)
        process.communicate(b"\n")


class Stack:
    """A stack in a folder, as far as its locks are concerned."""

    name = "organization/shop/dev"

    def __init__(self) -> None:
        self.workspace = self

    def project_settings(self) -> Any:
        return type("Settings", (), {"name": "shop"})


def opened(backend: Path) -> Any:
    return type("Opened", (), {"stack": Stack(), "environment": {"PULUMI_BACKEND_URL": f"file://{backend}"}})


@contextmanager
def running_cli(folder: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """Run something that is named as the engine is, until it gets SIGINT or a line."""
    cli = folder / "pulumi"
    cli.write_text("#!/bin/sh\ntrap 'exit 0' INT\necho ready\nread line\n")
    cli.chmod(0o755)
    with subprocess.Popen([cli], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process


def test_a_live_update_is_interrupted_where_a_person_says_so_and_waited_for(tmp_path: Path) -> None:
    said: list[str] = []
    with running_cli(tmp_path) as process:
        file = lock(folder_of(tmp_path), written(process.pid, at=datetime.now(UTC) + timedelta(minutes=1)))
        with pytest.raises(StackLockedError):
            unlock(opened(tmp_path), How(force_unlock=True), said.append)
        done = unlock(opened(tmp_path), How(interrupt=True), said.append, lambda _seconds: None)
    assert process.returncode == 0, "it ended by the signal, in its own way"
    assert said[0].startswith(f"interrupting process {process.pid}")
    assert [line.rpartition(" ")[2] for line in done] == ["for", "removed"]
    assert not file.exists()
    assert unlock(opened(tmp_path), How(), said.append) == ()


def test_a_live_update_is_waited_for(tmp_path: Path) -> None:
    with running_cli(tmp_path) as process:
        file = lock(folder_of(tmp_path), written(process.pid, at=datetime.now(UTC) + timedelta(minutes=1)))

        def end(_seconds: float) -> None:
            assert process.stdin is not None
            if not process.stdin.closed:
                process.stdin.close()
                file.unlink()  # as the engine does

        done = unlock(opened(tmp_path), How(wait=True), lambda _line: None, end)
    assert len(done) == 1


def test_the_lock_of_a_dead_process_is_removed_with_what_belongs_to_it(tmp_path: Path) -> None:
    file = lock(folder_of(tmp_path), written(NO_PID))
    attributes = lock(folder_of(tmp_path), "{}", "a.json.attrs")
    (done,) = unlock(opened(tmp_path), How(), lambda _line: None)
    assert f"process {NO_PID}" in done
    assert not file.exists()
    assert not attributes.exists()


def test_where_the_engine_refused_to_begin_the_next_step_is_told() -> None:
    told = (
        "  s3://state/.pulumi/locks/organization/shop/dev/94c2.json: created by ana@{} (pid {}) at 2026-11-21T15:09:44Z"
    )
    with pytest.raises(StackLockedError, match=r"which is dead.*repair` removes its lock"):
        refuse_where_the_engine_did(told.format(HERE, NO_PID))
    with pytest.raises(StackLockedError, match=r"runner-7.*--force-unlock"):
        refuse_where_the_engine_did(told.format("runner-7", 7))
    refuse_where_the_engine_did("error: creating ECS Service (shop): AccessDeniedException")
