"""What AWS or a program says stays text: on a terminal, in a CI job's log, in Markdown, in a page, in JSON."""

import io
import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from automation.ci.markdown import table
from commands.saying import echo, echo_json, guarded
from deploy import app
from diagnostics.model import Diagnosis, Gap, Quote, Verdict
from diagnostics.printable import printable, sentence
from diagnostics.render.github import to_annotation
from diagnostics.render.json import to_json
from diagnostics.render.markdown import to_markdown
from diagnostics.render.plain import to_text
from tests.automation.ci.commands_of_github import _REGISTERED as REGISTERED
from tests.automation.ci.commands_of_github import Output, parse

HOSTILE = (
    "::error::injected",
    "\t ::set-output name=result::proven",
    "x\r::add-mask::a",
    "a ##[error]injected ###[warning]twice",
    "::stop-commands::x",
    "\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x9b2J\x90q\x9c",
    "\x1b[0Ksection_start:1:x[collapsed=true]\r\x1b[0Kfolded",
    "\u202egnp.exe\u2066",
    "a\u2028::error::b",
    "```\n# heading\n<script>alert(1)</script> [link](javascript:alert(1)) @team #1 | cell",
    "![](https://evil.example/x.png) <img src=x onerror=alert(1)> $x$ ~~~",
)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What steers a terminal, or how text runs on it; a line's end is all that is left."""
PIECES = st.sampled_from([*HOSTILE, "::", "##[", "\r", "\n", "\x1b", "\x9b", "`", "```", "error", "]", " ", "|", "\\"])
WORDS = st.lists(PIECES | st.text(max_size=5), max_size=8).map("".join)


def diagnosis(words: str) -> Diagnosis:
    """Return a diagnosis that says the words wherever others speak."""
    return Diagnosis(
        verdict=Verdict.DOOMED,
        root_cause="app-crash-exception",
        what=f"the program said {words}",
        why=words,
        fix=words,
        evidence=(Quote("log of app", words),),
        notes=(words,),
        gaps=(Gap(words, words),),
        service=words,
        cluster=words,
        deployment=words,
    )


def lines_of(text: str) -> list[str]:
    """Return the lines as .NET's reader gives them to the runner."""
    return re.split(r"\r\n|\r|\n", text)


@given(WORDS)
@example("\n".join(HOSTILE))
def test_no_words_steer_a_terminal(words: str) -> None:
    assert not CONTROL.search(printable(words))
    assert not CONTROL.search(to_text(diagnosis(words), [words]))
    assert "\n" not in sentence(words)
    out = io.StringIO()
    with redirect_stdout(out):
        echo(words)
        echo_json({"said": words})
    assert not CONTROL.search(out.getvalue())


@given(WORDS)
@example("\n".join(HOSTILE))
def test_json_says_the_same_and_holds_no_command(words: str) -> None:
    out = io.StringIO()
    with redirect_stdout(out):
        echo_json({"said": words})
    assert json.loads(out.getvalue()) == {"said": words}
    told = to_json(diagnosis(words))
    assert json.loads(told)["evidence"][0]["quote"] == words
    for line in (*lines_of(out.getvalue()), *lines_of(told)):
        assert parse(line, REGISTERED) is None


@given(st.lists(WORDS, min_size=1, max_size=4), st.sampled_from(["text", "json", "markdown", "html", "github"]))
@example(list(HOSTILE), "text")
@example(list(HOSTILE), "markdown")
def test_nothing_that_a_guarded_command_prints_is_a_command(said: Sequence[str], form: str) -> None:
    """Both streams, however they are mixed; `github` has commands by intent on standard output, and no words there."""

    def command(form: str) -> None:
        for words in said:
            print(words, file=sys.stderr)
            if form != "github":
                print(words)

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GITHUB_ACTIONS", "true")
        out, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(errors):
            guarded(command)(form=form)
    for stream in (out, errors):
        seen = Output().take_all(lines_of(stream.getvalue()))
        assert seen.commands == []
        assert seen.stopped is None
    if form not in {"text", "github"}:  # a document is what it was, but for what cannot be seen
        unseen = "\N{ZERO WIDTH SPACE}"
        assert out.getvalue().replace(unseen, "") == "".join(f"{words}\n" for words in said).replace(unseen, "")


@given(WORDS)
def test_an_annotation_is_one_command_and_its_data(words: str) -> None:
    line = to_annotation(diagnosis(words), [words])
    assert lines_of(line) == [line]
    seen = Output().take_all([line])
    assert [each.name for each in seen.commands] == ["error"]
    assert set(seen.commands[0].properties) == {"title"}


def fences(text: str) -> Iterator[str]:
    """Yield the lines of Markdown that stand in no code block (https://spec.commonmark.org/0.31.2/#fenced-code-blocks)."""
    fence = ""
    for line in text.split("\n"):
        found = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if fence:
            fence = "" if re.fullmatch(rf" {{0,3}}{fence[0]}{{{len(fence)},}} *", line) else fence
        elif found:
            fence = found[1]
        else:
            yield line
    assert not fence, "a block that nobody closes"


@given(WORDS)
@example("\n".join(HOSTILE))
def test_no_words_become_markdown(words: str) -> None:
    for line in fences(to_markdown(diagnosis(words), [words])):
        # Without escaped characters and spans of code, of which a reader makes nothing.
        shown = re.sub(r"\\.|`[^`]*`|^\*\*\w+:\*\*", "", line).replace("<!-- -->", "")
        assert not re.search(r"[<>`\[\]|*~$]|!\[", shown), line
        assert not line.startswith(("# ", "## ", "    ", "\t")), line


@given(WORDS)
def test_a_cell_ends_where_its_row_says(words: str) -> None:
    lines = table(["a", "b"], [[sentence(words), "x"]])
    assert len(lines) == 3
    bars = re.findall(r"(?<!\\)(?:\\\\)*\|", lines[2])
    assert len(bars) == 3


EVIDENCE = {
    "schema": "evidence/1",
    "tasks": [{"taskArn": "t/1", "lastStatus": "STOPPED", "stoppedReason": "\n".join(HOSTILE)}],
}


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github", "html"])
def test_explain_in_a_job_prints_nothing_that_is_obeyed(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    file = tmp_path / "evidence.json"
    file.write_text(json.dumps(EVIDENCE) + "\n" + '{"schema": "::error::"}\n', encoding="utf-8")
    run = CliRunner().invoke(app, ["explain", "--evidence", str(file), "--format", form])
    ours = ["notice", "notice"] if form == "github" else []
    for stream, expected in ((run.stdout, ours), (run.stderr, [])):
        seen = Output().take_all(lines_of(stream))
        assert [each.name for each in seen.commands] == expected
        assert seen.stopped is None
        assert not CONTROL.search(stream)


def test_every_command_is_guarded_or_tells_the_system_of_itself() -> None:
    own = {"up", "preview", "gate", "rules"}
    commands = {each.callback.__name__: each.callback for each in app.registered_commands if each.callback}
    unguarded = {name for name, callback in commands.items() if not hasattr(callback, "__wrapped__")}
    assert unguarded <= own


def test_the_runner_reads_commands_where_nobody_guards() -> None:
    """The judge of these tests is one that finds something."""
    out = io.StringIO()
    print(*HOSTILE, sep="\n", file=out)
    found = Output().take_all(lines_of(out.getvalue()))
    assert [each.name for each in found.commands] == ["error", "set-output", "add-mask", "error"]
