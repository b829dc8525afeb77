"""Opens a stack of a project for the Automation API: the engine, the environment of its process, the stack itself."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pulumi.automation import (
    LocalWorkspace,
    LocalWorkspaceOptions,
    OutputMap,
    Stack,
    UpdateSummary,
    create_or_select_stack,
    select_stack,
)
from pulumi.automation.errors import CommandError, StackNotFoundError

from automation.engine.command import InterruptibleCommand
from automation.engine.install import Engine, language_host_path
from automation.engine.project import Project, check_stack_name
from automation.errors import UsageError

WATCHED = "FAILWELL_WATCHED"
"""Tells the program that its update is watched and explained here, so that the component's error hook stays silent."""


class BareStack(Stack):
    """A selected stack whose operations are one run of the CLI each.

    The SDK's own ask for the stack's outputs twice and for its history after each update that succeeds: three more
    runs of the CLI, half a second each, for a result that nobody reads here.
    """

    def __init__(self, selected: Stack) -> None:  # the SDK's own would select it once more
        self.__dict__.update(selected.__dict__)

    def outputs(self) -> OutputMap:
        """Return none."""
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:  # noqa: ARG002, FBT001, FBT002 - the SDK's signature
        """Return that the operation succeeded, which is known where this is asked."""
        return UpdateSummary("update", datetime.now(UTC), "", {}, {}, "succeeded")


@dataclass(frozen=True)
class OpenStack:
    """A stack that exists, and the command that its operations run through."""

    stack: Stack
    command: InterruptibleCommand
    environment: Mapping[str, str]


def open_stack(
    project: Project, stack: str | None, engine: Engine, environment: Mapping[str, str], *, create: bool
) -> OpenStack:
    """Select the stack, and create it where there is none and `create` allows it.

    `environment` is laid over the process's own for every run of the CLI.

    Raises:
        UsageError: no stack is named and none selected, this backend cannot have the name, or there is no such stack.
    """
    command = InterruptibleCommand(engine)
    variables = _variables(project, engine, environment)
    backend = variables.get("PULUMI_BACKEND_URL") or os.environ.get("PULUMI_BACKEND_URL")
    workspace = LocalWorkspaceOptions(
        env_vars=variables, pulumi_command=command, pulumi_home=variables.get("PULUMI_HOME")
    )
    name = stack or _selected(project, workspace)
    check_stack_name(name, backend)
    opener = create_or_select_stack if create else select_stack
    try:
        opened = opener(name, work_dir=str(project.source or project.directory), opts=workspace)
    except StackNotFoundError as problem:
        msg = f"--stack {name}: there is no such stack; make it with `pulumi stack init {name}`"
        raise UsageError(msg) from problem
    except CommandError as problem:
        msg = f"--stack {name}: the stack cannot be opened: {_last_error(str(problem))}"
        raise UsageError(msg) from problem
    return OpenStack(BareStack(opened), command, variables)


def backend_and_stack(directory: Path, engine: Engine) -> tuple[str, str | None]:
    """Return the URL of a project's backend and the name of its selected stack.

    Raises:
        CommandError: the engine cannot tell, or cannot reach the backend.
    """
    workspace = LocalWorkspace(work_dir=str(directory), pulumi_command=InterruptibleCommand(engine))
    selected = workspace.stack()
    return str(workspace.who_am_i().url), selected.name if selected else None


def pending_operations(stack: Stack) -> tuple[str, ...]:
    """Return what a cut-off update left in the stack's state: `creating urn:pulumi:…`, one each."""
    deployment = stack.export_stack().deployment or {}
    return tuple(f"{o['type']} {o['resource']['urn']}" for o in deployment.get("pending_operations") or [])


def config_file_of_run(project: Project, stack: str) -> Path:
    """Return where this process keeps the settings of its run of `stack`, for `--config-file`."""
    return project.directory / ".failwell" / "runs" / f"{os.getpid()}" / f"Pulumi.{stack.rsplit('/', 1)[-1]}.yaml"


def _variables(project: Project, engine: Engine, environment: Mapping[str, str]) -> dict[str, str]:
    variables = {
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_PYTHON_CMD": project.python(),
        WATCHED: "true",
    } | dict(environment)
    if folder := language_host_path(engine):
        variables["PATH"] = os.pathsep.join([folder, os.environ.get("PATH", os.defpath)])
    return variables


def _selected(project: Project, options: LocalWorkspaceOptions) -> str:
    workspace = LocalWorkspace(
        work_dir=str(project.directory), env_vars=options.env_vars, pulumi_command=options.pulumi_command
    )
    current = workspace.stack()
    if current is None:
        msg = f"no stack of the project {project.name} is selected; say which with `--stack NAME`"
        raise UsageError(msg)
    return current.name


def _last_error(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith(("error:", "stderr: error:"))]
    return lines[-1].removeprefix("stderr: ").removeprefix("error: ") if lines else text.strip().splitlines()[-1]
