"""The log of a CI job: what is folded in it, what the system must not read as its commands, and the one annotation."""

import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import Any, Protocol, TextIO, cast

from automation.ci.headline import Headline
from automation.ci.systems import System
from diagnostics.printable import sentence
from diagnostics.render.github import annotation, escape_data

_COMMAND = re.compile(r"(?m)(?:^|\r)[^\S\r\n]*(?=::)|#(?=#\[)")
"""What comes before the characters by which the runner of GitHub Actions knows a command."""


class Log(Protocol):
    """How a system's log is written."""

    def section(self, title: str) -> AbstractContextManager[None]:
        """Fold what is printed meanwhile under a title; none of it is read as a command of the system."""
        ...

    def shielded(self) -> AbstractContextManager[None]:
        """Have nothing that is printed meanwhile read as a command of the system."""
        ...

    def disarmed(self, *, output: bool) -> AbstractContextManager[None]:
        """Have nothing on standard error, and on standard output with `output`, read as a command, line by line.

        For a document, before and behind which no line may stand.
        """
        ...

    def annotate(self, headline: Headline) -> None:
        """Say the headline where the system shows such, and nowhere else."""
        ...

    def close(self) -> None:
        """Have nothing read as a command of the system from here on."""
        ...


class Disarmed:
    """A text stream in whose lines the runner of GitHub Actions finds no command: a space of no width stands in it.

    Source: `ActionCommand.TryParse` and `TryParseV2` of actions/runner, whose reader ends a line at a carriage return
    too.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write the lines that are whole."""
        whole, newline, self._begun = (self._begun + text).rpartition("\n")
        self._stream.write(_COMMAND.sub("\\g<0>\N{ZERO WIDTH SPACE}", whole) + newline)
        return len(text)

    def finish(self) -> None:
        """Write what is left."""
        self._stream.write(_COMMAND.sub("\\g<0>\N{ZERO WIDTH SPACE}", self._begun))
        self._stream.flush()


class GithubLog:
    """GitHub Actions: workflow commands in the output of a step.

    A program's log or an event of AWS may hold such commands, at a line's start (`::error::`) or anywhere in it
    (`##[error]`), and the runner reads both streams. So commands are switched off, with a token that nobody can guess,
    whenever others' words are printed; both streams are one meanwhile: of two, one could still be unread when they are
    back on.
    Source: `ActionCommand.TryParse`, `TryParseV2` and `ActionCommandManager` of actions/runner.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._given = out

    @property
    def _out(self) -> TextIO:
        return self._given or sys.stdout

    @contextmanager
    def section(self, title: str) -> Iterator[None]:
        """Fold what is printed meanwhile under a title; none of it is read as a command."""
        self._write(f"::group::{escape_data(sentence(title))}")
        try:
            with self.shielded():
                yield
        finally:
            self._write("::endgroup::")

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Have nothing that is printed meanwhile read as a command."""
        token = self._stop()
        try:
            with redirect_stderr(self._out):
                yield
        finally:
            self._write(f"::{token}::")

    @contextmanager
    def disarmed(self, *, output: bool) -> Iterator[None]:
        """Have nothing on standard error, and on standard output with `output`, read as a command."""
        with ExitStack() as both:
            for stream, redirect in ((sys.stderr, redirect_stderr), (sys.stdout, redirect_stdout)):
                if output or stream is sys.stderr:
                    guard = Disarmed(stream)
                    both.callback(guard.finish)
                    both.enter_context(redirect(cast("TextIO", guard)))
            yield

    def close(self) -> None:
        """Have nothing read as a command from here on."""
        self._stop()

    def _stop(self) -> str:
        token = secrets.token_hex(16)
        self._write(f"::stop-commands::{token}")
        return token

    def annotate(self, headline: Headline) -> None:
        """Print the annotation."""
        self._write(annotation(headline.level, headline.title, headline.sentences))

    def _write(self, line: str) -> None:
        self._out.write(f"{line}\n")
        self._out.flush()


class GitlabLog:
    """GitLab CI: folded sections in the job's log.

    Source: https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections. A section begins with a control code,
    which is in nothing that we print.
    """

    def __init__(self, out: TextIO | None = None, now: Callable[[], float] = time.time) -> None:
        self._given = out
        self._now = now

    @property
    def _out(self) -> TextIO:
        return self._given or sys.stdout

    @contextmanager
    def section(self, title: str) -> Iterator[None]:
        """Fold what is printed meanwhile under a title."""
        name = f"failwell_{secrets.token_hex(8)}"
        self._write(f"\x1b[0Ksection_start:{self._now():.0f}:{name}[collapsed=true]\r\x1b[0K{sentence(title)}")
        try:
            # The two streams of a job are put together in the order of their arrival, which may not be ours.
            with redirect_stderr(self._out):
                yield
        finally:
            self._write(f"\x1b[0Ksection_end:{self._now():.0f}:{name}\r\x1b[0K")

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Leave the log as it is: GitLab reads no commands in it."""
        yield

    @contextmanager
    def disarmed(self, *, output: bool) -> Iterator[None]:
        """Leave the output as it is."""
        del output
        yield

    def annotate(self, headline: Headline) -> None:
        """Say nothing: what GitLab shows of a job comes from its reports."""

    def close(self) -> None:
        """Leave the output as it is."""

    def _write(self, line: str) -> None:
        self._out.write(f"{line}\n")
        self._out.flush()


class PlainLog:
    """No system's formats: the output is what it is on a terminal."""

    @contextmanager
    def section(self, title: str) -> Iterator[None]:
        """Fold nothing."""
        del title
        yield

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Leave the output as it is."""
        yield

    @contextmanager
    def disarmed(self, *, output: bool) -> Iterator[None]:
        """Leave the output as it is."""
        del output
        yield

    def annotate(self, headline: Headline) -> None:
        """Say nothing: the headline is printed already."""

    def close(self) -> None:
        """Leave the output as it is."""


def log_of(system: System) -> Log:
    """Return how the log of a system is written."""
    match system:
        case System.GITHUB:
            return GithubLog()
        case System.GITLAB:
            return GitlabLog()
        case System.PLAIN:
            return PlainLog()
