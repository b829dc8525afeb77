"""The agent skill's session on the sandbox runs as it is written, in a checkout of its own."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, copy_of_checkout

pytestmark = pytest.mark.e2e


def session() -> list[tuple[str, int]]:
    """Return the commands of the skill that need the sandbox, each with its exit code."""
    text = (ROOT / "skills" / "failwell" / "SKILL.md").read_text(encoding="utf-8")
    block = next(each for each in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "--sandbox" in each)
    found = []
    for line in block.splitlines():
        command, _, code = line.partition("  # exit ")
        found.append((command, int(code or 0)))
    return found


def test_the_session_runs_as_written(tmp_path: Path) -> None:
    checkout = copy_of_checkout(tmp_path)
    said: dict[str, str] = {}
    try:
        for command, code in session():
            run = subprocess.run(  # noqa: S602 - the page's own words
                command,
                shell=True,
                cwd=checkout,
                capture_output=True,
                text=True,
                timeout=300,
                env=os.environ | {"NO_COLOR": "1"},
                check=False,
            )
            assert run.returncode == code, f"{command}\n{run.stdout}\n{run.stderr}"
            said[command.partition("deploy.py ")[2]] = run.stdout
    finally:
        subprocess.run([".venv/bin/python", "deploy.py", "sandbox", "stop"], cwd=checkout, check=False)
    diagnoses = [json.loads(output) for command, output in said.items() if command.startswith("explain")]
    assert [each["root_cause"] for each in diagnoses] == ["elb-health-port-mismatch"] * 2
    assert "serves now" in diagnoses[1]["notes"][0]
    watched = [
        json.loads(line) for command, out in said.items() if command.startswith("watch") for line in out.splitlines()
    ]
    assert all(each["schema"] == "watched/1" for each in watched)
    status = json.loads(next(output for command, output in said.items() if command.startswith("sandbox status")))
    assert set(status) >= {"endpoint", "region", "now", "speed", "environment"}
