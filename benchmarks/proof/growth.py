"""What `up`, a watch and an explanation cost, and how each grows with the services, the tasks and the log lines.

    make bench-up        or: .venv/bin/python -m benchmarks.proof.growth [--pairs 3] [--services 1,10,100,500]

`up` beside plain `pulumi up`, as in `benchmarks.up`; the command's own start; `preview` beside `pulumi preview`; one
`watch --fleet` over a cluster in which one service of ten deploys a program that crashes, on real clocks; the diagnosis
of a snapshot, as in `benchmarks.diagnose`. Times of the processor say more than those of a wall where others use the
machine.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks import diagnose as diagnosing
from benchmarks.proof.fleet import watched
from benchmarks.proof.results import FOLDER, ROOT, command, origin, write
from benchmarks.up import STACK, Bench, Cost
from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence

SNAPSHOTS = ((1, 50), (10, 500), (100, 5000), (400, 20000))
"""Stopped tasks and log lines in all."""
_ROUNDS = 5


def main() -> None:
    """Measure everything, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=3, help="runs of `up`, and of `preview`, beside the engine's own")
    parser.add_argument("--services", default="1,10,100,500", help="sizes of the cluster that is watched")
    parser.add_argument("--seconds", type=float, default=120, help="for which each of them is watched")
    parser.add_argument("--into", type=Path, default=FOLDER, help="the folder of the results")
    asked = parser.parse_args()
    document = {
        "schema": "growth/1",
        "origin": origin(command("benchmarks.proof.growth", sys.argv[1:])),
        "start": start_up(),
        **beside_the_engine(asked.pairs),
        "watch": watches([int(each) for each in asked.services.split(",")], asked.seconds),
        "explain": [explained(*each) for each in SNAPSHOTS],
    }
    print(write("growth", document, asked.into))


def watches(sizes: Sequence[int], seconds: float) -> list[dict[str, Any]]:
    """Watch clusters of these sizes, two at a time, the largest first; return them by their size."""
    with ThreadPoolExecutor(2) as pairs:
        found = list(pairs.map(lambda size: watched(size, seconds), sorted(sizes, reverse=True)))
    return sorted(found, key=lambda each: int(each["services"]))


def start_up() -> dict[str, float]:
    """Return what `deploy.py --help` takes, in seconds, at best of five."""
    command = [sys.executable, str(ROOT / "deploy.py"), "up", "--help"]
    taken = [_timed(command, {}) for _ in range(_ROUNDS)]
    return {"wall": min(wall for wall, _ in taken), "cpu": min(cpu for _, cpu in taken)}


def beside_the_engine(pairs: int) -> dict[str, Any]:
    """Return what `up` and `preview` take beside the engine's own: the pairs, first ours."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), speed=60)
        try:
            bench.up()  # the first one makes the stack, and brings every file into the machine's cache
            bench.plain()
            ups = [(bench.up(), bench.plain()) if n % 2 == 0 else _turned(bench) for n in range(pairs)]
            ours, plain = bench.preview_command(), ["pulumi", "preview", "--non-interactive", "--stack", STACK]
            previews = [(_timed(ours, bench.run_settings()), _timed(plain, bench.run_settings())) for _ in range(pairs)]
        finally:
            bench.close()
    return {
        "up": [{"ours": _cost(ours), "engine": _cost(theirs)} for ours, theirs in ups],
        "preview": [
            {"ours": {"wall": mine[0], "cpu": mine[1]}, "engine": {"wall": theirs[0], "cpu": theirs[1]}}
            for mine, theirs in previews
        ],
    }


def _turned(bench: Bench) -> tuple[Cost, Cost]:
    """Let the engine go first."""
    plain = bench.plain()
    return bench.up(), plain


def _cost(cost: Cost) -> dict[str, float]:
    return {"wall": round(cost.seconds, 2), "cpu": round(cost.cpu_seconds, 2), "mib": round(cost.mib, 1)}


def _timed(command: Sequence[str], how: dict[str, Any]) -> tuple[float, float]:
    """Run a command, and return its seconds on the wall and of the processor."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, **how)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return round(time.perf_counter() - began, 3), round(used, 3)


def explained(tasks: int, lines: int) -> dict[str, float]:
    """Return what one diagnosis of a snapshot takes: milliseconds of the processor, in the median."""
    text = json.dumps(diagnosing.snapshot(tasks, lines))
    taken = []
    for _ in range(_ROUNDS):
        document = json.loads(text)
        began = time.process_time()
        diagnose(Evidence.parse(document))
        taken.append((time.process_time() - began) * 1000)
    return {
        "tasks": tasks,
        "lines": lines,
        "kib": round(len(text) / 1024),
        "cpu_ms": round(statistics.median(taken), 1),
    }


if __name__ == "__main__":
    main()
