"""A sandbox in the foreground, for tools of any kind: it lives until Ctrl-C, in a directory of its own."""

import contextlib
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from sandbox import process
from sandbox.place import Place
from sandbox.process import Sandbox, SandboxError

_LOOK_SECONDS = 1.0


def serve(
    on_ready: Callable[[Sandbox], None],
    *,
    speed: float | None,
    port: int = 0,
    seed: int = 0,
    kept: Place | None = None,
) -> None:
    """Start a sandbox, say where it is, and keep it from ending idle until SIGINT, SIGTERM or its own end.

    Any number of them can run at once: each has its own port, state and directory. With `kept`, its state stays there.

    Raises:
        RefusedError: what is kept cannot be brought back.
        SandboxError: it does not come up.
    """
    ended = threading.Event()
    before = {each: signal.signal(each, lambda *_: ended.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        with _place(kept) as place:
            if kept and process.find(kept.directory):
                raise SandboxError(f"the sandbox in {kept.directory} runs already: stop it first")
            running = process.start(place.directory, speed=place.speed(speed), port=port, seed=seed, keep=place.keep)
            try:
                on_ready(running)
                # Asking it the time is what keeps it from ending idle.
                with contextlib.suppress(SandboxError):
                    while not ended.wait(_LOOK_SECONDS):
                        running.clock()
            finally:
                process.stop(place.directory)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def _place(kept: Place | None) -> Iterator[Place]:
    if kept:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True) as folder:
        yield Place(Path(folder))
