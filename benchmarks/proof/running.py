"""Runs a command, notes each line with the moment it came, and what the processes took."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.costs import tree_mib
from benchmarks.proof.tools import Launch

_MEMORY_EVERY = 3.0
_MEMORY_FIRST = 0.2
"""Seconds after the start: before, the process may still be the one that it was forked from."""


@dataclass
class Ran:
    """What came of a launch; moments are `time.monotonic()`."""

    began: float
    lines: list[tuple[float, str]] = field(default_factory=list)
    ended: float | None = None
    """None where it was still running when its time was over."""
    exit_code: int | None = None
    cpu_seconds: float = 0.0
    mib: float = 0.0

    def write(self, path: Path) -> None:
        """Write what was said, each line with the real seconds since the start."""
        path.parent.mkdir(parents=True, exist_ok=True)
        said = "".join(f"{moment - self.began:8.1f}  {line}\n" for moment, line in self.lines)
        path.write_text(said, encoding="utf-8")

    @property
    def text(self) -> str:
        """All that was said."""
        return "\n".join(line for _, line in self.lines)


def run(launch: Launch, until: float) -> Ran:
    """Run the commands of a launch until they end, or until a moment, when they are ended."""
    ran = Ran(time.monotonic())
    for command in launch.commands:
        _run_one(command, launch, ran, until)
        if ran.exit_code != 0:
            break
    return ran


def _run_one(command: Sequence[str], launch: Launch, ran: Ran, until: float) -> None:
    child = subprocess.Popen(
        command,
        cwd=launch.directory,
        env=dict(launch.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    reader = threading.Thread(target=_read, args=(child, ran))
    reader.start()
    looked = time.monotonic() + _MEMORY_FIRST - _MEMORY_EVERY
    while True:
        # `wait4` takes the exit status together with what the process, and all that it waited for, has used.
        pid, status, used = os.wait4(child.pid, os.WNOHANG)
        if pid:
            break
        now = time.monotonic()
        if now > until:
            os.killpg(child.pid, signal.SIGKILL)
            _, status, used = os.wait4(child.pid, 0)
            break
        if now - looked > _MEMORY_EVERY:
            looked = now
            ran.mib = max(ran.mib, tree_mib(child.pid))
        time.sleep(0.1)
    in_time = time.monotonic() <= until
    child.returncode = os.waitstatus_to_exitcode(status)
    reader.join(timeout=10)
    if child.stdout and not reader.is_alive():  # what the command left running may hold the pipe open
        child.stdout.close()
    ran.cpu_seconds += used.ru_utime + used.ru_stime
    ran.ended = time.monotonic() if in_time else None
    ran.exit_code = child.returncode if in_time else None


def _read(child: "subprocess.Popen[str]", ran: Ran) -> None:
    for line in child.stdout or ():
        ran.lines.append((time.monotonic(), line.rstrip("\n")))
