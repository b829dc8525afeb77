"""How much sooner the previous revision serves again with an abort than with ECS's own circuit breaker.

    .venv/bin/python -m benchmarks.abort [--speed 10] [--desired 1] [--image port-5201]... [--least 3]

Both modes run one after the other on one sandbox, from the same healthy revision; times are seconds of ECS's clock
since the deployment was created, as the outcome records them.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ("port-5201", "no-such-tag", "crash-on-start", "health-500", "out-of-memory", "arm64-only")


def up(project: Path, speed: float, image: str, *options: str) -> dict[str, Any]:
    """Run `up` on a sandbox of the project, and return the outcome."""
    file = project / "outcome.json"
    command = [sys.executable, ROOT / "deploy.py", "up", "--sandbox", "--project", project, "--speed", str(speed)]
    # What the checks refuse is not aborted.
    command += [
        "--quiet",
        "--no-preflight",
        "--timeout",
        "60",
        "--json",
        file,
        "--config",
        f"image=shop:{image}",
        *options,
    ]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    outcome: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return outcome


def seconds(outcome: dict[str, Any]) -> float:
    """Return when the previous revision was proven to serve again."""
    found = outcome["services"][0]["timing"]["previous_serves"]
    if found is None:
        raise SystemExit(f"the previous revision was not proven to serve: exit code {outcome['exit_code']}")
    return float(found)


def main() -> None:
    """Run both modes for each image, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", type=float, default=10, help="of the sandbox's clock")
    parser.add_argument("--desired", type=int, default=1, help="the service's desired count")
    parser.add_argument(
        "--image", action="append", help=f"a tag of the repository shop; by default {', '.join(IMAGES)}"
    )
    parser.add_argument("--least", type=float, default=0, help="exit with 1 where a ratio is less than this")
    asked = parser.parse_args()
    ratios = []
    table = Table("image", "explained", "aborted: serves again", "breaker: serves again", "ratio")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        for name in ("Pulumi.yaml", "__main__.py", "components", "example"):
            (project / name).symlink_to(ROOT / name)
        count = ("--config", f"desired_count={asked.desired}")
        try:
            up(project, asked.speed, "good-1", *count)
            for image in asked.image or IMAGES:
                aborted = up(project, asked.speed, image, *count, "--config", "environment.RUN=abort")
                left = up(project, asked.speed, image, *count, "--config", "environment.RUN=breaker", "--no-abort")
                explained = aborted["services"][0]["timing"]["explained"]
                with_abort, without = seconds(aborted), seconds(left)
                ratios.append(without / with_abort)
                shown = (f"{each:.0f} s" for each in (explained, with_abort, without))
                table.add_row(image, *shown, f"{ratios[-1]:.1f}")
        finally:
            subprocess.run([sys.executable, ROOT / "deploy.py", "sandbox", "stop", "--project", project], check=False)
    Console().print(table)
    if min(ratios) < asked.least:
        raise SystemExit(f"a ratio is less than {asked.least:g}")


if __name__ == "__main__":
    main()
