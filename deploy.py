#!/usr/bin/env python3
"""The command line of failwell: it parses, wires, prints and exits. Heavy imports live inside the commands."""

import os
import sys
import time
from contextlib import nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TextIO

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from automation.engine import Engine
    from automation.outcome import Outcome
    from automation.project import Project
    from automation.watching import Watched
    from automation.workspace import OpenStack
    from diagnostics.clock import Clock
    from diagnostics.evidence import EvidenceError
    from diagnostics.model import Diagnosis
    from sandbox.process import Sandbox

ROOT = Path(__file__).resolve().parent
PROJECT = ROOT if (ROOT / "Pulumi.yaml").is_file() else Path()
"""The project that is meant where none is named: the checkout's example, or else the current folder's."""
SANDBOX_ENVIRONMENT = (
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
)
"""What another AWS client has to be told to use the sandbox."""
WRONG_USAGE = 2
REFUSED = 3

app = typer.Typer(
    help="Fargate deployments that stop themselves and say why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
sandbox_app = typer.Typer(help="The local AWS whose ECS fails the way AWS fails.", no_args_is_help=True)
engine_app = typer.Typer(help="The Pulumi CLI that updates run on.", no_args_is_help=True)
app.add_typer(sandbox_app, name="sandbox")
app.add_typer(engine_app, name="engine")

ImagesOption = Annotated[
    list[Path] | None, typer.Option("--images", help="A YAML file of images for its registry (docs/images.md).")
]
AddImagesOption = Annotated[
    list[Path] | None, typer.Option("--add", help="A YAML file of images to add (docs/images.md).")
]
KeepOption = Annotated[
    Path | None,
    typer.Option(
        "--keep", metavar="DIR", help="Keep its state in this directory, and bring back the one that is there."
    ),
]
ProjectOption = Annotated[
    Path,
    typer.Option(
        "--project",
        help="The folder of the Pulumi project.",
        show_default="this checkout's example" if PROJECT == ROOT else "the current folder",
    ),
]
StackOption = Annotated[str | None, typer.Option("--stack", help="The stack; the selected one where none is named.")]
SandboxOption = Annotated[bool, typer.Option("--sandbox", help="Run against the local sandbox instead of AWS.")]
SpeedOption = Annotated[
    float | None,
    typer.Option(
        "--speed", help="How many times faster than real time a new sandbox's clock runs.", min=1, show_default="60"
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before changing something.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Print the result alone.")]


class ExplainFormat(StrEnum):
    """How `explain` prints."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"


class PlainFormat(StrEnum):
    """How a command without a report prints."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[PlainFormat, typer.Option("--format", help="How to print it.")]


class _Printer:
    """Prints progress on standard error, each line with the time on ECS's clock."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.clock: Clock | None = None

    def say(self, line: str) -> None:
        now = self.clock.now() if self.clock else datetime.now(UTC)
        if not self.quiet:
            typer.echo(f"{now:%H:%M:%S}  {line}", err=True)


@app.command()
def up(
    project: ProjectOption = PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    config: Annotated[
        list[str] | None,
        typer.Option("--config", metavar="KEY=VALUE", help="Configuration for this run only; repeat it."),
    ] = None,
    timeout: Annotated[float, typer.Option("--timeout", help="Minutes of ECS's clock.", min=1)] = 30,
    no_abort: Annotated[
        bool, typer.Option("--no-abort", help="Explain, but leave the end to ECS's own circuit breaker.")
    ] = False,
    no_preflight: Annotated[
        bool, typer.Option("--no-preflight", help="Start the update without checks before it (none are built in yet).")
    ] = False,
    speed: SpeedOption = None,
    yes: YesOption = False,
    quiet: QuietOption = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print ECS's events and the engine's warnings.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the outcome to this file.")] = None,
) -> None:
    """Deploy the stack, and stop the deployment as soon as waiting cannot help."""
    del no_preflight  # there is nothing to leave out yet
    from automation.progress import Progress
    from automation.project import check_given, read_project
    from automation.up import Request, run_up, write_outcome

    read = read_project(project)
    check_given(read, config or [])
    printer = _Printer(quiet=quiet)
    engine = _engine(quiet=quiet)
    local = _start_sandbox(read, speed, printer) if sandbox else None
    printer.clock = _clock_of(local)
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
        approve=None if local or yes else _approve,
    )
    outcome = run_up(request, Progress(printer.say, verbose=verbose))
    if outcome is None:
        typer.echo("nothing was changed")
        raise typer.Exit(REFUSED)
    if json_file:
        write_outcome(outcome, json_file)
    _print_outcome(outcome)
    raise typer.Exit(int(outcome.exit_code))


@app.command()
def destroy(
    project: ProjectOption = PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    yes: YesOption = False,
    quiet: QuietOption = False,
) -> None:
    """Remove everything that the stack made."""
    from automation.destroy import destroy_stack
    from automation.project import read_project
    from automation.workspace import open_stack

    read = read_project(project)
    printer = _Printer(quiet=quiet)
    engine = _engine(quiet=quiet)
    local = _running_sandbox(read) if sandbox else None
    name = stack or ("sandbox" if local else None)
    opened = open_stack(read, name, engine, local.environment() if local else {}, create=False)
    if not (local or yes):
        _ask(f"destroy everything in the stack {opened.stack.name}?")
    if error := destroy_stack(opened, printer.say):
        typer.echo(error, err=True)
        raise typer.Exit(1)
    typer.echo(f"the stack {opened.stack.name} has no resources any more")


@app.command()
def explain(
    evidence: Annotated[
        str | None, typer.Option("--evidence", metavar="FILE", help="A recording or documents; `-`: standard input.")
    ] = None,
    cluster: Annotated[str | None, typer.Option("--cluster", help="The cluster of a live service.")] = None,
    service: Annotated[str | None, typer.Option("--service", help="A live service.")] = None,
    deployment: Annotated[
        str | None, typer.Option("--deployment", help="`ecs-svc/…`; the newest one by default.")
    ] = None,
    last_failed: Annotated[
        bool, typer.Option("--last-failed", help="The last deployment that failed, even where a later one serves.")
    ] = False,
    form: Annotated[ExplainFormat, typer.Option("--format", help="How to print it.")] = ExplainFormat.TEXT,
    region: Annotated[str | None, typer.Option("--region", help="The region; the environment's by default.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="A profile of the AWS configuration.")] = None,
    role_arn: Annotated[str | None, typer.Option("--role-arn", help="A role to assume first.")] = None,
    endpoint_url: Annotated[str | None, typer.Option("--endpoint-url", help="Where AWS's API answers.")] = None,
    project: ProjectOption = PROJECT,
    sandbox: SandboxOption = False,
) -> None:
    """Say why a deployment fails: a live service's, or a recorded one's."""
    from diagnostics.explain import explain_service, explain_stream
    from diagnostics.reads import SessionSettings

    if (evidence is None) == (service is None):
        _refuse("explain needs either --evidence FILE or --cluster C --service S")
    if last_failed and (deployment or evidence is not None):
        _refuse("--last-failed is for a live service, without --deployment")
    session = SessionSettings(region, profile, endpoint_url, role_arn)
    if session != SessionSettings() and (sandbox or evidence is not None):
        _refuse("--region, --profile, --role-arn and --endpoint-url are for a live service outside the sandbox")
    if evidence is not None:
        with _open_evidence(evidence) as stream:
            _print_explanations(explain_stream(stream), form)
        return
    if sandbox:
        _enter(_running_sandbox_of(project))
    from diagnostics.aws import Reader
    from diagnostics.collect import Collector

    collector = Collector(Reader(session), cluster or "default", service or "")
    _print_explanations(iter([explain_service(collector, deployment, last_failed=last_failed)]), form)


@app.command()
def watch(
    cluster: Annotated[str, typer.Option("--cluster", help="The cluster.")] = "default",
    service: Annotated[
        list[str] | None, typer.Option("--service", help="A service of the cluster; repeat it for several.")
    ] = None,
    fleet: Annotated[bool, typer.Option("--fleet", help="Watch all services of the cluster that deploy.")] = False,
    abort: Annotated[
        bool, typer.Option("--abort", help="Stop a deployment that is doomed; ECS rolls it back.")
    ] = False,
    timeout: Annotated[float, typer.Option("--timeout", help="Minutes of ECS's clock.", min=1)] = 30,
    form: Annotated[ExplainFormat, typer.Option("--format", help="How to print a failure.")] = ExplainFormat.TEXT,
    project: ProjectOption = PROJECT,
    sandbox: SandboxOption = False,
    yes: YesOption = False,
    quiet: QuietOption = False,
) -> None:
    """Follow deployments that something else started, explain those that fail, and prove what serves."""
    from automation.watching import Actions, Watching
    from diagnostics.fleet import Fleet

    if fleet == bool(service):
        _refuse("watch needs either --service S or --fleet")
    printer = _Printer(quiet=quiet)
    local = _running_sandbox_of(project) if sandbox else None
    clock = printer.clock = _clock_of(local)
    if abort and not (local or yes):
        _ask(f"stop deployments in the cluster {cluster} that are doomed?")
    from automation.aws import Writer
    from diagnostics.aws import Reader
    from diagnostics.collect import Collector
    from diagnostics.reads import SessionSettings

    reader = Reader(SessionSettings())
    actions = Actions(
        prove=lambda name: Collector(reader, cluster, name, clock).collect_primary(),
        stop=Writer(reader.session, None).stop_service_deployment if abort else None,
        sleep=time.sleep,
        say=printer.say,
    )
    watching = Watching(Fleet(reader, cluster, clock, service), actions, clock, timeout)
    watched = watching.run(service or ())
    _print_watched(watched, form)
    raise typer.Exit(int(watching.exit_code(watched)))


@app.command()
def audit(
    service: Annotated[str, typer.Option("--service", help="A live service.")],
    cluster: Annotated[str, typer.Option("--cluster", help="Its cluster.")] = "default",
    form: FormatOption = PlainFormat.TEXT,
    waivers: Annotated[
        Path | None, typer.Option("--waivers", help="A JSON file: the component's output `waivers`.")
    ] = None,
    project: ProjectOption = PROJECT,
    sandbox: SandboxOption = False,
) -> None:
    """Hold a live service, and what it depends on, against the hardening controls; exit code 3 where one is broken."""
    import json

    from components.controls import UNKNOWN, Resource, Stack, check, report
    from components.waivers import read, waive

    today = datetime.now(UTC).date()
    accepted = read(waivers) if waivers else ()
    if sandbox:
        _enter(_running_sandbox_of(project))
    from automation.audit import look
    from diagnostics.aws import Reader
    from diagnostics.reads import SessionSettings

    seen = look(Reader(SessionSettings()), cluster, service, hidden=UNKNOWN)
    resources = tuple(Resource(each.type, each.name, each.inputs, each.names) for each in seen.resources)
    findings = waive(check(Stack(resources, frozenset(seen.whole))), accepted, today)
    if form is PlainFormat.JSON:
        typer.echo(json.dumps(report.document(findings, seen.gaps), indent=2))
    else:
        typer.echo(report.text(findings, seen.gaps))
    if report.broken(findings) or seen.gaps:
        raise typer.Exit(REFUSED)


@app.command()
def rules(
    rule: Annotated[str | None, typer.Argument(metavar="ID", help="A rule; all where none is named.")] = None,
    form: FormatOption = PlainFormat.TEXT,
) -> None:
    """List the rules, or print a rule's page."""
    from diagnostics.catalogue import to_document
    from diagnostics.render.pages import print_page, print_rules
    from diagnostics.rules import RULES

    known = {each.ID: each for each in RULES}
    if rule is None and form is PlainFormat.JSON:
        for each in RULES:
            _echo_json(to_document(each, whole=False))
    elif rule is None:
        print_rules()
    elif rule in known and form is PlainFormat.JSON:
        _echo_json(to_document(known[rule]))
    elif rule in known:
        print_page(known[rule])
    else:
        from diagnostics.names import COMMAND

        _refuse(f"there is no rule `{rule}`; `{COMMAND} rules` lists them")


@sandbox_app.command("start")
def sandbox_start(
    project: ProjectOption = PROJECT,
    speed: SpeedOption = None,
    images: ImagesOption = None,
    iam: Annotated[
        bool | None,
        typer.Option(
            "--iam/--no-iam",
            help="Refuse access keys that were not made in it, too; or ask IAM about nobody.",
            show_default="IAM decides about keys that were made in it",
        ),
    ] = None,
    keep: KeepOption = None,
) -> None:
    """Start the sandbox of a project in the background, or find the one that runs."""
    from automation.project import read_project

    local = _start_sandbox(read_project(project), speed, _Printer(quiet=False), keep)
    for file in images or []:
        local.add_images(file)
    if iam is not None:
        local.evaluate("everybody" if iam else "nobody")
    _print_sandbox(local)


@sandbox_app.command("images")
def sandbox_images(
    project: ProjectOption = PROJECT, add: AddImagesOption = None, form: FormatOption = PlainFormat.TEXT
) -> None:
    """List the images of the running sandbox's registry, or add those of a file to it."""
    local = _running_sandbox_of(project)
    for name in (name for file in add or [] for name in local.add_images(file)):
        if form is PlainFormat.JSON:
            _echo_json({"name": name})
        else:
            typer.echo(f"added {name}")
    for image in () if add else local.images():
        if form is PlainFormat.JSON:
            _echo_json(image)
        else:
            typer.echo(f"{image['name']:40} {image['captured_with'] or ''}".rstrip())


@sandbox_app.command("status")
def sandbox_status(project: ProjectOption = PROJECT, form: FormatOption = PlainFormat.TEXT) -> None:
    """Say where the project's sandbox is, and what time it is there."""
    local = _running_sandbox_of(project)
    if form is PlainFormat.JSON:
        now, speed = local.clock()
        _echo_json(
            {
                "endpoint": local.endpoint,
                "account": local.account,
                "region": local.region,
                "pid": local.pid,
                "now": now.isoformat(),
                "speed": speed,
                "kept_in": str(local.directory) if local.kept else None,
                "environment": {name: local.environment()[name] for name in SANDBOX_ENVIRONMENT},
            }
        )
    else:
        _print_sandbox(local)


@sandbox_app.command("stop")
def sandbox_stop(project: ProjectOption = PROJECT) -> None:
    """Stop the project's sandbox; its Pulumi state goes with it, unless it is kept."""
    from automation.project import read_project
    from sandbox import place, process

    home = read_project(project).directory
    there = place.place_of(home)
    stopped = process.stop(there.directory)
    place.leave(home)
    typer.echo("the sandbox is stopped" if stopped else "no sandbox runs")
    if there.keep:
        typer.echo(f"its state is kept: `deploy.py sandbox start --keep {there.directory}` brings it back")


@sandbox_app.command("serve")
def sandbox_serve(
    speed: SpeedOption = None,
    port: Annotated[int, typer.Option("--port", help="Where it answers; a free one by default.", min=0)] = 0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same figures.")] = 0,
    keep: KeepOption = None,
) -> None:
    """Run a sandbox of its own for other tools, until Ctrl-C."""
    from sandbox.place import kept_in
    from sandbox.serve import serve

    serve(_print_sandbox, speed=speed, port=port, seed=seed, kept=kept_in(keep) if keep else None)
    typer.echo("the sandbox is stopped")


@sandbox_app.command("fault")
def sandbox_fault(
    operation: Annotated[
        str | None, typer.Argument(metavar="OPERATION", help="`ecs:DescribeServices`, `DescribeServices` or `*`.")
    ] = None,
    kind: Annotated[
        str | None, typer.Argument(metavar="KIND", help="throttle, error, latency, expired, denied, lag or shuffle.")
    ] = None,
    count: Annotated[int | None, typer.Option("--count", help="After how many requests it ends.", min=1)] = None,
    rate: Annotated[float | None, typer.Option("--rate", help="In what share of the requests it happens.")] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="How long a latency or a lag is, on the sandbox's clock.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Switch them off, those of OPERATION or all.")] = False,
    endpoint: Annotated[
        str | None, typer.Option("--endpoint", help="A served sandbox.", show_default="the project's sandbox")
    ] = None,
    project: ProjectOption = PROJECT,
    form: FormatOption = PlainFormat.TEXT,
) -> None:
    """Have the sandbox's API fail for an operation; list the faults that are on where none is named."""
    from sandbox import process

    running = process.attach(endpoint) if endpoint else _running_sandbox_of(project)
    if operation is None and not clear:
        found = running.faults()
    elif clear:
        found = running.switch_fault({"clear": True, **({"operation": operation} if operation else {})})
    elif kind is None:
        _refuse("say which fault: throttle, error, latency, expired, denied, lag or shuffle")
    else:
        asked = {"operation": operation, "kind": kind, "count": count, "rate": rate, "seconds": seconds}
        found = running.switch_fault({key: value for key, value in asked.items() if value is not None})
    for each in found:
        if form is PlainFormat.JSON:
            _echo_json(each)
            continue
        left = "" if each["left"] is None else f", {each['left']} left"
        typer.echo(f"{each['operation']:32} {each['kind']:9} rate {each['rate']:g}, happened {each['happened']}{left}")
    if not found:
        typer.echo("no fault is on", err=form is PlainFormat.JSON)


@engine_app.command("install")
def engine_install(quiet: QuietOption = False, form: FormatOption = PlainFormat.TEXT) -> None:
    """Find a Pulumi CLI, or download or build one into the user's cache (once; a build takes some minutes)."""
    engine = _engine(quiet=quiet)
    if form is PlainFormat.JSON:
        _echo_json({"version": str(engine.version), "executable": str(engine.executable), "source": engine.source})
        return
    typer.echo(f"Pulumi {engine.version} at {engine.executable} ({engine.source})")


def _engine(*, quiet: bool) -> "Engine":
    from automation.engine import ensure_engine, find_engine

    if found := find_engine():
        return found
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True, quiet=quiet)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("looking for the Pulumi CLI", total=None)
        said = {"line": "", "tenth": -1.0}

        def show(what: str, share: float | None) -> None:
            bar.update(task, description=what, total=1 if share is not None else None, completed=share or 0)
            phase, tenth = what.partition(":")[0], float(int((share or 0) * 10))
            if not console.is_terminal and (phase, tenth) != (said["line"], said["tenth"]):
                said.update(line=phase, tenth=tenth)
                console.print(f"{what} ({share:.0%})" if share else what, highlight=False)

        return ensure_engine(show)


