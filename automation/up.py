"""Puts one run of `up` together: the stack, this run's settings, the update, the site in AWS, the driver."""

import os
import queue
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automation.documents import write_document
from automation.driver import Driver, Interrupted, Settings, refused_arguments
from automation.engine import Engine
from automation.gate import gate
from automation.outcome import Outcome, Result
from automation.preflight.model import Report
from automation.preflight.plan import Plan, PreviewError, preview
from automation.preflight.running import SERVICES, check_ids, run_preflight
from automation.progress import Progress
from automation.project import Project, settings_of_run, write_settings
from automation.site import AwsSite
from automation.update import Update
from automation.workspace import OpenStack, config_file_of_run, open_stack, pending_operations
from diagnostics.clock import Clock
from diagnostics.model import Gap
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
    create_stack: bool = False
    preflight: bool = True
    """Whether what the update plans is checked before anything changes."""
    skip_checks: Sequence[str] = ()
    """Ids of checks that are left out."""
    require_new_revision: bool = False
    """Whether an update that deploys no new revision is refused."""
    approve: Callable[[OpenStack, Plan], bool] | None = None
    """Asked before anything changes, with the stack and what the update would do."""


def run_up(request: Request, progress: Progress) -> Outcome | None:
    """Run `up`; return its outcome, or None where the person did not approve.

    Raises:
        UsageError: the stack or its configuration is not as it must be, or there is no such check to skip; nothing
            was touched.
    """
    check_ids(request.skip_checks)
    with opening(request) as (opened, config_file):
        site = site_of(request, opened.stack.name)
        ahead = _look_ahead(request, opened, config_file, site, progress)
        if not isinstance(ahead, Ahead):
            return ahead
        if ahead.plan and request.approve and not request.approve(opened, ahead.plan):
            return None
        outcome = replace(_drive(request, opened, config_file, site, progress), preflight=ahead.report)
        moved = tuple(images_that_moved(outcome))
        for gap in moved:
            progress.say(f"{gap.what}: {gap.why}")
        return replace(outcome, gaps=(*outcome.gaps, *moved))


@contextmanager
def opening(request: Request) -> Iterator[tuple[OpenStack, Path]]:
    """Open the stack of a request, and keep this run's settings in a file meanwhile.

    Raises:
        UsageError: the stack or its configuration is not as it must be; nothing was touched.
    """
    opened = open_stack(
        request.project, request.stack, request.engine, request.environment, create=request.create_stack
    )
    name = opened.stack.name
    config_file = config_file_of_run(request.project, name)
    try:
        write_settings(settings_of_run(request.project, name, request.config, request.defaults or {}), config_file)
        yield opened, config_file
    finally:
        shutil.rmtree(config_file.parent, ignore_errors=True)


@dataclass(frozen=True)
class Ahead:
    """What is known before the update: its plan, and what was checked, each where somebody wants it."""

    plan: Plan | None = None
    report: Report | None = None


def _look_ahead(
    request: Request, opened: OpenStack, config_file: Path, site: AwsSite, progress: Progress
) -> Ahead | Outcome:
    """Preview the update and check it; return an outcome where it ends here, and nothing was touched."""
    if not (request.preflight or request.require_new_revision or request.approve):
        return Ahead()
    stack = opened.stack.name
    if request.preflight:
        # The preview is another process's work, and takes about as long.
        threading.Thread(target=site.prepare, args=(SERVICES,), name="clients", daemon=True).start()
    try:
        plan = preview(opened, config_file)
        report = _check(request, plan, site)
    except PreviewError as failed:
        return Outcome(stack, (), update_error=str(failed), refused_arguments=refused_arguments([str(failed)]))
    except KeyboardInterrupt:
        opened.command.interrupt()  # a preview holds no lock: it may be cut off
        return Outcome(stack, (), interrupted=True)
    if report is None:
        return Ahead(plan)
    progress.preflight(report)
    return Outcome(stack, (), api_calls=site.api_calls, preflight=report) if report.refused else Ahead(plan, report)


def _check(request: Request, plan: Plan, site: AwsSite) -> Report | None:
    """Return what the preflight found, and that there is no new revision where one is required; None: not asked for."""
    report = run_preflight(plan, site, request.skip_checks) if request.preflight else None
    if request.require_new_revision:
        found = report or Report(())
        return replace(found, findings=(*found.findings, *gate(plan, found).missing))
    return report


def images_that_moved(outcome: Outcome) -> Iterator[Gap]:
    """Yield each service that serves another image than the preflight saw under its reference."""
    for service in outcome.services:
        recorded = outcome.preflight.recorded(service.name) if outcome.preflight else ()
        runs = service.proof.digest if service.proof and service.result is Result.SERVING else None
        if recorded and runs and not any(each.is_digest(runs) for each in recorded):
            seen = ", ".join(f"{each.image} was {each.digest}" for each in recorded)
            yield Gap(f"the image of {service.name}", f"{runs} runs, and in the preflight {seen}")


def site_of(request: Request, stack: str) -> AwsSite:
    """Return the place in AWS of a request's services."""
    run = f"{stack.rsplit('/', 1)[-1]}-{request.clock.now():%Y%m%dT%H%M%SZ}"
    session = SessionSettings(
        region=request.environment.get("AWS_REGION") or os.environ.get("AWS_REGION"),
        endpoint_url=request.environment.get("AWS_ENDPOINT_URL"),
    )
    evidence = request.project.directory / ".failwell" / "evidence"
    return AwsSite(session, request.clock, evidence, run)


def _drive(request: Request, opened: OpenStack, config_file: Path, site: AwsSite, progress: Progress) -> Outcome:
    messages: queue.Queue[Any] = queue.Queue()
    update = Update(opened.stack, opened.command, config_file, messages)
    settings = Settings(opened.stack.name, request.timeout_minutes, request.abort)
    driver = Driver(settings, update, site, request.clock, messages, progress)
    with _interrupts(messages):
        outcome = driver.run()
    if outcome.interrupted or any(service.result is Result.OUT_OF_TIME for service in outcome.services):
        outcome = replace(outcome, pending_operations=pending_operations(opened.stack))
    return outcome


@contextmanager
def _interrupts(messages: "queue.Queue[Any]") -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into messages while the driver runs; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, lambda *_: messages.put(Interrupted())) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)


def write_outcome(outcome: Outcome, path: Path) -> None:
    """Write `outcome/1` to a file, whole or not at all."""
    write_document(outcome.to_document(), path)
