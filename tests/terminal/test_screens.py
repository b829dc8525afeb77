"""The live view as a person sees it, in terminals of several sizes; the screens are stored beside the tests.

`UPDATE_SCREENS=1 pytest tests/terminal` writes them anew.
"""

from pathlib import Path

import pytest

from tests.terminal.conftest import CODES, END, Play, Terminal, expect_text, needs_tmux

pytestmark = needs_tmux
SMALL, LARGE, VERY_WIDE = (80, 24), (200, 50), (600, 50)
ENGINE, FIRST_TASK, SUSPECT, DOOMED, QUESTION, ANSWERED, PROVEN = 1, 2, 3, 4, 7, 8, 9
"""Steps of the story `port-5201`: the engine works, a task starts, something is wrong, the deployment is stopped, …"""
CRASHED_TWICE, TRIGGERED = 3, 4
"""Steps of the story `crash-on-start`: the breaker counts, and is triggered."""


def begin(terminal: Terminal, directory: Path, story: str, size: tuple[int, int], *, steps: int, **env: str) -> Play:
    play = Play(directory, story, "--stay")
    terminal.run(" ".join(play.arguments), *size, env)
    play.go_to(steps)
    return play


def test_a_small_terminal_shows_the_run_from_the_engine_to_the_proof(terminal: Terminal, directory: Path) -> None:
    play = begin(terminal, directory, "port-5201", SMALL, steps=ENGINE)
    terminal.expect("engine-80x24")
    play.go_to(FIRST_TASK)
    terminal.expect("first-task-80x24")
    play.go_to(SUSPECT)
    terminal.expect("suspect-80x24")
    play.go_to(DOOMED)
    terminal.expect("doomed-80x24")
    play.go_to(PROVEN)
    terminal.expect("proven-80x24")


def test_the_end_is_a_summary_above_the_report_below_what_was_there_before(terminal: Terminal, directory: Path) -> None:
    play = Play(directory, "port-5201", "--stay")
    terminal.run(f"sh -c 'echo before; {' '.join(play.arguments)}'", *SMALL)
    play.go_to(DOOMED)
    terminal.wait(lambda screen: "waiting cannot help" in screen and "before" not in screen)
    play.go_to(END)
    terminal.expect("end-80x24", history=True)


def test_a_large_terminal_has_two_columns(terminal: Terminal, directory: Path) -> None:
    begin(terminal, directory, "port-5201", LARGE, steps=DOOMED)
    terminal.expect("doomed-200x50")


def test_the_breaker_and_the_log_of_what_crashes_are_shown(terminal: Terminal, directory: Path) -> None:
    play = begin(terminal, directory, "crash-on-start", LARGE, steps=CRASHED_TWICE)
    terminal.expect("crash-200x50")
    terminal.resize(*SMALL)
    terminal.expect("crash-80x24")
    play.go_to(TRIGGERED)
    terminal.expect("crash-triggered-80x24")


def test_it_survives_resizing_and_what_others_write(terminal: Terminal, directory: Path) -> None:
    begin(terminal, directory, "port-5201", SMALL, steps=DOOMED)
    terminal.expect("doomed-80x24")
    for columns, rows in ((60, 10), (30, 4), (200, 50), (10, 2), (80, 24)):
        terminal.resize(columns, rows)
        terminal.expect(f"doomed-{columns}x{rows}")
    terminal.press(*(["x", "Enter"] * 30))
    terminal.expect("doomed-80x24")
    first = terminal.screen(codes=True).splitlines()[1]
    assert CODES.sub("", first).startswith("failing")
    assert first.startswith("\x1b[1m\x1b[31m"), "bold and red"


def test_a_question_has_the_screen_for_itself(terminal: Terminal, directory: Path) -> None:
    play = begin(terminal, directory, "port-5201", SMALL, steps=QUESTION)
    terminal.expect("question-80x24")
    play.go_to(ANSWERED)
    terminal.expect("answered-80x24")


def test_no_colour_means_no_codes_and_the_same_screen(terminal: Terminal, directory: Path) -> None:
    begin(terminal, directory, "port-5201", SMALL, steps=DOOMED, NO_COLOR="1")
    terminal.expect("doomed-80x24")
    assert "\x1b" not in terminal.screen(codes=True)


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"CI": "true"}], ids=["dumb", "ci"])
def test_a_terminal_that_nobody_draws_on_gets_lines(
    terminal: Terminal, directory: Path, environment: dict[str, str]
) -> None:
    play = begin(terminal, directory, "port-5201", VERY_WIDE, steps=DOOMED, **environment)
    play.go_to(END)
    expect_text("lines", terminal.screen())


def test_quiet_prints_the_result_alone(terminal: Terminal, directory: Path) -> None:
    play = Play(directory, "port-5201", "--stay", "--quiet")
    terminal.run(" ".join(play.arguments), *LARGE)
    play.go_to(END)
    assert terminal.wait(lambda screen: "help:" in screen).splitlines()[1].startswith("error[elb-health-port-mismatch]")


def test_verbose_keeps_the_events_of_ecs(terminal: Terminal, directory: Path) -> None:
    play = Play(directory, "port-5201", "--stay", "--verbose")
    terminal.run(" ".join(play.arguments), *LARGE)
    play.go_to(DOOMED)
    play.go_to(END)
    terminal.expect("verbose-end-200x50", history=True)


def test_a_run_goes_on_when_its_terminal_is_gone(terminal: Terminal, directory: Path) -> None:
    play = Play(directory, "port-5201")
    terminal.run(f"sh -c 'trap \"\" HUP; exec {' '.join(play.arguments)}'", *SMALL)
    play.go_to(SUSPECT)
    terminal.wait(lambda screen: "it may recover" in screen)
    terminal.close()
    play.go_to(END)
