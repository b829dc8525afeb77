"""Prints a diagnosis on standard output, in the format that is asked for."""

import sys
from collections.abc import Callable, Sequence

from diagnostics.checked import EvidenceError
from diagnostics.explain import refused
from diagnostics.model import Diagnosis

FORMATS = ("text", "json", "markdown", "github")
"""What `printer_of` takes."""


def printer_of(form: str) -> Callable[[Diagnosis | EvidenceError], None]:
    """Return what prints a diagnosis (or what is said of a refused document) on standard output in a format.

    Raises:
        ValueError: there is no such format.
    """
    if form == "text":
        return _print_text
    as_text = _text_of(form)
    return lambda each: _write(as_text(_diagnosis(each), ()))


def print_with_notes(diagnosis: Diagnosis, notes: Sequence[str], form: str) -> None:
    """Print a diagnosis on standard output, with the state that things were left in.

    Raises:
        ValueError: there is no such format.
    """
    if form == "text":
        from diagnostics.render.terminal import print_diagnosis

        print_diagnosis(diagnosis, notes)
    else:
        _write(_text_of(form)(diagnosis, notes))


def _diagnosis(each: Diagnosis | EvidenceError) -> Diagnosis:
    return refused(each) if isinstance(each, EvidenceError) else each


def _print_text(each: Diagnosis | EvidenceError) -> None:
    from diagnostics.render.terminal import print_diagnosis

    print_diagnosis(_diagnosis(each))


def _text_of(form: str) -> Callable[[Diagnosis, Sequence[str]], str]:
    from diagnostics.render import github, json, markdown

    known: dict[str, Callable[[Diagnosis, Sequence[str]], str]] = {
        "json": json.to_json,
        "markdown": markdown.to_markdown,
        "github": github.to_annotation,
    }
    if form not in known:
        raise ValueError(f"there is no format {form!r}; there are {', '.join(FORMATS)}")
    return known[form]


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
