"""A sandbox in the foreground, for tools of any kind: it lives until Ctrl-C, in a directory of its own."""

import contextlib
import signal
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from sandbox import process
from sandbox.process import Sandbox, SandboxError

_LOOK_SECONDS = 1.0


def serve(on_ready: Callable[[Sandbox], None], *, speed: float, port: int = 0, seed: int = 0) -> None:
    """Start a sandbox, say where it is, and keep it from ending idle until SIGINT, SIGTERM or its own end.

    Any number of them can run at once: each has its own port, state and directory.

    Raises:
        SandboxError: it does not come up.
    """
    ended = threading.Event()
    before = {each: signal.signal(each, lambda *_: ended.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        with tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True) as folder:
            running = process.start(Path(folder), speed=speed, port=port, seed=seed)
            try:
                on_ready(running)
                # Asking it the time is what keeps it from ending idle.
                with contextlib.suppress(SandboxError):
                    while not ended.wait(_LOOK_SECONDS):
                        running.clock()
            finally:
                process.stop(Path(folder))
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
