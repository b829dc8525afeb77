"""Puts one run of `up` together: the stack, this run's settings, the update, the site in AWS, the driver."""

import json
import queue
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from automation.around import Recourse
from automation.driver import Driver, Settings
from automation.engine import Engine
from automation.errors import RepairError
from automation.first_deployment import FirstFailure
from automation.interrupts import Asker, Choice, Nobody, interrupts_as_messages
from automation.journal import Journal
from automation.outcome import Outcome
from automation.pending import clear_pending
from automation.progress import Progress
from automation.project import Project, settings_of_run, write_settings
from automation.repair import make_ready, refuse_where_the_engine_did
from automation.site import AwsSite
from automation.update import Update
from automation.workspace import OpenStack, config_file_of_run, open_stack, pending_operations
from diagnostics.clock import Clock
from diagnostics.names import COMMAND
from diagnostics.reads import SessionSettings


@dataclass(frozen=True)
class Request:
    """What a person asked for, and where it is to happen."""

    project: Project
    stack: str | None
    engine: Engine
    environment: Mapping[str, str]
    """Laid over the process's own for the engine, its provider and the program."""
    clock: Clock
    config: Sequence[str] = ()
    """`KEY=VALUE`, for this run only."""
    defaults: Mapping[str, Any] | None = None
    """Configuration for keys that nobody sets."""
    timeout_minutes: float = 30.0
    abort: bool = True
    on_interrupt: Choice = Choice.LEAVE
    first_failure: FirstFailure = FirstFailure.LEAVE
    asker: Asker = field(default_factory=Nobody)
    create_stack: bool = False
    approve: Callable[[OpenStack, Path], bool] | None = None
    """Asked before anything changes, with the stack and this run's settings file."""


def run_up(request: Request, progress: Progress) -> Outcome | None:
    """Run `up`; return its outcome, or None where the person did not approve.

    Raises:
        UsageError: the stack or its configuration is not as it must be; nothing was touched.
        StackLockedError: somebody holds the stack; nothing was touched.
        RepairError: what a killed run left behind could not be put right.
    """
    opened = open_stack(
        request.project, request.stack, request.engine, request.environment, create=request.create_stack
    )
    name = opened.stack.name
    config_file = config_file_of_run(request.project, name)
    try:
        settings = settings_of_run(request.project, name, request.config, request.defaults or {})
        write_settings(settings, config_file)
        if request.approve and not request.approve(opened, config_file):
            return None
        make_ready(opened, progress.say)
        return _drive(request, opened, config_file, progress)
    finally:
        shutil.rmtree(config_file.parent, ignore_errors=True)


def _drive(request: Request, opened: OpenStack, config_file: Path, progress: Progress) -> Outcome:
    messages: queue.Queue[Any] = queue.Queue()
    run = f"{opened.stack.name.rsplit('/', 1)[-1]}-{request.clock.now():%Y%m%dT%H%M%SZ}"
    session = SessionSettings(
        region=request.environment.get("AWS_REGION"), endpoint_url=request.environment.get("AWS_ENDPOINT_URL")
    )
    evidence = request.project.directory / ".failwell" / "evidence"
    site = AwsSite(session, request.clock, evidence, run)
    update = Update(opened.stack, opened.command, config_file, messages)
    settings = Settings(
        opened.stack.name,
        request.timeout_minutes,
        request.abort,
        on_interrupt=request.on_interrupt,
        first_failure=request.first_failure,
    )
    recourse = Recourse(
        request.asker,
        Journal(request.project.directory, opened.stack.name),
        lambda: clear_pending(opened, progress.say),
    )
    driver = Driver(settings, update, site, request.clock, messages, progress, recourse=recourse)
    with interrupts_as_messages(messages):
        outcome = driver.run()
        refuse_where_the_engine_did(outcome.update_error or "")
        if update.creates.open():  # a provider died, and the engine has forgotten what it was making
            _repair(opened, progress)
        if outcome.interrupted or driver.cut_off:
            outcome = replace(outcome, pending_operations=pending_operations(opened.stack))
    return outcome


def _repair(opened: OpenStack, progress: Progress) -> None:
    try:
        for line in clear_pending(opened, progress.say):
            progress.say(line)
    except RepairError as problem:
        progress.say(f"{problem}; `{COMMAND} repair` tries again")


def write_outcome(outcome: Outcome, path: Path) -> None:
    """Write `outcome/1` to a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(outcome.to_document(), indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
