"""The hardening controls on a plan: what they see, what they cannot see, and the waivers that a component declares."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pulumi.automation import EngineEvent

from automation.ahead.planned import planned_resources
from automation.preflight.plan import SECRET, UNKNOWN, Plan, PlannedResource, read_plan
from commands.controls import audit_of
from tests.automation.preflight.recording import DEFINITION, recorded

TODAY = date(2026, 11, 21)
COMPONENT = "urn:pulumi:prod::shop::failwell:index:FargateService::shop"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
WAIVER = {"control": "LOG-02", "reason": "the log has nothing but health checks", "expires": "2027-01-31"}


def plan(*waivers: Any, inputs: dict[str, Any] | None = None) -> Plan:
    component = PlannedResource(
        COMPONENT, "failwell:index:FargateService", "shop", "update", {}, outputs={"waivers": list(waivers)}
    )
    urn = f"urn:pulumi:prod::shop::{LOG_GROUP}::shop"
    given = {"name": "shop", "retentionInDays": 365} if inputs is None else inputs
    return Plan((component, PlannedResource(urn, LOG_GROUP, "shop", "update", given, parent=COMPONENT)))


def states(planned: Plan, control: str) -> list[tuple[str, str]]:
    found = audit_of(planned, TODAY)["findings"]
    return [(each["state"], each["message"]) for each in found if each["control"] == control]


def test_a_default_that_is_not_kept_fails_unless_its_component_waives_it() -> None:
    assert [state for state, _ in states(plan(), "LOG-02")] == ["failed"]
    ((state, message),) = states(plan(WAIVER), "LOG-02")
    assert state == "waived"
    assert "waived until 2027-01-31: the log has nothing but health checks" in message


@pytest.mark.parametrize(
    "waiver",
    [
        WAIVER | {"control": "LOG-01"},
        WAIVER | {"expires": "soon"},
        WAIVER | {"reason": "x"},
        "LOG-02",
        {"control": UNKNOWN},
    ],
)
def test_a_waiver_of_something_else_or_a_wrong_one_lifts_nothing(waiver: Any) -> None:
    assert [state for state, _ in states(plan(waiver), "LOG-02")] == ["failed"]


def test_a_waiver_that_is_over_is_said() -> None:
    ((state, message),) = states(plan(WAIVER | {"expires": "2026-11-20"}), "LOG-02")
    assert (state, "its waiver ended on 2026-11-20" in message) == ("failed", True)


def test_a_waiver_of_one_component_does_not_lift_what_another_made() -> None:
    first, log = plan(WAIVER).resources
    other = replace(first, urn=f"{first.urn}-2", outputs={})
    assert [s for s, _ in states(Plan((first, other, replace(log, parent=other.urn))), "LOG-02")] == ["failed"]


@pytest.mark.parametrize("hidden", [UNKNOWN, SECRET])
def test_what_cannot_be_seen_is_not_checked(hidden: Any) -> None:
    assert [state for state, _ in states(plan(inputs={"kmsKeyId": hidden}), "LOG-02")] == ["not checked"]


def test_what_is_deleted_is_not_judged() -> None:
    component, log = plan().resources
    assert [each.urn for each in planned_resources(Plan((component, replace(log, operation="delete"))), None)] == [
        COMPONENT
    ]


def test_a_recorded_plan_of_the_example_breaks_no_control() -> None:
    found = audit_of(recorded("create"), TODAY)
    assert not found["broken"]
    assert "passed" in {each["state"] for each in found["findings"] if each["type"] == DEFINITION}


def test_a_components_outputs_are_read_from_a_preview() -> None:
    def event(kind: str, outputs: dict[str, Any]) -> EngineEvent:
        state = {"type": "failwell:index:FargateService", "urn": COMPONENT, "custom": False, "id": "", "parent": ""}
        full = {**state, "inputs": {}, "outputs": outputs, "provider": ""}
        told = {"op": "create", "urn": COMPONENT, "type": state["type"], "old": None, "new": full, "provider": ""}
        return EngineEvent.from_json(
            {"sequence": 1, "timestamp": 1, kind: {"metadata": {**told, "detailedDiff": None}, "planning": True}}
        )

    events = [
        event("resourcePreEvent", {}),
        event("resOutputsEvent", {}),
        event("resOutputsEvent", {"waivers": [WAIVER]}),
    ]
    (component,) = read_plan(events).resources
    assert component.outputs == {"waivers": [WAIVER]}
