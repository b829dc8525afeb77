"""`doctor`: say what a deployment needs, what of it is missing, and how to get it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from commands.options import PROJECT, FormatOption, PlainFormat, ProjectOption, SandboxOption
from commands.running import clock_of, running_sandbox_of
from commands.saying import echo_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automation.doctor import Check, Place
    from diagnostics.clock import Clock


def doctor(
    project: ProjectOption = PROJECT, sandbox: SandboxOption = False, form: FormatOption = PlainFormat.TEXT
) -> None:
    """Say what a deployment needs of this machine and account, what is missing, and how to get it."""
    from automation.doctor import State, examine

    clock = clock_of(running_sandbox_of(project) if sandbox else None)
    checks = examine(_place(project, dict(os.environ), clock))
    if form is PlainFormat.JSON:
        for check in checks:
            echo_json(check.to_document())
    else:
        _print(checks)
    raise typer.Exit(int(any(check.state is State.MISSING for check in checks)))


def _place(project: Path, environment: Mapping[str, str], clock: "Clock") -> "Place":
    from automation.doctor import Place, date_of
    from automation.engine.install import cache
    from diagnostics.aws import Reader
    from diagnostics.reads import SessionSettings

    reader = Reader(SessionSettings())
    return Place(
        project=project,
        cache=cache(),
        environment=environment,
        ask=reader.ask,
        region=reader.session.region_name,
        backend=lambda: _backend(project),
        date=date_of,
        now=clock.now,
    )


def _backend(project: Path) -> tuple[str, str | None]:
    from automation.engine.install import find_engine
    from automation.engine.workspace import backend_and_stack
    from automation.errors import EngineUnavailableError

    engine = find_engine()
    if engine is None:
        raise EngineUnavailableError("it is not known before there is an engine")
    return backend_and_stack(project, engine)


def _print(checks: "Sequence[Check]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from diagnostics.printable import printable

    table = Table(box=None, pad_edge=False, header_style="")
    for heading in ("", "what", "found", "how to get it"):
        table.add_column(heading, overflow="fold")
    for check in checks:
        table.add_row(*(Text(printable(each)) for each in (check.state.value, check.id, check.found, check.fix)))
    Console(soft_wrap=False, highlight=False, width=None if os.isatty(1) else 200).print(table)
