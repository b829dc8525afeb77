"""The log of a job: what is printed in it is never a command, and the annotation is one."""

import io
import sys
from contextlib import redirect_stdout

import pytest

from automation.ci.headline import Headline
from automation.ci.log import GithubLog, GitlabLog, log_of
from automation.ci.systems import System, detect
from tests.automation.ci.commands_of_github import Output

HOSTILE = (
    "::error::injected",
    "  ::set-output name=result::proven",
    "a ##[error]injected",
    "::stop-commands::x",
    "::x::",
)


def printed(out: io.StringIO) -> Output:
    return Output().take_all(out.getvalue().split("\n"))


def test_the_words_of_others_are_never_commands() -> None:
    out = io.StringIO()
    log = GithubLog(out)
    with log.section("failwell up\n::error::title"), redirect_stdout(out):
        for line in HOSTILE:
            print(line)
            print(line, file=sys.stderr)
    with log.shielded(), redirect_stdout(out):
        print(*HOSTILE, sep="\n")
    log.annotate(Headline("error", "a, b: c", ("::error::what\r\n100%", "second ##[error]line")))
    seen = printed(out)
    assert [each.name for each in seen.commands] == ["group", "endgroup", "error"]
    (said,) = seen.annotations
    assert said.properties == {"title": "a, b: c"}
    assert said.data == "::error::what 100%\nsecond ##[error]line"
    assert seen.stopped is None
    assert [line for line in seen.log if line] == [*(line for line in HOSTILE for _ in range(2)), *HOSTILE]


def test_after_an_exception_commands_are_read_again_and_groups_are_closed() -> None:
    out = io.StringIO()
    log = GithubLog(out)
    with pytest.raises(ValueError, match="x"), log.section("up"):
        raise ValueError("x")
    assert printed(out).stopped is None
    assert [each.name for each in printed(out).commands] == ["group", "endgroup"]
    log.close()
    out.write("::error::of a traceback\n")
    assert printed(out).annotations == []


def test_each_token_is_another_one() -> None:
    out = io.StringIO()
    for _ in range(3):
        with GithubLog(out).shielded():
            pass
    tokens = [line for line in out.getvalue().split("\n") if line.startswith("::stop-commands::")]
    assert len(set(tokens)) == 3


def test_gitlab_folds_a_section_whose_name_nobody_knows() -> None:
    out = io.StringIO()
    with GitlabLog(out, now=lambda: 1795273520.4).section("failwell up"), redirect_stdout(out):
        print("a line")
    first, line, last, _ = out.getvalue().split("\n")
    name = first.split(":")[2].partition("[")[0]
    assert first == f"\x1b[0Ksection_start:1795273520:{name}[collapsed=true]\r\x1b[0Kfailwell up"
    assert line == "a line"
    assert last == f"\x1b[0Ksection_end:1795273520:{name}\r\x1b[0K"


@pytest.mark.parametrize("system", [System.GITLAB, System.PLAIN])
def test_no_other_system_gets_commands(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    log = log_of(system)
    with log.section("up"), log.shielded():
        print("a line")
    log.annotate(Headline("error", "title", ("what",)))
    log.close()
    assert "::" not in capsys.readouterr().out


def test_the_system_is_recognized() -> None:
    assert detect({"GITHUB_ACTIONS": "true"}) is System.GITHUB
    assert detect({"GITLAB_CI": "true"}) is System.GITLAB
    assert detect({"CI": "true", "GITHUB_ACTIONS": "false"}) is System.PLAIN
