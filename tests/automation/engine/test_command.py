"""The CLI runs as a process of its own session: what it prints is told at its end, and SIGINT reaches it alone."""

import sys
import threading
import time
from pathlib import Path

import pytest
from pulumi.automation.errors import CommandError

from automation.engine.command import InterruptibleCommand
from automation.engine.install import Engine

WAITS = """
import pathlib, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
pathlib.Path("ready").touch()
signal.sigwait([signal.SIGINT])
print("cancelled", flush=True)
"""
"""One more interrupt, while it ends, changes nothing."""


def command(folder: Path, script: str) -> InterruptibleCommand:
    cli = folder / "pulumi"
    cli.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    cli.chmod(0o700)
    return InterruptibleCommand(Engine(cli, "3.259.0", "PATH"))


def test_what_it_prints_is_returned_and_told_line_by_line(tmp_path: Path) -> None:
    told: list[str] = []
    wrong: list[str] = []
    cli = command(tmp_path, 'echo "$@"; echo "$GIVEN $PULUMI_AUTOMATION_API"; echo careful >&2; pwd')
    result = cli.run(["up", "--yes"], str(tmp_path), {"GIVEN": "this"}, told.append, wrong.append)
    assert told == ["--non-interactive up --yes", "this true", str(tmp_path.resolve())]
    assert (result.stdout.splitlines(), result.stderr, wrong, result.code) == (told, "careful", ["careful"], 0)


def test_its_own_folder_is_first_where_it_looks_for_plugins(tmp_path: Path) -> None:
    result = command(tmp_path, 'echo "$PATH"').run([], str(tmp_path), {})
    assert result.stdout.split(":")[0] == str(tmp_path)


def test_another_exit_code_than_0_is_an_error_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no such stack"):
        command(tmp_path, "echo no such stack >&2; exit 255").run([], str(tmp_path), {})


READS = """
refuse_beside() {{
  if [ -e $1.attrs ] && [ ! -s $1.attrs ]; then echo "error: failed to load $2: EOF" >&2; exit 255; fi
}}
refuse_beside {folder}/.pulumi/meta.yaml settings
if [ "$2" = whoami ]; then echo '{{"user": "ana", "url": "file://{folder}"}}'; exit; fi
refuse_beside {folder}/.pulumi/stacks/shop/dev.json checkpoint
echo "read $2"
"""
"""As the engine does, it reads nothing beside which there is an empty file of attributes."""


@pytest.mark.parametrize("told", [True, False], ids=["by the environment", "by the engine"])
def test_a_state_beside_which_a_killed_cli_left_an_empty_file_is_read(tmp_path: Path, told: bool) -> None:
    state, settings = tmp_path / ".pulumi/stacks/shop/dev.json", tmp_path / ".pulumi/meta.yaml"
    state.parent.mkdir(parents=True)
    for file in (state, settings):
        file.write_text("{}")
    empty, whole = (state.with_name(f"{each}.attrs") for each in ("dev.json", "other.json"))
    empty.touch()
    whole.write_text("{}")
    if told:  # else the engine cannot tell either
        (tmp_path / ".pulumi/meta.yaml.attrs").touch()
    cli = command(tmp_path, READS.format(folder=tmp_path))
    lines: list[str] = []
    environment = {"PULUMI_BACKEND_URL": f"file://{tmp_path}" if told else "file://~"}
    assert cli.run(["export"], str(tmp_path), environment, on_error=lines.append).stdout == "read export"
    assert lines == []
    assert [file.name for file in tmp_path.rglob("*.attrs")] == ["other.json.attrs"]


def test_an_interrupt_reaches_what_runs_and_nothing_else(tmp_path: Path) -> None:
    cli = command(tmp_path, f"exec {sys.executable} {tmp_path / 'waits.py'}")
    (tmp_path / "waits.py").write_text(WAITS, encoding="utf-8")
    assert not cli.interrupt(), "nothing runs yet"
    told: list[str] = []
    running = threading.Thread(target=lambda: cli.run([], str(tmp_path), {}, told.append))
    running.start()
    while not (tmp_path / "ready").exists():
        time.sleep(0.01)
    deadline = time.monotonic() + 30
    while running.is_alive() and time.monotonic() < deadline:
        cli.interrupt()
        running.join(0.05)
    assert told == ["cancelled"]
    assert not cli.interrupt(), "it has ended"
