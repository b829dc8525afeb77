"""The policies of what is told of events: topic, queue of what could not be delivered, and their key.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

from collections.abc import Sequence
from typing import Any

from .policies import Surroundings, document


def topic(surroundings: Surroundings, topic_arn: str, rule_arns: Sequence[str]) -> dict[str, Any]:
    """Return who may publish: these rules, and alarms of this account; nobody without TLS."""
    publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic_arn}
    return document(
        publish
        | {
            "Sid": "Events",
            "Principal": {"Service": "events.amazonaws.com"},
            "Condition": {"ArnEquals": {"aws:SourceArn": list(rule_arns)}},
        },
        publish
        | {
            "Sid": "Alarms",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Condition": {
                "StringEquals": {"aws:SourceAccount": surroundings.account},
                "ArnLike": {"aws:SourceArn": surroundings.arn("cloudwatch", "alarm:*")},
            },
        },
        _only_with_tls("sns:Publish", topic_arn),
    )


def queue(queue_arn: str, rule_arns: Sequence[str]) -> dict[str, Any]:
    """Return who may send to the queue of undelivered events: these rules; nobody without TLS."""
    return document(
        {
            "Sid": "Events",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": list(rule_arns)}},
        },
        _only_with_tls("sqs:*", queue_arn),
    )


def key(surroundings: Surroundings, log_group: str) -> dict[str, Any]:
    """Return who may use the key: whom the account's policies allow, CloudWatch Logs for one group, the publishers.

    EventBridge sends no source with its calls to KMS: a condition on one would drop every notification silently.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    use: dict[str, Any] = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*"}
    logs = {
        "ArnEquals": {"kms:EncryptionContext:aws:logs:arn": surroundings.arn("logs", f"log-group:{log_group}")},
    }
    return document(
        {
            "Sid": "Account",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{surroundings.partition}:iam::{surroundings.account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "Logs",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{surroundings.region}.amazonaws.com"},
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": logs,
        },
        use | {"Sid": "Events", "Principal": {"Service": "events.amazonaws.com"}},
        use
        | {
            "Sid": "Alarms",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:SourceAccount": surroundings.account}},
        },
    )


def _only_with_tls(action: str, resource: str) -> dict[str, Any]:
    return {
        "Sid": "OnlyWithTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
