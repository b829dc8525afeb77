"""`gate`: fail the pipeline unless the update deploys a new revision of an image that stays what it is."""

from typing import TYPE_CHECKING

import typer

from commands.options import (
    PROJECT,
    ConfigOption,
    FormatOption,
    PlainFormat,
    ProjectOption,
    QuietOption,
    SandboxOption,
    SpeedOption,
    StackOption,
)
from commands.planning import planned_request
from commands.running import REFUSED, echo_json

if TYPE_CHECKING:
    from automation.forecast import Forecast


def gate(
    project: ProjectOption = PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    config: ConfigOption = None,
    speed: SpeedOption = None,
    quiet: QuietOption = False,
    form: FormatOption = PlainFormat.TEXT,
) -> None:
    """Exit with code 3 unless this change deploys a new revision of an immutable image."""
    from automation.forecast import forecast
    from automation.gate import CHECKS

    request = planned_request(project, stack, config or (), sandbox=sandbox, speed=speed, quiet=quiet)
    ahead = forecast(request, checks=CHECKS)
    if form is PlainFormat.JSON:
        echo_json(ahead.gate.to_document())
    else:
        _print(ahead)
    if ahead.gate.refused:
        raise typer.Exit(REFUSED)


def _print(ahead: "Forecast") -> None:
    from automation.preflight.model import Status
    from automation.preflight.sentences import lines_of

    for line in lines_of((*ahead.gate.refused, *ahead.report.of(Status.NOT_DONE))):
        typer.echo(line)
    typer.echo(ahead.gate.line)
