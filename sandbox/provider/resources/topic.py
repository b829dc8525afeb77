"""SNS: `aws:sns/topic:Topic`, `TopicPolicy` and `TopicSubscription`; what they are set to are attributes, as texts."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Kind, Properties, Property, flag, text, whole
from sandbox.provider.tagging import Tagging
from sandbox.provider.wire import Values

_GONE = frozenset({"NotFound", "NotFoundException"})
_FEEDBACK = {
    f"{channel}{kind}": f"{member}{kind[0].upper()}{kind[1:]}"
    for channel, member in (
        ("application", "Application"),
        ("firehose", "Firehose"),
        ("http", "HTTP"),
        ("lambda", "Lambda"),
        ("sqs", "SQS"),
    )
    for kind in ("FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate")
}


class _Sns(Plain):
    """A type whose properties are attributes that are set one by one."""

    service = "sns"
    service_id = "SNS"
    gone = _GONE
    attributes: ClassVar[tuple[str, ...]] = ()

    def attribute(self, key: str, value: Any) -> str:
        """Return a value as SNS takes it."""
        del key
        return str(value).lower() if isinstance(value, bool) else str(value)

    def given(self, call: Call) -> dict[str, str]:
        """Return the attributes that the program gives."""
        return {
            self.member(key, self.properties[key]): self.attribute(key, call.inputs[key])
            for key in self.attributes
            if call.inputs.get(key) not in (None, "", False)
        }


class Topic(_Sns):
    """A topic; its id is its ARN."""

    type_name = "aws:sns/topic:Topic"
    label = "SNS Topic"
    name_limit = 256
    properties: ClassVar[Properties] = {
        **{
            key: whole(member=member) if key.endswith("SampleRate") else text(member=member)
            for key, member in _FEEDBACK.items()
        },
        "archivePolicy": text(json=True),
        "contentBasedDeduplication": flag(default=False),
        "deliveryPolicy": text(json=True),
        "displayName": text(),
        "fifoThroughputScope": text(computed=True),
        "fifoTopic": flag(default=False, force_new=True),
        "kmsMasterKeyId": text(),
        "name": text(computed=True, force_new=True),
        "namePrefix": text(force_new=True, program_only=True),
        "policy": text(json=True, computed=True),
        "signatureVersion": whole(computed=True),
        "tracingConfig": text(computed=True),
    }
    attributes = tuple(key for key in properties if key not in ("name", "namePrefix"))
    outputs = ("arn", "beginningArchiveTime", "owner")
    creates, identity = "create_topic", "TopicArn"
    reads = Ask("get_topic_attributes", lambda call: {"TopicArn": call.id}, "Attributes")
    deletes = Ask("delete_topic", lambda call: {"TopicArn": call.id})
    tagging = Tagging("tag_resource", "untag_resource", "ResourceArn", listed="list_tags_for_resource")

    def name_affixes(self, inputs: Values) -> tuple[str, str]:
        """A FIFO topic's name says so."""
        return "", ".fifo" if inputs.get("fifoTopic") is True else ""

    def request(self, call: Call) -> dict[str, Any]:
        """All attributes go with the creation."""
        attributes = self.given(call)
        return {"Name": call.inputs["name"], **({"Attributes": attributes} if attributes else {})}

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return what is no attribute."""
        return {
            "arn": call.id,
            "name": call.id.rpartition(":")[2],
            "owner": found.get("Owner") or "",
            "beginningArchiveTime": found.get("BeginningArchiveTime") or "",
            "fifoTopic": found.get("FifoTopic") == "true",
        }

    def update(self, call: Call) -> None:
        """Set what differs, one by one."""
        for key in sorted(call.changed & set(self.attributes)):
            value, known = call.inputs.get(key), self.properties[key]
            empty = "" if known.kind is Kind.TEXT else str(known.default or 0).lower()
            self.client(call).set_topic_attributes(
                TopicArn=call.id,
                AttributeName=self.member(key, known),
                AttributeValue=empty if value is None else self.attribute(key, value),
            )


class TopicPolicy(_Sns):
    """Who may use a topic; its id is the topic's ARN. Deleted, the topic has AWS's own policy again."""

    type_name = "aws:sns/topicPolicy:TopicPolicy"
    label = "SNS Topic Policy"
    taggable = False
    properties: ClassVar[Properties] = {
        "arn": text(required=True, force_new=True, member="TopicArn"),
        "policy": text(required=True, json=True, member="Policy"),
    }
    outputs = ("owner",)
    reads = Ask("get_topic_attributes", lambda call: {"TopicArn": call.id}, "Attributes")

    def title(self, call: Call) -> str:
        """Errors name the topic."""
        return str(call.inputs["arn"])

    def create(self, call: Call) -> str:
        """Set it."""
        arn = str(call.inputs["arn"])
        self._set(call, arn, call.inputs["policy"])
        return arn

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return it, unless it is AWS's own."""
        found = super().find(call)
        if found is None or json.loads(found.get("Policy") or "{}") == json.loads(_default_policy(call.id)):
            return None
        return found

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Its topic."""
        return {"arn": call.id, "owner": found.get("Owner") or ""}

    def update(self, call: Call) -> None:
        """Set it again."""
        self._set(call, call.id, call.inputs["policy"])

    def delete(self, call: Call) -> None:
        """Set AWS's own."""
        if self.find(call) is not None:
            self._set(call, call.id, _default_policy(call.id))

    def _set(self, call: Call, arn: str, policy: str) -> None:
        self.client(call).set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


