"""The README's picture: a real run on the sandbox, and the very lines that it printed, as an SVG.

    make picture     or: .venv/bin/python -m benchmarks.picture

It runs in a copy of the checkout, as a new user would: a first deployment, then the image of the story, on a clock slow
enough that the engine's own work weighs little. Nothing is added to what the second one printed, nothing left out, and
lines are folded where a terminal would fold them.
"""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "pictures" / "port-5201.svg"
FIRST = ".venv/bin/python deploy.py up --sandbox --config image=shop:good-1 --speed 10"
SHOWN = ".venv/bin/python deploy.py up --sandbox --config image=shop:port-5201"
COLUMNS = 116
_REMOTE_FONTS = re.compile(r"@font-face \{\{.*?\}\}\s*", re.DOTALL)
_COLOURS = re.compile(r"\x1b\[[\d;]*m")


def main() -> None:
    """Run it and write the picture."""
    with tempfile.TemporaryDirectory(prefix="shop-") as folder:
        checkout = Path(folder) / "failwell"
        left_out = shutil.ignore_patterns(".*", "tests", "__pycache__")
        shutil.copytree(ROOT, checkout, ignore=left_out)
        (checkout / ".venv").symlink_to((ROOT / ".venv").resolve())
        try:
            run(FIRST, checkout, expected=0)
            printed = run(SHOWN, checkout, expected=4)
        finally:
            subprocess.run([".venv/bin/python", "deploy.py", "sandbox", "stop"], cwd=checkout, check=False)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(to_svg(SHOWN, printed), encoding="utf-8")


def run(command: str, checkout: Path, *, expected: int) -> str:
    """Return what the command prints on both streams, coloured as on a terminal."""
    environment = os.environ | {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    ended = subprocess.run(
        shlex.split(command),
        cwd=checkout,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode != expected:
        raise SystemExit(f"{command}: exit {ended.returncode}, not {expected}\n{ended.stdout}")
    return ended.stdout


def to_svg(command: str, printed: str) -> str:
    """Return the command and what it printed as an SVG that needs nothing from elsewhere.

    Raises:
        SystemExit: the output does more than to write coloured lines, so that they would not be what a person saw.
    """
    if "\x1b" in _COLOURS.sub("", printed) or "\r" in printed:
        raise SystemExit("the output moves the cursor; the picture can show lines and colours alone")
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
    for line in printed.splitlines():
        for part in folded(Text.from_ansi(line)):
            console.print(part, no_wrap=True, highlight=False, overflow="ignore", crop=False)
    local = _REMOTE_FONTS.sub("", CONSOLE_SVG_FORMAT)
    return console.export_svg(title="failwell", code_format=local, unique_id="failwell")


def folded(line: Text) -> Iterator[Text]:
    """Return a line in pieces of the picture's width, cut where a terminal cuts."""
    yield from line.divide(range(COLUMNS, len(line), COLUMNS)) if len(line) > COLUMNS else [line]


if __name__ == "__main__":
    main()
