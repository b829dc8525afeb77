"""What each signal is answered with, how signals become messages, and the engine's signals that come of them."""

import os
import queue
import signal
from typing import Any

import pytest

from automation.ending.cancellation import BETWEEN_SIGNALS, Cancellation
from automation.ending.interrupts import Choice, Interrupted, Reply, Situation, Source, interrupts_as_messages, reply


@pytest.mark.parametrize(
    ("source", "can_ask", "configured", "expected"),
    [
        (Source.CTRL_C, True, Choice.ROLL_BACK, Reply.ASK),
        (Source.CTRL_C, False, Choice.LEAVE, Reply.LEAVE),
        (Source.CTRL_C, False, Choice.ROLL_BACK, Reply.ROLL_BACK),
        (Source.TERMINATE, True, Choice.LEAVE, Reply.LEAVE),
        (Source.HANGUP, True, Choice.ROLL_BACK, Reply.ROLL_BACK),
    ],
)
def test_only_ctrl_c_at_a_terminal_asks(source: Source, can_ask: bool, configured: Choice, expected: Reply) -> None:
    assert reply(source, Situation(deploying=True, again=False), configured, can_ask=can_ask) is expected
    assert reply(source, Situation(deploying=True, again=True), configured, can_ask=can_ask) is Reply.HURRY
    assert reply(source, Situation(deploying=False, again=False), configured, can_ask=can_ask) is Reply.CANCEL


def test_signals_become_messages_and_handlers_come_back() -> None:
    messages: queue.Queue[Any] = queue.Queue()
    before = [signal.getsignal(signal.Signals[source.value]) for source in Source]
    with interrupts_as_messages(messages):
        for source in Source:
            os.kill(os.getpid(), signal.Signals[source.value])
            assert messages.get(timeout=5) == Interrupted(source)
    assert [signal.getsignal(signal.Signals[source.value]) for source in Source] == before


def test_a_signal_that_comes_while_the_queue_is_held_holds_up_nobody() -> None:
    messages: queue.Queue[Any] = queue.Queue()
    with interrupts_as_messages(messages):
        with messages.mutex:  # as inside `get`, where the driver's thread is most of the time
            os.kill(os.getpid(), signal.SIGTERM)
        assert messages.get(timeout=5) == Interrupted(Source.TERMINATE)


def test_under_nohup_a_lost_terminal_changes_nothing() -> None:
    messages: queue.Queue[Any] = queue.Queue()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupts_as_messages(messages):
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGTERM)
            assert messages.get(timeout=5) == Interrupted(Source.TERMINATE)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_engine_gets_two_signals_at_most_and_never_two_at_once() -> None:
    now = [0.0]
    sent: list[float] = []
    ready = [False]

    def interrupt() -> bool:
        if ready[0]:
            sent.append(now[0])
        return ready[0]

    cancellation = Cancellation(interrupt, lambda: now[0])
    cancellation.advance()
    assert not cancellation.wanted
    cancellation.cancel()
    assert sent == [], "it cannot take one before its prelude"
    ready[0], now[0] = True, 1.0
    cancellation.advance()
    cancellation.cancel()
    assert sent == [1.0], "asked for twice, sent once"
    cancellation.cut()
    assert sent == [1.0]
    now[0] = 1.0 + BETWEEN_SIGNALS
    cancellation.advance()
    assert sent == [1.0, 1.0 + BETWEEN_SIGNALS]
    assert cancellation.cut_off
    now[0] = 100.0
    cancellation.cut()
    assert len(sent) == 2
