"""The EFS file system refuses the mount or the program's access to its files.

## What it looks for
The mount's answer `mount.nfs4: access denied by server` or `Operation not permitted` in a task's
`ResourceInitializationError`; or, in the last words of a program, a change of owner or a write that is not permitted on
a path where the task definition mounts an EFS volume. Where the task definition is not shown, a refused change of owner
counts, except in directories of the image itself (`/etc`, `/run`, `/var/cache`, …).

## Why waiting cannot help
The file-system policy, the task role's `elasticfilesystem:ClientMount`, the access point's user and the owner of the
files are settings. A policy that was changed a moment ago may take a minute, so one task is only suspect.

## What to do
Allow the task role to mount and write, and mount with IAM in the volume's `authorizationConfig`:

    {"Effect": "Allow", "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
     "Resource": "FILE_SYSTEM_ARN"}

An access point that enforces a user makes every file belong to that user: run the container as the same user, and do
not change owners at the start (`chown`).

## What it is not
- No answer from the file system: `efs-mount-network`.
- A path that is in the image and not on EFS: `app-permission-denied`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
- https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
- https://docs.aws.amazon.com/efs/latest/ug/enforce-identity-access-points.html
"""

import re
from collections.abc import Iterator

from diagnostics.evidence import Evidence
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Said, Wording, container_of, said_at_death, said_by_aws, tasks_of

ID = "efs-access-denied"
VERDICT = Verdict.SUSPECT

_PATH = r"[\u2018'`\"]?(?<![\w./@+-])(?P<path>/[\w./@+-]++)[\u2019'`\"]?"
_MOUNT = (
    Wording.of("access denied by server", r"mount\.nfs4?: access denied by server"),
    Wording.of("mount.nfs", r"mount\.nfs4?: (?:operation not permitted|permission denied)"),
    Wording.of("127.0.0.1:/", r"mounting '?127\.0\.0\.1:/\S* failed\. permission denied"),
    # Docker's own driver, of a volume of type `nfs`
    Wording.of(
        "failed to mount local volume",
        r"failed to mount local volume: mount (?::|fs-|[\d.]+:)[^\n]{0,400}?: "
        r"(?:operation not permitted|permission denied)",
    ),
    Wording.of("elasticfilesystem:client"),
    Wording.of("elasticfilesystem:describemounttargets"),
)
"""Sources: nfs-utils utils/mount/error.c; AWS CodeBuild's page on EFS; amazon-efs-utils (mount targets)."""
_FILES = (
    Wording.of(
        "operation not permitted",
        rf"(?:chown|chmod|chgrp|ownership|permissions)[^\n/]{{0,60}}{_PATH}[^\n]{{0,80}}operation not permitted",
    ),
    Wording.of("operation not permitted", rf"operation not permitted[^\n/]{{0,40}}{_PATH}"),
    Wording.of("not owned by", rf"{_PATH}[^\n]{{0,300}}not owned by\b"),
    Wording.of("wrong ownership", rf"{_PATH}[^\n]{{0,300}}has wrong ownership"),
    Wording.of("permission denied", rf"{_PATH}[^\n]{{0,40}}permission denied"),
    Wording.of("permission denied", rf"permission denied[^\n/]{{0,30}}{_PATH}"),
    Wording.of("errno 13", rf"\[Errno 13\][^\n/]{{0,40}}{_PATH}"),
    Wording.of("access to the path", rf"access to the path {_PATH} is denied"),
)
_OWNER = ("chown", "chmod", "chgrp", "ownership", "permissions", "not owned by")
_OF_THE_IMAGE = re.compile(r"/(?:bin|dev|etc|proc|run|tmp|usr|var/(?:cache|log|run|tmp))(?:/|$)")
"""Where an image keeps its own files: nobody mounts a shared file system there."""


def match(evidence: Evidence) -> Finding | None:
    """Return the file system that refuses the deployment's tasks."""
    mounts = [*said_by_aws(evidence, _MOUNT), *said_at_death(evidence, _MOUNT)]
    if mounts:
        return Finding(
            what="the EFS file system refuses the mount",
            why="the file system answered; its policy, the task role or the access point does not allow this client",
            fix="allow `elasticfilesystem:ClientMount` and `ClientWrite` to the task role in the file-system policy "
            "and in the role, and set `authorizationConfig.iam` to `ENABLED` with transit encryption in the volume",
            evidence=tuple(each.passage.quote() for each in mounts[:2]),
            tasks=tasks_of(mounts),
            settles_after=IAM_SETTLES_AFTER,
        )
    files = [*_on_efs(evidence)]
    if not files:
        return None
    path = files[0].group("path")
    return Finding(
        what=f"the program may not use {quoted(path)} on the EFS volume",
        why="the owner of the files, or the access point's enforced user, is another one than the container's user",
        fix="run the container as the access point's user (`user`), and do not change owners at the start; or give the "
        f"access point a `PosixUser` and a root directory that belongs to the user that uses {quoted(path)}",
        evidence=tuple(each.passage.quote() for each in files[:2]),
        tasks=tasks_of(files),
    )


def _on_efs(evidence: Evidence) -> Iterator[Said]:
    """Yield refusals on paths of EFS volumes.

    Where the task definition is not shown, a refused change of owner counts too: in a container of Fargate that is
    what a volume with an enforced user answers, root may change any owner elsewhere.
    """
    defined = evidence.task_definition
    for said in said_at_death(evidence, _FILES, unhealthy=True):
        if defined is None:
            denied = "permission denied" in said.passage.lower
            if said.passage.has(*_OWNER) and not denied and not _OF_THE_IMAGE.match(said.group("path")):
                yield said
            continue
        shared = {volume.name for volume in defined.volumes if volume.efs_file_system}
        container = defined.container(container_of(said))
        containers = [container] if container else defined.containers
        mounts = [path for each in containers for name, path in each.mount_points if name in shared]
        if any(f"{said.group('path')}/".startswith(f"{path.rstrip('/')}/") for path in mounts):
            yield said
