"""`preview`: what an update would change, what the preflight finds and what the gate says; nothing is changed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automation.ci.systems import System
from commands.controls import audit_of
from commands.options import (
    PROJECT,
    CiOption,
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
from commands.running import REFUSED, pipeline_of
from commands.saying import echo, echo_json

if TYPE_CHECKING:
    from automation.ahead.forecast import Forecast


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
    ci: CiOption = None,
    comment: Annotated[
        Path | None, typer.Option("--comment", help="Write the comment of a pull request to this file, as Markdown.")
    ] = None,
) -> None:
    """Say what an update would change and whether it could work; exit code 3 where `up` would refuse it."""
    from automation.documents import write_document
    from automation.preflight.running import check_ids

    skip = check_ids(skip_check or ())
    request = planned_request(project, stack, config or (), sandbox=sandbox, speed=speed, quiet=quiet)
    # What a program reads on standard output is a document and nothing else.
    pipeline = pipeline_of(System.PLAIN if form is PlainFormat.JSON else ci)
    with pipeline.section("failwell preview"):
        ahead = look_ahead(request, skip, audit=lambda plan: audit_of(plan, datetime.now(UTC).date()))
    if json_file:
        write_document(ahead.to_document(), json_file)
    with pipeline.shielded():
        if form is PlainFormat.JSON:
            echo_json(ahead.to_document())
        else:
            _print(ahead)
    pipeline.preview(ahead.to_document(), request.project.name, comment)
    if ahead.refused:
        raise typer.Exit(REFUSED)


def _print(ahead: "Forecast") -> None:
    from automation.preflight import words
    from automation.preflight.model import Status
    from diagnostics.render.terminal import print_diagnosis

    for line in ahead.changed_lines():
        echo(line)
    for finding in ahead.report.told:
        notes = words.notes_of(finding) if finding.status is Status.REFUSED else ()
        print_diagnosis(words.diagnosis_of(finding), notes)
    for line in words.details(ahead.report, Status.NOT_DONE, Status.SKIPPED):
        echo(line, err=True)
    echo(ahead.gate.line)
