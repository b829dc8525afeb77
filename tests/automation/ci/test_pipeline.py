"""What a run leaves for a CI system: summary, outputs, dotenv, JUnit XML, and no credential in any of them."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from automation.ci import files, headline
from automation.ci.junit import to_junit
from automation.ci.pipeline import Pipeline
from automation.ci.summary import LONGEST, to_summary
from automation.ci.systems import System
from automation.ending.abort import Step, StepName
from automation.errors import UsageError
from automation.outcome import Outcome, Result, ServiceOutcome, Timing
from automation.preflight.model import Finding, Report, Status
from automation.preflight.plan import PreviewError
from diagnostics.model import Diagnosis, Gap, Quote, Verdict
from diagnostics.serving import Serving, ServingState
from tests.automation.ci.commands_of_github import Output, parse_outputs

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
DIGEST = "sha256:" + "a" * 64
PROOF = Serving(
    ServingState.PROVEN,
    task_definition="arn:aws:ecs:eu-west-1:123456789012:task-definition/shop:1",
    digest=DIGEST,
    desired=2,
    running=2,
)
SERVING = ServiceOutcome("prod", "shop", Result.SERVING, None, "shop:1", PROOF)
DOOM = Diagnosis(
    Verdict.DOOMED,
    "the container was killed: it used more than its 512 MiB",
    "a new task would use as much",
    "raise `memory`",
    evidence=(Quote("task 1 log", "line\x01 ```\n::error::injected </failure> ]]>"),),
    root_cause="out-of-memory",
    service="shop",
)
FAILED = replace(
    SERVING,
    result=Result.ROLLED_BACK,
    revision_before="shop:1",
    revision_wanted="shop:2",
    diagnosis=DOOM,
    abort=(Step(StepName.STOP_ASKED, AT, "arn"),),
    timing=Timing(abort_asked=48.0),
)


def outcome(*services: ServiceOutcome, **more: Any) -> Outcome:
    return replace(Outcome("dev", services), **more)


def refused(check: str) -> Finding:
    return Finding(Status.REFUSED, "the image is not there", "push it", "it is gone", check=check, subject="shop")


PREFLIGHT = Report((refused("image-exists"), refused("task-roles"), Finding(Status.OK, "", check="x", subject="shop")))


@pytest.mark.parametrize(
    ("ended", "level", "title", "text"),
    [
        (outcome(SERVING), "notice", "proven (dev)", "shop serves shop:1 (sha256:aaaaaaaaaaaa…): 2 of 2 tasks run"),
        (outcome(FAILED), "error", "out-of-memory (shop)", "the container was killed: it used more than its 512 MiB"),
        (outcome(preflight=PREFLIGHT), "error", "image-exists (shop)", "the image is not there"),
        (outcome(update_error="boom\nmore"), "error", "error (dev)", "boom"),
        (outcome(refused_arguments="`cpu` is wrong"), "error", "usage (dev)", "`cpu` is wrong"),
        (outcome(interrupted=True), "error", "interrupted (dev)", headline.UNTOUCHED),
        (outcome(), "notice", "proven (dev)", "the stack has no ECS service; the update is done"),
        (
            outcome(replace(SERVING, result=Result.NOT_PROVEN, proof=None)),
            "warning",
            "not-proven (dev)",
            "shop: applied, and what serves could not be read",
        ),
        (
            outcome(replace(SERVING, result=Result.NOT_REACHED, proof=None), update_error="boom"),
            "error",
            "error (dev)",
            "boom",
        ),
    ],
)
def test_the_headline_says_what_became_of_it(ended: Outcome, level: str, title: str, text: str) -> None:
    said = headline.of_outcome(ended)
    assert (said.level, said.title, said.text) == (level, title, text)


def test_the_headline_names_what_failed_or_is_refused_besides() -> None:
    other = replace(FAILED, name="worker")
    assert "failed too: worker" in headline.of_outcome(outcome(SERVING, FAILED, other)).sentences
    assert "refused too: task-roles" in headline.of_outcome(outcome(preflight=PREFLIGHT)).sentences


def test_the_summary_is_the_whole_report() -> None:
    ended = outcome(FAILED, gaps=(Gap("the registry", "AccessDenied"),), update_error="update\nfailed")
    text = to_summary(ended, headline.of_outcome(ended))
    assert text.startswith("## `dev`: the container was killed: it used more than its 512 MiB\n")
    assert "Ended as `rolled-back` (exit code 4)." in text
    assert f"| `shop` | `rolled-back` | `shop:1` | `shop:2` | `shop:1` | `{DIGEST}` | 2 of 2 |" in text
    assert "### error `out-of-memory`" in text
    assert "**note:** the deployment was stopped after 48 s; revision shop:1" in text
    assert "**help:** raise `memory`" in text
    assert f"| 12:00:00 | `{StepName.STOP_ASKED.value}` | arn |" in text
    assert "- the registry: AccessDenied" in text
    assert "update\nfailed" in text


def test_a_summary_is_never_longer_than_github_takes() -> None:
    long = replace(DOOM, evidence=(Quote("log", "x" * 2_000_000),))
    ended = outcome(replace(FAILED, diagnosis=long), FAILED)
    text = to_summary(ended, headline.of_outcome(ended))
    assert len(text.encode()) <= LONGEST
    assert "Some of it is left out here" in text
    assert "### error `out-of-memory`" in text, "what fits is there"


def test_junit_has_a_case_for_each_service_and_each_check() -> None:
    unseen = Finding(Status.NOT_DONE, "the route is unknown", check="way-out", subject="shop")
    report = Report((*PREFLIGHT.findings, unseen))
    deployment, preflight = JUnitXml.fromstring(
        to_junit(outcome(SERVING, replace(FAILED, name="worker"), preflight=report)).encode()
    )
    assert (deployment.tests, deployment.failures) == (2, 1)
    assert (preflight.tests, preflight.failures, preflight.skipped) == (4, 2, 1)
    (failure,) = next(case for case in deployment if case.name == "worker").result
    assert (failure.type, failure.message) == ("out-of-memory", DOOM.what)
    assert "::error::injected </failure> ]]>" in failure.text


def test_junit_has_an_error_where_no_service_explains_the_end() -> None:
    for ended in (outcome(update_error="boom \x00\ud800"), outcome(interrupted=True)):
        (suite,) = JUnitXml.fromstring(to_junit(ended).encode())
        assert ([case.name for case in suite], suite.errors) == (["update"], 1)


def pipeline(system: System, folder: Path, **more: str) -> Pipeline:
    environment = {
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "API_TOKEN": "correct-horse-battery",
        **more,
    }
    return Pipeline(system, environment, folder / "junit.xml", folder / "failwell.env")


def test_a_run_on_github_leaves_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "summary.md").write_text("of an earlier command\n", encoding="utf-8")
    pipeline(System.GITHUB, tmp_path).outcome(outcome(FAILED))
    (said,) = Output().take_all(capsys.readouterr().out.split("\n")).annotations
    assert (said.name, said.properties["title"]) == ("error", "out-of-memory (shop)")
    assert said.data.startswith("the container was killed: it used more than its 512 MiB\nwhy: a new task would")
    outputs = parse_outputs((tmp_path / "output").read_text(encoding="utf-8"))
    assert outputs["result"] == "rolled-back"
    assert outputs["exit-code"] == "4"
    assert outputs["root-cause"] == "out-of-memory"
    assert json.loads(outputs["services"]) == [
        {"name": "shop", "result": "rolled-back", "revision": "shop:1", "digest": DIGEST}
    ]
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("of an earlier command\n## `dev`")


def test_a_run_elsewhere_leaves_what_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline(System.GITLAB, tmp_path).outcome(outcome(FAILED))
    assert capsys.readouterr().out == ""
    assert sorted(each.name for each in tmp_path.iterdir()) == ["failwell.env", "junit.xml"]
    lines = (tmp_path / "failwell.env").read_text(encoding="utf-8").splitlines()
    assert "FAILWELL_ROOT_CAUSE=out-of-memory" in lines
    assert "FAILWELL_EXIT_CODE=4" in lines


def test_no_value_sets_another_variable() -> None:
    evil = "x\nresult=proven\nresult<<EOF\nproven\nEOF\nFAILWELL_RESULT=proven"
    outputs = {"headline": evil, "result": "rolled-back"}
    assert parse_outputs(files.github_outputs(outputs)) == outputs
    assert files.dotenv(outputs).splitlines()[1:] == ["FAILWELL_RESULT=rolled-back"]
    assert files.github_outputs(outputs) != files.github_outputs(outputs), "nobody can guess a delimiter"


def test_a_dotenv_report_is_as_long_as_gitlab_takes() -> None:
    text = files.dotenv({"services": "x" * 6000, "result": "proven"})
    assert text == "FAILWELL_RESULT=proven\n"


def test_the_jobs_own_credentials_are_in_none_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = replace(DOOM, what="login failed with correct-horse-battery", fix="not correct-horse-battery")
    pipeline(System.GITHUB, tmp_path).outcome(outcome(replace(FAILED, diagnosis=told)))
    written = {each.name: each.read_text(encoding="utf-8") for each in tmp_path.iterdir()}
    assert sorted(written) == ["failwell.env", "junit.xml", "output", "summary.md"]
    for name, text in written.items():
        assert "correct-horse-battery" not in text, name
        assert "login failed with" in text, name
    assert "correct-horse-battery" not in capsys.readouterr().out


def test_a_program_that_cannot_be_previewed_is_the_annotation(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise RuntimeError("the command ends") from PreviewError("error: `cpu` is wrong\n::error::injected")

    with pytest.raises(RuntimeError), Pipeline(System.GITHUB, {}).section("failwell preview"):
        fail()
    (said,) = Output().take_all(capsys.readouterr().out.split("\n")).annotations
    assert said.data == "error: `cpu` is wrong\n::error::injected"


def test_a_report_that_could_not_be_written_is_refused_before_anything_is_changed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, says in ((tmp_path, "is a folder"), (tmp_path / "file" / "x" / "junit.xml", "its folder cannot be made")):
        with pytest.raises(UsageError, match=f"--junit .*: {says}"):
            Pipeline(System.PLAIN, {}, path)


def test_a_run_that_is_over_is_told_though_something_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline(System.GITHUB, tmp_path, GITHUB_STEP_SUMMARY=str(tmp_path)).outcome(outcome(FAILED))
    seen = Output().take_all(capsys.readouterr().out.split("\n"))
    assert [each.name for each in seen.annotations] == ["error"]
    assert any("cannot be written: Is a directory" in line for line in seen.log)
    assert (tmp_path / "output").exists()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be written: Is a directory"):
        files.write(tmp_path, "")
