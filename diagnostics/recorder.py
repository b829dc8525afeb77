"""The flight recorder: each look's evidence as a JSON line in a file, redacted; and the reader of such files."""

import gzip
import hashlib
import json
import lzma
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from diagnostics.checked import EvidenceError, shown
from diagnostics.evidence import Evidence
from diagnostics.private_files import make_folder, open_private
from diagnostics.redact import redact_document

RECORDING = "recording/1"


LARGEST = 32 * 1024 * 1024
"""Bytes of one recording. A look of 100 tasks with 5,000 log lines has about one MiB."""
_KEPT_FOR_TURNS = 4
"""One part in so many is kept for looks that show a turn, so that the end of a long story is never missing."""


class Recorder:
    """Writes one recording. The file and its folder are made with the first look; nothing of it is kept in memory.

    It is bounded: near its largest size only looks are written that show a turn of the story (another task stopped,
    another state of a deployment), and at the end none.
    """

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        self.path = path
        self._largest = largest
        self._last = b""
        self._turn: object = None

    def write(self, evidence: Evidence) -> bool:
        """Append the look's document, redacted; say whether it was written.

        A look that equals the one before except for when it was taken is left out, and so is what has no room.

        Raises:
            OSError: the file cannot be written.
        """
        document = redact_document(evidence.document)
        content = {key: value for key, value in document.items() if key != "captured_at"}
        digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).digest()
        if digest == self._last:
            return False
        written = self.path.stat().st_size if self.path.exists() else 0
        lines = [document] if written else [self._header(evidence), document]
        text = "".join(json.dumps(line, separators=(",", ":"), default=str) + "\n" for line in lines)
        turn = _turn(evidence)
        room = self._largest if turn != self._turn else self._largest - self._largest // _KEPT_FOR_TURNS
        if written + len(text.encode()) > room:
            return False
        make_folder(self.path.parent)
        try:
            with open_private(self.path, "a") as file:
                file.write(text)
        except OSError:
            with suppress(OSError):  # a full disk: half a line would cost the next one too
                os.truncate(self.path, written)
            raise
        self._last, self._turn = digest, turn
        return True

    def _header(self, evidence: Evidence) -> dict[str, Any]:
        service = evidence.service
        return {
            "schema": RECORDING,
            "started_at": (evidence.captured_at or datetime.now(UTC)).isoformat(),
            "service": service.name if service else None,
            "cluster": service.cluster_arn if service else None,
        }


def _turn(evidence: Evidence) -> object:
    """Return what tells the parts of a story apart."""
    states = frozenset((each.id, each.status, each.rollout_state) for each in evidence.deployments)
    return states, frozenset(task.arn for task in evidence.stopped_tasks)


@dataclass(frozen=True)
class Opened:
    """A stream of evidence: the header where it is a recording, and its documents, each read when it is asked for."""

    header: Mapping[str, Any] | None
    documents: Iterator[Evidence | EvidenceError]


def open_evidence(path: Path) -> TextIO:
    """Open a file of evidence as text; one whose name ends in `.xz` or `.gz` is unpacked on the way.

    Raises:
        OSError: it cannot be opened.
    """
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8", errors="replace")
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", errors="replace")
    return path.open(encoding="utf-8", errors="replace")


def read_documents(stream: Iterable[str]) -> Opened:
    """Open a stream of JSON lines (documents, or a recording), or of one document over several lines.

    Args:
        stream: the lines of a text file; lines are taken as they come.

    Returns:
        Its documents, in order. One that is refused is there as its error; nothing is raised for it.
    """
    lines = _readable(iter(stream))
    first = next((line for line in lines if isinstance(line, EvidenceError) or line.strip()), None)
    if first is None:
        return Opened(None, iter(()))
    loaded = first if isinstance(first, EvidenceError) else _load(first)
    if isinstance(loaded, EvidenceError):
        return Opened(None, _whole(first, lines))
    if isinstance(loaded, Mapping) and loaded.get("schema") == RECORDING:
        return Opened(loaded, _parsed(lines))
    return Opened(None, _chained(loaded, lines))


_Line = str | EvidenceError


def _whole(first: _Line, lines: Iterator[_Line]) -> Iterator[Evidence | EvidenceError]:
    """Yield the one document that all lines make together; else what each line is by itself."""
    everything = [first, *lines]
    whole = _load("".join(line for line in everything if isinstance(line, str)))
    if isinstance(whole, Mapping):
        yield _parse(whole)
    else:
        yield from _parsed(everything)


def _chained(loaded: object, lines: Iterator[_Line]) -> Iterator[Evidence | EvidenceError]:
    yield _parse(loaded)
    yield from _parsed(lines)


def _readable(lines: Iterator[str]) -> Iterator[_Line]:
    """Yield lines until one cannot be decoded or unpacked; what follows cannot be told apart then."""
    try:
        yield from lines
    except UnicodeDecodeError as wrong:
        yield EvidenceError("", f"not UTF-8: {wrong.reason}")
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as wrong:
        yield EvidenceError("", f"cannot be unpacked: {wrong}")


def _parsed(lines: Iterable[_Line]) -> Iterator[Evidence | EvidenceError]:
    for line in lines:
        if isinstance(line, EvidenceError):
            yield line
        elif line.strip():
            loaded = _load(line)
            yield loaded if isinstance(loaded, EvidenceError) else _parse(loaded)


def _load(text: str) -> object:
    """Return the JSON value of a text, or the error that says why it is none."""
    try:
        return json.loads(text.lstrip("\ufeff"))
    except json.JSONDecodeError as wrong:
        return EvidenceError("", f"not JSON: {wrong.msg} at character {wrong.pos} of {shown(text.strip())}")
    except (ValueError, RecursionError) as wrong:  # a number of thousands of digits, a thousand brackets
        return EvidenceError("", f"not JSON that can be read: {wrong}")


def _parse(loaded: object) -> Evidence | EvidenceError:
    try:
        return Evidence.parse(loaded)
    except EvidenceError as wrong:
        return wrong
