"""Finds a Pulumi CLI of a supported version, or makes one: PATH, cache, official installer, or its Go module."""

import os
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path
from semver import VersionInfo

from automation.errors import EngineUnavailableError
from diagnostics.names import COMMAND
from diagnostics.private_files import make_folder

PINNED = "3.259.0"
"""The version that is downloaded or built, and that the tests run on."""
OLDEST = VersionInfo.parse("3.238.0")
"""Since then the program is told of a cancelled update, and error hooks exist (Pulumi's changelog)."""
INSTALLER = "https://get.pulumi.com/install.sh"
CLI_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
ROOM_TO_BUILD = 5 * 2**30
"""Bytes: a cold build took 2.0 GB of modules, 1.6 GB of build cache and a binary of 110 MiB."""
LANGUAGE_HOST = "pulumi-language-python"
_HOST_MODULE = "failwell_language_host.py"
_PROBE_SECONDS = 15
_VERSION = re.compile(r"^v?(\d+\.\d+\.\d+\S*)$")

Progress = Callable[[str, float | None], None]
"""Called with what is being done and the share that is done, 0 to 1, or None where nobody can tell."""
Way = tuple[str, Callable[[Path, Progress], None]]
"""A name, and what makes `bin/pulumi` in a folder or raises `NotToBeHadError`."""


class NotToBeHadError(Exception):
    """This way of getting an engine does not work here; the message says why."""


@dataclass(frozen=True)
class Engine:
    """A Pulumi CLI that can be run."""

    executable: Path
    version: str
    source: str
    """Where it came from: `PATH`, `cache`, `download` or `build`."""


def cache() -> Path:
    """Return the folder of the CLIs that this tool installed, one a version, in the user's cache."""
    return user_cache_path("failwell") / "engine"


def find_engine(folder: Path | None = None) -> Engine | None:
    """Return the CLI on PATH if its version is supported, else the cached one, else None. Nothing is installed."""
    return _on_path() or _in_cache(folder or cache())


def ensure_engine(progress: Progress, folder: Path | None = None, ways: Sequence[Way] | None = None) -> Engine:
    """Return a CLI, and install the pinned version into the cache where there is none.

    Two processes that install at once wait for each other. A half-made install is never taken for a whole one.

    Raises:
        EngineUnavailableError: nothing worked; the message says what was tried and what to do.
    """
    folder = folder or cache()
    if engine := find_engine(folder):
        return engine
    try:
        make_folder(folder)
    except OSError as problem:
        msg = (
            f"the engine's cache {folder} cannot be written: {problem.strerror}. "
            f"Make it writable, or put `pulumi` {OLDEST} or newer on PATH."
        )
        raise EngineUnavailableError(msg) from problem
    with FileLock(folder / "install.lock"):
        return _in_cache(folder) or _install(folder, progress, ways or WAYS)


def language_host_path(engine: Engine, folder: Path | None = None) -> str:
    """Return what to put first on PATH so that the engine finds a Python language host; "" where it has the real one.

    Ours is written beside a CLI that we built, where the engine takes it without a warning, and otherwise into the
    cache. It runs the program with the interpreter that `PULUMI_PYTHON_CMD` names, as the real one does.
    """
    beside = engine.executable.parent
    if engine.source == "PATH":
        if shutil.which(LANGUAGE_HOST, path=f"{beside}:{os.environ.get('PATH', os.defpath)}"):
            return ""
        beside = (folder or cache()) / "language-host"
        make_folder(beside)
    elif (beside / LANGUAGE_HOST).exists() and not (beside / _HOST_MODULE).exists():
        return ""
    program = resources.files("automation.engine").joinpath("language_host.py").read_text(encoding="utf-8")
    script = f'#!/bin/sh\nexec "${{PULUMI_PYTHON_CMD:-python3}}" "$(dirname "$0")/{_HOST_MODULE}" "$@"\n'
    for name, text in ((_HOST_MODULE, program), (LANGUAGE_HOST, script)):
        _write_executable(beside / name, text)
    return str(beside)


def _write_executable(path: Path, text: str) -> None:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as partial:
        partial.write(text)
    Path(partial.name).chmod(0o755)
    Path(partial.name).replace(path)  # at once, so that another process never reads half of it


