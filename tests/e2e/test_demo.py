"""`make demo` tells what happened: both ways are real runs, and nothing stays behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT

pytestmark = pytest.mark.e2e


def test_the_demo_plays_both_ways_and_leaves_nothing(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.demo", "--speed", "120"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "200", "TMPDIR": str(tmp_path)},
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    row = {
        cells[0]: cells[1:]
        for line in run.stdout.splitlines()
        if len(cells := [c.strip() for c in line.split("│")[1:-1]]) == 3
    }
    assert row["exit code"] == ["1", "4"]
    without, aided = (
        int(cell.removesuffix(" s")) for cell in row["until the old revision served again, by ECS's records"]
    )
    assert aided < without
    table = run.stdout.split("what it said")[1]
    assert "circuit breaker" in " ".join(line.split("│")[2].strip() for line in table.splitlines() if "│" in line[1:])
    assert row["what it said"][1].startswith("error[elb-health-port-mismatch]")
    assert re.findall(r"^left by .*: (shop:\d+) serves: 2 of 2 tasks run", run.stdout, re.MULTILINE) == ["shop:1"] * 2
    assert not list(tmp_path.glob("failwell-demo-*"))
