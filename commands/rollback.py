"""`rollback`: back to a revision that is proven to have served."""

from pathlib import Path
from typing import Annotated

import typer

from commands.live import check_loudness, showing, title
from commands.options import PROJECT, ProjectOption, QuietOption, SandboxOption, StackOption, VerboseOption, YesOption
from commands.records import HistoryOption, history_of, place_of_records, stores_of_records
from commands.running import REFUSED, Printer, ask_or_stop, clock_of, find_or_make_engine, running_sandbox
from commands.saying import echo
from commands.up import approve, print_outcome


def rollback(
    project: ProjectOption = PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    service: Annotated[str | None, typer.Option("--service", help="The service, where the stack has several.")] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="REVISION",
            help="`family:revision`, its number or the id of a record.",
            show_default="the last one that served before the current one",
        ),
    ] = None,
    no_program: Annotated[
        bool, typer.Option("--no-program", help="Do not run the program again: ECS deploys the revision itself.")
    ] = False,
    timeout: Annotated[float, typer.Option("--timeout", help="Minutes of ECS's clock.", min=1)] = 30,
    no_abort: Annotated[
        bool, typer.Option("--no-abort", help="Explain, but leave the end to ECS's own circuit breaker.")
    ] = False,
    where: HistoryOption = None,
    yes: YesOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the outcome to this file.")] = None,
) -> None:
    """Take a service back to a revision that is proven to have served, watched and proven as `up` does it."""
    from automation.engine.project import read_project
    from automation.engine.workspace import open_stack
    from automation.history.origin import GitError
    from automation.outcome import ExitCode
    from automation.request import Request
    from automation.rollback.choose import RollbackRefusedError
    from automation.rollback.run import Asked, plan, roll_back
    from automation.telling.progress import Progress
    from automation.up import write_outcome
    from diagnostics.names import COMMAND

    read = read_project(project)
    place = place_of_records(read, where)
    check_loudness(quiet=quiet, verbose=verbose)
    printer = Printer(quiet=quiet)
    engine = find_or_make_engine(quiet=quiet)
    local = running_sandbox(read) if sandbox else None
    printer.clock = clock_of(local)
    environment = local.environment() if local else {}
    request = Request(
        project=read,
        stack=stack or ("sandbox" if local else None),
        engine=engine,
        environment=environment,
        clock=printer.clock,
        timeout_minutes=timeout,
        abort=not no_abort,
        approve=None if local or yes else approve,
    )
    opened = open_stack(read, request.stack, engine, environment, create=False)
    stores = stores_of_records(read, place, sandbox=sandbox)
    try:
        planned = plan(request, opened, stores, Asked(service, to, program=not no_program))
        for note in planned.notes:
            echo(f"note: {note}", err=True)
        printer.say(planned.sentence)
        if planned.program is None and request.approve:
            ask_or_stop(f"{planned.sentence}; go ahead?")
        history = history_of("rollback", stores, environment)
        with showing(title("rollback", read.name, request.stack), printer, verbose=verbose) as shown:
            progress = Progress(shown.say, verbose=verbose, follow=shown.follow)
            outcome = roll_back(request, opened, planned, history, progress)
    except (RollbackRefusedError, GitError) as refusal:
        echo(f"error: {refusal}", err=True)
        raise typer.Exit(REFUSED) from refusal
    if outcome is None:
        echo("nothing was changed")
        raise typer.Exit(REFUSED)
    if json_file:
        write_outcome(outcome, json_file)
    print_outcome(outcome)
    if outcome.exit_code in {ExitCode.PROVEN, ExitCode.NOT_PROVEN}:
        what = (
            "what the program and the stack's settings say then" if planned.program else "the program's version again"
        )
        echo(f"the next `{COMMAND} up` deploys {what}")
    raise typer.Exit(int(outcome.exit_code))