def _install(folder: Path, progress: Progress, ways: Sequence[Way]) -> Engine:
    for killed in folder.glob(".partial-*"):  # we hold the lock, so nobody makes anything in it
        shutil.rmtree(killed, ignore_errors=True)
    tried = [f"PATH has no `pulumi` of version {OLDEST} or newer", f"the cache {folder} has none"]
    for source, make in ways:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as partial:
            try:
                make(Path(partial), progress)
            except NotToBeHadError as refusal:
                tried.append(f"{source}: {refusal}")
                continue
            target = folder / f"v{PINNED}"
            shutil.rmtree(target, ignore_errors=True)
            Path(partial).rename(target)
            Path(partial).mkdir()  # what the context manager will remove
            return Engine(target / "bin" / "pulumi", PINNED, source)
    listed = "\n".join(f"  - {line}" for line in tried)
    msg = (
        f"no Pulumi CLI is to be had. Tried:\n{listed}\n"
        f"Install Pulumi {PINNED} by hand and put it on PATH, or make the internet or Go's module proxy reachable "
        f"and run `{COMMAND} engine install` again."
    )
    raise EngineUnavailableError(msg)


def _on_path() -> Engine | None:
    found = shutil.which("pulumi")
    version = found and _version_of(Path(found))
    return Engine(Path(found), version, "PATH") if found and version and _supported(version) else None


def _in_cache(folder: Path) -> Engine | None:
    executable = folder / f"v{PINNED}" / "bin" / "pulumi"
    return Engine(executable, PINNED, "cache") if executable.is_file() else None


def _version_of(executable: Path) -> str | None:
    try:
        answer = subprocess.run(
            [executable, "version"], capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.match(answer.stdout.strip())
    return found[1] if found else None


def _supported(version: str) -> bool:
    parsed = VersionInfo.parse(version)
    return bool(parsed >= OLDEST and parsed.major == OLDEST.major)


def _download(root: Path, progress: Progress) -> None:
    from pulumi.automation import PulumiCommand

    progress(f"downloading Pulumi {PINNED}", None)
    try:
        urllib.request.urlopen(INSTALLER, timeout=_PROBE_SECONDS).close()  # nosec B310
        PulumiCommand.install(root=str(root), version=VersionInfo.parse(PINNED))
    except urllib.error.HTTPError as problem:
        msg = f"{INSTALLER} answered {problem.code}"
        raise NotToBeHadError(msg) from problem
    except (OSError, subprocess.SubprocessError) as problem:
        msg = f"{INSTALLER} cannot be reached or its script failed ({problem})"
        raise NotToBeHadError(msg) from problem


def _build(root: Path, progress: Progress) -> None:
    """Build the CLI from its Go module into `root`: about 6 minutes on 2 cores where nothing is cached."""
    go = shutil.which("go")
    if go is None:
        raise NotToBeHadError("there is no `go` on PATH")
    if (free := shutil.disk_usage(root).free) < ROOM_TO_BUILD:
        msg = f"{root.parent} has {free / 2**30:.1f} GiB free, and a build takes up to {ROOM_TO_BUILD / 2**30:.0f} GiB"
        raise NotToBeHadError(msg)
    source = root / "source"
    source.mkdir()
    for name in ("go.mod", "go.sum"):
        (source / name).write_text(
            resources.files("automation.engine").joinpath("cli", name).read_text(encoding="utf-8"), encoding="utf-8"
        )
    modules = (source / "go.sum").read_text(encoding="utf-8").count("/go.mod ")
    progress("fetching the modules of the Pulumi CLI", 0.0)
    packages: set[str] = set()
    fetched = 0
    for line, is_output in _run_go([go, "list", "-deps", CLI_PACKAGE], source):
        if is_output:
            packages.add(line)
        elif line.startswith("go: downloading"):
            fetched += 1
            progress("fetching the modules of the Pulumi CLI", min(fetched / modules, 1.0))
    compiled = 0
    version_flag = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{PINNED}"
    build = [
        go,
        "build",
        "-v",
        "-trimpath",
        "-tags",
        "osusergo,grpcnotrace",
        "-ldflags",
        version_flag,
        "-o",
        str(root / "bin" / "pulumi"),
        CLI_PACKAGE,
    ]
    progress(f"building Pulumi {PINNED}: {len(packages)} packages", 0.0)
    for line, _ in _run_go(build, source):
        if line in packages:
            compiled += 1
            progress(f"building Pulumi {PINNED}: {compiled} of {len(packages)} packages", compiled / len(packages))
    shutil.rmtree(source)


def _run_go(command: list[str], folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield each line that the go command prints, and whether it came on standard output."""
    environment = os.environ | {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0", "GOWORK": "off"}
    said: list[str] = []
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        with subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None  # noqa: S101 - for the type checker: it was asked for two lines up
            for line in process.stderr:
                said.append(line.rstrip())
                yield said[-1], False
        if process.returncode != 0:
            errors = [line for line in said if not line.startswith("go: downloading")][-3:]
            msg = f"`{' '.join(command[1:3])}` failed: {' / '.join(errors) or f'exit code {process.returncode}'}"
            raise NotToBeHadError(msg)
        output.seek(0)
        for line in output:
            yield line.rstrip(), True


WAYS: tuple[Way, ...] = (("download", _download), ("build", _build))
"""How an engine is made, in this order."""
