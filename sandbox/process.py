"""Starts, finds and stops the sandbox of a directory: a background process that outlives whoever started it."""

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, cast

from filelock import FileLock, Timeout

from sandbox import provider
from sandbox.environment import environment

ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds the package `sandbox`."""

_START_SECONDS = 60
_STOP_SECONDS = 15
_ANSWER_SECONDS = 10
_NOT_UNDERSTOOD = 400
_NEEDED = ("moto", "pydantic")
"""What the server is made of, and what an installation of the command without the sandbox leaves out."""
_LOG_TAIL = 2000
# The sandbox is on this machine: a proxy of the environment must not come in between.
_HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))

Progress = Callable[[str], None]


class SandboxError(Exception):
    """The sandbox cannot be started, asked or stopped; the message says why and what to do."""


class RefusedError(SandboxError):
    """The sandbox does not take what it was asked to do; the message names what is wrong in it."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox. `speed` is how many seconds of its clock pass in a real one."""

    endpoint: str
    region: str
    account: str
    speed: float
    seed: int
    pid: int
    directory: Path

    def environment(self) -> dict[str, str]:
        """Return the variables that send AWS clients, the engine and its provider to this sandbox and nowhere else."""
        return environment(self.endpoint, self.region, self.directory)

    def clock(self) -> tuple[datetime, float]:
        """Return the time on the sandbox's clock, in UTC, and its speed.

        Raises:
            SandboxError: the sandbox does not answer.
        """
        answer = _ask(self.endpoint, "clock")
        return datetime.fromisoformat(answer["now"]), float(answer["speed"])

    def defaults(self) -> dict[str, Any]:
        """Return the configuration that the example stack takes, as `sandbox.account.Defaults` names it.

        Raises:
            SandboxError: the sandbox does not answer.
        """
        return _ask(self.endpoint, "defaults")

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults of the API that are on, as `sandbox.faults.Fault` names their parts.

        Raises:
            SandboxError: the sandbox does not answer.
        """
        found: list[dict[str, Any]] = _ask(self.endpoint, "faults")["faults"]
        return found

    def switch_fault(self, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Switch a fault on, or off with `{"clear": True}`, and return those that are on then.

        Raises:
            SandboxError: it is no such fault, or the sandbox does not answer.
        """
        found: list[dict[str, Any]] = _ask(self.endpoint, "faults", method="POST", document=asked)["faults"]
        return found

    def evaluate(self, who: str) -> str:
        """Say whose requests IAM is asked about, as `sandbox.callers.layer.Evaluated` names them; return it.

        Raises:
            SandboxError: there is no such answer, or the sandbox does not answer.
        """
        return str(_ask(self.endpoint, "callers", method="POST", document={"evaluate": who})["evaluate"])

    def images(self) -> list[dict[str, Any]]:
        """Return the images of the registry: `name`, `digest` and `captured_with` of each.

        Raises:
            SandboxError: the sandbox does not answer.
        """
        return list(_ask(self.endpoint, "images")["images"])

    def add_images(self, file: Path) -> list[str]:
        """Have the sandbox read a file of images; return their names.

        Raises:
            SandboxError: the file is refused, with the line, or the sandbox does not answer.
        """
        return list(_ask(self.endpoint, "images", method="POST", document={"file": str(file.resolve())})["added"])

    def set_hosts(self, states: Mapping[str, str | None]) -> dict[str, str]:
        """Set the state of hosts outside, None to remove one; return all of them.

        Raises:
            SandboxError: there is no such state, or the sandbox does not answer.
        """
        return dict(_ask(self.endpoint, "hosts", method="POST", document=states)["hosts"])


def start(
    directory: Path,
    *,
    speed: float = 60,
    seed: int = 0,
    port: int = 0,
    on_progress: Progress = lambda _line: None,
) -> Sandbox:
    """Return the sandbox of `directory`, started in the background where none runs.

    A fresh start empties the Pulumi state in the directory, because what it described is gone. Two starters at once get
    the same sandbox.

    Raises:
        SandboxError: it does not come up, or one with other settings runs already.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise SandboxError(
            f"the sandbox needs packages that are not installed ({', '.join(missing)}): "
            "run `pip install 'failwell[sandbox]'`"
        )
    with _lock(directory):
        if running := _look(directory):
            _insist_on_same(running, speed, seed, port)
            return running
        on_progress("starting the sandbox")
        shutil.rmtree(directory / "state", ignore_errors=True)
        (directory / "state").mkdir()
        provider.install(directory / "pulumi-home", Path(sys.executable))
        endpoint = _spawn(directory, speed, seed, port)
        sandbox = _sandbox(_ask(endpoint, "identity"))
        _write(directory, sandbox)
        on_progress(f"the sandbox answers at {sandbox.endpoint}, {speed:g} times as fast as real time")
        return sandbox


def attach(endpoint: str) -> Sandbox:
    """Return the sandbox that answers at an endpoint, whoever started it.

    Raises:
        SandboxError: none does.
    """
    return _sandbox(_ask(endpoint.rstrip("/"), "identity"))


def find(directory: Path) -> Sandbox | None:
    """Return the sandbox that runs for `directory`, or None; what a dead one left behind is cleared.

    Raises:
        SandboxError: its process is there and does not answer.
    """
    directory = directory.resolve()
    if not _file(directory).exists():
        return None
    # Whoever holds the lock is starting or stopping one, and clears or writes the file themselves.
    with contextlib.suppress(Timeout), _lock(directory, timeout=_START_SECONDS):
        return _look(directory)
    raise SandboxError(
        f"another process has been starting or stopping the sandbox of {directory} for {_START_SECONDS} s"
    )


def stop(directory: Path) -> bool:
    """End the sandbox of `directory`; return whether one ran.

    Raises:
        SandboxError: it does not end.
    """
    directory = directory.resolve()
    if not directory.is_dir():
        return False
    with _lock(directory):
        running = _look(directory)
        if running is None:
            return False
        _ask(running.endpoint, "stop", method="POST")
        until = time.monotonic() + _STOP_SECONDS
        while _answers(running):
            if time.monotonic() > until:
                raise SandboxError(f"the sandbox (process {running.pid}) does not end; see {directory / 'server.log'}")
            time.sleep(0.02)
        _file(directory).unlink(missing_ok=True)
        return True


def _file(directory: Path) -> Path:
    return directory / "sandbox.json"


def _lock(directory: Path, timeout: float = -1) -> FileLock:
    return FileLock(directory / "sandbox.lock", timeout=timeout)


def _write(directory: Path, sandbox: Sandbox) -> None:
    document = {"endpoint": sandbox.endpoint, "pid": sandbox.pid, "speed": sandbox.speed, "seed": sandbox.seed}
    new = directory / "sandbox.json.new"
    new.write_text(json.dumps(document, indent=1) + "\n")
    new.replace(_file(directory))


def _look(directory: Path) -> Sandbox | None:
    """Return what `sandbox.json` names if it answers and is this directory's; clear the file where it is stale."""
    try:
        named = json.loads(_file(directory).read_text())
        identity = _ask(str(named["endpoint"]), "identity")
        if identity["pid"] == named["pid"] and Path(identity["directory"]) == directory:
            return _sandbox(identity)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        pass  # not a file that we wrote, or something else answers on the port: stale either way
    except SandboxError:
        if _alive(int(named["pid"])) and _is_listening(str(named["endpoint"])):
            raise
    _file(directory).unlink(missing_ok=True)
    return None


