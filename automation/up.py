"""Puts one run of `up` together: the stack, this run's settings, the update, the site in AWS, the driver."""

import queue
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automation.ahead.before import Before, before_update
from automation.ahead.beginning import Begun, beginning
from automation.documents import write_document
from automation.driver import Driver, RunningUpdate, Settings, Site
from automation.ending.around import Recourse
from automation.ending.interrupts import interrupts_as_messages
from automation.engine.update import ServiceTarget, Update
from automation.engine.workspace import OpenStack, pending_operations
from automation.errors import RepairError
from automation.mending.creates import Create, Creates
from automation.mending.journal import Journal
from automation.mending.pending import clear_pending
from automation.mending.repair import make_ready, refuse_where_the_engine_did
from automation.outcome import Outcome, Result, ServiceOutcome
from automation.proof.scaled import planned_services
from automation.request import Request, site_of
from automation.telling.progress import Progress
from automation.watcher import NewWatcher, Watcher
from diagnostics.names import COMMAND


def run_up(request: Request, progress: Progress) -> Outcome | None:
    """Run `up`; return its outcome, or None where the person did not approve.

    Raises:
        UsageError: the stack or its configuration is not as it must be, there is no such check to skip, or extra tasks
            are wanted of a service whose count is scaled; nothing was touched.
        StackLockedError: somebody holds the stack; nothing was touched.
        RepairError: what a killed run left behind could not be put right.
    """
    with beginning(request) as begun:
        return carry_on(request, begun, progress)


def carry_on(request: Request, begun: Begun, progress: Progress) -> Outcome | None:
    """Run the rest of an `up` that has begun, as `run_up` does."""
    opened = begun.opened
    site = site_of(request, opened.stack.name)
    before = before_update(request, begun, site, progress)
    if not isinstance(before, Before):
        return before
    if before.plan and request.approve and not request.approve(opened, before.plan):
        return None
    make_ready(opened, progress.say)
    messages: queue.Queue[Any] = queue.Queue()
    update = Update(opened.stack, opened.command, begun.config_file, messages)
    running = Running(update, site, messages, update.creates.open)
    planned = planned_services(before.plan).services if before.plan else ()

    def judge(outcome: Outcome) -> Outcome:
        return request.judge(replace(with_not_reached(outcome, planned), preflight=before.report))

    return drive(replace(request, judge=judge), opened, begun.configuration, running, progress)


@dataclass(frozen=True)
class Running:
    """An update that is about to start, where its services are, and the queue that both report to."""

    update: RunningUpdate
    site: Site
    messages: "queue.Queue[Any]"
    forgotten: Callable[[], Sequence[Create]] = tuple
    """Returns what the engine has forgotten: what a provider was making when it died."""
    monotonic: Callable[[], float] = time.monotonic
    """Real seconds, from any start."""
    new_watcher: NewWatcher = Watcher
    """Makes what looks at a service meanwhile."""


def drive(
    request: Request, opened: OpenStack, configuration: Mapping[str, Any], running: Running, progress: Progress
) -> Outcome:
    """Run an update to its end, watched, and keep its record, however it ends."""
    name = opened.stack.name
    recording = None
    if request.history:
        history = replace(request.history, skipped_checks=tuple(request.skip_checks))
        recording = history.begin(request.project.name, request.project.directory, name, configuration)
    driver = _driver(request, opened, running, progress)
    with interrupts_as_messages(running.messages):
        try:
            outcome = driver.run()
            refuse_where_the_engine_did(outcome.update_error or "")
            if forgotten := running.forgotten():
                _repair(opened, forgotten, progress)
            if outcome.interrupted or driver.cut_off:
                outcome = replace(outcome, pending_operations=pending_operations(opened.stack))
            outcome = request.judge(outcome)
        except Exception as surprise:
            if recording:
                recording.finish(Outcome(name, (), update_error=f"{type(surprise).__name__}: {surprise}"))
            raise
        return recording.finish(outcome) if recording else outcome


def with_not_reached(outcome: Outcome, planned: Iterable[ServiceTarget]) -> Outcome:
    """Return the outcome with the planned services that the update did not come to, where it ended before its end."""
    if not (outcome.update_error or outcome.interrupted):
        return outcome
    reached = {each.urn for each in outcome.services}
    missed = (
        ServiceOutcome(
            cluster=each.cluster,
            name=each.name,
            result=Result.NOT_REACHED,
            revision_before=None,
            revision_wanted=each.wanted,
            proof=None,
            urn=each.urn,
            region=each.region,
            account=each.account,
        )
        for each in planned
        if each.urn not in reached
    )
    return replace(outcome, services=(*outcome.services, *missed))


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
        running.new_watcher,
    )
    update, site, messages = running.update, running.site, running.messages
    return Driver(settings, update, site, request.clock, messages, progress, recourse, running.monotonic)


def _repair(opened: OpenStack, forgotten: Sequence[Create], progress: Progress) -> None:
    try:
        for line in clear_pending(opened, progress.say, begun=forgotten):
            progress.say(line)
    except RepairError as problem:
        creates = Creates(Path(opened.stack.workspace.work_dir), opened.stack.name)
        lost = [create.urn for create in forgotten if not creates.note(create)]
        told = (
            f"no note of it could be written, so `{COMMAND} repair` will not know: look yourself whether "
            f"{', '.join(lost)} was made, and take it in with `pulumi import`"
        )
        progress.say(f"{problem}; {told if lost else f'`{COMMAND} repair` tries again'}")


def write_outcome(outcome: Outcome, path: Path) -> None:
    """Write `outcome/1` to a file, whole or not at all."""
    write_document(outcome.to_document(), path)
