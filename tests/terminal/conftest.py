"""A terminal for a program: tmux, of any size; its screen is read as a person sees it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAY = Path(__file__).parent / "play.py"
SCREENS = Path(__file__).parent / "screens"
PATIENCE = 90.0
"""Seconds of real time for a screen to become what it should; it is there within a tenth of one."""
UPDATE = bool(os.environ.get("UPDATE_SCREENS"))
"""Whether stored screens are written anew, for a person to look at."""
END = 10
"""The last step of the story `port-5201`: the report is printed."""
_SETTLED_AFTER = 8
_EXACT = ("NO_COLOR", "CI", "COLORTERM", "TERM", "LINES", "COLUMNS", "FORCE_COLOR")

needs_tmux = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="needs tmux: `make terminal` installs it where it can (apt-get install tmux)"
)


class Terminal:
    """A tmux server of its own with one pane."""

    def __init__(self, directory: Path) -> None:
        self._socket = str(directory / "s")
        self._configuration = directory / "tmux.conf"
        self._configuration.write_text(
            "set -g status off\nset -g default-terminal tmux-256color\nset -g escape-time 0\n"
        )

    def run(self, command: str, columns: int, rows: int, environment: Mapping[str, str] | None = None) -> None:
        """Run a shell command in a pane of this size."""
        given = {"LC_ALL": "C.UTF-8", "PS1": ""} | dict(environment or {})
        settings = " ".join(f"{name}='{value}'" for name, value in given.items())
        cleared = " ".join(f"-u {name}" for name in _EXACT if name not in given and name != "TERM")
        size = ("-x", str(columns), "-y", str(rows))
        self._tmux("new-session", "-d", *size, f"env {cleared} {settings} {command}")

    def resize(self, columns: int, rows: int) -> None:
        """Make the pane another size, as a person does with a window."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self._tmux("send-keys", *keys)

    def screen(self, *, codes: bool = False, history: bool = False) -> str:
        """Return the screen, each row without the blanks at its end."""
        options = (*(("-e",) if codes else ()), *(("-S", "-") if history else ()))
        shown = self._tmux("capture-pane", "-p", *options)
        return "\n".join(row.rstrip() for row in shown.splitlines()).rstrip("\n") + "\n"

    def wait(self, what: Callable[[str], bool], *, history: bool = False) -> str:
        """Return the screen once it is as it should be; fail with what it is where it does not come to that."""
        end = time.monotonic() + PATIENCE
        while not what(screen := self.screen(history=history)):
            assert time.monotonic() < end, f"the screen did not come to what was expected; it is\n{screen}"
            time.sleep(0.03)
        return screen

    def expect(self, name: str, *, history: bool = False) -> None:
        """Wait until the screen is the stored one of that name."""
        file = SCREENS / f"{name}.txt"
        if UPDATE:
            same, last = 0, ""
            while same < _SETTLED_AFTER:
                time.sleep(0.1)
                screen = self.screen(history=history)
                same, last = (same + 1 if screen == last else 0), screen
            file.write_text(last, encoding="utf-8")
        stored = file.read_text(encoding="utf-8")
        end = time.monotonic() + PATIENCE
        while (screen := self.screen(history=history)) != stored and time.monotonic() < end:
            time.sleep(0.03)
        assert screen == stored

    def close(self) -> None:
        """End the server and what runs in it."""
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False, capture_output=True)

    def _tmux(self, *arguments: str) -> str:
        asked = ["tmux", "-u", "-S", self._socket, "-f", str(self._configuration), *arguments]
        answered = subprocess.run(asked, check=False, capture_output=True, text=True, encoding="utf-8")
        assert answered.returncode == 0, f"{asked}: {answered.stderr}"
        return answered.stdout


class Play:
    """A story that is played in a terminal, or without one, step by step."""

    def __init__(self, directory: Path, story: str, *options: str) -> None:
        pipe = directory / "steps"
        os.mkfifo(pipe)
        self.arguments = (sys.executable, str(PLAY), story, str(pipe), *options)
        self._taken_file = directory / "steps.taken"
        self._asked = 0
        self._steps = os.open(pipe, os.O_RDWR)  # so that opening waits for nobody

    def go_to(self, step: int) -> None:
        """Let it go on until this step is taken; the first one it takes by itself."""
        self.ask_for(step - 1)
        end = time.monotonic() + PATIENCE
        while self._taken < step:
            assert time.monotonic() < end, f"step {step} was not taken, only {self._taken}"
            time.sleep(0.03)

    def ask_for(self, step: int) -> None:
        """Let it go on past this step, as soon as it comes to it."""
        os.write(self._steps, b"\n" * (step - self._asked))
        self._asked = step

    @property
    def _taken(self) -> int:
        return int(self._taken_file.read_text(encoding="utf-8")) if self._taken_file.exists() else 0


@pytest.fixture
def directory() -> Iterator[Path]:
    """A folder with a short path: a socket's may have 107 characters."""
    made = Path(tempfile.mkdtemp(prefix="failwell-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def terminal(directory: Path) -> Iterator[Terminal]:
    opened = Terminal(directory)
    yield opened
    opened.close()


CODES = re.compile(r"\x1b\[[0-9;]*m")
"""What sets a colour or bold letters."""


def expect_text(name: str, text: str) -> None:
    """Compare text that did not come from a screen with a stored one."""
    file = SCREENS / f"{name}.txt"
    if UPDATE and "PYTEST_XDIST_WORKER" not in os.environ:
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
