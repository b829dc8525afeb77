"""The report of a run: the outcome and its recordings in one page, whatever of them can be read."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from automation.ending.abort import Step
from automation.ending.abort_states import StepName
from automation.errors import UsageError
from automation.outcome import Outcome, Result, ServiceOutcome, Timing
from automation.preflight.model import Report as PreflightReport
from automation.preflight.model import refused, warned
from automation.telling.report import check_report_path, report_of_outcome, write_report
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis, Gap, Quote, Verdict
from diagnostics.recorder import Recorder
from diagnostics.render.html.page import to_html
from diagnostics.serving import Serving, ServingState
from tests.diagnostics.render.pages import BEGAN, NEW, Page, look, task

PROOF = Serving(ServingState.PROVEN, task_definition="arn:x:task-definition/web:1", desired=2, running=2)
TOLD = Diagnosis(Verdict.DOOMED, "it crashed", "it does so each time", "mend it", "app-crash-exception", service="web")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    recorder = Recorder(tmp_path / "evidence" / "run-web.jsonl")
    for document in (look(35, [task(1, 5)]), look(100, [task(1, 5, 80)])):
        recorder.write(Evidence.parse(document))
    return recorder.path


@pytest.fixture
def failed(recording: Path) -> ServiceOutcome:
    return ServiceOutcome(
        cluster="prod",
        name="web",
        result=Result.ROLLED_BACK,
        revision_before="web:1",
        revision_wanted="web:2",
        proof=PROOF,
        deployment_id=NEW,
        diagnosis=TOLD,
        deployment_created_at=BEGAN,
        abort=(
            Step(StepName.STOP_ASKED, BEGAN + timedelta(seconds=88), "arn:x:service-deployment/1"),
            Step(StepName.WAIT_ENDED, BEGAN + timedelta(seconds=120)),
        ),
        timing=Timing(first_evidence=81, explained=85, abort_asked=88, previous_serves=140),
        evidence_path=str(recording),
    )


def text_of(outcome: Outcome) -> str:
    return Page(to_html(report_of_outcome(outcome, BEGAN))).text


def test_it_tells_what_was_seen_understood_and_done_each_at_its_time(failed: ServiceOutcome) -> None:
    report = report_of_outcome(Outcome("dev", (failed,), update_error="update failed"), BEGAN)
    assert report.title == "web: app-crash-exception"
    assert [((mark.at - BEGAN).total_seconds(), mark.text) for mark in report.sections[0].acts] == [
        (81.0, "the first evidence of a failure is seen"),
        (85.0, "the failure is explained: app-crash-exception"),
        (140.0, "the previous revision serves again, proven"),
        (88.0, "ECS is asked to stop the deployment and roll back: arn:x:service-deployment/1"),
        (120.0, "the provider's wait has ended"),
    ]
    said = text_of(Outcome("dev", (failed,), update_error="update failed"))
    order = [
        "+1:20 task",
        "+1:21 deploy.py",
        "+1:25 deploy.py",
        "+1:28 deploy.py",
        "+2:00 deploy.py",
        "+2:20 deploy.py",
    ]
    places = [said.index(each) for each in order]
    assert places == sorted(places)
    assert "the deployment was stopped after 88 s; revision web:1 serves again" in said
    assert "What the engine said update failed" in said
    assert "run-web.jsonl" in said


def test_a_service_that_serves_is_said_to_and_shows_its_deployment(failed: ServiceOutcome) -> None:
    fine = replace(failed, result=Result.SERVING, diagnosis=None, abort=(), timing=Timing())
    report = report_of_outcome(Outcome("dev", (fine,)), BEGAN)
    assert report.title == "web serves web:1: 2 of 2 tasks run"
    assert report.sections[0].level == "ok"
    late = replace(fine, result=Result.OUT_OF_TIME)
    assert report_of_outcome(Outcome("dev", (late,)), BEGAN).sections[0].level == "error"
    assert report.sections[0].chronicle.tasks


def test_of_several_services_those_that_failed_come_first(failed: ServiceOutcome) -> None:
    fine = replace(failed, name="api", result=Result.SERVING, diagnosis=None, evidence_path=None)
    outcome = Outcome("dev", (fine, failed), gaps=(Gap("logs", "denied"),))
    report = report_of_outcome(outcome, BEGAN)
    assert [section.name for section in report.sections] == ["web", "api"]
    assert report.title == "up of the stack dev: 2 services, 1 failed"
    assert "not known: logs: denied" in text_of(outcome)


def test_a_run_without_a_service_says_what_the_engine_said() -> None:
    said = text_of(Outcome("dev", (), update_error="boom password=hunter2hunter2"))
    assert "up of the stack dev: no ECS service" in said
    assert "What the engine said boom password=***" in said


def test_what_the_preflight_refused_is_told_without_a_timeline_that_never_was() -> None:
    found = replace(refused("the image `shop:9` does not exist", "push it"), check="image", subject="web")
    warning = replace(warned("the grace period is short", "raise it"), check="health-path", subject="web")
    outcome = Outcome("dev", (), preflight=PreflightReport((found, warning), 1.0))
    page = Page(to_html(report_of_outcome(outcome, BEGAN)))
    assert [text for _, text in page.headings] == ["the image shop:9 does not exist", "What to do"]
    assert "refused before anything was changed" in page.text
    assert "nothing was changed" in page.text
    assert "preflight: health-path of web: the grace period is short" in page.text


def test_a_run_that_was_interrupted_early_says_so() -> None:
    assert "interrupted before any ECS service was touched" in text_of(Outcome("dev", (), interrupted=True))


def test_a_recording_that_cannot_be_read_is_a_gap(failed: ServiceOutcome, recording: Path) -> None:
    with recording.open("a") as file:
        file.write('{"schema": "evidence/1", "tasks": 3}\n')
    said = text_of(Outcome("dev", (failed,)))
    assert "a look of the recording run-web.jsonl" in said
    assert "tasks: expected an array, got 3" in said
    recording.unlink()
    said = text_of(Outcome("dev", (failed,)))
    assert "No such file or directory" in said
    assert "it crashed" in said


def test_it_is_written_whole_into_a_folder_that_is_made(failed: ServiceOutcome, tmp_path: Path) -> None:
    file = tmp_path / "reports" / "web.html"
    write_report(Outcome("dev", (failed,)), file, BEGAN)
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [each.name for each in file.parent.iterdir()] == ["web.html"]


def test_a_folder_is_refused_before_anything_is_deployed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder; name a file"):
        check_report_path(tmp_path)


def test_the_page_holds_no_more_than_the_recording_is_redacted_to(failed: ServiceOutcome, recording: Path) -> None:
    key = "AKIAIOSFODNN7EXAMPLE"
    lines = recording.read_text(encoding="utf-8").splitlines()
    document = json.loads(lines[-1])
    document["service"]["events"] = [{"id": "1", "createdAt": BEGAN.isoformat(), "message": f"{key} was refused"}]
    recording.write_text("\n".join([*lines[:-1], json.dumps(document)]) + "\n", encoding="utf-8")
    by_provider = replace(TOLD, evidence=(Quote("the provider's error", f"not with {key}"),), notes=(f"used {key}",))
    failed = replace(failed, diagnosis=by_provider)
    said = text_of(Outcome("dev", (failed,)))
    assert "*** was refused" in said
    assert "not with ***" in said
    assert key not in to_html(report_of_outcome(Outcome("dev", (failed,)), BEGAN))
