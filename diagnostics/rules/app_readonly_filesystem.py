"""The program writes to a file system that is read-only.

## What it looks for
`Read-only file system` or `EROFS` in the last words of a program that died or never became healthy, in any language's
words for error 30, or in the runtime's own reason when it cannot prepare a mount.

## Why waiting cannot help
`readonlyRootFilesystem`, the mounts and the program's paths are fixed by the task definition and the image.

## What to do
Mount a volume where the program writes, and keep the rest read-only. With `FargateService` that is one argument:

    writable_paths=["/tmp", "/var/cache/nginx"]

In a plain task definition: a `volumes` entry without a host and a `mountPoints` entry. On Fargate such a directory
belongs to root unless the image declares it with `VOLUME`.

## What it is not
- `EACCES`, `Permission denied`: the file system is writable, the user may not write: `app-permission-denied`.
- A full disk: `disk-full`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
- https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Wording, container_of, said_at_death, said_by_aws, tasks_of

ID = "app-readonly-filesystem"
VERDICT = Verdict.SUSPECT

_PATH = r"[‘'`\"]?(?P<path>/[\w./@+-]+)[’'`\"]?"
_WORDINGS = (
    Wording.of("read-only file system", rf"read-only file system[^\n/]{{0,20}}[:@-] *(?:\w+ - )?{_PATH}"),
    Wording.of("read-only file system", rf"{_PATH}[^\n]{{0,80}}read-only file system"),
    Wording.of("read-only file system"),
    Wording.of("erofs", rf"\bEROFS\b[^\n/]{{0,60}}(?:{_PATH})?"),
    Wording.of("readonlyfilesystem", r"code: 30, kind: ReadOnlyFilesystem"),
    Wording.of("readonly filesystem"),
    Wording.of("filesystem is read-only"),
    Wording.of("file system is read-only"),
)


def match(evidence: Evidence) -> Finding | None:
    """Return where the deployment's program cannot write."""
    said = [*said_by_aws(evidence, _WORDINGS), *said_at_death(evidence, _WORDINGS, unhealthy=True)]
    if not said:
        return None
    path, container = said[0].group("path"), container_of(said[0])
    name = f"the container {quoted(container)}" if container else "the program"
    place = quoted(path) if path else "a directory"
    return Finding(
        what=f"{name} writes to {place}, which is on a read-only file system",
        why="the root file system and the mounts are fixed by the task definition, so every task fails alike",
        fix=f"mount a writable volume at {quoted(_directory(path)) if path else 'the directory that it writes to'}"
        " (`writable_paths` of FargateService, `mountPoints` in a task definition), or let the program write to `/tmp`",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _directory(path: str) -> str:
    """Return the directory to mount: of a file its folder, of a directory itself."""
    head, _, last = path.rstrip("/").rpartition("/")
    return head if "." in last.lstrip(".") and head else path
