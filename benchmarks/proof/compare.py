"""Runs us and the peers on the same failures, each in a sandbox of the same seed, and writes what came of it.

    make bench          real clocks: up to 45 minutes
    make bench-short    five minutes on a clock that is ten times faster, for the tools whose polling can follow it

    .venv/bin/python -m benchmarks.proof.compare [--short] [--tool ID]… [--kind ID]… [--seed N] [--speed N]

Services are made first, all of them; nothing is measured before each is served by its first revision. `TERRAFORM=` and
`ECSPRESSO=` name binaries of two more peers.
"""

import argparse
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.proof.binaries import named_binaries, named_tools
from benchmarks.proof.case import Measured, measure
from benchmarks.proof.claims import OURS
from benchmarks.proof.kinds import KINDS
from benchmarks.proof.results import FOLDER, ROOT, command, origin, write
from benchmarks.proof.running import run
from benchmarks.proof.stage import KEY, Case, Stage, cases_of
from benchmarks.proof.tools import Tool, tools

SHORT_KINDS = ("image-missing", "crash", "port", "secret-missing", "healthy")
SHORT_SPEED = 10.0
TRANSCRIPTS = ROOT / ".failwell" / "transcripts"
MEASURED_MINUTES = 33
"""Of real time, after which what still runs is ended and counted as not having ended."""
_APART = {"failwell": 8.0, "pulumi": 8.0}
"""Real seconds between two starts of an engine, so that 2 cores carry them; others start as they come."""


