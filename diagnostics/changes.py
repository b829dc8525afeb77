"""What changed between two revisions of a task definition: where a failure that is new most likely comes from. Pure."""

from collections.abc import Iterator, Mapping

from diagnostics.definition import ContainerDefinition, TaskDefinition
from diagnostics.evidence import Evidence
from diagnostics.model import Change
from diagnostics.shapes import deployment_of_revision

_HIDDEN = "set"
"""Stands for a value that is never shown: of environment variables and of a log driver's options."""


def changes(evidence: Evidence) -> tuple[Change, ...]:
    """Return what differs from the last revision that completed, in the task definition's own order.

    Of environment variables and log options the names alone are shown. Empty where no earlier revision is known.
    """
    before, after = evidence.previous_task_definition, evidence.task_definition
    if before is None or after is None:
        return ()
    found = [*differences(before, after)] if before.arn != after.arn or not after.arn else []
    return (*found, *_of_digests(evidence))


def differences(before: TaskDefinition, after: TaskDefinition) -> Iterator[Change]:
    """Yield what differs between two task definitions; of environment variables and log options the names alone."""
    yield from _settings("", _task_settings(before), _task_settings(after))
    for name in dict.fromkeys(each.name for each in (*before.containers, *after.containers)):
        old, new = before.container(name), after.container(name)
        path = f"containerDefinitions[{name}]"
        if old is None or new is None:
            yield Change(path, old.image if old else None, new.image if new else None)
        else:
            yield from _settings(f"{path}.", _container_settings(old), _container_settings(new))
            yield from _hidden(f"{path}.environment", dict(old.environment), dict(new.environment))
            yield from _settings(f"{path}.secrets.", dict(old.secrets), dict(new.secrets))
            yield from _hidden(f"{path}.logConfiguration.options", dict(old.log_options), dict(new.log_options))


def _task_settings(definition: TaskDefinition) -> dict[str, str]:
    volumes = (f"{each.name} {each.efs_file_system} {each.efs_access_point}".strip() for each in definition.volumes)
    return {
        "cpu": definition.cpu,
        "memory": definition.memory,
        "runtimePlatform.cpuArchitecture": definition.cpu_architecture,
        "runtimePlatform.operatingSystemFamily": definition.operating_system,
        "networkMode": definition.network_mode,
        "executionRoleArn": definition.execution_role_arn,
        "taskRoleArn": definition.task_role_arn,
        "ephemeralStorage.sizeInGiB": _shown(definition.ephemeral_storage_gib),
        "volumes": ", ".join(volumes),
    }


def _container_settings(container: ContainerDefinition) -> dict[str, str]:
    check = container.health_check
    ports = (f"{each.container_port}/{each.protocol or 'tcp'}" for each in container.port_mappings)
    limits = (f"{name} {soft}:{hard}" for name, soft, hard in container.ulimits)
    return {
        "image": container.image,
        "essential": _shown(container.essential),
        "entryPoint": " ".join(container.entry_point),
        "command": " ".join(container.command),
        "workingDirectory": container.working_directory,
        "user": container.user,
        "readonlyRootFilesystem": _shown(container.readonly_root_filesystem),
        "privileged": _shown(container.privileged),
        "portMappings": ", ".join(ports),
        "cpu": _shown(container.cpu or None),  # ECS shows 0 where none was given
        "memory": _shown(container.memory),
        "memoryReservation": _shown(container.memory_reservation),
        "healthCheck.command": " ".join(check.command) if check else "",
        "healthCheck.interval": _shown(check and check.interval),
        "healthCheck.timeout": _shown(check and check.timeout),
        "healthCheck.retries": _shown(check and check.retries),
        "healthCheck.startPeriod": _shown(check and check.start_period),
        "environmentFiles": ", ".join(container.environment_files),
        "repositoryCredentials": container.repository_credentials,
        "dependsOn": ", ".join(f"{name} {condition}" for name, condition in container.depends_on),
        "mountPoints": ", ".join(f"{volume} at {path}" for volume, path in container.mount_points),
        "ulimits": ", ".join(limits),
        "logConfiguration.logDriver": container.log_driver,
        "startTimeout": _shown(container.start_timeout),
        "stopTimeout": _shown(container.stop_timeout),
    }


def _of_digests(evidence: Evidence) -> Iterator[Change]:
    """Yield the images whose digest differs: a tag that was pushed again shows no other change."""
    revisions = {deployment_of_revision(each.arn): dict(each.image_digests) for each in evidence.service_revisions}
    new = revisions.pop(evidence.deployment_id, {})
    old = next(iter(revisions.values()), {})
    for name in new:
        if old.get(name) and new[name] and old[name] != new[name]:
            yield Change(f"containerImages[{name}].imageDigest", old[name], new[name])


def _settings(path: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    """Yield the settings whose values differ."""
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key) or None, after.get(key) or None
        if old != new:
            yield Change(f"{path}{key}", old, new)


def _hidden(path: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    """Yield changes of names, and of values without showing them."""
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            old = _HIDDEN if key in before else None
            new = None if key not in after else "set to another value" if old else _HIDDEN
            yield Change(f"{path}.{key}", old, new)


def _shown(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
