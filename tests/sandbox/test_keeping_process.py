"""A kept sandbox whose process is killed, and the commands around it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from sandbox import process
from sandbox.process import ROOT, RefusedError, Sandbox, SandboxError
from sandbox.server import connector


def kill(sandbox: Sandbox) -> None:
    os.kill(sandbox.pid, signal.SIGKILL)
    while process.find(sandbox.directory):
        time.sleep(0.01)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "kept"
    process.stop(tmp_path / "kept")


def test_what_was_answered_before_a_kill_is_there_after_it_at_the_same_address(directory: Path) -> None:
    first = process.start(directory, speed=600, keep=True)
    (directory / "state" / "of-the-engine").touch()
    logs = connector(first.endpoint)("logs")
    told: list[str] = []
    enough = threading.Event()

    def ask_on() -> None:
        for number in range(100_000):
            try:
                logs.create_log_group(logGroupName=f"group-{number:06}")
            except BotoCoreError:  # it was killed
                return
            told.append(f"group-{number:06}")
            if number == 40:
                enough.set()

    asking = threading.Thread(target=ask_on)
    asking.start()
    assert enough.wait(60)
    now, _ = first.clock()
    kill(first)  # most likely in the middle of a request
    asking.join(timeout=60)

    second = process.start(directory, speed=600, keep=True)
    assert second.endpoint == first.endpoint
    assert second.pid != first.pid
    assert second.clock()[0] >= now
    assert second.defaults()["vpc_id"].startswith("vpc-")
    assert (directory / "state" / "of-the-engine").exists()
    pages = connector(second.endpoint)("logs").get_paginator("describe_log_groups").paginate()
    there = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    assert there[: len(told)] == told
    assert len(there) <= len(told) + 1  # one may have been made without its answer getting out


def test_what_cannot_be_brought_back_is_refused_with_what_to_do(directory: Path, tmp_path: Path) -> None:
    kill(process.start(directory, keep=True))
    with pytest.raises(RefusedError, match="made with seed 0, not 5"):
        process.start(directory, keep=True, seed=5)
    with pytest.raises(RefusedError, match=r"a sandbox is kept in .*: bring it back with `--keep"):
        process.start(directory)
    journal = directory / "journal.jsonl"
    change = {"at": "2090-01-01T00:00:00+00:00", "posted": "hosts", "document": {"a": "nonsense"}}
    journal.write_text(journal.read_text() + json.dumps(change) + "\n")
    with pytest.raises(RefusedError, match=r"line 3 of journal\.jsonl .* is refused: a: no state `nonsense`"):
        process.start(directory, keep=True)
    other = tmp_path / "other"
    (other / "state" / ".pulumi").mkdir(parents=True)
    with pytest.raises(RefusedError, match="that was not kept: keep one in an empty directory"):
        process.start(other, keep=True)


def test_a_sandbox_that_runs_without_being_kept_is_not_taken_for_one_that_is(running: Sandbox) -> None:
    with pytest.raises(SandboxError, match="that is not kept runs already"):
        process.start(running.directory, speed=running.speed, keep=True)


def deploy(*arguments: str | Path, code: int = 0) -> str:
    command = [sys.executable, str(ROOT / "deploy.py"), "sandbox", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def test_a_project_finds_its_kept_sandbox_until_it_is_stopped(directory: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    at: Any = ("--project", project)
    assert f"its state is kept in {directory}" in deploy("start", *at, "--keep", directory, "--speed", "600")
    first = process.find(directory)
    assert first is not None
    assert "600 times as fast" in deploy("status", *at)
    refused = deploy("start", *at, "--keep", tmp_path / "elsewhere", code=2)
    assert "`deploy.py sandbox stop` it first" in refused
    kill(first)
    assert f"bringing back the sandbox of {directory}" in deploy("start", *at)
    assert process.attach(first.endpoint).speed == 600
    stopped = deploy("stop", *at)
    assert f"`deploy.py sandbox start --keep {directory}` brings it back" in stopped
    assert "no sandbox runs" in deploy("status", *at, code=2)
    assert (directory / "journal.jsonl").exists()
    taken = tmp_path / "file"
    taken.touch()
    assert "that is a file" in deploy("start", *at, "--keep", taken, code=2)
