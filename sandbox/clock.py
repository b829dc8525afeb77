"""The sandbox's clock: it runs `speed` times as fast as the machine's, never behind it and never backwards."""

import threading
import time
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
