"""The words that every part of the diagnosis shares: quote, finding, gap, verdict, diagnosis."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What waiting can still do for a deployment."""

    DOOMED = "doomed"
    """Waiting cannot help."""
    SUSPECT = "suspect"
    """It may recover; it counts against a budget."""
    STALLED = "stalled"
    """Nothing new happens, for too long."""
    HEALTHY = "healthy"
    """The revision that was asked for serves."""
    UNKNOWN = "unknown"
    """No rule knows what is seen."""


@dataclass(frozen=True)
class Quote:
    """AWS's own words, with the field that they came from."""

    source: str
    quote: str
    at: datetime | None = None

    def to_document(self) -> dict[str, Any]:
        """Return the quote as `diagnosis/1` writes it."""
        return {"source": self.source, "quote": self.quote, "at": self.at.isoformat() if self.at else None}


@dataclass(frozen=True)
class Finding:
    """What one rule says of the evidence: the fact, the mechanism, what to change, and how we know."""

    what: str
    why: str
    fix: str
    evidence: tuple[Quote, ...]
    tasks: tuple[str, ...] = ()
    """ARNs of the tasks that failed like this. A suspect finding becomes doomed when there are enough of them."""
    repeats: str = ""
    """Why one such death is enough: the next task is certain to fail alike. "" where a second one must confirm it."""
    verdict: Verdict | None = None
    """Set where this finding is less certain than its rule usually is, or more; else the rule's own verdict holds."""
    settles_after: timedelta | None = None
    """Set where what is missing may have been made a moment ago and AWS does not know it everywhere yet: a permission,
    a role, a secret, a log group (`IAM_SETTLES_AFTER`). A doomed finding is then only suspect until one of `tasks`
    that was created so long after the first of them failed alike; so name the tasks. See `diagnostics.settling`."""


IAM_SETTLES_AFTER = timedelta(seconds=60)
"""How long a change of IAM may take to be known everywhere: IAM is eventually consistent and names no bound; a minute
is this project's choice.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html (changes that are not always
immediately visible)
"""


@dataclass(frozen=True)
class Gap:
    """Something that could not be read, with the API's answer."""

    what: str
    why: str

    def to_document(self) -> dict[str, str]:
        """Return the gap as `evidence/1` and `diagnosis/1` write it."""
        return {"what": self.what, "why": self.why}


@dataclass(frozen=True)
class Change:
    """One setting that differs from the last revision that completed; None where it was, or is, not set."""

    path: str
    """In the task definition: `containerDefinitions[app].image`."""
    before: str | None
    after: str | None

    def to_document(self) -> dict[str, str | None]:
        """Return the change as `diagnosis/1` writes it."""
        return {"path": self.path, "before": self.before, "after": self.after}


@dataclass(frozen=True)
class Link:
    """A page of the AWS console."""

    name: str
    """What it shows: `service`, `task 2e2950`, `log of app`, `target group web`."""
    url: str

    def to_document(self) -> dict[str, str]:
        """Return the link as `diagnosis/1` writes it."""
        return {"name": self.name, "url": self.url}


@dataclass(frozen=True)
class Diagnosis:
    """One explanation of what a deployment does: `diagnosis/1` as a value."""

    verdict: Verdict
    what: str
    why: str
    fix: str
    root_cause: str | None = None
    evidence: tuple[Quote, ...] = ()
    also_seen: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    service: str | None = None
    cluster: str | None = None
    deployment: str | None = None
    changes: tuple[Change, ...] = ()
    """What differs from the last revision that completed; empty where it serves, or no earlier one is known."""
    changed_since: str | None = None
    """That revision: `web:1`."""
    links: tuple[Link, ...] = ()
    notes: tuple[str, ...] = ()
    """What else is true, one sentence each: what serves now, which other deployment failed."""
    at: datetime | None = field(default=None, compare=False)
    """When the evidence was captured."""

    def to_document(self) -> dict[str, Any]:
        """Return the diagnosis as the JSON object of `docs/evidence.md`."""
        return {
            "schema": "diagnosis/1",
            "root_cause": self.root_cause,
            "verdict": self.verdict.value,
            "what": self.what,
            "why": self.why,
            "fix": self.fix,
            "evidence": [quote.to_document() for quote in self.evidence],
            "also_seen": list(self.also_seen),
            "gaps": [gap.to_document() for gap in self.gaps],
            "service": self.service,
            "cluster": self.cluster,
            "deployment": self.deployment,
            "changes": [change.to_document() for change in self.changes],
            "changed_since": self.changed_since,
            "links": [link.to_document() for link in self.links],
            "notes": list(self.notes),
        }
