"""What a check of the preflight says, and what all of them come to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from diagnostics.model import Quote

if TYPE_CHECKING:
    from automation.preflight.reading import PreflightReads
    from automation.preflight.subject import Subject


class Status(StrEnum):
    """What became of a check."""

    OK = "ok"
    REFUSED = "refused"
    """It would fail, and waiting could not help."""
    WARNED = "warned"
    """It can work, but not as somebody may think; nothing is refused for it."""
    NOT_DONE = "not-done"
    """It could not be checked: a value is unknown or secret, or AWS did not let it be read."""
    SKIPPED = "skipped"
    """A person left it out."""


@dataclass(frozen=True)
class Recorded:
    """The digest that an image's reference stood for when it was checked; compared with what runs later."""

    container: str
    image: str
    digest: str
    manifests: tuple[str, ...] = ()
    """Of an index: the digests of its platforms' own manifests."""

    def is_digest(self, digest: str) -> bool:
        """Tell whether this is what runs under that digest."""
        return digest in {self.digest, *self.manifests}


@dataclass(frozen=True)
class Finding:
    """One thing that a check found. A check sets what it found; `check` and `subject` are set for it."""

    status: Status
    what: str
    """One fact, lower case, no full stop, names in backticks, no advice."""
    fix: str = ""
    """What to change, in the imperative; of a `REFUSED` one always."""
    why: str = ""
    """The mechanism, one sentence."""
    evidence: tuple[Quote, ...] = ()
    """AWS's words or the plan's, with where they came from."""
    recorded: tuple[Recorded, ...] = ()
    check: str = ""
    subject: str = ""
    """The service's name."""

    def to_document(self) -> dict[str, Any]:
        """Return the finding as `preflight/1` writes it."""
        return {
            "check": self.check,
            "status": self.status.value,
            "service": self.subject,
            "what": self.what,
            "why": self.why or None,
            "fix": self.fix or None,
            "evidence": [{"source": quote.source, "quote": quote.quote} for quote in self.evidence],
        }


def refused(what: str, fix: str, *, why: str = "", evidence: Sequence[Quote] = ()) -> Finding:
    """Return a finding that refuses the update."""
    return Finding(Status.REFUSED, what, fix, why, tuple(evidence))


def warned(what: str, fix: str, *, why: str = "", evidence: Sequence[Quote] = ()) -> Finding:
    """Return a finding that a person should know of, and that refuses nothing."""
    return Finding(Status.WARNED, what, fix, why, tuple(evidence))


def not_done(what: str, *, evidence: Sequence[Quote] = ()) -> Finding:
    """Return a finding that says what was not checked, and why."""
    return Finding(Status.NOT_DONE, what, evidence=tuple(evidence))


class Check(Protocol):
    """One question of the preflight: a module with these names."""

    ID: str
    """In kebab case; what `--skip-check` takes."""
    TITLE: str
    """What is true of a service that passes, as one sentence."""
    READS: str
    """AWS's operations that it asks, and what of the plan it looks at."""
    FIX: str
    """What to do where it refuses or warns, in the imperative."""

    def run(self, subject: "Subject", reads: "PreflightReads", /) -> Iterator[Finding]:
        """Yield what is not as it must be; nothing where all is well.

        A `ReadError` that it does not catch is a check that was not done, and so is any other exception.
        """
        ...


@dataclass(frozen=True)
class Report:
    """What the preflight found, of all services."""

    findings: tuple[Finding, ...]
    seconds: float = 0.0
    """Real time that it took."""

    @property
    def refused(self) -> tuple[Finding, ...]:
        """The findings that refuse the update."""
        return self.of(Status.REFUSED)

    @property
    def told(self) -> tuple[Finding, ...]:
        """The findings that a person should read: refusals, and then warnings."""
        return (*self.refused, *self.of(Status.WARNED))

    def of(self, status: Status) -> tuple[Finding, ...]:
        """Return the findings of that status."""
        return tuple(each for each in self.findings if each.status is status)

    def recorded(self, subject: str) -> tuple[Recorded, ...]:
        """Return the digests of a service's images, as they were when they were checked."""
        return tuple(each for found in self.findings if found.subject == subject for each in found.recorded)

    def to_document(self) -> dict[str, Any]:
        """Return the report as the JSON object of `automation/schemas/preflight-1.json`."""
        subjects = dict.fromkeys(each.subject for each in self.findings)
        return {
            "schema": "preflight/1",
            "refused": bool(self.refused),
            "seconds": round(self.seconds, 3),
            "findings": [each.to_document() for each in self.findings],
            "images": [
                {"service": subject, "container": each.container, "image": each.image, "digest": each.digest}
                for subject in subjects
                for each in self.recorded(subject)
            ],
        }
