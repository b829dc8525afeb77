"""The record of one run, from before anything changes to its outcome."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from automation.history.configuration import Recorded, recorded
from automation.history.keeping import Stores, keep
from automation.history.origin import Git, actor_of, commit_of
from automation.history.record import Actor, Commit, Record, RolledBack, error_of, service_record
from automation.outcome import Outcome
from diagnostics.model import Gap
from diagnostics.redact import redact_text

_PATIENCE = 15.0
"""Seconds that the end of a run waits for git and STS, which were asked at its start."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class History:
    """Where the records of this process go, and what all of them say."""

    stores: Stores
    command: str
    caller: Callable[[], str]
    """Ask AWS for the ARN of whoever runs this; raises where it does not say."""
    rolled_back: RolledBack | None = None
    repeats: Record | None = None
    """The run whose commit and configuration are deployed again."""
    skipped_checks: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    """Where CI systems say who runs what."""
    git: Callable[[Path], Callable[..., str]] = Git
    now: Callable[[], datetime] = _now
    """The machine's clock, not that of a sandbox: records of all runs are in one order."""

    def begin(self, project: str, directory: Path, stack: str, configuration: Mapping[str, Any]) -> "Recording":
        """Begin the record of a run; nothing is written yet."""
        return Recording(self, project, directory, stack.rsplit("/", 1)[-1], configuration)


class Recording:
    """One run's record. Git and STS are asked while the engine starts, so that nobody waits for them."""

    def __init__(
        self, history: History, project: str, directory: Path, stack: str, configuration: Mapping[str, Any]
    ) -> None:
        self._history = history
        self._project = project
        self._stack = stack
        again = history.repeats
        self._configuration = (
            Recorded(again.configuration, again.absent_configuration) if again else recorded(configuration)
        )
        self._began_at = history.now()
        pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="record")
        self._commit = pool.submit(
            lambda: again.commit if again else commit_of(history.git(directory), stack, history.environment)
        )
        self._caller = pool.submit(history.caller)
        pool.shutdown(wait=False)

    def finish(self, outcome: Outcome) -> Outcome:
        """Keep the record; return the outcome with a gap for each store that could not be written."""
        gaps: list[Gap] = []
        commit: Commit | None = _waited_for(self._commit, "the commit", gaps)
        caller: str | None = _waited_for(self._caller, "the caller's identity", gaps)
        record = self._record(
            replace(outcome, gaps=(*outcome.gaps, *gaps)), commit, actor_of(caller, self._history.environment)
        )
        return replace(outcome, gaps=(*outcome.gaps, *gaps, *keep(record, self._history.stores)))

    def _record(self, outcome: Outcome, commit: Commit | None, actor: Actor) -> Record:
        history, ended_at = self._history, self._history.now()
        return Record(
            id=history.stores.new_id(ended_at),
            project=self._project,
            stack=self._stack,
            command=history.command,
            exit_code=int(outcome.exit_code),
            began_at=self._began_at,
            ended_at=ended_at,
            services=tuple(service_record(service) for service in outcome.services),
            configuration=self._configuration.values,
            absent_configuration=self._configuration.absent,
            commit=commit,
            actor=actor,
            skipped_checks=history.skipped_checks,
            update_error=error_of(outcome),
            pending_operations=outcome.pending_operations,
            rolled_back=history.rolled_back,
            gaps=tuple(redact_text(f"{gap.what}: {gap.why}") for gap in outcome.gaps),
        )


def _waited_for(asked: "Future[Any]", what: str, gaps: list[Gap]) -> Any:
    try:
        return asked.result(timeout=_PATIENCE)
    except Exception as problem:  # noqa: BLE001 - without it the record is poorer, and the deployment none the worse
        gaps.append(Gap(what, f"{type(problem).__name__}: {problem}"))
        return None
