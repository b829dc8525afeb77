"""Lives a history, and holds what must be true against each of its runs."""

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import jsonschema
from moto import mock_aws

from automation.ci.headline import of_outcome
from automation.ci.junit import to_junit
from automation.ci.summary import to_summary
from automation.engine.update import SERVICE_TYPE
from automation.outcome import Outcome, Result
from automation.telling.report import report_of_outcome
from diagnostics.checked import EvidenceError
from diagnostics.model import Verdict
from diagnostics.recorder import open_evidence, read_documents
from diagnostics.render.html.page import to_html
from tests.automation.histories.clients import HOOKS
from tests.automation.histories.faults import DISK, FAULTS
from tests.automation.histories.stage import NAMES, Stage
from tests.automation.histories.story import CAUSES, Act, History, Run

KILLS = {Act.KILL_DRIVER, Act.KILL_ENGINE, Act.KILL_PROVIDER}


def live(
    history: History, tell: Callable[[str], object] = print, seen: Callable[[Stage], object] = lambda _stage: None
) -> list[Outcome | None]:
    """Live a history, and hold what must be true against each run of it; return what came of the runs.

    Args:
        history: what is lived.
        tell: told what the runs said.
        seen: told the stage, once the history has ended well.
    """
    with mock_aws(), TemporaryDirectory() as folder:
        stage = Stage(history, Path(folder))
        try:
            outcomes = [live_run(stage, run) for run in history.runs]
            outcomes.append(end(stage))
            seen(stage)
            return outcomes
        finally:
            HOOKS.stage = None
            DISK.release()
            tell("\n".join(stage.said))


SCHEMA = json.loads(resources.files("automation").joinpath("schemas", "outcome-1.json").read_text(encoding="utf-8"))


def live_run(stage: Stage, run: Run) -> Outcome | None:
    outcome = stage.up(run)
    if outcome:
        check_outcome(stage, outcome)
        check_told(stage, outcome)
    unharmed = not any(each.act in KILLS | FAULTS | {Act.OPERATOR, Act.RESTART} for each in run.moments)
    if outcome and unharmed:
        check_nothing_is_left(stage)
    check_no_half_file(stage)
    stage.calm()
    if not run.repaired:
        return outcome
    stage.repair()
    check_nothing_is_left(stage)
    check_state(stage)
    check_counts(stage, run)
    assert not stage.repair().done, "a second repair finds something to do"
    return outcome


def check_outcome(stage: Stage, outcome: Outcome) -> None:
    """Success is what serves (each proof was held against ECS when it was given), and nothing less."""
    for service in outcome.services:
        if service.result is Result.SERVING:
            assert service.proof
            assert service.proof.task_definition == stage.wanted[service.name]
        if service.result is Result.ROLLED_BACK:
            assert service.proof
            assert service.proof.proven
        tag = stage.tag_of(stage.wanted[service.name])
        told = service.diagnosis
        if told and told.root_cause and told.verdict is Verdict.DOOMED and not stage.disturbed:
            assert told.root_cause == CAUSES.get(tag), f"{service.name} fails of {told.root_cause} with {tag}"
            waited = service.at_zero and service.result is Result.OUT_OF_TIME
            assert not waited, f"{service.name} cannot serve, and its task at zero is waited for"
    if outcome.exit_code == 0:
        assert {each.name for each in outcome.services} == set(NAMES[: stage.layout.services])
        assert all(each.result is Result.SERVING for each in outcome.services)


def check_told(stage: Stage, outcome: Outcome) -> None:
    """Whatever a run came to can be told in every form, and what it recorded can be read again."""
    jsonschema.validate(json.loads(json.dumps(outcome.to_document())), SCHEMA)
    said = of_outcome(outcome)
    assert said.text
    assert to_junit(outcome)
    assert to_summary(outcome, said)
    assert to_html(report_of_outcome(outcome, stage.now()))
    for service in outcome.services:
        if service.evidence_path:
            with open_evidence(Path(service.evidence_path)) as lines:
                assert not [each for each in read_documents(lines).documents if isinstance(each, EvidenceError)]


def check_nothing_is_left(stage: Stage) -> None:
    assert stage.engine.state["pending_operations"] == []
    assert stage.engine.locks() == []
    assert stage.changes_left() == []


def check_no_half_file(stage: Stage) -> None:
    """A note is there whole or not at all, whatever the disk said to it."""
    notes = [path for path in (stage.project / ".failwell" / "journal").rglob("*") if path.is_file()]
    assert [path.name for path in notes if path.suffix != ".json"] == []
    for path in notes:
        json.loads(path.read_text(encoding="utf-8"))


def check_state(stage: Stage) -> None:
    """What is in the state once is in AWS, and what the stack made in AWS is in the state."""
    resources = stage.engine.state["resources"]
    urns = [each["urn"] for each in resources]
    assert len(urns) == len(set(urns)), "a resource is twice in the state"
    known = {each["id"] for each in resources if each["type"] == SERVICE_TYPE}
    for name in NAMES[: stage.layout.services]:
        service = stage.region.services.get(("main", name))
        if service and service.status == "ACTIVE":
            assert service.arn in known, f"{name} was made, and is not in the state"
    assert not any(each.get("delete") for each in resources)


def check_counts(stage: Stage, run: Run) -> None:
    for name, count in zip(NAMES, run.counts, strict=False):
        desired = stage.desired(name)
        if desired is None or name in stage.touched:
            continue
        scaled = [each for each in stage.noted() if each.target.name == name]
        allowed = {count, *stage.counts_before.get(name, ()), *([0] if scaled else [])}
        assert desired in allowed, f"{name} wants {desired} tasks, and should {allowed}"


def end(stage: Stage) -> Outcome:
    """A good change at last, after whatever happened: it must simply work."""
    if stage.engine.locks() and stage.gone():
        stage.make_ready()  # as `up` does where its preview shows that a service was deleted since
    if not stage.engine.locks():
        stage.engine.refresh()
    run = Run(("good-2",) * stage.layout.services, (1,) * stage.layout.services)
    outcome = stage.up(run)
    assert outcome
    assert outcome.exit_code == 0, f"the good change at the end: {outcome.to_document()}"
    for name in NAMES[: stage.layout.services]:
        assert stage.serves(name) == stage.revisions["good-2"]
    assert stage.changes_left() == [], "`up` leaves what a killed run had changed for a while"
    stage.repair()
    check_nothing_is_left(stage)
    check_state(stage)
    return outcome
