"""A batch as Lambda hands it over: messages in, what must come again out, and when it may come."""

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from alerts.handler.delivering import LaterError
from alerts.handler.events import MalformedError
from alerts.handler.handling import Explainer, Message
from alerts.handler.log import Log
from alerts.handler.sending import SendError

_LONGEST_SECONDS = 43_200
"""What a message's visibility timeout may be at most: 12 hours.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
"""


class Function:
    """One function: an explainer behind a queue.

    Args:
        explainer: what handles a batch.
        queues: boto3's client of SQS, for messages that are to come again at a time of their own.
        log: where what must come again is told.
    """

    def __init__(self, explainer: Explainer, queues: Any, log: Log) -> None:
        self._explainer = explainer
        self._queues = queues
        self._log = log
        self.quiet = logging.getLogger("alerts.batch")
        """For who would otherwise log each failure again."""
        self.quiet.setLevel(logging.CRITICAL)

    def handle(self, records: Sequence[Mapping[str, Any]]) -> dict[str, Exception]:
        """Handle the records of one invocation, and return why which of them must come again."""
        messages = [Message(each["messageId"], each.get("body", ""), _receives(each)) for each in records]
        failures = self._explainer.handle(messages)
        by_id = {each["messageId"]: each for each in records}
        for message, failure in failures.items():
            self._tell(message, failure)
            if (after := _after(failure)) is not None:
                self._put_off(by_id[message], after)
        return failures

    def _tell(self, message: str, failure: Exception) -> None:
        about = {"queue_message": message, "reason": str(failure), "kind": type(failure).__name__}
        if isinstance(failure, LaterError):
            self._log.info("comes again", extra=about)
        elif isinstance(failure, MalformedError):
            self._log.warning("no event, so it goes to the dead-letter queue", extra=about)
        elif isinstance(failure, SendError):
            say = self._log.error if failure.permanent else self._log.warning
            say("not delivered", extra={**about, "permanent": failure.permanent})
        else:
            self._log.error("failed", exc_info=failure, extra=about)

    def _put_off(self, record: Mapping[str, Any], seconds: float) -> None:
        """Have a message come again after so long; where that is refused the queue's own timeout holds."""
        try:
            self._queues.change_message_visibility(
                QueueUrl=queue_url(record["eventSourceARN"]),
                ReceiptHandle=record["receiptHandle"],
                VisibilityTimeout=min(max(math.ceil(seconds), 0), _LONGEST_SECONDS),
            )
        except (ClientError, BotoCoreError, KeyError) as error:
            self._log.warning("the time of its return could not be set", extra={"kind": type(error).__name__})


def queue_url(arn: str) -> str:
    """Return the address of a queue as SQS knows it; requests go where the client's endpoint is."""
    _, partition, _, region, account, name = arn.split(":", 5)
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    return f"https://sqs.{region}.{suffix}/{account}/{name}"


def _receives(record: Mapping[str, Any]) -> int:
    said = record.get("attributes", {}).get("ApproximateReceiveCount", "1")
    return int(said) if str(said).isdigit() else 1


def _after(failure: Exception) -> float | None:
    if isinstance(failure, LaterError):
        return failure.after
    return failure.retry_after if isinstance(failure, SendError) else None
