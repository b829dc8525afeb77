"""The log of a CI job: what is folded in it, what the system must not read as its commands, and the one annotation."""

import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stderr
from typing import Protocol, TextIO

from automation.ci.headline import Headline
from automation.ci.systems import System
from diagnostics.render.github import annotation, escape_data
from diagnostics.render.lines import sentence


class Log(Protocol):
    """How a system's log is written."""

    def section(self, title: str) -> AbstractContextManager[None]:
        """Fold what is printed meanwhile under a title; none of it is read as a command of the system."""
        ...

    def shielded(self) -> AbstractContextManager[None]:
        """Have nothing that is printed meanwhile read as a command of the system."""
        ...

    def annotate(self, headline: Headline) -> None:
        """Say the headline where the system shows such, and nowhere else."""
        ...

    def close(self) -> None:
        """Have nothing read as a command of the system from here on."""
        ...


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
