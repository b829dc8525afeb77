"""`engine …`: the Pulumi CLI that updates run on."""

import typer

from commands.options import FormatOption, PlainFormat, QuietOption
from commands.running import find_or_make_engine
from commands.saying import echo, echo_json

app = typer.Typer(help="The Pulumi CLI that updates run on.", no_args_is_help=True)


@app.command("install")
def engine_install(quiet: QuietOption = False, form: FormatOption = PlainFormat.TEXT) -> None:
    """Find a Pulumi CLI, or download or build one into the user's cache (once; a build takes some minutes)."""
    engine = find_or_make_engine(quiet=quiet)
    if form is PlainFormat.JSON:
        echo_json({"version": str(engine.version), "executable": str(engine.executable), "source": engine.source})
        return
    echo(f"Pulumi {engine.version} at {engine.executable} ({engine.source})")
