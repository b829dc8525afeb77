"""The program writes to a file system that is read-only.

## What it looks for
`Read-only file system` or `EROFS` in the last words of a program that died or never became healthy, in any language's
words for error 30, or in the runtime's own reason when it cannot prepare a mount.

## Why waiting cannot help
`readonlyRootFilesystem`, the mounts and the program's paths are fixed by the task definition and the image.
One death within a minute of the start is enough; else a second one makes it certain.

## What to do
Mount a volume where the program writes, and keep the rest read-only. With `FargateService` that is one argument:

    writable_paths=["/tmp", "/var/cache/nginx"]

In a plain task definition: a `volumes` entry without a host and a `mountPoints` entry. On Fargate such a directory
belongs to root unless the image declares it with `VOLUME`.

## What it is not
- `EACCES`, `Permission denied`: the file system is writable, the user may not write: `app-permission-denied`.
- A full disk: `disk-full`.
- `can not modify /etc/nginx/conf.d/default.conf (read-only file system?)`: nginx's image only remarks it.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
- https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.repeats import NOT_PERMITTED, at_start
from diagnostics.said import Wording, container_of, said_at_death, said_by_aws, tasks_of

ID = "app-readonly-filesystem"
VERDICT = Verdict.SUSPECT

_PATH = r"[\u2018'`\"]?(?<![\w./@+-])(?P<path>/[\w./@+-]++)[\u2019'`\"]?"
_WORDINGS = (
    Wording.of("read-only file system", rf"read-only file system[^\n/]{{0,20}}[:,@-] *(?:\w+ )?(?:- )?{_PATH}"),
    Wording.of("read-only file system", rf"{_PATH}[^\n]{{0,80}}read-only file system(?!\?)"),
    Wording.of("erofs", rf"\bEROFS\b[^\n/]{{0,60}}{_PATH}"),
    # nginx's image asks `(read-only file system?)` where it does not mind.
    Wording.of("read-only file system", r"read-only file system(?!\?)"),
    Wording.of("erofs", r"(?<!code: ')\bEROFS\b"),
    Wording.of("readonlyfilesystem", r"kind: ReadOnlyFilesystem|ReadOnlyFileSystemException"),
    Wording.of("no usable temporary directory"),
    Wording.of("unable to create tempdir"),
    Wording.of("filesystem is read-only"),
    Wording.of("file system is read-only"),
)
"""C's text of error 30 as every language repeats it, Node's code, Rust's kind, Java's exception; that no
directory for temporary files can be written, as Python (tempfile.py) and Spring Boot say it."""


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
        fix=_fix(path, made="mkdir" in said[0].passage.lower),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        repeats=NOT_PERMITTED if at_start(said[0].task) else "",
    )


def _fix(path: str, *, made: bool) -> str:
    """Return what to change.

    Args:
        path: what the program writes; "" where the words do not name it.
        made: it is a directory that the program makes, rather than a file in one.
    """
    head, _, _ = path.rstrip("/").rpartition("/")
    directory = path if made else head
    if not directory:
        return "mount a writable volume where it writes (`writable_paths` of FargateService), or let it write to `/tmp`"
    if directory.count("/") > 1:
        return (
            f"mount a writable volume at {quoted(directory)} (`writable_paths` of FargateService, `mountPoints` in a "
            "task definition), or let the program write to `/tmp`"
        )
    # A volume at a directory of the first level, such as `/app`, would hide the image's files there.
    return (
        f"let the program write {quoted(path)} to a directory of its own that has a writable volume: `writable_paths`"
    )
