"""How `up` and `rollback` end: what the run came to is printed, and written where that is wanted."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from commands.running import REFUSED, Printer
from commands.saying import echo

if TYPE_CHECKING:
    from automation.outcome import Outcome

NOT_BEGUN = "interrupted before the update began: nothing was changed"


def check_report(path: Path | None) -> None:
    """Refuse a file that no report can be written to, before anything is begun."""
    if path:
        from automation.telling.report import check_report_path

        check_report_path(path)


def approved(outcome: "Outcome | None") -> "Outcome":
    """Return the outcome; where the person did not approve there is none, and the command ends."""
    if outcome is None:
        echo("nothing was changed")
        raise typer.Exit(REFUSED)
    return outcome


def tell(command: str, outcome: "Outcome", printer: Printer, json_file: Path | None, report: Path | None) -> None:
    """Print what a run came to, and write it where that is wanted: `outcome/1`, and the page."""
    from automation.up import write_outcome

    if json_file:
        write_outcome(outcome, json_file)
    print_outcome(outcome)
    if report:
        _write_report(command, outcome, report, printer)


def _write_report(command: str, outcome: "Outcome", path: Path, printer: Printer) -> None:
    """Write the page; that it cannot be written does not change what the run came to."""
    from automation.telling.report import write_report
    from diagnostics.clock import RealClock

    try:
        write_report(outcome, path, (printer.clock or RealClock()).now(), command)
    except Exception as problem:  # noqa: BLE001 - a page that cannot be made must not hide how the run ended
        echo(f"the report could not be written to {path}: {problem}", err=True)


def print_outcome(outcome: "Outcome") -> None:
    """Print what a run came to: each failure explained, or what serves."""
    from automation.preflight import words
    from automation.telling.summary import headline, leftovers, notes, unknown
    from diagnostics.render.terminal import print_diagnosis

    for refusal in outcome.preflight.refused if outcome.preflight else ():
        print_diagnosis(words.diagnosis_of(refusal), words.notes_of(refusal))
    for service in outcome.services:
        if service.diagnosis:
            name = outcome.name_of(service)
            place = [f"the service is {name}"] if name != service.name else []
            print_diagnosis(service.diagnosis, [*place, *notes(service)])
        else:
            echo(headline(service, outcome.name_of(service)))
    if outcome.interrupted and not outcome.services:
        echo("interrupted before any ECS service was touched; the next `up` goes on from there")
    if outcome.refused_arguments:
        echo(outcome.refused_arguments, err=True)
    elif outcome.update_error and not outcome.diagnosis:
        echo(outcome.update_error, err=True)
    elif not outcome.services and not outcome.interrupted and outcome.exit_code == 0:
        echo("the stack has no ECS service; the update is done")
    for line in [*unknown(outcome), *leftovers(outcome)]:
        echo(line, err=True)
