"""The hook that explains a failed update: whom it asks, what it passes on, and that it never makes a failure worse."""

import asyncio
import os
import stat
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pulumi
import pytest

from components import on_error
from components.on_error import WATCHED, Explainer
from components.provider_access import Access

CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/blue"
AGAIN = f"help: to look again, run `failwell explain --cluster {CLUSTER} --service shop --region eu-west-1`"
INPUTS = {"cluster": CLUSTER, "name": "shop"}
WAITED = "waiting for ECS Service (arn:aws:ecs:eu-west-1:123456789012:service/blue/shop) update: deployment failed"
REFUSED = (
    "updating ECS Service (arn:aws:ecs:eu-west-1:123456789012:service/blue/shop): operation error ECS: UpdateService, "
    "https response error StatusCode: 400, RequestID: 1f, AccessDeniedException: not authorized"
)

T = TypeVar("T")


@dataclass
class Heard:
    """What the program logged."""

    warnings: list[str] = field(default_factory=list)
    debug: list[str] = field(default_factory=list)


def command(folder: Path, script: str) -> str:
    """Write a program that stands in for the installed command."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "failwell"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return str(path)


def failed(operation: str = "update", inputs: Mapping[str, Any] | None = None, error: str = WAITED) -> Any:
    return pulumi.ErrorHookArgs(
        urn="urn:pulumi:dev::shop::aws:ecs/service:Service::shop-service",
        id="",  # as the engine gives it when a create failed
        name="shop-service",
        type="aws:ecs/service:Service",
        new_inputs=INPUTS if inputs is None else inputs,
        failed_operation=operation,
        errors=[error],
    )


def _finish(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.get_event_loop().run_until_complete(work)


def explain(*commands: str, what: Any = None, access: Access | None = None, seconds: float = 30) -> Heard:
    """Run the hook as the engine does, and return what it logged."""
    heard = Heard()

    async def run() -> bool:
        told = pulumi.Output.from_input(access or Access())
        hook = Explainer(told, heard.warnings.append, heard.debug.append, seconds, lambda: commands)
        return await hook(what or failed())

    assert _finish(run()) is False, "the operation is not tried again"
    return heard


@pytest.mark.parametrize("operation", ["create", "update"])
def test_what_the_command_says_is_the_warning(tmp_path: Path, operation: str) -> None:
    said = explain(command(tmp_path, 'echo "error[out-of-memory]: it ran out"; echo " = why"'), what=failed(operation))
    assert said.warnings == [f"error[out-of-memory]: it ran out\n = why\n{AGAIN}"]


def test_the_command_is_told_the_cluster_the_service_and_where(tmp_path: Path) -> None:
    access = Access(region="us-east-1", profile="prod", role_arn="arn:aws:iam::1:role/deploy")
    said = explain(command(tmp_path, 'echo "$@"'), access=access)
    where = "--region eu-west-1 --profile prod --role-arn arn:aws:iam::1:role/deploy"
    asked = f"explain --cluster {CLUSTER} --service shop {where}"
    assert said.warnings == [f"{asked}\nhelp: to look again, run `failwell {asked}`"]


@pytest.mark.parametrize(
    ("inputs", "region"),
    [
        ({"cluster": CLUSTER, "name": "shop", "region": "ap-south-2"}, "ap-south-2"),
        ({"cluster": CLUSTER, "name": "shop"}, "eu-west-1"),
        ({"cluster": "blue", "name": "shop"}, "us-east-1"),
    ],
)
def test_the_services_own_region_comes_before_the_clusters_and_the_providers(
    tmp_path: Path, inputs: dict[str, str], region: str
) -> None:
    said = explain(command(tmp_path, 'echo "$@"'), what=failed(inputs=inputs), access=Access(region="us-east-1"))
    assert f"--region {region}" in said.warnings[0]


def test_credentials_of_the_provider_go_in_the_environment_and_replace_the_shells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-the-shell")
    access = Access(variables={"AWS_ACCESS_KEY_ID": "own", "AWS_SECRET_ACCESS_KEY": "hush"})
    said = explain(command(tmp_path, 'echo "$# $AWS_ACCESS_KEY_ID ${AWS_SESSION_TOKEN-none}"'), access=access)
    assert said.warnings == [f"7 own none\n{AGAIN}"]
    assert "hush" not in repr(access)


def test_a_command_that_lacks_its_packages_leaves_the_answer_to_the_next(tmp_path: Path) -> None:
    bare = command(tmp_path / "bare", 'echo "error: needs packages" >&2; exit 2')
    assert explain(bare, command(tmp_path / "whole", "echo explained")).warnings == [f"explained\n{AGAIN}"]


def test_without_the_command_the_warning_is_the_command(tmp_path: Path) -> None:
    (said,) = explain().warnings
    assert f"`failwell explain --cluster {CLUSTER} --service shop --region eu-west-1` tells" in said
    assert "pip install 'failwell[tool]'" in said
    (said,) = explain(command(tmp_path, 'echo "error: ECS cannot be read" >&2; exit 1')).warnings
    assert "error: ECS cannot be read" in said


def test_a_name_cannot_become_a_command() -> None:
    (said,) = explain(what=failed(inputs={"cluster": CLUSTER, "name": "shop; rm -rf /"})).warnings
    assert "'shop; rm -rf /'" in said


def test_a_delete_is_no_deployment(tmp_path: Path) -> None:
    assert explain(command(tmp_path, "echo explained"), what=failed("delete")) == Heard()


def test_a_change_that_ecs_refused_is_explained_by_its_own_error(tmp_path: Path) -> None:
    assert explain(command(tmp_path, "echo explained"), what=failed(error=REFUSED)) == Heard()


def test_a_service_whose_name_nobody_knows_yet_is_not_asked_for(tmp_path: Path) -> None:
    assert explain(command(tmp_path, "echo explained"), what=failed(inputs={"cluster": CLUSTER})) == Heard()


def test_a_secret_name_is_not_printed(tmp_path: Path) -> None:
    heard = Heard()

    async def run() -> None:
        told = pulumi.Output.from_input(Access())
        hook = Explainer(told, heard.warnings.append, heard.debug.append, executables=lambda: [executable])
        await hook(failed(inputs={"cluster": CLUSTER, "name": pulumi.Output.secret("hush")}))

    executable = command(tmp_path, 'echo "$@"')
    _finish(run())
    assert heard == Heard()


def test_out_of_time_the_command_is_ended_and_named(tmp_path: Path) -> None:
    # A process that it starts, as one that fetches credentials, holds the pipe open until it is ended too.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)) as reader:
        os.set_blocking(reader.fileno(), True)
        said = explain(command(tmp_path, f"sh -c 'sleep 60; echo late' > {pipe}; echo explained"), seconds=0.3)
        assert reader.read() == ""
    assert said.warnings[0].endswith("tells; it did not end within 0 s")


def test_whatever_goes_wrong_stays_inside(tmp_path: Path) -> None:
    folder = tmp_path / "failwell"
    folder.mkdir()
    said = explain(str(folder))
    assert said.warnings == []
    assert "PermissionError" in said.debug[0]


def test_an_engine_that_takes_no_message_changes_nothing(tmp_path: Path) -> None:
    def gone(said: str) -> None:
        raise ConnectionError(said)

    async def run() -> bool:
        told = pulumi.Output.from_input(Access())
        return await Explainer(told, gone, gone, executables=lambda: [executable])(failed())

    executable = command(tmp_path, "echo explained")
    assert _finish(run()) is False


def test_the_service_has_the_hook_and_nothing_else_has(deploy: Any) -> None:
    resources = deploy().resources
    hooked = {made.type: list(made.options.hooks.on_error) for made in resources}
    assert hooked.pop("aws:ecs/service:Service")[0].startswith("shop-explain")
    assert not any(hooked.values())


def test_under_the_driver_there_is_no_hook(deploy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WATCHED, "true")
    assert list(deploy().one("Service").options.hooks.on_error) == []


def test_an_engine_without_error_hooks_gets_none(run: Any, balanced: dict[str, Any]) -> None:
    from pulumi.runtime.proto import resource_pb2
    from pulumi.runtime.settings import SETTINGS

    from components import FargateService

    def program() -> FargateService:
        SETTINGS.monitor_features.discard(resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS)
        return FargateService("shop", balanced)

    assert list(run(program).one("Service").options.hooks.on_error) == []


def test_two_components_of_a_name_have_hooks_of_different_names(deploy: Any) -> None:
    names = {deploy().one("Service").options.hooks.on_error[0] for _ in range(2)}
    assert len(names) == 2


def test_the_driver_sets_the_variable_that_the_hook_reads() -> None:
    from automation.engine import workspace

    assert workspace.WATCHED == on_error.WATCHED
