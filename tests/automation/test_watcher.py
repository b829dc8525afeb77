"""The watcher's thread puts what it sees on the driver's queue, and a cause before the look that goes on with it."""

import queue
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from typing import Any

from automation.telling.progress import Progress
from automation.watcher import BaselineTaken, Looked, Named, Watcher
from diagnostics.clock import RealClock
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis, Verdict
from diagnostics.serving import serving
from diagnostics.watch import Baseline, Look, WatchState

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
CAUSE = Diagnosis(
    Verdict.SUSPECT, "the role `exec` may not read the secret", "", "", root_cause="secrets-permission-denied"
)


class Telling:
    """A watch whose only look tells a cause, and goes on until it may end."""

    interval = 60.0

    def __init__(self) -> None:
        self.may_end = Event()

    def name_early(self, tell: Callable[[Diagnosis], None]) -> None:
        self._tell = tell

    def begin(self) -> Baseline:
        return Baseline(AT, exists=True, read=True)

    def look(self) -> Look:
        self._tell(CAUSE)
        self.may_end.wait(10)
        evidence = Evidence(captured_at=AT)
        return Look(AT, WatchState.IN_PROGRESS, evidence, CAUSE, serving(evidence, None))


def test_a_cause_is_on_the_queue_while_its_look_still_reads() -> None:
    messages: queue.Queue[Any] = queue.Queue()
    watch = Telling()
    watcher = Watcher("urn", watch, RealClock(), messages)
    watcher.start()
    assert isinstance(messages.get(timeout=10), BaselineTaken)
    assert messages.get(timeout=10) == Named("urn", CAUSE)
    assert messages.empty()
    watch.may_end.set()
    assert isinstance(messages.get(timeout=10), Looked)
    watcher.stop()


def test_progress_says_a_cause_once_though_its_look_says_it_too() -> None:
    said: list[str] = []
    progress = Progress(said.append)
    evidence = Evidence(captured_at=AT)
    look = Look(AT, WatchState.IN_PROGRESS, evidence, CAUSE, serving(evidence, None))
    for message in (Named("urn::web", CAUSE), Looked("urn::web", look)):
        progress.message(message)
    assert said == ["web: suspect: the role `exec` may not read the secret"]
