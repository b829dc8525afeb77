#!/usr/bin/env python3
"""The command line of failwell: its commands are the modules of `commands/`; wrong usage ends here as one sentence."""

import gc
import sys

import typer

from commands import (
    alerts,
    audit,
    ci,
    destroy,
    doctor,
    engine,
    explain,
    gate,
    history,
    preview,
    repair,
    rollback,
    rules,
    sandbox,
    up,
    watch,
)
from commands.running import REFUSED, WRONG_USAGE, expect_traceback, print_error
from commands.saying import guarded, told_by_the_machine

app = typer.Typer(
    help="Fargate deployments that stop themselves and say why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for telling in (up.up, preview.preview, gate.gate):  # they tell the CI system of themselves, and guard what they print
    app.command()(telling)
for command in (
    history.history,
    rollback.rollback,
    repair.repair,
    destroy.destroy,
    explain.explain,
    watch.watch,
    audit.audit,
    doctor.doctor,
    rules.rules,
):
    app.command()(guarded(command))
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(engine.app, name="engine")
app.add_typer(ci.app, name="ci")
app.add_typer(alerts.app, name="alerts")


_GARBAGE_AFTER = 50_000
"""Objects between two looks for cycles of garbage; Python's 700 look at hundreds of new modules and AWS's models, which
all stay, again and again: a tenth of what importing and making clients costs."""


def main() -> None:
    """Run a command; wrong usage becomes one sentence and exit code 2, what this machine lacks or refuses code 1."""
    gc.set_threshold(_GARBAGE_AFTER)
    try:
        app()
    except Exception as problem:
        if isinstance(problem, OSError) and problem.errno is not None:  # our own errors have none
            print_error(told_by_the_machine(problem))
            sys.exit(1)
        code = _exit_code_of(problem)
        if code is None:
            expect_traceback()
            raise
        print_error(str(problem))
        sys.exit(code)


def _exit_code_of(problem: Exception) -> int | None:
    from automation.errors import EngineUnavailableError, PostingError, RepairError, StackLockedError, UsageError

    if isinstance(problem, UsageError):
        return WRONG_USAGE
    given = sys.modules.get("components.waivers")  # where no waivers were read, none can be wrong
    if given and isinstance(problem, given.WaiversError):
        return WRONG_USAGE
    if isinstance(problem, StackLockedError):
        return REFUSED
    if isinstance(problem, (EngineUnavailableError, PostingError, RepairError)):
        return 1
    local = sys.modules.get("sandbox.process")  # where no sandbox was asked for, none of its errors can be there
    if local and isinstance(problem, local.SandboxError):
        return WRONG_USAGE if isinstance(problem, local.RefusedError) else 1
    return None


if __name__ == "__main__":
    main()
