"""A record: what it keeps of a run, that its schema describes it, and that it is read back as it was."""

import json
from dataclasses import replace
from importlib import resources

import jsonschema
import pytest

from automation.history.record import RecordError, RolledBack, error_of, parse, service_record
from automation.outcome import Outcome, Result, ServiceOutcome
from diagnostics.model import Diagnosis, Verdict
from diagnostics.serving import Serving, ServingState
from tests.automation.history.examples import FAMILY, record, service

SCHEMA = json.loads(resources.files("automation").joinpath("schemas", "history-1.json").read_text(encoding="utf-8"))
FULL = record(
    2,
    service(2),
    service(2, "nothing-serves", root_cause="image-not-found", what="the image does not exist", digest=None),
    absent_configuration=(("shop:token",), ("shop:list", 0, "password")),
    skipped_checks=("image-exists",),
    update_error="boom",
    pending_operations=("creating urn:x",),
    rolled_back=RolledBack("20261120T120100000Z-00000001", f"{FAMILY}:1", "program"),
    gaps=("the recording: disk full",),
)


def test_the_document_is_what_its_schema_says() -> None:
    jsonschema.validate(json.loads(json.dumps(FULL.to_document())), SCHEMA)


def test_a_record_comes_back_as_it_was() -> None:
    assert parse(json.loads(json.dumps(FULL.to_document()))) == FULL


def test_keys_of_a_later_version_are_passed_over() -> None:
    document = json.loads(json.dumps(FULL.to_document()))
    document["new"] = document["services"][0]["new"] = document["commit"]["new"] = 1
    assert parse(document) == FULL


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": "history/2"}, "history/2"),
        ({"id": 3}, "not text"),
        ({"services": [{"name": "shop"}]}, "missing"),
        ({"began_at": "yesterday"}, "yesterday"),
        ({"commit": "abc"}, "items"),
    ],
)
def test_what_is_no_record_says_why(change: dict[str, object], says: str) -> None:
    with pytest.raises(RecordError, match=says):
        parse(json.loads(json.dumps(FULL.to_document())) | change)
    with pytest.raises(RecordError, match="not a JSON object"):
        parse([])


def test_a_service_is_kept_with_what_serves_and_why_it_failed() -> None:
    proof = Serving(
        ServingState.PROVEN, task_definition=f"{FAMILY}:1", digest="sha256:" + "1" * 64, desired=2, running=2
    )
    doom = Diagnosis(Verdict.DOOMED, "it said password=hunter2222", "why", "fix", root_cause="app-crash-exception")
    outcome = ServiceOutcome("prod", "shop", Result.ROLLED_BACK, f"{FAMILY}:1", f"{FAMILY}:2", proof, diagnosis=doom)
    kept = service_record(outcome)
    assert (kept.result, kept.proven, kept.served) == ("rolled-back", True, False)
    assert (kept.revision_after, kept.root_cause) == (f"{FAMILY}:1", "app-crash-exception")
    assert kept.what == "it said password=***"
    unread = service_record(replace(outcome, proof=None, diagnosis=None))
    assert (unread.revision_after, unread.digest, unread.desired) == (None, None, None)


def test_the_engines_error_is_kept_without_credentials_and_not_at_any_length() -> None:
    told = error_of(Outcome("dev", (), update_error="postgres://me:hunter2222@db/x " + "y" * 9000))
    assert told is not None
    assert "hunter2222" not in told
    assert len(told) == 2000
    assert error_of(Outcome("dev", ())) is None


@pytest.mark.parametrize(
    ("result", "proven", "revision", "served"),
    [
        ("serving", True, f"{FAMILY}:1", True),
        ("serving", False, f"{FAMILY}:1", False),
        ("serving", True, None, False),
        ("rolled-back", True, f"{FAMILY}:1", False),
        ("not-proven", True, f"{FAMILY}:1", False),
    ],
)
def test_only_what_was_asked_for_and_proven_served(
    result: str, proven: bool, revision: str | None, served: bool
) -> None:
    assert replace(service(1), result=result, proven=proven, revision_after=revision).served is served
