"""The clock that deployments are measured with: ECS's own against AWS, scaled time against a sandbox."""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol


class Clock(Protocol):
    """ECS's clock, as far as a watcher needs it. All lengths are seconds of that clock.

    What is compared with a time that AWS tells is `now` or `at`. What is compared with a length is a difference of
    `elapsed`: `now` may be set right in between.
    """

    def now(self) -> datetime:
        """Return the time that ECS would stamp on an event now, in UTC, as far as is known."""
        ...

    def real(self, seconds: float) -> float:
        """Return how many seconds of real time `seconds` of this clock take."""
        ...

    def elapsed(self) -> float:
        """Return the seconds since any start. They run evenly; those of a clock that is never set are its time."""
        return self.now().timestamp()

    def at(self, elapsed: float) -> datetime:
        """Return the time that ECS would have stamped on an event when `elapsed` was read, as far as is known now."""
        return datetime.fromtimestamp(elapsed, UTC)


class RealClock(Clock):
    """The machine's own clock: AWS's where the machine is AWS's, as that of a Lambda function."""

    def now(self) -> datetime:
        """Return the machine's time, in UTC."""
        return datetime.now(UTC)

    def real(self, seconds: float) -> float:
        """Return `seconds` as they are."""
        return seconds


@dataclass(frozen=True)
class ScaledClock(Clock):
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


def machine_clock() -> ScaledClock:
    """Return a clock that goes on evenly from the machine's time, whoever sets that meanwhile."""
    return ScaledClock(datetime.now(UTC), 1, time.monotonic())


_NONSENSE = timedelta(days=3650)
"""So far off no clock is, and a time so near the end of the calendar that adding to it fails is none. Own choice."""


class Listener(Protocol):
    """What is told of answers: `ServerClock`."""

    def elapsed(self) -> float:
        """Return the seconds since any start."""
        ...

    def hear(self, date: str | None, asked: float, answered: float) -> None:
        """Take the `Date` of an answer, and what `elapsed` was when it was asked for and when it was there."""
        ...


class ServerClock(Clock):
    """A clock of this machine that is set by what AWS answers; safe for several threads at once.

    Each answer of AWS has the time in its `Date` header, in whole seconds (RFC 9110, section 6.6.1): it was stamped
    between the question and the answer. The clock is set only where it is not within that second, and no further than
    to its edge, so that one that is right is left alone, and each answer brings one that is wrong nearer.

    Args:
        base: runs evenly, and may be off.
    """

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._start = base.now()
        self._ahead = timedelta()
        """How far AWS's clock is ahead of the base."""
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return AWS's time, as far as an answer has told it; before, the base's."""
        return self._base.now() + self._ahead

    def real(self, seconds: float) -> float:
        """Return how long `seconds` of this clock really take."""
        return self._base.real(seconds)

    def elapsed(self) -> float:
        """Return the seconds since the clock was made; setting it does not change them."""
        return (self._base.now() - self._start).total_seconds()

    def at(self, elapsed: float) -> datetime:
        """Return AWS's time when `elapsed` was read, by what is known now."""
        return self._start + timedelta(seconds=elapsed) + self._ahead

    def hear(self, date: str | None, asked: float, answered: float) -> None:
        """Take the `Date` of an answer, and what `elapsed` was when it was asked for and when it was there.

        One that is no date, or is years off, says nothing.
        """
        try:
            stamped = parsedate_to_datetime(date or "").astimezone(UTC)
        except (ValueError, OverflowError):
            return
        if abs(stamped - self._base.now()) > _NONSENSE:
            return
        least = stamped - self._start - timedelta(seconds=answered)
        most = stamped + timedelta(seconds=1) - self._start - timedelta(seconds=asked)
        with self._lock:
            self._ahead = min(max(self._ahead, least), most)


_ASKED = "failwell_asked"
"""Where a call's context keeps when it was asked."""


def listen(events: Any, clock: Listener) -> None:
    """Have a clock hear every answer, refusals too, that comes to the clients of a session with these events.

    Args:
        events: `boto3.Session.events`. `before-call` and `after-call` of one call have one `context` (botocore's
            `client.py`, `_make_api_call`).
        clock: is set.
    """

    def before(context: dict[str, Any], **_more: Any) -> None:
        context[_ASKED] = clock.elapsed()

    def after(http_response: Any, context: dict[str, Any], **_more: Any) -> None:
        if _ASKED in context:  # it is not where something before answered in AWS's place
            clock.hear(http_response.headers.get("Date"), context[_ASKED], clock.elapsed())

    events.register("before-call", before)
    events.register("after-call", after)
