"""A disk is full.

## What it looks for
`no space left on device` (ENOSPC), Windows' `There is not enough space on the disk`, a full thin pool or database file:
while the image is pulled and unpacked, or in the last words of a program that died.

## Why waiting cannot help
A Fargate task has 20 GiB unless it asks for more, and the unpacked image, its compressed layers and everything that is
written share them. An image that does not fit never will. A program may have written more than usual once, so there one
death is only suspect.

## What to do
Ask for more (21 to 200 GiB) with `ephemeral_storage_gib` of FargateService, or in the task definition:

    "ephemeralStorage": {"sizeInGiB": 50}

or make the image smaller; on EC2 instances, clean up or enlarge the volume of `/var/lib/docker`.

## What it is not
- `System limit for number of file watchers reached` is ENOSPC too, and another limit: `ulimit-exceeded`.
- A database server that has no space (`could not extend file`): its disk, not the task's.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Said, Wording, container_of, said_at_death, said_by_aws, tasks_of

ID = "disk-full"
VERDICT = Verdict.SUSPECT

_PATH = r"(?<![^\s'\"\u2018(=])(?P<path>(?:/|[A-Z]:\\)[^\s'\"\u2019:]++)"
_NUMBER = r"(?:\d+|[XN]\b|<\w{1,20}>|\.{3})"
"""A number, or what people put in its place."""
_SHARED_MEMORY = Wording.of(
    "no space left on device",
    r"shared memory[^\n]{0,300}no space left on device|/dev/shm[^\n]{0,300}no space left on device",
)
_CUT_OFF = Wording.of(
    ": write",
    r"(?:failed to (?:extract|register) layer|processing tar file|CannotPull)[^\n]{0,600}?: write(?: /[^\s:]{0,300}:?)?"
    r"[.\u2026\s]*\Z",
)
"""A pull that could not write, cut off before it says why: it is the room that lacks."""
_WORDINGS = (
    _SHARED_MEMORY,
    _CUT_OFF,
    Wording.of("no space left on device", rf"{_PATH}['\"\u2019]?: (?:\w+: )?no space left on device"),
    Wording.of("no space left on device", rf"no space left on device[^\n/]{{0,20}}[:'\"]\s*['\"]?{_PATH}"),
    Wording.of("no space left on device"),
    Wording.of("no space", r": no space(?: l[a-z ]{0,16})?[.\u2026\s]*\Z"),
    Wording.of("enospc", r"(?<!code: ')\bENOSPC\b(?![^\n]{0,300}watch)"),
    Wording.of("errno 28", r"\[Errno 28\]|errno 28\b"),
    Wording.of("storagefull", r"kind: StorageFull"),
    Wording.of("not enough space on the disk"),
    Wording.of("not enough free ", r"not enough free (?:disk )?space"),
    Wording.of("insufficient disk space"),
    Wording.of("disk quota exceeded"),
    Wording.of("disk is full"),
    Wording.of("thin pool", r"CannotCreateContainer\w*[^\n]{0,80}?\bthin pool\b"),
    Wording.of("thin pool", rf"thin pool has {_NUMBER} free (?:meta)?data blocks"),
    Wording.of("create more free space in thin pool"),
)
"""C's text of error 28 as every language repeats it, Node's and Rust's names of it, Windows, SQLite and MySQL, Docker's
devicemapper (moby daemon/graphdriver/devmapper/deviceset.go)."""
_NOT_THE_DISK = re.compile(
    r"file watchers|inotify|semaphore|mutex|psycopg|PG::DiskFull|SQLSTATE|could not extend file|rpc error",
    re.IGNORECASE,
)
"""Other limits that answer with the same error, and another server's disk."""
_PULL = re.compile(r"CannotPull|failed to (?:extract|register) layer|unpack|ImportLayer", re.IGNORECASE)
_DEFAULT_GIB = 20
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html"""


def match(evidence: Evidence) -> Finding | None:
    """Return the disk that has no room left."""
    by_aws = [said for said in said_by_aws(evidence, _WORDINGS) if not _NOT_THE_DISK.search(said.passage.text)]
    logged = [said for said in said_at_death(evidence, _WORDINGS) if not _NOT_THE_DISK.search(said.passage.text)]
    said = [*by_aws, *logged]
    if not said:
        return None
    first = said[0]
    pulled = bool(_PULL.search(first.passage.text))
    size = _size(evidence)
    return Finding(
        what=_what(first, size, pulled=pulled),
        why="the size of the task's disk is part of the task definition, and unpacked images and files share it",
        fix=_fix(first, size),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        # An image that does not fit now never will; what a program writes may be less next time.
        verdict=Verdict.DOOMED if pulled and by_aws and _told_why(evidence, first) else None,
    )


def _told_why(evidence: Evidence, said: Said) -> bool:
    return said.found.re is not _CUT_OFF.pattern and not started_since(evidence, said.passage)


def _size(evidence: Evidence) -> int:
    defined = evidence.task_definition
    return (defined.ephemeral_storage_gib if defined else None) or _DEFAULT_GIB


def _fix(said: Said, size: int) -> str:
    if said.found.re is _SHARED_MEMORY.pattern:
        return "let the program use less shared memory, or set `linuxParameters.sharedMemorySize` (not on Fargate)"
    return (
        f"ask for more than {size} GiB with `ephemeralStorage.sizeInGiB` (`ephemeral_storage_gib` of FargateService; "
        "21 to 200), or make the image smaller and write less"
    )


def _what(said: Said, size: int, *, pulled: bool) -> str:
    if pulled:
        return f"the unpacked image does not fit on the task's disk ({size} GiB)"
    container, path = container_of(said), said.group("path").rstrip(".,")
    name = f"the container {quoted(container)}" if container else "the program"
    if said.found.re is _SHARED_MEMORY.pattern:
        return f"{name} found no space left in its shared memory (`/dev/shm`)"
    return f"{name} found no space left{f' for {quoted(path)}' if path else ''} on the disk ({size} GiB for the task)"
