"""The SIGINTs that the engine gets in one run: the first cancels, the second cuts off; never two by accident.

The first one keeps the engine from starting anything further; what is in flight is waited for and recorded. The second
one ends the engine at once and leaves a pending operation for each resource in flight. Source:
https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/backend/cancellation_scope.go.
"""

from collections.abc import Callable

BETWEEN_SIGNALS = 2.0
"""Seconds of real time between two SIGINTs, so that the engine takes them for two."""


class Cancellation:
    """Several services may want the update ended at once; the engine hears of it once."""

    def __init__(self, interrupt: Callable[[], bool], monotonic: Callable[[], float]) -> None:
        """Make one for an update.

        Args:
            interrupt: sends SIGINT to the engine, and returns whether there was one that could take it.
            monotonic: real seconds, from any start.
        """
        self._interrupt = interrupt
        self._monotonic = monotonic
        self._wanted = 0
        self._sent_at: list[float] = []

    @property
    def wanted(self) -> bool:
        """Whether the update is to be ended."""
        return self._wanted > 0

    @property
    def sent(self) -> int:
        """How many SIGINTs the engine got: 0, 1 or 2."""
        return len(self._sent_at)

    @property
    def cut_off(self) -> bool:
        """Whether the second one was sent, so that pending operations may be left."""
        return self.sent > 1

    def cancel(self) -> None:
        """Have nothing further started."""
        self._wanted = max(self._wanted, 1)
        self.advance()

    def cut(self) -> None:
        """End the engine: the first SIGINT now, where it was not sent yet, and the second as soon as it counts."""
        self._wanted = 2
        self.advance()

    def advance(self) -> None:
        """Send what is due. To be called now and then: the engine cannot take a signal before its prelude."""
        if self.sent < self._wanted and self._far_from_the_last() and self._interrupt():
            self._sent_at.append(self._monotonic())

    def _far_from_the_last(self) -> bool:
        return not self._sent_at or self._monotonic() - self._sent_at[-1] >= BETWEEN_SIGNALS
