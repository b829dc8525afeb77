"""The command of the wheel, beside a stack whose packages have the names of failwell's rooms."""

import json
import re
import subprocess
import sysconfig
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

import components
from tests.packaging.conftest import ROOT, Installed, install

pytestmark = pytest.mark.e2e

CASE = ROOT / "tests" / "diagnostics" / "rules" / "image-not-found" / "hit-event-only.json"


def metadata(wheel: Path) -> "dict[str, list[str]]":
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        message = message_from_string(archive.read(name).decode())
    return {key: message.get_all(key, []) for key in message}


def test_the_wheel_puts_one_package_into_an_environment(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"failwell", f"failwell-{components.__version__}.dist-info"}
    assert {"failwell/py.typed", "failwell/PulumiPlugin.yaml", "failwell/_tool/__init__.py"} <= set(names)


def test_every_file_of_a_room_travels(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "automation", "commands", "diagnostics", "sandbox", "components", "deploy.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = {
        f"failwell/{name.removeprefix('components/')}" if name.startswith("components/") else f"failwell/_tool/{name}"
        for name in listed
    }
    assert expected - names == set()


def test_a_stack_does_not_have_to_install_the_sandbox(wheel: Path) -> None:
    needed = metadata(wheel)["Requires-Dist"]
    plain = {re.split(r"[<>=!~ ;\[]", each)[0] for each in needed if "extra ==" not in each}
    assert plain == {"pulumi", "pulumi-aws"}
    of_plugin = (ROOT / "components" / "requirements.txt").read_text(encoding="utf-8").split()
    assert sorted(of_plugin) == sorted(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    assert any(each.startswith("moto") and "extra == 'sandbox'" in each for each in needed)


def test_there_is_one_version(wheel: Path, installed: Installed, project: Path) -> None:
    assert metadata(wheel)["Version"] == [components.__version__]
    code = "import failwell, importlib.metadata as m; print(failwell.__version__, m.version('failwell'))"
    printed = installed.run(installed.python, "-c", code, cwd=project).stdout
    assert set(printed.split()) == {components.__version__}
    assert "version" not in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_component_is_imported_beside_namesakes_and_imports_nothing_yet(
    installed: Installed, project: Path
) -> None:
    code = (
        "import sys; before = set(sys.modules); import failwell, components, errors;"
        "print(components.OWNER, errors.OWNER);"
        "print(sorted(m for m in set(sys.modules) - before if m.startswith(('pulumi', 'boto', 'grpc', 'failwell.'))));"
        "from failwell import FargateService; print(FargateService.__module__)"
    )
    run = installed.run(installed.python, "-c", code, cwd=project)
    assert run.stdout.splitlines() == ["the stack the stack", "[]", "failwell.fargate_service"], run.stderr


@pytest.mark.parametrize("arguments", [("--help",), ("up", "--help"), ("explain", "--help")])
def test_it_helps(installed: Installed, project: Path, arguments: tuple[str, ...]) -> None:
    run = installed.failwell(*arguments, cwd=project)
    assert run.returncode == 0, run.stderr
    assert f"Usage: failwell {'[OPTIONS]' if arguments == ('--help',) else arguments[0]}" in run.stdout


def test_it_lists_the_rules_and_shows_a_page(installed: Installed, project: Path) -> None:
    run = installed.failwell("rules", cwd=project)
    assert run.returncode == 0, run.stderr
    assert "out-of-memory" in run.stdout
    assert "## What to do" in installed.failwell("rules", "out-of-memory", cwd=project).stdout
    refused = installed.failwell("rules", "no-such-rule", cwd=project)
    assert (refused.returncode, refused.stderr) == (
        2,
        "error: there is no rule `no-such-rule`; `failwell rules` lists them\n",
    )


def test_it_explains_what_it_is_given(installed: Installed, project: Path) -> None:
    document = json.dumps(json.loads(CASE.read_text(encoding="utf-8")))
    run = installed.failwell("explain", "--evidence", "-", cwd=project, given=document + "\n")
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("error[image-not-found]: ")
    assert run.stdout.endswith("help: for more, run `failwell rules image-not-found`\n")
    page = installed.failwell("explain", "--evidence", "-", "--format", "html", cwd=project, given=document + "\n")
    assert page.returncode == 0, page.stderr
    assert page.stdout.startswith("<!doctype html>")


def test_a_path_that_has_namesakes_does_not_shadow_the_rooms(installed: Installed, project: Path) -> None:
    command = ["/usr/bin/env", f"PYTHONPATH={project}", str(installed.directory / "bin" / "failwell"), "rules"]
    run = installed.run(*command, cwd=project)
    assert (run.returncode, run.stderr) == (0, "")


def test_the_project_is_the_current_folder_where_none_is_named(installed: Installed, tmp_path: Path) -> None:
    run = installed.failwell("up", "--sandbox", cwd=tmp_path)
    assert run.returncode == 2
    assert "there is no Pulumi.yaml in it" in run.stderr


def test_without_its_packages_the_command_says_what_to_install(wheel: Path, tmp_path: Path) -> None:
    bare = install(wheel, tmp_path / "bare", with_packages=False)
    run = bare.failwell("rules", cwd=tmp_path)
    assert run.returncode == 2
    assert "pip install 'failwell[tool]'" in run.stderr
    assert "Traceback" not in run.stderr
    assert bare.run(bare.python, "-c", "import failwell", cwd=tmp_path).returncode == 0


def test_without_the_sandbox_the_command_says_what_to_install(wheel: Path, project: Path, tmp_path: Path) -> None:
    tool = install(wheel, tmp_path / "tool", with_packages=False)
    (site,) = tool.directory.glob("lib/python*/site-packages")
    for found in Path(sysconfig.get_path("purelib")).iterdir():
        if not found.name.startswith("moto") and not (site / found.name).exists():
            (site / found.name).symlink_to(found)
    run = tool.failwell("sandbox", "start", cwd=project)
    assert run.returncode == 1
    assert "pip install 'failwell[sandbox]'" in run.stderr
    assert "Traceback" not in run.stderr
    assert tool.failwell("rules", cwd=project).returncode == 0


def test_up_deploys_that_stack_and_stops_a_doomed_deployment(installed: Installed, project: Path) -> None:
    try:
        first = installed.failwell("up", "--sandbox", "--config", "image=shop:good-1", cwd=project)
        assert first.returncode == 0, first.stderr
        assert "shop serves shop" in first.stdout
        given = ("--no-preflight", "--config", "image=shop:no-such-tag")
        doomed = installed.failwell("up", "--sandbox", "--verbose", *given, cwd=project)
        assert doomed.returncode == 4, doomed.stderr
        assert doomed.stdout.startswith("error[image-not-found]: ")
        assert "error[" not in doomed.stderr, "the component's hook is silent under the driver"
        removed = installed.failwell("destroy", "--sandbox", cwd=project)
        assert removed.returncode == 0, removed.stderr
    finally:
        installed.failwell("sandbox", "stop", cwd=project)
