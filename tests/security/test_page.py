"""The page on security names tests and modules that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROOMS = "automation|commands|components|diagnostics|sandbox|tests"


def test_each_test_that_is_named_is_there() -> None:
    named = re.findall(rf"`((?:{ROOMS})/[\w/.]+)(?:::(\w+))?`", PAGE)
    assert len(named) > 30
    for path, test in named:
        file = ROOT / path
        assert file.exists(), path
        assert not test or f"def {test}(" in file.read_text(encoding="utf-8"), f"{path}::{test}"


def test_each_target_of_make_that_is_named_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([\w-]+)`", PAGE))
    assert len(named) >= 5
    assert [each for each in named if not re.search(rf"^{each}:", makefile, re.MULTILINE)] == []
