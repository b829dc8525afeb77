"""The roles: one that ECS takes to start a task, one that the program takes, one for deployments that move requests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from . import exec_command, policies
from .settings import Settings

_LONGEST_PREFIX = 38  # IAM's 64 characters, without the 26 that the provider appends
_LOAD_BALANCERS = "AmazonECSInfrastructureRolePolicyForLoadBalancers"


@dataclass(frozen=True)
class Roles:
    """The roles' ARNs, and the policies without which no task starts or no deployment moves on."""

    execution_arn: Input[str]
    task_arn: Input[str]
    infrastructure_arn: Input[str] | None
    policies: list[pulumi.Resource]


class _Maker:
    """Makes roles and policies of one service."""

    def __init__(
        self, name: str, settings: Settings, surroundings: Output[policies.Surroundings], opts: pulumi.ResourceOptions
    ) -> None:
        self._name = name
        self._settings = settings
        self._surroundings = surroundings
        self._opts = opts
        self.policies: list[pulumi.Resource] = []

    def role(self, suffix: str, description: str, service: str = "ecs-tasks") -> aws.iam.Role:
        """Make a role that only ECS takes, for this account and region."""
        return aws.iam.Role(
            f"{self._name}-{suffix}-role",
            name_prefix=_prefix(self._settings.service_name, suffix),
            description=f"{description} of the ECS service {self._settings.service_name}",
            assume_role_policy=self._surroundings.apply(lambda known: _to_json(policies.trust(known, service))),
            permissions_boundary=self._settings.permissions_boundary_arn,
            tags=self._settings.tags,
            opts=self._opts,
        )

    def policy(self, suffix: str, name: str, role: aws.iam.Role, text: Input[str]) -> None:
        """Give a role a policy of its own."""
        self.policies.append(
            aws.iam.RolePolicy(f"{self._name}-{suffix}-policy", name=name, role=role.id, policy=text, opts=self._opts)
        )

    def attachment(self, suffix: str, policy: str, role: aws.iam.Role) -> None:
        """Give a role a policy that AWS keeps."""
        arn = self._surroundings.apply(lambda known: f"arn:{known.partition}:iam::aws:policy/{policy}")
        self.policies.append(
            aws.iam.RolePolicyAttachment(
                f"{self._name}-{suffix}-policy", role=role.name, policy_arn=arn, opts=self._opts
            )
        )


def make(
    name: str, settings: Settings, surroundings: Output[policies.Surroundings], opts: pulumi.ResourceOptions
) -> Roles:
    """Make the roles that are not given. They are two, so that the program reads neither other secrets nor images."""
    maker = _Maker(name, settings, surroundings, opts)
    return Roles(
        settings.execution_role_arn or _execution(maker, settings, surroundings),
        settings.task_role_arn or _task(maker, settings),
        _infrastructure(maker, settings) if settings.deployment.shifts_traffic or _functions(settings) else None,
        maker.policies,
    )


def _prefix(service_name: str, suffix: str) -> str:
    return f"{service_name[: _LONGEST_PREFIX - len(suffix) - 2]}-{suffix}-"


def _execution(maker: _Maker, settings: Settings, surroundings: Output[policies.Surroundings]) -> Input[str]:
    def document(known: Mapping[str, Any]) -> str:
        start = policies.Start(
            images=known["images"],
            repository_arn=known["repository"],
            log_group=settings.log_group_name,
            secrets=[arn for secrets in known["secrets"] for arn in secrets.values()],
            secrets_key=known["key"],
        )
        return _to_json(policies.execution(known["surroundings"], start))

    inputs = Output.all(
        surroundings=surroundings,
        images=[container["image"] for container in settings.containers],
        repository=settings.image_repository_arn,
        secrets=[container["secrets"] for container in settings.containers],
        key=settings.secrets_kms_key_arn,
    )
    role = maker.role("execution", "Starts the tasks")
    maker.policy("execution", "start-tasks", role, inputs.apply(document))
    return role.arn


def _task(maker: _Maker, settings: Settings) -> Input[str]:
    role = maker.role("task", "Is taken by the program in the tasks")
    volumes = [
        {"file_system": volume.file_system_arn, "access_point": volume.access_point_arn, "read_only": volume.read_only}
        for volume in settings.efs_volumes
    ]

    def document(known: Mapping[str, Any]) -> str:
        given = [policies.allow(each["actions"], each["resources"], each["conditions"]) for each in known["given"]]
        mounts = [policies.mount(**volume) for volume in known["volumes"]]
        shell = [policies.allow(exec_command.ACTIONS, ["*"])] if settings.enable_execute_command else []
        return _to_json(policies.document(*given, *mounts, *shell))

    if settings.task_role_policy_statements or volumes or settings.enable_execute_command:
        inputs = Output.all(given=settings.task_role_policy_statements, volumes=volumes)
        maker.policy("task", "run", role, inputs.apply(document))
    return role.arn


def _functions(settings: Settings) -> list[Input[str]]:
    return [hook.hook_target_arn for hook in settings.deployment.lifecycle_hooks if hook.hook_target_arn is not None]


def _infrastructure(maker: _Maker, settings: Settings) -> Input[str]:
    """Make the role with which ECS moves requests between target groups, and calls functions at a deployment's stages.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
    """
    role = maker.role("infrastructure", "Moves the requests", service="ecs")
    if settings.deployment.shifts_traffic:
        maker.attachment("infrastructure", _LOAD_BALANCERS, role)
    if functions := _functions(settings):
        called = Output.all(*functions).apply(lambda arns: _to_json(policies.invoke(arns)))
        maker.policy("hooks", "call-hooks", role, called)
    return role.arn


def _to_json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True)
