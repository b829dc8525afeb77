"""`up`: deploy the stack, stop what is doomed, and say why."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.live import check_loudness, showing, title
from commands.options import (
    PROJECT,
    CiOption,
    ConfigOption,
    OnFirstFailure,
    OnInterrupt,
    ProjectOption,
    QuietOption,
    SandboxOption,
    SkipCheckOption,
    SpeedOption,
    StackOption,
    VerboseOption,
    YesOption,
)
from commands.records import HistoryOption, history_of, place_of_records, stores_of_records
from commands.running import (
    INTERRUPTED,
    REFUSED,
    Printer,
    ask,
    clock_of,
    find_or_make_engine,
    pipeline_of,
    start_sandbox,
)
from commands.saying import echo

if TYPE_CHECKING:
    from automation.engine.workspace import OpenStack
    from automation.outcome import Outcome
    from automation.preflight.plan import Plan


def up(
    project: ProjectOption = PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    config: ConfigOption = None,
    timeout: Annotated[float, typer.Option("--timeout", help="Minutes of ECS's clock.", min=1)] = 30,
    no_abort: Annotated[
        bool, typer.Option("--no-abort", help="Explain, but leave the end to ECS's own circuit breaker.")
    ] = False,
    on_interrupt: Annotated[
        OnInterrupt,
        typer.Option(
            "--on-interrupt", help="What SIGTERM, a lost terminal or Ctrl-C without one does to a healthy deployment."
        ),
    ] = OnInterrupt.LEAVE,
    first_failure: Annotated[
        OnFirstFailure,
        typer.Option("--first-failure", help="What becomes of a first deployment that failed: nothing serves then."),
    ] = OnFirstFailure.LEAVE,
    no_preflight: Annotated[
        bool, typer.Option("--no-preflight", help="Start the update without the checks before it.")
    ] = False,
    skip_check: SkipCheckOption = None,
    require_new_revision: Annotated[
        bool, typer.Option("--require-new-revision", help="Refuse an update that deploys no new revision.")
    ] = False,
    surge: Annotated[
        int,
        typer.Option("--surge", metavar="N", help="This many tasks more while a deployment is young.", min=0),
    ] = 0,
    verify_at_zero: Annotated[
        bool,
        typer.Option("--verify-at-zero", help="Prove a service that is scaled to zero with one task for a while."),
    ] = False,
    speed: SpeedOption = None,
    yes: YesOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE.html", help="Write the report to this file: one HTML page.")
    ] = None,
    where: HistoryOption = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the outcome to this file.")] = None,
    ci: CiOption = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML to this file.")] = None,
    dotenv: Annotated[
        Path | None, typer.Option("--dotenv", help="Write variables for later jobs of GitLab to this file.")
    ] = None,
) -> None:
    """Deploy the stack, and stop the deployment as soon as waiting cannot help."""
    from automation.ending.first_deployment import FirstFailure
    from automation.ending.interrupts import Choice
    from automation.engine.project import check_given, read_project
    from automation.proof.extra_tasks import Wish
    from automation.request import Request
    from automation.telling.progress import Progress
    from automation.telling.terminal import Terminal, outlive_readers
    from automation.up import run_up, write_outcome

    check_loudness(quiet=quiet, verbose=verbose)
    outlive_readers()
    read = read_project(project)
    check_given(read, config or [])
    if report:
        from automation.telling.report import check_report_path

        check_report_path(report)
    place = place_of_records(read, where)
    printer = Printer(quiet=quiet)
    engine = find_or_make_engine(quiet=quiet)
    local = start_sandbox(read, speed, printer) if sandbox else None
    printer.clock = clock_of(local)
    environment = local.environment() if local else {}
    request = Request(
        project=read,
        stack=stack or ("sandbox" if local else None),
        engine=engine,
        environment=environment,
        clock=printer.clock,
        config=config or (),
        defaults=local.defaults() if local else None,
        timeout_minutes=timeout,
        abort=not no_abort,
        on_interrupt=Choice(on_interrupt.value),
        first_failure=FirstFailure(first_failure.value),
        extra_tasks=Wish(surge, verify_at_zero),
        create_stack=local is not None,
        preflight=not no_preflight,
        skip_checks=skip_check or (),
        require_new_revision=require_new_revision,
        approve=None if local or yes else approve,
        history=history_of("up", stores_of_records(read, place, sandbox=sandbox), environment),
    )
    pipeline = pipeline_of(ci, junit, dotenv)
    try:
        with (
            pipeline.section("failwell up"),
            showing(title("up", read.name, request.stack), printer, verbose=verbose) as shown,
        ):
            asker = shown.aside(Terminal(sys.stdin, printer.ask))
            progress = Progress(shown.say, verbose=verbose, follow=shown.follow)
            outcome = run_up(replace(request, asker=asker), progress)
    except KeyboardInterrupt:  # while the update runs an interrupt is a message to the driver
        echo("interrupted before the update began: nothing was changed", err=True)
        pipeline.ended("interrupted before the update began: nothing was changed")
        raise typer.Exit(INTERRUPTED) from None
    if outcome is None:
        echo("nothing was changed")
        raise typer.Exit(REFUSED)
    if json_file:
        write_outcome(outcome, json_file)
    with pipeline.shielded():
        print_outcome(outcome)
    if report:
        _write_report(outcome, report, printer)
    pipeline.outcome(outcome)
    raise typer.Exit(int(outcome.exit_code))


def _write_report(outcome: "Outcome", path: Path, printer: Printer) -> None:
    """Write the page; that it cannot be written does not change what the run came to."""
    from automation.telling.report import write_report
    from diagnostics.clock import RealClock

    try:
        write_report(outcome, path, (printer.clock or RealClock()).now())
    except Exception as problem:  # noqa: BLE001 - a page that cannot be made must not hide how the run ended
        echo(f"the report could not be written to {path}: {problem}", err=True)


def approve(opened: "OpenStack", plan: "Plan") -> bool:
    """Show what would change, and ask."""
    for line in plan.lines():
        echo(line, err=True)
    return ask(f"update the stack {opened.stack.name}?")


def print_outcome(outcome: "Outcome") -> None:
    """Print what a run came to: each failure explained, or what serves."""
    from automation.preflight import words
    from automation.telling.summary import headline, leftovers, notes, unknown
    from diagnostics.render.terminal import print_diagnosis

    for refusal in outcome.preflight.refused if outcome.preflight else ():
        print_diagnosis(words.diagnosis_of(refusal), words.notes_of(refusal))
    for service in outcome.services:
        if service.diagnosis:
            name = outcome.name_of(service)
            place = [f"the service is {name}"] if name != service.name else []
            print_diagnosis(service.diagnosis, [*place, *notes(service)])
        else:
            echo(headline(service, outcome.name_of(service)))
    if outcome.interrupted and not outcome.services:
        echo("interrupted before any ECS service was touched; the next `up` goes on from there")
    if outcome.refused_arguments:
        echo(outcome.refused_arguments, err=True)
    elif outcome.update_error and not outcome.diagnosis:
        echo(outcome.update_error, err=True)
    elif not outcome.services and not outcome.interrupted and outcome.exit_code == 0:
        echo("the stack has no ECS service; the update is done")
    for line in [*unknown(outcome), *leftovers(outcome)]:
        echo(line, err=True)
