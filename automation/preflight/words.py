"""Says what a preflight found: each refusal as an error, each warning as a warning, and the rest in one line."""

from collections.abc import Iterator

from automation.preflight.checks import CHECKS
from automation.preflight.model import Finding, Report, Status
from diagnostics.model import Diagnosis, Verdict
from diagnostics.names import COMMAND


def diagnosis_of(finding: Finding) -> Diagnosis:
    """Return a refusal or a warning in the shape in which every error is printed."""
    return Diagnosis(
        Verdict.DOOMED if finding.status is Status.REFUSED else Verdict.SUSPECT,
        finding.what,
        finding.why,
        finding.fix,
        evidence=finding.evidence,
        root_cause=finding.check,
        service=finding.subject,
    )


def notes_of(refusal: Finding) -> list[str]:
    """Return what else is true of a refusal."""
    if refusal.check not in {check.ID for check in CHECKS}:
        return ["nothing was changed"]
    return [f"nothing was changed; `{COMMAND} up --skip-check {refusal.check}` leaves this check out"]


def lines(report: Report, *, verbose: bool = False) -> Iterator[str]:
    """Yield one line for a whole report, one for each warning, and one for what was not checked where that is asked."""
    yield from summary(report)
    yield from details(report, Status.WARNED, *((Status.NOT_DONE, Status.SKIPPED) if verbose else ()))


def summary(report: Report) -> Iterator[str]:
    """Yield one line for a whole report; none where nothing was checked."""
    if report.findings:
        counts = {status: len(report.of(status)) for status in Status}
        said = [f"{counts[status]} {words}" for status, words in _WORDS.items() if counts[status]]
        yield f"preflight: {', '.join(said)} ({report.seconds:.1f} s)"


def details(report: Report, *statuses: Status) -> Iterator[str]:
    """Yield one line for each finding of these statuses."""
    for finding in report.findings:
        if finding.status in statuses:
            because = f" ({finding.evidence[0].quote})" if finding.evidence else ""
            yield f"preflight: {finding.check} of {finding.subject}: {finding.what}{because}"


_WORDS = {
    Status.OK: "passed",
    Status.REFUSED: "refused",
    Status.WARNED: "warned",
    Status.NOT_DONE: "not done",
    Status.SKIPPED: "skipped",
}
