"""The further actions that AWS wants to be allowed with some operations: to pass a role, and to tag what is made.

To pass a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html. That ECS asks for the roles
of the task definition again: in RunTask https://github.com/aws/serverless-application-model/issues/2247; in
UpdateService, where it names a task definition, https://github.com/keidarcy/e1s/issues/429. CreateService is taken to
do the same.
To tag on creation: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html and
its like of the other services.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.callers.naming import Place, latest_revision
from sandbox.callers.parameters import Given, tags, texts
from sandbox.ecs.conditions import Context

_TASKS = "ecs-tasks.amazonaws.com"
_ECS = "ecs.amazonaws.com"
_CREATES = ("Create", "Register", "Run", "Put", "Allocate", "Authorize", "Start")
_TAGGING: Mapping[str, str] = {
    "application-autoscaling": "TagResource",
    "cloudwatch": "TagResource",
    "dynamodb": "TagResource",
    "ec2": "CreateTags",
    "ecr": "TagResource",
    "ecs": "TagResource",
    "elasticloadbalancing": "AddTags",
    "events": "TagResource",
    "kms": "TagResource",
    "lambda": "TagResource",
    "logs": "TagResource",
    "secretsmanager": "TagResource",
    "servicediscovery": "TagResource",
    "sns": "TagResource",
    "sqs": "TagQueue",
    "ssm": "AddTagsToResource",
}
_TAGGING_OF_IAM = {
    "CreateInstanceProfile": "TagInstanceProfile",
    "CreateOpenIDConnectProvider": "TagOpenIDConnectProvider",
    "CreatePolicy": "TagPolicy",
    "CreateRole": "TagRole",
    "CreateUser": "TagUser",
}
_PASSED = {
    # (service, operation) -> (the parameter with the role's ARN, who gets it)
    ("application-autoscaling", "RegisterScalableTarget"): ("RoleARN", "application-autoscaling.amazonaws.com"),
    ("ec2", "CreateFlowLogs"): ("DeliverLogsPermissionArn", "vpc-flow-logs.amazonaws.com"),
    ("events", "PutRule"): ("RoleArn", "events.amazonaws.com"),
    ("lambda", "CreateFunction"): ("Role", "lambda.amazonaws.com"),
    ("lambda", "UpdateFunctionConfiguration"): ("Role", "lambda.amazonaws.com"),
    ("logs", "PutSubscriptionFilter"): ("roleArn", "logs.amazonaws.com"),
}


@dataclass(frozen=True)
class Implied:
    """An action that is asked for besides the operation's own."""

    action: str
    resources: tuple[str, ...]
    context: Context = field(default_factory=dict)


def implied(service: str, operation: str, given: Given, own: list[str], place: Place) -> Iterator[Implied]:
    """Give what else has to be allowed, first the roles, then the tags.

    Args:
        service: the prefix of its action.
        operation: AWS's name of it.
        given: its parameters.
        own: the resources of the operation itself.
        place: where it was sent to.
    """
    for role, receiver in _roles(service, operation, given, place):
        # A name is one in the caller's own account.
        arn = role if role.startswith("arn:") else f"arn:{place.partition}:iam::{place.account}:role/{role}"
        yield Implied("iam:PassRole", (arn,), {"iam:PassedToService": receiver})
    action = _TAGGING_OF_IAM.get(operation) if service == "iam" else _TAGGING.get(service)
    if action and action != operation and operation.startswith(_CREATES) and tags(given):
        on = _specified(given, place) if service == "ec2" else tuple(own)
        yield Implied(f"{service}:{action}", on, {f"{service}:CreateAction": operation})


def _specified(given: Given, place: Place) -> tuple[str, ...]:
    """Return the types of what EC2 makes and tags; its ids are not known yet."""
    prefix = f"arn:{place.partition}:ec2:{place.region}:{place.account}"
    kinds = (str(each.get("ResourceType") or "") for each in given.get("TagSpecifications") or [])
    return tuple(f"{prefix}:{kind}/*" for kind in kinds if kind)


def _roles(service: str, operation: str, given: Given, place: Place) -> Iterator[tuple[str, str]]:
    found: list[tuple[str | None, str]] = []
    if service == "ecs":
        found = list(_roles_of_ecs(operation, given, place))
    elif (service, operation) == ("events", "PutTargets"):
        targets = (each for each in given.get("Targets") or [] if isinstance(each, Mapping))
        found = [(each.get("RoleArn"), "events.amazonaws.com") for each in targets]
    elif (service, operation) in _PASSED:
        parameter, receiver = _PASSED[service, operation]
        found = [(given.get(parameter), receiver)]
    yield from dict.fromkeys((str(role), receiver) for role, receiver in found if role)


def _roles_of_ecs(operation: str, given: Given, place: Place) -> Iterator[tuple[str | None, str]]:
    if operation == "RegisterTaskDefinition":
        yield from _of_tasks(given)
    elif operation in {"RunTask", "StartTask"}:
        overrides = given.get("overrides") or {}
        known = _task_definition(given, place)
        yield from _of_tasks({**known, **{key: value for key, value in overrides.items() if value}})
    elif operation in {"CreateService", "UpdateService"}:
        yield given.get("role"), _ECS
        # Those of load balancers, volumes and lifecycle hooks are called `roleArn`.
        for parameter in ("loadBalancers", "volumeConfigurations", "deploymentConfiguration"):
            for role in _role_arns(given.get(parameter)):
                yield role, _ECS
        yield from _of_tasks(_task_definition(given, place))


def _of_tasks(given: Given) -> Iterator[tuple[str | None, str]]:
    yield given.get("taskRoleArn"), _TASKS
    yield given.get("executionRoleArn"), _TASKS


def _role_arns(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from texts(each) if key == "roleArn" else _role_arns(each)
    elif isinstance(value, list):
        for each in value:
            yield from _role_arns(each)


def _task_definition(given: Given, place: Place) -> dict[str, Any]:
    """Return the roles of the task definition that a request names, none where there is none."""
    from moto.ecs.models import ecs_backends

    reference = str(given.get("taskDefinition") or "").rpartition("/")[2]
    family, _, number = reference.partition(":")
    number = number or latest_revision(family, place)
    revisions = ecs_backends[place.account][place.region].task_definitions.get(family) or {}
    definition = revisions.get(int(number)) if number.isdigit() else None
    return {
        "taskRoleArn": getattr(definition, "task_role_arn", None),
        "executionRoleArn": getattr(definition, "execution_role_arn", None),
    }
