"""What several commands need to run: progress on standard error, the engine, the sandbox, questions and refusals."""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from commands.saying import echo, shielded

if TYPE_CHECKING:
    from automation.ci.pipeline import Pipeline
    from automation.ci.systems import System
    from automation.engine.install import Engine
    from automation.engine.project import Project
    from diagnostics.clock import Clock, ServerClock
    from diagnostics.reads import SessionSettings
    from sandbox.process import Sandbox

WRONG_USAGE = 2
REFUSED = 3
INTERRUPTED = 6


class Printer:
    """Prints progress on standard error, each line with the time on ECS's clock."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.clock: Clock | None = None

    def say(self, line: str) -> None:
        """Print one line, with the time."""
        now = self.clock.now() if self.clock else datetime.now(UTC)
        if not self.quiet:
            echo(f"{now:%H:%M:%S}  {line}", err=True)

    def ask(self, question: str) -> None:
        """Print a question, whatever is to be quiet, and stay on its line."""
        echo(question, err=True, nl=False)


def find_or_make_engine(*, quiet: bool) -> "Engine":
    """Return the Pulumi CLI; where there is none, make one, with its progress shown."""
    from automation.engine.install import find_engine

    return find_engine() or make_engine(quiet=quiet)


def make_engine(*, quiet: bool) -> "Engine":
    """Make a Pulumi CLI, with its progress shown, and return it."""
    from rich.console import Console
    from rich.progress import Progress

    from automation.engine.install import ensure_engine

    console = Console(stderr=True, quiet=quiet)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("looking for the Pulumi CLI", total=None)
        said = {"line": "", "tenth": -1.0}

        def show(what: str, share: float | None) -> None:
            bar.update(task, description=what, total=1 if share is not None else None, completed=share or 0)
            phase, tenth = what.partition(":")[0], float(int((share or 0) * 10))
            if not console.is_terminal and (phase, tenth) != (said["line"], said["tenth"]):
                said.update(line=phase, tenth=tenth)
                console.print(f"{what} ({share:.0%})" if share else what, highlight=False)

        return ensure_engine(show)


def start_sandbox(project: "Project", speed: float | None, printer: Printer, keep: Path | None = None) -> "Sandbox":
    """Return the sandbox of the project: the one that runs, or a new one."""
    from sandbox import place, process

    there = place.place_of(project.directory)
    running = process.find(there.directory)
    if keep and there != place.kept_in(keep):
        if running:
            refuse(f"a sandbox runs for this project in {running.directory}: `deploy.py sandbox stop` it first")
        there = place.kept_in(keep)
    elif running and speed in {None, running.speed}:
        return running
    started = process.start(there.directory, speed=there.speed(speed), keep=there.keep, on_progress=printer.say)
    if there.keep:
        place.settle(project.directory, there)
    return started


def running_sandbox(project: "Project") -> "Sandbox":
    """Return the sandbox that runs for the project; refuse where none does."""
    from diagnostics.names import COMMAND
    from sandbox import place, process

    if running := process.find(place.place_of(project.directory).directory):
        return running
    return refuse(f"no sandbox runs for this project; start one with `{COMMAND} sandbox start`")


def running_sandbox_of(directory: Path) -> "Sandbox":
    """Return the sandbox that runs for the project in this folder; refuse where none does."""
    from automation.engine.project import read_project

    return running_sandbox(read_project(directory))


def clock_of(local: "Sandbox | None") -> "ServerClock":
    """Return the clock that ECS goes by, which whoever asks AWS sets by the answers; a sandbox is entered first."""
    from diagnostics.clock import ScaledClock, ServerClock, machine_clock

    if local is None:
        return ServerClock(machine_clock())
    enter(local)
    now, speed = local.clock()
    return ServerClock(ScaledClock(now, speed, time.monotonic()))


def session_given(
    region: str | None, profile: str | None, role_arn: str | None, endpoint_url: str | None, *, elsewhere: bool
) -> "SessionSettings":
    """Return where AWS is asked and as whom; refuse that of what is not asked of AWS (`elsewhere`)."""
    from diagnostics.reads import RoleToAssume, SessionSettings

    given = SessionSettings(region, profile, endpoint_url, (RoleToAssume(role_arn),) if role_arn else ())
    if given != SessionSettings() and elsewhere:
        refuse("--region, --profile, --role-arn and --endpoint-url are for a live service outside the sandbox")
    return given


def enter(local: "Sandbox") -> None:
    """Send this process's own AWS clients to the sandbox, and nowhere else."""
    os.environ.update(local.environment())


def ask(question: str) -> bool:
    """Ask yes or no on the terminal; without one, yes in CI and a refusal elsewhere."""
    if sys.stdin.isatty():
        return typer.confirm(question, err=True)
    return bool(os.environ.get("CI")) or refuse("there is no terminal to ask on: say --yes to go ahead without asking")


def ask_or_stop(question: str) -> None:
    """Ask yes or no; a no ends the command with exit code 3, and nothing was changed."""
    if not ask(question):
        echo("nothing was changed")
        raise typer.Exit(REFUSED)


def pipeline_of(ci: "System | None", junit: Path | None = None, dotenv: Path | None = None) -> "Pipeline":
    """Return the CI system that the command runs in, or that was asked for."""
    from automation.ci.pipeline import Pipeline
    from automation.ci.systems import detect

    return Pipeline(ci or detect(os.environ), os.environ, junit, dotenv)


def print_error(problem: str) -> None:
    """Print an error on standard error as a sentence; in a CI job it is the annotation too."""
    try:
        from automation.ci.headline import of_error
        from automation.ci.log import log_of
        from automation.ci.systems import detect
    except OSError:  # Pulumi's SDK needs a folder for temporary files, which a full disk has not
        echo(f"error: {' '.join(problem.split())}", err=True)
        return

    with shielded():
        echo(f"error: {problem}", err=True)
    log_of(detect(os.environ)).annotate(of_error(problem))


def expect_traceback() -> None:
    """See to it that what Python prints of an exception is not read as commands of a CI system."""
    from automation.ci.log import log_of
    from automation.ci.systems import detect

    log_of(detect(os.environ)).close()


def refuse(sentence: str) -> NoReturn:
    """Raise `UsageError` with the sentence."""
    from automation.errors import UsageError

    raise UsageError(sentence)
