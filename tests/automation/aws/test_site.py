"""Each service is asked about in its own place: clients, gaps and recordings."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from automation.aws.account import read_provider
from automation.aws.site import AwsSite
from automation.engine.update import Operation, ServiceTarget
from diagnostics.clock import RealClock
from diagnostics.reads import SessionSettings
from diagnostics.serving import ServingState

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWN = "123456789012"
"""moto's account."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[AwsSite]:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        for region in ("eu-west-1", "us-west-2"):
            boto3.client("ecs", region_name=region).create_cluster(clusterName="main")
        yield AwsSite(SessionSettings(region="eu-west-1"), RealClock(), tmp_path, "dev-run")


def target(urn: str, account: str | None = OWN, **inputs: str) -> ServiceTarget:
    provider = read_provider(f"urn:provider::{urn}", inputs)
    region = provider.settings.region
    return ServiceTarget(
        urn, "web", "main", "web:1", Operation.CREATE, region, deploys=True, account=account, provider=provider
    )


def test_two_regions_are_two_sets_of_clients_and_one_region_is_one(site: AwsSite) -> None:
    here, there, there_too = target("a"), target("b", region="us-west-2"), target("c", region="us-west-2")
    readers = [site.watch(each, NOW.timestamp()).collector.reader for each in (here, there, there_too)]
    assert readers[0] is not readers[1]
    assert readers[1] is readers[2]
    for each in (here, there, there_too):
        assert site.watch(each, NOW.timestamp()).begin().read
    assert site.api_calls["GetCallerIdentity"] == 2
    assert site.gaps == ()


def test_services_of_one_name_have_recordings_of_their_own(site: AwsSite) -> None:
    paths = []
    for each in (target("a"), target("b", region="us-west-2")):
        watch = site.watch(each, NOW.timestamp())
        paths += [site.record(each, watch.look()), site.record(each, watch.look())]
    assert [Path(str(path)).name for path in paths] == ["dev-run-web.jsonl"] * 2 + ["dev-run-web-1.jsonl"] * 2


def test_of_another_account_nothing_is_read_proven_or_stopped(site: AwsSite) -> None:
    elsewhere = target("a", account="210987654321")
    watch = site.watch(elsewhere, NOW.timestamp())
    baseline = watch.begin()
    assert not baseline.read
    assert "nothing was read" in baseline.gaps[0].why
    assert site.prove(elsewhere, "web:1", None).state is ServingState.NOT_PROVEN
    with pytest.raises(LookupError):
        site.stop_deployment(elsewhere, watch.look())
    assert site.api_calls["StopServiceDeployment"] == 0
    assert site.api_calls["GetCallerIdentity"] == 1


def test_what_the_engine_hides_of_a_provider_is_a_gap_of_the_run(site: AwsSite) -> None:
    site.watch(target("a", secretKey="[secret]"), NOW.timestamp())
    assert [gap.why for gap in site.gaps] == ["the engine hides `secretKey`; the environment's are used"]


def test_a_caller_that_nobody_could_verify_is_a_gap_of_the_run(site: AwsSite) -> None:
    unreachable = target("a", endpoints='[{"sts": "http://127.0.0.1:1"}]')
    assert site.watch(unreachable, NOW.timestamp()).begin().read
    (gap,) = site.gaps
    assert gap.what == f"whether the caller is of account {OWN}"
    assert "EndpointConnectionError" in gap.why
