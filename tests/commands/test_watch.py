"""`watch` looks where it is told to."""

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from deploy import app


def test_the_region_that_is_named_is_watched_and_not_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        boto3.client("ecs", region_name="us-west-2").create_cluster(clusterName="there")  # and none in eu-west-1
        run = CliRunner().invoke(app, ["watch", "--fleet", "--cluster", "there", "--region", "us-west-2"])
    assert (run.exit_code, run.stderr.strip()) == (0, "no service deploys"), run.output
