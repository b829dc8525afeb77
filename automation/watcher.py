"""The diagnostics thread: looks at one service until it is told to stop, and puts each look on the driver's queue."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from diagnostics.clock import Clock
from diagnostics.model import Diagnosis
from diagnostics.watch import Baseline, Look

FLOOR = 0.2
"""Seconds of real time between two looks at least, so that a fast clock does not take the machine from the engine."""


class Watchable(Protocol):
    """What the thread runs: `diagnostics.watch.Watch`, or a recorded one."""

    @property
    def interval(self) -> float:
        """Seconds of ECS's clock until the next look is due."""
        ...

    def begin(self) -> Baseline:
        """Take the baseline; never raises."""
        ...

    def look(self) -> Look:
        """Look once; never raises."""
        ...


@dataclass(frozen=True)
class BaselineTaken:
    """What the service with this URN was, before the update changes it."""

    urn: str
    baseline: Baseline


@dataclass(frozen=True)
class Looked:
    """A look was taken at the service with this URN."""

    urn: str
    look: Look


@dataclass(frozen=True)
class Named:
    """A look at the service with this URN found a cause, and reads on: it is suspected, and nothing is done for it."""

    urn: str
    diagnosis: Diagnosis


@runtime_checkable
class NamesEarly(Protocol):
    """What tells a cause before its look has read what may refine it."""

    def name_early(self, tell: Callable[[Diagnosis], None]) -> None:
        """Have a cause told as soon as it is found."""
        ...


class Looking(Protocol):
    """What looks at a service until it is told to stop."""

    def start(self) -> None:
        """Start looking. The first look takes the baseline."""

    def stop(self) -> None:
        """Look no more, and wait for a look under way."""


NewWatcher = Callable[[str, Watchable, Clock, "queue.Queue[Any]", float], Looking]
"""Makes of a service's URN, its watch, ECS's clock, the driver's queue and the floor what looks at it."""


class Watcher:
    """Runs one `Watch` in a thread."""

    def __init__(
        self, urn: str, watch: Watchable, clock: Clock, messages: "queue.Queue[Any]", floor: float = FLOOR
    ) -> None:
        self._urn = urn
        self._watch = watch
        self._clock = clock
        self._messages = messages
        self._floor = floor
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch {urn}", daemon=True)

    def start(self) -> None:
        """Start looking. The first look takes the baseline."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more, and wait for a look under way."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        self._messages.put(BaselineTaken(self._urn, self._watch.begin()))
        if isinstance(self._watch, NamesEarly):
            self._watch.name_early(lambda diagnosis: self._messages.put(Named(self._urn, diagnosis)))
        while not self._stop.is_set():
            self._messages.put(Looked(self._urn, self._watch.look()))
            self._stop.wait(max(self._clock.real(self._watch.interval), self._floor))