def _start_sandbox(project: "Project", speed: float | None, printer: _Printer, keep: Path | None = None) -> "Sandbox":
    from sandbox import place, process

    there = place.place_of(project.directory)
    running = process.find(there.directory)
    if keep and there != place.kept_in(keep):
        if running:
            _refuse(f"a sandbox runs for this project in {running.directory}: `deploy.py sandbox stop` it first")
        there = place.kept_in(keep)
    elif running and speed in {None, running.speed}:
        return running
    started = process.start(there.directory, speed=there.speed(speed), keep=there.keep, on_progress=printer.say)
    if there.keep:
        place.settle(project.directory, there)
    return started


def _running_sandbox(project: "Project") -> "Sandbox":
    from diagnostics.names import COMMAND
    from sandbox import place, process

    if running := process.find(place.place_of(project.directory).directory):
        return running
    return _refuse(f"no sandbox runs for this project; start one with `{COMMAND} sandbox start`")


def _running_sandbox_of(directory: Path) -> "Sandbox":
    from automation.project import read_project

    return _running_sandbox(read_project(directory))


def _clock_of(local: "Sandbox | None") -> "Clock":
    from diagnostics.clock import RealClock, ScaledClock

    if local is None:
        return RealClock()
    _enter(local)
    now, speed = local.clock()
    return ScaledClock(now, speed, time.monotonic())


