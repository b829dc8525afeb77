"""`history`: what was deployed, by whom, and what became of it."""

from itertools import islice
from typing import Annotated

import typer

from commands.options import PROJECT, FormatOption, PlainFormat, ProjectOption, SandboxOption
from commands.records import HistoryOption, place_of_records, stores_of_records
from commands.running import enter, running_sandbox
from commands.saying import echo, echo_json


def history(
    project: ProjectOption = PROJECT,
    stack: Annotated[str | None, typer.Option("--stack", help="The stack; all where none is named.")] = None,
    service: Annotated[str | None, typer.Option("--service", help="Only runs that touched this service.")] = None,
    limit: Annotated[int, typer.Option("--limit", help="How many records at most.", min=1)] = 20,
    where: HistoryOption = None,
    sandbox: SandboxOption = False,
    form: FormatOption = PlainFormat.TEXT,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """List the runs that changed a stack, newest first: revision, digest, commit, who, and what became of it."""
    from automation.engine.project import read_project
    from automation.history.keeping import read

    asked = read_project(project)
    place = place_of_records(asked, where)
    if sandbox and place:
        enter(running_sandbox(asked))
    reading = read(stores_of_records(asked, place, sandbox=sandbox), asked.name, stack and stack.rsplit("/", 1)[-1])
    touched = (
        record for record in reading.records if service is None or service in {each.name for each in record.services}
    )
    found = list(islice(touched, limit))
    if json or form is PlainFormat.JSON:
        for record in found:
            echo_json(record.to_document())
    elif found:
        from automation.history.table import print_table

        print_table(found)
    else:
        echo("no run is recorded", err=True)
    for problem in (*reading.passed_over, *reading.unread):
        echo(f"note: {problem}", err=True)
    if reading.unread:
        raise typer.Exit(1)
