"""Reads ECS's events from a queue, for `watch --fleet`: which services to look at now."""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from alerts.handler.events import Event, MalformedError, parse

_LONGEST_POLL = 20
"""Seconds that ReceiveMessage waits at most.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
"""
_PER_RECEIVE = 10
_RECEIVES_AT_ONCE = 20
_AFTER_A_REFUSAL = 5.0


class EventQueue:
    """One queue that rules put events of ECS into. Nobody else may read it: who reads an event takes it.

    Args:
        client: boto3's client of SQS.
        url: the queue's address.
        cluster: the name or ARN of the cluster whose services are watched; events of others are dropped.
        sleep: waits so many seconds.
        monotonic: seconds since some moment.
    """

    def __init__(
        self,
        client: Any,
        url: str,
        cluster: str,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._url = url
        self._cluster = cluster.rpartition("/")[2]
        self._sleep = sleep
        self._monotonic = monotonic
        self.events = 0
        """Events of services so far."""
        self.malformed = 0
        """Messages that were no events; they are deleted like the others."""
        self.refused = ""
        """Why the queue could not be read the last time; "" where it could."""

    def wait(self, seconds: float) -> frozenset[str]:
        """Wait until there is an event, at most so long; return the services that all waiting events are about."""
        end = self._monotonic() + seconds
        while (left := end - self._monotonic()) > 0:
            names = self._take(min(left, _LONGEST_POLL))
            if names:
                return names
        return frozenset()

    def _take(self, seconds: float) -> frozenset[str]:
        names: set[str] = set()
        poll = max(1, int(seconds))
        for _ in range(_RECEIVES_AT_ONCE):
            try:
                messages = self._receive(poll)
            except (ClientError, BotoCoreError) as refused:
                self.refused = _reason(refused)
                self._sleep(min(_AFTER_A_REFUSAL, seconds))
                break
            self.refused = ""
            for message in messages:
                names |= self._read(message.get("Body", ""))
            if len(messages) == 0:
                break
            poll = 0  # what waits already is taken along, so that one look does for all of it
        return frozenset(names)

    def _receive(self, poll: int) -> list[dict[str, Any]]:
        """Receive messages and delete them: an event that a crash loses is made up for by the next slow pass."""
        answer = self._client.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=_PER_RECEIVE, WaitTimeSeconds=poll
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(messages)]
            self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)
        return messages

    def _read(self, body: str) -> set[str]:
        try:
            event = parse(body)
        except MalformedError:
            self.malformed += 1
            return set()
        if not isinstance(event, Event) or event.place.cluster != self._cluster:
            return set()
        self.events += 1
        return {event.place.name}


def _reason(refused: ClientError | BotoCoreError) -> str:
    if isinstance(refused, ClientError):
        error = refused.response.get("Error", {})
        return f"{refused.operation_name}: {error.get('Code', '')}: {error.get('Message', '')}"
    return f"{type(refused).__name__}: {refused}"
