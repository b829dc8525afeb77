"""`destroy`: remove everything that the stack made."""

import typer

from commands.options import PROJECT, ProjectOption, QuietOption, SandboxOption, StackOption, YesOption
from commands.running import Printer, ask_or_stop, find_or_make_engine, running_sandbox
from commands.saying import echo


def destroy(
    project: ProjectOption = PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    yes: YesOption = False,
    quiet: QuietOption = False,
) -> None:
    """Remove everything that the stack made."""
    from automation.engine.destroy import destroy_stack
    from automation.engine.project import read_project
    from automation.engine.workspace import open_stack

    read = read_project(project)
    printer = Printer(quiet=quiet)
    engine = find_or_make_engine(quiet=quiet)
    local = running_sandbox(read) if sandbox else None
    name = stack or ("sandbox" if local else None)
    opened = open_stack(read, name, engine, local.environment() if local else {}, create=False)
    if not (local or yes):
        ask_or_stop(f"destroy everything in the stack {opened.stack.name}?")
    if error := destroy_stack(opened, printer.say):
        echo(error, err=True)
        raise typer.Exit(1)
    echo(f"the stack {opened.stack.name} has no resources any more")