_SUBSCRIPTION: Mapping[str, Property] = {
    "deliveryPolicy": text(json=True),
    "filterPolicy": text(json=True),
    "filterPolicyScope": text(computed=True),
    "rawMessageDelivery": flag(default=False),
    "redrivePolicy": text(json=True),
    "replayPolicy": text(json=True),
    "subscriptionRoleArn": text(),
}


class TopicSubscription(_Sns):
    """A subscription; its id is its ARN."""

    type_name = "aws:sns/topicSubscription:TopicSubscription"
    label = "SNS Topic Subscription"
    taggable = False
    properties: ClassVar[Properties] = {
        **_SUBSCRIPTION,
        "confirmationTimeoutInMinutes": whole(default=1, program_only=True),
        "endpoint": text(required=True, force_new=True),
        "endpointAutoConfirms": flag(default=False, program_only=True),
        "protocol": text(required=True, force_new=True),
        "topic": text(required=True, force_new=True, member="TopicArn"),
    }
    attributes = tuple(_SUBSCRIPTION)
    outputs = ("arn", "confirmationWasAuthenticated", "ownerId", "pendingConfirmation")
    identity = "SubscriptionArn"
    creates = "subscribe"
    reads = Ask("get_subscription_attributes", lambda call: {"SubscriptionArn": call.id}, "Attributes")
    deletes = Ask("unsubscribe", lambda call: {"SubscriptionArn": call.id})

    def what(self, call: Call) -> str:
        """Errors name topic and endpoint: `subscribing to SNS Topic` in the real provider's words."""
        return f"SNS Topic Subscription ({call.inputs['topic']} {call.inputs['protocol']} {call.inputs['endpoint']})"

    def request(self, call: Call) -> dict[str, Any]:
        """All attributes go along."""
        inputs, attributes = call.inputs, self.given(call)
        return {
            "TopicArn": inputs["topic"],
            "Protocol": inputs["protocol"],
            "Endpoint": inputs["endpoint"],
            "ReturnSubscriptionArn": True,
            **({"Attributes": attributes} if attributes else {}),
        }

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return what AWS says of it."""
        return {
            "arn": call.id,
            "ownerId": found.get("Owner") or "",
            "confirmationWasAuthenticated": found.get("ConfirmationWasAuthenticated") == "true",
            "pendingConfirmation": found.get("PendingConfirmation") == "true",
            "filterPolicyScope": found.get("FilterPolicyScope") or None,
        }

    def update(self, call: Call) -> None:
        """Set what differs, one by one."""
        for key in sorted(call.changed & set(_SUBSCRIPTION)):
            value = call.inputs.get(key)
            empty = "{}" if self.properties[key].json else ""
            self.client(call).set_subscription_attributes(
                SubscriptionArn=call.id,
                AttributeName=self.member(key, self.properties[key]),
                AttributeValue=empty if value is None else self.attribute(key, value),
            )


def _default_policy(arn: str) -> str:
    """Return the policy that a topic has when nobody gave it one.

    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    actions = [
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    ]
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": arn.split(":")[4]}},
    }
    return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})
