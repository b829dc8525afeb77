"""`destroy`: remove everything that the stack made."""

from typing import TYPE_CHECKING

import typer

from commands.options import PROJECT, ProjectOption, QuietOption, SandboxOption, StackOption, YesOption
from commands.running import Printer, ask_or_stop, find_or_make_engine, running_sandbox
from commands.saying import echo

if TYPE_CHECKING:
    from automation.engine.project import Project
    from sandbox.process import Sandbox


def destroy(
    project: ProjectOption = PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    yes: YesOption = False,
    quiet: QuietOption = False,
) -> None:
    """Remove everything that the stack made."""
    from automation.engine.project import read_project

    read = read_project(project)
    remove(read, stack, running_sandbox(read) if sandbox else None, yes=yes, quiet=quiet)


def remove(project: "Project", stack: str | None, local: "Sandbox | None", *, yes: bool, quiet: bool) -> None:
    """Destroy a stack of a project, on AWS or in a sandbox, and say so; ask first where it is on AWS."""
    from automation.engine.destroy import destroy_stack
    from automation.engine.workspace import open_stack

    engine = find_or_make_engine(quiet=quiet)
    name = stack or ("sandbox" if local else None)
    opened = open_stack(project, name, engine, local.environment() if local else {}, create=False)
    if not (local or yes):
        ask_or_stop(f"destroy everything in the stack {opened.stack.name}?")
    if error := destroy_stack(opened, Printer(quiet=quiet).say):
        echo(error, err=True)
        raise typer.Exit(1)
    echo(f"the stack {opened.stack.name} has no resources any more")
