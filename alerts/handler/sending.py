"""What a destination is, and what can go wrong on the way to it."""

from collections.abc import Mapping
from typing import Any, Protocol


class SendError(Exception):
    """A message was not sent, or nobody knows whether it was; the sentence never holds an address or a token."""

    def __init__(
        self,
        reason: str,
        *,
        retry_after: float | None = None,
        permanent: bool = False,
        sent_nothing: bool = True,
    ) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        """Seconds after which to try again, where the destination said so."""
        self.permanent = permanent
        """Whether another try would end alike."""
        self.sent_nothing = sent_nothing
        """Whether it is certain that the destination did not take the message."""


class Destination(Protocol):
    """Where alerts are sent."""

    @property
    def name(self) -> str:
        """Its name in the table: letters only."""
        ...

    @property
    def updates(self) -> bool:
        """Whether a message that was sent can be changed."""
        ...

    def send(self, document: Mapping[str, Any], reference: Mapping[str, str], attempted_ms: int) -> Mapping[str, str]:
        """Send `alert/1`, and return how the destination knows the message from now on.

        Args:
            document: the alert.
            reference: what an earlier `send` of the same alert returned; empty for the first.
            attempted_ms: when an earlier try began of which nobody knows whether it was taken; 0 where there was none.

        Raises:
            SendError: it was not taken.
        """
        ...
