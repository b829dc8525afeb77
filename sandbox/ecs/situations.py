"""What a container's process finds where it runs: read from its task definition, its task and the other services."""

import json
import posixpath
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.ecs.env_files import env_file_values
from sandbox.ecs.model import Container, Task
from sandbox.hosts import Hosts, Reach
from sandbox.needs import CallsAws, Mount, Situation

OPEN_FILES = 65535
"""https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Ulimit.html: Fargate's default of `nofile`."""
STORAGE_GIB = 20
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html: where no size is given."""
_MIB_IN_GIB = 1024
_SECRET_PARTS = 7
_CANNOT_START = (
    "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to "
    "create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "
    '"{program}": {problem}: unknown'
)
# The words before `exec:` are those of https://github.com/aws/amazon-ecs-agent/issues/3526 (Fargate), those after it
# runc's own: https://github.com/opencontainers/runc/blob/main/libcontainer/standard_init_linux.go (exec.LookPath).
_SHELL = {"dash": "/bin/sh: 1: {program}: not found", "busybox": "/bin/sh: {program}: not found"}
_SHELLS = {"sh", "/bin/sh"}
NOT_FOUND = 127


class Situations:
    """Makes the situation of each process.

    Args:
        account: the account's id.
        region: the region's name.
        hosts: the hosts outside.
        aws: decides about the calls of AWS that programs make.
    """

    def __init__(self, account: str, region: str, hosts: Hosts, aws: CallsAws) -> None:
        self._account = account
        self._region = region
        self._hosts = hosts
        self.aws = aws

    def of(self, task: Task, container: Container) -> Situation:
        """Return the situation of a container's process."""
        definition, task_definition = container.definition, task.revision.task_definition
        limit = definition.get("memory") or task_definition.memory
        storage = (task_definition.ephemeral_storage or {}).get("sizeInGiB", STORAGE_GIB)
        image_mib = sum(each.program.size_mib for each in task.containers if each.program)
        return Situation(
            environment=self._environment(task, container),
            memory_mib=int(limit) if limit else None,
            # The images' layers lie on the same storage (documented, fargate-task-storage).
            disk_mib=int(storage) * _MIB_IN_GIB - image_mib,
            open_files=_soft_limit(definition),
            user=_user(container),
            readonly_root=bool(definition.get("readonlyRootFilesystem")),
            mounts=tuple(_mounts(container)),
            reach=self._reach(task, container),
            aws=self.aws,
            # moto leaves the attribute out where there is no role.
            role_arn=task.overrides.get("taskRoleArn") or getattr(task_definition, "task_role_arn", None),
        )

    def _environment(self, task: Task, container: Container) -> dict[str, str]:
        given = container.definition
        values = env_file_values(self._account, given)
        values |= {each["name"]: str(each.get("value", "")) for each in given.get("environment") or []}
        for secret in given.get("secrets") or []:
            values[secret["name"]] = self._secret(secret["valueFrom"])
        for override in task.overrides.get("containerOverrides") or []:
            if override.get("name") == container.name:
                values.update({each["name"]: str(each.get("value", "")) for each in override.get("environment") or []})
        return values

    def _secret(self, value_from: str) -> str:
        """Return a secret's value: it was there when the task was prepared; empty where it has gone since."""
        from moto.secretsmanager.models import secretsmanager_backends
        from moto.ssm.models import ssm_backends

        region = value_from.split(":")[3] if value_from.startswith("arn:") else self._region
        if ":secretsmanager:" not in value_from:
            name = value_from.partition(":parameter")[2] or value_from
            store = ssm_backends[self._account][region]
            parameter = store.get_parameter(value_from) or store.get_parameter(name)
            return str(parameter.response_object(decrypt=True)["Value"]) if parameter else ""
        # arn:aws:secretsmanager:region:account:secret:name[:json-key[:version-stage[:version-id]]]
        parts = value_from.split(":")
        arn, key = ":".join(parts[:_SECRET_PARTS]), (parts[_SECRET_PARTS] if len(parts) > _SECRET_PARTS else "")
        secret = secretsmanager_backends[self._account][region].secrets.get(arn)
        version = secret.versions.get(secret.default_version_id) or {} if secret else {}
        text = str(version.get("secret_string", ""))
        return _of_key(text, key) if key else text

    def _reach(self, task: Task, container: Container) -> Callable[[str, int], Reach]:
        def reach(host: str, port: int) -> Reach:
            if host.lower() in {"localhost", "127.0.0.1", "::1"}:
                # The containers of a task share one network namespace (documented, awsvpc).
                others = [each.process for each in task.containers if each is not container and each.runs]
                there = any(process and process.listens_on(port) for process in others)
                return Reach.CONNECTED if there else Reach.REFUSED
            return self._hosts.reach(host, port)

        return reach


def start_problem(container: Container) -> str | None:
    """Return why a container's process cannot be started, in Fargate's words; None where it can."""
    image, argv = container.program, _argv(container)
    if image is None or not argv:
        return None
    program = argv[0]
    if program in image.not_executable:
        return _CANNOT_START.format(program=program, problem="permission denied")
    if program in _SHELLS and image.shell == "none":
        problem = f"stat {program}: no such file or directory" if "/" in program else _NOT_IN_PATH
        return _CANNOT_START.format(program=program, problem=problem)
    if image.has(program) or program in _SHELLS:
        return None
    problem = f"stat {program}: no such file or directory" if program.startswith("/") else _NOT_IN_PATH
    return _CANNOT_START.format(program=program, problem=problem)


_NOT_IN_PATH = "executable file not found in $PATH"


def shell_problem(container: Container) -> str | None:
    """Return what the shell says when it is to run a program that is not in the image; None where it does not."""
    image, argv = container.program, _argv(container)
    if image is None or len(argv) < 3 or argv[0] not in _SHELLS or argv[1] != "-c" or not argv[2].split():  # noqa: PLR2004
        return None
    program = argv[2].split()[0]
    return None if image.has(program) or image.shell == "none" else _SHELL[image.shell].format(program=program)


def _argv(container: Container) -> list[str]:
    """Return what is started: the definition's entry point drops the image's command, as Docker's does."""
    image, definition = container.program, container.definition
    entrypoint = list(definition.get("entryPoint") or [])
    if not entrypoint and image:
        entrypoint = list(image.entrypoint)
    command = list(definition.get("command") or [])
    if not command and not definition.get("entryPoint") and image:
        command = list(image.command)
    return [*entrypoint, *command]


def _user(container: Container) -> int:
    """Return the user id; a name other than root's is somebody who is not root."""
    given = str(container.definition.get("user") or "").partition(":")[0]
    if not given:
        return container.program.user if container.program else 0
    if given.isdecimal():
        return int(given)
    return 0 if given == "root" else 1000


def _soft_limit(definition: dict[str, Any]) -> int:
    limits = definition.get("ulimits") or []
    return next((int(each["softLimit"]) for each in limits if each.get("name") == "nofile"), OPEN_FILES)


def _mounts(container: Container) -> Iterator[Mount]:
    owners = container.program.volumes if container.program else {}
    for each in container.definition.get("mountPoints") or []:
        path = posixpath.normpath(each.get("containerPath") or "/")
        yield Mount(path, bool(each.get("readOnly")), owners.get(path, 0))


def _of_key(text: str, key: str) -> str:
    try:
        value = json.loads(text).get(key, "")
    except (json.JSONDecodeError, AttributeError):
        return ""
    return value if isinstance(value, str) else json.dumps(value)
