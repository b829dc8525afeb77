"""What is printed where there is no terminal, and the page that shows what is drawn where there is one."""

import subprocess
from pathlib import Path

from tests.terminal.conftest import END, PATIENCE, ROOT, SCREENS, Play, expect_text


def test_without_a_terminal_there_are_lines_with_times_and_no_codes(directory: Path) -> None:
    play = Play(directory, "port-5201")
    play.ask_for(END)
    run = subprocess.run(play.arguments, capture_output=True, text=True, check=True, timeout=PATIENCE)
    output = run.stderr + run.stdout
    expect_text("lines", output)
    assert "\x1b" not in output


def test_the_page_of_the_view_shows_a_screen_that_is_stored() -> None:
    page = (ROOT / "docs" / "live-view.md").read_text(encoding="utf-8")
    assert f"```\n{(SCREENS / 'crash-80x24.txt').read_text(encoding='utf-8')}```" in page
