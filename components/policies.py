"""The policies of the two roles of a task: who may take them, and what the execution role may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import images, names


@dataclass(frozen=True)
class Surroundings:
    """Where the stack is deployed: partition (`aws`, `aws-us-gov`, …), region and account."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN of this partition, region and account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


def trust(surroundings: Surroundings) -> dict[str, Any]:
    """Return who may take the roles: ECS, for tasks of this account and region alone.

    Without the conditions another account's ECS could be made to use the role: the confused deputy.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    return _document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": surroundings.account},
                "ArnLike": {"aws:SourceArn": surroundings.arn("ecs", "*")},
            },
        }
    )


def execution(surroundings: Surroundings, image: str, log_group: str, secrets: Sequence[str]) -> dict[str, Any]:
    """Return what ECS may do to start a task: pull this image, write to this log group, read these secrets.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    log_streams = surroundings.arn("logs", f"log-group:{log_group}:*")
    return _document(
        *_pull(surroundings, image),
        _allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log_streams]),
        *_read(secrets),
    )


def _pull(surroundings: Surroundings, image: str) -> list[dict[str, Any]]:
    parsed = images.parse(image)
    repository = parsed.ecr_repository if parsed else None
    if repository is None:
        return []  # another registry: ECR's permissions would be of no use
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    return [
        _allow(pull, [repository.arn(surroundings.partition)]),
        _allow(["ecr:GetAuthorizationToken"], ["*"]),  # this action knows no resource
    ]


def _read(secrets: Sequence[str]) -> list[dict[str, Any]]:
    parameters = sorted({arn for arn in secrets if names.is_parameter(arn)})
    others = sorted({names.secret_resource(arn) for arn in secrets if not names.is_parameter(arn)})
    statements = []
    if others:
        statements.append(_allow(["secretsmanager:GetSecretValue"], others))
    if parameters:
        statements.append(_allow(["ssm:GetParameters"], parameters))
    return statements


def _allow(actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
