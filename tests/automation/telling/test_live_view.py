"""The view holds up nobody: not on a terminal that takes nothing, not when it is gone, not when it is itself wrong."""

import contextlib
import io
import os
import pty
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TextIO

import pytest

from automation.ending.interrupts import Choice
from automation.engine.update import Ended, ResourceStarted, Started
from automation.telling.live_view import AskingAside, LiveView
from diagnostics.render.live_screen import can_draw

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
A_TERMINAL = {"TERM": "xterm"}


class StandingClock:
    def now(self) -> datetime:
        return AT

    def real(self, seconds: float) -> float:
        return seconds


class Pseudo:
    """A terminal of 80 by 24 whose other end is in our hand."""

    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        self.file: TextIO = os.fdopen(slave, "w", encoding="utf-8")

    def read_until(self, words: bytes) -> bytes:
        read = b""
        while words not in read:
            read += os.read(self.master, 65536)
        return read

    def hang_up(self) -> None:
        os.close(self.master)
        self.master = -1


@pytest.fixture
def terminal() -> Iterator[Pseudo]:
    opened = Pseudo()
    yield opened
    if opened.master >= 0:
        opened.hang_up()
    with contextlib.suppress(OSError):
        opened.file.close()


def view_on(file: TextIO, said: list[str], **options: Any) -> LiveView:
    return LiveView("up: shop (dev)", StandingClock(), file, said.append, **options)


def resource(number: int) -> ResourceStarted:
    return ResourceStarted(f"urn:pulumi:dev::shop::aws:kms/key:Key::key-{number}", "aws:kms/key:Key", "create")


def test_lines_are_printed_until_the_first_message_and_drawn_then(terminal: Pseudo) -> None:
    said: list[str] = []
    with view_on(terminal.file, said) as view:
        view.say("before")
        view.take(Started())
        view.say("during")
        drawn = terminal.read_until(b"during")
    assert said == ["before"]
    assert drawn.startswith(b"\x1b[?1049h"), "the alternate screen"
    left = terminal.read_until(b"engine: ")
    assert b"\x1b[?25h\x1b[?1049l" in left, "the cursor and the screen from before"
    assert b"before" not in left


def test_nothing_is_drawn_or_left_of_a_run_without_a_message(terminal: Pseudo) -> None:
    with view_on(terminal.file, []) as view:
        view.say("refused")
    terminal.file.write("end")
    terminal.file.flush()
    assert terminal.read_until(b"end") == b"end"


def test_a_terminal_that_takes_nothing_holds_up_no_message(terminal: Pseudo) -> None:
    """Nobody reads the other end; its buffer is full after some frames, and then a write never returns."""
    view = view_on(terminal.file, [])
    for number in range(5_000):
        view.take(resource(number))
    view.take(Ended(None))
    terminal.hang_up()
    view.__exit__(None, None, None)


def test_a_terminal_that_hangs_up_ends_the_view_and_lines_are_printed_again(terminal: Pseudo) -> None:
    said: list[str] = []
    with view_on(terminal.file, said) as view:
        view.take(Started())
        terminal.read_until(b"engine")
        terminal.hang_up()
        while view.is_drawn:
            view.take(resource(0))
        view.say("the update has ended")
    assert said == ["the update has ended"]


def test_a_message_that_the_view_cannot_take_ends_the_view_alone(terminal: Pseudo) -> None:
    said: list[str] = []
    with view_on(terminal.file, said) as view:
        view.take(Started())
        for _ in range(3):
            view.take(ResourceStarted("no urn", "x", "create"))
        view.say("goes on")
        assert not view.is_drawn
    ended, *lines = said
    assert ended.startswith("the live view ended: ")
    assert lines == ["goes on"]


def test_a_question_has_the_view_out_of_its_way_until_it_is_answered(terminal: Pseudo) -> None:
    told: list[object] = []

    class Person:
        can_ask = True

        def ask(self, question: str, answer: Any) -> None:
            told.append((question, view.is_drawn))
            answer(Choice.WATCH)

        def withdraw(self) -> None:
            told.append("withdrawn")

    with view_on(terminal.file, []) as view:
        view.take(Started())
        asker = AskingAside(Person(), view)
        asker.ask("leave it?", lambda choice: told.append((choice, view.is_drawn)))
        asker.withdraw()
    asker.withdraw()
    assert told == [("leave it?", False), (Choice.WATCH, True), "withdrawn", "withdrawn"]
    assert not view.is_drawn, "a question that is withdrawn after the end draws nothing"


def test_letters_that_a_terminal_does_not_have_are_replaced(terminal: Pseudo) -> None:
    with os.fdopen(os.dup(terminal.file.fileno()), "w", encoding="ascii") as narrow, view_on(narrow, []) as view:
        view.take(Started())
        view.say("größer " + "x" * 100)
        assert b"gr??er xxx" in terminal.read_until(b"x~")


@pytest.mark.parametrize(
    "environment",
    [{}, {"TERM": "dumb"}, {"TERM": "unknown"}, A_TERMINAL | {"CI": "true"}],
    ids=["no TERM", "dumb", "unknown", "ci"],
)
def test_nobody_draws_where_nobody_looks(terminal: Pseudo, environment: dict[str, str]) -> None:
    assert can_draw(terminal.file, A_TERMINAL)
    assert not can_draw(terminal.file, environment)
    assert not can_draw(io.StringIO(), A_TERMINAL)
