"""The gate: which plans deploy a new revision, and what it refuses."""

from typing import Any

import pytest

from automation.ahead.gate import gate
from automation.engine.update import SERVICE_TYPE
from automation.preflight.model import Finding, Report, Status
from automation.preflight.plan import UNKNOWN, Plan, PlannedResource
from automation.preflight.subject import DEFINITION_TYPE

OLD, NEWER = (f"arn:aws:ecs:eu-west-1:123456789012:task-definition/shop:{revision}" for revision in (1, 2))
NO_FINDINGS = Report(())


def resource(type_: str, operation: str, inputs: dict[str, Any], **more: Any) -> PlannedResource:
    return PlannedResource(f"urn:{type_}", type_, "shop", operation, inputs, parent="urn:parent", **more)


def plan(operation: str, wanted: object, definition: str = "same") -> Plan:
    old = {"taskDefinition": OLD} if operation != "create" else None
    service = resource(SERVICE_TYPE, operation, {"name": "shop", "taskDefinition": wanted}, old_inputs=old)
    return Plan((resource(DEFINITION_TYPE, definition, {}, old_outputs={"arn": OLD}), service))


@pytest.mark.parametrize(
    ("planned", "new"),
    [
        (plan("create", UNKNOWN, "create"), True),
        (plan("create", NEWER), True),
        (plan("update", UNKNOWN, "replace"), True),
        (plan("update", NEWER), True),
        (plan("update", OLD), False),
        (plan("same", OLD), False),
        (plan("replace", OLD), True),
        (plan("update", UNKNOWN), False),
    ],
)
def test_whether_a_plan_deploys_a_new_revision(planned: Plan, *, new: bool) -> None:
    said = gate(planned, NO_FINDINGS)
    assert said.new_revision is new
    assert [each.check for each in said.refused] == ([] if new else ["new-revision"])
    assert all("shop" in each.what and each.fix and each.why for each in said.refused)


def test_a_stack_without_a_service_deploys_nothing() -> None:
    (refused,) = gate(Plan(()), NO_FINDINGS).refused
    assert refused.what == "the stack has no ECS service"


def test_one_service_of_several_with_a_new_revision_is_enough() -> None:
    changed, same = plan("update", NEWER).resources, plan("same", OLD).resources
    said = gate(Plan((*changed, *same)), NO_FINDINGS)
    assert [each.new for each in said.revisions] == [True, False]
    assert not said.refused


@pytest.mark.parametrize(
    ("check", "status", "refuses"),
    [
        ("image-immutable", Status.REFUSED, True),
        ("image-tag-moved", Status.REFUSED, True),
        ("image-immutable", Status.NOT_DONE, False),
        ("subnet-addresses", Status.REFUSED, False),
    ],
)
def test_an_image_that_can_change_is_refused_though_the_revision_is_new(
    check: str, status: Status, *, refuses: bool
) -> None:
    finding = Finding(status, "the image is a tag", check=check, subject="shop")
    said = gate(plan("update", NEWER), Report((finding,)))
    assert said.refused == ((finding,) if refuses else ())
    assert said.line.startswith("gate: refused" if refuses else "gate: passed")