def _enter(local: "Sandbox") -> None:
    """Send this process's own AWS clients to the sandbox, and nowhere else."""
    os.environ.update(local.environment())


def _approve(opened: "OpenStack", config_file: Path) -> bool:
    from automation.preview import preview_lines

    for line in preview_lines(opened, config_file):
        typer.echo(line, err=True)
    return _ask(f"update the stack {opened.stack.name}?")


def _ask(question: str) -> bool:
    if sys.stdin.isatty():
        return typer.confirm(question, err=True)
    return bool(os.environ.get("CI")) or _refuse("there is no terminal to ask on: say --yes to go ahead without asking")


def _print_outcome(outcome: "Outcome") -> None:
    from automation.summary import headline, leftovers, notes
    from diagnostics.render.terminal import print_diagnosis

    for service in outcome.services:
        if service.diagnosis:
            print_diagnosis(service.diagnosis, notes(service))
        else:
            typer.echo(headline(service))
    if outcome.refused_arguments:
        typer.echo(outcome.refused_arguments, err=True)
    elif outcome.update_error and not outcome.diagnosis:
        typer.echo(outcome.update_error, err=True)
    elif not outcome.services:
        typer.echo("the stack has no ECS service; the update is done")
    for line in leftovers(outcome):
        typer.echo(line, err=True)


