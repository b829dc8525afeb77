"""The README is true: its commands, images and exit codes are the program's."""

import re
import subprocess
import sys
from pathlib import Path

from automation.outcome import ExitCode
from diagnostics.rules import RULES
from sandbox.images import load_catalogue

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def first_cells(header: str) -> list[str]:
    """Return the first cell of each row of the table that begins with this header."""
    table = README.split(f"| {header} |", 1)[1].split("\n\n", 1)[0]
    return [row.split("|")[1].strip() for row in table.splitlines()[2:]]


def test_every_command_of_the_table_is_one_and_none_is_left_out() -> None:
    listed = {command.strip("`").split()[0] for command in first_cells("command")}
    printed = subprocess.run([sys.executable, ROOT / "deploy.py", "--help"], capture_output=True, text=True, check=True)
    known = set(re.findall(r"^  (\w+) {2,}\S", printed.stdout.split("Commands:")[1], re.MULTILINE))
    assert listed == known


def test_every_image_of_the_registry_is_in_the_table() -> None:
    tags = {tag for cell in first_cells("image") for tag in re.findall(r"`shop:([^`]+)`", cell)}
    assert tags - {"no-such-tag"} == {image.tag for image in load_catalogue().images if image.repository == "shop"}


def test_every_exit_code_is_explained() -> None:
    assert [int(cell) for cell in first_cells("exit code")] == sorted(int(code) for code in ExitCode)


def test_it_says_how_many_causes_are_known() -> None:
    assert f"[{len(RULES)} causes](docs/rules.md)" in README


def test_the_make_targets_that_it_names_exist() -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"up", "test"} <= set(targets)
    assert set(re.findall(r"^make (\w+)", README, re.MULTILINE)) <= set(targets)


def test_the_changelog_names_every_rule() -> None:
    assert {f"`{rule.ID}`" for rule in RULES} <= set(re.findall(r"`[a-z0-9-]+`", CHANGELOG))


def test_local_links_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
