"""Who builds the same files gets the same wheel, wherever and whenever; and its list of packages is the lock's."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("automation", "commands", "components", "diagnostics", "sandbox")
FILES = ("pyproject.toml", "README.md", "deploy.py", "installed.py", ".gitignore")


def build(folder: Path, *, age: int, umask: int) -> Path:
    """Copy what the wheel is made of into a folder, as if it were checked out then, and build it."""
    for name in PARTS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    for each in folder.rglob("*"):
        os.utime(each, (age, age))
        each.chmod((0o777 if each.is_dir() or os.access(each, os.X_OK) else 0o666) & ~umask)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*command, "--wheel-dir", folder / "dist", folder],
        check=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1795273520", "PYTHONHASHSEED": str(age)},
        umask=umask,
        cwd=folder,
    )
    (found,) = (folder / "dist").glob("*.whl")
    return found


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    first, second = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("elsewhere") / "a folder"
    second.mkdir()
    return build(first, age=1_700_000_000, umask=0o022), build(second, age=1_790_000_000, umask=0o077)


def test_two_builds_are_one_wheel(wheels: tuple[Path, Path]) -> None:
    one, other = (hashlib.sha256(each.read_bytes()).hexdigest() for each in wheels)
    assert one == other


def test_the_wheel_has_the_programs_files_and_no_others(wheels: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(wheels[0]) as wheel:
        names = wheel.namelist()
        dates = {each.date_time for each in wheel.infolist()}
    assert "failwell/_tool/diagnostics/rules/__init__.py" in names
    assert [each for each in names if not each.startswith("failwell")] == []
    assert [each for each in names if "__pycache__" in each or "/." in each or "tests/" in each] == []
    assert dates == {(2026, 11, 21, 15, 5, 20)}
