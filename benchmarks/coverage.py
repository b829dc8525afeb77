"""Branch coverage of `diagnostics` and `automation` by their unit tests, as pytest-cov measures it.

    python -m benchmarks.coverage [--output FILE.json] [TESTS…]

End-to-end tests, which run the program as other processes, count for nothing here.
"""

import argparse
import json
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
TESTS = ("tests/diagnostics", "tests/automation", "tests/commands", "tests/security", "tests/test_deploy.py")
_COUNTS = ("num_statements", "covered_lines", "num_branches", "covered_branches")


def main() -> None:
    """Run the tests and write what they covered; end with their exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("tests", nargs="*", default=TESTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "not e2e", "-p", "no:cacheprovider", *given.tests]
        ended = subprocess.run(
            [*command, "--cov", "--cov-branch", f"--cov-report=json:{report}", "--cov-report="], cwd=ROOT, check=False
        )
        measured = json.loads(report.read_text(encoding="utf-8"))
    document = {
        "schema": "coverage/1",
        "command": "make coverage",
        "made_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tool": f"coverage {version('coverage')}, pytest-cov {version('pytest-cov')}",
        "python": sys.version.split()[0],
        "tests": list(given.tests),
        "tests_passed": ended.returncode == 0,
        "packages": packages(measured["files"]),
    }
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    for name, each in document["packages"].items():
        print(f"{name}: {each['branches']:.1%} of branches, {each['lines']:.1%} of lines")
    sys.exit(ended.returncode)


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
