"""Starting, finding and stopping the sandbox's process."""

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from sandbox import process
from sandbox.environment import environment
from sandbox.process import Sandbox, SandboxError


def test_a_sandbox_that_runs_is_found_and_not_started_again(running: Sandbox) -> None:
    found = process.find(running.directory)
    again = process.start(running.directory, speed=running.speed)
    assert found == again == running


def test_other_settings_are_refused_while_one_runs(running: Sandbox) -> None:
    with pytest.raises(SandboxError, match=r"speed 600, not 7: stop it first"):
        process.start(running.directory, speed=7)


def test_nothing_is_found_where_nothing_was_started(tmp_path: Path) -> None:
    assert process.find(tmp_path) is None
    assert process.stop(tmp_path) is False
    assert process.stop(tmp_path / "missing") is False


@pytest.mark.parametrize(
    "left",
    [
        json.dumps({"endpoint": "http://127.0.0.1:9", "pid": 1, "speed": 60, "seed": 0}),
        json.dumps({"endpoint": "http://127.0.0.1:9", "pid": 2**22 + 1}),
        "{",
        "[]",
        "{}",
    ],
)
def test_what_a_dead_sandbox_left_behind_is_cleared(tmp_path: Path, left: str) -> None:
    (tmp_path / "sandbox.json").write_text(left)
    assert process.find(tmp_path) is None
    assert not (tmp_path / "sandbox.json").exists()


def test_another_directorys_sandbox_is_not_taken_for_ones_own(running: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "sandbox.json").write_text((running.directory / "sandbox.json").read_text())
    assert process.find(tmp_path) is None


def test_two_starters_at_once_get_one_sandbox_and_it_leaves_nothing_when_stopped(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "of-a-sandbox-that-is-gone").touch()
    started: list[Sandbox] = []
    starters = [threading.Thread(target=lambda: started.append(process.start(tmp_path))) for _ in range(2)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert len(started) == 2
    assert started[0] == started[1]
    assert list((tmp_path / "state").iterdir()) == []
    assert os.access(tmp_path / "pulumi-home/plugins/resource-aws-v7.51.1/pulumi-resource-aws", os.X_OK)

    assert process.stop(tmp_path) is True
    assert process.find(tmp_path) is None
    assert not (tmp_path / "sandbox.json").exists()
    with pytest.raises(SandboxError, match="does not answer"):
        started[0].clock()


def test_a_sandbox_that_cannot_start_says_why(tmp_path: Path, running: Sandbox) -> None:
    taken = int(running.endpoint.rpartition(":")[2])
    with pytest.raises(SandboxError, match=r"ended while it started.*(?s:.*)in use"):
        process.start(tmp_path, port=taken)


def test_the_clock_runs_at_the_sandboxs_speed_and_never_behind_the_machines(running: Sandbox) -> None:
    before = datetime.now(UTC)
    now, speed = running.clock()
    assert speed == running.speed
    assert now >= before


def test_the_sandbox_outlives_whoever_started_it_and_nobody_else_in_its_session(running: Sandbox) -> None:
    assert os.getsid(running.pid) == running.pid
    assert os.getsid(running.pid) != os.getsid(0)


def test_the_environment_reaches_the_sandbox_from_another_process(running: Sandbox) -> None:
    code = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    hostile = {
        **os.environ,
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL_STS": "https://sts.eu-west-1.amazonaws.com",
        "AWS_REGION": "us-east-1",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }
    laid_over = {**hostile, **environment(running.endpoint, running.region, running.directory, inherited=hostile)}
    answer = subprocess.run(
        [sys.executable, "-c", code], env=laid_over, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == running.account


def test_a_developers_own_credentials_never_reach_a_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "credentials"
    own.write_text("[default]\naws_access_key_id = REAL\naws_secret_access_key = REAL\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(own))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "REAL")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "REAL")
    for key, value in environment("http://127.0.0.1:9", "eu-west-1", tmp_path).items():
        monkeypatch.setenv(key, value)
    credentials = boto3.session.Session().get_credentials()
    assert credentials is not None
    assert (credentials.access_key, credentials.secret_key, credentials.token or "") == ("sandbox", "sandbox", "")


def test_pulumis_state_is_in_the_sandboxs_directory(running: Sandbox) -> None:
    variables = running.environment()
    assert variables["PULUMI_BACKEND_URL"] == f"file://{running.directory}/state"
    assert (running.directory / "state").is_dir()
    assert variables["PULUMI_HOME"] == str(running.directory / "pulumi-home")
