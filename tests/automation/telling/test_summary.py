"""Each end of a run has its own sentence: what serves, what was done, and what to do next."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from automation.ending.abort import Step, StepName
from automation.history.keeping import RECORD
from automation.outcome import Outcome, Result, ServiceOutcome, Timing
from automation.telling.summary import headline, leftovers, notes
from diagnostics.model import Gap
from diagnostics.names import COMMAND
from diagnostics.serving import Serving, ServingState

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
PROOF = Serving(ServingState.PROVEN, (), "arn:x:task-definition/shop:2", desired=2, running=2)
SHORT = replace(PROOF, state=ServingState.NOT_PROVEN, missing=("1 of 2 tasks run", "an alarm"), running=1)
SERVICE = ServiceOutcome("prod", "shop", Result.SERVING, "shop:1", "shop:2", PROOF)
STOPPED = {"abort": (Step(StepName.STOP_ASKED, AT),), "timing": Timing(abort_asked=47.6)}
SERVES = "shop:2: 2 of 2 tasks run"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, f"shop serves {SERVES}"),
        (
            {"proof": replace(PROOF, digest="sha256:" + "a" * 64, targets_healthy=2, targets_total=3)},
            "shop serves shop:2 (sha256:aaaaaaaaaaaa…): 2 of 2 tasks run, 2 of 3 targets healthy",
        ),
        ({"deployed_again": True}, f"shop serves {SERVES}; it was deployed again, as it did not serve"),
        (
            {"at_zero": True},
            f"shop serves {SERVES}; that was for the proof, and the desired count is back at 0",
        ),
        (
            {"proof": replace(PROOF, unchecked=("the alarm a was not read", "b"))},
            f"shop serves {SERVES}; not checked: the alarm a was not read; b",
        ),
        (
            {"result": Result.NOT_PROVEN, "proof": replace(PROOF, desired=0)},
            "shop: shop:2 is applied, and its desired count is 0: nothing is proven",
        ),
        (
            {"result": Result.NOT_PROVEN, "proof": SHORT},
            "shop: shop:2 is applied, and not proven: 1 of 2 tasks run; an alarm",
        ),
        ({"result": Result.NOT_PROVEN, "proof": None}, "shop: applied, and what serves could not be read"),
        (
            {"result": Result.NOT_PROVEN, "proof": replace(SHORT, task_definition=None)},
            "shop: applied, and what serves could not be read",
        ),
        ({"result": Result.NOT_REACHED}, "shop: not touched: the update ended before it"),
        (
            {"result": Result.ROLLED_BACK, **STOPPED},
            "shop: the deployment was stopped after 48 s; revision shop:2 serves again: 2 of 2 tasks run",
        ),
        ({"result": Result.ROLLED_BACK}, "shop: revision shop:2 serves again: 2 of 2 tasks run"),
        (
            {"result": Result.ROLLED_BACK, "timing": Timing(abort_asked=47.6)},
            "shop: revision shop:2 serves again: 2 of 2 tasks run",
        ),
        (
            {"result": Result.NOTHING_SERVES, "rollback_failed": "no revision"},
            "shop: the rollback failed too (no revision), and nothing is proven to serve",
        ),
        (
            {"result": Result.NOTHING_SERVES, "at_zero": True, "deployment_id": "ecs-svc/2"},
            "shop: the task that was to prove it is taken back, and nothing serves",
        ),
        (
            {"result": Result.NOTHING_SERVES, "proof": replace(SHORT, missing=("the service is INACTIVE",))},
            "shop: the service is INACTIVE: nothing serves",
        ),
        (
            {"result": Result.NOTHING_SERVES, "revision_before": None, "deployment_id": "ecs-svc/1"},
            (
                "shop: this is its first deployment, so there is nothing to roll back to, and nothing serves yet; the"
                " service is left as it is, at the count that the program wants; the next `up` deploys it again"
            ),
        ),
        (
            {"result": Result.NOTHING_SERVES, "proof": SHORT},
            "shop: no earlier deployment ever completed, so there is nothing to roll back to, and nothing serves",
        ),
        (
            {"result": Result.INTERRUPTED, "deployment_id": "ecs-svc/1", "proof": SHORT},
            "shop: the deployment ecs-svc/1 was left to ECS, which goes on with it (1 of 2 tasks run; an alarm)",
        ),
        ({"result": Result.INTERRUPTED, "proof": None}, "shop: what serves now could not be proven"),
        ({"result": Result.OUT_OF_TIME}, "shop: what serves now could not be proven"),
        (
            {"result": Result.NOTHING_SERVES, "abort": (Step(StepName.SCALED_TO_ZERO, AT, "1 -> 0"),)},
            (
                "shop: no earlier deployment ever completed, so there is nothing to roll back to, and nothing serves;"
                " the service was scaled to zero: 1 -> 0"
            ),
        ),
        (
            {"result": Result.NOTHING_SERVES, "abort": (Step(StepName.NOT_SCALED, AT, "denied"),)},
            (
                "shop: no earlier deployment ever completed, so there is nothing to roll back to, and nothing serves;"
                " the service could not be scaled to zero: denied"
            ),
        ),
    ],
)
def test_what_became_of_a_service_is_one_sentence(change: dict[str, Any], said: str) -> None:
    assert headline(replace(SERVICE, **change)) == said


def test_a_fuller_name_is_taken_where_it_is_given() -> None:
    assert headline(SERVICE, "shop in eu-west-1").startswith("shop in eu-west-1 serves")


def test_the_notes_say_how_it_was_left_and_where_the_evidence_is() -> None:
    refused = (Step(StepName.STOP_REFUSED, AT, "throttled"), Step(StepName.SCALED_TO_ZERO, AT, "1 -> 0"))
    failed = replace(SERVICE, result=Result.ROLLED_BACK, abort=refused, evidence_path="evidence.jsonl")
    assert notes(failed) == [
        "revision shop:2 serves again: 2 of 2 tasks run",
        "ECS did not stop the deployment: throttled",
        "the service was scaled to zero: 1 -> 0",
        "the evidence is kept in evidence.jsonl",
    ]
    assert notes(replace(failed, abort=(), evidence_path=None)) == ["revision shop:2 serves again: 2 of 2 tasks run"]


def test_what_is_left_behind_is_listed_with_what_puts_it_right() -> None:
    record = Gap(RECORD, "the bucket is gone")
    kept = f"{RECORD} is not kept everywhere: the bucket is gone"
    assert leftovers(Outcome("dev", (), gaps=(record, Gap("tasks", "denied")))) == [kept]
    assert leftovers(Outcome("dev", (), pending_operations=("creating urn:a",), gaps=(record,))) == [
        "the stack has a pending operation: creating urn:a",
        f"`{COMMAND} repair` puts the state right",
        kept,
    ]
    assert leftovers(Outcome("dev", ())) == []
