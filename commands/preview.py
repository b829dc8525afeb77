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
    ReadSecretKeysOption,
    SandboxOption,
    SkipCheckOption,
    SpeedOption,
    StackOption,
)
from commands.planning import plan_of, planned_request
from commands.running import REFUSED, Printer, pipeline_of
from commands.saying import echo, echo_json

if TYPE_CHECKING:
    from automation.ahead.preview import Preview


def preview(
    project: ProjectOption = PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    config: ConfigOption = None,
    skip_check: SkipCheckOption = None,
    read_secret_keys: ReadSecretKeysOption = False,
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
    from automation.ahead.forecast import forecast
    from automation.ahead.preview import preview_of
    from automation.documents import write_document
    from automation.engine.project import read_project
    from automation.preflight.running import check_ids

    skip = check_ids(skip_check or ())
    printer = Printer(quiet=quiet)
    request = planned_request(read_project(project), stack, config or (), printer, sandbox=sandbox, speed=speed)
    # What a program reads on standard output is a document and nothing else.
    pipeline = pipeline_of(System.PLAIN if form is PlainFormat.JSON else ci)
    with pipeline.section("failwell preview"):
        name, plan, site = plan_of(request)
        ahead = forecast(name, plan, site, skip, read_secret_keys=read_secret_keys)
        told = preview_of(ahead, site, lambda plan: audit_of(plan, datetime.now(UTC).date()))
    document = told.to_document()
    if json_file:
        write_document(document, json_file)
    with pipeline.shielded():
        if form is PlainFormat.JSON:
            echo_json(document)
        else:
            _print(told)
    pipeline.preview(document, request.project.name, comment)
    if ahead.report.refused:
        raise typer.Exit(REFUSED)


def _print(told: "Preview") -> None:
    from automation.preflight import words
    from automation.preflight.model import Status
    from diagnostics.render.terminal import print_diagnosis

    for line in told.changed_lines():
        echo(line)
    for finding in told.forecast.report.told:
        notes = words.notes_of(finding) if finding.status is Status.REFUSED else ()
        print_diagnosis(words.diagnosis_of(finding), notes)
    for line in words.details(told.forecast.report, Status.NOT_DONE, Status.SKIPPED):
        echo(line, err=True)
    echo(told.forecast.gate.line)
