r"""The EFS file system cannot be reached or its name does not resolve.

## What it looks for
The mount's answer in a task's `ResourceInitializationError: failed to invoke EFS utils commands`: `mount.nfs4:
Connection timed out` (or reset, refused), `Failed to resolve "fs-….efs.….amazonaws.com"`, no mount target in the zone.

## Why waiting cannot help
The way to the file system is fixed: a mount target in the task's availability zone, a security group on it that lets in
port 2049, DNS in the VPC. A file system that was made a moment ago needs a minute, so one task is only suspect.

## What to do
Make a mount target in every zone that the service uses, and let its security group accept TCP 2049 from the tasks':

    aws efs describe-mount-targets --file-system-id FILE_SYSTEM
    aws ec2 authorize-security-group-ingress --group-id MOUNT_TARGET_GROUP --protocol tcp --port 2049 \
      --source-group TASK_GROUP

The VPC needs `enableDnsSupport` and `enableDnsHostnames`.

## What it is not
- `access denied by server`: EFS answered and refused, `efs-access-denied`.
- `reason given by server: No such file or directory`: `volume-configuration-invalid`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
- https://docs.aws.amazon.com/efs/latest/ug/troubleshooting-efs-mounting.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Said, Wording, said_at_death, said_by_aws, tasks_of

ID = "efs-mount-network"
VERDICT = Verdict.SUSPECT

_NO_NAME = (
    Wording.of("failed to resolve", r"failed to resolve \\?\"?(?:server )?(?P<name>(?:\w[\w-]*\.)?fs-[^\"\\\s:]*)"),
    Wording.of("mount.nfs", r"mount\.nfs4?: failed to resolve"),
    Wording.of("lookup mount target ip address"),
    Wording.of("mount target ip address cannot be found"),
    Wording.of("did not resolve to", r"did not resolve to (?:an EFS mount target|a valid DNS name for an EFS)"),
)
_NO_ANSWER = (
    Wording.of(
        "mount.nfs",
        r"mount\.nfs4?: (?:mount\(2\): )?"
        r"(?P<how>connection (?:timed out|reset by peer|reset|refused)|no route to host|network is unreachable)",
    ),
    Wording.of("mount system call failed"),
    Wording.of(
        "efs utils",
        r"efs utils[^\n]{0,300}(?P<how>time[d -]*out|deadline exceeded|connection refused|connection reset)",
    ),
    Wording.of("127.0.0.1:/", r"mounting '?127\.0\.0\.1:/\S* failed\. (?P<how>connection reset by peer)"),
    Wording.of("connection to the mount target", r"connection to the mount target IP address \S+ (?P<how>timeout)"),
    Wording.of("initialize tls tunnel", r"failed to initialize TLS tunnel for \S*fs-"),
    Wording.of(
        "mount target",
        r"(?:no|cannot find|could not find|failed to (?:locate|find))[^\n]{0,40}mount target(?! ip address)",
    ),
    Wording.of("mount target", r"mount target[^\n]{0,60}(?:availability zone|does not exist|not available)"),
    Wording.of("mount target in the az", r"mount target in the az \S+ is \w+"),
    Wording.of("mount attempt", r"mount attempt \d+/\d+ failed due to (?P<how>timeout)"),
    Wording.of("mount target ip address", r"cannot connect to file system mount target ip address"),
    # Docker's own driver, of a volume of type `nfs`
    Wording.of(
        "failed to mount local volume",
        r"failed to mount local volume: mount [^\n]{0,400}?"
        r"(?P<how>connection timed out|connection refused|no route to host|network is unreachable)",
    ),
)
"""Source: amazon-efs-utils src/mount_efs/__init__.py, nfs-utils utils/mount/error.c, moby volume/local."""
_FILE_SYSTEM = re.compile(r"\bfs-[0-9a-f]{8,17}\b")


def match(evidence: Evidence) -> Finding | None:
    """Return the file system that the deployment's tasks cannot reach."""
    unnamed = [*said_by_aws(evidence, _NO_NAME), *said_at_death(evidence, _NO_NAME)]
    said = unnamed or [*said_by_aws(evidence, _NO_ANSWER), *said_at_death(evidence, _NO_ANSWER)]
    if not said:
        return None
    system = _file_system(evidence, said[0])
    name = f"the EFS file system {quoted(system)}" if system else "the EFS file system"
    how = said[0].group("how").lower()
    return Finding(
        what=f"the name of {name} does not resolve"
        if unnamed
        else f"{name} does not answer{f' ({how})' if how else ''}",
        why="a task mounts it before its containers start, through a mount target in its own availability zone",
        fix="make a mount target in every availability zone of the service, let its security group accept TCP 2049 "
        "from the tasks' group, and enable DNS support and host names in the VPC; to look:\n"
        f"aws efs describe-mount-targets --file-system-id {system or 'FILE_SYSTEM'}",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _file_system(evidence: Evidence, said: Said) -> str:
    """Return the file system that the words name, else the only one of the task definition."""
    if found := _FILE_SYSTEM.search(said.passage.text):
        return found[0]
    volumes = evidence.task_definition.volumes if evidence.task_definition else ()
    named = {volume.efs_file_system for volume in volumes if volume.efs_file_system}
    return named.pop() if len(named) == 1 else ""
