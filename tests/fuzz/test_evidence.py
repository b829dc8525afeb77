"""Whatever a document of evidence is made like: it is explained in each form, or refused with what is wrong."""

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.checked import EvidenceError
from diagnostics.explain import explain_stream
from diagnostics.render.printing import printer_of
from tests.fuzz.mutants import LONG, check_told, fuzzed, mutants, texts

CASES = Path(__file__).resolve().parents[1] / "diagnostics" / "rules"
DOCUMENTS = tuple(
    json.loads(path.read_text(encoding="utf-8"))
    for path in [next(iter(sorted(folder.glob("hit-*.json")))) for folder in sorted(CASES.glob("*-*"))][::6]
)
"""One of every sixth rule: of each kind of failure some."""
HEADER = {"schema": "recording/1", "started_at": "2026-11-20T10:00:00+00:00", "service": "web", "cluster": "main"}
PRINTERS = [printer_of(form) for form in ("text", "json", "markdown", "github")]


@fuzzed
@given(mutants(*DOCUMENTS))
def test_a_document_of_another_structure(document: object) -> None:
    (found,) = explain_stream([json.dumps(document) + "\n"])
    for show in PRINTERS:
        show(found)
    if isinstance(found, EvidenceError):
        check_told(found)
    else:
        assert found.what


@settings(fuzzed, max_examples=LONG * 1000 or 30)
@given(st.lists(texts(HEADER, *DOCUMENTS), max_size=4), st.booleans())
def test_a_recording_of_anything(lines: list[bytes], headed: bool) -> None:
    whole = [json.dumps(HEADER).encode()] * headed + lines
    stream = b"\n".join(whole).decode("utf-8", errors="replace").splitlines(keepends=True)
    for found in explain_stream(stream):
        assert str(found)
