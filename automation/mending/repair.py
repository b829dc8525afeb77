"""`repair`: puts a stack right after a kill, says what it found and did, and finds nothing to do a second time."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from automation.aws.clients import Clients, session_of
from automation.aws.counts import ServiceCounts
from automation.aws.stack_services import services_of_state
from automation.engine.update import ServiceTarget
from automation.engine.workspace import OpenStack
from automation.errors import StackLockedError
from automation.mending.counts import Counts, put_back_extra_tasks
from automation.mending.creates import Creates
from automation.mending.journal import Journal
from automation.mending.locks import (
    Holder,
    Locks,
    here,
    locks_in_a_folder,
    locks_of,
    remove,
    told_by_the_engine,
    wait_for,
)
from automation.mending.pending import clear_pending
from automation.mending.processes import end_orphans
from diagnostics.aws import Reader
from diagnostics.clock import ServerClock
from diagnostics.names import COMMAND
from diagnostics.reads import ReadError, Shape
from diagnostics.shapes import tail

Say = Callable[[str], None]


@dataclass(frozen=True)
class How:
    """What a person allowed."""

    wait: bool = False
    """Wait for an update that still runs."""
    interrupt: bool = False
    """Have it end as Ctrl-C would; then wait for it."""
    force_unlock: bool = False
    """Take locks away whose holders cannot be seen from here."""


@dataclass(frozen=True)
class Deploying:
    """A service of the stack whose deployment is in progress."""

    target: ServiceTarget
    deployment: str

    def __str__(self) -> str:
        target, provider = self.target, self.target.provider
        profile, roles = (provider.settings.profile, provider.settings.roles) if provider else (None, ())
        given = {
            "--cluster": tail(target.cluster),
            "--service": target.name,
            "--region": target.region,
            "--profile": profile,
            "--role-arn": roles[-1].arn if roles else None,
        }
        options = " ".join(f"{option} {value}" for option, value in given.items() if value)
        return f"{target.name}: {self.deployment} is in progress; `{COMMAND} watch {options}` follows it"


@dataclass(frozen=True)
class Repaired:
    """What was found."""

    done: tuple[str, ...]
    """What was put right, one sentence each."""
    left: tuple[str, ...]
    """What could not be, and why."""
    deploying: tuple[Deploying, ...]


class Aws(Counts, Protocol):
    """What repair asks of ECS, in a service's own region and account; each method raises where AWS refuses."""

    def describe_service(self, target: ServiceTarget) -> Shape | None:
        """Return one element of `DescribeServices.services`; None where there is none."""
        ...


class AwsOfStack(ServiceCounts):
    """ECS where a stack's services are; the environment is the engine's, and the clock is set by what ECS answers."""

    def __init__(self, environment: Mapping[str, str], clock: ServerClock | None = None) -> None:
        super().__init__(Clients(session_of(environment), partial(Reader, clock=clock)))


def repair(opened: OpenStack, aws: Aws, how: How, say: Say) -> Repaired:
    """Put a stack right: its locks, what its engine left behind, its state, its temporary changes; tell what deploys.

    Raises:
        StackLockedError: somebody holds the stack, or may hold it.
        RepairError: the state could not be put right.
    """
    project = Path(opened.stack.workspace.work_dir)
    unlocked = unlock(opened, how, say)
    orphans = end_orphans(project)
    done = [*unlocked, *(f"process {pid}, a plugin of an engine that was killed, was ended" for pid in orphans)]
    done += clear_pending(opened, say)
    undone, left = put_back_extra_tasks(Journal(project, opened.stack.name), aws)
    if removed := remove_runs(project):
        done.append(f"what killed runs left under .failwell/runs is removed ({removed})")
    return Repaired((*done, *undone), left, deploying(opened, aws))


def make_ready(opened: OpenStack, say: Say) -> None:
    """Before an update: put right what a killed run on this machine left behind, as far as nothing can be lost by it.

    That is all that `repair` does without being asked more, except for what was changed for a while, which the driver
    puts back. Costs next to nothing where no run was killed.

    Raises:
        StackLockedError: somebody holds the stack, or may hold it.
        RepairError: the state could not be put right.
    """
    project = Path(opened.stack.workspace.work_dir)
    locks = locks_in_a_folder(opened) or Locks()
    refuse_where_held(locks, force=False)
    if locks or killed_runs(project) or Creates(project, opened.stack.name).open():
        unlock(opened, How(), say)
        end_orphans(project)
        for line in clear_pending(opened, say):
            say(line)
        remove_runs(project)


