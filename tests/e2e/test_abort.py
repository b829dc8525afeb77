"""Aborts and interrupts on the real engine: exit code, state and ECS afterwards, and a good update that follows."""

import signal
from typing import Any

import jsonschema
import pytest

from sandbox import process
from sandbox.server import connector
from tests.e2e.conftest import Checkout, Run
from tests.e2e.interrupted import RunningUp, problems, rewrite, steps
from tests.e2e.test_up import SCHEMA

pytestmark = pytest.mark.e2e

SERVICE, TOPIC = "aws:ecs/service:Service", "aws:sns/topic:Topic"
CTRL_C = "\x03"
PATIENT = ("shop:patient", "--config", "health_check_grace_period_seconds=600")
"""A deployment that is healthy and takes nine minutes: nothing is decided before a test interrupts it."""
_IMAGES = """
images:
  - repository: shop
    tag: patient
    platforms: [linux/amd64]
    size_mib: 60
    programs: [sh, app]
    entrypoint: [app]
    start_seconds: 540
    listens: 5001
    health: {/healthz: 200}
    logs: ["loading"]
    listening_log: "listening on 0.0.0.0:{port}"
    sigterm: {after: 1, code: 0, logs: [bye]}
"""
_MADE = 'service = FargateService("shop", arguments)\n'
_SIDE = f"""{_MADE}aws.sns.Topic("beside", name="beside")
left_out = {{"load_balancer", "target_group", "service_name", "image"}}
FargateService("side", {{
    **{{key: value for key, value in arguments.items() if key not in left_out}},
    "service_name": f"{{name}}-side",
    "image": arguments["image"].rpartition(":")[0] + ":good-1",
}})
"""
"""Another service beside the one that fails, and a topic that takes its time."""
_AFTER = f"""{_MADE}aws.sns.Topic("after", name="after", opts=pulumi.ResourceOptions(depends_on=[service]))
"""


def sandbox(checkout: Checkout) -> process.Sandbox:
    found = process.find(checkout.directory / ".failwell" / "sandbox")
    assert found is not None
    return found


def client(checkout: Checkout, name: str) -> Any:
    return connector(sandbox(checkout).endpoint)(name)


def in_ecs(checkout: Checkout, name: str) -> dict[str, Any]:
    found: dict[str, Any] = client(checkout, "ecs").describe_services(cluster="sandbox", services=[name])["services"][0]
    return found


def settled(checkout: Checkout, run: Run, code: int, *types: str, stack: str = "sandbox") -> None:
    """The exit code is this one, the outcome is what its schema says, and the state is whole."""
    assert run.exit_code == code, str(run)
    jsonschema.validate(run.outcome, SCHEMA)
    assert problems(checkout.state(stack), types) == [], str(run)


def good(checkout: Checkout, image: str, *arguments: str, stack: str = "sandbox") -> Run:
    """A good update succeeds, and leaves nothing pending."""
    run = checkout.up(image, *arguments, stack=stack)
    settled(checkout, run, 0, SERVICE, stack=stack)
    return run


