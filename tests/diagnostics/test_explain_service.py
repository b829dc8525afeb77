"""`explain` of a live service: which deployment it explains, and what it says of the others."""

from datetime import timedelta
from typing import Any

import pytest

from diagnostics.collect import Collector
from diagnostics.explain import explain_service
from diagnostics.model import Verdict
from tests.diagnostics.conftest import NEW, NOW, OLD, FakeReader, SteppedClock

NOT_THERE = "CannotPullContainerError: failed to resolve ref x.io/shop:2: x.io/shop:2: not found"


@pytest.fixture
def recovered(reader: FakeReader, aws: Any) -> FakeReader:
    """A service whose second deployment failed 20 minutes ago, and whose first one is deployed again and serves."""
    failed_at = NOW - timedelta(minutes=20)
    reader.deployments = [
        aws.service_deployment("again", aws.new, aws.old),
        aws.service_deployment("bad", aws.old, aws.new, "ROLLBACK_SUCCESSFUL", createdAt=failed_at),
        aws.service_deployment("first", None, aws.old, createdAt=NOW - timedelta(days=1)),
    ]
    reader.service = aws.service(aws.deployment(aws.old, 1, createdAt=NOW))
    stopped = aws.task(
        7, aws.new, "STOPPED", stoppedReason=NOT_THERE, createdAt=failed_at, startedAt=None, stoppedAt=failed_at
    )
    del stopped["startedAt"]
    reader.tasks = [aws.task(1, aws.old), stopped]
    return reader


def test_the_newest_deployment_is_explained_and_the_failed_one_is_pointed_to(
    recovered: FakeReader, clock: SteppedClock
) -> None:
    said = explain_service(Collector(recovered, "prod", "web", clock))
    assert (said.verdict, said.deployment) == (Verdict.HEALTHY, OLD)
    assert said.notes == (f"the deployment {NEW}, which began at 09:40:00 UTC, failed; `--last-failed` explains it",)


def test_the_last_failed_deployment_is_explained_though_a_later_one_serves(
    recovered: FakeReader, clock: SteppedClock
) -> None:
    said = explain_service(Collector(recovered, "prod", "web", clock), last_failed=True)
    assert (said.root_cause, said.deployment) == ("image-not-found", NEW)
    assert said.notes == (f"revision web:1 of the later deployment {OLD} serves now",)
    assert said.to_document()["notes"] == list(said.notes)


def test_a_failure_of_yesterday_is_no_news(recovered: FakeReader, clock: SteppedClock) -> None:
    recovered.deployments[1]["createdAt"] = NOW - timedelta(hours=2)
    assert explain_service(Collector(recovered, "prod", "web", clock)).notes == ()


def test_where_nothing_failed_the_newest_one_is_explained_and_that_is_said(
    reader: FakeReader, clock: SteppedClock
) -> None:
    said = explain_service(Collector(reader, "prod", "web", clock), last_failed=True)
    assert said.verdict is Verdict.HEALTHY
    assert "no deployment of this service that it gave up" in said.notes[0]


def test_a_list_that_is_refused_is_a_gap(recovered: FakeReader, clock: SteppedClock) -> None:
    recovered.refused["ListServiceDeployments"] = "AccessDeniedException"
    said = explain_service(Collector(recovered, "prod", "web", clock), last_failed=True)
    assert [gap.what for gap in said.gaps] == ["service deployments"]


def test_looking_costs_no_call_more_than_one_look_does(recovered: FakeReader, clock: SteppedClock) -> None:
    explain_service(Collector(recovered, "prod", "web", clock))
    assert recovered.api_calls["ListServiceDeployments"] == 1
    assert recovered.api_calls["DescribeServices"] == 1
