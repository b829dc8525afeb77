"""The wheel as others get it: built once, installed into an environment of its own, beside a stack with namesakes."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi import automation as auto

from automation.engine.install import LANGUAGE_HOST, Engine, ensure_engine, language_host_path
from sandbox import process
from sandbox.process import Sandbox

ROOT = Path(__file__).resolve().parents[2]
STACK = Path(__file__).with_name("stack")
PLUGIN_STACK = Path(__file__).with_name("plugin_stack")


@dataclass(frozen=True)
class Installed:
    """An environment that has the wheel."""

    directory: Path

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    @property
    def package(self) -> Path:
        """The folder of the package `failwell`."""
        code = "import failwell, os; print(os.path.dirname(failwell.__file__))"
        return Path(self.run(self.python, "-c", code, cwd=self.directory).stdout.strip())

    def run(self, *command: str | Path, cwd: Path, given: str = "") -> "subprocess.CompletedProcess[str]":
        environment = os.environ | {"NO_COLOR": "1"}
        return subprocess.run(
            command, cwd=cwd, input=given, capture_output=True, text=True, env=environment, check=False, timeout=300
        )

    def failwell(self, *arguments: str, cwd: Path, given: str = "") -> "subprocess.CompletedProcess[str]":
        """Run the command as a person does who works in `cwd`."""
        return self.run(self.directory / "bin" / "failwell", *arguments, cwd=cwd, given=given)


@dataclass(frozen=True)
class Updated:
    """How an update ended, and what the engine said in its diagnostics: severity and message."""

    went_well: bool
    said: list[tuple[str, str]]

    @property
    def warnings(self) -> list[str]:
        """What was warned of, but for the language host that is not the engine's own."""
        return [text for severity, text in self.said if severity == "warning" and LANGUAGE_HOST not in text]

    @property
    def errors(self) -> str:
        return "".join(text for severity, text in self.said if severity == "error")

    def __str__(self) -> str:
        return "\n".join(f"{severity}: {text}" for severity, text in self.said if severity != "debug")


@dataclass(frozen=True)
class Plain:
    """A stack that is updated without failwell's driver, as `pulumi up` updates it."""

    stack: auto.Stack

    def set(self, **values: Any) -> None:
        """Change what the program reads, lists as lists."""
        file = Path(self.stack.workspace.work_dir) / f"Pulumi.{self.stack.name}.yaml"
        settings = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
        settings.setdefault("config", {}).update({f"shop:{key}": value for key, value in values.items()})
        file.write_text(yaml.safe_dump(settings), encoding="utf-8")

    def preview(self, policy_packs: Sequence[str] = (), **values: Any) -> Updated:
        """Change what the program reads, and preview the update."""
        return self._run(self.stack.preview, policy_packs, values)

    def up(self, policy_packs: Sequence[str] = (), **values: Any) -> Updated:
        """Change what the program reads, and update, without the preview that `pulumi up` begins with."""
        return self._run(self.stack.up, policy_packs, values)

    def _run(self, operation: Callable[..., Any], policy_packs: Sequence[str], values: Mapping[str, Any]) -> Updated:
        said: list[tuple[str, str]] = []

        def take(event: auto.EngineEvent) -> None:
            if diagnostic := event.diagnostic_event:
                said.append((diagnostic.severity, diagnostic.message))
            if violation := event.policy_event:
                said.append(("policy", f"{violation.policy_name}: {violation.message}"))

        self.set(**values)
        try:
            operation(color="never", on_event=take, policy_packs=list(policy_packs) or None)
        except auto.errors.CommandError as problem:
            return Updated(False, said or [("error", str(problem))])
        return Updated(True, said)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built as `pip install git+…` builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


def install(wheel: Path, directory: Path, *, with_packages: bool) -> Installed:
    """Make an environment with the wheel, and, to be quick, with the packages of this one by a link."""
    venv.create(directory, symlinks=True)
    made = Installed(directory)
    command = [sys.executable, "-m", "pip", "--python", made.python, "install", "--quiet", "--no-deps", wheel]
    subprocess.run(command, check=True, capture_output=True)
    if with_packages:
        (site,) = directory.glob("lib/python*/site-packages")
        (site / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return made


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with the wheel and everything that it can want."""
    return install(wheel, tmp_path_factory.mktemp("environment"), with_packages=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stack with packages of its own that have the names of our rooms."""
    return Path(shutil.copytree(STACK, tmp_path_factory.mktemp("stack") / "shop"))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    directory = tmp_path_factory.mktemp("sandbox")
    yield process.start(directory, speed=200)
    process.stop(directory)


@pytest.fixture(scope="session")
def engine() -> Engine:
    return ensure_engine(lambda _what, _share: None)


def plain_stack(
    folder: Path, engine: Engine, sandbox: Sandbox, python: Path, more: Mapping[str, str] | None = None
) -> Plain:
    """Make the stack `dev` of a project, whose program `python` runs, in the sandbox."""
    environment = sandbox.environment() | {"PULUMI_PYTHON_CMD": str(python)} | dict(more or {})
    # PATH has the language host and what the system has: no command of the environment that runs the tests.
    environment["PATH"] = os.pathsep.join(filter(None, [language_host_path(engine), os.defpath]))
    options = auto.LocalWorkspaceOptions(
        pulumi_command=auto.PulumiCommand(root=str(engine.executable.parents[1])),
        pulumi_home=environment["PULUMI_HOME"],
        env_vars=environment,
    )
    stack = auto.create_or_select_stack("dev", work_dir=str(folder), opts=options)
    plain = Plain(stack)
    plain.set(**sandbox.defaults())
    return plain
