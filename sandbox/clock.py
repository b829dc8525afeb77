"""The sandbox's clock: it runs `speed` times as fast as the machine's, never behind it and never backwards."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What a simulation needs of a clock."""

    def now(self) -> datetime:
        """Return the time, in UTC; never earlier than an answer before."""
        ...


class SandboxClock:
    """A clock that reads `started` when it is made and then runs `speed` times as fast as real time.

    It never lags the machine's clock: clients compare ECS's `createdAt` with their own time, as the AWS provider does
    with `operationTime` (hashicorp/terraform-provider-aws `internal/service/ecs/service.go`).

    Args:
        started: the first reading, with a time zone.
        speed: seconds of this clock in a real second, at least 1.

    Raises:
        ValueError: where `started` has no time zone or `speed` is below 1.
    """

    def __init__(self, started: datetime, speed: float) -> None:
        if started.tzinfo is None:
            raise ValueError("the sandbox's clock needs a start with a time zone")
        if speed < 1:
            raise ValueError(f"the sandbox's clock never runs slower than the real one: speed {speed} is below 1")
        self._started = started.astimezone(UTC)
        self._speed = speed
        self._monotonic = time.monotonic()
        self._latest = self._started
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the scaled time, in UTC."""
        scaled = self._started + timedelta(seconds=(time.monotonic() - self._monotonic) * self._speed)
        with self._lock:
            self._latest = max(self._latest, scaled, datetime.now(UTC))
            return self._latest


class SteppedClock:
    """A clock that stands still until `advance` moves it: for tests.

    Raises:
        ValueError: where `started` has no time zone.
    """

    def __init__(self, started: datetime) -> None:
        if started.tzinfo is None:
            raise ValueError("a stepped clock needs a start with a time zone")
        self._now = started.astimezone(UTC)

    def now(self) -> datetime:
        """Return the time it was last moved to, in UTC."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock on by `seconds`; it does not go back (ValueError)."""
        if seconds < 0:
            raise ValueError(f"a clock does not go back: {seconds} s")
        self._now += timedelta(seconds=seconds)


class KeptClock:
    """A clock that goes on after its process was killed, never behind a time that somebody was told.

    Before it tells a time it has promised one at or after it, so that whoever comes next begins at the last promise. It
    stands still until `run`, and for a thread in `standing`.

    Args:
        started: what it reads until `run`.
        promise: told up to when the clock may be read from now on; it has it on disk when it returns.
        ahead_seconds: how far ahead it promises.
    """

    def __init__(self, started: datetime, promise: Callable[[datetime], object], ahead_seconds: float) -> None:
        self._started = started
        self._running: Clock | None = None
        self._promise = promise
        self._ahead = timedelta(seconds=ahead_seconds)
        self._promised: datetime | None = None
        self._lock = threading.Lock()
        self._thread = threading.local()

    def run(self, clock: Clock) -> None:
        """Go on as `clock` does."""
        with self._lock:
            self._running = clock

    def now(self) -> datetime:
        """Return the time, in UTC."""
        standing: datetime | None = getattr(self._thread, "at", None)
        if standing is not None:
            return standing
        with self._lock:
            if self._running is None:
                return self._started
            now = self._running.now()
            if self._promised is None or now > self._promised:
                self._promised = now + self._ahead
                self._promise(self._promised)
            return now

    @contextmanager
    def standing(self, at: datetime) -> Iterator[None]:
        """Read `at`, in this thread."""
        before = getattr(self._thread, "at", None)
        self._thread.at = at
        try:
            yield
        finally:
            self._thread.at = before
