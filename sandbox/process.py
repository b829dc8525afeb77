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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from filelock import FileLock, Timeout

from sandbox import provider
from sandbox.asking import RefusedError, SandboxError, ask, is_alive, is_listening
from sandbox.environment import environment
from sandbox.journal import KeepError, check_header, read_header

if TYPE_CHECKING:
    from sandbox.timings import End

__all__ = ["ROOT", "RefusedError", "Sandbox", "SandboxError", "attach", "find", "start", "stop"]

ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds the package `sandbox`."""

_START_SECONDS = 60
_BRING_BACK_SECONDS = 15 * 60
_STOP_SECONDS = 15
_NEEDED = ("moto", "pydantic")
"""What the server is made of, and what an installation of the command without the sandbox leaves out."""
_LOG_TAIL = 2000
_OWNER_ONLY = 0o700
"""The mode of its folders: the engine and moto write into them with the modes that they like."""

Progress = Callable[[str], None]


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
    kept: bool = False

    def environment(self) -> dict[str, str]:
        """Return the variables that send AWS clients, the engine and its provider to this sandbox and nowhere else."""
        return environment(self.endpoint, self.region, self.directory)

    def clock(self) -> tuple[datetime, float]:
        """Return the time on the sandbox's clock, in UTC, and its speed.

        Raises:
            SandboxError: the sandbox does not answer.
        """
        answer = ask(self.endpoint, "clock")
        return datetime.fromisoformat(answer["now"]), float(answer["speed"])

    def defaults(self) -> dict[str, Any]:
        """Return the configuration that the example stack takes, as `sandbox.account.Defaults` names it.

        Raises:
            SandboxError: the sandbox does not answer.
        """
        return ask(self.endpoint, "defaults")

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults of the API that are on, as `sandbox.faults.Fault` names their parts.

        Raises:
            SandboxError: the sandbox does not answer.
        """
        found: list[dict[str, Any]] = ask(self.endpoint, "faults")["faults"]
        return found

    def switch_fault(self, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Switch a fault on, or off with `{"clear": True}`, and return those that are on then.

        Raises:
            SandboxError: it is no such fault, or the sandbox does not answer.
        """
        found: list[dict[str, Any]] = ask(self.endpoint, "faults", method="POST", document=asked)["faults"]
        return found

    def evaluate(self, who: str) -> str:
        """Say whose requests IAM is asked about, as `sandbox.callers.layer.Evaluated` names them; return it.

        Raises:
            SandboxError: there is no such answer, or the sandbox does not answer.
        """
        return str(ask(self.endpoint, "callers", method="POST", document={"evaluate": who})["evaluate"])

    def requests(self) -> dict[str, dict[str, int]]:
        """Return how often each operation was asked for since the process began, by access key.

        Raises:
            SandboxError: the sandbox does not answer.
        """
        found: dict[str, dict[str, int]] = ask(self.endpoint, "requests")["requests"]
        return found

    def images(self) -> list[dict[str, Any]]:
        """Return the images of the registry: `name`, `digest` and `captured_with` of each.

        Raises:
            SandboxError: the sandbox does not answer.
        """
        return list(ask(self.endpoint, "images")["images"])

    def add_images(self, file: Path) -> list[str]:
        """Have the sandbox read a file of images; return their names.

        Raises:
            SandboxError: the file is refused, with the line, or the sandbox does not answer.
        """
        return list(ask(self.endpoint, "images", method="POST", document={"file": str(file.resolve())})["added"])

    def set_hosts(self, states: Mapping[str, str | None]) -> dict[str, str]:
        """Set the state of hosts outside, None to remove one; return all of them.

        Raises:
            SandboxError: there is no such state, or the sandbox does not answer.
        """
        return dict(ask(self.endpoint, "hosts", method="POST", document=states)["hosts"])


def start(
    directory: Path,
    *,
    speed: float = 60,
    seed: int = 0,
    port: int = 0,
    keep: bool = False,
    timings: "End | None" = None,
    on_progress: Progress = lambda _line: None,
) -> Sandbox:
    """Return the sandbox of `directory`, started in the background where none runs.

    A fresh start empties the Pulumi state in the directory, because what it described is gone. With `keep`, the sandbox
    and that state are kept in the directory, and one that ended there is brought back. With `timings`, everything takes
    as long as that end of its range. Two starters at once get one sandbox.

    Raises:
        RefusedError: what is kept in the directory cannot be brought back.
        SandboxError: it does not come up, or one with other settings runs already.
    """
    directory = directory.resolve()
    directory.mkdir(_OWNER_ONLY, parents=True, exist_ok=True)
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise SandboxError(
            f"the sandbox needs packages that are not installed ({', '.join(missing)}): "
            "run `pip install 'failwell[sandbox]'`"
        )
    with _lock(directory):
        if running := _look(directory):
            _insist_on_same(running, speed, seed, port, keep=keep)
            return running
        back = _comes_back(directory, seed, keep=keep)
        on_progress(f"bringing back the sandbox of {directory}" if back else "starting the sandbox")
        if not back:
            shutil.rmtree(directory / "state", ignore_errors=True)
        (directory / "state").mkdir(_OWNER_ONLY, exist_ok=True)
        provider.install(directory / "pulumi-home", Path(sys.executable))
        endpoint = _spawn(directory, speed, seed, port, keep=keep, timings=timings)
        sandbox = _sandbox(ask(endpoint, "identity"))
        _write(directory, sandbox)
        on_progress(f"the sandbox answers at {sandbox.endpoint}, {speed:g} times as fast as real time")
        return sandbox


def attach(endpoint: str) -> Sandbox:
    """Return the sandbox that answers at an endpoint, whoever started it.

    Raises:
        SandboxError: none does.
    """
    return _sandbox(ask(endpoint.rstrip("/"), "identity"))


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
        # It may end before its answer is out: what counts is that it ends.
        with contextlib.suppress(SandboxError):
            ask(running.endpoint, "stop", method="POST")
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
    return FileLock(directory / "sandbox.lock", timeout=timeout, mode=0o600)


def _write(directory: Path, sandbox: Sandbox) -> None:
    document = {"endpoint": sandbox.endpoint, "pid": sandbox.pid, "speed": sandbox.speed, "seed": sandbox.seed}
    new = directory / "sandbox.json.new"
    new.write_text(json.dumps(document, indent=1) + "\n")
    new.replace(_file(directory))


def _look(directory: Path) -> Sandbox | None:
    """Return what `sandbox.json` names if it answers and is this directory's; clear the file where it is stale."""
    try:
        named = json.loads(_file(directory).read_text())
        identity = ask(str(named["endpoint"]), "identity")
        if identity["pid"] == named["pid"] and Path(identity["directory"]) == directory:
            return _sandbox(identity)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        pass  # not a file that we wrote, or something else answers on the port: stale either way
    except SandboxError:
        if is_alive(int(named["pid"])) and is_listening(str(named["endpoint"])):
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
        kept=bool(identity.get("kept")),
    )


