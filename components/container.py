"""The containers as ECS gets them: definitions, hardened, the same for the same arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

APP = "app"
"""The name of the application's container."""


@dataclass(frozen=True)
class Container:
    """What a team chooses about a container; everything else is fixed below. Missing values are ECS's own."""

    name: str
    image: str
    container_port: int | None = None
    essential: bool = True
    cpu: int | None = None
    memory: int | None = None
    command: Sequence[str] | None = None
    entry_point: Sequence[str] | None = None
    working_directory: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    user: str = "1000:1000"
    writable_paths: Sequence[str] = ()
    stop_timeout: int = 60
    start_timeout: int | None = None
    init_process_enabled: bool = True
    restart_policy: Mapping[str, Any] | None = None
    health_check: Mapping[str, Any] | None = None
    ulimits: Sequence[Mapping[str, Any]] = ()
    depends_on: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class Mount:
    """A volume of the task in a container."""

    container: str
    volume: str
    path: str
    read_only: bool = False


@dataclass(frozen=True)
class Logs:
    """Where a container's output goes."""

    group: str
    region: str
    max_buffer_size: str = "25m"


def volume_name(container: str, path: str) -> str:
    """Return the name of the volume that makes a directory writable: `/var/run` of the application is on `var-run`.

    Each container has volumes of its own: a sidecar cannot change the application's files.
    """
    name = "-".join(part.replace(".", "_") for part in path.strip("/").split("/"))
    return name if container == APP else f"{container}-{name}"


def writable(containers: Sequence[Mapping[str, Any]]) -> list[Mount]:
    """Return the mounts that make directories writable, sorted by volume."""
    mounts = [
        Mount(container["name"], volume_name(container["name"], path), path)
        for container in containers
        for path in container["writable_paths"]
    ]
    return sorted(mounts, key=lambda mount: mount.volume)


def definition(container: Container, logs: Logs, mounts: Sequence[Mount] = (), port_name: str = "") -> dict[str, Any]:
    """Return an entry of `containerDefinitions`, in the words of RegisterTaskDefinition.

    Lists are sorted by name, so that the same arguments always give the same revision. `port_name` is what Service
    Connect knows the container's port by.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    """
    return {
        "name": container.name,
        "image": container.image,
        "essential": container.essential,
        # A tag is resolved to a digest once a deployment: pushed again, it cannot mix two images in one revision.
        "versionConsistency": "enabled",
        "portMappings": _ports(container, port_name),
        "environment": [{"name": name, "value": value} for name, value in sorted(container.environment.items())],
        # Only the ARN is in the task definition, never the value: whoever may describe it does not get the secret.
        "secrets": [{"name": name, "valueFrom": arn} for name, arn in sorted(container.secrets.items())],
        # The image's own USER may be root, and nothing in the task definition would show it.
        "user": container.user,
        "privileged": False,
        # An intruder cannot leave programs behind or change the ones that run.
        "readonlyRootFilesystem": True,
        "mountPoints": [
            {"sourceVolume": mount.volume, "containerPath": mount.path, "readOnly": mount.read_only}
            for mount in sorted(mounts, key=lambda mount: mount.path)
            if mount.container == container.name
        ],
        "linuxParameters": {
            # No raw sockets, no change of owner or user, nothing that only root needs.
            "capabilities": {"drop": ["ALL"]},
            # Signals reach the program, and its dead children are collected, although it is not written as process 1.
            "initProcessEnabled": container.init_process_enabled,
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
        **_chosen(container),
    }


def _ports(container: Container, port_name: str) -> list[dict[str, Any]]:
    if not container.container_port:
        return []
    port: dict[str, Any] = {"containerPort": container.container_port, "protocol": "tcp"}
    return [port | {"name": port_name, "appProtocol": "http"} if port_name else port]


def _chosen(container: Container) -> dict[str, Any]:
    """Return the parts that are there only where the team gives them."""
    parts = {
        "cpu": container.cpu,
        "memory": container.memory,
        "command": container.command,
        "entryPoint": container.entry_point,
        "workingDirectory": container.working_directory,
        "startTimeout": container.start_timeout,
        "restartPolicy": _restart_policy(container.restart_policy),
        "healthCheck": _health_check(container.health_check),
        "ulimits": [
            {"name": limit["name"], "softLimit": limit["soft_limit"], "hardLimit": limit["hard_limit"]}
            for limit in container.ulimits
        ],
        "dependsOn": [
            {"containerName": other["container_name"], "condition": other["condition"]}
            for other in sorted(container.depends_on, key=lambda other: other["container_name"])
        ],
    }
    return {key: value for key, value in parts.items() if value not in (None, [])}


def _restart_policy(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    ignored = given["ignored_exit_codes"]
    policy = {"enabled": True, "restartAttemptPeriod": given["restart_attempt_period"]}
    return policy | ({"ignoredExitCodes": ignored} if ignored else {})


def _health_check(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    return {
        "command": given["command"],
        "interval": given["interval"],
        "timeout": given["timeout"],
        "retries": given["retries"],
        "startPeriod": given["start_period"],
    }
