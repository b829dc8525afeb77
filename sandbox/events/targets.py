"""What EventBridge can hand an event to: queues, topics and log groups, as their policies let it.

What a target refuses for good (nobody there, no permission) is told from what may pass (the codes are those documented
for dead letters: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html).
"""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.ecs.iam import lets_service

_SERVICE = "events.amazonaws.com"
Deliver = Callable[[Mapping[str, Any], str, str, str, str], None]
"""(target, text, the rule's ARN, account, region): hands the text over, or raises `Undelivered`."""


class Undelivered(Exception):  # noqa: N818 - it carries AWS's code, and may be no error of anybody's
    """A target did not take an event; `lasting`: trying again cannot help."""

    def __init__(self, code: str, message: str, *, lasting: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.lasting = lasting


def deliver(target: Mapping[str, Any], text: str, rule_arn: str, account: str, region: str) -> None:
    """Hand a text to a target that is no function.

    Raises:
        Undelivered: it does not take it.
    """
    arn = str(target.get("Arn"))
    service = arn.split(":")[2] if arn.count(":") > 1 else ""
    match service:
        case "sqs":
            group = (target.get("SqsParameters") or {}).get("MessageGroupId")
            send_to_queue(arn, text, rule_arn, account, group=group)
        case "sns":
            _publish(arn, text, rule_arn, account)
        case "logs":
            _write_log(arn, text, account, region)
        case _:
            raise Undelivered("INVALID_PARAMETER", f"The sandbox has no targets of the service {service}: {arn}")


def send_to_queue(
    arn: str,
    text: str,
    rule_arn: str,
    account: str,
    *,
    group: str | None = None,
    attributes: Mapping[str, str] | None = None,
) -> None:
    """Send a message to a queue, where its policy lets EventBridge (Undelivered: it does not, or there is none)."""
    from moto.core.exceptions import JsonRESTError
    from moto.sqs.exceptions import SQSException
    from moto.sqs.models import sqs_backends

    _, _, _, region, owner, name = arn.split(":", 5)
    backend = sqs_backends[owner][region]
    if name not in backend.queues:
        raise Undelivered("RESOURCE_NOT_FOUND", f"The specified queue does not exist: {arn}")
    ask(arn, "sqs:SendMessage", rule_arn, account)
    told = {key: {"DataType": "String", "StringValue": value} for key, value in (attributes or {}).items()}
    try:
        backend.send_message(name, text, message_attributes=told or None, group_id=group)
    except (SQSException, JsonRESTError) as error:
        raise Undelivered("INVALID_PARAMETER", str(error)) from error


def ask(arn: str, action: str, rule_arn: str, account: str) -> None:
    """Return where the resource's policy lets a rule do something (Undelivered: it does not)."""
    from sandbox.callers.held import resource_policy  # it knows of ECS, and ECS of EventBridge

    policy = resource_policy(arn)
    context = {"aws:SourceArn": rule_arn, "aws:SourceAccount": account, "aws:PrincipalIsAWSService": "true"}
    if policy is None or not lets_service(policy, _SERVICE, action, arn, context):
        raise Undelivered("NO_PERMISSIONS", f"{_SERVICE} is not authorized to perform: {action} on resource: {arn}")


def _publish(arn: str, text: str, rule_arn: str, account: str) -> None:
    from moto.sns.models import sns_backends

    _, _, _, region, owner, _ = arn.split(":", 5)
    backend = sns_backends[owner][region]
    if arn not in backend.topics:
        raise Undelivered("RESOURCE_NOT_FOUND", f"Topic does not exist: {arn}")
    ask(arn, "sns:Publish", rule_arn, account)
    backend.publish(text, arn=arn)


def _write_log(arn: str, text: str, account: str, region: str) -> None:
    """A group's own policy is not asked: CloudWatch Logs has none of a group, and those of an account are not here."""
    from moto.core.utils import unix_time_millis
    from moto.logs.models import logs_backends
    from moto.moto_api._internal import mock_random

    group = arn.partition(":log-group:")[2].removesuffix(":*")
    backend = logs_backends[account][region]
    if group not in backend.groups:
        raise Undelivered("RESOURCE_NOT_FOUND", f"The specified log group does not exist: {arn}")
    stream = str(mock_random.uuid4())
    backend.create_log_stream(group, stream)
    backend.put_log_events(group, stream, [{"timestamp": unix_time_millis(), "message": text}])
