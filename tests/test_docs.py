"""The pages are built in strict mode, each has its place, and none asks the network for anything."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from commands import page as commands_page
from tests.pages import NOT_RUN, ROOT, Block, blocks, pages

PICTURE = ROOT / "docs" / "pictures" / "port-5201.svg"
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does; a page without a place in the nav, or a link into nowhere, fails it."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder


class _Names(yaml.SafeLoader):
    """Reads mkdocs.yml without running what it names."""


_Names.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


def in_nav(entry: object) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    values = entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else []
    return [page for value in values for page in in_nav(value)]


def test_each_page_is_in_the_nav() -> None:
    read = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader=_Names)  # noqa: S506 - a SafeLoader
    placed = in_nav(read["nav"])
    there = [str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")]
    missing = sorted(set(there) - set(placed))
    assert not missing, f"no place in the nav of mkdocs.yml: {', '.join(missing)}"
    assert len(placed) == len(set(placed))


def test_the_site_has_all_pages(site: Path) -> None:
    for name in ("index", "changelog", "skill", "commands", "examples/index", "rules"):
        assert (site / f"{name}.html").exists(), name
    assert (site / "pictures" / PICTURE.name).exists()
    assert not (site / "pages.py").exists()


def test_the_site_fetches_nothing_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        fetched = re.findall(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?(https?:[^\"\s>]*)", text)
        fetched += re.findall(
            r"<link\b[^>]*rel=\"?(?:stylesheet|preload|preconnect|icon)[^>]*href=\"?(https?:[^\"\s>]*)", text
        )
        assert not fetched, f"{page.name}: {fetched}"
    for sheet in site.rglob("*.css"):
        assert not re.findall(r"url\(\"?https?:", sheet.read_text(encoding="utf-8")), sheet.name


def test_the_commands_page_is_what_the_program_says() -> None:
    written = commands_page.PAGE.read_text(encoding="utf-8")
    assert written == commands_page.page(), "make it anew: python -m commands.page"


def test_the_picture_shows_the_command_of_the_readme_and_needs_nothing_from_elsewhere() -> None:
    text = PICTURE.read_text(encoding="utf-8").replace("&#160;", " ")
    shown = re.search(r"\.venv/bin/python deploy\.py up[^<]*", text)
    assert shown is not None
    assert f"\n{shown[0]} " in README
    assert "error[elb-health-port-mismatch]" in text
    assert not re.findall(r"(?:url\(|href=)\"?https?:", text)


def every_block() -> list[Block]:
    return [block for page in pages() for block in blocks(page)]


@pytest.mark.parametrize("block", every_block(), ids=str)
def test_what_a_reader_would_paste_is_marked_as_commands(block: Block) -> None:
    if block.language in {"", "console", "bash", "shell"}:
        assert not block.looks_like_commands, f"{block}: write ```sh, so that the tests run it"
    if block.note.startswith(NOT_RUN):
        assert len(block.note) > len(NOT_RUN), f"{block}: say why it is not run"
