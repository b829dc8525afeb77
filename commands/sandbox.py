"""`sandbox …`: the local AWS whose ECS fails the way AWS fails."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import PROJECT, FormatOption, PlainFormat, ProjectOption, SpeedOption
from commands.running import Printer, refuse, running_sandbox_of, start_sandbox
from commands.saying import echo, echo_json

if TYPE_CHECKING:
    from sandbox.process import Sandbox

SANDBOX_ENVIRONMENT = (
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
)
"""What another AWS client has to be told to use the sandbox."""

app = typer.Typer(help="The local AWS whose ECS fails the way AWS fails.", no_args_is_help=True)

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


@app.command("start")
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
    from automation.engine.project import read_project

    local = start_sandbox(read_project(project), speed, Printer(quiet=False), keep)
    for file in images or []:
        local.add_images(file)
    if iam is not None:
        local.evaluate("everybody" if iam else "nobody")
    _print_sandbox(local)


@app.command("images")
def sandbox_images(
    project: ProjectOption = PROJECT, add: AddImagesOption = None, form: FormatOption = PlainFormat.TEXT
) -> None:
    """List the images of the running sandbox's registry, or add those of a file to it."""
    local = running_sandbox_of(project)
    for name in (name for file in add or [] for name in local.add_images(file)):
        if form is PlainFormat.JSON:
            echo_json({"name": name})
        else:
            echo(f"added {name}")
    for image in () if add else local.images():
        if form is PlainFormat.JSON:
            echo_json(image)
        else:
            echo(f"{image['name']:40} {image['captured_with'] or ''}".rstrip())


@app.command("status")
def sandbox_status(project: ProjectOption = PROJECT, form: FormatOption = PlainFormat.TEXT) -> None:
    """Say where the project's sandbox is, and what time it is there."""
    local = running_sandbox_of(project)
    if form is PlainFormat.JSON:
        now, speed = local.clock()
        echo_json(
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


@app.command("stop")
def sandbox_stop(project: ProjectOption = PROJECT) -> None:
    """Stop the project's sandbox; its Pulumi state goes with it, unless it is kept."""
    from automation.engine.project import read_project
    from sandbox import place, process

    home = read_project(project).directory
    there = place.place_of(home)
    stopped = process.stop(there.directory)
    place.leave(home)
    echo("the sandbox is stopped" if stopped else "no sandbox runs")
    if there.keep:
        echo(f"its state is kept: `deploy.py sandbox start --keep {there.directory}` brings it back")


@app.command("serve")
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
    echo("the sandbox is stopped")


@app.command("fault")
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

    running = process.attach(endpoint) if endpoint else running_sandbox_of(project)
    if operation is None and not clear:
        found = running.faults()
    elif clear:
        found = running.switch_fault({"clear": True, **({"operation": operation} if operation else {})})
    elif kind is None:
        refuse("say which fault: throttle, error, latency, expired, denied, lag or shuffle")
    else:
        asked = {"operation": operation, "kind": kind, "count": count, "rate": rate, "seconds": seconds}
        found = running.switch_fault({key: value for key, value in asked.items() if value is not None})
    for each in found:
        if form is PlainFormat.JSON:
            echo_json(each)
            continue
        left = "" if each["left"] is None else f", {each['left']} left"
        echo(f"{each['operation']:32} {each['kind']:9} rate {each['rate']:g}, happened {each['happened']}{left}")
    if not found:
        echo("no fault is on", err=form is PlainFormat.JSON)


def _print_sandbox(local: "Sandbox") -> None:
    now, speed = local.clock()
    echo(f"sandbox at {local.endpoint}, account {local.account}, region {local.region}, process {local.pid}")
    echo(f"its clock reads {now:%Y-%m-%d %H:%M:%S} UTC and runs {speed:g} times as fast as real time")
    if local.kept:
        echo(f"its state is kept in {local.directory}")
    echo("to look at it with any AWS client:")
    for name in SANDBOX_ENVIRONMENT:
        echo(f"  export {name}={local.environment()[name]}")
