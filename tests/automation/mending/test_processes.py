"""Plugins whose engine is gone are ended, and nothing else is."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from automation.mending.processes import end_orphans

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked for in /proc")
WAITS = "import sys; print('ready', flush=True); sys.stdin.read()"


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def plugin(running: ExitStack, folder: Path, address: str) -> "subprocess.Popen[bytes]":
    """Start a process with an engine's address for its last argument, as every plugin has."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", WAITS, address]
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    running.enter_context(process)
    running.callback(process.kill)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def nobody_listens() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_plugin_of_this_project_whose_engine_is_gone_is_ended(running: ExitStack, tmp_path: Path) -> None:
    orphan = plugin(running, tmp_path / "project", f"127.0.0.1:{nobody_listens()}")
    assert end_orphans(tmp_path / "project") == (orphan.pid,)
    assert orphan.wait(timeout=10) < 0
    assert end_orphans(tmp_path / "project") == ()


def test_plugins_of_live_engines_and_of_other_projects_are_left_alone(running: ExitStack, tmp_path: Path) -> None:
    engine = running.enter_context(socket.create_server(("127.0.0.1", 0)))
    gone = nobody_listens()
    left = [
        plugin(running, tmp_path / "project", f"127.0.0.1:{engine.getsockname()[1]}"),
        plugin(running, tmp_path / "other", f"127.0.0.1:{gone}"),
        plugin(running, tmp_path / "project", f"http://127.0.0.1:{gone}/health"),
    ]
    assert end_orphans(tmp_path / "project") == ()
    assert [process.poll() for process in left] == [None, None, None]
