"""Batches of hard histories, each drawn from a seed: what they met, how they ended, and the smallest that broke."""

import os
import time
from collections import Counter
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from traceback import extract_tb
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.automation.histories.invariants import live
from tests.automation.histories.stage import Stage
from tests.automation.histories.story import History, histories


@dataclass
class Tally:
    """What histories met and how their runs ended; counts."""

    histories: int = 0
    runs: Counter[str] = field(default_factory=Counter)
    """By exit code; `killed` where the run did not live to tell, `another operator` where that was refused."""
    happened: Counter[str] = field(default_factory=Counter)
    """What happened, in words."""
    met: Counter[str] = field(default_factory=Counter)
    """How often calls and files met a fault."""

    def see(self, stage: Stage) -> None:
        """Count a history that has ended well."""
        self.histories += 1
        self.runs.update(stage.ended)
        self.happened.update(act.value for act in stage.happened)
        for act, count in stage.faults.hit.items():
            self.met[act.value] += count

    def add(self, other: "Tally") -> None:
        """Count another tally's histories with these."""
        self.histories += other.histories
        self.runs += other.runs
        self.happened += other.happened
        self.met += other.met


@dataclass(frozen=True)
class Broken:
    """A history that did not end well, as small as it could be made."""

    seed: int
    history: str
    """As a Python expression, for `tests/automation/histories/found.py`."""
    problem: str


@dataclass
class Batch:
    """What came of the histories of one seed."""

    seed: int
    tally: Tally = field(default_factory=Tally)
    broken: Broken | None = None
    cpu_seconds: float = 0.0


def live_batch(number: int, count: int, *, hard: bool = True, shrink: bool = True) -> Batch:
    """Live so many histories of a seed, up to the first that breaks an invariant; that one is made smaller."""
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        del os.environ[name]
    batch = Batch(number)
    failed: list[tuple[History, BaseException]] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
    )
    @given(history=histories(hard=hard))
    def every_history_ends_well(history: History) -> None:
        try:
            live(history, lambda _said: None, Tally().see if failed else batch.tally.see)
        except BaseException as broken:
            failed.append((history, broken))
            raise

    began = time.process_time()
    try:
        every_history_ends_well()
    except Exception as problem:  # noqa: BLE001 - whatever it is, it is told with the seed
        history, broken = failed[-1] if failed else (None, problem)
        batch.broken = Broken(number, expression(history), _told(broken))
    batch.cpu_seconds = time.process_time() - began
    return batch


def _told(problem: BaseException) -> str:
    frames = [f"{Path(each.filename).name}:{each.lineno}" for each in extract_tb(problem.__traceback__)[-8:]]
    return f"{type(problem).__name__}: {problem}"[:2000] + f" ({' '.join(frames)})"


def expression(value: Any) -> str:
    """Return a history as the Python expression that makes it; what is as usual is left out."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, tuple):
        return f"({', '.join(map(expression, value))}{',' if len(value) == 1 else ''})"
    if not is_dataclass(value):
        return repr(value)
    given = ((each, getattr(value, each.name)) for each in fields(value))
    told = ", ".join(f"{each.name}={expression(mine)}" for each, mine in given if mine != each.default)
    return f"{type(value).__name__}({told})"
