"""The two roles of a task: one that ECS takes to start it, one that the program in it takes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Output

from . import policies
from .settings import Settings

_LONGEST_PREFIX = 38  # IAM's 64 characters, without the 26 that the provider appends


@dataclass(frozen=True)
class Roles:
    """The roles, and the policy without which no task starts."""

    execution: aws.iam.Role
    task: aws.iam.Role
    execution_policy: aws.iam.RolePolicy


def make(
    name: str, settings: Settings, surroundings: Output[policies.Surroundings], opts: pulumi.ResourceOptions
) -> Roles:
    """Make both roles. They are two, so that the program can read neither other secrets nor the registry."""
    trust = surroundings.apply(lambda known: _to_json(policies.trust(known)))

    def role(suffix: str, description: str) -> aws.iam.Role:
        return aws.iam.Role(
            f"{name}-{suffix}-role",
            name_prefix=_prefix(settings.service_name, suffix),
            description=f"{description} of the ECS service {settings.service_name}",
            assume_role_policy=trust,
            tags=settings.tags,
            opts=opts,
        )

    execution = role("execution", "Starts the tasks")
    policy = aws.iam.RolePolicy(
        f"{name}-execution-policy",
        name="start-tasks",
        role=execution.id,
        policy=_execution_policy(settings, surroundings),
        opts=opts,
    )
    return Roles(execution, role("task", "Is taken by the program in the tasks"), policy)


def _prefix(service_name: str, suffix: str) -> str:
    return f"{service_name[: _LONGEST_PREFIX - len(suffix) - 2]}-{suffix}-"


def _execution_policy(settings: Settings, surroundings: Output[policies.Surroundings]) -> Output[str]:
    def document(known: Mapping[str, Any]) -> str:
        secrets = list(known["secrets"].values())
        return _to_json(policies.execution(known["surroundings"], known["image"], settings.log_group_name, secrets))

    inputs = Output.all(surroundings=surroundings, image=settings.image, secrets=settings.secrets)
    return inputs.apply(document)


def _to_json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True)
