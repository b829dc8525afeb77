"""One `watch --fleet` over a cluster of a size: what it asks, takes, and how late it names what fails."""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.costs import cpu_seconds, pss_mib
from benchmarks.proof.results import ROOT
from sandbox import process
from sandbox.process import Sandbox
from sandbox.server import connector

CLUSTER = "sandbox"
_KEY = "watched"
_SHARE = 10
"""Of so many services one deploys."""
_SETUP_SPEED = 1.0
_SERVED_SECONDS = 900


def watched(services: int, seconds: float) -> dict[str, Any]:
    """Make a cluster of this many services, have one of ten fail, watch it, and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        sandbox = process.start(Path(folder), speed=_SETUP_SPEED, seed=1)
        try:
            ecs = connector(sandbox.endpoint)("ecs")
            names = _make(sandbox, ecs, services)
            failing = names[: math.ceil(services / _SHARE)]
            for name in failing:
                _patiently(lambda name=name: ecs.update_service(cluster=CLUSTER, service=name, taskDefinition="bad"))
            return {"services": services, "deploying": len(failing), **_watch(sandbox, ecs, failing, seconds)}
        finally:
            process.stop(Path(folder))


def _make(sandbox: Sandbox, ecs: Any, services: int) -> list[str]:
    iam = connector(sandbox.endpoint)("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": ["ecr:*", "logs:*"], "Resource": "*"}
    role = iam.create_role(RoleName="execution", AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="execution", PolicyName="pull", PolicyDocument=_policy(allowed))
    connector(sandbox.endpoint)("logs").create_log_group(logGroupName="shop")
    options = {"awslogs-group": "shop", "awslogs-region": sandbox.region, "awslogs-stream-prefix": "shop"}
    registry = f"{sandbox.account}.dkr.ecr.{sandbox.region}.amazonaws.com"
    for family, tag in (("good", "good-1"), ("bad", "crash-on-start")):
        ecs.register_task_definition(
            family=family,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn=role,
            containerDefinitions=[
                {
                    "name": "app",
                    "image": f"{registry}/shop:{tag}",
                    "logConfiguration": {"logDriver": "awslogs", "options": options},
                }
            ],
        )
    names = [f"shop-{number}" for number in range(services)]
    network = {"awsvpcConfiguration": {"subnets": sandbox.defaults()["subnet_ids"]}}
    for name in names:
        _patiently(
            lambda name=name: ecs.create_service(
                cluster=CLUSTER, serviceName=name, taskDefinition="good", desiredCount=1, networkConfiguration=network
            )
        )
    last = time.monotonic() + _SERVED_SECONDS
    while any(each["rolloutState"] != "COMPLETED" for each in _deployments(ecs, names)):
        if time.monotonic() > last:
            raise SystemExit("the services to be watched do not serve")
        time.sleep(5)
    return names


def _deployments(ecs: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for start in range(0, len(names), 10):
        described = ecs.describe_services(cluster=CLUSTER, services=names[start : start + 10])["services"]
        found += [deployment for service in described for deployment in service["deployments"]]
    return found


def _patiently(ask: Any) -> None:
    """Ask again where ECS's request limit is reached, which refills with time."""
    while True:
        try:
            ask()
        except Exception as error:
            if "Throttling" not in type(error).__name__ + str(error):
                raise
            time.sleep(0.5)
        else:
            return


def _watch(sandbox: Sandbox, ecs: Any, failing: Sequence[str], seconds: float) -> dict[str, Any]:
    # The sandbox's own environment, but with a key by which its requests are told from ours.
    environment = {**sandbox.environment(), "AWS_ACCESS_KEY_ID": _KEY, "AWS_SECRET_ACCESS_KEY": _KEY}
    command = [sys.executable, str(ROOT / "deploy.py"), "watch", "--fleet", "--cluster", CLUSTER]
    said: list[tuple[float, str]] = []
    now, _speed = sandbox.clock()
    offset = now.timestamp() - time.time()
    child = subprocess.Popen(
        command, env={**_path(), **environment}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip

    def read() -> None:
        said.extend((time.time() + offset, line) for line in child.stderr or ())

    reader = threading.Thread(target=read)
    reader.start()
    memory = 0.0
    began = time.monotonic()
    while child.poll() is None and time.monotonic() - began < seconds:
        memory = max(memory, pss_mib(child.pid))
        used = cpu_seconds(child.pid)
        time.sleep(1)
    passed = time.monotonic() - began
    child.kill()
    child.wait()
    reader.join()
    calls = sum(sandbox.requests().get(_KEY, {}).values())
    late = [each for name in failing if (each := _delay(ecs, name, said)) is not None]
    return {
        "seconds": round(passed, 1),
        "calls": calls,
        "cpu_seconds": round(used, 2),
        "mib": round(memory, 1),
        "named": len(late),
        "delay_median": round(statistics.median(late), 1) if late else None,
        "delay_most": round(max(late), 1) if late else None,
    }


def _path() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "NO_COLOR": "1"}


def _delay(ecs: Any, name: str, said: Sequence[tuple[float, str]]) -> float | None:
    """Return how long after a service's first task had crashed its exception was named; None: it was not."""
    arns = ecs.list_tasks(cluster=CLUSTER, serviceName=name, desiredStatus="STOPPED")["taskArns"]
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []
    crashed = [_moment(each) for each in tasks if each["taskDefinitionArn"].split("/")[-1].startswith("bad:")]
    named = [at for at, line in said if f" {name}: " in line and "TypeError" in line]
    return min(named) - min(crashed).timestamp() if named and crashed else None


def _moment(task: dict[str, Any]) -> datetime:
    found: datetime = task.get("stoppingAt") or task["stoppedAt"]
    return found


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
