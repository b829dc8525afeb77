"""An account in moto whose ECS tells its events to the chain."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.alerts.chain import REGION, Chain, client_of_table, make_table
from tests.alerts.region import NOW, Region
from tests.diagnostics.conftest import SteppedClock
from tests.e2e.causes.account import SteppedEcsClock
from tests.sandbox.ecs.conftest import World, aws, make_world, world

__all__ = ["aws", "make_world", "world"]


@pytest.fixture
def chain_of(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Chain]:
    """Make the chain behind a world; `take` moves what EventBridge has delivered into its queue."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)

    def make(**settings: Any) -> Chain:
        sqs, events = world.client("sqs"), world.client("events")
        url = sqs.create_queue(QueueName="alerts")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        said = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": said})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        events.put_rule(Name="alerts", EventPattern=json.dumps({"source": ["aws.ecs"]}))
        events.put_targets(Rule="alerts", Targets=[{"Id": "queue", "Arn": arn}])
        make_table(world.client("dynamodb"))
        chain = Chain(SteppedEcsClock(world.clock.now), client=world.client("dynamodb"), **settings)

        def take() -> int:
            taken = 0
            while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                for each in found:
                    chain.queue.put(each["Body"])
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
                    taken += 1
            return taken

        chain.take = take  # type: ignore[attr-defined]
        return chain

    return make


@pytest.fixture
def region_chain(aws: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Region, Chain]]:  # noqa: ARG001
    """Make a region of so many services, and the chain that explains it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    def make(services: int = 1, client: Any = None, **settings: Any) -> tuple[Region, Chain]:
        client = client or client_of_table()
        region = Region(SteppedClock(NOW))
        for number in range(services):
            region.add(number)
        return region, Chain(region.clock, region, client=client, **settings)

    return make
