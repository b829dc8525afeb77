"""What processes take on Linux: memory of a tree of them, shared pages counted once, and the processor's time."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def tree(pid: int) -> Iterator[int]:
    """Give a process and all that come of it."""
    yield pid
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from tree(int(child))


def pss_mib(pid: int) -> float:
    """Return the memory of a process, where each page that it shares counts by its share."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def tree_mib(pid: int) -> float:
    """Return the memory of a process and of all that came of it."""
    return sum(pss_mib(each) for each in tree(pid))


def peak_mib(pid: int) -> float:
    """Return the most memory that a process had so far: resident."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def cpu_seconds(pid: int) -> float:
    """Return the processor's time of a process that runs, without its children's."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
