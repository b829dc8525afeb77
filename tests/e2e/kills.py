"""Runs of `deploy.py up` that are killed with SIGKILL at some moment, and what must be true once they are repaired."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sandbox import process
from sandbox.server import connector
from tests.e2e.conftest import ROOT, Checkout, Run

SERVICE = "aws:ecs/service:Service"
_PATIENCE = 240.0
"""Seconds of real time for whatever a killed run left running to end."""


class Victim(StrEnum):
    """Which of a run's processes is killed."""

    DRIVER = "driver"
    CLI = "cli"
    PROVIDER = "provider"


@dataclass(frozen=True)
class Takes:
    """How many seconds of real time a whole run takes on this machine as it is now."""

    first: float
    later: float


@dataclass(frozen=True)
class Kill:
    """One killing."""

    victim: Victim
    after: float
    """Seconds of real time that the victim has lived, at least."""
    image: str
    stack: str
    first: bool
    """Whether the stack is made by the run that is killed."""


def draw(seed: str, victim: Victim, number: int, takes: Takes) -> Kill:
    """Return a killing drawn by a seed: any moment of a run, a first deployment or a later one, good or doomed."""
    chance = random.Random(f"{seed} {victim} {number}")  # noqa: S311 - moments, not secrets
    first = chance.random() < 1 / 3
    image = chance.choice(["shop:good-1", "shop:good-2", "shop:crash-on-start"])
    after = chance.random() * (takes.first if first else takes.later)
    return Kill(victim, after, image, f"{victim}-{number}" if first else "sandbox", first)


class Killed:
    """A run of `up` that is started, and killed as asked. `happened` tells whether there was anything to kill.

    With `when`, it is killed as soon as that is true of the world, instead of after a while.
    """

    def __init__(self, checkout: Checkout, kill: Kill, *config: str, when: Callable[[], bool] | None = None) -> None:
        where = ("--project", str(checkout.directory), "--sandbox", "--stack", kill.stack)
        log = checkout.directory / "killed.log"
        with log.open("w") as output:
            self._run = subprocess.Popen(
                [sys.executable, ROOT / "deploy.py", "up", *where, "--config", f"image={kill.image}", *config],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=os.environ | {"NO_COLOR": "1"},
            )
        self.happened = self._kill(kill, when)
        self.exit_code = self._run.wait(timeout=_PATIENCE)
        self.said = log.read_text(encoding="utf-8", errors="replace")

    def _kill(self, kill: Kill, when: Callable[[], bool] | None) -> bool:
        pid = self._find(kill.victim)
        if when is None:
            time.sleep(kill.after if pid else 0)  # the moment is what is tried; nothing tells when it has come
        while when and not when() and self._run.poll() is None:
            time.sleep(0.05)
        if pid is None or (self._run.poll() is not None and kill.victim is Victim.DRIVER):
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def _find(self, victim: Victim) -> int | None:
        """Wait for the victim to be there, as long as the run lasts; return its process number."""
        while self._run.poll() is None:
            if victim is Victim.DRIVER:
                return self._run.pid
            cli = next((pid for pid, line in children(self._run.pid) if " up " in line and "/pulumi " in line), None)
            if cli and victim is Victim.CLI:
                return cli
            provider = next((pid for pid, line in children(cli) if "sandbox.provider" in line), None) if cli else None
            if provider:
                return provider
            time.sleep(0.02)
        return None


def children(parent: int) -> Iterator[tuple[int, str]]:
    """Yield the children of a process, each with its command line."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(") ")[2].split()
            if int(fields[1]) == parent:
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                yield int(folder.name), line
        except OSError:
            continue


def repair(checkout: Checkout, stack: str, *arguments: str) -> Run:
    """Run `deploy.py repair --wait`."""
    where = ("--project", str(checkout.directory), "--sandbox", "--stack", stack)
    return checkout.deploy("repair", *where, "--wait", *arguments, timeout=_PATIENCE)


def leftovers(checkout: Checkout, stack: str, service: str) -> list[str]:
    """Return what is wrong with a stack: what a run or a repair must not leave behind. Empty where all is well."""
    state = checkout.state(stack)
    found = [f"pending: {each['type']} {each['resource']['urn']}" for each in state.get("pending_operations") or ()]
    resources = [each for each in state.get("resources") or () if not each.get("delete")]
    urns = Counter(each["urn"] for each in resources)
    found += [f"{count} times in the state: {urn}" for urn, count in urns.items() if count > 1]
    ids = Counter(str(each.get("id")) for each in resources if each["type"] == SERVICE)
    found += [f"{count} resources are the service {arn}" for arn, count in ids.items() if count > 1]
    there = services(checkout, service)
    found += [f"in ECS and not in the state: {arn}" for arn in there - set(ids)]
    found += [f"in the state and not in ECS: {arn}" for arn in set(ids) - there]
    hidden = checkout.directory / ".failwell"
    backend = hidden / "sandbox" / "state" / ".pulumi" / "locks" / "organization" / "shop" / stack
    found += [f"lock: {file.name}" for file in backend.glob("*.json*")] if backend.is_dir() else []
    found += [f"journal: {file}" for file in (hidden / "journal" / stack).rglob("*.json")]
    return found + [f"a plugin without an engine: {line}" for line in _orphans(checkout.directory)]


def services(checkout: Checkout, name: str) -> set[str]:
    """Return the ARNs of the services in ECS that have this name, or a name made of it."""
    running = process.find(checkout.directory / ".failwell" / "sandbox")
    assert running is not None
    pages = connector(running.endpoint)("ecs").get_paginator("list_services").paginate(cluster="sandbox")
    arns = [arn for page in pages for arn in page["serviceArns"]]
    return {arn for arn in arns if f"{arn.rpartition('/')[2]}-".startswith(f"{name}-")}


def _orphans(directory: Path) -> Iterator[str]:
    for pid, line in children(1):
        try:
            if (Path("/proc") / str(pid) / "cwd").resolve() == directory and "127.0.0.1:" in line:
                yield line
        except OSError:
            continue
