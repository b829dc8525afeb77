"""Explains evidence that is given, recorded or live: one diagnosis for each document, or one for a recording."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from diagnostics.checked import EvidenceError
from diagnostics.collect import Collector, Failure
from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis, Gap, Verdict
from diagnostics.recorder import Opened, read_documents
from diagnostics.rules import RULES, Rule
from diagnostics.serving import serving
from diagnostics.shapes import tail
from diagnostics.story import Story

STILL_NEWS = timedelta(hours=1)
"""How long a failed deployment is pointed to where a later one serves: ECS keeps stopped tasks for about an hour.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
"""


def explain_stream(stream: Iterable[str], rules: Sequence[Rule] = RULES) -> Iterator[Diagnosis | EvidenceError]:
    """Return what each document of a stream says, in order, as they come; a recording is one story with one diagnosis.

    Args:
        stream: the lines of a text file or of standard input.
        rules: the table.

    Returns:
        Diagnoses, or the error of a document that is refused. An empty stream is refused too. In a recording a
        refused line is a gap, unless nothing else is in it.
    """
    return explain_opened(read_documents(stream), rules)


def explain_opened(opened: Opened, rules: Sequence[Rule] = RULES) -> Iterator[Diagnosis | EvidenceError]:
    """Yield the same of a stream that is open already."""
    if opened.header is not None:
        yield _story(opened, rules)
        return
    empty = True
    for each in opened.documents:
        empty = False
        yield each if isinstance(each, EvidenceError) else diagnose(each, rules)
    if empty:
        yield EvidenceError("", "there is no document in it")


def _story(opened: Opened, rules: Sequence[Rule]) -> Diagnosis | EvidenceError:
    story = Story(rules)
    refused: list[tuple[int, EvidenceError]] = []
    for number, each in enumerate(opened.documents, start=2):  # line 1 is the header
        if isinstance(each, Evidence):
            story.add(each)
        else:
            refused.append((number, each))
    gaps = [Gap(f"look on line {number} of the recording", str(error)) for number, error in refused]
    told = story.with_gaps(gaps)
    if told is not None:
        return told
    return refused[0][1] if refused else EvidenceError("", "the recording holds no look")


def explain_service(collector: Collector, deployment_id: str | None = None, *, last_failed: bool = False) -> Diagnosis:
    """Look at a live service once and explain one of its deployments; its notes say what else is worth to know.

    Args:
        collector: of the service.
        deployment_id: `ecs-svc/…`; None takes the newest deployment if ECS gave it up, else the PRIMARY one.
        last_failed: take the last deployment that ECS gave up, even where a later one serves.
    """
    return explain_look(collector, deployment_id, last_failed=last_failed)[0]


def explain_look(
    collector: Collector, deployment_id: str | None = None, *, last_failed: bool = False
) -> tuple[Diagnosis, Evidence]:
    """Do the same, and return the look too."""
    failed = next(iter(collector.read_failures()), None) if last_failed else None
    asked = failed.deployment_id if failed else deployment_id
    evidence = collector.collect(asked)
    notes = [*_serves_now(evidence)]
    if last_failed and not failed:
        notes.append("ECS lists no deployment of this service that it gave up, so this is the newest one")
    elif asked is None:
        notes += _failed_before(evidence, collector.failures)
    diagnosis = diagnose(evidence)
    return replace(diagnosis, notes=(*diagnosis.notes, *notes)), evidence


def _serves_now(evidence: Evidence) -> Iterator[str]:
    """Say that another deployment than the explained one serves."""
    primary = evidence.primary
    if primary is None or primary.id == evidence.deployment_id or not serving(evidence, None).proven:
        return
    began = evidence.deployment_created_at
    later = began is not None and primary.created_at is not None and primary.created_at > began
    which = "the later" if later else "another"
    yield f"revision {tail(primary.task_definition)} of {which} deployment {primary.id} serves now"


def _failed_before(evidence: Evidence, failures: Sequence[Failure]) -> Iterator[str]:
    """Say that a deployment failed a short while ago, where it is not the one that is explained."""
    last = next(iter(failures), None)
    now = evidence.captured_at
    if last is None or last.deployment_id == evidence.deployment_id or now is None:
        return
    if now - last.created_at <= STILL_NEWS:
        yield (
            f"the deployment {last.deployment_id}, which began at {last.created_at:%H:%M:%S} UTC, failed;"
            " `--last-failed` explains it"
        )


def refused(error: EvidenceError) -> Diagnosis:
    """Return what is said of a document that could not be read: unknown, with the reason as a gap."""
    return Diagnosis(
        verdict=Verdict.UNKNOWN,
        what="the evidence could not be read",
        why="a document that is not as documented is never half-read",
        fix="mend the value that is named, or record the evidence again",
        gaps=(Gap("evidence", str(error)),),
    )
