"""The AWS CLI, ecs-deploy and the ECS MCP server, each doing its ordinary job on a good and on a bad deployment."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.contract.conftest import CLUSTER, Run, Shop, wait

pytestmark = pytest.mark.e2e

_ACTIONS = """
import asyncio, json, sys
from awslabs.ecs_mcp_server.api.ecs_troubleshooting import ecs_troubleshooting_tool as tool
cluster, service = sys.argv[1:]
asked = {"ecs_cluster_name": cluster, "ecs_service_name": service}
alone = {"ecs_cluster_name": cluster}
answers = {}
for action, parameters in (
    ("get_ecs_troubleshooting_guidance", asked),
    ("fetch_service_events", asked),
    ("fetch_task_failures", alone),
    ("detect_image_pull_failures", asked),
    ("fetch_network_configuration", alone),
):
    answers[action] = asyncio.run(tool(action, parameters))
print(json.dumps(answers, default=str))
"""


def cli(run: Run, *arguments: str) -> Any:
    return run(sys.executable, "-m", "awscli", "ecs", *arguments, "--cluster", CLUSTER)


def test_the_aws_cli_updates_a_service_and_waits_for_it(make_shop: Callable[..., Shop], run: Run) -> None:
    shop = make_shop()
    definition = shop.register("good-2")
    query = ("--query", "service.deployments[0].id", "--output", "text")
    updated = cli(run, "update-service", "--service", shop.name, "--task-definition", definition, *query)
    assert updated.returncode == 0, updated.stderr
    waited = cli(run, "wait", "services-stable", "--services", shop.name)
    assert (waited.returncode, waited.stdout, waited.stderr) == (0, "", "")
    (only,) = shop.described()["deployments"]
    assert (only["id"], only["taskDefinition"], only["rolloutState"]) == (
        updated.stdout.strip(),
        definition,
        "COMPLETED",
    )


def test_the_aws_cli_takes_a_rollback_for_a_success(make_shop: Callable[..., Shop], run: Run) -> None:
    shop = make_shop()
    definition = shop.register("no-such")
    updated = cli(run, "update-service", "--service", shop.name, "--task-definition", definition)
    assert updated.returncode == 0, updated.stderr
    waited = cli(run, "wait", "services-stable", "--services", shop.name)
    assert (waited.returncode, waited.stdout) == (0, "")
    assert shop.described()["taskDefinition"] != definition
    stopped = cli(run, "list-tasks", "--desired-status", "STOPPED", "--query", "taskArns[]", "--output", "text")
    arns = stopped.stdout.split()
    described = cli(run, "describe-tasks", "--tasks", *arns, "--query", "tasks[].stoppedReason", "--output", "text")
    assert "CannotPullContainerError" in described.stdout


def test_ecs_deploy_deploys_a_tag(make_shop: Callable[..., Shop], run: Run, ecs_deploy: str) -> None:
    shop = make_shop()
    before = shop.described()["taskDefinition"]
    deployed = run(ecs_deploy, "deploy", CLUSTER, shop.name, "-t", "good-2", "--timeout", "120")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    assert "Deployment successful" in deployed.stdout
    serving = shop.described()["taskDefinition"]
    assert serving != before
    image = shop.ecs.describe_task_definition(taskDefinition=serving)["taskDefinition"]["containerDefinitions"][0][
        "image"
    ]
    assert image.endswith("/shop:good-2")
    status = shop.ecs.describe_task_definition(taskDefinition=before)["taskDefinition"]["status"]
    assert status == "INACTIVE"


def test_ecs_deploy_gives_up_on_a_tag_that_does_not_exist(
    make_shop: Callable[..., Shop], run: Run, ecs_deploy: str
) -> None:
    """It ends sooner only for events between the deployment's last change and its own clock, which runs at speed 1."""
    shop = make_shop(deploymentConfiguration={"deploymentCircuitBreaker": {"enable": False, "rollback": False}})
    deployed = run(ecs_deploy, "deploy", CLUSTER, shop.name, "-t", "no-such", "--timeout", "15")
    said = deployed.stdout + deployed.stderr
    assert deployed.returncode == 1, said
    assert "Deployment failed due to timeout" in said
    assert "tasks failed to start" in said
    assert any("CannotPullContainerError" in event["message"] for event in shop.described()["events"])


@pytest.fixture
def troubleshoot(run: Run, mcp_python: str) -> Callable[[str], dict[str, Any]]:
    quiet = {"ALLOW_SENSITIVE_DATA": "true", "FASTMCP_LOG_LEVEL": "ERROR", "FASTMCP_CHECK_FOR_UPDATES": "off"}

    def ask(service: str) -> dict[str, Any]:
        answered = run(mcp_python, "-c", _ACTIONS, CLUSTER, service, **quiet)
        assert answered.returncode == 0, answered.stderr
        answers: dict[str, Any] = json.loads(answered.stdout.splitlines()[-1])
        assert {name: each["status"] for name, each in answers.items()} == dict.fromkeys(answers, "success")
        return answers

    return ask


def test_the_mcp_server_finds_nothing_in_a_good_service(
    make_shop: Callable[..., Shop], troubleshoot: Callable[[str], dict[str, Any]], ecs: Any
) -> None:
    shop = make_shop()
    shop.update("good-2")
    wait(ecs, "services_stable", services=[shop.name])
    found = troubleshoot(shop.name)
    assert found["fetch_service_events"]["issues"] == []
    assert found["fetch_service_events"]["deployment"]["status"] == "PRIMARY"
    assert "appear to be valid" in found["detect_image_pull_failures"]["assessment"]


def test_the_mcp_server_finds_the_image_that_cannot_be_pulled(
    make_shop: Callable[..., Shop], troubleshoot: Callable[[str], dict[str, Any]], ecs: Any
) -> None:
    off = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    shop = make_shop(deploymentConfiguration=off)
    deployment = shop.update("no-such")
    while not (failed := ecs.list_tasks(cluster=CLUSTER, startedBy=deployment, desiredStatus="STOPPED")["taskArns"]):
        assert shop.described()["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    found = troubleshoot(shop.name)
    failures = found["fetch_task_failures"]["failure_categories"]["image_pull_failure"]
    assert failed[0].rpartition("/")[2] in json.dumps(failures)
    assert "CannotPullContainerError" in json.dumps(failures)
    assert "Found 1" in found["detect_image_pull_failures"]["assessment"]
