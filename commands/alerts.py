"""`alerts …`: the explainer of an account and region, for deployments that nobody watches."""

import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.destroy import remove
from commands.ending import NOT_BEGUN, approved, print_outcome
from commands.options import (
    PROJECT,
    ROOT,
    ConfigOption,
    ProfileOption,
    QuietOption,
    RoleArnOption,
    SandboxOption,
    SpeedOption,
    StackOption,
    VerboseOption,
    YesOption,
)
from commands.planning import approve, planned_request
from commands.running import (
    INTERRUPTED,
    Printer,
    clock_of,
    find_or_make_engine,
    refuse,
    running_sandbox,
)
from commands.saying import echo, guarded

if TYPE_CHECKING:
    from automation.engine.project import Project
    from diagnostics.clock import ServerClock

app = typer.Typer(
    help="The explainer of an account and region: a message for each deployment that fails.", no_args_is_help=True
)
AlertsProjectOption = Annotated[
    Path,
    typer.Option(
        "--project",
        help="The folder of the explainer's Pulumi project.",
        show_default="`alerts` of this checkout" if PROJECT == ROOT else "the current folder",
    ),
]
_PROJECT = ROOT / "alerts" if PROJECT == ROOT else PROJECT


@app.command()
@guarded
def up(
    project: AlertsProjectOption = _PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    config: ConfigOption = None,
    speed: SpeedOption = None,
    yes: YesOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Deploy the explainer into this account and region."""
    from automation.engine.project import read_project
    from automation.telling.progress import Progress
    from automation.up import run_up

    read = read_project(project)
    printer = Printer(quiet=quiet)
    home = _project_of_sandbox(read) if sandbox else None
    request = replace(
        planned_request(read, stack, config or (), printer, sandbox=sandbox, speed=speed, home=home),
        defaults=None,  # those of a sandbox are for its services
        preflight=False,  # its checks are about ECS services, and the explainer is none
        approve=None if sandbox or yes else approve,
    )
    try:
        outcome = approved(run_up(request, Progress(printer.say, verbose=verbose)))
    except KeyboardInterrupt:
        echo(NOT_BEGUN, err=True)
        raise typer.Exit(INTERRUPTED) from None
    if outcome.exit_code:
        print_outcome(outcome)
        raise typer.Exit(int(outcome.exit_code))
    echo("the explainer is deployed; try it with `alerts test`")


@app.command("test")
@guarded
def send_sample(
    project: AlertsProjectOption = _PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds that the sample may take.", min=1)] = 90,
    profile: ProfileOption = None,
    role_arn: RoleArnOption = None,
    quiet: QuietOption = False,
) -> None:
    """Send a sample through the whole chain, and say where it got lost; exit code 1 where it did."""
    from alerts.sample import sample_entry
    from alerts.trial import Chain, Trial
    from automation.engine.project import read_project
    from automation.engine.workspace import open_stack, stack_outputs

    read = read_project(project)
    printer = Printer(quiet=quiet)
    engine = find_or_make_engine(quiet=quiet)
    local = running_sandbox(_project_of_sandbox(read)) if sandbox else None
    clock = printer.clock = clock_of(local)
    name = stack or ("sandbox" if local else None)
    environment = local.environment() if local else {}
    outputs = stack_outputs(open_stack(read, name, engine, environment, create=False))
    try:
        chain = Chain.of(outputs)
    except ValueError as missing:
        refuse(f"the stack has no {missing}: deploy it with `alerts up`, or name another one with --stack")
    _, partition, _, region, account = str(outputs["function_arn"]).split(":")[:5]
    client = _clients(region, profile, role_arn, local.endpoint if local else None, clock)
    sample = uuid.uuid4().hex[:12]
    trial = Trial(chain, client, printer.say, clock.now, time.monotonic, time.sleep)
    lost = trial.run(sample_entry(sample, account, region, clock.now(), partition), sample, timeout)
    if lost is None:
        echo("the sample was explained: the whole chain works")
        return
    echo(f"error: the sample got lost at the {lost.link}: {lost.what}", err=True)
    for line in lost.lines:
        echo(f"   | {line}", err=True)
    echo(f"help: {lost.help}", err=True)
    raise typer.Exit(1)


@app.command()
@guarded
def destroy(
    project: AlertsProjectOption = _PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    yes: YesOption = False,
    quiet: QuietOption = False,
) -> None:
    """Remove the explainer, with what it remembers and has not told."""
    from automation.engine.project import read_project

    read = read_project(project)
    local = running_sandbox(_project_of_sandbox(read)) if sandbox else None
    remove(read, stack, local, yes=yes, quiet=quiet)


def _project_of_sandbox(project: "Project") -> "Project":
    """Return whose sandbox is meant: that of the project around this one, whose services are to be explained."""
    from automation.engine.project import read_project
    from automation.errors import UsageError

    try:
        return read_project(project.directory.parent)
    except UsageError:
        return project


def _clients(region: str, profile: str | None, role_arn: str | None, endpoint: str | None, clock: "ServerClock") -> Any:
    """Return what makes boto3's clients, whose answers set the clock."""
    from collections import Counter
    from functools import cache

    from diagnostics.aws_session import open_session
    from diagnostics.clock import listen
    from diagnostics.reads import RoleToAssume, SessionSettings

    roles = (RoleToAssume(role_arn),) if role_arn else ()
    session = open_session(SessionSettings(region, profile, endpoint, roles), Counter())
    listen(session.events, clock)

    @cache
    def client(service: str) -> Any:
        made: Any = session.client
        return made(service, endpoint_url=endpoint)

    return client
