"""A volume or mount of the task definition cannot be made as it is written.

## What it looks for
EFS answers that the directory or access point is not there (`reason given by server: No such file or directory`); a
file system, EBS volume or snapshot that does not exist; a volume that no `volumes` entry defines (`Unknown volume`),
two mounts on one path, a driver that knows no such volume, a bind source that is not there, a file mounted over a
directory; Docker's failure to copy the image's owners into the volume; a host path on Fargate.

## Why waiting cannot help
The volume is part of the task definition. Each task asks for the same one.

## What to do
Correct `volumes` and `mountPoints`. An access point may create its own root directory (`CreationInfo`); a
`rootDirectory` without an access point must exist on the file system:

    aws efs describe-access-points --file-system-id FILE_SYSTEM

## What it is not
- No answer from EFS, or a refusal: `efs-mount-network`, `efs-access-denied`.
- A full or read-only disk: `disk-full`, `app-readonly-filesystem`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-best-practices.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-ebs-volumes.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Said, Wording, said_by_aws, tasks_of

ID = "volume-configuration-invalid"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of("mount.nfs", r"mount\.nfs4?: mounting (?P<path>\S{1,200})(?: f\w{0,5},?)?[.\u2026\s]*\Z"),
    Wording.of(
        "reason given by server", r"mounting (?P<path>[^\n]{1,200}?) failed, reason given by server: no such file"
    ),
    *Wording.any_of(
        ("access point", "accesspoint"),
        r"access ?point[^\n]{0,80}(?:does not exist|not found|invalid|could not be found)",
    ),
    Wording.of("accesspointnotfound"),
    Wording.of("filesystemnotfound"),
    Wording.of("mounttargetconflict"),
    *Wording.any_of(("file system", "filesystem"), r"\bfile ?system(?! layer)[^\n]{0,60}(?:does not exist|not found)"),
    Wording.of("unknown volume", r"unknown volume '?(?P<volume>[\w-]+)"),
    Wording.of("no such volume", r"no such volume:? ?(?P<volume>[\w-]*)"),
    Wording.of("volumedriver"),
    Wording.of("volume driver", r"volume driver[^\n]{0,300}(?:not found|unknown|fail|error)"),
    Wording.of("cannotcreatevolumeerror"),
    Wording.of("connotcreatevolumeerror"),
    Wording.of("error while mounting volume"),
    Wording.of("hostconfigerror", r"HostConfigError:[^\n]*?\b(?:volume|mount)"),
    Wording.of("unable to resolve volume"),
    Wording.of("task volume", r"(?:fail\w*+|unable)[^\n]{0,60}\btask volume\b"),
    Wording.of("local volume name"),
    Wording.of("error looking up volume plugin"),
    Wording.of("invalid mount config"),
    Wording.of("invalid mount path", r"invalid mount path:? '?(?P<path>[^\s']*)"),
    Wording.of("error while creating mount source path", r"creating mount source path '(?P<path>[^']+)'"),
    Wording.of("invalid volume specification"),
    Wording.of("duplicate mount point", r"duplicate mount point:? ?(?P<path>/\S*)"),
    Wording.of("bind source path does not exist", r"bind source path does not exist:? ?(?P<path>\S*)"),
    Wording.of("failed to copy file info", r"failed to copy file info for (?P<path>\S+?):"),
    Wording.of(
        "failed to chown",
        r"failed to chown (?P<path>/var/lib/\S+?):|CreateContainerError: [^\n]{0,80}failed to chown\b",
    ),
    Wording.of(
        "ebs", r"\bEBS\b[^\n]{0,80}volume[^\n]{0,300}(?:fail|not found|does not exist|invalid|unable|error|timed out)"
    ),
    Wording.of(
        "ebs", r"(?:fail\w*+|unable|error|invalid|timed out)[^\n]{0,80}\bEBS\b[^\n]{0,40}(?:volume|snapshot|attach)"
    ),
    Wording.of("invalidvolume", r"\bInvalidVolume\b"),
    Wording.of("invalidsnapshot", r"\bInvalidSnapshot\b"),
    Wording.of("sourcevolume", r"sourceVolume[^\n]{0,300}(?:invalid|must|unknown|not)"),
    Wording.of("sourcepath", r"host\.sourcePath should not be (?:set|blank)|do not support sourcePath"),
    Wording.of("volume.name", r"\bvolume\.name\b[^\n]{0,60}(?:invalid|blank|null|empty|must|should)"),
    *Wording.any_of(
        ("mount point", "mountpoint"), r"mount ?point[^\n]{0,60}(?:invalid|unknown|not defined|refers? to)"
    ),
    Wording.of(
        "to rootfs",
        r"error mounting [^\n]*? to rootfs at [\"'\\]*(?P<path>[^\s:,\"\\]+).{0,99}(?:not a directory|no such file)",
    ),
    Wording.of(
        "to rootfs",
        r"mounting [\"'\\]*(?P<path>[^\s:,\"'\\]+)[\"'\\]* to rootfs[^\n]{0,300}(?:not a directory|no such file)",
    ),
    # The reason of a container is cut at 255 characters.
    Wording.of(
        "rootfs_linux.go:",
        r"rootfs_linux\.go:\d+: mounting [\"'\\]*(?P<path>[^\s:,\"'\\]*)(?!.{0,99}(?:permission denied|not permitted))",
    ),
    Wording.of("rootfs_linux.go:", r"rootfs_linux\.go:\d+[.\s)]*\Z"),
    Wording.of("mount a directory onto a file"),
    Wording.of("volume name", r"volume name[^\n]{0,60}(?:invalid|already|duplicate)"),
    Wording.of("only one volume configuration type"),
    Wording.of("multiple volumes", r"multiple volumes with the same name"),
)
"""amazon-efs-utils, ECS's own checks, the agent's names of errors, Docker's and runc's words (moby volume/mounts,
runc libcontainer/rootfs_linux.go), EC2's error codes."""
_OTHER_CAUSE = re.compile(
    r"no space left|timed out|timeout|deadline exceeded|connection (?:reset|refused)|access denied"
    r"|read-only file system|not authorized|UnauthorizedOperation|assume the|log group",
    re.IGNORECASE,
)
_CUT_OFF = re.compile(r"rootfs_linux\.go:\d+(?:: [^:\n]{0,200})?\Z")
"""A reason that ends before it says what is the matter with the mount: a permission may be, which can be given."""
_EBS = re.compile(
    r"\bEBS\b[^\n]{0,300}(?:timed? ?out|UnauthorizedOperation)|timed? ?out[^\n]{0,80}\bEBS\b", re.IGNORECASE
)


