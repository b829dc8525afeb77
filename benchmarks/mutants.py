"""Draws mutants of modules, with the operators of cosmic-ray, in whose environment it runs: one JSON line each.

    python benchmarks/mutants.py --seed S --count N MODULE.py…

At each place that an operator would change, one of the operators is drawn; of the places, N a module. Annotations and
docstrings are no places: what is changed there changes nothing that runs.
"""

import argparse
import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

Place = tuple[int, int]
"""Line and column."""


def places(source: str) -> dict[Place, list[tuple[str, int]]]:
    """Return where which operators change something: an operator's name and the number of its change in the module."""
    ignored = list(_annotations(source))
    found: dict[Place, list[tuple[str, int]]] = defaultdict(list)
    tree = get_ast(source)
    for name in sorted(operator_names()):
        operator = get_operator(name)
        if operator.arguments():
            continue
        positions = (position for node in ast_nodes(tree) for position in operator().mutation_positions(node))
        for number, (start, _end) in enumerate(positions):
            if not any(begin <= start < end for begin, end in ignored):
                found[start].append((name, number))
    return found


def _annotations(source: str) -> Iterator[tuple[Place, Place]]:
    for node in ast.walk(ast.parse(source)):
        for name in ("annotation", "returns"):
            if hint := getattr(node, name, None):
                yield (hint.lineno, hint.col_offset), (hint.end_lineno, hint.end_col_offset)


def drawn(path: Path, count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield mutants of a module; the same seed and source give the same ones."""
    source = path.read_text(encoding="utf-8")
    before = source.splitlines()
    random = Random(f"{seed} {path.as_posix()}")  # noqa: S311 - it is to be repeatable
    found = places(source)
    chosen = random.sample(sorted(found), min(count, len(found)))
    for place in sorted(chosen):
        name, number = random.choice(found[place])
        mutated = mutate_code(source, get_operator(name)(), number)
        if mutated is not None:
            operator = name.removeprefix("core/")
            became = next((new for old, new in zip(before, mutated.splitlines(), strict=False) if old != new), "")
            yield {
                "module": path.as_posix(),
                "line": place[0],
                "operator": operator,
                "becomes": became.strip(),
                "source": mutated,
            }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("modules", type=Path, nargs="+")
    given = parser.parse_args()
    for module in given.modules:
        for mutant in drawn(module, given.count, given.seed):
            print(json.dumps(mutant))
