"""An execution environment of a function: a process, kept for further invocations, killed when it is late.

Real time counts here, whatever the sandbox's speed: a function runs as fast as this machine does.
"""

import contextlib
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_RUNTIME = Path(__file__).with_name("runtime.py")
_SDK = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six")
"""What Lambda's Python runtimes have beside the standard library; another package has to be in the zip.

https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-include-sdk
"""
_LOOK_SECONDS = 0.05
"""Real seconds between two looks at a running function's memory."""
_START_SECONDS = 60.0
_LOG_SECONDS = 2.0
"""How long the end of an invocation's log is waited for; it is there already, unless the function closed its output."""
_SIGNALS = {signal.SIGKILL: "killed", signal.SIGSEGV: "segmentation fault", signal.SIGABRT: "aborted"}
_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """How a function runs; environments of other settings are not for it."""

    name: str
    root: Path
    handler: str
    memory_mib: int
    timeout_seconds: float
    environment: Mapping[str, str]
    runtime: str


@dataclass(frozen=True)
class Ended:
    """How an invocation ended. `payload` is JSON; `error` is Lambda's object where it failed.

    `alive` False: the environment is of no use any more.
    """

    payload: str | None
    error: Mapping[str, Any] | None
    log: Sequence[str]
    seconds: float
    memory_mib: int
    alive: bool = True
    timed_out: bool = False


class Environment:
    """A process that runs a function, one invocation at a time.

    Args:
        settings: of the function.
        environment: the variables of the process: all of them.
        sdk: a folder with the SDK (`install_sdk`).
        stream: the log stream that it writes to.
    """

    def __init__(self, settings: Settings, environment: Mapping[str, str], sdk: Path, stream: str) -> None:
        self.settings = settings
        self.stream = stream
        self.idle_since = time.monotonic()
        self._busy = threading.RLock()
        self._open = True
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        started = time.monotonic()
        try:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", "-u", str(_RUNTIME)),
                    *(str(requests), str(answers), str(settings.root), str(sdk)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                pass_fds=(requests, answers),
                start_new_session=True,
            )
        finally:
            os.close(requests)
            os.close(answers)
        threading.Thread(target=self._read_log, name=f"log of {settings.name}", daemon=True).start()
        self._pending = b""
        # Lambda lets an initialization take 10 s before it begins anew; on a busy machine it may take longer here.
        answer, _ = self._answer(None, _START_SECONDS)
        self.init_seconds: float | None = time.monotonic() - started
        self._began = answer is not None

    def invoke(self, request_id: str, function_arn: str, event: Any) -> Ended:
        """Run one invocation to its end, which is the timeout at the latest."""
        with self._busy:
            return self._invoke(request_id, function_arn, event)

    def _invoke(self, request_id: str, function_arn: str, event: Any) -> Ended:
        timeout = self.settings.timeout_seconds
        invocation = {"request_id": request_id, "function_arn": function_arn, "timeout": timeout, "event": event}
        began = time.monotonic()
        answer, over = None, False
        if self._began and self._open:
            with contextlib.suppress(BrokenPipeError):  # it has died, and the answer that is not there says so
                _write(self._requests, json.dumps(invocation).encode() + b"\n")
            answer, over = self._answer(self.settings.memory_mib, timeout)
        seconds = time.monotonic() - began
        memory = self._memory()
        if answer is not None:
            log = self._log(request_id)
            self.idle_since = time.monotonic()
            return Ended(answer.get("payload"), answer.get("error"), log, seconds, memory)
        late = self._process.poll() is None and not over
        status = self.close()
        log = self._log(None)
        if late:
            message = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
            error = {"errorType": "Sandbox.Timedout", "errorMessage": message}
            return Ended(None, error, log, timeout, memory, alive=False, timed_out=True)
        error = {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: {_exited(status)}"}
        return Ended(None, error, log, seconds, self.settings.memory_mib if over else memory, alive=False)

    def close(self) -> int:
        """Kill the process, with those that it started, and return its exit status; any thread may."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        status = self._process.wait()
        with self._busy:  # who waits for an answer is told by the process's end, and leaves
            if self._open:
                self._open = False
                os.close(self._requests)
                os.close(self._answers)
        return status

    def _answer(self, memory_mib: int | None, seconds: float) -> tuple[dict[str, Any] | None, bool]:
        """Return its next answer, None where it is late or dead, and whether it took more memory than it may."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([self._answers], [], [], min(_LOOK_SECONDS, left))
            if memory_mib is not None and self._memory() > memory_mib:
                self._process.kill()
                return None, True
            if not ready:
                continue
            read = os.read(self._answers, 1 << 16)
            if not read:
                self._process.wait()
                return None, False
            self._pending += read
            line, newline, rest = self._pending.partition(b"\n")
            if newline:
                self._pending = rest
                return json.loads(line), False
        return None, False

    def _read_log(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        with self._process.stdout as output:
            for line in output:
                self._lines.put(line)
        self._lines.put(None)

    def _log(self, request_id: str | None) -> list[str]:
        """Return what was logged until the end of an invocation, or until the end of the process."""
        mark = None if request_id is None else f"\0{request_id}\0".encode()
        lines = []
        while True:
            try:
                line = self._lines.get(timeout=_LOG_SECONDS)
            except queue.Empty:
                break
            if line is None:
                self._lines.put(None)
                break
            text, found, _ = line.partition(mark) if mark else (line, b"", b"")
            if text.rstrip(b"\n"):
                lines.append(text.decode("utf-8", "replace").rstrip("\n"))
            if found:
                break
        return lines

    def _memory(self) -> int:
        """Return how much memory the process takes, in MiB; 0 where the system does not tell."""
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError, ValueError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE") // _MEBIBYTE


def install_sdk(folder: Path) -> Path:
    """Make a folder with the SDK that this Python has, and nothing else of what is installed; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _SDK:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        with contextlib.suppress(FileExistsError):
            (folder / source.name).symlink_to(source)
    return folder


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _exited(status: int) -> str:
    """Return how a process ended, as Lambda says it: signals are called as Go calls them."""
    if status < 0:
        number = signal.Signals(-status)
        name = _SIGNALS.get(number) or str(signal.strsignal(number)).lower()
        return f"Runtime exited with error: signal: {name}"
    return f"Runtime exited with error: exit status {status}" if status else "Runtime exited without providing a reason"
