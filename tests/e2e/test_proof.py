"""What serves is proven on the real engine whatever the provider says, and a broken service is deployed again."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from automation.mending.journal import Journal
from sandbox import process
from sandbox.server import connector
from tests.e2e.conftest import ROOT, Checkout, Run
from tests.e2e.programs import REGISTRY

pytestmark = pytest.mark.e2e

SCHEMA = json.loads((ROOT / "automation" / "schemas" / "outcome-1.json").read_text(encoding="utf-8"))
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter"


class Plain(Checkout):
    """A program of plain resources, whose sandbox is asked as any AWS is."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for path in (ROOT / "tests" / "e2e" / "plain").iterdir():
            (directory / path.name).symlink_to(path)

    def up(self, image: str, *arguments: str, stack: str = "sandbox", timeout: float = 180) -> Run:
        return super().up(f"{REGISTRY}/{image}", *arguments, stack=stack, timeout=timeout)

    def client(self, service: str) -> Any:
        found = process.find(self.directory / ".failwell" / "sandbox")
        assert found is not None
        return connector(found.endpoint)(service)

    def service(self) -> dict[str, Any]:
        described = self.client("ecs").describe_services(cluster="sandbox", services=["worker"])["services"]
        return dict(described[0])

    def changes(self) -> set[str]:
        """Return the operations of the last update."""
        return set(self.open().stack.history(page_size=1, page=1)[0].resource_changes or {})

    def up_while(self, act: Callable[[], None], when: Callable[[dict[str, Any]], bool], *arguments: str) -> Run:
        """Run `up`, and act once the service is as `when` says."""
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(self.up, *arguments)
            while not when(self.service()):
                assert not running.done(), running.result()
                time.sleep(0.05)
            act()
            return running.result()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plain]:
    made = Plain(tmp_path_factory.mktemp("plain"))
    # At 60 times as fast as real time a busy machine looks only once a deployment is over.
    first = made.up("shop:good-1", *quickly(), "--speed", "20")
    assert first.exit_code == 0, first
    yield made
    made.deploy("sandbox", "stop", "--project", str(made.directory))
    shutil.rmtree(made.directory, ignore_errors=True)


def quickly(**config: str) -> list[str]:
    """Return options for an update that the provider does not wait for."""
    return given(wait_for_steady_state="false", **config)


def given(**config: str) -> list[str]:
    return [part for key, value in config.items() for part in ("--config", f"{key}={value}")]


def test_a_service_that_serves_is_left_alone_and_proven(plain: Plain) -> None:
    again = plain.up("shop:good-1", *quickly())
    assert again.exit_code == 0, again
    jsonschema.validate(again.outcome, SCHEMA)
    assert (again.service["deployment_id"], again.service["deployed_again"]) == (None, False)
    assert "UpdateService" not in again.outcome["api_calls"]
    tagged = plain.up("shop:good-1", *quickly(team="checkout"))
    assert tagged.exit_code == 0, tagged
    assert (tagged.service["deployment_id"], plain.changes()) == (None, {"same", "update"})
    scaled = plain.up("shop:good-1", *quickly(team="checkout", desired_count="2"))
    assert scaled.exit_code == 0, scaled
    assert (scaled.service["deployment_id"], scaled.service["counts"]["running"]) == (None, 2)


def test_the_watch_outlives_the_update_and_what_ecs_gave_up_is_deployed_again(plain: Plain) -> None:
    broken = quickly(parameter_arn=f"{PARAMETER}/worker/url")
    failed = plain.up("shop:needs-secret", *broken)
    assert failed.exit_code == 4, failed
    assert "updated aws:ecs/service:Service worker" in failed.errors, "the provider calls it a success"
    assert failed.outcome["diagnosis"]["root_cause"] == "secret-not-found"
    assert failed.service["revision_after"] == failed.service["revision_before"] != failed.service["revision_wanted"]
    still = plain.up("shop:needs-secret", *broken)
    assert still.exit_code == 4, still
    assert (still.service["deployed_again"], plain.changes()) == (True, {"same"})
    assert still.outcome["diagnosis"]["root_cause"] == "secret-not-found"
    plain.client("ssm").put_parameter(Name="/worker/url", Value="postgres://db", Type="String")
    mended = plain.up("shop:needs-secret", *broken)
    assert mended.exit_code == 0, mended
    jsonschema.validate(mended.outcome, SCHEMA)
    assert (mended.service["deployed_again"], plain.changes()) == (True, {"same"})
    assert mended.service["revision_after"] == failed.service["revision_wanted"]
    assert mended.service["proof"]["deployment_id"] == mended.service["deployment_id"]


