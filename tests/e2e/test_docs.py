"""The commands of README and docs run as they are written, in a checkout of their own, on the sandbox.

Where a page speaks of AWS, `--sandbox` is added to the tool's own commands, which then go by the sandbox's clock, and
the environment sends the others there. An image that a page takes for granted is in the sandbox's registry.
"""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from automation.engine.install import ensure_engine, language_host_path
from sandbox import place, process
from tests.e2e.conftest import copy_of_checkout
from tests.pages import ROOT, Block, Command, blocks, pages

pytestmark = pytest.mark.e2e

SESSIONS: dict[str, tuple[str, ...]] = {
    "readme": ("README.md", "docs/report.md", "docs/examples/README.md", "docs/images.md"),
    "aws": (
        "docs/getting-started.md",
        "docs/history.md",
        "docs/repair.md",
        "docs/troubleshooting.md",
        "docs/in-your-own-stack.md",
    ),
    "sandbox": ("docs/sandbox.md",),
}
"""Which pages are read one after the other by one reader, on one sandbox."""
ON_AWS = ("up", "preview", "history", "rollback", "repair", "explain", "doctor", "destroy")
"""Commands that talk to AWS unless they are given `--sandbox`."""
OF_A_STACK = ("up", "preview", "rollback", "repair", "destroy")
"""Those of them that go to the selected stack where none is named."""
LAST = "last"
"""The note of a block that a reader comes to when all else is done."""
IMAGES = Path(__file__).with_name("docs-images.yaml")
SPEED = 300


class Reader:
    """Somebody who types what the pages say, in a checkout of their own."""

    def __init__(self, folder: Path) -> None:
        self.checkout = copy_of_checkout(folder)
        engine = ensure_engine(lambda _what, _share: None)
        path = [str(engine.executable.parent), language_host_path(engine), str(self.checkout / ".venv" / "bin")]
        self.environment = os.environ | {
            "NO_COLOR": "1",
            "CI": "1",  # nobody is there to be asked
            "AWS_PAGER": "",
            "TMPDIR": str(folder),
            "PULUMI_PYTHON_CMD": str(self.checkout / ".venv" / "bin" / "python"),
            "PATH": os.pathsep.join([*filter(None, path), os.environ["PATH"]]),
        }

    def begin_on_a_sandbox(self) -> None:
        """Start the checkout's sandbox, with the images that pages take for granted."""
        process.start(self.checkout / ".failwell" / "sandbox", speed=SPEED).add_images(IMAGES)

    def exports(self) -> dict[str, str]:
        """Return what `sandbox status` says to export, and what the engine needs to use the sandbox."""
        running = process.find(place.place_of(self.checkout).directory)
        return running.environment() if running else {}

    def types(self, block: Block, command: Command) -> None:
        """Run a command, which has to end with the code that the page says."""
        line = in_the_sandbox(command.line)
        with subprocess.Popen(
            ["bash", "-c", f"exec {line}" if command.until_interrupted else line],
            cwd=self.checkout,
            env=self.environment | self.exports(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as running:
            first = ""
            if command.until_interrupted:
                assert running.stdout is not None
                first = running.stdout.readline()
                running.send_signal(signal.SIGINT)
            said, _ = running.communicate(timeout=300)
        assert running.returncode == command.exit_code, (
            f"{block}: {command.line}\nexit {running.returncode}\n{first}{said}"
        )

    def leaves(self) -> None:
        """Stop the checkout's sandbox."""
        subprocess.run(
            [".venv/bin/python", "deploy.py", "sandbox", "stop"], cwd=self.checkout, env=self.environment, check=False
        )


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    there = Reader(tmp_path)
    yield there
    there.leaves()


def read(reader: Reader, names: Sequence[str]) -> None:
    """Go through the pages: keep the files that they show, run their commands."""
    shown = [block for name in names for block in blocks(ROOT / name)]
    for block in shown:
        if block.file:
            (reader.checkout / block.file).write_text(block.text, encoding="utf-8")
    for block in sorted((block for block in shown if block.runs), key=lambda block: block.note == LAST):
        for command in block.commands():
            reader.types(block, command)


def test_every_page_with_commands_is_read() -> None:
    with_commands = {str(page.relative_to(ROOT)) for page in pages() if any(block.runs for block in blocks(page))}
    assert with_commands <= {name for names in SESSIONS.values() for name in names}


def test_the_pages_that_try_it_on_the_sandbox(reader: Reader) -> None:
    reader.begin_on_a_sandbox()
    reader.types(blocks(ROOT / "README.md")[0], Command(next_of_make_up(), 0, until_interrupted=False))
    read(reader, SESSIONS["readme"])


def next_of_make_up() -> str:
    """Return what `make up` runs when all is installed."""
    printed = subprocess.run(["make", "--dry-run", "up"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return next(line for line in printed.splitlines() if "deploy.py up" in line)


def test_the_pages_that_deploy_to_aws(reader: Reader) -> None:
    reader.begin_on_a_sandbox()
    read(reader, SESSIONS["aws"])


def test_the_page_of_the_sandbox(reader: Reader) -> None:
    read(reader, SESSIONS["sandbox"])


def in_the_sandbox(line: str) -> str:
    """Return the command with `--sandbox`, where it is one that would ask AWS, and with the stack that is selected.

    `--sandbox` alone means a stack of that name.
    """
    name, tool, rest = line.partition("deploy.py ")
    command = rest.split()[0] if tool else ""
    if command not in ON_AWS or "--sandbox" in rest or "--evidence" in rest:
        return line
    selected = " --stack dev" if command in OF_A_STACK and "--stack" not in rest else ""
    return f"{name}{tool}{rest} --sandbox{selected}"
