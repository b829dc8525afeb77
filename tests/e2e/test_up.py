"""The main job on the real engine: a deployment that serves, and each failure explained, rolled back and mended."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.diagnostics.render.pages import Page
from tests.e2e.conftest import ROOT, Checkout, Run

pytestmark = pytest.mark.e2e

FAILURES = {
    "port-5201": "elb-health-port-mismatch",
    "no-such-tag": "image-not-found",
    "crash-on-start": "app-crash-exception",
    "needs-secret": "secret-not-found",
    "health-500": "elb-health-code-mismatch",
    "out-of-memory": "out-of-memory",
    "arm64-only": "image-platform-mismatch",
}
"""What each image of the sandbox's registry fails of."""
NO_SUCH_SECRET = "secrets.DATABASE_URL=arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/database-AbCdEf"
SCHEMA = json.loads((ROOT / "automation" / "schemas" / "outcome-1.json").read_text(encoding="utf-8"))


def mode_of(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


def bad_up(checkout: Checkout, tag: str, *arguments: str, stack: str = "sandbox") -> Run:
    secret = ("--config", NO_SUCH_SECRET) if tag == "needs-secret" else ()
    return checkout.up(f"shop:{tag}", *secret, *arguments, stack=stack)


@pytest.fixture(scope="module")
def first(checkout: Checkout) -> Run:
    return checkout.up("shop:good-1")


def test_a_first_deployment_is_proven_to_serve(checkout: Checkout, first: Run) -> None:
    assert first.exit_code == 0, first
    jsonschema.validate(first.outcome, SCHEMA)
    service = first.service
    assert service["result"] == "serving"
    assert service["revision_before"] is None
    assert service["counts"]["running"] == service["counts"]["desired"] > 0
    assert service["targets"]["healthy"] == service["counts"]["desired"]
    assert service["digest"].startswith("sha256:")
    assert "shop serves shop:1" in first.output
    assert checkout.state().get("pending_operations", []) == []


def test_a_second_client_sees_what_ecs_says(checkout: Checkout, first: Run) -> None:
    assert first.exit_code == 0, first
    asked = [sys.executable, "-m", "awscli", "ecs", "describe-services", "--cluster", "sandbox", "--services", "shop"]
    answer = subprocess.run(asked, capture_output=True, text=True, env=checkout.environment(), check=True)
    service = json.loads(answer.stdout)["services"][0]
    messages = [event["message"] for event in service["events"]]
    assert messages[0] == "(service shop) has reached a steady state."
    assert any(
        message.startswith("(service shop) registered 1 targets in (target-group arn:aws:") for message in messages
    )
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"


def test_a_new_image_becomes_a_new_revision_that_is_proven(checkout: Checkout, first: Run) -> None:
    second = checkout.up("shop:good-2")
    assert second.exit_code == 0, second
    assert second.service["revision_after"] != first.service["revision_after"]
    assert second.service["digest"] != first.service["digest"]
    assert second.service["digest"][:19] in second.output
    assert "2 of 2 targets healthy" in second.output


def test_an_unchanged_healthy_stack_stays_proven(checkout: Checkout, first: Run) -> None:
    assert first.exit_code == 0, first
    before = checkout.up("shop:good-2")
    again = checkout.up("shop:good-2")
    assert again.exit_code == 0, again
    assert again.service["revision_after"] == before.service["revision_after"]
    assert again.service["deployment_id"] is None


@pytest.mark.parametrize("tag", FAILURES)
def test_a_doomed_update_is_explained_rolled_back_and_mended(checkout: Checkout, first: Run, tag: str) -> None:
    assert first.exit_code == 0, first
    failed = bad_up(checkout, tag)
    assert failed.exit_code == 4, failed
    jsonschema.validate(failed.outcome, SCHEMA)
    assert failed.outcome["diagnosis"]["root_cause"] == FAILURES[tag], failed
    assert failed.outcome["diagnosis"]["verdict"] == "doomed"
    service = failed.service
    assert service["proof"]["proven"]
    assert service["revision_after"] == service["revision_before"] != service["revision_wanted"]
    timing = service["timing"]
    assert timing["first_evidence"] <= timing["explained"] <= timing["abort_asked"] <= timing["previous_serves"]
    assert f"error[{FAILURES[tag]}]" in failed.output
    assert checkout.state().get("pending_operations", []) == []
    mended = checkout.up("shop:good-2")
    assert mended.exit_code == 0, mended


def test_the_port_story_names_both_ports_also_in_the_report(checkout: Checkout, first: Run, tmp_path: Path) -> None:
    assert first.exit_code == 0, first
    file = tmp_path / "report.html"
    failed = bad_up(checkout, "port-5201", "--report", str(file))
    assert "5001" in failed.outcome["diagnosis"]["what"]
    assert "5201" in failed.outcome["diagnosis"]["what"]
    page = Page(file.read_text(encoding="utf-8"))
    assert "5201" in page.headings[0][1]
    for said in ("ROLLBACK_SUCCESSFUL", "ECS is asked to stop the deployment", "INFO shop listening on 5201"):
        assert said in page.text, said
    assert mode_of(file) == "600"


def test_what_a_run_leaves_behind_is_its_owners_alone(checkout: Checkout, first: Run) -> None:
    """The commands here run with the loosest umask; what the engine and moto write lies in folders that are closed."""
    assert first.exit_code == 0, first
    ours = checkout.directory / ".failwell"
    assert mode_of(ours) == "700"
    assert mode_of(ours / "sandbox") == "700"
    for name in ("pulumi-home", "state", "aws"):
        assert mode_of(ours / "sandbox" / name) == "700", name
    folders = ("evidence", "journal", "runs", "sandbox/state/history")
    kept = [each for name in folders for each in (ours / name).rglob("*")]
    assert {"records.jsonl", "creates"} < {each.name for each in kept}
    assert [str(each) for each in kept if mode_of(each) != ("700" if each.is_dir() else "600")] == []
    assert mode_of(checkout.directory / "outcome.json") == "600"


@pytest.mark.parametrize("tag", FAILURES)
def test_a_doomed_first_deployment_says_that_there_is_nothing_to_roll_back_to(checkout: Checkout, tag: str) -> None:
    stack = f"first-{tag}"
    priority = 200 + list(FAILURES).index(tag)
    own = ("--config", f"service_name={stack}", "--config", f"listener_priority={priority}")
    failed = bad_up(checkout, tag, *own, stack=stack)
    assert failed.exit_code == 5, failed
    assert failed.outcome["diagnosis"]["root_cause"] == FAILURES[tag], failed
    assert "nothing to roll back to" in failed.output
    assert checkout.state(stack).get("pending_operations", []) == []
    mended = checkout.up("shop:good-1", *own, stack=stack)
    assert mended.exit_code == 0, mended
    assert mended.service["proof"]["proven"]


def test_without_abort_the_breaker_ends_it_and_the_explanation_is_the_same(checkout: Checkout, first: Run) -> None:
    assert first.exit_code == 0, first
    failed = bad_up(checkout, "crash-on-start", "--no-abort")
    assert failed.exit_code == 4, failed
    assert failed.outcome["diagnosis"]["root_cause"] == "app-crash-exception"
    assert failed.service["abort"] == []
    assert failed.service["timing"]["abort_asked"] is None
    assert failed.service["timing"]["previous_serves"] > failed.service["timing"]["explained"]


@pytest.mark.parametrize("run", range(10))
def test_a_slow_start_within_its_grace_period_is_never_aborted(checkout: Checkout, first: Run, run: int) -> None:
    assert first.exit_code == 0, first
    slow = checkout.up("shop:slow-start", "--config", f"environment.RUN={run}")
    assert slow.exit_code == 0, slow
    assert slow.service["abort"] == []
    assert slow.service["deployment_id"] is not None, "each run is a deployment of its own"
