"""The clock that deployments are measured with: real time against AWS, scaled time against a sandbox."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """ECS's clock, as far as a watcher needs it. All lengths are seconds of that clock."""

    def now(self) -> datetime:
        """Return the time that ECS would stamp on an event now, in UTC."""
        ...

    def real(self, seconds: float) -> float:
        """Return how many seconds of real time `seconds` of this clock take."""
        ...


class RealClock:
    """AWS's clock: the machine's own."""

    def now(self) -> datetime:
        """Return the machine's time, in UTC."""
        return datetime.now(UTC)

    def real(self, seconds: float) -> float:
        """Return `seconds` as they are."""
        return seconds


@dataclass(frozen=True)
class ScaledClock:
    """A clock that read `started` when the machine's monotonic one read `monotonic`, and runs `speed` times as fast."""

    started: datetime
    speed: float
    monotonic: float

    def now(self) -> datetime:
        """Return the scaled time, in UTC."""
        return self.started + timedelta(seconds=(time.monotonic() - self.monotonic) * self.speed)

    def real(self, seconds: float) -> float:
        """Return how long `seconds` of the scaled clock really take."""
        return seconds / self.speed
