"""Says what a preflight found: each refusal as an error, and the rest in one line."""

from collections.abc import Iterator

from automation.preflight.model import Finding, Report, Status
from diagnostics.model import Diagnosis, Verdict
from diagnostics.names import COMMAND


def diagnosis_of(refusal: Finding) -> Diagnosis:
    """Return a refusal in the shape in which every error is printed."""
    return Diagnosis(
        Verdict.DOOMED,
        refusal.what,
        refusal.why,
        refusal.fix,
        evidence=refusal.evidence,
        root_cause=refusal.check,
        service=refusal.subject,
    )


def notes_of(refusal: Finding) -> list[str]:
    """Return what else is true of a refusal."""
    return [f"nothing was changed; `{COMMAND} up --skip-check {refusal.check}` leaves this check out"]


def lines(report: Report, *, verbose: bool = False) -> Iterator[str]:
    """Yield one line for a whole report, and one for each finding that is not well where that is asked for."""
    if not report.findings:
        return
    counts = {status: len(report.of(status)) for status in Status}
    said = [f"{counts[status]} {words}" for status, words in _WORDS.items() if counts[status]]
    yield f"preflight: {', '.join(said)} ({report.seconds:.1f} s)"
    for finding in report.findings:
        if verbose and finding.status in {Status.NOT_DONE, Status.SKIPPED}:
            because = f" ({finding.evidence[0].quote})" if finding.evidence else ""
            yield f"preflight: {finding.check} of {finding.subject}: {finding.what}{because}"


_WORDS = {Status.OK: "passed", Status.REFUSED: "refused", Status.NOT_DONE: "not done", Status.SKIPPED: "skipped"}
