"""When the evidence and the circuit breaker's own verdict come where everything takes as long as one end of its range.

    .venv/bin/python -m benchmarks.proof.ends [--speed 20] [--seed 1]

Nobody does anything: each failure is deployed at desired count 1 with a breaker, in a sandbox whose timings are all at
their low end, and in one where they are all at their high end.
"""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any, get_args

from benchmarks.proof.case import Measured, measure
from benchmarks.proof.compare import make
from benchmarks.proof.kinds import KINDS
from benchmarks.proof.results import FOLDER, command, origin, write
from benchmarks.proof.stage import Stage, cases_of
from benchmarks.proof.tools import Launch, Tool
from sandbox.timings import End

NOBODY = Tool(
    "nobody",
    "nobody",
    "",
    "the circuit breaker alone",
    lambda stage, _case, _spec: Launch((), {}, stage.directory),
    after_failure=True,
    verdict=False,
)
_MINUTES = 60
"""Of ECS's clock, in which each of them has ended."""


def main() -> None:
    """Run both, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", type=float, default=20, help="of the sandbox's clock")
    parser.add_argument("--seed", type=int, default=1, help="of what is not a timing")
    parser.add_argument("--into", type=Path, default=FOLDER, help="the folder of the results")
    asked = parser.parse_args()
    document = {
        "schema": "ends/1",
        "origin": origin(command("benchmarks.proof.ends", sys.argv[1:])),
        "seed": asked.seed,
        "speed": asked.speed,
        "cases": [
            {"end": end, "kind": each.kind, "conclusive": each.conclusive, "given_up": each.given_up}
            for end in get_args(End)
            for each in alone(end, asked.speed, asked.seed)
        ],
    }
    print(write("ends", document, asked.into))


def alone(end: End, speed: float, seed: int) -> list[Measured]:
    """Deploy every failure where timings are at one end, and return what ECS made of it."""
    cases = cases_of([kind.id for kind in KINDS.values() if kind.fails])
    with tempfile.TemporaryDirectory(prefix="failwell-bench-") as folder:
        stage = Stage(Path(folder), speed, seed, timings=end)
        try:
            files = {case.name: make(NOBODY, stage, case) for case in cases}
            stage.until_serving(cases)
            until = time.monotonic() + _MINUTES * 60 / speed

            def one(case: Any) -> Measured:
                return measure(NOBODY, stage, case, files[case.name], until, nullcontext())

            with ThreadPoolExecutor(len(cases)) as at_once:
                return list(at_once.map(one, cases))
        finally:
            stage.close()


if __name__ == "__main__":
    main()
