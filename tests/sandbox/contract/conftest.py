"""A sandbox for clients that we did not write, a service in it, and those clients, each in its own environment."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from benchmarks.proof.install import ECS_DEPLOY, MCP, installed
from sandbox import process
from sandbox.process import Sandbox
from sandbox.server import connector

SPEED = 120
"""Half a minute of the AWS CLI's polling is an hour of the sandbox: everything has ended by its second look."""

CLUSTER = "sandbox"
_TASK_EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    directory = tmp_path_factory.mktemp("contract")
    local = process.start(directory, speed=SPEED)
    _make_execution_role(connector(local.endpoint)("iam"))
    yield local
    process.stop(directory)


def _make_execution_role(iam: Any) -> None:
    """Make the role that AWS's own guide makes, and wait until it has reached ECS's tasks."""
    trusted = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    iam.create_role(RoleName="execution", AssumeRolePolicyDocument=trust)
    iam.attach_role_policy(RoleName="execution", PolicyArn=_TASK_EXECUTION)
    time.sleep(60 / SPEED)  # of a clock that runs in another process


@pytest.fixture(scope="session")
def ecs(served: Sandbox) -> Any:
    return connector(served.endpoint)("ecs")


@dataclass(frozen=True)
class Shop:
    """A service that runs `shop:good-1`, of a family of its own name."""

    name: str
    ecs: Any

    def register(self, tag: str) -> str:
        definition = self.ecs.register_task_definition(
            family=self.name,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn="arn:aws:iam::123456789012:role/execution",
            containerDefinitions=[
                {
                    "name": "app",
                    "image": f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:{tag}",
                    "portMappings": [{"containerPort": 5001}],
                }
            ],
        )["taskDefinition"]
        return str(definition["taskDefinitionArn"])

    def update(self, tag: str) -> str:
        """Deploy an image; return the new deployment's id."""
        updated = self.ecs.update_service(cluster=CLUSTER, service=self.name, taskDefinition=self.register(tag))
        return str(updated["service"]["deployments"][0]["id"])

    def described(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.describe_services(cluster=CLUSTER, services=[self.name])["services"][0]
        return found


@pytest.fixture
def network(served: Sandbox) -> dict[str, Any]:
    return {"awsvpcConfiguration": {"subnets": served.defaults()["subnet_ids"]}}


_NUMBERS = count(1)


def make_service(ecs: Any, network: dict[str, Any], **settings: Any) -> Shop:
    """Create a service and wait until ECS calls its first deployment completed, without which nothing rolls back."""
    shop = Shop(f"shop-{next(_NUMBERS)}", ecs)
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=shop.name,
        taskDefinition=shop.register("good-1"),
        desiredCount=2,
        networkConfiguration=network,
        **{"deploymentConfiguration": BREAKER, **settings},
    )
    wait(ecs, "services_stable", services=[shop.name])
    while shop.described()["deployments"][0]["rolloutState"] != "COMPLETED":
        time.sleep(0.1)  # of a clock that runs in another process
    return shop


@pytest.fixture
def make_shop(ecs: Any, network: dict[str, Any]) -> Iterator[Callable[..., Shop]]:
    made: list[Shop] = []

    def make(**settings: Any) -> Shop:
        made.append(make_service(ecs, network, **settings))
        return made[-1]

    yield make
    for each in made:
        ecs.delete_service(cluster=CLUSTER, service=each.name, force=True)


def wait(ecs: Any, waiter: str, attempts: int = 60, **arguments: Any) -> None:
    ecs.get_waiter(waiter).wait(cluster=CLUSTER, WaiterConfig={"Delay": 1, "MaxAttempts": attempts}, **arguments)


@pytest.fixture
def run(served: Sandbox, tmp_path: Path) -> Run:
    """Run a client with nothing of this machine's but its programs, sent to the sandbox."""
    aws = {key: value for key, value in served.environment().items() if key.startswith("AWS_") and value}
    del aws["AWS_PROFILE"], aws["AWS_DEFAULT_PROFILE"]
    base = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "NO_PROXY": "127.0.0.1", "LC_ALL": "C.UTF-8"}

    def start(*command: str, **more: str) -> "subprocess.CompletedProcess[str]":
        variables = {**base, **aws, **more}
        return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=240, check=False)

    return start


@pytest.fixture(scope="session")
def ecs_deploy() -> str:
    return str(installed(ECS_DEPLOY) / "ecs")


@pytest.fixture(scope="session")
def mcp_python() -> str:
    return str(installed(MCP) / "python")
