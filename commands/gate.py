"""`gate`: fail the pipeline unless the update deploys a new revision of an image that stays what it is."""

from typing import TYPE_CHECKING

import typer

from automation.ci.systems import System
from commands.options import (
    PROJECT,
    CiOption,
    ConfigOption,
    FormatOption,
    PlainFormat,
    ProjectOption,
    QuietOption,
    SandboxOption,
    SpeedOption,
    StackOption,
)
from commands.planning import look_ahead, planned_request
from commands.running import REFUSED, pipeline_of
from commands.saying import echo, echo_json

if TYPE_CHECKING:
    from automation.ahead.forecast import Forecast


def gate(
    project: ProjectOption = PROJECT,
    stack: StackOption = None,
    sandbox: SandboxOption = False,
    config: ConfigOption = None,
    speed: SpeedOption = None,
    quiet: QuietOption = False,
    form: FormatOption = PlainFormat.TEXT,
    ci: CiOption = None,
) -> None:
    """Exit with code 3 unless this change deploys a new revision of an immutable image."""
    from automation.ahead.gate import CHECKS

    request = planned_request(project, stack, config or (), sandbox=sandbox, speed=speed, quiet=quiet)
    # What a program reads on standard output is a document and nothing else.
    pipeline = pipeline_of(System.PLAIN if form is PlainFormat.JSON else ci)
    with pipeline.section("failwell gate"):
        ahead = look_ahead(request, checks=CHECKS)
    with pipeline.shielded():
        if form is PlainFormat.JSON:
            echo_json(ahead.gate.to_document())
        else:
            _print(ahead)
    pipeline.gate(ahead.gate.to_document(), ahead.stack)
    if ahead.gate.refused:
        raise typer.Exit(REFUSED)


def _print(ahead: "Forecast") -> None:
    from automation.preflight import words
    from automation.preflight.model import Status
    from diagnostics.render.terminal import print_diagnosis

    for refusal in ahead.gate.refused:
        print_diagnosis(words.diagnosis_of(refusal))
    for line in words.details(ahead.report, Status.NOT_DONE, Status.SKIPPED):
        echo(line, err=True)
    echo(ahead.gate.line)
