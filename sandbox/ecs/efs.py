"""Whether a task mounts its EFS volumes, and the words of EFS's mount helper where it does not.

Not resolved: rileydakota/valheim-ecs-fargate-cdk issue 28, word for word. Access denied: documented
(https://docs.aws.amazon.com/efs/latest/ug/troubleshooting-efs-mounting.html), in the frame of the others. A connection
that times out has no source in ECS's frame: mount.nfs4's own words are in it. What is in a file system is not known, so
that every root directory is taken to exist.

Who may mount: the file system's policy says it and, with `iam`, the task role's own. Without a policy of the file
system everybody may who reaches a mount target
(https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html). Mounting is asked; `ClientWrite` and
`ClientRootAccess` are not, since no program here writes.
"""

from typing import Any

from sandbox.ecs.execution import Execution, Problem
from sandbox.ecs.iam import Caller, Request, parse
from sandbox.ecs.model import Task

_FAILED = "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr:"
_ENDED = ": unsuccessful EFS utils command execution; code:"
_UNRESOLVED = (
    "- check that your file system ID is correct, and ensure that the VPC has an EFS mount target for this file system "
    "ID. See https://docs.aws.amazon.com/console/efs/mount-dns-name for more detail. Attempting to lookup mount target "
    "ip address using botocore. Failed to import necessary dependency botocore, please install botocore first."
)
_DENIED = f"{_FAILED} b'mount.nfs4: access denied by server while mounting 127.0.0.1:/' {_ENDED} 32"
_ANYBODY = Caller("arn:aws:iam::000000000000:user/anonymous")
"""Who mounts without IAM: nobody's policies speak for them."""
NFS = 2049


def mount_problem(execution: Execution, task: Task) -> Problem | None:
    """Return why a volume of a task cannot be mounted: the first one's reason."""
    for volume in getattr(task.revision.task_definition, "volumes", None) or []:
        given = volume.get("efsVolumeConfiguration")
        if given and (problem := _problem(execution, task, given)):
            return problem
    return None


def _problem(execution: Execution, task: Task, given: dict[str, Any]) -> Problem | None:
    from moto.efs.models import efs_backends

    backend, interface = efs_backends[execution.account][execution.region], execution.interface
    id_ = given["fileSystemId"]
    system = backend.file_systems_by_id.get(id_)
    targets = [each for each in system.iter_mount_targets() if each.vpc_id == interface.vpc_id] if system else []
    # A file system's name resolves to the mount target of the task's own zone.
    zone = execution.network.zone(interface)
    target = next((each for each in targets if each.availability_zone_name == zone), None)
    if target is None:
        host = f"{id_}.efs.{execution.region}.amazonaws.com"
        return Problem(f'{_FAILED} Failed to resolve "{host}" {_UNRESOLVED} {_ENDED} 1')
    if not execution.network.reaches(interface, target.ip_address, target.security_groups or [], NFS):
        return Problem(f"{_FAILED} mount.nfs4: Connection timed out {_ENDED} 32", "efs_timeout")
    point = (given.get("authorizationConfig") or {}).get("accessPointId")
    known = backend.access_points.get(point) if point else None
    if point and (known is None or known.file_system_id != id_):
        return Problem(_DENIED)
    return None if _may_mount(execution, task, system, given, known) else Problem(_DENIED)


def _may_mount(execution: Execution, task: Task, system: Any, given: dict[str, Any], point: Any) -> bool:
    if not system.file_system_policy:
        return True
    role = task.revision.task_role(task.overrides)
    with_iam = (given.get("authorizationConfig") or {}).get("iam") == "ENABLED"
    keys = {
        "elasticfilesystem:AccessedViaMountTarget": "true",
        "aws:SecureTransport": "true" if given.get("transitEncryption") == "ENABLED" else "false",
    }
    if point is not None:
        keys["elasticfilesystem:AccessPointArn"] = point.access_point_arn
    caller = Caller(role, execution.task_id) if role and with_iam else _ANYBODY
    request = Request(caller, "elasticfilesystem:ClientMount", system.file_system_arn, keys)
    return execution.roles.refusal(request, parse(system.file_system_policy)) is None
