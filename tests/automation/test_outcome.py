"""The outcome: which exit code wins, whose diagnosis it is, and the JSON that its schema describes."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources

import jsonschema
import pytest

from automation.ending.abort import Step, StepName
from automation.engine.update import Operation, ServiceTarget
from automation.outcome import ExitCode, Outcome, Result, ServiceOutcome, Timing
from automation.preflight.model import Finding, Report, Status
from automation.telling.summary import headline, notes, unknown
from automation.up import with_not_reached
from diagnostics.model import Diagnosis, Gap, Verdict
from diagnostics.serving import Serving, ServingState

SCHEMA = json.loads(resources.files("automation").joinpath("schemas", "outcome-1.json").read_text(encoding="utf-8"))
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
DOOM = Diagnosis(Verdict.DOOMED, "what", "why", "fix", root_cause="out-of-memory")
PROOF = Serving(
    ServingState.PROVEN,
    task_definition="arn:aws:ecs:eu-west-1:123456789012:task-definition/shop:1",
    digest="sha256:" + "a" * 64,
    desired=2,
    running=2,
    targets_healthy=2,
    targets_total=2,
)
SERVICE = ServiceOutcome("prod", "shop", Result.SERVING, None, "shop:1", PROOF)


def outcome(*results: Result, **more: object) -> Outcome:
    return replace(Outcome("dev", tuple(replace(SERVICE, result=result) for result in results)), **more)


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ((), 0),
        ((Result.SERVING,), 0),
        ((Result.SERVING, Result.NOT_PROVEN), 8),
        ((Result.NOT_PROVEN, Result.NOT_REACHED), 1),
        ((Result.NOT_REACHED, Result.ROLLED_BACK), 4),
        ((Result.ROLLED_BACK, Result.OUT_OF_TIME), 7),
        ((Result.OUT_OF_TIME, Result.NOTHING_SERVES), 5),
        ((Result.NOTHING_SERVES, Result.INTERRUPTED), 6),
    ],
)
def test_the_worst_that_applies_to_any_service_is_the_exit_code(results: tuple[Result, ...], code: int) -> None:
    assert outcome(*results).exit_code == code


def test_the_engines_error_counts_unless_a_service_explains_it() -> None:
    assert outcome(Result.SERVING, update_error="boom").exit_code is ExitCode.ERROR
    assert outcome(Result.ROLLED_BACK, update_error="boom").exit_code is ExitCode.ROLLED_BACK


def test_a_planned_service_that_the_update_did_not_come_to_is_told() -> None:
    beside = ServiceTarget("urn:side", "side", "prod", "side:1", Operation.UPDATE, "eu-west-1", deploys=True)
    shop = replace(SERVICE, urn="urn:shop", result=Result.ROLLED_BACK)
    planned = (replace(beside, urn="urn:shop"), beside)
    ended = with_not_reached(Outcome("dev", (shop,), update_error="boom"), planned)
    assert [(each.urn, each.result) for each in ended.services] == [
        ("urn:shop", Result.ROLLED_BACK),
        ("urn:side", Result.NOT_REACHED),
    ]
    assert ended.exit_code is ExitCode.ROLLED_BACK
    assert headline(ended.services[1]) == "side: not touched: the update ended before it"
    whole = Outcome("dev", (shop,))
    assert with_not_reached(whole, planned) == whole


def test_the_diagnosis_is_that_of_the_first_service_that_failed() -> None:
    failed = replace(SERVICE, result=Result.ROLLED_BACK, diagnosis=DOOM)
    assert Outcome("dev", (SERVICE, failed)).diagnosis == DOOM
    assert Outcome("dev", (SERVICE,)).diagnosis is None


def test_the_document_is_what_its_schema_says() -> None:
    full = replace(
        SERVICE,
        result=Result.ROLLED_BACK,
        diagnosis=DOOM,
        deployment_id="ecs-svc/1",
        deployment_created_at=AT,
        abort=(Step(StepName.STOP_ASKED, AT, "arn"),),
        timing=Timing(1.0, 2.0, 3.0, 4.0),
        evidence_path="x.jsonl",
    )
    blind = replace(SERVICE, result=Result.NOT_PROVEN, proof=None)
    made = Outcome("dev", (full, blind), api_calls={"DescribeServices": 3}, gaps=(Gap("what", "why"),))
    document = json.loads(json.dumps(made.to_document()))
    jsonschema.validate(document, SCHEMA)
    assert document["services"][0]["abort"][0]["seconds"] == 0.0
    assert document["exit_code"] == 4


def test_what_is_left_is_said_with_figures() -> None:
    assert headline(SERVICE) == "shop serves shop:1 (sha256:aaaaaaaaaaaa…): 2 of 2 tasks run, 2 of 2 targets healthy"
    stopped = replace(
        SERVICE, result=Result.ROLLED_BACK, abort=(Step(StepName.STOP_ASKED, AT),), timing=Timing(abort_asked=48.2)
    )
    assert notes(stopped)[0].startswith("the deployment was stopped after 48 s; revision shop:1 (sha256:")
    assert "serves again: 2 of 2 tasks run" in notes(stopped)[0]
    first = replace(SERVICE, result=Result.NOTHING_SERVES, proof=None)
    assert notes(first) == ["this is its first deployment, so there is nothing to roll back to, and nothing serves yet"]


def test_services_of_one_name_are_told_apart_by_their_place() -> None:
    west = replace(SERVICE, region="us-west-2", account="123456789012")
    north = replace(SERVICE, region="eu-north-1")
    alone, both = Outcome("dev", (west,)), Outcome("dev", (west, north))
    assert alone.name_of(west) == "shop"
    assert [both.name_of(each) for each in both.services] == ["shop (us-west-2, 123456789012)", "shop (eu-north-1)"]
    assert headline(west, both.name_of(west)).startswith("shop (us-west-2, 123456789012) serves ")


def test_what_was_not_known_is_told_unless_a_diagnosis_tells_it() -> None:
    told, untold = Gap("tasks", "AccessDenied"), Gap("the provider `west` of shop", "the engine hides `profile`")
    diagnosis = Diagnosis(Verdict.UNKNOWN, "w", "y", "f", gaps=(told,))
    failed = replace(SERVICE, result=Result.ROLLED_BACK, diagnosis=diagnosis)
    run = Outcome("dev", (failed,), gaps=(told, untold))
    assert unknown(run) == ["note: not known: the provider `west` of shop: the engine hides `profile`"]


def test_a_refusal_of_the_preflight_is_exit_code_3_and_kept() -> None:
    report = Report((Finding(Status.REFUSED, "what", "fix", check="image-exists", subject="shop"),))
    refused = outcome(preflight=report)
    assert refused.exit_code is ExitCode.REFUSED
    document = json.loads(json.dumps(refused.to_document()))
    jsonschema.validate(document, SCHEMA)
    assert document["preflight"]["findings"][0]["check"] == "image-exists"
    passed = Report((Finding(Status.OK, "well", check="image-exists", subject="shop"),))
    assert outcome(Result.SERVING, preflight=passed).exit_code is ExitCode.PROVEN
