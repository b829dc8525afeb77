"""A story: several looks at one deployment, one diagnosis. It remembers the best one, for evidence disappears."""

from collections.abc import Sequence
from dataclasses import replace

from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis, Gap, Verdict
from diagnostics.rules import RULES, Rule

_ORDER = (Verdict.UNKNOWN, Verdict.HEALTHY, Verdict.STALLED, Verdict.SUSPECT, Verdict.DOOMED)
_GAPS_KEPT = 20


class Story:
    """Takes the looks in their order; `best` is what they say together."""

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self.best: Diagnosis | None = None
        self._rules = rules

    def add(self, evidence: Evidence) -> Diagnosis:
        """Diagnose one more look, remember what says most, and return the diagnosis of this look alone.

        A deployment that serves after all was not doomed: that a look shows it healthy replaces everything before.
        """
        diagnosis = diagnose(evidence, self._rules)
        recovered = diagnosis.verdict is Verdict.HEALTHY
        if self.best is None or recovered or _weight(diagnosis) >= _weight(self.best):
            self.best = diagnosis
        return diagnosis

    def with_gaps(self, gaps: Sequence[Gap]) -> Diagnosis | None:
        """Return the best diagnosis with further gaps, each once."""
        if self.best is None:
            return None
        return replace(self.best, gaps=tuple(dict.fromkeys((*self.best.gaps, *gaps)))[:_GAPS_KEPT])


def _weight(diagnosis: Diagnosis) -> tuple[int, int]:
    """Rank by verdict; of two that say as much, one with a cause, then one with words, then the later."""
    return _ORDER.index(diagnosis.verdict), 2 if diagnosis.root_cause else 1 if diagnosis.evidence else 0
