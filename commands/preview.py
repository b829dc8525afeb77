"""`preview`: what an update would change, what the preflight finds and what the gate says; nothing is changed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import (
    PROJECT,
    ConfigOption,
    FormatOption,
    PlainFormat,
    ProjectOption,
    QuietOption,
    SandboxOption,
    SkipCheckOption,
    SpeedOption,
    StackOption,
)
from commands.planning import look_ahead, planned_request
from commands.running import REFUSED, echo_json

if TYPE_CHECKING:
    from automation.forecast import Forecast


def preview(
    project: ProjectOption = PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    config: ConfigOption = None,
    skip_check: SkipCheckOption = None,
    speed: SpeedOption = None,
    quiet: QuietOption = False,
    form: FormatOption = PlainFormat.TEXT,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the preview to this file.")] = None,
) -> None:
    """Say what an update would change and whether it could work; exit code 3 where `up` would refuse it."""
    from automation.documents import write_document
    from automation.preflight.running import check_ids

    skip = check_ids(skip_check or ())
    request = planned_request(project, stack, config or (), sandbox=sandbox, speed=speed, quiet=quiet)
    ahead = look_ahead(request, skip)
    if json_file:
        write_document(ahead.to_document(), json_file)
    if form is PlainFormat.JSON:
        echo_json(ahead.to_document())
    else:
        _print(ahead)
    if ahead.refused:
        raise typer.Exit(REFUSED)


def _print(ahead: "Forecast") -> None:
    from automation.preflight import words
    from automation.preflight.model import Status
    from diagnostics.render.terminal import print_diagnosis

    for line in ahead.changed_lines():
        typer.echo(line)
    for finding in ahead.report.told:
        notes = words.notes_of(finding) if finding.status is Status.REFUSED else ()
        print_diagnosis(words.diagnosis_of(finding), notes)
    for line in words.details(ahead.report, Status.NOT_DONE, Status.SKIPPED):
        typer.echo(line, err=True)
    typer.echo(ahead.gate.line)