def _sandbox(identity: dict[str, Any]) -> Sandbox:
    return Sandbox(
        endpoint=identity["endpoint"],
        region=identity["region"],
        account=identity["account"],
        speed=float(identity["speed"]),
        seed=int(identity["seed"]),
        pid=int(identity["pid"]),
        directory=Path(identity["directory"]),
    )


def _insist_on_same(running: Sandbox, speed: float, seed: int, port: int) -> None:
    wanted = {"speed": speed, "seed": seed, **({"port": port} if port else {})}
    actual = {"speed": running.speed, "seed": running.seed, "port": int(running.endpoint.rpartition(":")[2])}
    if other := [f"{key} {actual[key]:g}, not {value:g}" for key, value in wanted.items() if actual[key] != value]:
        raise SandboxError(
            f"a sandbox runs already in {running.directory} (process {running.pid}) with {', '.join(other)}: "
            "stop it first, or ask for the same settings"
        )


def _spawn(directory: Path, speed: float, seed: int, port: int) -> str:
    """Start the server in a session of its own and return its endpoint once it has said that it is ready."""
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from sandbox.server import main; main()"
    options = ["--directory", str(directory), "--speed", str(speed), "--seed", str(seed), "--port", str(port)]
    # AWS settings of the developer must not reach the server, whose own clients would follow them.
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MOTO_"))}
    with (directory / "server.log").open("w") as log:
        process = subprocess.Popen(
            # -P: the folder of the person who starts it must not shadow our package.
            [sys.executable, "-P", "-c", code, str(ROOT), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=inherited,
            start_new_session=True,
        )
    with cast("IO[bytes]", process.stdout) as said:  # it is one: a pipe was asked for
        ready, _, _ = select.select([said], [], [], _START_SECONDS)
        line = said.readline() if ready else b""
    # The server outlives us; where we live longer, somebody has to take its exit status.
    threading.Thread(target=process.wait, name="sandbox-reaper", daemon=True).start()
    if not line:
        process.kill()
        raise SandboxError(_why_not_started(directory, timed_out=not ready))
    return str(json.loads(line)["endpoint"])


def _why_not_started(directory: Path, *, timed_out: bool) -> str:
    said = (directory / "server.log").read_text(errors="replace").strip()[-_LOG_TAIL:]
    reason = f"was not ready after {_START_SECONDS} s" if timed_out else "ended while it started"
    return f"the sandbox {reason}; {directory / 'server.log'} says:\n{said or '(nothing)'}"


def _ask(endpoint: str, name: str, method: str = "GET", document: Mapping[str, Any] | None = None) -> dict[str, Any]:
    body = None if document is None else json.dumps(document).encode()
    url = f"{endpoint}/_sandbox/{name}"
    request = urllib.request.Request(url, method=method, data=body)  # noqa: S310 - our own address
    try:
        with _HTTP.open(request, timeout=_ANSWER_SECONDS) as response:
            answer = json.loads(response.read())
    except urllib.error.HTTPError as error:
        if error.code != _NOT_UNDERSTOOD:
            raise SandboxError(f"the sandbox at {endpoint} does not answer ({error}); start it again") from error
        raise RefusedError(str(json.loads(error.read())["error"])) from error
    except (OSError, urllib.error.URLError) as error:
        raise SandboxError(f"the sandbox at {endpoint} does not answer ({error}); start it again") from error
    if not isinstance(answer, dict):
        raise TypeError(f"{endpoint} answers, and is not a sandbox")
    return answer


def _is_listening(endpoint: str) -> bool:
    try:
        _ask(endpoint, "clock")
    except SandboxError as error:
        return not isinstance(error.__cause__, urllib.error.HTTPError) and "refused" not in str(error)
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _answers(sandbox: Sandbox) -> bool:
    return _alive(sandbox.pid) and _is_listening(sandbox.endpoint)
