"""What happens when: a queue of events on the sandbox's clock, run in the order of their times."""

import heapq
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sandbox.clock import Clock


@dataclass(order=True)
class Handle:
    """An event that will happen at `at`, unless cancelled before. Events of one time happen in the order asked."""

    at: datetime
    number: int
    callback: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Make the event not happen; harmless where it has happened."""
        self.cancelled = True


class Simulation:
    """Events on a clock, deterministic for a seed and the same calls. It has no thread: whoever asks calls `advance`.

    Everything that reads or changes what the events change holds `lock` while it does.

    Args:
        clock: tells how far `advance` may go.
        seed: of `random`, the source of chance of whatever draws no timing.
        around: gives what is entered while an event runs.
    """

    def __init__(
        self,
        clock: Clock,
        seed: int,
        around: Callable[[Handle], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.lock = threading.RLock()
        self.seed = seed
        self.random = Random(seed)  # noqa: S311 - a simulation wants to be repeatable
        self._clock = clock
        self._around = around
        self._now = clock.now()
        self._queue: list[Handle] = []
        self._count = 0
        self._happened = 0
        self._advancing: int | None = None

    @property
    def now(self) -> datetime:
        """The time of the event that runs; between events, the time that `advance` last reached. In UTC."""
        return self._now

    def time(self) -> datetime:
        """Return the time for whoever asks: that of the event which runs in this thread, or else the clock's."""
        return self._now if self._advancing == threading.get_ident() else max(self._now, self._clock.now())

    @property
    def happened(self) -> int:
        """How many events have happened."""
        return self._happened

    def schedule(self, delay_seconds: float, callback: Callable[[], None]) -> Handle:
        """Have `callback` run `delay_seconds` after `now` (by the next `advance` where that is not positive)."""
        with self.lock:
            self._count += 1
            handle = Handle(self._now + timedelta(seconds=max(0.0, delay_seconds)), self._count, callback)
            heapq.heappush(self._queue, handle)
            return handle

    def advance(self) -> None:
        """Run every event that is due by the clock, earliest first; an event may schedule others.

        What an event raises is raised here; the event counts as run, and the next call goes on behind it.
        """
        with self.lock:
            if self._advancing is not None:  # an event that asks an API of ours must not run other events inside itself
                return
            self._advancing = threading.get_ident()
            try:
                self._run_until(self._clock.now())
            finally:
                self._advancing = None

    def _run_until(self, until: datetime) -> None:
        while self._queue and self._queue[0].at <= until:
            event = heapq.heappop(self._queue)
            if event.cancelled:
                continue
            self._now = event.at
            self._happened += 1
            with self._around(event):
                event.callback()
        self._now = max(self._now, until)
