"""A terminal that may go away: questions that hold up nobody, and prints that outlive it."""

import contextlib
import errno
import os
import select
import sys
import threading
from collections.abc import Callable
from typing import Any, TextIO

from automation.ending.interrupts import Choice

_GONE = {errno.EPIPE, errno.EIO, errno.EBADF}
_ANSWERS = {
    "l": Choice.LEAVE,
    "leave": Choice.LEAVE,
    "r": Choice.ROLL_BACK,
    "rollback": Choice.ROLL_BACK,
    "roll back": Choice.ROLL_BACK,
    "w": Choice.WATCH,
    "watch": Choice.WATCH,
}
PROMPT = "[l] leave it running and end, [r] roll it back, [w] go on watching: "


class Outliving:
    """A text stream whose writes are lost, and do not raise, once nobody can read them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or lose it."""
        try:
            return self._stream.write(text)
        except OSError as problem:
            return self._lose(problem, len(text))

    def flush(self) -> None:
        """Flush, or lose it."""
        try:
            self._stream.flush()
        except OSError as problem:
            self._lose(problem, 0)

    def _lose(self, problem: OSError, length: int) -> int:
        if problem.errno not in _GONE:
            raise problem
        silence(self._stream)
        return length


def silence(stream: TextIO) -> None:
    """Send what is still in the stream, and what is written to it from now on, nowhere."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def outlive_readers() -> None:
    """Let this process go on when whoever reads its output goes away: a closed terminal, a `| head`."""
    sys.stdout, sys.stderr = Outliving(sys.stdout), Outliving(sys.stderr)


class Terminal:
    """A person at a terminal, who is asked in a thread."""

    def __init__(self, source: TextIO, say: Callable[[str], object]) -> None:
        """Make one.

        Args:
            source: where answers come from.
            say: prints the question.
        """
        self._source = source
        self._say = say
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def can_ask(self) -> bool:
        """Whether there is a terminal with a person at it."""
        return self._source.isatty()

    def ask(self, question: str, answer: Callable[[Choice | None], object]) -> None:
        """Ask, and return at once."""
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(question, answer, self._done), daemon=True)
        self._thread.start()

    def withdraw(self) -> None:
        """Ask no more."""
        self._done.set()
        if self._thread:
            self._thread.join()

    def _run(self, question: str, answer: Callable[[Choice | None], object], done: threading.Event) -> None:
        self._say(f"{question} {PROMPT}")
        while not done.is_set():
            line = self._line(done)
            if line is None:
                continue
            if line == "":
                answer(None)
                return
            if choice := _ANSWERS.get(line.strip().lower()):
                answer(choice)
                return
            self._say(f"`{line.strip()}` is none of them. {PROMPT}")

    def _line(self, done: threading.Event) -> str | None:
        """Return a line, "" where the terminal is gone, or None where the question was withdrawn meanwhile."""
        read = b""
        while not done.is_set():
            try:
                ready, _, _ = select.select([self._source.fileno()], [], [], 0.1)
                part = os.read(self._source.fileno(), 1024) if ready else None
            except (OSError, ValueError):
                return ""
            if part == b"":
                return read.decode(errors="replace")
            read += part or b""
            if read.endswith(b"\n"):
                return read.decode(errors="replace")
        return None
