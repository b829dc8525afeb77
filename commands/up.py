"""`up`: deploy the stack, stop what is doomed, and say why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import (
    PROJECT,
    CiOption,
    ConfigOption,
    ProjectOption,
    QuietOption,
    SandboxOption,
    SkipCheckOption,
    SpeedOption,
    StackOption,
    YesOption,
)
from commands.running import REFUSED, Printer, ask, clock_of, find_or_make_engine, pipeline_of, start_sandbox

if TYPE_CHECKING:
    from automation.outcome import Outcome
    from automation.preflight.plan import Plan
    from automation.workspace import OpenStack


def up(
    project: ProjectOption = PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    config: ConfigOption = None,
    timeout: Annotated[float, typer.Option("--timeout", help="Minutes of ECS's clock.", min=1)] = 30,
    no_abort: Annotated[
        bool, typer.Option("--no-abort", help="Explain, but leave the end to ECS's own circuit breaker.")
    ] = False,
    no_preflight: Annotated[
        bool, typer.Option("--no-preflight", help="Start the update without the checks before it.")
    ] = False,
    skip_check: SkipCheckOption = None,
    require_new_revision: Annotated[
        bool, typer.Option("--require-new-revision", help="Refuse an update that deploys no new revision.")
    ] = False,
    speed: SpeedOption = None,
    yes: YesOption = False,
    quiet: QuietOption = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print ECS's events and the engine's warnings.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the outcome to this file.")] = None,
    ci: CiOption = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML to this file.")] = None,
    dotenv: Annotated[
        Path | None, typer.Option("--dotenv", help="Write variables for later jobs of GitLab to this file.")
    ] = None,
) -> None:
    """Deploy the stack, and stop the deployment as soon as waiting cannot help."""
    from automation.progress import Progress
    from automation.project import check_given, read_project
    from automation.up import Request, run_up, write_outcome

    read = read_project(project)
    check_given(read, config or [])
    printer = Printer(quiet=quiet)
    engine = find_or_make_engine(quiet=quiet)
    local = start_sandbox(read, speed, printer) if sandbox else None
    printer.clock = clock_of(local)
    request = Request(
        project=read,
        stack=stack or ("sandbox" if local else None),
        engine=engine,
        environment=local.environment() if local else {},
        clock=printer.clock,
        config=config or (),
        defaults=local.defaults() if local else None,
        timeout_minutes=timeout,
        abort=not no_abort,
        create_stack=local is not None,
        preflight=not no_preflight,
        skip_checks=skip_check or (),
        require_new_revision=require_new_revision,
        approve=None if local or yes else _approve,
    )
    pipeline = pipeline_of(ci, junit, dotenv)
    with pipeline.section("failwell up"):
        outcome = run_up(request, Progress(printer.say, verbose=verbose))
    if outcome is None:
        typer.echo("nothing was changed")
        raise typer.Exit(REFUSED)
    if json_file:
        write_outcome(outcome, json_file)
    with pipeline.shielded():
        _print_outcome(outcome)
    pipeline.outcome(outcome)
    raise typer.Exit(int(outcome.exit_code))


def _approve(opened: "OpenStack", plan: "Plan") -> bool:
    for line in plan.lines():
        typer.echo(line, err=True)
    return ask(f"update the stack {opened.stack.name}?")


def _print_outcome(outcome: "Outcome") -> None:
    from automation.preflight import words
    from automation.summary import headline, leftovers, notes
    from diagnostics.render.terminal import print_diagnosis

    for refusal in outcome.preflight.refused if outcome.preflight else ():
        print_diagnosis(words.diagnosis_of(refusal), words.notes_of(refusal))
    for service in outcome.services:
        if service.diagnosis:
            print_diagnosis(service.diagnosis, notes(service))
        else:
            typer.echo(headline(service))
    if outcome.refused_arguments:
        typer.echo(outcome.refused_arguments, err=True)
    elif outcome.update_error and not outcome.diagnosis:
        typer.echo(outcome.update_error, err=True)
    elif outcome.interrupted and not outcome.services:
        typer.echo("interrupted before the update began: nothing was changed", err=True)
    elif not outcome.services and outcome.exit_code == 0:
        typer.echo("the stack has no ECS service; the update is done")
    for line in leftovers(outcome):
        typer.echo(line, err=True)
