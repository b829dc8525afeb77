"""A limit on files, processes or locked memory is reached, or may not be set.

## What it looks for
`Too many open files` (EMFILE, ENFILE), threads or processes that cannot be made (`fork: Resource temporarily
unavailable`, `can't start new thread`, `unable to create native thread`), `vm.max_map_count is too low`, locked memory,
file watchers, semaphores; or the runtime's `error setting rlimit`.

## Why waiting cannot help
The limits are part of the task definition or of the host. A program that needs more at its start needs it each time;
one that leaks may run a while, so one death is only suspect.

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

from dataclasses import dataclass

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Wording, container_of, said_at_death, said_by_aws, tasks_of

ID = "ulimit-exceeded"
VERDICT = Verdict.SUSPECT

_FILES = (
    Wording.of("too many open files"),
    Wording.of("emfile", r"(?<!code: ')\bEMFILE\b"),
    Wording.of("enfile", r"\bENFILE\b"),
    Wording.of("errno 24]"),
    Wording.of("error 24", r"\berror 24\b"),
    Wording.of("max file descriptors", r"max file descriptors \[\d+\][^\n]{0,120} is too low"),
    Wording.of("file descriptors", r"(?:ran|running|run) out of file descriptors"),
    Wording.of("out of file handles"),
)
_THREADS = (
    Wording.of("fork", r"fork:?[^\n]{0,120}(?:resource temporarily unavailable|try again)"),
    Wording.of("start new thread", r"can't start new thread"),
    Wording.of("native thread", r"unable to create (?:new )?native thread"),
    Wording.of("blockingioerror", r"BlockingIOError: \[Errno 11\] Resource temporarily unavailable"),
    Wording.of("pthread_create", r"pthread_create[^\n]{0,120}(?:fail|EAGAIN|resource temporarily unavailable)"),
    Wording.of("create", r"(?:failed|unable) to create (?:a )?(?:new )?(?:os |native )?thread"),
    Wording.of("new os thread", r"failed to create new OS thread"),
    Wording.of("max number of threads", r"max number of threads \[\d+\][^\n]{0,120} is too low"),
    Wording.of("failed to spawn thread"),
    Wording.of("what():", r"what\(\):\s+Resource temporarily unavailable"),
    Wording.of("can't create thread", r"can't create thread: resource temporarily unavailable"),
)
_MAPS = (
    Wording.of("max_map_count", r"max_map_count[^\n]{0,120}(?:too low|increase|at least)"),
    Wording.of("max virtual memory areas"),
)
_LOCKED = (
    Wording.of("memory is not locked"),
    Wording.of("lock", r"(?:unable|failed) to lock (?:jvm )?memory"),
    Wording.of("mlock", r"mlockall?[^\n]{0,120}(?:fail|cannot allocate|operation not permitted)"),
)
_WATCHERS = (
    Wording.of("file watchers", r"limit for number of file watchers reached"),
    Wording.of("inotify", r"inotify[^\n]{0,120}(?:limit|too many|no space left|fail)"),
    Wording.of("inotify", r"\blimit\b[^\n]{0,60}\binotify instances"),
)
_SETTING = (
    Wording.of("rlimit", r"error setting rlimits?\b"),
    Wording.of("error setting limit", r"ulimit[^\n]{0,120}error setting limit"),
    Wording.of("cannot modify limit", r"ulimit[^\n]{0,120}cannot modify limit"),
    Wording.of("setrlimit", r"setrlimit\b[^\n]{0,120}(?:operation not permitted|fail)"),
)
_SEMAPHORES = (
    Wording.of("semaphore", r"semaphores?[^\n]{0,120}no space left on device"),
    Wording.of("mutex", r"mutex[^\n]{0,120}no space left on device|no space left on device[^\n]{0,120}mutex"),
)


@dataclass(frozen=True)
class _Limit:
    """One kind of limit: how it is said, what is the matter, and what to change."""

    wordings: tuple[Wording, ...]
    fact: str
    fix: str


_LIMITS = (
    _Limit(
        _SETTING,
        fact="may not raise a limit as it was asked to",
        fix="lower or remove the limit in `ulimits`, or raise it on the host",
    ),
    _Limit(
        _FILES,
        fact="reached the limit of open files",
        fix="raise it in the container definition (`ulimits` of FargateService):\n"
        '"ulimits": [{"name": "nofile", "softLimit": 65535, "hardLimit": 65535}]',
    ),
    _Limit(
        _THREADS,
        fact="reached the limit of threads and processes",
        fix="let the program start fewer threads or processes, give the task more memory, or raise `nproc` in "
        "`ulimits` (not on Fargate)",
    ),
    _Limit(
        _MAPS,
        fact="needs a higher `vm.max_map_count` than the host has",
        fix="tell the program to do without memory maps (`node.store.allow_mmap: false`), or raise it on the EC2 host: "
        "Fargate has no such setting",
    ),
    _Limit(
        _LOCKED,
        fact="may not lock its memory",
        fix="turn locking off (`bootstrap.memory_lock: false`, `disable_mlock = true`), or raise `memlock` in "
        "`ulimits` on EC2 instances",
    ),
    _Limit(
        _WATCHERS,
        fact="reached the limit of file watchers",
        fix="do not run a development server that watches files in the service",
    ),
    _Limit(
        _SEMAPHORES,
        fact="found no semaphore left",
        fix="start fewer such processes on the host, or raise `kernel.sem` there",
    ),
)
_ALL = tuple(wording for limit in _LIMITS for wording in limit.wordings)


def match(evidence: Evidence) -> Finding | None:
    """Return the limit that the deployment's program reached."""
    said = [*said_by_aws(evidence, _ALL), *said_at_death(evidence, _ALL)]
    if not said:
        return None
    first = said[0]
    limit = next(each for each in _LIMITS if any(wording.pattern is first.found.re for wording in each.wordings))
    container = container_of(first)
    return Finding(
        what=f"the container {quoted(container)} {limit.fact}" if container else f"the program {limit.fact}",
        why="the limit is part of the task definition or of the host, and the program needs as much at each start",
        fix=limit.fix,
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
