"""How fast and how heavy the sandbox is: start to ready, DescribeServices, and 100 services of 5 tasks at speed 60.

python benchmarks/sandbox.py [--services 100] [--tasks 5] [--seconds 30] [--keep]

With `--keep` they run in a sandbox that is kept, which is then killed and brought back.
"""

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.costs import cpu_seconds, peak_mib
from sandbox import process
from sandbox.asking import ask
from sandbox.process import Sandbox
from sandbox.server import connector

CLUSTER = "sandbox"
_ALL_STARTED_SECONDS = 300


def allow(iam: Any) -> None:
    """Make the role that the tasks' images are pulled with."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    pull = {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}
    iam.create_role(RoleName="execution", AssumeRolePolicyDocument=policy(trust))
    iam.put_role_policy(RoleName="execution", PolicyName="pull", PolicyDocument=policy(pull))


def policy(statement: dict[str, Any]) -> str:
    """Return a policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def create(ecs: Any, subnets: list[str], services: int, tasks: int) -> list[str]:
    """Create the services; return their names."""
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:good-1"
    ecs.register_task_definition(
        family="bench",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn="arn:aws:iam::123456789012:role/execution",
        containerDefinitions=[{"name": "app", "image": image, "portMappings": [{"containerPort": 5001}]}],
    )
    names = [f"bench-{number}" for number in range(services)]
    for name in names:
        ecs.create_service(
            cluster=CLUSTER,
            serviceName=name,
            taskDefinition="bench",
            desiredCount=tasks,
            networkConfiguration={"awsvpcConfiguration": {"subnets": subnets}},
        )
    return names


def running(ecs: Any, names: list[str]) -> int:
    """Return how many tasks of the services run."""
    found = 0
    for start in range(0, len(names), 10):
        described = ecs.describe_services(cluster=CLUSTER, services=names[start : start + 10])
        found += sum(service["runningCount"] for service in described["services"])
    return found


def latencies(ecs: Any, name: str, number: int) -> list[float]:
    """Return how many milliseconds each of so many DescribeServices took."""
    taken = []
    for _ in range(number):
        before = time.perf_counter()
        ecs.describe_services(cluster=CLUSTER, services=[name])
        taken.append((time.perf_counter() - before) * 1000)
    return taken


def measure(sandbox: Sandbox, services: int, tasks: int, seconds: float) -> dict[str, str]:
    """Return the figures of a running sandbox."""
    connect = connector(sandbox.endpoint)
    ecs = connect("ecs")
    allow(connect("iam"))
    before, began = cpu_seconds(sandbox.pid), time.monotonic()
    names = create(ecs, sandbox.defaults()["subnet_ids"], services, tasks)
    while running(ecs, names) < services * tasks:
        if time.monotonic() - began > _ALL_STARTED_SECONDS:
            raise SystemExit("the tasks did not start")
        time.sleep(0.2)
    starting = (cpu_seconds(sandbox.pid) - before) / (time.monotonic() - began)
    described = sorted(latencies(ecs, names[0], 300))
    for name in names:
        ecs.update_service(cluster=CLUSTER, service=name, forceNewDeployment=True)
    before, began = cpu_seconds(sandbox.pid), time.monotonic()
    time.sleep(seconds)
    deploying = (cpu_seconds(sandbox.pid) - before) / (time.monotonic() - began)
    return {
        "DescribeServices, median": f"{statistics.median(described):.1f} ms",
        "DescribeServices, p95": f"{described[int(len(described) * 0.95)]:.1f} ms",
        f"CPU, creating {services} services of {tasks} tasks": f"{starting:.0%} of a core",
        f"CPU, {seconds:g} s from deploying them all anew": f"{deploying:.0%} of a core",
        "memory, at most": f"{peak_mib(sandbox.pid):.0f} MiB",
    }


def brought_back(sandbox: Sandbox) -> dict[str, str]:
    """Kill a kept sandbox, bring it back, and return how long that took."""
    journal = sandbox.directory / "journal.jsonl"
    size = journal.stat().st_size / 1024
    os.kill(sandbox.pid, signal.SIGKILL)
    before = time.perf_counter()
    again = process.start(sandbox.directory, speed=60, keep=True)
    taken = time.perf_counter() - before
    done = ask(again.endpoint, "identity")["brought_back"]
    return {
        "brought back, to ready": f"{taken:.1f} s",
        "of it": f"{done['changes']} changes and {done['events']} events in {done['seconds']:.1f} s",
        "a second": f"{(done['changes'] + done['events']) / done['seconds']:.0f} changes and events",
        "journal": f"{size:.0f} KiB",
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=100)
    parser.add_argument("--tasks", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        starts, processor = [], []
        for number in range(3):
            before = time.perf_counter()
            sandbox = process.start(Path(folder) / str(number), speed=60, keep=given.keep)
            starts.append(time.perf_counter() - before)
            processor.append(cpu_seconds(sandbox.pid))
            if number < 2:  # noqa: PLR2004 - the last one stays
                process.stop(Path(folder) / str(number))
        figures = {
            "start to ready, best of 3": f"{min(starts):.2f} s",
            "processor time of a start, best of 3": f"{min(processor):.2f} s",
        }
        try:
            figures |= measure(sandbox, given.services, given.tasks, given.seconds)
            if given.keep:
                figures |= brought_back(sandbox)
        finally:
            process.stop(sandbox.directory)
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:{width}}  {value}")


if __name__ == "__main__":
    main()
