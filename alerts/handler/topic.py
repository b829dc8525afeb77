"""Alerts to an SNS topic, which reaches mail and chat."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from alerts.handler.sending import SendError
from alerts.handler.texts import to_publish

_PERMANENT = {"NotFound", "InvalidParameter", "InvalidParameterValue", "AuthorizationError", "KMSAccessDenied"}


class Topic:
    """One topic. A FIFO topic drops what it was sent within five minutes already; any other topic sends all it gets.

    Source: https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html
    """

    name = "topic"
    updates = False

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def send(self, document: Mapping[str, Any], reference: Mapping[str, str], attempted_ms: int) -> Mapping[str, str]:
        """Publish the alert."""
        del reference, attempted_ms
        fifo = {}
        if self._arn.endswith(".fifo"):
            # The same words of the same alert, whatever its version was when a first try was cut off.
            told = f"{document['services_told_before']}#{document['state']}"
            fifo = {"MessageGroupId": "alerts", "MessageDeduplicationId": _key(f"{document['id']}#{told}")}
        try:
            answer = self._client.publish(TopicArn=self._arn, **to_publish(document), **fifo)
        except ClientError as refused:
            code = refused.response.get("Error", {}).get("Code", "")
            raise SendError(f"SNS refused: {code}", permanent=code in _PERMANENT) from refused
        except BotoCoreError as failed:
            raise SendError(f"SNS could not be asked: {type(failed).__name__}", sent_nothing=False) from failed
        return {"message_id": str(answer.get("MessageId", ""))}


def _key(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()