def unlock(opened: OpenStack, how: How, say: Say, sleep: Callable[[float], None] = time.sleep) -> tuple[str, ...]:
    """Remove the locks of dead processes; return what was done.

    Raises:
        StackLockedError: a process holds the stack, or may.
    """
    locks = locks_of(opened)
    live = [lock for lock in locks.whole if lock.holder(here()) is Holder.LIVE]
    ended = [f"the update of {lock} was waited for" for lock in live if how.wait or how.interrupt]
    if live and how.interrupt:
        for lock in live:
            say(f"interrupting {lock}")
            os.kill(lock.pid, signal.SIGINT)
    if ended:
        wait_for(lambda: locks_of(opened), here(), say, sleep)
        locks = locks_of(opened)
    refuse_where_held(locks, force=how.force_unlock)
    if not locks:
        return tuple(ended)
    remove(opened, locks)
    told = [*(f"the lock of {lock} is removed" for lock in locks.whole)]
    told += [f"{file.name}, a lock that was never whole, is removed" for file in locks.unfinished]
    told += ["the update that Pulumi Cloud held to be in progress is cancelled"] if locks.cloud else []
    return (*ended, *told)


def refuse_where_held(locks: Locks, *, force: bool) -> None:
    """Raise where a live process holds the stack, or one that cannot be seen from here may.

    Raises:
        StackLockedError: with who holds it and what to do.
    """
    for lock in locks.whole:
        holder = lock.holder(here())
        if holder is Holder.LIVE:
            raise StackLockedError(
                f"the stack is being updated by {lock}, which runs: wait for it (`{COMMAND} repair --wait`), "
                f"or end it as Ctrl-C would (`{COMMAND} repair --interrupt`)"
            )
        if holder is Holder.ELSEWHERE and not force:
            raise StackLockedError(
                f"the stack is locked by {lock}, which cannot be seen from here: run `{COMMAND} repair` on "
                f"{lock.hostname}, or, once you know that it does not run, `{COMMAND} repair --force-unlock`"
            )
    if locks.cloud and not force:
        raise StackLockedError(
            f"Pulumi Cloud says: {locks.cloud}. Wait for it, or, once you know that nothing runs, "
            f"`{COMMAND} repair --force-unlock`"
        )


def refuse_where_the_engine_did(text: str) -> None:
    """Raise where the engine's error says that the stack is held: it has begun nothing then.

    Raises:
        StackLockedError: with who holds it and what to do.
    """
    locks = told_by_the_engine(text)
    refuse_where_held(locks, force=False)
    for lock in locks.whole:
        raise StackLockedError(f"the stack is locked by {lock}, which is dead: `{COMMAND} repair` removes its lock")


def deploying(opened: OpenStack, aws: Aws) -> tuple[Deploying, ...]:
    """Return the services of the stack whose deployments are in progress; one that cannot be read is left out."""
    found: list[Deploying] = []
    for target in services_of_state(opened.stack.export_stack().deployment or {}):
        try:
            service = aws.describe_service(target)
        except ReadError:
            continue
        found.extend(
            Deploying(target, str(each["id"]))
            for each in (service or {}).get("deployments", ())
            if each.get("status") == "PRIMARY" and each.get("rolloutState") == "IN_PROGRESS"
        )
    return tuple(found)


def killed_runs(project: Path) -> tuple[Path, ...]:
    """Return what runs that were killed left under `.failwell/runs/`: a folder each, named by the process."""
    found: list[Path] = []
    for folder in sorted((project / ".failwell" / "runs").glob("[0-9]*")):
        try:
            os.kill(int(folder.name), 0)
        except ProcessLookupError:
            found.append(folder)
        except (PermissionError, ValueError):
            continue
    return tuple(found)


def remove_runs(project: Path) -> int:
    """Remove the settings of runs that were killed; return how many there were."""
    killed = killed_runs(project)
    for folder in killed:
        shutil.rmtree(folder, ignore_errors=True)
    return len(killed)
