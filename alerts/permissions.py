"""What the function's role may do: one list, with the reason of each grant; the program makes the policy of it."""

from dataclasses import dataclass
from enum import StrEnum


class On(StrEnum):
    """On what a grant holds."""

    EVERYTHING = "*"
    """Reads of whatever service an event names; most of these actions know no narrower resource."""
    TABLE = "table"
    SECRET = "secret"  # noqa: S105 - a kind of resource
    TOPIC = "topic"
    QUEUE = "queue"
    """The queue that the function is behind."""


@dataclass(frozen=True)
class Grant:
    """Actions that are allowed on one kind of resource, and what they are for."""

    actions: tuple[str, ...]
    on: On
    why: str


GRANTS = (
    Grant(
        (
            *("ecs:DescribeServices", "ecs:ListTasks", "ecs:DescribeTasks", "ecs:ListServiceDeployments"),
            *("ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:DescribeTaskDefinition"),
            *("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"),
            "logs:GetLogEvents",
        ),
        On.EVERYTHING,
        "a look at the service that an event is about",
    ),
    Grant(
        (
            *("ecr:BatchGetImage", "secretsmanager:DescribeSecret", "ssm:DescribeParameters"),
            *("iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy"),
            *("iam:GetPolicy", "iam:GetPolicyVersion", "cloudwatch:DescribeAlarms"),
            *("ec2:DescribeSubnets", "ec2:DescribeRouteTables", "ec2:DescribeNatGateways"),
            *("ec2:DescribeVpcEndpoints", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcAttribute"),
            "elasticloadbalancing:DescribeLoadBalancers",
        ),
        On.EVERYTHING,
        "what stands around a deployment, once it can explain something",
    ),
    Grant(("ecs:ListTagsForResource",), On.EVERYTHING, "the tag that names the environment"),
    Grant(
        ("dynamodb:BatchGetItem", "dynamodb:UpdateItem"),
        On.TABLE,
        "stories, alerts and what was sent; a transaction of updates needs UpdateItem alone",
    ),
    Grant(("secretsmanager:GetSecretValue",), On.SECRET, "the webhook's address, or the bot's token"),
    Grant(("sns:Publish",), On.TOPIC, "alerts to the topic"),
    Grant(
        ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        On.QUEUE,
        "Lambda's own poller takes the messages with the function's role",
    ),
    Grant(
        ("sqs:ChangeMessageVisibility",),
        On.QUEUE,
        "a message comes again when a webhook said so, or when others that fail alike were waited for",
    ),
)
"""The log of the function itself is not here: it is granted on its own log group by whoever makes that.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html (the poller's actions) and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html (transactions)
"""


def actions_on(*kinds: On) -> list[str]:
    """Return the actions that are granted on kinds of resources, each once, sorted."""
    return sorted({action for grant in GRANTS if grant.on in kinds for action in grant.actions})
