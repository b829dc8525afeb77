"""Tells a CI system of a run: what its log folds, one annotation, the summary, variables for later steps, reports."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from automation.ci import files, headline
from automation.ci.comment import gate_lines, to_comment
from automation.ci.junit import to_junit
from automation.ci.log import Log, log_of
from automation.ci.summary import to_summary
from automation.ci.systems import System
from automation.errors import UsageError
from automation.outcome import Outcome
from automation.preflight.plan import PreviewError
from diagnostics.redact import credentials_in, redact_text


class Pipeline:
    """The CI system that a command runs in, if any.

    Args:
        system: whose formats are spoken.
        environment: the process's; its own credentials are masked in whatever is written.
        junit: where JUnit XML is written.
        dotenv: where a dotenv report is written.

    Raises:
        UsageError: one of these could not be written.
    """

    def __init__(
        self, system: System, environment: Mapping[str, str], junit: Path | None = None, dotenv: Path | None = None
    ) -> None:
        self.log: Log = log_of(system)
        self._environment = environment if system is System.GITHUB else {}
        self._credentials = credentials_in(environment)
        self._junit, self._dotenv = junit, dotenv
        for option, path in (("--junit", junit), ("--dotenv", dotenv)):
            if path:
                files.check(path, option)

    @contextmanager
    def section(self, title: str) -> Iterator[None]:
        """Fold what is printed meanwhile; a program that cannot be previewed is the annotation then."""
        try:
            with self.log.section(title):
                yield
        except Exception as ended:
            # The command has printed it, and ends because of it.
            if isinstance(ended.__cause__, PreviewError):
                self._annotate(headline.of_error(str(ended.__cause__)))
            raise

    def shielded(self) -> AbstractContextManager[None]:
        """Have nothing that is printed meanwhile read as a command of the system."""
        return self.log.shielded()

    def ended(self, why: str) -> None:
        """Tell of a run that ended before it came to anything; that is printed already."""
        self._annotate(headline.of_error(why))

    def outcome(self, outcome: Outcome) -> None:
        """Tell of a run of `up`; its own output is printed already.

        What cannot be written is said, and no more: the run is over, and its exit code stands.
        """
        said = headline.of_outcome(outcome)
        with self._said_where_it_fails():
            if self._junit:
                files.write(self._junit, self._masked(to_junit(outcome)))
        with self._said_where_it_fails():
            self._variables(files.outputs_of_outcome(outcome, said))
        with self._said_where_it_fails():
            self._summarize(to_summary(outcome, said))
        self._annotate(said)

    def preview(self, preview: Mapping[str, Any], project: str, comment: Path | None) -> None:
        """Tell of a `preview/1`; its own output is printed already."""
        said = headline.of_preview(preview)
        text = self._masked(to_comment(preview, project))
        if comment:
            files.write(comment, text)
        refused, new = preview["refused"], preview["gate"]["new_revision"]
        self._variables(files.outputs_of_preview(preview["stack"], said, refused=refused, new_revision=new))
        self._summarize(text)
        self._annotate(said)

    def gate(self, gate: Mapping[str, Any], stack: str) -> None:
        """Tell of a `gate/1`; its own output is printed already."""
        said = headline.of_gate(gate, stack)
        refused, new = not gate["passed"], gate["new_revision"]
        self._variables(files.outputs_of_preview(stack, said, refused=refused, new_revision=new))
        self._summarize("\n".join(gate_lines(gate)) + "\n")
        self._annotate(said)

    def _annotate(self, said: headline.Headline) -> None:
        sentences = tuple(map(self._masked, said.sentences))
        self.log.annotate(headline.Headline(said.level, self._masked(said.title), sentences))

    @contextmanager
    def _said_where_it_fails(self) -> Iterator[None]:
        try:
            yield
        except UsageError as problem:
            with self.shielded():
                sys.stderr.write(f"{problem}\n")

    def _summarize(self, text: str) -> None:
        if name := self._environment.get("GITHUB_STEP_SUMMARY"):
            files.append(Path(name), self._masked(text))

    def _variables(self, outputs: Mapping[str, str]) -> None:
        masked = {name: self._masked(value) for name, value in outputs.items()}
        if name := self._environment.get("GITHUB_OUTPUT"):
            files.append(Path(name), files.github_outputs(masked))
        if self._dotenv:
            files.write(self._dotenv, files.dotenv(masked))

    def _masked(self, text: str) -> str:
        return redact_text(text, (), self._credentials)
