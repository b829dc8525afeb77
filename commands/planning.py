"""What the commands that plan an update and change nothing have in common: the request, and where they run it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commands.running import Printer, clock_of, find_or_make_engine, start_sandbox

if TYPE_CHECKING:
    from automation.up import Request


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
    from automation.project import check_given, read_project
    from automation.up import Request

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
