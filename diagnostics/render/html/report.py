"""What the report tells, as values: one section a service, and how sections are made of recordings and looks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from diagnostics.changes import changes
from diagnostics.checked import EvidenceError
from diagnostics.evidence import Evidence
from diagnostics.explain import explain_opened, refused
from diagnostics.model import Change, Diagnosis, Gap
from diagnostics.recorder import Opened, read_documents
from diagnostics.redact import redact_document
from diagnostics.render.html.attachment import Attachment, Packer
from diagnostics.render.html.chronicle import Chronicle, Chronicler, Mark

TOO_LARGE = "The recording is too large to be carried in this page."


@dataclass(frozen=True)
class Section:
    """One service, or one document."""

    diagnosis: Diagnosis | None
    """None where nothing failed; then `headline` says what is."""
    chronicle: Chronicle = field(default_factory=Chronicle)
    name: str = ""
    headline: str = ""
    notes: tuple[str, ...] = ()
    """The state that things were left in."""
    acts: tuple[Mark, ...] = ()
    """What we did, and when."""
    level: str = "note"
    """Where there is no diagnosis, which has its own: `ok`, `note`, `warning` or `error`."""
    changes: tuple[Change, ...] = ()
    """Where there is no diagnosis, which would name them."""
    gaps: tuple[Gap, ...] = ()
    """Beside those of the diagnosis."""
    attachment: Attachment | None = None
    no_attachment: str = TOO_LARGE


@dataclass(frozen=True)
class Report:
    """One page."""

    title: str
    sections: tuple[Section, ...]
    errors: tuple[str, ...] = ()
    """What the engine said, where an update ended with an error."""
    notes: tuple[str, ...] = ()
    """What is true of the whole run."""
    made_at: datetime | None = None


class Scribe:
    """Takes looks and keeps what a section tells of them, redacted: nothing else of a look goes into the page."""

    def __init__(self, name: str = "evidence.jsonl") -> None:
        self._chronicler = Chronicler()
        self._packer = Packer(name)
        self._last: Evidence | None = None

    def add(self, evidence: Evidence) -> None:
        """Take one more look."""
        document = redact_document(evidence.document)
        try:
            self._last = Evidence.parse(document)
        except EvidenceError:
            return  # what is masked has another shape than it had; nothing of it is shown rather than all of it
        self._chronicler.add(self._last)
        self._packer.look(document)

    def read(self, opened: Opened) -> Iterator[Evidence | EvidenceError]:
        """Yield the documents of a stream, each taken on its way."""
        if opened.header is not None:
            self._packer.header(opened.header)
        for each in opened.documents:
            if isinstance(each, Evidence):
                self.add(each)
            yield each

    @property
    def chronicle(self) -> Chronicle:
        """What the looks say together."""
        return self._chronicler.chronicle

    @property
    def changes(self) -> tuple[Change, ...]:
        """What the last look shows to differ from the last revision that completed."""
        return changes(self._last) if self._last else ()

    def attachment(self) -> Attachment | None:
        """Return the looks as a file; ask once, at the end."""
        return self._packer.attachment()


def sections_of_stream(stream: Iterable[str]) -> Iterator[tuple[Section, EvidenceError | None]]:
    """Yield a section for each diagnosis of a stream, and the error where a document is refused.

    Args:
        stream: the lines of a text file or of standard input: a recording, or documents.
    """
    opened = read_documents(stream)
    if opened.header is not None:
        scribe = Scribe("recording.jsonl")
        for each in explain_opened(Opened(opened.header, scribe.read(opened))):
            yield _section(each, scribe), each if isinstance(each, EvidenceError) else None
        return
    seen: list[Evidence] = []

    def noted() -> Iterator[Evidence | EvidenceError]:
        for each in opened.documents:
            seen[:] = [each] if isinstance(each, Evidence) else []
            yield each

    for each in explain_opened(Opened(None, noted())):
        scribe = Scribe()
        for evidence in seen:
            scribe.add(evidence)
        yield _section(each, scribe), each if isinstance(each, EvidenceError) else None


def report_of(sections: Sequence[Section], made_at: datetime) -> Report:
    """Return the report of what was explained, named after what failed."""
    if len(sections) != 1:
        return Report(f"{len(sections)} documents explained", tuple(sections), made_at=made_at)
    told = sections[0].diagnosis
    said = (told.root_cause or told.verdict.value) if told else "serves"
    return Report(f"{sections[0].name}: {said}" if sections[0].name else said, tuple(sections), made_at=made_at)


def section_of_look(diagnosis: Diagnosis, evidence: Evidence) -> Section:
    """Return the section of one live look."""
    scribe = Scribe()
    scribe.add(evidence)
    return _section(diagnosis, scribe)


def _section(told: Diagnosis | EvidenceError, scribe: Scribe) -> Section:
    diagnosis = refused(told) if isinstance(told, EvidenceError) else told
    chronicle, attachment = scribe.chronicle, scribe.attachment()
    return Section(diagnosis, chronicle, name=diagnosis.service or "", attachment=attachment)
