"""`watch --fleet` with a queue: events say which services to look at, and once a minute all are looked at."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from alerts.queue import EventQueue
from automation.watching import Actions, Watching
from diagnostics.fleet import Fleet
from diagnostics.watch import WatchState
from tests.alerts.chain import REGION
from tests.alerts.region import NOW, Region, missing
from tests.diagnostics.conftest import SteppedClock


@pytest.fixture
def sqs(aws: None, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, str]:  # noqa: ARG001
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    client = boto3.client("sqs", region_name=REGION)
    return client, client.create_queue(QueueName="watch")["QueueUrl"]


def test_events_are_taken_together_and_what_is_none_is_deleted_and_counted(sqs: tuple[Any, str]) -> None:
    client, url = sqs
    region = Region(SteppedClock(NOW))
    for number in range(3):
        region.add(number)
    for body in ["{", *(region.fail(number) for number in range(3)), "[]", region.fail(0)]:
        client.send_message(QueueUrl=url, MessageBody=body)
    queue = EventQueue(client, url, "arn:aws:ecs:eu-west-1:123456789012:cluster/prod")
    assert queue.wait(5) == {"web-0", "web-1", "web-2"}
    assert (queue.events, queue.malformed) == (4, 2)
    assert client.receive_message(QueueUrl=url).get("Messages") is None


def test_events_of_other_clusters_wake_nobody(sqs: tuple[Any, str]) -> None:
    client, url = sqs
    region = Region(SteppedClock(NOW))
    region.add(0)
    client.send_message(QueueUrl=url, MessageBody=region.fail(0))
    ticks = iter([0.0, 0.0, 10.0])
    queue = EventQueue(client, url, "other", monotonic=lambda: next(ticks))
    assert queue.wait(5) == frozenset()


def test_a_queue_that_cannot_be_read_is_told_and_waits_as_long() -> None:
    slept: list[float] = []

    class Refusing:
        def receive_message(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ReceiveMessage")

    queue = EventQueue(Refusing(), "u", "prod", sleep=slept.append, monotonic=lambda: sum(slept))
    assert queue.wait(60) == frozenset()
    assert queue.refused == "ReceiveMessage: AccessDenied: no"
    assert sum(slept) == 60


@dataclass
class Wakes:
    """Hands out the names that are given; time passes while it waits."""

    clock: SteppedClock
    names: list[set[str]]
    waited: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> set[str]:
        self.waited.append(seconds)
        names = self.names.pop(0) if self.names else set()
        self.clock.advance(1 if names else seconds)
        return names


def test_an_event_costs_one_services_look_and_a_minute_without_one_a_pass_over_all() -> None:
    region = Region(SteppedClock(NOW))
    for number in range(300):
        region.add(number)
    for number in range(5, 300):  # what does not deploy
        region.services[f"web-{number}"]["deployments"] = region.services[f"web-{number}"]["deployments"][1:]
    fleet = Fleet(region, "prod", region.clock)
    wakes = Wakes(region.clock, [])
    said: list[str] = []
    calls: list[tuple[int, float]] = []
    actions = Actions(
        prove=lambda _: fleet.look().looks[0][1].evidence,
        stop=None,
        sleep=region.clock.advance,
        say=said.append,
        follow=lambda look: calls.append((look.api_calls, region.clock.now().timestamp())),
        wake=wakes,
    )
    watching = Watching(fleet, actions, region.clock, timeout_minutes=4)
    region.die(3, missing(3))
    wakes.names = [{"web-3"}]
    watching.run()
    full = [(cost, when) for cost, when in calls if cost >= 30]
    assert [cost for cost, _ in calls][1] <= 12
    assert [round(b[1] - a[1]) for a, b in pairwise(full)] == [60, 60, 60, 60][: len(full) - 1]
    assert any("web-3" in line and "doomed" in line for line in said)
    assert watching.out_of_time


def test_a_deployment_that_begins_later_is_watched_from_its_event_on() -> None:
    region = Region(SteppedClock(NOW))
    region.add(0)
    region.services["web-0"]["deployments"][0]["rolloutState"] = "COMPLETED"
    fleet = Fleet(region, "prod", region.clock)
    assert fleet.look().looks == ()
    region.services["web-0"]["deployments"][0] |= {"rolloutState": "IN_PROGRESS", "id": "ecs-svc/09"}
    assert [name for name, _ in fleet.look({"web-0", "web-1"}).looks] == ["web-0"]
    assert fleet.deploying
    assert fleet.look(set()).looks == ()
    region.services["web-0"]["deployments"][0]["rolloutState"] = "FAILED"
    assert [look.state for _, look in fleet.look({"web-0"}).looks] == [WatchState.FAILED]
    assert not fleet.deploying
