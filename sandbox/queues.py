"""SQS on the sandbox's clock: moto's queues, whose timeouts, delays and long polls pass as fast as ECS's time does.

Also mended: moto loses a message that arrives while another one is deleted, may give one message to two who ask at
once, and runs functions inside of SendMessage. Whoever has to know of a queue's messages is told of their changes.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from functools import partialmethod
from typing import Any

_POLL_SECONDS = 0.02
"""Real seconds between two looks of a long poll."""
_MILLISECONDS = 1000.0

HELD = float("inf")
"""When a message is visible whose time stands still."""

OnChange = Callable[[Any], object]
"""Told of a moto queue in which a message was put, came back or went."""


class _OnClock:
    """moto's operations on queues, with a clock of ours.

    Args:
        now: reads the clock.
        on_change: told of a queue, in the thread of whoever changed it.
    """

    def __init__(self, now: Callable[[], datetime], on_change: OnChange) -> None:
        import moto.sqs.models as moto

        self._now = now
        self._on_change = on_change
        self._receive = moto.SQSBackend.receive_message
        self._delete = moto.Queue.delete_message
        self._change = moto.SQSBackend.change_message_visibility
        self._add = moto.Queue.add_message
        self._receiving = threading.local()

    def time(self, _at: datetime | None = None) -> float:
        """Return the time as moto reads it."""
        return self._now().timestamp()

    def milliseconds(self, _at: datetime | None = None) -> float:
        """Return the time as moto writes it to messages."""
        return self._now().timestamp() * _MILLISECONDS

    def add(self, queue: Any, message: Any) -> None:
        """Put a message into a queue."""
        queue.lambda_event_source_mappings = {}  # moto would run the function here and now
        self._add(queue, message)
        buried: list[Any] | None = getattr(self._receiving, "buried", None)
        if buried is None:
            self._on_change(queue)
        else:  # a dead letter: the queue that it comes from is locked, and nobody is told before it is not
            buried.append(queue)

    def delete(self, queue: Any, receipt_handle: str) -> None:
        """Delete a message."""
        with queue._messages_lock:  # noqa: SLF001 - moto's own; its add_message takes it
            self._delete(queue, receipt_handle)

    def change(self, backend: Any, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
        """Set when a message comes back."""
        self._change(backend, queue_name, receipt_handle, visibility_timeout)
        self._on_change(backend.get_queue(queue_name))

    def receive(
        self, backend: Any, queue_name: str, count: int, wait_seconds: float, visibility: int, names: Any = None
    ) -> list[Any]:
        """Receive messages, waiting for them so long."""
        queue = backend.get_queue(queue_name)
        until = self.time() + wait_seconds
        buried: list[Any] = []
        self._receiving.buried = buried
        try:
            while True:
                with queue._messages_lock:  # noqa: SLF001
                    found: list[Any] = self._receive(backend, queue_name, count, 0, visibility, names)
                    if not found and self.time() < until:
                        queue._messages_lock.wait(_POLL_SECONDS)  # noqa: SLF001
                if found or self.time() >= until:
                    break
        finally:
            self._receiving.buried = None
        for each in [queue, *buried]:
            self._on_change(each)
        return found


def install(now: Callable[[], datetime], on_change: OnChange) -> Callable[[], None]:
    """Put moto's SQS on a clock, in this process; return what undoes it.

    Args:
        now: reads the clock.
        on_change: told of a queue, in the thread of whoever changed it, which holds no lock of a queue.
    """
    import moto.sqs.models as moto

    ours = _OnClock(now, on_change)
    changes: list[tuple[Any, str, Any]] = [
        (moto, "unix_time", ours.time),
        (moto, "unix_time_millis", ours.milliseconds),
        (moto.Queue, "add_message", partialmethod(_call, ours.add)),
        (moto.Queue, "delete_message", partialmethod(_call, ours.delete)),
        (moto.SQSBackend, "change_message_visibility", partialmethod(_call, ours.change)),
        (moto.SQSBackend, "receive_message", partialmethod(_call, ours.receive)),
    ]
    before = [(owner, name, vars(owner)[name]) for owner, name, _ in changes]
    for owner, name, new in changes:
        setattr(owner, name, new)

    def undo() -> None:
        for owner, name, old in before:
            setattr(owner, name, old)

    return undo


def _call(owner: Any, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
    return function(owner, *given, **named)


def due(queue: Any, now: datetime) -> float | None:
    """Return in how many seconds the next message of a moto queue can be received; None where it has none.

    0 where one can be now; those that are held do not count.
    """
    at = now.timestamp() * _MILLISECONDS
    waits = [max(each.visible_at, each.delayed_until) - at for each in list(queue._messages)]  # noqa: SLF001
    soonest = min(waits, default=HELD)
    return None if soonest == HELD else max(0.0, soonest / _MILLISECONDS)


def visible(queue: Any) -> int:
    """Return how many messages of a moto queue can be received."""
    return len(queue.messages)


def oldest_seconds(queue: Any, now: datetime) -> float:
    """Return how old the oldest message of a moto queue is, 0 where it has none."""
    sent = [each.sent_timestamp for each in list(queue._messages)]  # noqa: SLF001
    return max(0.0, now.timestamp() - min(sent) / _MILLISECONDS) if sent else 0.0
