"""What the commands that plan an update and change nothing have in common: the request, and where they run it."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from commands.running import WRONG_USAGE, Printer, clock_of, find_or_make_engine, start_sandbox
from commands.saying import echo

if TYPE_CHECKING:
    from automation.ahead.forecast import Audit, Forecast
    from automation.preflight.model import Check
    from automation.request import Request


def planned_request(
    project: Path,
    stack: str | None,
    config: Sequence[str],
    *,
    sandbox: bool,
    speed: float | None,
    quiet: bool,
) -> "Request":
    """Return what would be asked of `up` with these options."""
    from automation.engine.project import check_given, read_project
    from automation.request import Request

    read = read_project(project)
    check_given(read, config)
    engine = find_or_make_engine(quiet=quiet)
    local = start_sandbox(read, speed, Printer(quiet=quiet)) if sandbox else None
    return Request(
        project=read,
        stack=stack or ("sandbox" if local else None),
        engine=engine,
        environment=local.environment() if local else {},
        clock=clock_of(local),
        config=config,
        defaults=local.defaults() if local else None,
        create_stack=local is not None,
    )


def look_ahead(
    request: "Request",
    skip: Collection[str] = (),
    checks: "Sequence[Check] | None" = None,
    audit: "Audit | None" = None,
) -> "Forecast":
    """Return what would come of an update; a program that cannot be previewed ends the command as it ends `up`."""
    from automation.ahead.forecast import forecast
    from automation.driver import refused_arguments
    from automation.preflight.checks import CHECKS
    from automation.preflight.plan import PreviewError

    try:
        return forecast(request, skip, CHECKS if checks is None else checks, audit)
    except PreviewError as failed:
        refused = refused_arguments([str(failed)])
        echo(refused or str(failed), err=True)
        raise typer.Exit(WRONG_USAGE if refused else 1) from failed
