"""A limit on files, processes or locked memory is reached, or may not be set.

## What it looks for
`Too many open files` (EMFILE, ENFILE), threads or processes that cannot be made (`fork: Resource temporarily
unavailable`, `can't start new thread`, `unable to create native thread`), `vm.max_map_count is too low`, locked memory,
file watchers; or the runtime's `error setting rlimit`.

## Why waiting cannot help
The limits are part of the task definition or of the host. A program that needs more at its start needs it each time; one
that leaks may run a while, so one death is only suspect.

## What to do
Set `ulimits` of FargateService, or in the container definition. On Fargate `nofile` is 1024 (soft) and 65535 (hard)
unless set, and it is the only limit that can be changed there:

    "ulimits": [{"name": "nofile", "softLimit": 65535, "hardLimit": 65535}]

Kernel settings such as `vm.max_map_count` cannot be changed on Fargate: tell the program to do without
(`node.store.allow_mmap: false` for Elasticsearch and OpenSearch), or run it elsewhere.

## What it is not
- Memory or disk: `out-of-memory`, `disk-full`.
- A database's `too many connections`: that is its own limit.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Ulimit.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Wording, container_of, said_at_death, said_by_aws, tasks_of

ID = "ulimit-exceeded"
VERDICT = Verdict.SUSPECT

_FILES = (
    Wording.of("too many open files"),
    Wording.of("emfile", r"\bEMFILE\b"),
    Wording.of("enfile", r"\bENFILE\b"),
    Wording.of("errno 24", r"\[Errno 24\]"),
    Wording.of("max file descriptors", r"max file descriptors \[\d+\][^\n]* is too low"),
    Wording.of("file descriptors", r"(?:ran|running|run) out of file descriptors"),
    Wording.of("out of file handles"),
)
_THREADS = (
    Wording.of("fork", r"fork:?[^\n]*(?:resource temporarily unavailable|try again)"),
    Wording.of("start new thread", r"can't start new thread"),
    Wording.of("native thread", r"unable to create (?:new )?native thread"),
    Wording.of("pthread_create", r"pthread_create[^\n]*(?:fail|EAGAIN|resource temporarily unavailable)"),
    Wording.of("create thread", r"(?:failed|unable|cannot|can't) to create (?:new )?(?:os )?thread"),
    Wording.of("new os thread", r"failed to create new OS thread"),
    Wording.of("max number of threads", r"max number of threads \[\d+\][^\n]* is too low"),
    Wording.of("failed to spawn thread"),
    Wording.of("can't create thread", r"can't create thread: resource temporarily unavailable"),
)
_MAPS = (Wording.of("max_map_count", r"max_map_count[^\n]*(?:too low|increase|at least)"),)
_LOCKED = (
    Wording.of("memory is not locked"),
    Wording.of("unable to lock", r"unable to lock (?:jvm )?memory"),
    Wording.of("mlock", r"mlockall?[^\n]*(?:fail|cannot allocate|operation not permitted)"),
)
_WATCHERS = (
    Wording.of("file watchers", r"limit for number of file watchers reached"),
    Wording.of("inotify", r"inotify[^\n]*(?:limit|too many|no space left|fail)"),
)
_SETTING = (
    Wording.of("rlimit", r"(?:error )?setting rlimit[^\n]*"),
    Wording.of("error setting limit", r"ulimit[^\n]*error setting limit"),
    Wording.of("cannot modify limit", r"ulimit[^\n]*cannot modify limit"),
    Wording.of("setrlimit(", r"setrlimit\([^\n]*(?:operation not permitted|fail)"),
)
_KINDS = (
    (_SETTING, "may not raise a limit as it was asked to", "lower or remove the limit in `ulimits`, or raise it on the host"),
    (_FILES, "reached the limit of open files", "raise `nofile` in `ulimits` (on Fargate 1024 unless set, 65535 at most by default)"),
    (_THREADS, "reached the limit of threads and processes", "let the program start fewer threads or processes, or raise `nproc` in `ulimits`, or give the task more memory"),
    (_MAPS, "needs a higher `vm.max_map_count` than the host has", "tell the program to do without memory maps (`node.store.allow_mmap: false`), or raise it on the EC2 host: Fargate has no such setting"),
    (_LOCKED, "may not lock its memory", "turn `bootstrap.memory_lock` off, or raise `memlock` in `ulimits`"),
    (_WATCHERS, "reached the limit of file watchers", "do not run a development server that watches files in the service"),
)  # fmt: skip
_ALL = tuple(wording for wordings, _, _ in _KINDS for wording in wordings)


def match(evidence: Evidence) -> Finding | None:
    """Return the limit that the deployment's program reached."""
    said = [*said_by_aws(evidence, _ALL), *said_at_death(evidence, _ALL)]
    if not said:
        return None
    first = said[0]
    fact, fix = next(
        (fact, fix) for wordings, fact, fix in _KINDS if any(each.pattern is first.found.re for each in wordings)
    )
    container = container_of(first)
    return Finding(
        what=f"the container {quoted(container)} {fact}" if container else f"the program {fact}",
        why="the limit is part of the task definition or of the host, and the program needs as much each time it starts",
        fix=fix,
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
