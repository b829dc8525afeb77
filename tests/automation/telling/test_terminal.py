"""A person is asked without holding anything up, and prints outlive whoever reads them."""

import os
import pty
import queue
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from automation.ending.interrupts import Choice
from automation.telling.terminal import Terminal

ROOT = Path(__file__).resolve().parents[3]


class Person:
    """Both sides of a terminal."""

    def __init__(self) -> None:
        self.keys, theirs = pty.openpty()
        self.screen: queue.Queue[str] = queue.Queue()
        self.answers: queue.Queue[Choice | None] = queue.Queue()
        self.source = os.fdopen(theirs)
        self.terminal = Terminal(self.source, self.screen.put)

    def press(self, keys: str) -> None:
        os.write(self.keys, keys.encode())


@pytest.fixture
def person() -> Iterator[Person]:
    made = Person()
    yield made
    made.terminal.withdraw()
    made.source.close()


@pytest.mark.parametrize(
    ("keys", "choice"),
    [("l\n", Choice.LEAVE), ("R\n", Choice.ROLL_BACK), (" watch \n", Choice.WATCH), ("roll back\n", Choice.ROLL_BACK)],
)
def test_an_answer_is_a_letter_or_a_word(person: Person, keys: str, choice: Choice) -> None:
    assert person.terminal.can_ask
    person.terminal.ask("What now?", person.answers.put)
    assert "[r] roll it back" in person.screen.get(timeout=5)
    person.press(keys)
    assert person.answers.get(timeout=5) is choice


def test_what_is_no_answer_is_asked_again(person: Person) -> None:
    person.terminal.ask("What now?", person.answers.put)
    person.screen.get(timeout=5)
    person.press("maybe\n")
    assert "`maybe` is none of them" in person.screen.get(timeout=5)
    person.press("w\n")
    assert person.answers.get(timeout=5) is Choice.WATCH


def test_a_withdrawn_question_gets_no_answer_and_leaves_the_line_to_the_next(person: Person) -> None:
    person.terminal.ask("What now?", person.answers.put)
    person.screen.get(timeout=5)
    person.terminal.withdraw()
    person.terminal.ask("And now?", person.answers.put)
    assert "And now?" in person.screen.get(timeout=5)
    person.press("l\n")
    assert person.answers.get(timeout=5) is Choice.LEAVE
    assert person.answers.empty()


def test_a_terminal_that_is_gone_answers_nothing(person: Person) -> None:
    person.terminal.ask("What now?", person.answers.put)
    person.screen.get(timeout=5)
    os.close(person.keys)
    assert person.answers.get(timeout=5) is None


def test_a_pipe_is_no_person() -> None:
    ours, theirs = os.pipe()
    os.close(theirs)
    with os.fdopen(ours) as source:
        assert not Terminal(source, print).can_ask


_SPEAKS = """
import sys
import typer
from automation.telling.terminal import outlive_readers
outlive_readers()
sys.stdin.readline()
for stream in (False, True):
    typer.echo("nobody hears this", err=stream)
print("nor this", flush=True)
print("and this is still in a buffer")
open(sys.argv[1], "w").write("went on")
raise SystemExit(6)
"""


@pytest.mark.parametrize("gone", ["pipe", "terminal"])
def test_a_process_goes_on_when_nobody_reads_it_any_more(tmp_path: Path, gone: str) -> None:
    reads, writes = os.pipe() if gone == "pipe" else pty.openpty()
    done = tmp_path / "done"
    with subprocess.Popen(
        [sys.executable, "-c", _SPEAKS, str(done)], stdin=subprocess.PIPE, stdout=writes, stderr=writes, cwd=ROOT
    ) as process:
        os.close(writes)
        os.close(reads)
        process.communicate(b"\n", timeout=30)
    assert done.read_text(encoding="utf-8") == "went on"
    assert process.returncode == 6