def main() -> None:
    """Run, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="the five minutes' form")
    parser.add_argument("--tool", action="append", help="only this one")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="only this failure")
    parser.add_argument("--seed", type=int, default=1, help="of each sandbox's chance")
    parser.add_argument("--speed", type=float, help="of each sandbox's clock")
    parser.add_argument("--minutes", type=float, default=MEASURED_MINUTES, help="of real time, for what is measured")
    parser.add_argument("--desired", type=int, action="append", help="of ourselves, only cases of this desired count")
    parser.add_argument("--breaker", choices=("on", "off"), action="append", help="of ourselves, only such cases")
    parser.add_argument("--transcripts", type=Path, default=TRANSCRIPTS, help="the folder for what each tool said")
    parser.add_argument("--into", type=Path, default=FOLDER, help="the folder of the results")
    asked = parser.parse_args()
    speed = asked.speed or (SHORT_SPEED if asked.short else 1.0)
    chosen = [each for each in (*tools(), *named_tools()) if not asked.tool or each.id in asked.tool]
    if speed > 1:
        chosen = [each for each in chosen if each.scales]
    kinds = asked.kind or list(SHORT_KINDS if asked.short else KINDS)
    began = time.monotonic()
    counts = asked.desired or ([1] if asked.short else [1, 5])
    breakers = [each == "on" for each in asked.breaker or (["on"] if asked.short else ["off", "on"])]
    plan = Plan(kinds, asked.minutes, asked.transcripts, counts, breakers)
    calls, measured = compare(chosen, plan, speed, asked.seed)
    document = {
        "schema": "compare/1",
        "origin": origin(command("benchmarks.proof.compare", sys.argv[1:], named_binaries())),
        "seed": asked.seed,
        "speed": speed,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "tools": [
            {"id": each.id, "name": each.name, "version": each.version, "how": each.how, "verdict": each.verdict}
            for each in chosen
        ],
        "calls": calls,
        "cases": [each.to_document() for each in measured],
    }
    path = write("compare", document, asked.into, "compare-short" if asked.short else "compare")
    print(f"{len(measured)} cases in {document['minutes']} minutes: {path}")


@dataclass(frozen=True)
class Plan:
    """What is measured; the desired counts, and whether there is a breaker, are of our own cases."""

    kinds: Sequence[str]
    minutes: float
    """Of real time, after which what still runs is ended."""
    transcripts: Path
    desired: Sequence[int] = (1,)
    breakers: Sequence[bool] = (True,)

    def cases(self, tool: Tool) -> list[Case]:
        """Return the cases of a tool."""
        kinds = [kind for kind in self.kinds if kind in (tool.kinds or self.kinds)]
        return cases_of(kinds, self.desired, self.breakers) if tool.id == OURS else cases_of(kinds)


def compare(
    chosen: Sequence[Tool], plan: Plan, speed: float, seed: int
) -> tuple[dict[str, dict[str, int]], list[Measured]]:
    """Make the stages, run every case of every tool, and return the calls of each tool and what was measured."""
    with tempfile.TemporaryDirectory(prefix="failwell-bench-") as folder:
        stages: dict[str, Stage] = {}
        try:
            for tool in chosen:
                (place := Path(folder) / tool.id).mkdir()
                stages[tool.id] = Stage(place, speed, seed)
            return _compare(chosen, stages, plan)
        finally:
            for stage in stages.values():
                stage.close()


def _compare(
    chosen: Sequence[Tool], stages: Mapping[str, Stage], plan: Plan
) -> tuple[dict[str, dict[str, int]], list[Measured]]:
    plans = {tool.id: plan.cases(tool) for tool in chosen}
    say(f"making {sum(map(len, plans.values()))} services")
    with ThreadPoolExecutor(2) as making:
        made = {
            (tool.id, case.name): making.submit(make, tool, stages[tool.id], case)
            for tool in sorted(chosen, key=lambda tool: tool.first is not None)
            for case in plans[tool.id]
        }
        specs = {each: future.result() for each, future in made.items()}
    for tool in chosen:
        stages[tool.id].until_serving(plans[tool.id])
    say("all serve their first revision; what is measured begins")
    before = {tool.id: _calls(stages[tool.id]) for tool in chosen}
    until = time.monotonic() + plan.minutes * 60
    with ThreadPoolExecutor(len(chosen)) as tools_at_once:
        running = [
            tools_at_once.submit(_run_tool, tool, stages[tool.id], plans[tool.id], specs, until, plan.transcripts)
            for tool in chosen
        ]
        measured = [each for future in running for each in future.result()]
    calls = {tool.id: _more(before[tool.id], _calls(stages[tool.id])) for tool in chosen}
    return calls, measured


def make(tool: Tool, stage: Stage, case: Case) -> Path:
    """Make a service with its first revision; return the file of what it is to become."""
    (folder := stage.directory / "specs").mkdir(exist_ok=True)
    spec = stage.spec(case)
    first, second = folder / f"{case.name}-1.json", folder / f"{case.name}-2.json"
    stage.write_spec(first, spec)
    stage.write_spec(second, stage.changed(case, spec))
    if tool.first is None:
        stage.create(spec)
        return second
    ran = run(tool.first(stage, case, first), time.monotonic() + 300)
    if ran.exit_code:
        raise SystemExit(f"{tool.id}: {case.name} could not be made:\n{ran.text}")
    return second


def _run_tool(
    tool: Tool,
    stage: Stage,
    cases: Sequence[Case],
    files: Mapping[tuple[str, str], Path],
    until: float,
    transcripts: Path,
) -> list[Measured]:
    turns = _Turns(tool.at_once, _APART.get(tool.id, 0.0))

    def one(case: Case) -> Measured | None:
        try:
            measured = measure(tool, stage, case, files[tool.id, case.name], until, turns, transcripts)
        except Exception:  # noqa: BLE001 - one case that breaks must not cost the others, which took most of an hour
            say(f"{tool.id}: {case.kind.id} could not be measured:\n{traceback.format_exc()}")
            return None
        say(measured.line())
        return measured

    with ThreadPoolExecutor(len(cases)) as at_once:
        return [each for each in at_once.map(one, cases) if each is not None]


class _Turns:
    """Lets so many run at a time, and keeps their starts apart."""

    def __init__(self, at_once: int, apart: float) -> None:
        self._running = threading.Semaphore(at_once)
        self._starting = threading.Lock()
        self._apart = apart

    def __enter__(self) -> None:
        self._running.acquire()
        with self._starting:
            time.sleep(self._apart)

    def __exit__(self, *_: object) -> None:
        self._running.release()


def _calls(stage: Stage) -> dict[str, int]:
    """Return how often each operation was asked for by others than the benchmark itself."""
    found: dict[str, int] = {}
    for key, operations in stage.sandbox.requests().items():
        if key != KEY:
            for operation, count in operations.items():
                found[operation] = found.get(operation, 0) + count
    return found


def _more(before: dict[str, int], after: dict[str, int]) -> dict[str, Any]:
    return {name: count - before.get(name, 0) for name, count in after.items() if count > before.get(name, 0)}


def say(line: str) -> None:
    """Print progress."""
    print(f"{time.strftime('%H:%M:%S')}  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
