"""`deploy.py up` as a process that a test reads along with, signals, and hangs up on."""

import fcntl
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.e2e.conftest import ROOT, Checkout, Run

PATIENCE = 180


class RunningUp:
    """One `up` in the background; `terminal` gives it a terminal of its own, which can be lost."""

    def __init__(self, checkout: Checkout, image: str, *arguments: str, terminal: bool = False) -> None:
        self._file = checkout.directory / "outcome.json"
        self._file.unlink(missing_ok=True)
        self._output = ""
        self._news = threading.Condition()
        self._terminal: int | None = None
        command = [
            *(sys.executable, str(ROOT / "deploy.py"), "up", "--project", str(checkout.directory), "--sandbox"),
            *("--no-preflight", "--json", str(self._file), "--config", f"image={image}", *arguments),
        ]
        # Lines, not the live view: what is waited for stands in them.
        environment = os.environ | {"NO_COLOR": "1", "PYTHONUNBUFFERED": "1", "TERM": "dumb"}
        if terminal:
            self._terminal, theirs = pty.openpty()
            self._process = subprocess.Popen(
                command,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                env=environment,
                start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - there is no other way
            )
            os.close(theirs)
            source = self._terminal
        else:
            ours, theirs = os.pipe()
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment
            )
            os.close(theirs)
            source = ours
        self._reader = threading.Thread(target=self._read, args=(source,), daemon=True)
        self._reader.start()

    def _read(self, source: int) -> None:
        while True:
            try:
                part = os.read(source, 65536)
            except OSError:  # a terminal whose other side is closed
                part = b""
            with self._news:
                self._output += part.decode(errors="replace")
                self._news.notify_all()
            if not part:
                return

    def wait_for(self, pattern: str) -> None:
        """Wait until it has printed something."""
        end = time.monotonic() + PATIENCE
        with self._news:
            while not re.search(pattern, self._output):
                left = end - time.monotonic()
                assert left > 0, f"`{pattern}` did not come\n{self._output}"
                assert self._process.poll() is None, f"it has ended before `{pattern}`\n{self._output}"
                self._news.wait(min(left, 0.5))

    def send(self, kind: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(kind)

    def press(self, keys: str) -> None:
        """Press keys on its terminal."""
        assert self._terminal is not None
        os.write(self._terminal, keys.encode())

    def hang_up(self) -> None:
        """Take its terminal away: the kernel sends SIGHUP, and whatever it prints from now on fails with EIO."""
        assert self._terminal is not None
        os.close(self._terminal)

    def end(self) -> Run:
        """Wait for its end, and read what it came to."""
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise AssertionError(f"it does not end\n{self._output}") from None
        outcome: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else {}
        return Run(code, self._output, "", outcome)


def steps(of: dict[str, Any], key: str = "abort") -> list[str]:
    """Return the names of the steps of an outcome or of one of its services."""
    return [step["step"] for step in of[key]]


def rewrite(checkout: Checkout, *changes: tuple[str, str]) -> None:
    """Give the project the example's program with changes in it."""
    source = (ROOT / "__main__.py").read_text(encoding="utf-8")
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    target = Path(checkout.directory) / "__main__.py"
    target.unlink()
    target.write_text(source, encoding="utf-8")


def problems(state: dict[str, Any], types: Sequence[str]) -> list[str]:
    """Return what is not as it should be in a state: pending operations, resources twice, types that are missing."""
    # A replaced resource that the update was cut off before deleting is there beside its successor, to be deleted next.
    alive = [each for each in state.get("resources", []) if not each.get("delete")]
    urns = [each["urn"] for each in alive]
    pending = [f"pending: {each['type']} {each['resource']['urn']}" for each in state.get("pending_operations") or []]
    twice = [f"twice: {urn}" for urn in sorted({urn for urn in urns if urns.count(urn) > 1})]
    return pending + twice + [f"lost: {each}" for each in types if each not in {there["type"] for there in alive}]
