"""The zip: the same wherever it is made, small, whole without the environment, and without the SDK."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import boto3
import botocore
import pytest

from alerts import package
from alerts.package import LIMIT, Package, PackageError, build

ROOMS = ("alerts", "diagnostics")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return build(tmp_path_factory.mktemp("packed") / "function.zip", epoch="")


def names(packed: Package) -> list[str]:
    with zipfile.ZipFile(packed.path) as archive:
        return archive.namelist()


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write rooms whose entry is among the files."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for folder in {parent for path in root.rglob("*.py") for parent in path.relative_to(root).parents} - {Path()}:
        (root / folder / "__init__.py").touch()
    return root


def test_two_builds_on_two_paths_are_one(packed, tmp_path):
    other = tmp_path / "other"
    for room in ROOMS:
        shutil.copytree(package.ROOT / room, other / room, ignore=shutil.ignore_patterns("__pycache__", ".failwell"))
    for file in other.rglob("*"):
        os.utime(file, (1, 1))
        file.chmod(0o700)
    again = build(tmp_path / "deep" / "er" / "f.zip", root=other, epoch="")
    assert again.sha256 == packed.sha256
    assert again.path.read_bytes() == packed.path.read_bytes()


def test_it_is_small_and_its_parts_are_known(packed):
    assert packed.size < LIMIT
    by_name = {each.partition("==")[0] for each in packed.distributions}
    assert "aws_lambda_powertools" in by_name
    with zipfile.ZipFile(packed.path) as archive:
        ours = sum(each.file_size for each in archive.infolist() if each.filename.startswith(ROOMS))
    # What grows here is ours; half of the limit is the libraries' and their licences'.
    assert ours < LIMIT / 4


def test_neither_the_sdk_nor_pulumi_nor_anything_compiled_is_in_it(packed):
    tops = {name.partition("/")[0] for name in names(packed)}
    assert not tops & {"boto3", "botocore", "s3transfer", "pulumi", "pulumi_aws", "automation", "components", "sandbox"}
    assert not [name for name in names(packed) if name.endswith((".so", ".pyc", ".pyd"))]
    assert "alerts/handler/main.py" in names(packed)
    assert "alerts/component.py" not in names(packed)
    assert "alerts/package.py" not in names(packed)


def test_licences_travel_with_the_packages(packed):
    for distribution in packed.distributions:
        name, _, version = distribution.partition("==")
        folder = f"{name.replace('-', '_')}-{version}.dist-info"
        inside = [each for each in names(packed) if each.lower().startswith(folder.lower())]
        assert any(each.endswith("METADATA") for each in inside), distribution
        assert any("licen" in each.lower() for each in inside), distribution


def test_times_and_modes_are_fixed(packed):
    with zipfile.ZipFile(packed.path) as archive:
        infos = archive.infolist()
    assert [each.filename for each in infos] == sorted(each.filename for each in infos)
    assert {each.date_time for each in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {each.external_attr >> 16 for each in infos} == {0o100644}


def test_source_date_epoch_sets_the_time(tmp_path, packed):
    made = build(tmp_path / "f.zip", epoch="1700000000")
    with zipfile.ZipFile(made.path) as archive:
        assert {each.date_time for each in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}
    assert made.sha256 != packed.sha256
    with pytest.raises(PackageError, match="SOURCE_DATE_EPOCH is `soon`: write whole seconds"):
        build(tmp_path / "f.zip", epoch="soon")


def test_the_handler_is_imported_from_the_zip_alone(packed, tmp_path):
    """In a clean interpreter: no working directory, no site-packages but the SDK that Lambda brings."""
    sdk = tmp_path / "sdk"
    sdk.mkdir()
    for module in ("boto3", "botocore", "s3transfer", "dateutil", "six.py"):
        (sdk / module).symlink_to(Path(boto3.__file__).parents[1] / module)
    folder = tmp_path / "task"
    with zipfile.ZipFile(packed.path) as archive:
        archive.extractall(folder)
    program = (
        "import sys, json; sys.path[:0] = sys.argv[1:3]; before = set(sys.modules)\n"
        "from alerts.handler.main import handler\n"
        "assert callable(handler)\n"
        "made = {n: m.__file__ for n, m in sys.modules.items() if n not in before and getattr(m, '__file__', None)}\n"
        "print(json.dumps(made))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(folder), str(sdk)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"AWS_REGION": "eu-west-1", "FAILWELL_TABLE": "alerts"},
    )
    assert run.returncode == 0, run.stderr
    where: dict[str, str] = json.loads(run.stdout)
    for name in ("alerts.handler.main", "aws_lambda_powertools", "diagnostics.engine"):
        assert where[name].startswith(str(folder)), name
    assert where["botocore"] == str(sdk / "botocore" / "__init__.py")
    assert Path(botocore.__file__).exists()


def test_what_is_imported_inside_a_function_is_packed_and_what_a_type_checker_sees_is_not(tmp_path):
    root = write(
        tmp_path,
        {
            "alerts/handler/main.py": (
                "from typing import TYPE_CHECKING\n"
                "if TYPE_CHECKING:\n    import pulumi\n    from alerts import component\n"
                "def handler(event, context):\n    from diagnostics.deep import words\n    import urllib3\n"
            ),
            "alerts/component.py": "import pulumi\n",
            "diagnostics/deep/words.py": "from . import more\nfrom .more import SAID\nimport json\n",
            "diagnostics/deep/more.py": "SAID = 1\n",
            "diagnostics/deep/never.py": "import nothing_of_that_name\n",
        },
    )
    modules, others = package.closure(root)
    assert "diagnostics.deep.more" in modules
    assert "diagnostics.deep" in modules
    assert "alerts.component" not in modules
    assert "diagnostics.deep.never" not in modules
    assert others == {"urllib3"}


def test_data_of_a_packed_package_is_packed(tmp_path):
    root = write(
        tmp_path / "root",
        {
            "alerts/handler/main.py": "import diagnostics.words\n",
            "diagnostics/words.py": "",
            "diagnostics/schemas/alert-1.json": "{}",
            "diagnostics/elsewhere/module.py": "",
            "diagnostics/elsewhere/large.json": "{}",
        },
    )
    made = build(tmp_path / "f.zip", root=root, epoch="")
    assert "diagnostics/schemas/alert-1.json" in names(made)
    assert "diagnostics/elsewhere/large.json" not in names(made)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import no_such_package_anywhere\n", "no_such_package_anywhere, which is not installed"),
        ("import yaml\n", "has a compiled part"),
        ("import diagnostics.gone\n", "needs the module diagnostics"),
    ],
)
def test_what_cannot_be_packed_is_said(tmp_path, source, said):
    root = write(tmp_path / "root", {"alerts/handler/main.py": source})
    with pytest.raises(PackageError, match=said):
        build(tmp_path / "f.zip", root=root, epoch="")
    assert not (tmp_path / "f.zip").exists()


def test_an_installed_package_that_was_changed_is_refused(tmp_path, monkeypatch):
    site = tmp_path / "site"
    info = site / "tiny-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "tiny.py").write_text("CHANGED = True\n", encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n", encoding="utf-8")
    (info / "RECORD").write_text(
        "tiny.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\ntiny-1.0.dist-info/METADATA,,\n"
        "tiny-1.0.dist-info/RECORD,,\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(site))
    root = write(tmp_path / "root", {"alerts/handler/main.py": "import tiny\n"})
    with pytest.raises(PackageError, match=r"tiny 1.0: tiny.py is not as it was installed"):
        build(tmp_path / "f.zip", root=root, epoch="")