def match(evidence: Evidence) -> Finding | None:
    """Return the volume that cannot be mounted."""
    said = [
        each
        for each in said_by_aws(evidence, _WORDINGS)
        if _EBS.search(each.passage.text) or not _OTHER_CAUSE.search(each.passage.text)
    ]
    if not said:
        return None
    uncertain = started_since(evidence, said[0].passage) or all(_CUT_OFF.search(each.passage.text) for each in said)
    return Finding(
        what=_what(said[0]),
        why="volumes and mounts are part of the task definition, so each task asks for the same one",
        fix=_fix(said[0]),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        verdict=Verdict.SUSPECT if uncertain else None,
    )


def _what(said: Said) -> str:
    text, path, volume = said.passage.lower, said.group("path").rstrip(":,"), said.group("volume")
    if "reason given by server" in text:
        return f"the directory of the EFS volume that is mounted ({quoted(path)}) does not exist on the file system"
    if volume:
        return f"the volume {quoted(volume)} is not defined"
    if "copy file info" in text or "failed to chown" in text:
        return "the volume does not let Docker copy the image's owner of the mounted directory into it"
    if "duplicate mount point" in text:
        return f"two mounts go to the same path{f', {quoted(path)}' if path else ''}"
    if path:
        return f"the volume for {quoted(path)} cannot be mounted"
    return "a volume of the task definition cannot be mounted"


def _fix(said: Said) -> str:
    text = said.passage.lower
    if "reason given by server" in text or "access point" in text or "accesspoint" in text:
        return (
            "create the directory on the file system, or use an access point with `CreationInfo`, which makes it:\n"
            "aws efs describe-access-points --file-system-id FILE_SYSTEM"
        )
    if "copy file info" in text or "failed to chown" in text:
        return (
            "let the mounted directory in the image belong to the access point's user, or mount at a path that the "
            "image does not have"
        )
    if "sourcepath should not be set" in text or "not support sourcepath" in text:
        return "leave `host.sourcePath` out: on Fargate there is no host directory; use EFS for what must stay"
    return "correct `volumes` and `mountPoints` in the task definition"
