"""The report of a run of `up`: its outcome and the recordings of its services as one HTML file."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from automation.ending.abort import Step
from automation.errors import UsageError
from automation.outcome import Outcome, Result, ServiceOutcome
from automation.preflight import words
from automation.preflight.model import Finding, Status
from automation.telling.progress import STEP_SAYS
from automation.telling.summary import headline, leftovers, notes, untold
from diagnostics.checked import EvidenceError
from diagnostics.model import Gap
from diagnostics.names import COMMAND
from diagnostics.private_files import write_whole
from diagnostics.recorder import open_evidence, read_documents
from diagnostics.redact import redact_text
from diagnostics.render.html.chronicle import Mark
from diagnostics.render.html.page import to_html
from diagnostics.render.html.report import TOO_LARGE, Report, Scribe, Section

_LEVELS = {
    Result.SERVING: "ok",
    Result.NOT_PROVEN: "warning",
    Result.INTERRUPTED: "warning",
    Result.NOT_REACHED: "warning",
}
"""Of a service without a diagnosis; the other results are failures."""


def check_report_path(path: Path) -> None:
    """Refuse what cannot be written to before anything is deployed.

    Raises:
        UsageError: it is a folder.
    """
    if path.is_dir():
        raise UsageError(f"--report {path}: is a folder; name a file, such as {path / 'report.html'}")


def write_report(outcome: Outcome, path: Path, made_at: datetime) -> None:
    """Write the report to a file, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(path, to_html(report_of_outcome(outcome, made_at)))


def report_of_outcome(outcome: Outcome, made_at: datetime) -> Report:
    """Return what the page tells of a run: what was refused, and then the services, those that failed first."""
    refusals = outcome.preflight.refused if outcome.preflight else ()
    warnings = words.details(outcome.preflight, Status.WARNED) if outcome.preflight else ()
    ordered = sorted(outcome.services, key=lambda each: each.diagnosis is None)
    sections = (*map(_refusal, refusals), *(_section(service, outcome) for service in ordered))
    gaps = tuple(untold(outcome))
    if len(sections) == 1:
        sections, gaps = (replace(sections[0], gaps=(*sections[0].gaps, *gaps)),), ()
    unread = (f"not known: {gap.what}: {gap.why}" for gap in gaps)
    error = outcome.refused_arguments or outcome.update_error
    return Report(
        title=_title(outcome),
        sections=sections,
        errors=(redact_text(error),) if error else (),
        notes=tuple(map(redact_text, (*warnings, *leftovers(outcome), *unread))),
        made_at=made_at,
    )


def _title(outcome: Outcome) -> str:
    run = f"up of the stack {outcome.stack}"
    if outcome.preflight and outcome.preflight.refused:
        return f"{run}: refused before anything was changed"
    if len(outcome.services) == 1:
        (service,) = outcome.services
        told = service.diagnosis
        return f"{service.name}: {told.root_cause or told.verdict.value}" if told else headline(service)
    if not outcome.services:
        return f"{run}: {'interrupted before any ECS service was touched' if outcome.interrupted else 'no ECS service'}"
    failed = sum(1 for each in outcome.services if each.diagnosis)
    return f"{run}: {len(outcome.services)} services" + (f", {failed} failed" if failed else "")


def _refusal(finding: Finding) -> Section:
    return Section(words.diagnosis_of(finding), name=finding.subject, notes=tuple(words.notes_of(finding)))


def _section(service: ServiceOutcome, outcome: Outcome) -> Section:
    scribe = Scribe(Path(service.evidence_path).name) if service.evidence_path else Scribe()
    unread = _read(service, scribe)
    name = outcome.name_of(service)
    return Section(
        diagnosis=service.diagnosis,
        chronicle=scribe.chronicle,
        name=name,
        headline=headline(service, name),
        notes=tuple(notes(service)) if service.diagnosis else (),
        acts=tuple(_acts(service, outcome.steps)),
        level=_LEVELS.get(service.result, "error"),
        changes=scribe.changes,
        gaps=unread,
        attachment=scribe.attachment(),
        no_attachment=f"{TOO_LARGE} It is kept in {service.evidence_path}.",
    )


def _read(service: ServiceOutcome, scribe: Scribe) -> tuple[Gap, ...]:
    """Give the recording to the scribe; return what could not be read of it."""
    if service.evidence_path is None:
        return ()
    path = Path(service.evidence_path)
    try:
        with open_evidence(path) as stream:
            refused = [each for each in scribe.read(read_documents(stream)) if isinstance(each, EvidenceError)]
    except OSError as problem:
        return (Gap(f"the recording {path}", problem.strerror or str(problem)),)
    return tuple(Gap(f"a look of the recording {path.name}", str(each)) for each in refused)


def _acts(service: ServiceOutcome, of_run: Sequence[Step]) -> Iterator[Mark]:
    """Yield what was seen, understood and done, on ECS's clock."""
    began, timing, told = service.deployment_created_at, service.timing, service.diagnosis
    if began:
        cause = f": {told.root_cause}" if told and told.root_cause else ""
        for seconds, text in (
            (timing.first_evidence, "the first evidence of a failure is seen"),
            (timing.explained, f"the failure is explained{cause}"),
            (timing.previous_serves, "the previous revision serves again, proven"),
        ):
            if seconds is not None:
                yield Mark(began + timedelta(seconds=seconds), COMMAND, text)
    for step in (*service.abort, *of_run):
        detail = f": {redact_text(step.detail)}" if step.detail else ""
        yield Mark(step.at, COMMAND, f"{STEP_SAYS[step.name]}{detail}")
