"""A plain `pulumi up` of a deployment that fails says why, in the update's own diagnostics."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from automation.engine.install import Engine
from sandbox.process import Sandbox
from tests.packaging.conftest import Installed, Plain, plain_stack

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def plain(installed: Installed, project: Path, sandbox: Sandbox, engine: Engine) -> Plain:
    """The stack, once its first deployment serves."""
    made = plain_stack(project, engine, sandbox, installed.python)
    first = made.up(image="shop:good-1")
    assert first.went_well, first
    return made


@pytest.fixture
def refusing(sandbox: Sandbox) -> Iterator[None]:
    """ECS lets nobody update a service."""
    sandbox.switch_fault({"operation": "ecs:UpdateService", "kind": "denied"})
    yield
    sandbox.switch_fault({"clear": True})


def test_the_stack_keeps_packages_that_have_our_names(plain: Plain) -> None:
    assert plain.stack.outputs()["owners"].value == ["the stack"]


def test_a_failed_update_explains_itself_and_ends_with_the_providers_error(plain: Plain) -> None:
    update = plain.up(image="shop:no-such-tag")
    assert not update.went_well
    (warning,) = update.warnings
    assert warning.startswith("error[image-not-found]: ")
    assert "run `failwell rules image-not-found`" in warning
    assert "circuit breaker threshold was exceeded" in update.errors
    assert "hook" not in update.errors


@pytest.mark.usefixtures("refusing")
def test_a_change_that_ecs_refuses_is_not_explained_by_a_deployment_that_serves(plain: Plain) -> None:
    update = plain.up(image="shop:good-2")
    assert not update.went_well
    assert "AccessDenied" in update.errors
    assert update.warnings == []


def test_a_provider_of_the_programs_own_is_asked_where_it_is(
    installed: Installed, project: Path, sandbox: Sandbox, engine: Engine
) -> None:
    nobody = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "ap-south-2", "AWS_DEFAULT_REGION": "ap-south-2"}
    made = plain_stack(project, engine, sandbox, installed.python, nobody)
    update = made.up(image="shop:crash-on-start", own_provider=sandbox.endpoint)
    assert not update.went_well
    assert len(update.warnings) == 1, update.errors
    assert update.warnings[0].startswith("error[app-crash-exception]: "), update


def test_a_stack_with_the_hook_is_destroyed_without_its_program(plain: Plain) -> None:
    hooks = [
        item["resourceHooks"] for item in plain.stack.export_stack().deployment["resources"] if "Hooks" in str(item)
    ]
    assert [each["OnError"] for each in hooks if "OnError" in each] == [["shop-explain"]]
    assert plain.stack.destroy(color="never").summary.result == "succeeded"
