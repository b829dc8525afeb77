"""Finding and installing the Pulumi CLI: the order, the progress, and what is said where nothing works."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from automation.engine.install import (
    LANGUAGE_HOST,
    PINNED,
    Engine,
    NotToBeHadError,
    Progress,
    ensure_engine,
    find_engine,
    language_host_path,
)
from automation.engine.install import WAYS as REAL_WAYS
from automation.errors import EngineUnavailableError

ROOT = Path(__file__).resolve().parents[3]


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def makes_one(root: Path, progress: Progress) -> None:
    progress("making", 0.5)
    program(root / "bin" / "pulumi", f"echo v{PINNED}")


def refuses(_root: Path, _progress: Progress) -> None:
    raise NotToBeHadError("get.pulumi.com answered 403")


def quiet(_what: str, _share: float | None) -> None:
    """Show no progress."""


@pytest.fixture
def path_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_a_supported_cli_on_path_comes_first(tmp_path: Path, path_folder: Path) -> None:
    found = program(path_folder / "pulumi", "echo v3.300.1")
    program(tmp_path / "cache" / f"v{PINNED}" / "bin" / "pulumi", "echo never")
    assert find_engine(tmp_path / "cache") == Engine(found, "3.300.1", "PATH")


@pytest.mark.parametrize("answer", ["echo v3.100.0", "echo v4.0.0", "echo nonsense", "exit 1"])
def test_a_cli_on_path_of_another_version_is_passed_over(tmp_path: Path, path_folder: Path, answer: str) -> None:
    program(path_folder / "pulumi", answer)
    assert find_engine(tmp_path / "cache") is None


def test_the_first_way_that_works_fills_the_cache_and_a_second_run_does_nothing(
    tmp_path: Path, path_folder: Path
) -> None:
    assert path_folder.is_dir()
    cache = tmp_path / "cache"
    seen: list[tuple[str, float | None]] = []
    ways = (("download", refuses), ("build", makes_one))
    made = ensure_engine(lambda *step: seen.append(step), cache, ways)
    assert (made.source, made.version) == ("build", PINNED)
    assert seen == [("making", 0.5)]
    assert ensure_engine(quiet, cache, (("never", refuses),)) == Engine(made.executable, PINNED, "cache")
    assert [p.name for p in cache.iterdir() if p.name.startswith(".partial")] == [], "nothing half-made is left"


def test_where_nothing_works_the_error_says_what_was_tried_and_what_to_do(tmp_path: Path, path_folder: Path) -> None:
    assert path_folder.is_dir()
    with pytest.raises(EngineUnavailableError) as refusal:
        ensure_engine(quiet, tmp_path / "cache", (("download", refuses), REAL_WAYS[1]))
    said = str(refusal.value)
    assert "download: get.pulumi.com answered 403" in said
    assert "build: there is no `go` on PATH" in said
    assert f"Install Pulumi {PINNED} by hand" in said


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, path_folder: Path) -> None:
    assert path_folder.is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(EngineUnavailableError, match="cannot be written"):
        ensure_engine(quiet, tmp_path / "file" / "cache", (("build", makes_one),))


INSTALLING = """
import os, signal, sys, time
from pathlib import Path
from automation.engine.install import ensure_engine

cache, here, how = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

def make(root, progress):
    (root / "bin").mkdir()
    with (root / "bin" / "pulumi").open("w") as file:
        file.write("half")
        file.flush()
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        while len(list(here.glob("*.began"))) < 2:
            time.sleep(0.01)
        file.write(" and half")
    (here / f"{os.getpid()}.made").touch()

(here / f"{os.getpid()}.began").touch()
print(ensure_engine(lambda what, share: None, cache, (("fake", make),)).source)
"""


def install(cache: Path, here: Path, how: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", INSTALLING, str(cache), str(here), how]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": "."})


def test_of_two_installs_at_once_one_makes_the_engine_and_the_other_takes_it(tmp_path: Path, path_folder: Path) -> None:
    assert path_folder.is_dir()
    cache, here = tmp_path / "cache", tmp_path / "here"
    here.mkdir()
    both = [install(cache, here, "whole") for _ in range(2)]
    sources = sorted(each.communicate(timeout=60)[0].strip() for each in both)
    assert sources == ["cache", "fake"]
    assert len(list(here.glob("*.made"))) == 1
    assert (cache / f"v{PINNED}" / "bin" / "pulumi").read_text() == "half and half"


def test_an_install_that_is_killed_is_not_taken_for_a_whole_one(tmp_path: Path, path_folder: Path) -> None:
    assert path_folder.is_dir()
    cache, here = tmp_path / "cache", tmp_path / "here"
    here.mkdir()
    killed = install(cache, here, "killed")
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert find_engine(cache) is None
    assert ensure_engine(quiet, cache, (("build", makes_one),)).source == "build"
    assert list(cache.glob(".partial*")) == [], "what the killed one left is removed"


GO = """
case "$1" in
  list) echo 'go: downloading example.com/a v1' >&2; printf 'a\\nb\\n' ;;
  build) echo a >&2; echo b >&2; shift; while [ "$1" != -o ]; do shift; done; mkdir -p "$(dirname "$2")"; : > "$2" ;;
esac
"""


def test_a_build_shows_how_far_it_is(tmp_path: Path, path_folder: Path) -> None:
    program(path_folder / "go", GO)
    seen: list[tuple[str, float | None]] = []
    made = ensure_engine(lambda *step: seen.append(step), tmp_path / "cache", (REAL_WAYS[1],))
    assert made.executable.is_file()
    assert seen[-2:] == [
        (f"building Pulumi {PINNED}: 1 of 2 packages", 0.5),
        (f"building Pulumi {PINNED}: 2 of 2 packages", 1.0),
    ]


def test_a_failed_build_quotes_go(tmp_path: Path, path_folder: Path) -> None:
    program(path_folder / "go", "echo 'go: go.mod requires go >= 1.26 (running go 1.19)' >&2; exit 1")
    with pytest.raises(EngineUnavailableError, match=r"requires go >= 1\.26"):
        ensure_engine(quiet, tmp_path / "cache", (REAL_WAYS[1],))


def test_our_language_host_stands_beside_an_engine_that_has_none(tmp_path: Path) -> None:
    executable = program(tmp_path / "bin" / "pulumi", "")
    engine = Engine(executable, PINNED, "build")
    assert language_host_path(engine) == str(tmp_path / "bin")
    assert (tmp_path / "bin" / LANGUAGE_HOST).stat().st_mode & 0o111
    assert language_host_path(engine) == str(tmp_path / "bin"), "a second time it is found to be ours"


def test_the_real_language_host_is_preferred(tmp_path: Path, path_folder: Path) -> None:
    executable = program(tmp_path / "bin" / "pulumi", "")
    program(tmp_path / "bin" / LANGUAGE_HOST, "")
    assert language_host_path(Engine(executable, PINNED, "download")) == ""
    program(path_folder / LANGUAGE_HOST, "")
    assert language_host_path(Engine(program(path_folder / "pulumi", ""), PINNED, "PATH")) == ""
    assert language_host_path(Engine(executable.parent / "x" / "pulumi", PINNED, "PATH"), tmp_path / "cache") == ""
