"""`repair`: put a stack right after a kill."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import PROJECT, ProjectOption, QuietOption, SandboxOption, StackOption, YesOption
from commands.running import Printer, ask_or_stop, clock_of, find_or_make_engine, running_sandbox
from commands.saying import echo

if TYPE_CHECKING:
    from automation.mending.repair import AwsOfStack, Deploying
    from diagnostics.clock import Clock


def repair(
    project: ProjectOption = PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for an update or a deployment that still runs, and prove what serves.")
    ] = False,
    interrupt: Annotated[
        bool, typer.Option("--interrupt", help="End an update that still runs on this machine, as Ctrl-C would.")
    ] = False,
    force_unlock: Annotated[
        bool, typer.Option("--force-unlock", help="Remove the lock of a process that cannot be seen from here.")
    ] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", help="Minutes of ECS's clock that --wait gives a deployment.", min=1)
    ] = 30,
    yes: YesOption = False,
    quiet: QuietOption = False,
) -> None:
    """Put the stack right after a kill: its lock, what was pending, what was changed for a while."""
    from automation.engine.project import read_project
    from automation.engine.workspace import open_stack
    from automation.mending import repair as repairing

    read = read_project(project)
    printer = Printer(quiet=quiet)
    engine = find_or_make_engine(quiet=quiet)
    local = running_sandbox(read) if sandbox else None
    clock = printer.clock = clock_of(local)
    name = stack or ("sandbox" if local else None)
    opened = open_stack(read, name, engine, local.environment() if local else {}, create=False)
    if not (local or yes):
        ask_or_stop(f"repair the stack {opened.stack.name}?")
    how = repairing.How(wait=wait, interrupt=interrupt, force_unlock=force_unlock)
    aws = repairing.AwsOfStack(opened.environment, clock)
    found = repairing.repair(opened, aws, how, printer.say)
    for line in found.done:
        echo(line)
    for line in found.left:
        echo(line, err=True)
    if not (found.done or found.left):
        echo(f"the stack {opened.stack.name} has nothing to repair")
    for each in () if wait else found.deploying:
        echo(str(each))
    code = _follow(aws, found.deploying, clock, timeout, printer) if wait and found.deploying else 0
    raise typer.Exit(code or int(bool(found.left)))


def _follow(
    aws: "AwsOfStack", deploying: "Sequence[Deploying]", clock: "Clock", timeout: float, printer: Printer
) -> int:
    from automation.outcome import exit_code_of
    from commands.options import FailureFormat
    from commands.watch import print_watched, watching_of

    results = []
    for each in deploying:
        reader, names = aws.clients.of(each.target), [each.target.name]
        watched = watching_of(reader, each.target.cluster, names, clock, timeout, printer.say).run(names)
        print_watched(watched, FailureFormat.TEXT)
        results += [one.result for one in watched]
    return int(exit_code_of(results))