def _print_sandbox(local: "Sandbox") -> None:
    now, speed = local.clock()
    typer.echo(f"sandbox at {local.endpoint}, account {local.account}, region {local.region}, process {local.pid}")
    typer.echo(f"its clock reads {now:%Y-%m-%d %H:%M:%S} UTC and runs {speed:g} times as fast as real time")
    if local.kept:
        typer.echo(f"its state is kept in {local.directory}")
    typer.echo("to look at it with any AWS client:")
    for name in SANDBOX_ENVIRONMENT:
        typer.echo(f"  export {name}={local.environment()[name]}")


def _open_evidence(name: str) -> "AbstractContextManager[TextIO]":
    if name == "-":
        return nullcontext(sys.stdin)
    try:
        return Path(name).open(encoding="utf-8", errors="replace")
    except OSError as problem:
        return _refuse(f"--evidence {name}: cannot be read: {problem.strerror}")


def _print_explanations(found: "Iterator[Diagnosis | EvidenceError]", form: ExplainFormat) -> None:
    from diagnostics.evidence import EvidenceError
    from diagnostics.render import printer_of

    show = printer_of(form.value)
    refused = False
    for each in found:
        if isinstance(each, EvidenceError):
            refused = True
            typer.echo(f"the evidence is refused: {each}", err=True)
        show(each)
    if refused:
        raise typer.Exit(WRONG_USAGE)


