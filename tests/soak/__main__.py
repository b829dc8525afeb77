"""The reliability suite: `python -m tests.soak` lives random histories with faults and keeps what they came to.

Each seed makes a batch of histories, the same each time for one state of the code and one version of hypothesis. The
smallest history that breaks an invariant is printed as a Python expression; it belongs, mended, to
`tests/automation/histories/found.py`.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.proof import results
from tests.soak.batch import Batch, Tally, live_batch

BATCH = 25
"""Histories of one seed."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--histories", type=int, default=500, help="how many (500)")
    parser.add_argument("--seed", type=int, default=1, help="that of the first batch; the next ones count on (1)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many at once (one a core)")
    parser.add_argument("--easy", action="store_true", help="without the soak's own faults, as the driver's tests")
    parser.add_argument("--as-found", action="store_true", help="what breaks is not made smaller, which takes longest")
    parser.add_argument("--results", type=Path, help="the file that keeps what came of them, as JSON")
    asked = parser.parse_args()
    began = time.monotonic()
    batches = []
    hard, shrink = not asked.easy, not asked.as_found
    command = results.command("tests.soak", sys.argv[1:])
    document: dict[str, Any] = {}
    for batch in _live(asked.seed, asked.histories, asked.processes, hard=hard, shrink=shrink):
        batches.append(batch)
        lived = sum(each.tally.histories for each in batches)
        print(
            f"seed {batch.seed}: {lived} of {asked.histories} histories, {time.monotonic() - began:.0f} s", flush=True
        )
        if batch.broken:
            print(f"seed {batch.seed} broke: {batch.broken.problem}\n{batch.broken.history}\n", flush=True)
        document = _document(sorted(batches, key=lambda each: each.seed), time.monotonic() - began, command)
        if asked.results:  # after each batch: a long soak that is ended has its results
            results.write("soak", document, asked.results.parent, asked.results.stem)
    print(json.dumps(document, indent=1))
    return 1 if document["broken"] else 0


def _live(first: int, histories: int, processes: int, *, hard: bool, shrink: bool) -> Iterator[Batch]:
    sizes = [min(BATCH, histories - start) for start in range(0, histories, BATCH)]
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        asked = [pool.submit(live_batch, first + n, size, hard=hard, shrink=shrink) for n, size in enumerate(sizes)]
        for future in as_completed(asked):
            yield future.result()


def _document(batches: list[Batch], seconds: float, command: str) -> dict[str, Any]:
    """Return what is kept: `soak/1`, whose schema is `benchmarks/proof/schemas/soak.json`."""
    whole = Tally()
    for batch in batches:
        whole.add(batch.tally)
    return {
        "schema": "soak/1",
        "origin": results.origin(command),
        "hypothesis": version("hypothesis"),
        "seeds": [batch.seed for batch in batches],
        "histories": whole.histories,
        "runs": dict(sorted(whole.runs.items())),
        "happened": dict(sorted(whole.happened.items())),
        "met": dict(sorted(whole.met.items())),
        "broken": [vars(batch.broken) for batch in batches if batch.broken],
        "seconds": round(seconds),
        "cpu_seconds": round(sum(batch.cpu_seconds for batch in batches)),
    }


if __name__ == "__main__":
    sys.exit(main())
