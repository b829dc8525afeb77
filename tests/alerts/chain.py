"""The chain in one process, on a clock that is stepped: a table in moto, a queue, the function, a Slack."""

import itertools
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import boto3

from alerts.handler.batches import Function
from alerts.handler.delivering import Courier
from alerts.handler.handling import Explainer
from alerts.handler.look import Looker
from alerts.handler.sending import Destination
from alerts.handler.table import Table
from alerts.handler.tags import Tags
from alerts.handler.webhook import Response, Webhook
from diagnostics.aws import Reader
from diagnostics.reads import SessionSettings

REGION = "eu-west-1"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:123456789012:alerts"
VISIBILITY = 90
RECEIVES = 5


@dataclass
class Queued:
    body: str
    id: str
    visible_at: float = 0
    receives: int = 0


@dataclass
class Queue:
    """SQS as the function meets it: visibility timeouts on a stepped clock, and a dead-letter queue."""

    clock: Any
    waiting: list[Queued] = field(default_factory=list)
    dead: list[Queued] = field(default_factory=list)
    ids: Any = field(default_factory=itertools.count)

    def put(self, body: str) -> str:
        message = Queued(body, f"message-{next(self.ids)}")
        self.waiting.append(message)
        return message.id

    def now(self) -> float:
        return float(self.clock.now().timestamp())

    def receive(self, most: int = 10) -> list[Queued]:
        visible = [each for each in self.waiting if each.visible_at <= self.now()]
        for message in [each for each in visible if each.receives >= RECEIVES]:
            self.waiting.remove(message)
            self.dead.append(message)
        taken = [each for each in visible if each.receives < RECEIVES][:most]
        for message in taken:
            message.receives += 1
            message.visible_at = self.now() + VISIBILITY
        return taken

    def next_at(self) -> float | None:
        return min((each.visible_at for each in self.waiting), default=None)

    # As boto3's client of SQS
    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:  # noqa: N803
        assert QueueUrl == "https://sqs.eu-west-1.amazonaws.com/123456789012/alerts"
        message = next(each for each in self.waiting if each.id == ReceiptHandle)
        message.visible_at = self.now() + VisibilityTimeout


@dataclass
class Slack:
    """An incoming webhook and a bot's API: keeps what it was sent, and answers as it is told."""

    answers: list[Response] = field(default_factory=list)
    posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The messages in the channel, by their `ts`."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        assert headers["Content-Type"].startswith("application/json")
        message = json.loads(body)
        self.posts.append((url, message))
        if self.answers:
            return self.answers.pop(0)
        method = url.rpartition("/")[2]
        if method == "chat.update":
            self.shown[message["ts"]] = message
            return self._ok(channel=message["channel"], ts=message["ts"])
        if method == "conversations.history":
            return self._ok(messages=[{**each, "ts": ts} for ts, each in self.shown.items()])
        ts = f"{len(self.shown) + 1}.000"
        self.shown[ts] = message
        return self._ok(channel="C1", ts=ts) if method == "chat.postMessage" else Response(200, {}, "ok")

    def _ok(self, **answer: Any) -> Response:
        return Response(200, {}, json.dumps({"ok": True, **answer}))

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.shown.values())


WEBHOOK = "https://hooks.example.com/services/T0/B0/secret"
BOT = json.dumps({"token": "xoxb-test", "channel": "C1", "format": "slack-app"})
GENERIC = json.dumps({"url": WEBHOOK, "format": "generic"})


def make_table(client: Any) -> None:
    client.create_table(
        TableName="alerts",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@cache
def _dynamodb() -> Any:
    """One client for all tests: reading its model takes longer than a test."""
    return boto3.Session("test", "test", region_name=REGION).client("dynamodb")


def client_of_table() -> Any:
    """Return a client of DynamoDB with an empty table."""
    client = _dynamodb()
    make_table(client)
    return client


class Chain:
    """Everything between ECS's events and the messages."""

    def __init__(
        self,
        clock: Any,
        reader: Any = None,
        *,
        secret: str = WEBHOOK,
        client: Any = None,
        destinations: list[Destination] | None = None,
        follow_ups: bool = False,
    ) -> None:
        self.clock = clock
        self.reader = reader or Reader(SessionSettings(region=REGION))
        self.secret = secret
        self.queue = Queue(clock)
        self.slack = Slack()
        self.dynamodb = client or boto3.client("dynamodb", region_name=REGION)
        self.table = Table(self.dynamodb, "alerts", sleep=lambda _: None)
        self.destinations = destinations or [Webhook(lambda _: self.secret, self.slack)]
        self.follow_ups = follow_ups
        self.function = self.start()

    def start(self) -> Function:
        """A fresh process: nothing is remembered but what is in the table."""
        log = logging.getLogger("alerts.test")
        ask = getattr(self.reader, "ask", lambda *_, **__: {"tags": []})
        courier = Courier(
            self.table, self.destinations, self.clock.now, log, follow_ups=self.follow_ups, hold_seconds=15
        )
        looker = Looker(self.reader, self.clock)
        tags = Tags(ask, self.clock.now)
        explainer = Explainer(self.table, looker, courier, tags, self.clock, log, "Environment")
        return Function(explainer, self.queue, log)

    def invoke(self, most: int = 10) -> list[str]:
        """Hand one batch to the function; return the ids that come again. What is not among them is deleted."""
        taken = self.queue.receive(most)
        records = [
            {
                "messageId": each.id,
                "receiptHandle": each.id,
                "body": each.body,
                "eventSourceARN": QUEUE_ARN,
                "attributes": {"ApproximateReceiveCount": str(each.receives)},
            }
            for each in taken
        ]
        failures = self.function.handle(records) if records else {}
        for each in taken:
            if each.id not in failures:
                self.queue.waiting.remove(each)
        return list(failures)

    def settle(self, step: Any, limit: float = 3600) -> None:
        """Invoke until the queue is empty, letting time pass where messages wait."""
        end = self.clock.now().timestamp() + limit
        while self.queue.waiting and self.clock.now().timestamp() < end:
            self.invoke()
            next_at = self.queue.next_at()
            if next_at is not None and next_at > self.queue.now():
                step(next_at - self.queue.now())


def at(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
