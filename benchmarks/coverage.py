"""Branch coverage of `diagnostics` and `automation` by their unit tests, as pytest-cov measures it.

    python -m benchmarks.coverage [--output FILE.json] [TESTS…]

The tests run in parts, one after the other; what each covered is kept in `.failwell/coverage`, and put together with
what is kept of the others. So whoever adds tests runs those alone, and names them. After a change of the program itself
all of them have to run (`make coverage` does). A part that does not end in time counts as failed. End-to-end tests,
which run the program as other processes, count for nothing here.
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
PARTS = (
    "tests/diagnostics",
    "tests/automation",
    "tests/commands",
    "tests/security",
    "tests/test_deploy.py",
    "tests/test_catalogue.py",
    "tests/test_iam_page.py",
)
LEFT_OUT = {
    "tests/diagnostics/rules/test_fuzz.py": "it measures the processor's time, of which noting each line takes most",
    "tests/automation/histories": "whole lives of a stack on a sandbox, which take long even where no line is noted",
}
"""What would only add to the shares, and why it is not run."""
MINUTES = 20
"""How long one part may take."""
KEPT = ROOT / ".failwell" / "coverage"
_PARTS = KEPT / "parts.json"
_COUNTS = ("num_statements", "covered_lines", "num_branches", "covered_branches")


def main() -> None:
    """Run the tests and write what they covered; end with their exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("parts", metavar="TESTS", nargs="*", default=PARTS)
    given = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    parts: dict[str, Any] = json.loads(_PARTS.read_text(encoding="utf-8")) if _PARTS.exists() else {}
    for part in given.parts:
        parts[part] = {"passed": _run(part), "made_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        _PARTS.write_text(json.dumps(parts, indent=1), encoding="utf-8")
    measured = _together()
    document = {
        "schema": "coverage/1",
        "command": "make coverage",
        "tool": f"coverage {version('coverage')}, pytest-cov {version('pytest-cov')}",
        "python": sys.version.split()[0],
        "parts": parts,
        "left_out": LEFT_OUT,
        "packages": packages(measured["files"]),
    }
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    for name, each in document["packages"].items():
        print(f"{name}: {each['branches']:.1%} of branches, {each['lines']:.1%} of lines")
    sys.exit(not all(each["passed"] for each in parts.values()))


def _data(part: str) -> Path:
    return KEPT / f"{part.replace('/', '-')}.data"


def _run(part: str) -> bool:
    """Run the tests of a part, and say whether all passed."""
    print(f"{part}:", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not e2e", "-p", "no:cacheprovider", "-n", "2"]
    command += ["--dist", "loadfile", "--cov", "--cov-branch", "--cov-report=", part]
    command += [f"--ignore={each}" for each in LEFT_OUT]
    try:
        ended = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"COVERAGE_FILE": str(_data(part))}, check=False, timeout=MINUTES * 60
        )
    except subprocess.TimeoutExpired:
        print(f"{part}: not ended after {MINUTES} minutes")
        return False
    return ended.returncode == 0


def _together() -> dict[str, Any]:
    """Return what all parts covered, as `coverage json` tells it."""
    tool = [sys.executable, "-m", "coverage"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        environment = os.environ | {"COVERAGE_FILE": str(Path(folder) / "together")}
        kept = [str(each) for each in sorted(KEPT.glob("*.data"))]
        subprocess.run([*tool, "combine", "--quiet", "--keep", *kept], cwd=ROOT, env=environment, check=True)
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
