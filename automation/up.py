"""Puts one run of `up` together: the stack, this run's settings, the update, the site in AWS, the driver."""

import json
import queue
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from automation.around import Recourse
from automation.driver import Driver, RunningUpdate, Settings, Site
from automation.engine import Engine
from automation.errors import RepairError
from automation.extra_tasks import Wish
from automation.first_deployment import FirstFailure
from automation.history.recording import History
from automation.interrupts import Asker, Choice, Nobody, interrupts_as_messages
from automation.journal import Journal
from automation.outcome import Outcome
from automation.pending import clear_pending
from automation.preview import planned_services
from automation.progress import Progress
from automation.project import Project, settings_of_run, stack_settings, write_settings
from automation.repair import make_ready, refuse_where_the_engine_did
from automation.scaled import refuse_where_scaled
from automation.site import AwsSite
from automation.update import Update
from automation.watcher import Watchable
from automation.workspace import OpenStack, config_file_of_run, open_stack, pending_operations
from diagnostics.clock import Clock
from diagnostics.names import COMMAND
from diagnostics.reads import SessionSettings


def _as_it_is(outcome: Outcome) -> Outcome:
    return outcome


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
    extra_tasks: Wish = field(default_factory=Wish)
    digests: Mapping[str, Collection[str]] | None = None
    """By image the digests that were looked up before anything was touched."""
    create_stack: bool = False
    approve: Callable[[OpenStack, Path], bool] | None = None
    """Asked before anything changes, with the stack and this run's settings file."""
    history: History | None = None
    """Where the run's record goes; None keeps none."""
    configuration: Mapping[str, Any] | None = None
    """The whole configuration, in place of the stack's own with `config` and `defaults`: what a record holds."""
    judge: Callable[[Outcome], Outcome] = _as_it_is
    """What else must be true of the outcome."""


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
        settings = _settings(request, name)
        write_settings(settings, config_file)
        if request.approve and not request.approve(opened, config_file):
            return None
        make_ready(opened, progress.say)
        messages: queue.Queue[Any] = queue.Queue()
        update = Update(opened.stack, opened.command, config_file, messages)
        site = site_of(request, name)
        if request.extra_tasks:
            refuse_where_scaled(planned_services(opened, config_file), site)
        running = Running(update, site, messages, lambda: bool(update.creates.open()))
        return drive(request, opened, settings["config"], running, progress)
    finally:
        shutil.rmtree(config_file.parent, ignore_errors=True)


def _settings(request: Request, stack: str) -> dict[str, Any]:
    if request.configuration is None:
        return settings_of_run(request.project, stack, request.config, request.defaults or {})
    return stack_settings(request.project, stack) | {"config": dict(request.configuration)}


def session_of(environment: Mapping[str, str]) -> SessionSettings:
    """Return where AWS answers, in the environment that the engine gets."""
    return SessionSettings(region=environment.get("AWS_REGION"), endpoint_url=environment.get("AWS_ENDPOINT_URL"))


def site_of(request: Request, stack: str, watched: Callable[[Watchable], Watchable] = lambda watch: watch) -> AwsSite:
    """Return where the request's services are in AWS; each watch of it is what `watched` makes of one."""
    run = f"{stack.rsplit('/', 1)[-1]}-{request.clock.now():%Y%m%dT%H%M%SZ}"
    evidence = request.project.directory / ".failwell" / "evidence"
    return AwsSite(session_of(request.environment), request.clock, evidence, run, watched, request.digests)


@dataclass(frozen=True)
class Running:
    """An update that is about to start, where its services are, and the queue that both report to."""

    update: RunningUpdate
    site: Site
    messages: "queue.Queue[Any]"
    forgotten: Callable[[], bool] = lambda: False
    """Whether the engine has forgotten what a provider was making when it died."""


def drive(
    request: Request, opened: OpenStack, configuration: Mapping[str, Any], running: Running, progress: Progress
) -> Outcome:
    """Run an update to its end, watched, and keep its record, however it ends."""
    name = opened.stack.name
    recording = None
    if request.history:
        recording = request.history.begin(request.project.name, request.project.directory, name, configuration)
    driver = _driver(request, opened, running, progress)
    with interrupts_as_messages(running.messages):
        try:
            outcome = driver.run()
            refuse_where_the_engine_did(outcome.update_error or "")
            if running.forgotten():
                _repair(opened, progress)
            if outcome.interrupted or driver.cut_off:
                outcome = replace(outcome, pending_operations=pending_operations(opened.stack))
            outcome = request.judge(outcome)
        except Exception as surprise:
            if recording:
                recording.finish(Outcome(name, (), update_error=f"{type(surprise).__name__}: {surprise}"))
            raise
        return recording.finish(outcome) if recording else outcome


def _driver(request: Request, opened: OpenStack, running: Running, progress: Progress) -> Driver:
    settings = Settings(
        opened.stack.name,
        request.timeout_minutes,
        request.abort,
        on_interrupt=request.on_interrupt,
        first_failure=request.first_failure,
        extra_tasks=request.extra_tasks,
    )
    recourse = Recourse(
        Journal(request.project.directory, opened.stack.name),
        request.asker,
        lambda: clear_pending(opened, progress.say),
    )
    return Driver(settings, running.update, running.site, request.clock, running.messages, progress, recourse)


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
