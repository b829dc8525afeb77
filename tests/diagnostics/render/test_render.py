"""The report speaks as the style says, and nothing that AWS or a program wrote is taken for markup or commands."""

import io
import json
from datetime import UTC, datetime

import pytest

from diagnostics.checked import EvidenceError
from diagnostics.model import Diagnosis, Gap, Quote, Verdict
from diagnostics.render.github import to_annotation
from diagnostics.render.json import to_json
from diagnostics.render.markdown import to_markdown
from diagnostics.render.plain import to_text
from diagnostics.render.printing import printer_of
from diagnostics.render.terminal import print_diagnosis

AT = datetime(2026, 11, 20, 14, 2, 11, tzinfo=UTC)
PULL = "CannotPullContainerError: … registry.example/checkout:1.4.2: not found"
IMAGE = Diagnosis(
    verdict=Verdict.DOOMED,
    root_cause="image-not-found",
    what="the image `registry.example/checkout:1.4.2` does not exist",
    why="the registry answered and has no such tag, so retrying cannot help",
    fix="push `registry.example/checkout:1.4.2`, or set `image` to a tag that exists",
    evidence=(Quote("task 9f3c1d stoppedReason", PULL, AT),),
    service="checkout",
    cluster="prod",
)
NOTES = ["the update was stopped after 48 s; revision checkout:41 is serving again, 2 of 2 targets healthy"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_an_error_speaks_as_the_style_says() -> None:
    assert to_text(IMAGE, NOTES) == (
        """\
error[image-not-found]: the image `registry.example/checkout:1.4.2` does not exist
  --> service checkout, 14:02:11 UTC
   |
   | task 9f3c1d stoppedReason: CannotPullContainerError: … registry.example/checkout:1.4.2: not found
   |
   = why: the registry answered and has no such tag, so retrying cannot help
   = note: the update was stopped after 48 s; revision checkout:41 is serving again, 2 of 2 targets healthy
help: push `registry.example/checkout:1.4.2`, or set `image` to a tag that exists
help: for more, run `deploy.py rules image-not-found`"""
    )


def test_other_matches_and_gaps_are_notes() -> None:
    told = Diagnosis(
        Verdict.SUSPECT,
        "w",
        "y",
        "f",
        "app-crash-exception",
        also_seen=("out-of-memory",),
        gaps=(Gap("logs", "denied"),),
    )
    text = to_text(told)
    assert text.startswith("warning[app-crash-exception]: w\n")
    assert "   = note: also seen: out-of-memory\n   = note: could not read logs: denied\n" in text


def test_what_no_rule_knows_is_a_note_without_a_page() -> None:
    text = to_text(Diagnosis(Verdict.UNKNOWN, "no rule knows this failure; ECS said: x", "", ""))
    assert text == "note: no rule knows this failure; ECS said: x"


def test_insufficient_evidence_is_a_warning_without_a_page() -> None:
    text = to_text(Diagnosis(Verdict.UNKNOWN, "w", "y", "f", "insufficient-evidence"))
    assert text.startswith("warning[insufficient-evidence]: w")
    assert "deploy.py rules" not in text


def test_a_command_to_paste_stands_on_its_own_line() -> None:
    assert to_text(Diagnosis(Verdict.DOOMED, "w", "y", "do it:\naws x", "image-not-found")).endswith(
        "help: do it:\n      aws x\nhelp: for more, run `deploy.py rules image-not-found`"
    )


def test_a_terminal_gets_colours_and_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    out = Terminal()
    print_diagnosis(IMAGE, NOTES, out)
    assert "\x1b[" in out.getvalue()
    bare = __import__("re").sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    assert bare.rstrip("\n") == to_text(IMAGE, NOTES)


@pytest.mark.parametrize(
    ("terminal", "no_color", "term"), [(False, "", "xterm"), (True, "1", "xterm"), (True, "", "dumb")]
)
def test_without_a_terminal_or_with_no_color_there_are_no_codes(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, no_color: str, term: str
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    out = Terminal() if terminal else io.StringIO()
    print_diagnosis(IMAGE, NOTES, out)
    assert out.getvalue() == to_text(IMAGE, NOTES) + "\n"


HOSTILE = "\x1b[2J[red]gone[/red] `x` *bold* <b>html</b> https://evil.example\r\n::error::injected\n````"


def test_words_of_a_program_steer_no_terminal_and_are_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    told = Diagnosis(Verdict.DOOMED, HOSTILE, HOSTILE, "f", "a-rule", evidence=(Quote("log", HOSTILE),))
    for render in (to_text, shown):
        text = render(told)
        assert "\x1b[2J" not in text
        assert "[red]gone[/red]" in text


def shown(diagnosis: Diagnosis) -> str:
    out = Terminal()
    print_diagnosis(diagnosis, (), out)
    return out.getvalue()


def test_quotes_are_fenced_so_that_markdown_cannot_start_in_them() -> None:
    text = to_markdown(Diagnosis(Verdict.DOOMED, HOSTILE, "y", "f", "a-rule", evidence=(Quote("log", HOSTILE),)))
    heading, fence = text.split("\n")[0], "`````"
    assert "<b>" not in heading.replace("\\<b\\>", "")
    assert text.count(f"\n{fence}") == 2
    inside = text.split(fence)[1]
    assert "````" in inside
    assert "<b>html</b>" in inside


def test_markdown_keeps_our_code_spans() -> None:
    assert "### error `image-not-found`: the image `registry.example/checkout:1.4.2` does not exist" in to_markdown(
        IMAGE
    )


def test_a_github_annotation_is_one_escaped_line() -> None:
    line = to_annotation(IMAGE, ["100% of 2, done"])
    assert "\n" not in line
    assert line.startswith(
        "::error title=image-not-found (checkout)::the image `registry.example/checkout:1.4.2` does not exist%0Awhy: "
    )
    assert "note: 100%25 of 2, done" in line
    hostile = to_annotation(Diagnosis(Verdict.SUSPECT, HOSTILE, "", "", "a-rule", service="x::y,z"))
    assert hostile.count("\n") == 0
    assert hostile.startswith("::warning title=a-rule (x%3A%3Ay%2Cz)::")


def test_json_is_one_line_of_the_document() -> None:
    line = to_json(IMAGE)
    assert "\n" not in line
    assert json.loads(line) == IMAGE.to_document()


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
def test_every_format_prints_a_diagnosis_and_a_refused_document(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    show = printer_of(form)
    show(IMAGE)
    show(EvidenceError("tasks", "expected an array, got 3"))
    said = capsys.readouterr().out
    assert "image-not-found" in said
    assert "tasks: expected an array, got 3" in said


def test_a_format_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no format 'yaml'; there are text, json, markdown, github"):
        printer_of("yaml")
