"""What the function's role may do, and on what: one list, of which its policy is made."""

from collections.abc import Mapping
from enum import StrEnum


class On(StrEnum):
    """What an action is allowed on."""

    ANY = "any"
    """Whatever the account has: whose deployment fails is not known before."""
    QUEUE = "queue"
    TABLE = "table"
    LOG = "log"
    SECRET = "secret"  # noqa: S105 - the word, not one
    TOPIC = "topic"


ACTIONS: Mapping[On, tuple[str, ...]] = {
    # Lambda takes and deletes messages with the function's role; the last is the function's own, to put one off.
    On.QUEUE: ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"),
    # Of a transaction each write is asked for by itself: TransactWriteItems has no action of its own.
    On.TABLE: ("dynamodb:BatchGetItem", "dynamodb:UpdateItem"),
    On.LOG: ("logs:CreateLogStream", "logs:PutLogEvents"),
    On.SECRET: ("secretsmanager:GetSecretValue",),
    On.TOPIC: ("sns:Publish",),
    On.ANY: (
        # What a diagnosis reads: the same as in docs/iam.md for `watch`.
        *("ecs:DescribeServices", "ecs:ListTasks", "ecs:DescribeTasks", "ecs:DescribeTaskDefinition"),
        *("ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions"),
        *("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"),
        *("elasticloadbalancing:DescribeLoadBalancers", "cloudwatch:DescribeAlarms", "logs:GetLogEvents"),
        *("ecr:BatchGetImage", "secretsmanager:DescribeSecret", "ssm:DescribeParameters"),
        *("iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy"),
        *("iam:GetPolicy", "iam:GetPolicyVersion"),
        *("ec2:DescribeSubnets", "ec2:DescribeRouteTables", "ec2:DescribeNatGateways", "ec2:DescribeVpcEndpoints"),
        *("ec2:DescribeSecurityGroups", "ec2:DescribeVpcAttribute"),
        # And the tags that name an environment.
        "ecs:ListTagsForResource",
    ),
}
"""The actions by what they are allowed on."""
