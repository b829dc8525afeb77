"""A run begins with its preview: little is imported before it, and who leaves early ends it."""

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from automation.ahead.beginning import beginning
from automation.engine.install import Engine
from automation.engine.project import read_project
from automation.errors import UsageError
from automation.request import Request
from diagnostics.clock import ServerClock, machine_clock

ROOT = Path(__file__).resolve().parents[3]
IMPORTED = """
import sys
import commands.planning, commands.up
import automation.ahead.beginning, automation.ending.first_deployment, automation.ending.interrupts
import automation.engine.project, automation.history.place, automation.proof.wish, automation.telling.terminal
print(*sys.modules)
"""
"""What `up` imports until its preview runs."""
LATER = {"boto3", "botocore", "jinja2", "rich", "diagnostics.rules", "diagnostics.watch", "automation.driver"}

PREVIEWS = """
import pathlib, signal, sys
with pathlib.Path("calls").open("a") as calls:
    print(*sys.argv[2:4], file=calls)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
pathlib.Path("ready").touch()
signal.sigwait([signal.SIGINT])
sys.exit("interrupted")
"""
"""A CLI whose preview ends when it is interrupted, and not before."""


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    """Return what asks for an `up` of a project whose CLI is `PREVIEWS`."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: yaml\n", encoding="utf-8")
    (tmp_path / "previews.py").write_text(PREVIEWS, encoding="utf-8")
    cli = tmp_path / "pulumi"
    cli.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/previews.py "$@"\n', encoding="utf-8")
    cli.chmod(0o700)
    engine = Engine(cli, "3.259.0", "PATH")
    environment = {"PULUMI_BACKEND_URL": f"file://{tmp_path}"}
    return Request(read_project(tmp_path), "dev", engine, environment, ServerClock(machine_clock()))


def calls(request: Request) -> list[str]:
    file = request.project.directory / "calls"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def test_nothing_heavy_is_imported_before_the_preview_runs() -> None:
    told = subprocess.run([sys.executable, "-c", IMPORTED], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = set(told.stdout.split())
    assert "pulumi.automation" in imported
    assert not imported & LATER


def test_the_preview_is_the_first_run_of_the_cli_and_runs_beside_what_follows(request_: Request) -> None:
    ready = request_.project.directory / "ready"
    with beginning(request_) as begun:
        assert begun.previewing
        while not ready.exists():  # it is under way, and here nobody waits for it
            threading.Event().wait(0.01)
        assert begun.config_file.exists()
    assert calls(request_) == ["preview --color"]
    assert not begun.config_file.exists()


def test_who_leaves_before_the_preview_has_ended_ends_it(request_: Request) -> None:
    def refused() -> None:
        with beginning(request_):
            raise UsageError("no such store")

    with pytest.raises(UsageError, match="no such store"):
        refused()
    assert not any(each.name == "preview" for each in threading.enumerate())


def test_a_preview_that_was_stopped_has_no_plan(request_: Request) -> None:
    with beginning(request_) as begun:
        assert begun.previewing
        begun.previewing.stop()
        with pytest.raises(UsageError):
            begun.plan()


def test_where_nobody_wants_the_plan_nothing_is_previewed(request_: Request) -> None:
    with beginning(replace(request_, preflight=False)) as begun:
        assert begun.previewing is None
    assert calls(request_) == []


def test_a_check_that_is_not_there_is_refused_before_anything_runs(request_: Request) -> None:
    with (
        pytest.raises(UsageError, match="--skip-check imag"),
        beginning(replace(request_, skip_checks=["imag"])),
    ):
        pass
    assert calls(request_) == []
