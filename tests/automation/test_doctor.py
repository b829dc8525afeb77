"""What a deployment needs is looked at one by one; what is missing is said with how to get it, and nothing raises."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from automation.doctor import Check, Place, State, examine
from automation.engine.install import PINNED
from diagnostics.reads import Answer, ReadError


class Aws:
    """Answers everything, or refuses some methods with a code."""

    def __init__(self, **refused: str) -> None:
        self.refused = refused

    def ask(self, service: str, method: str, /, **_arguments: Any) -> dict[str, Any]:
        if code := self.refused.get(method):
            raise ReadError(Answer(method, code, f"{service} says no"))
        return {"Arn": "arn:aws:iam::1:user/ana"}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Have a machine that has everything; a test takes something away."""
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    project, home = tmp_path / "project", tmp_path / "home"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (home / "plugins" / "resource-aws-v7.51.1").mkdir(parents=True)
    engine = tmp_path / "cache" / f"v{PINNED}" / "bin" / "pulumi"
    engine.parent.mkdir(parents=True)
    engine.touch()
    return {
        "project": project,
        "cache": tmp_path / "cache",
        "environment": {"PULUMI_HOME": str(home), "PULUMI_CONFIG_PASSPHRASE": "", "PATH": str(tmp_path / "empty")},
        "ask": Aws().ask,
        "region": "eu-west-1",
        "backend": lambda: ("file:///state", "dev"),
        "date": lambda _address: format_datetime(datetime.now(UTC)),
        "now": lambda: datetime.now(UTC),
    }


def checks(machine: dict[str, Any], **other: Any) -> dict[str, Check]:
    return {check.id: check for check in examine(Place(**(machine | other)))}


def missing(machine: dict[str, Any], **other: Any) -> set[str]:
    return {check.id for check in checks(machine, **other).values() if check.state is State.MISSING}


def raises(problem: Exception) -> Any:
    def answer(*_arguments: Any) -> Any:
        raise problem

    return answer


def test_where_everything_is_there_nothing_is_missing(machine: dict[str, Any]) -> None:
    found = checks(machine)
    assert {check.id for check in found.values() if check.state is State.MISSING} == set()
    assert found["engine"].found.startswith(f"Pulumi {PINNED}")
    assert found["credentials"].found == "arn:aws:iam::1:user/ana"
    assert all(check.found for check in found.values())


def test_everything_that_is_missing_says_how_to_get_it(machine: dict[str, Any], tmp_path: Path) -> None:
    found = checks(
        machine,
        project=tmp_path / "nowhere",
        cache=tmp_path / "no-cache",
        region=None,
        environment={"PULUMI_HOME": str(tmp_path), "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"},
        ask=Aws(get_caller_identity="NoCredentialsError").ask,
        backend=raises(RuntimeError("stderr: error: no such bucket")),
        date=raises(OSError("no route")),
    )
    expected = {"engine", "project", "provider plugin", "backend", "region", "credentials", "AWS"}
    assert {check.id for check in found.values() if check.state is State.MISSING} == expected
    assert all(found[each].fix for each in expected)
    assert found["backend"].found == "no such bucket"


def test_without_a_region_or_credentials_permissions_are_not_told(machine: dict[str, Any]) -> None:
    found = checks(machine, ask=Aws(describe_services="NoCredentialsError").ask)
    assert not any(each.startswith("permissions") for each in found)


def test_a_denial_is_told_from_an_answer_about_something_made_up(machine: dict[str, Any]) -> None:
    refused = Aws(describe_services="ClusterNotFoundException", describe_secret="AccessDeniedException")
    found = checks(machine, ask=refused.ask)
    assert found["permissions: ecs"].state is State.OK
    assert found["permissions: secrets"].state is State.WITHOUT
    assert "secrets are not explained" in found["permissions: secrets"].fix
    assert missing(machine, ask=Aws(describe_services="AccessDeniedException").ask) == {"permissions: ecs"}


@pytest.mark.parametrize(("seconds", "wrong"), [(100, set()), (400, {"clock"}), (-400, {"clock"})])
def test_a_clock_that_aws_would_refuse_is_seen(machine: dict[str, Any], seconds: int, wrong: set[str]) -> None:
    there = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds))
    assert missing(machine, date=lambda _address: there) == wrong


def test_a_stack_that_nobody_selected_and_a_passphrase(machine: dict[str, Any]) -> None:
    found = checks(machine, backend=lambda: ("s3://state", None), environment={})
    assert found["stack"].state is State.MISSING
    assert found["passphrase"].state is State.WITHOUT
    assert "passphrase" not in checks(machine, backend=lambda: ("https://app.pulumi.com/ana", "dev"))


def test_a_check_that_breaks_is_told_and_the_others_are_not_lost(machine: dict[str, Any]) -> None:
    found = checks(machine, date=raises(ZeroDivisionError("what")))
    assert found["clock"].state is State.MISSING
    assert "ZeroDivisionError" in found["clock"].found
    assert found["credentials"].state is State.OK
