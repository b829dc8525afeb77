"""A folder and a mount namespace in which programs run: `/srv` is theirs, and names of hosts can be made up."""

import http.client
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

HOST = "db.internal"
"""A name that resolves, to this machine."""
NO_HOST = "db-gone.internal"
"""A name that does not resolve."""
_IGNORES_SECONDS = 12
"""A program that has not ended so long after SIGTERM ignores it."""
_INSIDE = """
mount --bind "$WORK/srv" /srv && mount --bind "$WORK/hosts" /etc/hosts || exit 90
eval "$SETUP" || exit 91
cd "$DIRECTORY" && exec setpriv --reuid="$USER_ID" --clear-groups sh -c "$LIMITS"' exec "$@"' run "$@"
"""


@dataclass(frozen=True)
class Line:
    """A line that a program printed `at` seconds after its start."""

    at: float
    text: str


@dataclass(frozen=True)
class Ran:
    """What a program did. `code` is as ECS shows it: 128 and the signal's number where one ended it."""

    lines: tuple[Line, ...]
    code: int | None
    seconds: float
    listened_at: float | None = None
    answers: Mapping[str, int] | None = None
    mib: int = 0
    term_seconds: float = 0
    term_lines: tuple[str, ...] = ()

    @property
    def texts(self) -> list[str]:
        """The lines without their times."""
        return [line.text for line in self.lines]


class Machine:
    """Runs programs. `work` is a temporary folder; its `srv` is `/srv` to them."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.srv = work / "srv"
        self.srv.mkdir(parents=True, exist_ok=True)
        hosts = f"127.0.0.1 localhost\n127.0.0.1 {HOST}\n"
        (work / "hosts").write_text(hosts, encoding="utf-8")

    def write(self, path: str, text: str, *, executable: bool = False) -> None:
        """Write a file below `/srv`."""
        file = self.srv / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755 if executable else 0o644)

    def do(self, *argv: str, directory: str = "/srv", env: Mapping[str, str] | None = None) -> str:
        """Run something that has to succeed and return what it printed."""
        done = subprocess.run(
            self._argv(argv),
            env=self._environment(directory, env, "", "", 0),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{argv}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        directory: str = "/srv/app",
        setup: str = "",
        limits: str = "",
        user: int = 0,
        seconds: float = 90,
    ) -> Ran:
        """Run a program until it ends by itself, at most `seconds`; code None: it still ran."""
        with self._start(argv, self._environment(directory, env, setup, limits, user)) as (process, lines, started):
            try:
                process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                return Ran(tuple(lines), None, time.monotonic() - started)
            ended = time.monotonic() - started
            time.sleep(0.2)  # what is left in the pipe
        return Ran(tuple(lines), _shown(process.returncode), ended)

    def serve(
        self,
        argv: Sequence[str],
        port: int,
        paths: Sequence[str] = ("/", "/healthz"),
        *,
        env: Mapping[str, str] | None = None,
        directory: str = "/srv/app",
        seconds: float = 90,
    ) -> Ran:
        """Run a program until it listens, ask its paths, and end it with SIGTERM."""
        if not _becomes_free(port):
            raise RuntimeError(f"something else listens on {port}")
        with self._start(argv, self._environment(directory, env, "", "", 0)) as (process, lines, started):
            listened = _await_port(process, port, started + seconds)
            if listened is None:
                said = "\n".join(line.text for line in lines)
                raise RuntimeError(f"{argv}: does not listen on {port}\n{said}")
            time.sleep(1)
            before = len(lines)
            answers = {path: _ask(port, path) for path in paths}
            mib, told = _resident_mib(process.pid), time.monotonic()
            printed = len(lines)
            os.kill(_first_child(process.pid), signal.SIGTERM)
            try:
                process.wait(timeout=_IGNORES_SECONDS)
            except subprocess.TimeoutExpired:
                return Ran(tuple(lines[:before]), None, 0, listened - started, answers, mib)
            took = time.monotonic() - told
            time.sleep(0.2)
        last = tuple(line.text for line in lines[printed:])
        return Ran(tuple(lines[:before]), _shown(process.returncode), 0, listened - started, answers, mib, took, last)

    @contextmanager
    def background(self, argv: Sequence[str], port: int, *, user: int = 0, directory: str = "/srv") -> Iterator[None]:
        """Have a server run meanwhile."""
        with self._start(argv, self._environment(directory, None, "", "", user)) as (process, lines, started):
            if _await_port(process, port, started + 60) is None:
                raise RuntimeError(f"{argv}: does not listen on {port}: {[line.text for line in lines]}")
            yield
            os.kill(_first_child(process.pid), signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):  # one that ignores it is killed
                process.wait(timeout=_IGNORES_SECONDS)

    @contextmanager
    def _start(
        self, argv: Sequence[str], environment: dict[str, str]
    ) -> Iterator[tuple["subprocess.Popen[str]", list[Line], float]]:
        started = time.monotonic()
        process = subprocess.Popen(
            self._argv(argv),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        lines: list[Line] = []

        def read() -> None:
            lines.extend(Line(time.monotonic() - started, line.rstrip("\n")) for line in process.stdout or ())

        threading.Thread(target=read, daemon=True).start()
        try:
            yield process, lines, started
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _argv(self, argv: Sequence[str]) -> list[str]:
        # In a process namespace too: as in a container the program is process 1, whose signals do nothing by default.
        return [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-c",
            _INSIDE,
            "in",
            *argv,
        ]

    def _environment(
        self, directory: str, env: Mapping[str, str] | None, setup: str, limits: str, user: int
    ) -> dict[str, str]:
        mine = {"WORK": str(self.work), "SETUP": setup or ":", "LIMITS": limits, "USER_ID": str(user)}
        kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "SSL_CERT_FILE", "LANG"}}
        kept |= {
            key: value for key, value in os.environ.items() if key.startswith(("PIP_", "GO", "npm_", "NODE_EXTRA"))
        }
        return {**kept, "PYTHONUNBUFFERED": "1", **mine, "DIRECTORY": directory, **(env or {})}


@contextmanager
def machine() -> Iterator[Machine]:
    """Make a machine and remove it afterwards; `CAPTURE_FOLDER` names a folder that is kept, with what is installed."""
    if kept := os.environ.get("CAPTURE_FOLDER"):
        yield Machine(Path(kept))
        return
    with tempfile.TemporaryDirectory(prefix="capture-") as work:
        Path(work).chmod(0o755)
        yield Machine(Path(work))


@contextmanager
def silent_port() -> Iterator[int]:
    """Give a port on which connections are never answered: its backlog is full, so the kernel drops what comes."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = []
        for _ in range(4):
            client = socket.socket()
            client.settimeout(0)
            client.connect_ex(server.getsockname())
            waiting.append(client)
        time.sleep(0.2)
        yield int(server.getsockname()[1])
        for client in waiting:
            client.close()


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _becomes_free(port: int) -> bool:
    """Wait a little for what was killed before."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return True
        time.sleep(0.1)
    return False


def _first_child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()[0])


def _await_port(process: "subprocess.Popen[str]", port: int, until: float) -> float | None:
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return time.monotonic()
        time.sleep(0.02)
    return None


def _ask(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    return connection.getresponse().status


def _resident_mib(session: int) -> int:
    """Return the resident memory of a session's processes in MiB."""
    kib = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(fields[3]) == session:
            kib += int(fields[21]) * os.sysconf("SC_PAGE_SIZE") // 1024
    return kib // 1024


def _shown(code: int) -> int:
    return 128 - code if code < 0 else code