def _print_watched(watched: "Sequence[Watched]", form: ExplainFormat) -> None:
    from diagnostics.render import print_with_notes

    for each in watched:
        if form is ExplainFormat.JSON:
            _echo_json(each.to_document())
        elif each.diagnosis:
            print_with_notes(each.diagnosis, each.notes, form.value)
        else:
            typer.echo(f"{each.name}: {'; '.join(each.notes) or each.result.value}", err=form is not ExplainFormat.TEXT)
    if not watched:
        typer.echo("no service deploys", err=True)


def _echo_json(document: "Mapping[str, Any]") -> None:
    import json

    typer.echo(json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str))


def _refuse(sentence: str) -> NoReturn:
    from automation.errors import UsageError

    raise UsageError(sentence)


def main() -> None:
    """Run a command; wrong usage becomes one sentence and exit code 2, a missing engine or sandbox exit code 1."""
    try:
        app()
    except Exception as problem:
        code = _exit_code_of(problem)
        if code is None:
            raise
        typer.echo(f"error: {problem}", err=True)
        sys.exit(code)


def _exit_code_of(problem: Exception) -> int | None:
    from automation.errors import EngineUnavailableError, UsageError

    if isinstance(problem, UsageError):
        return WRONG_USAGE
    given = sys.modules.get("components.waivers")  # where no waivers were read, none can be wrong
    if given and isinstance(problem, given.WaiversError):
        return WRONG_USAGE
    if isinstance(problem, EngineUnavailableError):
        return 1
    local = sys.modules.get("sandbox.process")  # where no sandbox was asked for, none of its errors can be there
    if local and isinstance(problem, local.SandboxError):
        return WRONG_USAGE if isinstance(problem, local.RefusedError) else 1
    return None


if __name__ == "__main__":
    main()
