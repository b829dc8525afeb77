"""What `up` costs beside plain `pulumi up`, in pairs on one sandbox: wall time and memory of the same healthy change.

    .venv/bin/python -m benchmarks.up [--pairs 5] [--speed 60]

The two take turns on one stack, each deploying a new revision that serves, and whoever goes first changes from pair to
pair. Both preview before; `up` also checks the plan and proves what serves. Memory is the most that all processes of a
run had at once, shared pages counted once (PSS of Linux, looked at every 50 ms), and beside it what our own process
had. On a machine that does other work too, wall time says little: processor time, and how many times the CLI was
started, say the same on any. Then `preview` is run as many times.
The exit code is 1 where the median pair, or the median preview, is over a limit.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from automation.engine.install import ensure_engine, language_host_path
from automation.engine.project import read_project, settings_of_run, write_settings
from benchmarks.costs import peak_mib, tree, tree_mib
from sandbox import process
from sandbox.place import place_of

ROOT = Path(__file__).resolve().parents[1]
MOST_SECONDS = 2.0
MOST_MIB = 160
MOST_OF_A_PREVIEW = 12.0
"""Seconds of `preview` of the example, with all checks."""
STACK = "sandbox"
_LOOKED_EVERY = 0.05


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    seconds: float
    mib: float
    """Of all its processes at once, at most."""
    own_mib: float
    """Of the process that was started, at most: resident."""
    cpu_seconds: float
    """Seconds of processor time, of the process that was started and of all that it started and waited for."""
    starts: int
    """Of the Pulumi CLI."""


class Bench:
    """A project with a sandbox, and one healthy change after the other."""

    def __init__(self, project: Path, speed: float) -> None:
        self._project = project
        for name in ("Pulumi.yaml", "__main__.py", "components", "example"):
            (project / name).symlink_to(ROOT / name)
        self._engine = ensure_engine(lambda _what, _share: None)
        self._sandbox = process.start(place_of(project).directory, speed=speed)
        self._environment = {**os.environ, **self._sandbox.environment(), "PULUMI_SKIP_UPDATE_CHECK": "true"}
        path = [language_host_path(self._engine), str(self._engine.executable.parent), os.environ["PATH"]]
        self._environment |= {"PATH": os.pathsep.join(filter(None, path)), "PULUMI_PYTHON_CMD": sys.executable}
        # With the bytecode of what they import at hand, as after a first run or an installation.
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.cli = self._engine.executable.resolve()
        self._changes = 0

    def close(self) -> None:
        """Stop the sandbox."""
        process.stop(self._sandbox.directory)

    def up(self) -> Cost:
        """Deploy a change with `up`."""
        self._change()
        return measure(self._command("up"), self.run_settings(), self.cli)

    def preview(self) -> Cost:
        """Preview a change, which changes nothing."""
        return measure(self.preview_command(), self.run_settings(), self.cli)

    def preview_command(self) -> list[Any]:
        """Return `preview` of a change that was not deployed."""
        self._change()
        return self._command("preview")

    def plain(self) -> Cost:
        """Deploy a change with the CLI alone."""
        self._change()
        return measure(["pulumi", "up", "--yes", "--non-interactive", "--stack", STACK], self.run_settings(), self.cli)

    def _command(self, command: str) -> list[Any]:
        return [sys.executable, ROOT / "deploy.py", command, "--sandbox", "--project", self._project]

    def run_settings(self) -> dict[str, Any]:
        """Return where and with which environment a command of this stack is run."""
        return {"cwd": self._project, "env": self._environment}

    def _change(self) -> None:
        """Write a stack configuration that is another revision."""
        self._changes += 1
        config = [f"image=shop:good-{1 + self._changes % 2}", f"environment.RUN={self._changes}"]
        settings = settings_of_run(read_project(self._project), STACK, config, self._sandbox.defaults())
        write_settings(settings, self._project / f"Pulumi.{STACK}.yaml")


def measure(command: Sequence[Any], how: dict[str, Any], cli: Path) -> Cost:
    """Run a command, which must succeed, and return what it took.

    Raises:
        SystemExit: it failed.
    """
    with tempfile.TemporaryFile() as output:
        began, spent = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        # A child of ours that the two have alike: what the kernel counts of it begins with its own image.
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **how)
        most = own = 0.0
        started: set[int] = set()
        while child.poll() is None:
            most = max(most, tree_mib(child.pid))
            started |= {pid for pid in tree(child.pid) if _executable(pid) == cli}
            own = max(own, peak_mib(child.pid))
            time.sleep(_LOOKED_EVERY)
        seconds = time.perf_counter() - began
        if child.returncode:
            output.seek(0)
            raise SystemExit(f"{command} ended with {child.returncode}:\n{output.read().decode()}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime - spent.ru_utime - spent.ru_stime
    return Cost(seconds, most, own, processor, len(started))


def _executable(pid: int) -> Path | None:
    with suppress(OSError):
        return Path(f"/proc/{pid}/exe").readlink()
    return None


def main() -> None:
    """Run the pairs, print them, and hold their medians against the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--speed", type=float, default=60, help="of the sandbox's clock")
    asked = parser.parse_args()
    table = Table(
        "pair",
        "`up`",
        "`pulumi up`",
        "more time",
        "more processor time",
        "starts of the CLI",
        "more memory",
        "our process",
    )
    pairs: list[tuple[Cost, Cost]] = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), asked.speed)
        try:
            bench.up()  # the first deployment makes the stack, and every file is in the machine's cache after it
            bench.plain()
            for number in range(asked.pairs):
                if number % 2:
                    plain, ours = bench.plain(), bench.up()
                else:
                    ours, plain = bench.up(), bench.plain()
                pairs.append((ours, plain))
                table.add_row(str(number + 1), *_row(ours, plain))
            previews = [bench.preview() for _ in range(asked.pairs)]
        finally:
            bench.close()
    seconds = statistics.median(ours.seconds - plain.seconds for ours, plain in pairs)
    mib = statistics.median(ours.mib - plain.mib for ours, plain in pairs)
    processor = statistics.median(ours.cpu_seconds - plain.cpu_seconds for ours, plain in pairs)
    Console().print(table)
    print(f"median: {seconds:+.2f} s (limit {MOST_SECONDS:g} s), {mib:+.0f} MiB (limit {MOST_MIB} MiB)")
    print(f"median of processor time: {processor:+.2f} s")
    preview = statistics.median(each.seconds for each in previews)
    print(f"`preview`: {preview:.2f} s (limit {MOST_OF_A_PREVIEW:g} s), {previews[0].starts} starts of the CLI")
    sys.exit(seconds > MOST_SECONDS or mib > MOST_MIB or preview > MOST_OF_A_PREVIEW)


def _row(ours: Cost, plain: Cost) -> tuple[str, ...]:
    return (
        f"{ours.seconds:.2f} s",
        f"{plain.seconds:.2f} s",
        f"{ours.seconds - plain.seconds:+.2f} s",
        f"{ours.cpu_seconds - plain.cpu_seconds:+.2f} s",
        f"{ours.starts}, {plain.starts}",
        f"{ours.mib - plain.mib:+.0f} MiB",
        f"{ours.own_mib:.0f} MiB",
    )


if __name__ == "__main__":
    main()
