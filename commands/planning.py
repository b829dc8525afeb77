"""What the commands that plan an update have in common: the request, and where it is looked ahead."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import typer

from commands.running import WRONG_USAGE, Printer, ask, clock_of, make_engine, start_sandbox
from commands.saying import echo

if TYPE_CHECKING:
    from automation.aws.site import AwsSite
    from automation.engine.project import Project
    from automation.engine.workspace import OpenStack
    from automation.preflight.plan import Plan
    from automation.request import Request


def planned_request(
    project: "Project",
    stack: str | None,
    config: Sequence[str],
    printer: Printer,
    *,
    sandbox: bool,
    speed: float | None,
    home: "Project | None" = None,
) -> "Request":
    """Return what these options ask of `up`; the printer goes by ECS's clock from then on.

    The sandbox is that of `home`, which is the project itself where it is None.
    """
    from automation.engine.install import find_engine
    from automation.engine.project import check_given

    check_given(project, config)
    with ThreadPoolExecutor(max_workers=1) as pool:
        found = pool.submit(find_engine)  # it asks a CLI on PATH for its version, which is another process's work
        from automation.request import Request

        engine = found.result() or make_engine(quiet=printer.quiet)
    local = start_sandbox(home or project, speed, printer) if sandbox else None
    printer.clock = clock_of(local)
    return Request(
        project=project,
        stack=stack or ("sandbox" if local else None),
        engine=engine,
        environment=local.environment() if local else {},
        clock=printer.clock,
        config=config,
        defaults=local.defaults() if local else None,
        create_stack=local is not None,
    )


def plan_of(request: "Request") -> "tuple[str, Plan, AwsSite]":
    """Return the stack's name, the update's plan and its place in AWS; what cannot be previewed ends the command."""
    from automation.ahead.beginning import beginning
    from automation.preflight.plan import PreviewError
    from automation.request import site_of

    try:
        with beginning(request) as begun:
            name = begun.opened.stack.name
            site = site_of(request, name)
            return name, begun.plan(), site
    except PreviewError as failed:
        from automation.driver import refused_arguments

        refused = refused_arguments([str(failed)])
        echo(refused or str(failed), err=True)
        raise typer.Exit(WRONG_USAGE if refused else 1) from failed


def approve(opened: "OpenStack", plan: "Plan") -> bool:
    """Show what would change, and ask."""
    for line in plan.lines():
        echo(line, err=True)
    return ask(f"update the stack {opened.stack.name}?")
