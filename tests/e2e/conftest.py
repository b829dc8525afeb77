"""A sandbox and a project of its own for each module, and `deploy.py` run as a person runs it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from automation.engine.workspace import OpenStack
from tests.e2e.programs import Handed, handing

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """What one command came to."""

    exit_code: int
    output: str
    errors: str
    outcome: dict[str, Any]
    """`outcome/1`, or empty where the command wrote none."""

    @property
    def service(self) -> dict[str, Any]:
        found: dict[str, Any] = self.outcome["services"][0]
        return found

    def __str__(self) -> str:
        return f"exit {self.exit_code}\n--- stdout\n{self.output}\n--- stderr\n{self.errors}"


class Checkout:
    """A project in a folder of its own, and the commands that are run on it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for name in ("Pulumi.yaml", "__main__.py", "components", "example"):
            (directory / name).symlink_to(ROOT / name)

    def deploy(self, *arguments: str, timeout: float = 180) -> Run:
        """Run `deploy.py` with the arguments, and `--project`, where the command takes it."""
        process = subprocess.run(
            [sys.executable, ROOT / "deploy.py", *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"NO_COLOR": "1"},
            umask=0,  # the loosest one: what a run writes is private all the same
            check=False,
        )
        return Run(process.returncode, process.stdout, process.stderr, {})

    def up(self, image: str, *arguments: str, stack: str = "sandbox", timeout: float = 180) -> Run:
        """Run `up --sandbox --no-preflight` with this image, and read the outcome."""
        file = self.directory / "outcome.json"
        file.unlink(missing_ok=True)
        where = ("--project", str(self.directory), "--sandbox", "--stack", stack)
        run = self.deploy(
            "up",
            *where,
            "--no-preflight",
            "--json",
            str(file),
            "--config",
            f"image={image}",
            *arguments,
            timeout=timeout,
        )
        outcome = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return Run(run.exit_code, run.output, run.errors, outcome)

    def environment(self) -> dict[str, str]:
        """Return what `sandbox status` says to export."""
        status = self.deploy("sandbox", "status", "--project", str(self.directory))
        lines = [line.strip().removeprefix("export ") for line in status.output.splitlines() if "export" in line]
        return dict(line.split("=", 1) for line in lines)

    def open(self, stack: str = "sandbox") -> OpenStack:
        """Return the stack, opened against the sandbox that runs."""
        from automation.engine.install import ensure_engine
        from automation.engine.project import read_project
        from automation.engine.workspace import open_stack
        from sandbox import place, process

        local = process.find(place.place_of(self.directory).directory)
        assert local is not None
        engine = ensure_engine(lambda _what, _share: None)
        return open_stack(read_project(self.directory), stack, engine, local.environment(), create=False)

    def state(self, stack: str = "sandbox") -> dict[str, Any]:
        """Return `pulumi stack export`'s deployment."""
        deployment: dict[str, Any] = dict(self.open(stack).stack.export_stack().deployment or {})
        return deployment


def copy_of_checkout(folder: Path) -> Path:
    """Copy what a user has to a folder of its own, with this environment, and return it."""
    copied = folder / "failwell"
    left_out = shutil.ignore_patterns(".git", ".venv", ".failwell", "tests", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(ROOT, copied, ignore=left_out)
    (copied / ".venv").symlink_to((ROOT / ".venv").resolve())
    return copied


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A project with a sandbox of its own, which ends with the module."""
    made = Checkout(tmp_path_factory.mktemp("project"))
    yield made
    made.deploy("sandbox", "stop", "--project", str(made.directory))
    shutil.rmtree(made.directory, ignore_errors=True)


@pytest.fixture(scope="session")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handed]:
    """One sandbox for all programs that leave nothing behind."""
    with handing(tmp_path_factory.mktemp("sandbox")) as given:
        yield given
