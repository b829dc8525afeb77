"""Changes what clients get from AWS, where their session tells it of each answer (`after-call`)."""

from copy import deepcopy
from random import Random
from typing import Any

from tests.fuzz.mutants import changed


class Garbler:
    """Changes some of the answers that the clients get."""

    def __init__(self) -> None:
        self.chance: Random | None = None
        self.share = 0.0
        self.seed: int | None = None
        """Where threads ask in any order: each operation has a chance of its own then."""

    def after_call(self, parsed: dict[str, Any], model: Any, **_more: Any) -> None:
        chance = self.chance if self.seed is None else Random(f"{self.seed} {model.name}")  # noqa: S311
        if chance is None or chance.random() >= self.share:
            return
        answer = {key: deepcopy(value) for key, value in parsed.items() if key != "ResponseMetadata"}
        for _ in range(chance.randrange(1, 4)):
            answer = changed(answer, chance)
        kept = {"ResponseMetadata": parsed["ResponseMetadata"]}
        parsed.clear()
        parsed.update((answer if isinstance(answer, dict) else {}) | kept)


GARBLER = Garbler()
