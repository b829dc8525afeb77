"""Explains evidence that is given, recorded or live: one diagnosis for each document, or one for a recording."""

from collections.abc import Iterable, Iterator, Sequence

from diagnostics.checked import EvidenceError
from diagnostics.collect import Collector
from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis, Gap, Verdict
from diagnostics.recorder import Opened, read_documents
from diagnostics.rules import RULES, Rule
from diagnostics.story import Story


def explain_stream(stream: Iterable[str], rules: Sequence[Rule] = RULES) -> Iterator[Diagnosis | EvidenceError]:
    """Yield what each document of a stream says, in order, as they come; a recording is one story with one diagnosis.

    Args:
        stream: the lines of a text file or of standard input.
        rules: the table.

    Yields:
        A diagnosis, or the error of a document that is refused. An empty stream is refused too. In a recording a
        refused line is a gap, unless nothing else is in it.
    """
    opened = read_documents(stream)
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


def explain_service(collector: Collector, deployment_id: str | None = None) -> Diagnosis:
    """Look at a live service once and explain its deployment.

    Args:
        collector: of the service.
        deployment_id: `ecs-svc/…`; None takes the newest deployment if ECS gave it up, else the PRIMARY one.
    """
    return diagnose(collector.collect(deployment_id))


def refused(error: EvidenceError) -> Diagnosis:
    """Return what is said of a document that could not be read: unknown, with the reason as a gap."""
    return Diagnosis(
        verdict=Verdict.UNKNOWN,
        what="the evidence could not be read",
        why="a document that is not as documented is never half-read",
        fix="mend the value that is named, or record the evidence again",
        gaps=(Gap("evidence", str(error)),),
    )
