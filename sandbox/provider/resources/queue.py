"""SQS: `aws:sqs/queue:Queue` and the resources that set one attribute of a queue: its policy, its dead letters."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Kind, Properties, flag, text, whole
from sandbox.provider.tagging import Tagging
from sandbox.provider.wire import Values

_GONE = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})


def _normal_redrive(policy: Any) -> Any:
    """SQS tells the count as a number, whatever it was given as."""
    if isinstance(policy, dict) and str(policy.get("maxReceiveCount", "")).isdigit():
        return {**policy, "maxReceiveCount": int(policy["maxReceiveCount"])}
    return policy


class _Sqs(Plain):
    service = "sqs"
    service_id = "SQS"
    gone = _GONE
    reads = Ask("get_queue_attributes", lambda call: {"QueueUrl": call.id, "AttributeNames": ["All"]}, "Attributes")


class Queue(_Sqs):
    """A queue; its id is its URL."""

    type_name = "aws:sqs/queue:Queue"
    label = "SQS Queue"
    name_limit = 80
    properties: ClassVar[Properties] = {
        "contentBasedDeduplication": flag(default=False),
        "deduplicationScope": text(computed=True),
        "delaySeconds": whole(default=0),
        "fifoQueue": flag(default=False, force_new=True),
        "fifoThroughputLimit": text(computed=True),
        "kmsDataKeyReusePeriodSeconds": whole(computed=True),
        "kmsMasterKeyId": text(),
        "maxMessageSize": whole(computed=True, member="MaximumMessageSize"),
        "messageRetentionSeconds": whole(default=345600, member="MessageRetentionPeriod"),
        "name": text(computed=True, force_new=True),
        "namePrefix": text(force_new=True, program_only=True),
        "policy": text(json=True, computed=True),
        "receiveWaitTimeSeconds": whole(default=0, member="ReceiveMessageWaitTimeSeconds"),
        "redriveAllowPolicy": text(json=True, computed=True),
        "redrivePolicy": text(json=True, computed=True, normalise=_normal_redrive),
        "sqsManagedSseEnabled": flag(computed=True),
        "visibilityTimeoutSeconds": whole(default=30, member="VisibilityTimeout"),
    }
    outputs = ("arn", "url")
    creates, identity = "create_queue", "QueueUrl"
    deletes = Ask("delete_queue", lambda call: {"QueueUrl": call.id})
    tagging = Tagging("tag_queue", "untag_queue", "QueueUrl", pair=(), listed="list_queue_tags", created="tags")

    def name_affixes(self, inputs: Values) -> tuple[str, str]:
        """A FIFO queue's name says so."""
        return "", ".fifo" if inputs.get("fifoQueue") is True else ""

    def request(self, call: Call) -> dict[str, Any]:
        """All attributes go with the creation, without those that only FIFO queues have, and without empty ones."""
        attributes = {
            self.member(key, known): _attribute(call.inputs[key])
            for key, known in self.properties.items()
            if not key.startswith("name") and call.inputs.get(key) not in (None, "", False)
        }
        return {"QueueName": call.inputs["name"], "Attributes": attributes}

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return what is no attribute."""
        return {
            "arn": found["QueueArn"],
            "url": call.id,
            "name": call.id.rpartition("/")[2],
            "fifoQueue": found.get("FifoQueue") == "true",
            "contentBasedDeduplication": found.get("ContentBasedDeduplication") == "true",
        }

    def update(self, call: Call) -> None:
        """Set what differs."""
        attributes = {}
        for key in call.changed:
            known, value = self.properties[key], call.inputs.get(key)
            empty = "" if known.kind is Kind.TEXT else str(known.default or 0)
            attributes[self.member(key, known)] = empty if value is None else _attribute(value)
        self.client(call).set_queue_attributes(QueueUrl=call.id, Attributes=attributes)


class _QueueAttribute(_Sqs):
    """One attribute of a queue that is a JSON text; its id is the queue's URL. Deleted, it is empty."""

    key: ClassVar[str]
    taggable = False

    def title(self, call: Call) -> str:
        """Errors name the queue."""
        return str(call.inputs["queueUrl"])

    def create(self, call: Call) -> str:
        """Set it."""
        url = str(call.inputs["queueUrl"])
        self._set(call, url, call.inputs[self.key])
        return url

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return the queue's attributes, None where this one is empty."""
        found = super().find(call)
        return found if found and found.get(self.member(self.key, self.properties[self.key])) else None

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Its queue."""
        del found
        return {"queueUrl": call.id}

    def update(self, call: Call) -> None:
        """Set it again."""
        self._set(call, call.id, call.inputs[self.key])

    def delete(self, call: Call) -> None:
        """Empty it."""
        if self.find(call) is not None:
            self._set(call, call.id, "")

    def _set(self, call: Call, url: str, value: str) -> None:
        name = self.member(self.key, self.properties[self.key])
        self.client(call).set_queue_attributes(QueueUrl=url, Attributes={name: value})


class QueuePolicy(_QueueAttribute):
    """Who may use a queue."""

    type_name = "aws:sqs/queuePolicy:QueuePolicy"
    label = "SQS Queue Policy"
    key = "policy"
    properties: ClassVar[Properties] = {
        "policy": text(required=True, json=True),
        "queueUrl": text(required=True, force_new=True),
    }


class RedrivePolicy(_QueueAttribute):
    """Where a queue's dead letters go."""

    type_name = "aws:sqs/redrivePolicy:RedrivePolicy"
    label = "SQS Queue Redrive Policy"
    key = "redrivePolicy"
    properties: ClassVar[Properties] = {
        "queueUrl": text(required=True, force_new=True),
        "redrivePolicy": text(required=True, json=True, normalise=_normal_redrive),
    }


class RedriveAllowPolicy(_QueueAttribute):
    """Whose dead letters a queue takes."""

    type_name = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
    label = "SQS Queue Redrive Allow Policy"
    key = "redriveAllowPolicy"
    properties: ClassVar[Properties] = {
        "queueUrl": text(required=True, force_new=True),
        "redriveAllowPolicy": text(required=True, json=True),
    }


def _attribute(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
