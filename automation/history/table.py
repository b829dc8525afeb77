"""Records as a table for a person: one row a service, newest first."""

import sys
from collections.abc import Iterable
from datetime import UTC

from rich.console import Console
from rich.table import Table
from rich.text import Text

from automation.history.record import Record, ServiceRecord
from diagnostics.printable import sentence
from diagnostics.shapes import tail

_PIPE_WIDTH = 240
"""Columns where there is no terminal: nothing is cut off for a program that reads on."""
_HEADERS = ("when (UTC)", "stack", "service", "result", "serves", "digest", "commit", "who", "exit", "how")


def print_table(records: Iterable[Record]) -> None:
    """Print the records on standard output."""
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in _HEADERS:
        table.add_column(header, overflow="fold", no_wrap=header in {"when (UTC)", "result", "exit"})
    for record in records:
        for service in record.services or (None,):
            table.add_row(*(Text(sentence(cell)) for cell in row(record, service)))
    console.print(table)


def row(record: Record, service: ServiceRecord | None) -> tuple[str, ...]:
    """Return one row: what became of a service in a run, or of a run that touched no service."""
    return (
        f"{record.ended_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        record.stack,
        service.name if service else "-",
        _result(record, service),
        tail(service.revision_after) if service and service.revision_after else "-",
        service.digest.removeprefix("sha256:")[:12] if service and service.digest else "-",
        _commit(record),
        _who(record),
        str(record.exit_code),
        _how(record),
    )


def _result(record: Record, service: ServiceRecord | None) -> str:
    if service is None:
        return "failed" if record.update_error else "-"
    cause = f": {service.root_cause}" if service.root_cause else ""
    unproven = " (not proven)" if service.result == "serving" and not service.proven else ""
    return f"{service.result}{cause}{unproven}"


def _commit(record: Record) -> str:
    if record.commit is None:
        return "-"
    return record.commit.sha[:10] + ("+" if record.commit.dirty else "")


def _who(record: Record) -> str:
    if record.actor.user:
        return record.actor.user
    return record.actor.caller.rpartition(":")[2] if record.actor.caller else "-"


def _how(record: Record) -> str:
    back = record.rolled_back
    return f"{record.command} to {tail(back.revision)} by the {back.by}" if back else record.command