def test_a_deployment_of_somebody_else_is_named_and_left_alone(plain: Plain) -> None:
    before = plain.service()["taskDefinition"]

    def deploy() -> None:
        plain.client("ecs").update_service(
            cluster="sandbox", service="worker", taskDefinition=before, forceNewDeployment=True
        )

    taken = plain.up_while(deploy, lambda seen: seen["taskDefinition"] != before, "shop:good-2", *given())
    assert taken.exit_code == 7, taken
    theirs = plain.service()["deployments"][0]
    assert theirs["id"] in taken.outcome["diagnosis"]["why"]
    assert (theirs["taskDefinition"], theirs["status"]) == (before, "PRIMARY")
    assert taken.service["abort"] == []
    mended = plain.up("shop:good-2", *given())
    assert mended.exit_code == 0, mended


def test_a_surge_is_put_back_and_leaves_no_difference(plain: Plain) -> None:
    one = given(story="surge")
    good = plain.up("shop:good-1", *one, "--surge", "2")
    assert good.exit_code == 0, good
    assert "the desired count is 3 for a while" in good.errors
    assert plain.service()["desiredCount"] == 1
    same = plain.up("shop:good-1", *one, "--surge", "2")
    assert (same.exit_code, plain.changes()) == (0, {"same"}), same
    bad = plain.up("python-script:exits-cleanly", *one, "--surge", "2")
    assert bad.exit_code == 4, bad
    assert "the desired count is 3 for a while" in bad.errors
    assert plain.service()["desiredCount"] == 1
    assert Journal(plain.directory, "sandbox").outstanding() == ()
    mended = plain.up("shop:good-1", *one)
    assert mended.exit_code == 0, mended
    assert plain.service()["desiredCount"] == 1
    refused = plain.up("shop:good-1", *given(story="surge", scaled="true"), "--surge", "2")
    assert refused.exit_code == 2, refused
    assert "Application Auto Scaling" in refused.errors


def test_a_service_at_zero_is_verified_with_one_task_for_a_while(plain: Plain) -> None:
    night = given(story="night", desired_count="0")
    unproven = plain.up("shop:good-1", *night)
    assert unproven.exit_code == 8, unproven
    proven = plain.up("shop:good-1", *night, "--verify-at-zero")
    assert (proven.exit_code, plain.changes()) == (0, {"same"}), proven
    assert proven.service["counts"] == {"desired": 1, "running": 1}
    assert "the desired count is back at 0" in proven.output
    assert plain.service()["desiredCount"] == 0
    bad = plain.up("shop:crash-on-start", *night, "--verify-at-zero")
    assert bad.exit_code == 4, bad
    assert bad.outcome["diagnosis"]["root_cause"] == "app-crash-exception"
    assert bad.service["revision_after"] == proven.service["revision_after"]
    assert plain.service()["desiredCount"] == 0
    assert Journal(plain.directory, "sandbox").outstanding() == ()
    good = plain.up("shop:good-2", *night, "--verify-at-zero")
    assert good.exit_code == 0, good
    same = plain.up("shop:good-2", *night)
    assert (same.exit_code, plain.changes()) == (8, {"same"}), same


def test_a_service_that_somebody_deleted_since_is_made_anew(plain: Plain) -> None:
    plain.client("ecs").delete_service(cluster="sandbox", service="worker", force=True)
    while plain.service()["status"] != "INACTIVE":
        time.sleep(0.05)
    anew = plain.up("shop:good-1", *quickly(story="anew"), "--require-new-revision")  # which needs a plan
    assert anew.exit_code == 0, anew
    assert "worker: the stack's state has it and ECS has no such service any more: the state is told" in anew.errors


def test_a_service_that_is_deleted_meanwhile_is_said_to_be_gone(plain: Plain) -> None:
    before = plain.service()["taskDefinition"]

    def delete() -> None:
        plain.client("ecs").delete_service(cluster="sandbox", service="worker", force=True)

    story = quickly(story="deleted")
    gone = plain.up_while(delete, lambda seen: seen["taskDefinition"] != before, "shop:good-1", *story)
    assert gone.exit_code == 5, gone
    assert "was deleted, and not by this update" in gone.outcome["diagnosis"]["what"]