def _comes_back(directory: Path, seed: int, *, keep: bool) -> bool:
    """Return whether a sandbox was kept in a directory (RefusedError: it cannot be brought back, or is not to be)."""
    try:
        header = read_header(directory)
        if header and keep:
            check_header(directory, header, seed)
    except KeepError as error:
        raise RefusedError(str(error)) from error
    if header and not keep:
        raise RefusedError(f"a sandbox is kept in {directory}: bring it back with `--keep {directory}`, or remove it")
    if keep and header is None and (directory / "state").exists() and any((directory / "state").iterdir()):
        raise RefusedError(f"{directory} has the state of a sandbox that was not kept: keep one in an empty directory")
    return header is not None


def _insist_on_same(running: Sandbox, speed: float, seed: int, port: int, *, keep: bool) -> None:
    if keep and not running.kept:
        raise SandboxError(
            f"a sandbox that is not kept runs already in {running.directory} (process {running.pid}): stop it first"
        )
    wanted = {"speed": speed, "seed": seed, **({"port": port} if port else {})}
    actual = {"speed": running.speed, "seed": running.seed, "port": int(running.endpoint.rpartition(":")[2])}
    if other := [f"{key} {actual[key]:g}, not {value:g}" for key, value in wanted.items() if actual[key] != value]:
        raise SandboxError(
            f"a sandbox runs already in {running.directory} (process {running.pid}) with {', '.join(other)}: "
            "stop it first, or ask for the same settings"
        )


def _spawn(directory: Path, speed: float, seed: int, port: int, *, keep: bool, timings: "End | None") -> str:
    """Start the server in a session of its own and return its endpoint once it has said that it is ready."""
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from sandbox.server import main; main()"
    options = ["--directory", str(directory), "--speed", str(speed), "--seed", str(seed), "--port", str(port)]
    options += ["--timings", timings] if timings else []
    patience = _BRING_BACK_SECONDS if keep else _START_SECONDS
    # AWS settings of the developer must not reach the server, whose own clients would follow them.
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MOTO_"))}
    if keep:
        options.append("--keep")
        inherited["PYTHONHASHSEED"] = "0"
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
        ready, _, _ = select.select([said], [], [], patience)
        line = said.readline() if ready else b""
    # The server outlives us; where we live longer, somebody has to take its exit status.
    threading.Thread(target=process.wait, name="sandbox-reaper", daemon=True).start()
    if not line:
        process.kill()
        raise SandboxError(_why_not_started(directory, patience if not ready else None))
    answer = json.loads(line)
    if "refused" in answer:
        raise RefusedError(str(answer["refused"]))
    return str(answer["endpoint"])


def _why_not_started(directory: Path, waited: int | None) -> str:
    said = (directory / "server.log").read_text(errors="replace").strip()[-_LOG_TAIL:]
    reason = f"was not ready after {waited} s" if waited else "ended while it started"
    return f"the sandbox {reason}; {directory / 'server.log'} says:\n{said or '(nothing)'}"


def _answers(sandbox: Sandbox) -> bool:
    return is_alive(sandbox.pid) and is_listening(sandbox.endpoint)
