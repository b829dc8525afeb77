"""Things over time: a track takes what each look shows of one thing, and becomes a row of spans."""

from dataclasses import dataclass, field
from datetime import datetime

from diagnostics.render.html.words import Tone


@dataclass(frozen=True)
class Span:
    """One state, for as long as it lasted."""

    state: str
    tone: Tone
    start: datetime
    end: datetime | None
    """None where the last look still shows it."""


@dataclass(frozen=True)
class Row:
    """One thing over time: a deployment, a task, a target, an alarm."""

    name: str
    said: str
    """What became of it, as far as the last look shows."""
    spans: tuple[Span, ...]


@dataclass
class Track:
    """One thing, look by look."""

    name: str
    said: str = ""
    _spans: list[Span] = field(default_factory=list)

    def see(self, at: datetime, state: str, tone: Tone, said: str) -> None:
        """Take what a look shows, or says of an earlier moment; a state that goes on is one span."""
        self.said = said
        last = self._spans[-1] if self._spans else None
        if last is not None and last.end is None:
            if last.state == state:
                return
            at = max(at, last.start)
            self._spans[-1] = Span(last.state, last.tone, last.start, at)
        self._spans.append(Span(state, tone, at, None))

    def lose(self, at: datetime) -> None:
        """Take that a look does not show it any more."""
        if self._spans and self._spans[-1].end is None:
            last = self._spans[-1]
            self._spans[-1] = Span(last.state, last.tone, last.start, max(at, last.start))

    @property
    def row(self) -> Row:
        """All of it."""
        return Row(self.name, self.said, tuple(self._spans))
