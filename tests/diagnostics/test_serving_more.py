"""A proof holds the deployment's id, its service deployment, its alarms and its images against what they should be."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from diagnostics.evidence import Evidence
from diagnostics.serving import Serving, ServingState, serving

Make = Callable[[], dict[str, Any]]
ALARM = "web-5xx"
IMAGE, OTHER_DIGEST = "registry.example/web:1", "sha256:" + "b" * 64


def test_a_deployment_of_the_same_revision_that_is_not_the_one_is_no_proof(serving_document: Make, aws: Any) -> None:
    evidence = Evidence.parse(serving_document())
    assert serving(evidence, "web:1", deployment_id=aws.old).proven
    other = serving(evidence, "web:1", deployment_id=aws.new)
    assert other.missing == (f"the PRIMARY deployment is {aws.old}, not {aws.new}",)


@pytest.mark.parametrize(
    ("status", "stage", "missing"),
    [
        ("SUCCESSFUL", "", ()),
        ("IN_PROGRESS", "BAKE_TIME", ("its service deployment is IN_PROGRESS (BAKE_TIME), not SUCCESSFUL",)),
        ("ROLLBACK_IN_PROGRESS", "", ("its service deployment is ROLLBACK_IN_PROGRESS, not SUCCESSFUL",)),
    ],
)
def test_a_bake_time_has_to_be_over(serving_document: Make, status: str, stage: str, missing: tuple[str, ...]) -> None:
    document = serving_document()
    document["service_deployment"] |= {"status": status, "lifecycleStage": stage}
    assert serving(Evidence.parse(document), "web:1").missing == missing


def with_alarm(document: dict[str, Any], state: str, since: datetime, *, enabled: bool = True) -> Evidence:
    alarms = {"alarmNames": [ALARM], "enable": enabled, "rollback": True}
    document["service"]["deploymentConfiguration"] = {"alarms": alarms}
    document["alarms"] = [{"AlarmName": ALARM, "StateValue": state, "StateUpdatedTimestamp": since.isoformat()}]
    return Evidence.parse(json.loads(json.dumps(document)))  # as it is read from a recording: no string is this file's


def test_an_alarm_that_went_off_since_the_deployment_began_speaks_against_it(serving_document: Make, aws: Any) -> None:
    serves = serving(with_alarm(serving_document(), "ALARM", aws.now), "web:1")
    assert (serves.missing, serves.unhealthy) == ((f"the alarm {ALARM} is in ALARM",), False)
    assert serving(with_alarm(serving_document(), "ALARM", aws.now, enabled=False), "web:1").proven


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_an_alarm_that_is_silent_is_named_in_the_proof(serving_document: Make, aws: Any, state: str) -> None:
    serves = serving(with_alarm(serving_document(), state, aws.now), "web:1")
    assert (serves.proven, serves.alarms_checked) == (True, (ALARM,))


def test_an_alarm_that_rang_before_the_deployment_says_nothing_of_it(serving_document: Make, aws: Any) -> None:
    assert serving(with_alarm(serving_document(), "ALARM", aws.now - timedelta(days=2)), "web:1").proven


def rolled_back(document: dict[str, Any], aws: Any, at: datetime) -> dict[str, Any]:
    document["service_deployment"] |= {
        "status": "ROLLBACK_SUCCESSFUL",
        "targetServiceRevision": {"arn": aws.revision(aws.new)},
        "rollback": {"serviceRevisionArn": aws.revision(aws.old), "startedAt": at.isoformat()},
    }
    return document


def test_the_alarm_that_the_failed_deployment_set_off_is_not_the_previous_ones(
    serving_document: Make, aws: Any
) -> None:
    document = rolled_back(serving_document(), aws, aws.now)
    assert serving(with_alarm(document, "ALARM", aws.now - timedelta(seconds=30)), "web:1").proven
    assert not serving(with_alarm(document, "ALARM", aws.now + timedelta(seconds=30)), "web:1").proven


def test_an_alarm_that_could_not_be_read_is_said(serving_document: Make, aws: Any) -> None:
    document = serving_document()
    with_alarm(document, "OK", aws.now)
    serves = serving(Evidence.parse(document | {"alarms": []}), "web:1")
    assert (serves.proven, serves.unchecked) == (True, (f"the alarm {ALARM} was not read",))


def image_proof(document: dict[str, Any], digests: dict[str, set[str]]) -> Serving:
    for task in document["tasks"]:
        task["containers"][0]["image"] = IMAGE
    return serving(Evidence.parse(document), "web:1", digests=digests)


def test_what_runs_has_to_be_the_image_that_was_looked_up(serving_document: Make, aws: Any) -> None:
    assert image_proof(serving_document(), {IMAGE: {OTHER_DIGEST, aws.digest}}).proven
    assert image_proof(serving_document(), {"registry.example/other:1": {OTHER_DIGEST}}).proven
    other = image_proof(serving_document(), {IMAGE: {OTHER_DIGEST}})
    assert other.state is ServingState.OTHER_IMAGE
    assert f"as {aws.digest[:19]}…, not as {OTHER_DIGEST[:19]}…" in other.missing[0]


@pytest.mark.parametrize("what", ["tasks", "tasks that are RUNNING", "target health of web", "target groups"])
def test_targets_that_could_not_be_read_are_not_taken_for_unhealthy_ones(serving_document: Make, what: str) -> None:
    denied = {"what": what, "why": "AccessDeniedException"}
    blind = serving(Evidence.parse(serving_document() | {"target_health": [], "gaps": [denied]}), "web:1")
    assert (blind.proven, blind.unread, blind.unhealthy) == (False, True, False)
    seen = serving(Evidence.parse(serving_document() | {"target_health": []}), "web:1")
    assert (seen.unread, seen.unhealthy) == (False, True)


def test_what_is_known_to_be_wrong_is_not_excused_by_what_could_not_be_read(serving_document: Make) -> None:
    denied = {"what": "target health of web", "why": "AccessDeniedException"}
    document = serving_document() | {"target_health": [], "gaps": [denied]}
    document["service"]["deployments"][0]["runningCount"] = 0
    blind = serving(Evidence.parse(document), "web:1")
    assert (blind.unread, blind.unhealthy) == (False, True)


def test_a_service_deployment_that_could_not_be_read_is_said(serving_document: Make) -> None:
    document = serving_document()
    del document["service_deployment"]
    denied = {"what": "service deployments", "why": "AccessDeniedException"}
    serves = serving(Evidence.parse(document | {"gaps": [denied]}), "web:1")
    assert (serves.proven, serves.unchecked) == (True, ("the service deployment was not read",))
