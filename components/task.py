"""The task definition: the hardened container, its size and its roles."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from .container import Container, Logs, definition, volume_name
from .reading import when_known
from .roles import Roles
from .settings import Settings

CONTAINER_NAME = "app"


def make(
    name: str, settings: Settings, roles: Roles, region: Input[str], opts: pulumi.ResourceOptions
) -> aws.ecs.TaskDefinition:
    """Make the task definition. Every change makes a new revision of the one family, and the old ones stay."""
    return aws.ecs.TaskDefinition(
        f"{name}-task-definition",
        # One family for good: a history to look at, and a revision to go back to.
        family=settings.service_name,
        # A revision that is deregistered cannot be rolled back to.
        skip_destroy=True,
        # The revision that runs is the one that this stack made, not the latest that anyone made.
        track_latest=False,
        requires_compatibilities=["FARGATE"],
        network_mode="awsvpc",
        cpu=when_known(_text, number=settings.cpu),
        memory=when_known(_text, number=settings.memory),
        runtime_platform={"operating_system_family": "LINUX", "cpu_architecture": settings.cpu_architecture},
        execution_role_arn=roles.execution.arn,
        task_role_arn=roles.task.arn,
        # Faults injected from inside a task are for experiments.
        enable_fault_injection=False,
        volumes=[{"name": volume_name(path)} for path in sorted(settings.writable_paths)],
        container_definitions=container_definitions(settings, region),
        tags=settings.tags,
        opts=opts,
    )


def container_definitions(settings: Settings, region: Input[str]) -> Input[str]:
    """Return the JSON of the container definitions.

    It is text as soon as its parts are; only a part that is an output makes it one. Keys are sorted, so that the same
    arguments give the same text.
    """

    def document(region: str, **values: Any) -> str:
        container = Container(name=CONTAINER_NAME, writable_paths=settings.writable_paths, **values["container"])
        logs = Logs(settings.log_group_name, region, values["max_buffer_size"])
        return json.dumps([definition(container, logs)], sort_keys=True)

    container: Mapping[str, Any] = {
        "image": settings.image,
        "port": settings.container_port,
        "environment": settings.environment,
        "secrets": settings.secrets,
        "user": settings.user,
        "stop_timeout": settings.stop_timeout,
    }
    return when_known(document, region=region, container=container, max_buffer_size=settings.log_max_buffer_size)


def image_digest(settings: Settings) -> Output[str | None]:
    """Return the digest in the image's reference, or nothing where it names a tag."""
    reference = Output.from_input(settings.image)
    return reference.apply(lambda text: text.partition("@")[2] or None)


def _text(number: int) -> str:
    return str(number)
