"""What a preview says of a service's tasks: fields old and new, images by digest, and no secret."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from automation.ahead.revision_changes import ServiceChange, service_change
from automation.engine.update import ServiceTarget
from automation.preflight.model import Finding, Recorded, Report, Status
from automation.preflight.plan import SECRET, UNKNOWN
from automation.preflight.subject import DEFINITION_TYPE, subjects
from tests.automation.preflight.stage import Stage
from tests.e2e.causes.account import REGISTRY, Account

DIGEST = "sha256:" + "a" * 64
PASSWORD = "hunter2-hunter2"


class Here:
    """The site of a service in this process."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def asks(self, target: ServiceTarget) -> Any:
        del target
        return self._stage.account.reader


@pytest.fixture
def stage() -> Iterator[Stage]:
    with mock_aws():
        yield Stage(Account())


def look(stage: Stage, **definition: Any) -> ServiceChange:
    """Return what changes, with these inputs of the task definition besides."""
    plan = stage.plan()
    changed = tuple(
        replace(each, inputs={**each.inputs, **definition}) if each.type == DEFINITION_TYPE else each
        for each in plan.resources
    )
    plan = replace(plan, resources=changed)
    recorded = Recorded("app", f"{REGISTRY}/shop:good-1", DIGEST)
    report = Report((Finding(Status.OK, "is there", recorded=(recorded,), subject="shop"),))
    (service,) = subjects(plan)
    return service_change(plan, service, Here(stage), report)


def paths(found: ServiceChange) -> dict[str, tuple[str | None, str | None]]:
    return {each.path.removeprefix("containerDefinitions[app]."): (each.before, each.after) for each in found.changes}


def test_fields_are_old_and_new_and_the_image_by_its_digest(stage: Stage) -> None:
    found = look(stage, cpu="512")
    assert found.revision == "shop:1"
    said = paths(found)
    assert said["cpu"] == ("256", "512")
    assert said["image"] == (f"{REGISTRY}/made:serves", f"{REGISTRY}/shop:good-1")
    before, after = said["imageDigest"]
    assert before == stage.account.tasks()[0]["containers"][0]["imageDigest"]
    assert after == DIGEST
    assert "portMappings" not in said, "what stays is not said"


def test_what_is_known_only_after_the_update_is_said_to_be(stage: Stage) -> None:
    assert paths(look(stage, taskRoleArn=UNKNOWN))["taskRoleArn"] == (None, "(known after the update)")
    assert paths(look(stage, taskRoleArn=SECRET))["taskRoleArn"] == (None, "(secret)")
    stage.containers = UNKNOWN
    found = look(stage)
    assert found.changes == ()
    assert "not known before the update" in found.unseen


def test_no_credential_is_shown_wherever_it_stands(stage: Stage) -> None:
    container = stage.containers[0]
    container["environment"] = [{"name": "DATABASE_PASSWORD", "value": PASSWORD}]
    container["command"] = ["serve", f"--url=postgres://shop:{PASSWORD}@db/shop"]
    found = look(stage)
    assert paths(found)["environment.DATABASE_PASSWORD"] == (None, "set")
    assert "command" in paths(found)
    assert PASSWORD not in str(found.to_document())


def test_a_service_that_is_made_has_nothing_to_compare_with(stage: Stage) -> None:
    stage.operation = "create"
    assert look(stage) == ServiceChange("shop", None)
