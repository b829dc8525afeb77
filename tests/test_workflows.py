"""The action and the example workflows: their schemas, actionlint, zizmor, scripts without expressions, pins."""

import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / "docs" / "ci-workflows" / ".github" / "workflows").glob("*.yml"))
BIN = Path(sysconfig.get_path("scripts"))
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def read(file: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    yield from (("action", step) for step in read(ACTION)["runs"]["steps"])
    for file in WORKFLOWS:
        for job in read(file)["jobs"].values():
            yield from ((file.stem, step) for step in job["steps"])


def test_the_files_are_what_github_takes() -> None:
    assert [each.name for each in WORKFLOWS] == ["deploy.yml", "preview.yml"]
    run(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    run(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-actions", ACTION)


def test_zizmor_finds_nothing() -> None:
    run(BIN / "zizmor", "--offline", "--quiet", "--persona", "pedantic", ACTION, *WORKFLOWS)


@pytest.mark.skipif(not shutil.which("actionlint"), reason=f"`go install {ACTIONLINT}` puts actionlint on the path")
def test_actionlint_finds_nothing() -> None:
    run("actionlint", *WORKFLOWS)


def test_no_script_holds_an_expression() -> None:
    scripts = [step["run"] for _, step in steps() if "run" in step]
    assert len(scripts) == 3
    for script in scripts:
        assert "${{" not in script
        assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0


def test_every_action_is_pinned_by_its_commit() -> None:
    used = [step["uses"] for _, step in steps() if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each) for each in used)


def test_no_job_may_do_more_than_it_has_to() -> None:
    allowed = {
        ("deploy", "deploy"): {"contents": "read", "id-token": "write"},
        ("preview", "preview"): {"contents": "read", "id-token": "write", "pull-requests": "write"},
        ("preview", "preview-of-a-fork"): {"contents": "read"},
    }
    given = {(file.stem, name): job["permissions"] for file in WORKFLOWS for name, job in read(file)["jobs"].items()}
    assert given == allowed
    assert all(read(file)["permissions"] == {} for file in WORKFLOWS)


def test_a_fork_gets_no_credentials() -> None:
    workflow = read(ROOT / "docs/ci-workflows/.github/workflows/preview.yml")
    assert list(workflow[True]) == ["pull_request"], "YAML reads the key `on` as true"
    fork = workflow["jobs"]["preview-of-a-fork"]
    assert not [step for step in fork["steps"] if "credentials@" in step["uses"]]
    assert "secrets." not in str(fork)
    assert fork["steps"][-1]["with"]["sandbox"] == "true"
    assert fork["if"].replace("!=", "==") == workflow["jobs"]["preview"]["if"], "one of the two runs"


def test_the_workflows_give_the_action_what_it_takes() -> None:
    inputs = set(read(ACTION)["inputs"])
    ours = [step for _, step in steps() if "failwell@" in step.get("uses", "")]
    assert len(ours) == 3
    assert all(set(step["with"]) <= inputs for step in ours)


def test_the_page_lists_every_input_and_output() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    action = read(ACTION)
    for header, key in (("| input |", "inputs"), ("| output |", "outputs")):
        rows = page.split(header, 1)[1].split("\n\n", 1)[0].splitlines()[2:]
        listed = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
        assert listed == set(action[key])
