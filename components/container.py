"""The container as ECS gets it: one definition, hardened, the same for the same arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Container:
    """What a team chooses about a container; everything else is fixed below."""

    name: str
    image: str
    port: int | None
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    user: str = "1000:1000"
    writable_paths: Sequence[str] = ("/tmp",)  # noqa: S108 - a path inside the container, on a volume of its own
    stop_timeout: int = 60


@dataclass(frozen=True)
class Logs:
    """Where a container's output goes."""

    group: str
    region: str
    max_buffer_size: str = "25m"


def volume_name(path: str) -> str:
    """Return the name of the volume that makes a directory writable: `/var/run` is on `var-run`."""
    return "-".join(part.replace(".", "_") for part in path.strip("/").split("/"))


def definition(container: Container, logs: Logs) -> dict[str, Any]:
    """Return an entry of `containerDefinitions`, in the words of RegisterTaskDefinition.

    Lists are sorted by name, so that the same arguments always give the same revision.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    """
    return {
        "name": container.name,
        "image": container.image,
        "essential": True,
        # A tag is resolved to a digest once a deployment: pushed again, it cannot mix two images in one revision.
        "versionConsistency": "enabled",
        "portMappings": [{"containerPort": container.port, "protocol": "tcp"}] if container.port else [],
        "environment": [{"name": name, "value": value} for name, value in sorted(container.environment.items())],
        # Only the ARN is in the task definition, never the value: whoever may describe it does not get the secret.
        "secrets": [{"name": name, "valueFrom": arn} for name, arn in sorted(container.secrets.items())],
        # The image's own USER may be root, and nothing in the task definition would show it.
        "user": container.user,
        "privileged": False,
        # An intruder cannot leave programs behind or change the ones that run.
        "readonlyRootFilesystem": True,
        "mountPoints": [
            {"sourceVolume": volume_name(path), "containerPath": path, "readOnly": False}
            for path in sorted(container.writable_paths)
        ],
        "linuxParameters": {
            # No raw sockets, no change of owner or user, nothing that only root needs.
            "capabilities": {"drop": ["ALL"]},
            # Signals reach the program, and its dead children are collected, although it is not written as process 1.
            "initProcessEnabled": True,
        },
        # Longer than the deregistration delay: requests in flight end before the program is killed.
        "stopTimeout": container.stop_timeout,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": logs.group,
                "awslogs-region": logs.region,
                "awslogs-stream-prefix": container.name,
                # A CloudWatch that is slow or away must not block the program's standard output.
                "mode": "non-blocking",
                "max-buffer-size": logs.max_buffer_size,
            },
        },
    }
