"""Ctrl-C, SIGTERM and a lost terminal: how they reach the driver, and what each is answered with."""

import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Source(StrEnum):
    """What interrupts."""

    CTRL_C = "SIGINT"
    TERMINATE = "SIGTERM"
    HANGUP = "SIGHUP"


class Choice(StrEnum):
    """What is to become of a deployment that is not doomed."""

    LEAVE = "leave"
    """It goes on in ECS, and the run ends."""
    ROLL_BACK = "rollback"
    """It is stopped, and the run ends when the previous revision is proven to serve."""
    WATCH = "watch"
    """Nothing happens: the run goes on."""


class Reply(StrEnum):
    """What an interrupt leads to."""

    ASK = "ask"
    """The person is asked for a `Choice`."""
    LEAVE = "leave"
    ROLL_BACK = "rollback"
    CANCEL = "cancel"
    """Nothing further is started: there is no deployment to decide about."""
    HURRY = "hurry"
    """Nothing is waited for any more."""


@dataclass(frozen=True)
class Interrupted:
    """A person or the system interrupts the run."""

    source: Source = Source.CTRL_C


@dataclass(frozen=True)
class Answered:
    """The person has chosen."""

    choice: Choice


@dataclass(frozen=True)
class Situation:
    """What an interrupt finds."""

    deploying: bool
    """A service's operation is under way, or its deployment, and neither is doomed."""
    again: bool
    """An interrupt was answered before, or the question is open."""


def reply(source: Source, situation: Situation, configured: Choice, *, can_ask: bool) -> Reply:
    """Say what an interrupt leads to; only a person at a terminal is asked, and only once."""
    if situation.again:
        return Reply.HURRY
    if not situation.deploying:
        return Reply.CANCEL
    if source is Source.CTRL_C and can_ask:
        return Reply.ASK
    return Reply.ROLL_BACK if configured is Choice.ROLL_BACK else Reply.LEAVE


class Asker(Protocol):
    """Who can ask a person while the run goes on."""

    @property
    def can_ask(self) -> bool:
        """Whether there is a terminal with a person at it."""
        ...

    def ask(self, question: str, answer: Callable[[Choice | None], object]) -> None:
        """Ask, and return at once; `answer` is called from a thread, with None where there is nobody any more."""

    def withdraw(self) -> None:
        """Ask no more, because the answer does not matter any more."""


class Nobody:
    """Nobody to ask."""

    can_ask = False

    def ask(self, question: str, answer: Callable[[Choice | None], object]) -> None:
        """Answer at once that there is nobody."""
        del question
        answer(None)

    def withdraw(self) -> None:
        """There was no question."""


@contextmanager
def interrupts_as_messages(messages: "queue.Queue[Any]") -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and SIGHUP into messages while the driver runs; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    # A handler runs between two steps of the main thread, which may hold the lock of `messages` just then: put from the
    # handler, the two would wait for each other for ever. A SimpleQueue's `put` may be called there, by its contract.
    taken: queue.SimpleQueue[Source | None] = queue.SimpleQueue()

    def forward() -> None:
        for source in iter(taken.get, None):
            messages.put(Interrupted(source))

    def take(number: int, _frame: object) -> None:
        taken.put(Source(signal.Signals(number).name))

    forwarder = threading.Thread(target=forward, name="interrupts", daemon=True)
    forwarder.start()
    kinds = [signal.Signals[source.value] for source in Source]
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        kinds.remove(signal.SIGHUP)  # started with nohup: it is to go on
    before = [(kind, signal.signal(kind, take)) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in before:
            signal.signal(kind, handler)
        taken.put(None)
        forwarder.join()
