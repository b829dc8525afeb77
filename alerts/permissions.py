"""What the function's role may do, and on what: one list."""

from collections.abc import Mapping
from enum import StrEnum


class On(StrEnum):
    """What an action is allowed on."""

    ANY = "any"
    QUEUE = "queue"
    TABLE = "table"
    LOG = "log"
    SECRET = "secret"  # noqa: S105 - the word, not one
    TOPIC = "topic"


ACTIONS: Mapping[On, tuple[str, ...]] = {
    On.QUEUE: ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"),
    On.TABLE: ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
    On.LOG: ("logs:CreateLogStream", "logs:PutLogEvents"),
    On.SECRET: ("secretsmanager:GetSecretValue",),
    On.TOPIC: ("sns:Publish",),
    On.ANY: (
        *("ecs:DescribeServices", "ecs:ListTasks", "ecs:DescribeTasks", "ecs:DescribeTaskDefinition"),
        *("ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions"),
    ),
}
