"""`rollback`: back to a revision that is proven to have served."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from commands.ending import approved, check_report, tell
from commands.live import check_loudness, showing, title
from commands.options import (
    PROJECT,
    NoAbortOption,
    OutcomeOption,
    ProjectOption,
    QuietOption,
    ReportOption,
    SandboxOption,
    StackOption,
    TimeoutOption,
    VerboseOption,
    YesOption,
)
from commands.planning import approve
from commands.records import HistoryOption, history_of, place_of_records, stores_of_records
from commands.running import REFUSED, Printer, ask_or_stop, clock_of, find_or_make_engine, running_sandbox
from commands.saying import echo

if TYPE_CHECKING:
    from automation.engine.project import Project
    from automation.engine.workspace import OpenStack
    from automation.history.keeping import Stores
    from automation.outcome import Outcome
    from automation.request import Request
    from automation.rollback.run import Asked, Plan


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
    timeout: TimeoutOption = 30,
    no_abort: NoAbortOption = False,
    where: HistoryOption = None,
    yes: YesOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    report: ReportOption = None,
    json_file: OutcomeOption = None,
) -> None:
    """Take a service back to a revision that is proven to have served, watched and proven as `up` does it."""
    from automation.engine.project import read_project
    from automation.engine.workspace import open_stack
    from automation.rollback.run import Asked

    read = read_project(project)
    check_report(report)
    place = place_of_records(read, where)
    check_loudness(quiet=quiet, verbose=verbose)
    printer = Printer(quiet=quiet)
    request = replace(
        _request_of(read, stack, printer, sandbox=sandbox),
        timeout_minutes=timeout,
        abort=not no_abort,
        approve=None if sandbox or yes else approve,
    )
    opened = open_stack(read, request.stack, request.engine, request.environment, create=False)
    stores = stores_of_records(read, place, sandbox=sandbox)
    asked = Asked(service, to, program=not no_program)
    planned, outcome = _roll_back(request, opened, stores, asked, printer, verbose=verbose)
    tell("rollback", outcome, printer, json_file, report)
    _tell_of_the_next_up(planned, outcome)
    raise typer.Exit(int(outcome.exit_code))


def _request_of(read: "Project", stack: str | None, printer: Printer, *, sandbox: bool) -> "Request":
    """Return where it is to happen; the printer goes by ECS's clock from then on."""
    from automation.request import Request

    engine = find_or_make_engine(quiet=printer.quiet)
    local = running_sandbox(read) if sandbox else None
    printer.clock = clock_of(local)
    return Request(
        project=read,
        stack=stack or ("sandbox" if local else None),
        engine=engine,
        environment=local.environment() if local else {},
        clock=printer.clock,
    )


def _roll_back(
    request: "Request", opened: "OpenStack", stores: "Stores", asked: "Asked", printer: Printer, *, verbose: bool
) -> "tuple[Plan, Outcome]":
    """Say what is going to be done, ask where nothing else will, and do it; what is refused ends the command."""
    from automation.history.origin import GitError
    from automation.rollback.choose import RollbackRefusedError
    from automation.rollback.run import plan, roll_back
    from automation.telling.progress import Progress

    try:
        planned = plan(request, opened, stores, asked)
        for note in planned.notes:
            echo(f"note: {note}", err=True)
        printer.say(planned.sentence)
        if planned.program is None and request.approve:
            ask_or_stop(f"{planned.sentence}; go ahead?")
        history = history_of("rollback", stores, request.environment)
        with showing(title("rollback", request.project.name, request.stack), printer, verbose=verbose) as shown:
            progress = Progress(shown.say, verbose=verbose, follow=shown.follow)
            rolled_back = roll_back(request, opened, planned, history, progress)
    except (RollbackRefusedError, GitError) as refusal:
        echo(f"error: {refusal}", err=True)
        raise typer.Exit(REFUSED) from refusal
    return planned, approved(rolled_back)


def _tell_of_the_next_up(planned: "Plan", outcome: "Outcome") -> None:
    """Say what the next `up` deploys, where the service is at the older revision now."""
    from automation.outcome import ExitCode
    from diagnostics.names import COMMAND

    if outcome.exit_code in {ExitCode.PROVEN, ExitCode.NOT_PROVEN}:
        what = (
            "what the program and the stack's settings say then" if planned.program else "the program's version again"
        )
        echo(f"the next `{COMMAND} up` deploys {what}")
