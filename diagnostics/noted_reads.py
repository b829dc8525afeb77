"""The reads of look after look: what fails is a gap of its look, what AWS throttles makes the next looks rarer."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from diagnostics.answers import WRONG
from diagnostics.clock import Clock
from diagnostics.reads import Answer, ReadError

THROTTLED_FOR = timedelta(seconds=30)
"""How long a watcher looks less often after ThrottlingException; ECS's buckets of reads refill 20 calls a second."""
_SLOWEST = 4
"""Doublings of the interval at most: 16 times as long."""
NOT_AS_MODELLED = "the answer is not as the API's model says"

Read = TypeVar("Read")


class NotedReads:
    """Reads for one collector, and keeps what failed of the look that it is at.

    Args:
        clock: tells when AWS asked to be called less often.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.gaps: list[dict[str, str]] = []
        """What could not be read in this look: `what`, and AWS's answer as `why`."""
        self.kept: dict[tuple[str, ...], Any] = {}
        """What never changes, by what it is."""
        self._throttled_at: datetime | None = None
        self._throttled_now = False
        self._throttled_looks = 0

    def begin(self) -> None:
        """Begin a look: nothing failed yet."""
        self.gaps, self._throttled_now = [], False

    def end(self) -> None:
        """End a look."""
        self._throttled_looks = self._throttled_looks + 1 if self._throttled_now else 0

    def throttled(self, now: datetime) -> bool:
        """Say whether an API asked to be called less often a short while ago."""
        return self._throttled_at is not None and now - self._throttled_at < THROTTLED_FOR

    def slower(self, now: datetime) -> int:
        """Return how many times longer to wait until the next look: twice as long for each throttled look in a row."""
        return 2 ** min(max(self._throttled_looks, 1), _SLOWEST) if self.throttled(now) else 1

    def read(self, what: str, call: Callable[[], Read], otherwise: Read) -> Read:
        """Return what `call` reads; where that fails note the gap and return `otherwise`."""
        try:
            return call()
        except ReadError as failed:
            self._note(what, failed.answer)
            return otherwise

    def read_once(self, what: str, key: tuple[str, ...], call: Callable[[], Read], otherwise: Read) -> Read:
        """Return what was read before under `key`, or read and keep it; failures are not kept."""
        if key not in self.kept:
            gaps = len(self.gaps)
            read = self.read(what, call, otherwise)
            if len(self.gaps) > gaps:
                return otherwise
            self.kept[key] = read
        kept: Read = self.kept[key]
        return kept

    def guard(self, what: str, step: Callable[[], None]) -> None:
        """Take a step; an answer that lacks what its API always tells is a gap, and the other steps are taken."""
        try:
            step()
        except WRONG as wrong:
            self.miss(what, f"{NOT_AS_MODELLED}: {type(wrong).__name__}: {wrong}")

    def note(self, failed: Iterable[tuple[str, Answer]]) -> None:
        """Note what others could not read."""
        for what, answer in failed:
            self._note(what, answer)

    def miss(self, what: str, why: str) -> None:
        """Note a gap that is no refusal of AWS's."""
        self.gaps.append({"what": what, "why": why})

    def _note(self, what: str, answer: Answer) -> None:
        if answer.throttled:
            self._throttled_at, self._throttled_now = self._clock.now(), True
        self.miss(what, str(answer))
