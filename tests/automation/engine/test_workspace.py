"""A stack is not asked for before it is used: what is missing is made or refused when the preview meets that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import CommandResult
from pulumi.automation.errors import CommandError, StackNotFoundError

from automation.engine.workspace import OpenStack
from automation.errors import UsageError
from automation.preflight.plan import PreviewError, preview

NO_STACK = "error: no stack named 'dev' found"


@dataclass
class Backend:
    """A stack, and the workspace that knows whether it is there."""

    there: bool = True
    broken: str = ""
    calls: list[str] = field(default_factory=list)
    name: str = "dev"
    work_dir: str = "."

    @property
    def workspace(self) -> "Backend":
        return self

    def run(self, args: list[str], _cwd: str, _environment: Mapping[str, str]) -> None:
        assert args == ["stack", "--show-name", "--stack", "dev"], "the user's selection stays"
        self._ask("stack")

    def create_stack(self, _name: str) -> None:
        self.calls.append("create")
        self.there = True

    def preview(self, *, plan: str, **_options: Any) -> None:
        self._ask("preview")
        Path(plan).write_text("{}", encoding="utf-8")

    def _ask(self, what: str) -> None:
        self.calls.append(what)
        if self.broken:
            raise CommandError(CommandResult(stdout="", stderr=self.broken, code=255))
        if not self.there:
            raise StackNotFoundError(CommandResult(stdout="", stderr=NO_STACK, code=255))


def planned(backend: Backend, folder: Path, *, create: bool) -> list[str]:
    stack: Any = backend
    preview(OpenStack(stack, stack, {}, create), folder / "Pulumi.dev.yaml")
    return backend.calls


def test_a_stack_that_is_there_costs_one_run_of_the_cli(tmp_path: Path) -> None:
    assert planned(Backend(), tmp_path, create=True) == ["preview"]


def test_a_stack_that_is_missing_is_made_where_that_is_allowed(tmp_path: Path) -> None:
    assert planned(Backend(there=False), tmp_path, create=True) == ["preview", "stack", "create", "preview"]


def test_a_stack_that_is_missing_is_refused_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--stack dev: there is no such stack; make it with `pulumi stack init dev`"):
        planned(Backend(there=False), tmp_path, create=False)


def test_a_backend_that_does_not_answer_is_said_as_such_and_not_as_a_failed_preview(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--stack dev: the stack cannot be opened: no credentials") as refused:
        planned(Backend(broken="error: no credentials"), tmp_path, create=True)
    assert not isinstance(refused.value, PreviewError)
