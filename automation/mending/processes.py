"""Processes of this machine: whether one that wrote down its number still runs, and plugins that lost their engine."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

_PROC = Path("/proc")
_ENGINE_ADDRESS = re.compile(r"127\.0\.0\.1:(\d+)")
"""The last argument of every plugin (pulumi/sdk `plugin.go`, `langruntime_plugin.go`)."""
_CLOCK_TOLERANCE = timedelta(seconds=5)
"""A start that is told in whole seconds since the boot, against a time of day that may have been set since."""
_ENDS_WITHIN = 10.0
"""Seconds of real time that an orphan has to end by itself once it was told to."""


def runs_still(pid: int, program: str, since: datetime) -> bool:
    """Tell whether process `pid` is `program` and was there at `since`: not a later process with the same number."""
    name, started = _of_proc(pid) if _PROC.is_dir() else _of_ps(pid)
    return name is not None and program in name and (started is None or started <= since + _CLOCK_TOLERANCE)


def end_orphans(directory: Path, sleep: Callable[[float], None] = time.sleep) -> tuple[int, ...]:
    """End the plugins that an engine started in `directory` before it was killed; return their process numbers.

    A provider that was making something then may still make it. The real one notices within five minutes that its
    engine is gone (pulumi/sdk `rpcutil.Healthcheck`). Where there is no /proc, nothing is looked for.
    """
    found = tuple(_orphans(directory))
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    waited = 0.0
    while any(_of_proc(pid)[0] for pid in found):
        if waited >= _ENDS_WITHIN:
            for pid in found:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            break
        sleep(0.1)
        waited += 0.1
    return found


def _orphans(directory: Path) -> Iterator[int]:
    for folder in _PROC.glob("[0-9]*"):
        try:
            last = (folder / "cmdline").read_bytes().rstrip(b"\0").rpartition(b"\0")[2].decode(errors="replace")
            address = _ENGINE_ADDRESS.fullmatch(last)
            if address and (folder / "cwd").resolve() == directory.resolve() and _refuses(int(address[1])):
                yield int(folder.name)
        except OSError:  # it ended while we looked, or it is somebody else's
            continue


def _refuses(port: int) -> bool:
    """Tell whether nobody listens on a port of this machine; anything else than a refusal is no proof of that."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return False
    except ConnectionRefusedError:
        return True
    except OSError:
        return False


def _of_proc(pid: int) -> tuple[str | None, datetime | None]:
    """Return the name of a process that is not a zombie, and when it started."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        booted = next(
            int(line.split()[1]) for line in (_PROC / "stat").read_text().splitlines() if line.startswith("btime")
        )
    except OSError:
        return None, None
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text[text.rindex(")") + 2 :].split()
    if fields[0] in {"Z", "X"}:
        return None, None
    started = booted + int(fields[19]) / os.sysconf("SC_CLK_TCK")  # fields 3 and 22 of proc(5)
    return name, datetime.fromtimestamp(started).astimezone()


def _of_ps(pid: int) -> tuple[str | None, datetime | None]:
    asked = ["ps", "-o", "stat=,comm=", "-p", str(pid)]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split(maxsplit=1)
    return (None if len(answer) < 2 or answer[0].startswith("Z") else answer[1].strip()), None  # noqa: PLR2004
