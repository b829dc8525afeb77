"""The task definition: the hardened containers, their volumes, size and roles."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from . import exec_command, immutability
from .container import APP, Container, Logs, Mount, definition, writable
from .given.access import EfsVolume
from .names import last_part
from .reading import when_known
from .roles import Roles
from .settings import Settings


def make(
    name: str,
    settings: Settings,
    roles: Roles,
    region: Input[str],
    opts: pulumi.ResourceOptions,
    invoke: pulumi.InvokeOutputOptions,
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
        ephemeral_storage={"size_in_gib": settings.ephemeral_storage_gib} if settings.ephemeral_storage_gib else None,
        execution_role_arn=roles.execution_arn,
        task_role_arn=roles.task_arn,
        # Faults injected from inside a task are for experiments.
        enable_fault_injection=False,
        volumes=_volumes(settings),
        container_definitions=container_definitions(settings, _proven(name, settings, invoke), region),
        tags=settings.tags,
        region=settings.region,
        opts=opts,
    )


def _proven(name: str, settings: Settings, invoke: pulumi.InvokeOutputOptions) -> list[Input[str]]:
    """Return the containers' images, none of which can be moved."""
    proofs = []
    for index, container in enumerate(settings.containers):
        path = "image" if index == 0 else f"sidecars[{index - 1}].image"
        repository = settings.image_repository_arn if index == 0 else None
        proofs.append(immutability.proven(name, path, container["image"], repository, invoke))
    return proofs


def mounts(settings: Settings) -> list[Mount]:
    """Return where each volume of the task is in a container."""
    shells = exec_command.mounts(settings.containers) if settings.enable_execute_command else []
    shared = [
        Mount(volume.container_name, volume.name, volume.container_path, volume.read_only)
        for volume in settings.efs_volumes
    ]
    return [*writable(settings.containers), *shells, *shared]


def _volumes(settings: Settings) -> list[Input[aws.ecs.TaskDefinitionVolumeArgsDict]]:
    """Return the volumes: an empty one for each writable directory, then those on EFS."""
    shared = {volume.name for volume in settings.efs_volumes}
    volumes: list[Input[aws.ecs.TaskDefinitionVolumeArgsDict]] = [
        {"name": mount.volume} for mount in mounts(settings) if mount.volume not in shared
    ]
    return volumes + [_on_efs(volume) for volume in settings.efs_volumes]


def _on_efs(volume: EfsVolume) -> aws.ecs.TaskDefinitionVolumeArgsDict:
    return {
        "name": volume.name,
        "efs_volume_configuration": {
            "file_system_id": when_known(last_part, arn=volume.file_system_arn),
            # Nobody in the network reads along.
            "transit_encryption": "ENABLED",
            # The task's role decides, and the access point fixes directory and user.
            "authorization_config": {
                "access_point_id": when_known(last_part, arn=volume.access_point_arn),
                "iam": "ENABLED",
            },
        },
    }


def container_definitions(settings: Settings, proven_images: list[Input[str]], region: Input[str]) -> Input[str]:
    """Return the JSON of the container definitions.

    It is text as soon as its parts are; only a part that is an output makes it one. Keys are sorted, so that the same
    arguments give the same text.
    """
    mounted = mounts(settings)
    port_name = APP if settings.service_connect and settings.container_port else ""

    def document(region: str, containers: list[dict[str, Any]], max_buffer_size: str) -> str:
        logs = Logs(settings.log_group_name, region, max_buffer_size)
        definitions = [
            definition(container, logs, mounted, port_name if container.name == APP else "")
            for container in (Container(**values) for values in containers)
        ]
        return json.dumps(definitions, sort_keys=True)

    containers = [
        {**container, "image": image} for container, image in zip(settings.containers, proven_images, strict=True)
    ]
    return when_known(document, region=region, containers=containers, max_buffer_size=settings.log_max_buffer_size)


def image_digest(settings: Settings) -> Output[str | None]:
    """Return the digest in the image's reference, or nothing where it names a tag."""
    reference = Output.from_input(settings.image)
    return reference.apply(lambda text: text.partition("@")[2] or None)


def _text(number: int) -> str:
    return str(number)
