"""The policies of the roles: who may take them, and what each may do."""

from collections.abc import Mapping, Sequence
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


def trust(surroundings: Surroundings, service: str = "ecs-tasks") -> dict[str, Any]:
    """Return who may take a role: ECS, for tasks (or, as `ecs`, for services) of this account and region alone.

    Without the conditions another account's ECS could be made to use the role: the confused deputy.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": surroundings.account},
                "ArnLike": {"aws:SourceArn": surroundings.arn("ecs", "*")},
            },
        }
    )


@dataclass(frozen=True)
class Start:
    """What ECS needs to start a task: images and their repository where it is named, log group, secrets, their key."""

    images: Sequence[str]
    repository_arn: str | None
    log_group: str
    secrets: Sequence[str]
    secrets_key: str | None


def execution(surroundings: Surroundings, start: Start) -> dict[str, Any]:
    """Return what ECS may do to start a task: pull these images, write to this log group, read these secrets.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    log_streams = surroundings.arn("logs", f"log-group:{start.log_group}:*")
    return document(
        *_pull(surroundings, start),
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log_streams]),
        *_read(start.secrets),
        *_decrypt(surroundings, start),
    )


def _pull(surroundings: Surroundings, start: Start) -> list[dict[str, Any]]:
    parsed = [images.parse(image) for image in start.images]
    repositories = {
        image.ecr_repository.arn(surroundings.partition) for image in parsed if image and image.ecr_repository
    }
    if start.repository_arn:
        repositories.add(start.repository_arn)
    if not repositories:
        return []  # other registries: ECR's permissions would be of no use
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    return [
        allow(pull, sorted(repositories)),
        allow(["ecr:GetAuthorizationToken"], ["*"]),  # this action knows no resource
    ]


def _read(secrets: Sequence[str]) -> list[dict[str, Any]]:
    parameters = sorted({arn for arn in secrets if names.is_parameter(arn)})
    others = sorted({names.secret_resource(arn) for arn in secrets if not names.is_parameter(arn)})
    statements = []
    if others:
        statements.append(allow(["secretsmanager:GetSecretValue"], others))
    if parameters:
        statements.append(allow(["ssm:GetParameters"], parameters))
    return statements


def _decrypt(surroundings: Surroundings, start: Start) -> list[dict[str, Any]]:
    if not start.secrets_key or not start.secrets:
        return []
    # Through the two services only: with the key alone nothing else can be decrypted.
    services = [f"{service}.{surroundings.region}.amazonaws.com" for service in ("secretsmanager", "ssm")]
    return [allow(["kms:Decrypt"], [start.secrets_key], {"StringEquals": {"kms:ViaService": services}})]


def invoke(functions: Sequence[str]) -> dict[str, Any]:
    """Return what ECS may do at the stages of a deployment: call these Lambda functions.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-permissions.html
    """
    return document(allow(["lambda:InvokeFunction"], sorted(set(functions))))


def mount(file_system: str, access_point: str, *, read_only: bool) -> dict[str, Any]:
    """Return the permission to mount a file system through one access point.

    https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
    """
    actions = ["elasticfilesystem:ClientMount"] + ([] if read_only else ["elasticfilesystem:ClientWrite"])
    through = {"StringEquals": {"elasticfilesystem:AccessPointArn": access_point}}
    return allow(actions, [file_system], through)


def allow(
    actions: Sequence[str], resources: Sequence[str], condition: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return a statement that allows actions on resources."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": dict(condition)} if condition else {})


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """Return a policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}
