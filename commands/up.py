"""`up`: deploy the stack, stop what is doomed, and say why."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.ending import NOT_BEGUN, approved, check_report, tell
from commands.live import check_loudness, showing, title
from commands.options import (
    PROJECT,
    CiOption,
    ConfigOption,
    FirstFailureOption,
    NoAbortOption,
    OnFirstFailure,
    OnInterrupt,
    OnInterruptOption,
    OutcomeOption,
    ProjectOption,
    QuietOption,
    ReadSecretKeysOption,
    ReportOption,
    SandboxOption,
    SkipCheckOption,
    SpeedOption,
    StackOption,
    TimeoutOption,
    VerboseOption,
    YesOption,
)
from commands.planning import approve, planned_request
from commands.records import HistoryOption, history_of, place_of_records, stores_of_records
from commands.running import INTERRUPTED, Printer, pipeline_of
from commands.saying import echo

if TYPE_CHECKING:
    from automation.ahead.beginning import Begun
    from automation.ci.pipeline import Pipeline
    from automation.outcome import Outcome
    from automation.request import Request


def up(
    project: ProjectOption = PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    config: ConfigOption = None,
    timeout: TimeoutOption = 30,
    no_abort: NoAbortOption = False,
    on_interrupt: OnInterruptOption = OnInterrupt.LEAVE,
    first_failure: FirstFailureOption = OnFirstFailure.LEAVE,
    no_preflight: Annotated[
        bool, typer.Option("--no-preflight", help="Start the update without the checks before it.")
    ] = False,
    skip_check: SkipCheckOption = None,
    read_secret_keys: ReadSecretKeysOption = False,
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
    report: ReportOption = None,
    where: HistoryOption = None,
    json_file: OutcomeOption = None,
    ci: CiOption = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML to this file.")] = None,
    dotenv: Annotated[
        Path | None, typer.Option("--dotenv", help="Write variables for later jobs of GitLab to this file.")
    ] = None,
) -> None:
    """Deploy the stack, and stop the deployment as soon as waiting cannot help."""
    from automation.engine.project import read_project
    from automation.telling.terminal import outlive_readers

    check_loudness(quiet=quiet, verbose=verbose)
    outlive_readers()
    read = read_project(project)
    check_report(report)
    place = place_of_records(read, where)
    printer = Printer(quiet=quiet)
    planned = planned_request(read, stack, config or (), printer, sandbox=sandbox, speed=speed)

    from automation.ahead.beginning import beginning
    from automation.ending.first_deployment import FirstFailure
    from automation.ending.interrupts import Choice
    from automation.proof.wish import Wish

    request = replace(
        planned,
        timeout_minutes=timeout,
        abort=not no_abort,
        on_interrupt=Choice(on_interrupt.value),
        first_failure=FirstFailure(first_failure.value),
        extra_tasks=Wish(surge, verify_at_zero),
        preflight=not no_preflight,
        skip_checks=skip_check or (),
        read_secret_keys=read_secret_keys,
        require_new_revision=require_new_revision,
        approve=None if sandbox or yes else approve,
    )
    try:
        with beginning(request) as begun:  # the preview runs from here on, and what else is imported is so beside it
            pipeline = pipeline_of(ci, junit, dotenv)
            history = history_of("up", stores_of_records(read, place, sandbox=sandbox), request.environment)
            ran = _run(replace(request, history=history), begun, pipeline, printer, verbose=verbose)
    except KeyboardInterrupt:  # while the update runs an interrupt is a message to the driver
        echo(NOT_BEGUN, err=True)
        pipeline_of(ci, junit, dotenv).ended(NOT_BEGUN)
        raise typer.Exit(INTERRUPTED) from None
    outcome = approved(ran)
    with pipeline.shielded():
        tell("up", outcome, printer, json_file, report)
    pipeline.outcome(outcome)
    raise typer.Exit(int(outcome.exit_code))


def _run(
    request: "Request", begun: "Begun", pipeline: "Pipeline", printer: Printer, *, verbose: bool
) -> "Outcome | None":
    """Run what has begun, shown."""
    from automation.telling.progress import Progress
    from automation.telling.terminal import Terminal
    from automation.up import carry_on

    with (
        pipeline.section("failwell up"),
        showing(title("up", request.project.name, request.stack), printer, verbose=verbose) as shown,
    ):
        asker = shown.aside(Terminal(sys.stdin, printer.ask))
        progress = Progress(shown.say, verbose=verbose, follow=shown.follow)
        return carry_on(replace(request, asker=asker), begun, progress)