@pytest.fixture(scope="module", autouse=True)
def unhurried(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A sandbox at half the usual speed, so that a test on a busy machine interrupts what it means to."""
    images = tmp_path_factory.mktemp("images") / "images.yaml"
    images.write_text(_IMAGES, encoding="utf-8")
    where = ("--project", str(checkout.directory), "--speed", "30", "--images", str(images))
    started = checkout.deploy("sandbox", "start", *where)
    assert started.exit_code == 0, str(started)


@pytest.fixture(scope="module")
def first(checkout: Checkout) -> Run:
    rewrite(checkout)
    return good(checkout, "shop:good-1")


def test_a_doomed_create_waits_for_what_is_in_flight_and_settles_the_other_service(checkout: Checkout) -> None:
    own = ("--config", "service_name=first", "--config", "listener_priority=300")
    rewrite(checkout, (_MADE, _SIDE))
    sandbox(checkout).switch_fault({"operation": "sns:CreateTopic", "kind": "latency", "seconds": 750})
    failed = checkout.up("shop:no-such-tag", *own, "--first-failure", "scale-to-zero", stack="first")
    sandbox(checkout).switch_fault({"clear": True})
    settled(checkout, failed, 5, SERVICE, TOPIC, stack="first")
    services = {each["name"]: each for each in failed.outcome["services"]}
    assert services["first"]["result"] == "nothing-serves", str(failed)
    assert services["first-side"]["result"] == "serving", str(failed)
    assert failed.outcome["diagnosis"]["service"] == "first"
    assert steps(services["first"]) == [
        "stop_service_deployment",
        "provider_wait_ended",
        "sigint",
        "update_ended",
        "scaled_to_zero",
    ]
    assert in_ecs(checkout, "first")["desiredCount"] == 0
    assert "scaled to zero" in failed.output

    mended = good(checkout, "shop:good-1", *own, stack="first")
    assert "count_restored" in steps(mended.outcome, "steps")
    assert in_ecs(checkout, "first")["runningCount"] == 2
    urns = [each["urn"] for each in checkout.state("first")["resources"] if each["type"] == SERVICE]
    assert len(urns) == len(client(checkout, "ecs").list_services(cluster="sandbox")["serviceArns"]) == 2


@pytest.mark.usefixtures("first")
def test_ctrl_c_leaves_a_healthy_deployment_to_ecs_and_the_state_whole(checkout: Checkout) -> None:
    running = RunningUp(checkout, *PATIENT)
    running.wait_for(r"shop:\d+ IN_PROGRESS")
    running.send(signal.SIGINT)
    left = running.end()
    settled(checkout, left, 6, SERVICE)
    assert left.service["result"] == "interrupted", str(left)
    assert left.service["abort"][-1]["step"] == "update_ended"
    assert {"left_running", "second_sigint"} <= set(steps(left.service))
    assert steps(left.outcome, "steps") == ["interrupted", "pending_operations_repaired"]
    assert f"the deployment {left.service['deployment_id']} was left to ECS" in left.output

    primary = in_ecs(checkout, "shop")["deployments"][0]
    assert primary["id"] == left.service["deployment_id"], "it goes on"
    assert primary["rolloutState"] in {"IN_PROGRESS", "COMPLETED"}
    (kept,) = [each for each in checkout.state()["resources"] if each["type"] == SERVICE]
    assert kept["outputs"]["taskDefinition"] == primary["taskDefinition"]
    good(checkout, "shop:good-2")


@pytest.mark.usefixtures("first")
def test_ctrl_c_twice_cuts_a_rollback_off_and_the_state_is_put_right(checkout: Checkout) -> None:
    running = RunningUp(checkout, *PATIENT, "--config", "environment.RUN=2", "--on-interrupt", "rollback")
    running.wait_for(r"shop:\d+ IN_PROGRESS")
    running.send(signal.SIGINT)
    running.wait_for("interrupted: what is under way is rolled back")
    running.send(signal.SIGINT)
    cut = running.end()
    settled(checkout, cut, 6, SERVICE)
    assert "stop_service_deployment" in steps(cut.service)
    good(checkout, "shop:good-2")


@pytest.mark.usefixtures("first")
def test_sigterm_rolls_back_where_that_is_configured(checkout: Checkout) -> None:
    running = RunningUp(checkout, *PATIENT, "--config", "environment.RUN=3", "--on-interrupt", "rollback")
    running.wait_for(r"shop:\d+ IN_PROGRESS")
    running.send(signal.SIGTERM)
    back = running.end()
    settled(checkout, back, 6, SERVICE)
    assert back.service["result"] == "rolled-back"
    assert back.service["revision_after"] == back.service["revision_before"] != back.service["revision_wanted"]
    assert back.outcome["diagnosis"] is None, "nothing was wrong with it"
    good(checkout, "shop:good-2", "--config", "environment.RUN=3")


@pytest.mark.usefixtures("first")
def test_a_person_at_a_terminal_is_asked(checkout: Checkout) -> None:
    running = RunningUp(checkout, *PATIENT, "--config", "environment.RUN=4", terminal=True)
    running.wait_for(r"shop:\d+ IN_PROGRESS")
    running.press(CTRL_C)
    running.wait_for("is under way, and nothing says that it fails")
    running.press("w\n")
    running.wait_for("the run goes on")
    running.press(CTRL_C)
    running.press("r\n")
    back = running.end()
    settled(checkout, back, 6, SERVICE)
    assert [step["detail"] for step in back.outcome["steps"]] == [
        "SIGINT: ask",
        "answer: watch",
        "SIGINT: ask",
        "answer: rollback",
    ]
    assert back.service["result"] == "rolled-back"


@pytest.mark.usefixtures("first")
def test_a_lost_terminal_ends_the_run_whole(checkout: Checkout) -> None:
    running = RunningUp(checkout, *PATIENT, "--config", "environment.RUN=5", terminal=True)
    running.wait_for(r"shop:\d+ IN_PROGRESS")
    running.hang_up()
    lost = running.end()
    settled(checkout, lost, 6, SERVICE)
    assert lost.outcome["steps"][0]["detail"] == "SIGHUP: leave"
    good(checkout, "shop:good-2", "--config", "environment.RUN=5")


@pytest.mark.usefixtures("first")
def test_ctrl_c_after_the_service_waits_for_what_is_in_flight(checkout: Checkout) -> None:
    rewrite(checkout, (_MADE, _AFTER))
    sandbox(checkout).switch_fault({"operation": "sns:CreateTopic", "kind": "latency", "seconds": 150})
    running = RunningUp(checkout, "shop:good-2", "--config", "environment.RUN=6")
    running.wait_for("updated aws:ecs/service:Service")
    running.send(signal.SIGINT)
    ended = running.end()
    sandbox(checkout).switch_fault({"clear": True})
    settled(checkout, ended, 6, SERVICE)
    assert ended.service["result"] == "serving"
    assert "pending_operations_repaired" not in steps(ended.outcome, "steps"), "nothing was cut off"
    good(checkout, "shop:good-2", "--config", "environment.RUN=6")
    rewrite(checkout)


@pytest.mark.usefixtures("first")
def test_ctrl_c_before_any_service_touches_none(checkout: Checkout) -> None:
    own = ("--config", "service_name=early", "--config", "listener_priority=301", "--stack", "early")
    running = RunningUp(checkout, "shop:good-1", *own)
    running.wait_for("created aws:")
    running.send(signal.SIGINT)
    ended = running.end()
    settled(checkout, ended, 6, stack="early")
    assert ended.outcome["services"] == []
    assert "interrupted before any ECS service was touched" in ended.output
    good(checkout, "shop:good-1", *own[:-2], stack="early")


@pytest.mark.usefixtures("first")
def test_a_stop_that_ecs_denies_is_said_and_the_breaker_ends_it(checkout: Checkout) -> None:
    sandbox(checkout).switch_fault({"operation": "ecs:StopServiceDeployment", "kind": "denied"})
    failed = checkout.up("shop:crash-on-start")
    sandbox(checkout).switch_fault({"clear": True})
    settled(checkout, failed, 4, SERVICE)
    assert steps(failed.service)[:2] == ["stop_service_deployment_refused", "sigint"]
    assert "AccessDenied" in failed.service["abort"][0]["detail"]
    assert failed.service["timing"]["abort_asked"] is None
    assert "ECS did not stop the deployment" in failed.output
    good(checkout, "shop:good-2")


@pytest.mark.usefixtures("first")
def test_a_rollback_that_fails_too_is_told(checkout: Checkout) -> None:
    before = good(checkout, "shop:good-1", "--config", "environment.RUN=7").service["revision_after"]
    registry, ecs = client(checkout, "ecr"), client(checkout, "ecs")
    held = registry.batch_get_image(repositoryName="shop", imageIds=[{"imageTag": "good-1"}])["images"][0]
    registry.batch_delete_image(repositoryName="shop", imageIds=[{"imageDigest": held["imageId"]["imageDigest"]}])
    running = RunningUp(checkout, "shop:port-5201")
    running.wait_for("the engine begins to update the service")
    running.wait_for(r"shop:\d+ IN_PROGRESS")
    for arn in ecs.list_tasks(cluster="sandbox", serviceName="shop")["taskArns"]:
        if ecs.describe_tasks(cluster="sandbox", tasks=[arn])["tasks"][0]["taskDefinitionArn"] == before:
            ecs.stop_task(cluster="sandbox", task=arn)
    failed = running.end()
    settled(checkout, failed, 5, SERVICE)
    assert failed.service["rollback_failed"]
    assert "the rollback failed too" in failed.output
    good(checkout, "shop:good-2")
