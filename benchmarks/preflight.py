"""How long the preflight takes: `python -m benchmarks.preflight` checks the example's plan against a running sandbox.

Needs a sandbox that runs for this checkout (`deploy.py sandbox start`). Each round is a run of all checks with clients
of its own, as `up` has them; the first round of a process also reads botocore's models.
"""

import argparse
import os
import statistics
from pathlib import Path

from automation.engine.install import ensure_engine
from automation.engine.project import read_project, settings_of_run, write_settings
from automation.engine.workspace import config_file_of_run, open_stack
from automation.preflight.model import Status
from automation.preflight.plan import preview
from automation.preflight.running import run_preflight
from diagnostics.aws import Reader
from diagnostics.reads import SessionSettings
from sandbox import place, process


class _Site:
    """Clients of the sandbox, made anew for each run."""

    def __init__(self) -> None:
        self.readers: list[Reader] = []

    def asks(self, region: str | None) -> Reader:
        self.readers.append(Reader(SessionSettings(region=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"])))
        return self.readers[-1]


def main() -> None:
    """Measure, and print the median, the longest and the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, default=Path(__file__).resolve().parents[1])
    parser.add_argument("--stack", default="sandbox")
    parser.add_argument("--image", default="shop:good-2")
    parser.add_argument("--rounds", type=int, default=10)
    given = parser.parse_args()
    project = read_project(given.project)
    local = process.find(place.place_of(project.directory).directory)
    if local is None:
        parser.error("no sandbox runs for this project: start one with `deploy.py sandbox start`")
    os.environ.update(local.environment())
    opened = open_stack(project, given.stack, ensure_engine(lambda *_: None), local.environment(), create=True)
    file = config_file_of_run(project, given.stack)
    write_settings(settings_of_run(project, given.stack, [f"image={given.image}"], local.defaults()), file)
    plan = preview(opened, file)
    file.unlink()
    seconds: list[float] = []
    calls = 0
    for _ in range(given.rounds):
        site = _Site()
        report = run_preflight(plan, site)
        seconds.append(report.seconds)
        calls = sum(sum(reader.api_calls.values()) for reader in site.readers)
    counts = {status.value: len(report.of(status)) for status in Status if report.of(status)}
    print(f"{len(report.findings)} findings {counts}, {calls} calls")
    print(f"first {seconds[0]:.2f} s, median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s")


if __name__ == "__main__":
    main()
