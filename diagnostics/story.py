"""A story: several looks at one deployment, one diagnosis. It remembers the best one, for evidence disappears."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from diagnostics.engine import INSUFFICIENT, diagnose
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis, Gap, Verdict
from diagnostics.patience import stalled, what_is_new
from diagnostics.redact import redact_text
from diagnostics.rules import RULES, Rule
from diagnostics.serving import serving

_ORDER = (Verdict.UNKNOWN, Verdict.HEALTHY, Verdict.STALLED, Verdict.SUSPECT, Verdict.DOOMED)
_GAPS_KEPT = 20


class Story:
    """Takes the looks in their order; `best` is what they say together. It keeps no look, so that it does not grow."""

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self.best: Diagnosis | None = None
        self._rules = rules
        self._seen: object = None
        self._news_at: datetime | None = None
        self._stalled: Diagnosis | None = None
        self._notes: tuple[str, ...] = ()

    def add(self, evidence: Evidence) -> Diagnosis:
        """Diagnose one more look, remember what says most, and return the diagnosis of this look alone.

        A deployment that serves after all was not doomed: that a look shows it healthy replaces everything before.
        That nothing new happened is said only as long as nothing does.
        """
        diagnosis = diagnose(evidence, self._rules)
        recovered = diagnosis.verdict is Verdict.HEALTHY
        if self.best is None or recovered or _weight(diagnosis) >= _weight(self.best):
            self.best = diagnosis
        if diagnosis.notes or (self._notes and serving(evidence, None).proven):
            self._notes = diagnosis.notes
        self._note_news(evidence)
        self._stalled = stalled(evidence, diagnosis, self._news_at)
        return self._stalled or diagnosis

    def with_gaps(self, gaps: Sequence[Gap]) -> Diagnosis | None:
        """Return the best diagnosis with further gaps, each once; what an API answered is masked like everything.

        Its notes are those of the last look that had any, unless what is PRIMARY serves since: a rollback ends later.
        """
        best = self.best
        if best is None:
            return None
        if self._stalled and _weight(self._stalled) > _weight(best):
            best = self._stalled
        masked = (Gap(redact_text(gap.what), redact_text(gap.why)) for gap in gaps)
        gaps = tuple(dict.fromkeys((*best.gaps, *masked)))[:_GAPS_KEPT]
        return replace(best, gaps=gaps, notes=self._notes)

    def _note_news(self, evidence: Evidence) -> None:
        if evidence.service is None:
            return  # a look that could not read shows nothing, new or old
        seen = what_is_new(evidence)
        if seen != self._seen:
            self._seen, self._news_at = seen, evidence.captured_at


def _weight(diagnosis: Diagnosis) -> tuple[int, int]:
    """Rank by verdict; of two that say as much, one with a cause, then one with words, then the later.

    That nothing says why is no cause: words that the log brings a moment later say more.
    """
    named = diagnosis.root_cause not in (None, INSUFFICIENT)
    return _ORDER.index(diagnosis.verdict), 2 if named else 1 if diagnosis.evidence else 0
