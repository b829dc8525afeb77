"""How long things take: ranges from one data file, each with its source, and values drawn from them."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, RootModel, ValidationError, model_validator

End = Literal["low", "high"]
_PATH = Path(__file__).with_name("timings.yaml")


class TimingsError(Exception):
    """The file of timings cannot be used; the message names the file and the key."""


class Range(BaseModel):
    """Seconds (or the unit in the name) at least, usually and at most, and where the figures come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    low: float
    typical: float
    high: float
    source: str

    @model_validator(mode="after")
    def _in_order(self) -> "Range":
        if not 0 <= self.low <= self.typical <= self.high:
            raise ValueError("expected 0 <= low <= typical <= high")
        return self


class _File(RootModel[dict[str, Range]]):
    pass


class Timings:
    """Every range by its name.

    Args:
        ranges: as `load_timings` reads them.
        seed: of what is drawn.
    """

    def __init__(self, ranges: Mapping[str, Range], seed: int | str) -> None:
        self._ranges = ranges
        self._seed = seed
        self._random = Random()  # noqa: S311 - a simulation wants to be repeatable; seeded for each value
        self._drawn = Counter[tuple[str, str]]()

    def draw(self, name: str, of: str) -> float:
        """Return a value of the range `name`, most often near the typical one (KeyError: there is no such range).

        The values that belong to one service, or to whatever else `of` names, are the same whatever is drawn for
        others in between: whoever deploys it, and beside whom, meets the same.
        """
        chosen = self._ranges[name]
        self._drawn[name, of] += 1
        self._random.seed(f"{self._seed} {name} {of} {self._drawn[name, of]}")
        return self._random.triangular(chosen.low, chosen.high, chosen.typical)

    def typical(self, name: str) -> float:
        """Return the typical value of a range, for what must not change the values drawn after it."""
        return self._ranges[name].typical

    def throttle(self, failures: int, of: str) -> float:
        """Return the gap before the next attempt after so many consecutive failures to start; the last range stays."""
        known = sum(name.startswith("start_throttle_") for name in self._ranges)
        return self.draw(f"start_throttle_{min(failures, known)}", of)

    def pull(self, size_mib: float, of: str) -> float:
        """Return how long an image of this size takes to pull."""
        return max(self.draw("pull_minimum", of), size_mib / self.draw("pull_mib_per_second", of))


def at_end(ranges: Mapping[str, Range], end: End) -> Mapping[str, Range]:
    """Return the ranges drawn together at one of their ends, for what holds at both."""
    return {
        name: Range(low=value, typical=value, high=value, source=each.source)
        for name, each in ranges.items()
        for value in (each.low if end == "low" else each.high,)
    }


def load_timings(path: Path | None = None) -> Mapping[str, Range]:
    """Read the ranges, the sandbox's own where no `path` is given.

    Raises:
        TimingsError: it cannot be read, is not YAML, or a key is wrong.
    """
    path = path or _PATH
    try:
        return _File.model_validate(yaml.load(path.read_text(), Loader=yaml.CSafeLoader)).root
    except (OSError, yaml.YAMLError) as error:
        raise TimingsError(f"{path}: {error}") from error
    except ValidationError as error:
        problems = (f"{path}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise TimingsError("\n".join(problems)) from error
