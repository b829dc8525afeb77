"""Prowler as an independent judge of the example's stack, deployed to a sandbox: `make prowler`.

It looks at what the stack made. A failure is accepted where accepted.toml says why; any other one, or an entry that
covers none any more, ends the scan with exit code 1. Usage: python tests/prowler/scan.py --prowler PATH [--keep FOLDER]
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ACCEPTED = Path(__file__).with_name("accepted.toml")
SERVICES = ("ecs", "elbv2", "ecr", "cloudwatch", "sns", "sqs", "kms", "iam")
"""Prowler's services; log groups are in its `cloudwatch`."""
_SCAN_SECONDS = 1800


@dataclass(frozen=True)
class Failure:
    """A check of prowler that failed on one resource."""

    check: str
    resource: str
    said: str


@dataclass(frozen=True)
class Accepted:
    """A failure that stays, with its reason; `resource` is a pattern."""

    check: str
    reason: str
    resource: str = "*"

    def covers(self, failure: Failure) -> bool:
        """Tell whether this is the failure that was accepted."""
        return self.check == failure.check and fnmatchcase(failure.resource, self.resource)


def read_accepted(path: Path) -> list[Accepted]:
    """Read the list; a reason is required (TypeError, ValueError: an entry is wrong)."""
    entries = [Accepted(**each) for each in tomllib.loads(path.read_text(encoding="utf-8")).get("accepted", [])]
    if silent := [each.check for each in entries if not each.reason.strip()]:
        raise ValueError(f"{path}: without a reason: {', '.join(silent)}")
    return entries


def read_failures(report: Path, arns: Iterable[str]) -> tuple[list[Failure], int]:
    """Return what failed on the stack's resources in prowler's CSV, and how many checks looked at them."""
    own = set(arns)
    with report.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter=";") if row["RESOURCE_UID"].removesuffix(":*") in own]
    failed = [row for row in rows if row["STATUS"] == "FAIL"]
    return [Failure(row["CHECK_ID"], row["RESOURCE_UID"], row["STATUS_EXTENDED"]) for row in failed], len(rows)


def split(failures: Sequence[Failure], accepted: Sequence[Accepted]) -> tuple[list[Failure], list[Accepted]]:
    """Return the failures that nobody accepted, and the entries that cover none any more."""
    unlisted = [failure for failure in failures if not any(each.covers(failure) for each in accepted)]
    stale = [each for each in accepted if not any(each.covers(failure) for failure in failures)]
    return unlisted, stale


def stack_arns(deployment: Mapping[str, Any]) -> set[str]:
    """Return the ARNs of what a stack made, from its exported state."""
    outputs = (each.get("outputs", {}) for each in deployment.get("resources", []))
    return {str(each["arn"]).removesuffix(":*") for each in outputs if each.get("arn")}


def deploy(project: Path) -> dict[str, str]:
    """Deploy the example to a sandbox of its own; return the environment that leads there."""
    command = [sys.executable, str(ROOT / "deploy.py"), "up", "--sandbox", "--project", str(project), "--no-preflight"]
    subprocess.run([*command, "--config", "image=shop:good-1"], check=True)
    from sandbox import process

    local = process.find(project / ".failwell" / "sandbox")
    if local is None:
        raise RuntimeError("the sandbox ended before the scan")
    return local.environment()


def state(project: Path, environment: dict[str, str]) -> Mapping[str, Any]:
    """Return the stack's exported state."""
    from automation.engine.install import ensure_engine
    from automation.engine.project import read_project
    from automation.engine.workspace import open_stack

    engine = ensure_engine(lambda _what, _share: None)
    opened = open_stack(read_project(project), "sandbox", engine, environment, create=False)
    return opened.stack.export_stack().deployment or {}


def scan(prowler: str, environment: Mapping[str, str], folder: Path) -> Path:
    """Run prowler over the sandbox's account; return its report."""
    command = [prowler, "aws", "--region", environment["AWS_REGION"], "--service", *SERVICES, "--no-banner"]
    command += ["--output-formats", "csv", "--output-directory", str(folder), "--output-filename", "report"]
    subprocess.run(
        [*command, "--ignore-exit-code-3"], env={**os.environ, **environment}, check=True, timeout=_SCAN_SECONDS
    )
    return folder / "report.csv"


def main() -> int:
    """Deploy, scan, compare; 0 where every failure is accepted."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--prowler", required=True, help="the executable, from a virtual environment of its own")
    options.add_argument("--keep", type=Path, help="a folder for prowler's report")
    given = options.parse_args()
    accepted = read_accepted(ACCEPTED)
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        project = Path(name)
        for part in ("Pulumi.yaml", "__main__.py", "components", "example"):
            (project / part).symlink_to(ROOT / part)
        try:
            environment = deploy(project)
            report = scan(given.prowler, environment, project / "report")
            failures, looked = read_failures(report, stack_arns(state(project, environment)))
            if given.keep:
                given.keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(report, given.keep)
        finally:
            from sandbox import process

            process.stop(project / ".failwell" / "sandbox")
    unlisted, stale = split(failures, accepted)
    for failure in unlisted:
        print(f"FAIL {failure.check}: {failure.said} ({failure.resource})")
    for each in stale:
        print(f"accepted.toml: {each.check} fails no more: take it out")
    print(f"prowler looked {looked} times at the stack: {len(failures)} failed, {len(unlisted)} not accepted")
    return 1 if unlisted or stale or not looked else 0


if __name__ == "__main__":
    sys.exit(main())
