"""`deploy.py sandbox serve` and `fault`, as a person runs them."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox import process
from sandbox.process import ROOT, SandboxError

Serve = Callable[[], tuple["subprocess.Popen[str]", dict[str, str]]]


def read_exports(served: "subprocess.Popen[str]") -> dict[str, str]:
    """Read what it prints until the last variable that it tells to export."""
    exports: dict[str, str] = {}
    assert served.stdout is not None
    for line in served.stdout:
        if found := re.fullmatch(r"\s*export (\w+)=(\S+)\n", line):
            exports[found[1]] = found[2]
        if "AWS_SECRET_ACCESS_KEY" in exports:
            return exports
    raise AssertionError("it ended without saying what to export")


@pytest.fixture
def serve() -> Iterator[Serve]:
    started: list[subprocess.Popen[str]] = []

    def start() -> tuple["subprocess.Popen[str]", dict[str, str]]:
        command = [sys.executable, str(ROOT / "deploy.py"), "sandbox", "serve", "--speed", "600"]
        served = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(served)
        return served, read_exports(served)

    yield start
    for each in started:
        each.send_signal(signal.SIGINT)
        each.communicate(timeout=30)


def deploy(*arguments: str) -> str:
    command = [sys.executable, str(ROOT / "deploy.py"), "sandbox", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def client(exports: dict[str, str]) -> Any:
    return boto3.client(
        "ecs",
        region_name=exports["AWS_REGION"],
        endpoint_url=exports["AWS_ENDPOINT_URL"],
        aws_access_key_id=exports["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=exports["AWS_SECRET_ACCESS_KEY"],
    )


def test_two_served_at_once_are_two_and_end_with_ctrl_c(serve: Serve) -> None:
    (first, here), (_, there) = serve(), serve()
    assert here["AWS_ENDPOINT_URL"] != there["AWS_ENDPOINT_URL"]
    client(here).create_cluster(clusterName="mine")
    assert len(client(here).list_clusters()["clusterArns"]) == 2
    assert len(client(there).list_clusters()["clusterArns"]) == 1

    directory = process.attach(here["AWS_ENDPOINT_URL"]).directory
    first.send_signal(signal.SIGINT)
    said, _ = first.communicate(timeout=30)
    assert first.returncode == 0
    assert "the sandbox is stopped" in said
    assert not os.path.exists(directory)  # noqa: PTH110 - the plainest question
    with pytest.raises(SandboxError, match="does not answer"):
        process.attach(here["AWS_ENDPOINT_URL"])
    assert process.attach(there["AWS_ENDPOINT_URL"]).speed == 600


def test_faults_are_switched_from_the_command_line(serve: Serve) -> None:
    _, exports = serve()
    endpoint = ("--endpoint", exports["AWS_ENDPOINT_URL"])
    assert deploy("fault", *endpoint) == "no fault is on\n"
    said = deploy("fault", "ecs:ListClusters", "denied", "--count", "1", *endpoint)
    assert said.split() == ["ecs:ListClusters", "denied", "rate", "1,", "happened", "0,", "1", "left"]
    with pytest.raises(ClientError, match="AccessDeniedException"):
        client(exports).list_clusters()
    assert client(exports).list_clusters()["clusterArns"]
    deploy("fault", "ecs:ListServices", "lag", "--seconds", "30", *endpoint)
    assert deploy("fault", "--clear", *endpoint) == "no fault is on\n"
