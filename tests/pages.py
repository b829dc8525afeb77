"""The commands and files that README and docs show, as the tests run them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(
    r"(?:^<!-- (?P<note>[^\n]*) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_COMMAND = re.compile(
    r"^(\$ )?(\S*deploy\.py|failwell|aws|pulumi|make|pip|pipx|git|cp|cd|ln|export|python3?|\.venv/\S+)( [\w.\"/-]|$)",
    re.MULTILINE,
)
_EXIT = re.compile(r"\bexit (\d)$")
NOT_RUN = "not run here: "
FILE = "file: "


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, and the comment right above it."""

    page: Path
    line: int
    language: str
    note: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def shell(self) -> bool:
        """Whether it holds commands."""
        return self.language == "sh"

    @property
    def runs(self) -> bool:
        """Whether the tests run it; the page says why where they do not."""
        return self.shell and not self.note.startswith(NOT_RUN)

    @property
    def looks_like_commands(self) -> bool:
        """Whether a reader would paste it."""
        return bool(_COMMAND.search(self.text))

    @property
    def file(self) -> str:
        """The name under which a reader keeps what it shows; "" for none."""
        return self.note.removeprefix(FILE) if self.note.startswith(FILE) else ""

    def commands(self) -> Iterator["Command"]:
        """Yield its commands; what ends in a backslash goes on in the next line."""
        for line in self.text.replace("\\\n", " ").splitlines():
            command, _, comment = line.partition("  # ")
            if command.strip():
                code = _EXIT.search(comment)
                yield Command(command.strip(), int(code[1]) if code else 0, "until Ctrl-C" in comment)


@dataclass(frozen=True)
class Command:
    """A line to be run. `exit_code` is what its comment says that it ends with, else 0."""

    line: str
    exit_code: int
    until_interrupted: bool


def pages() -> list[Path]:
    """Return what a user reads: the README and all pages of docs/, but for rules.md.

    That one is made of the rules, whose commands have names in CAPITALS; it has tests of its own.
    """
    return [ROOT / "README.md", *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.name != "rules.md")]


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, from top to bottom."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, found.start("language")) + 1,
            found["language"],
            found["note"] or "",
            found["text"],
        )
        for found in _BLOCK.finditer(text)
    ]
