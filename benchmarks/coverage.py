"""Branch coverage of `diagnostics` and `automation` by their unit tests, as pytest-cov measures it.

    python -m benchmarks.coverage [--output FILE.json] [TESTS…]

The tests run in parts, one after the other, each in processes of its own; what they covered is put together in the end.
A part that does not end in time counts as failed, with what it had covered lost. End-to-end tests, which run the
program as other processes, count for nothing here.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("results") / "coverage.json"
PARTS = ("tests/diagnostics", "tests/automation", "tests/commands", "tests/security", "tests/test_deploy.py")
LEFT_OUT = {
    "tests/diagnostics/rules/test_fuzz.py": "it measures the processor's time, of which noting each line takes most",
    "tests/automation/histories": "whole lives of a stack on a sandbox, which take long even where no line is noted",
}
"""What would only add to the shares, and why it is not run."""
MINUTES = 20
"""How long one part may take."""
_COUNTS = ("num_statements", "covered_lines", "num_branches", "covered_branches")


def main() -> None:
    """Run the tests and write what they covered; end with their exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("parts", metavar="TESTS", nargs="*", default=PARTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        passed = {part: _run(part, Path(folder) / f".coverage.{number}") for number, part in enumerate(given.parts)}
        measured = _together(Path(folder))
    document = {
        "schema": "coverage/1",
        "command": "make coverage",
        "made_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tool": f"coverage {version('coverage')}, pytest-cov {version('pytest-cov')}",
        "python": sys.version.split()[0],
        "passed": passed,
        "left_out": LEFT_OUT,
        "packages": packages(measured["files"]),
    }
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    for name, each in document["packages"].items():
        print(f"{name}: {each['branches']:.1%} of branches, {each['lines']:.1%} of lines")
    sys.exit(not all(passed.values()))


def _run(part: str, data: Path) -> bool:
    """Run the tests of a part, and say whether all passed."""
    print(f"{part}:", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not e2e", "-p", "no:cacheprovider", "-n", "2"]
    command += ["--dist", "loadfile", "--cov", "--cov-branch", "--cov-report=", part]
    command += [f"--ignore={each}" for each in LEFT_OUT]
    try:
        ended = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"COVERAGE_FILE": str(data)}, check=False, timeout=MINUTES * 60
        )
    except subprocess.TimeoutExpired:
        print(f"{part}: not ended after {MINUTES} minutes")
        return False
    return ended.returncode == 0


def _together(folder: Path) -> dict[str, Any]:
    """Return what all parts covered, as `coverage json` tells it."""
    report, tool = folder / "coverage.json", [sys.executable, "-m", "coverage"]
    environment = os.environ | {"COVERAGE_FILE": str(folder / ".coverage")}
    subprocess.run([*tool, "combine", "--quiet", str(folder)], cwd=ROOT, env=environment, check=True)
    subprocess.run([*tool, "json", "--quiet", "-o", str(report)], cwd=ROOT, env=environment, check=True)
    measured: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return measured


def packages(files: dict[str, Any]) -> dict[str, Any]:
    """Return the shares of each room, and its ten modules with the most branches that nothing took."""
    rooms: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
    missed: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for path, each in files.items():
        room, summary = Path(path).parts[0], each["summary"]
        for count in _COUNTS:
            rooms[room][count] += summary[count]
        missed[room].append((summary["num_branches"] - summary["covered_branches"], path))
    return {
        room: {
            "branches": round(counts["covered_branches"] / counts["num_branches"], 4),
            "lines": round(counts["covered_lines"] / counts["num_statements"], 4),
            **counts,
            "least_covered": {path: count for count, path in sorted(missed[room], reverse=True)[:10] if count},
        }
        for room, counts in sorted(rooms.items())
    }


if __name__ == "__main__":
    main()
