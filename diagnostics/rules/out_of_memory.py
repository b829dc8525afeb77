"""The container needs more memory than it may have.

## What it looks for
A container that was killed at its limit (`OutOfMemoryError: Container killed due to memory usage`, exit code 137), the
kernel's or agent's line that says so, or a language runtime that reached its own limit: `java.lang.OutOfMemoryError:
Java heap space`, V8's `JavaScript heap out of memory`, Python's `MemoryError`, PHP's `Allowed memory size … exhausted`,
and their like.

## Why waiting cannot help
The limit is part of the task definition, and what the program takes at its start is the same each time. One such death
may come from one heavy request, so one is only suspect; with a second task, and none healthy in between, it is certain.
It is certain at once behind a load balancer where the program ran out within a minute of its start: then there was no
request yet.

## What to do
Raise the limit, or make the program take less. A JVM takes a quarter of the memory for its heap unless it is told
otherwise, Node has a heap limit of its own:

    JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75
    NODE_OPTIONS=--max-old-space-size=768

## What it is not
- Exit code 137 alone: SIGKILL, also sent when a container ignores SIGTERM for `stopTimeout` seconds.
- `unable to create native thread`, `Too many open files`: other limits.
- `OOM command not allowed`: another service's memory.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.evidence import Evidence, Task
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.passages import Passage, log_passages
from diagnostics.repeats import memory_repeats

ID = "out-of-memory"
VERDICT = Verdict.SUSPECT

_KILLED = re.compile(
    r"OutOfMemory(?:Error)?\b|Container killed due to memory|\bOOM ?-?killed\b|killed.{0,40}out of memory",
    re.IGNORECASE,
)
_RUNTIMES = (
    (
        re.compile(r"java\.lang\.OutOfMemoryError(?!: (?:unable to create (?:new )?native thread|.*file descriptor))"),
        "JVM",
    ),
    (re.compile(r"Terminating due to java\.lang\.OutOfMemoryError"), "JVM"),
    (re.compile(r"JavaScript heap out of memory|invalid (?:array|table) length Allocation failed"), "V8"),
    (re.compile(r"^(?:\S+\.)?MemoryError\b|Errno 12\] Cannot allocate memory"), "Python"),
    (re.compile(r"runtime: out of memory|runtime: cannot allocate memory"), "Go"),
    (re.compile(r"^memory allocation of \d+ bytes failed"), "Rust"),
    (re.compile(r"System\.OutOfMemoryException"), ".NET"),
    (re.compile(r"NoMemoryError\b|failed to allocate memory \(NoMemoryError\)"), "Ruby"),
    (re.compile(r"Allowed memory size of \d+ bytes exhausted"), "PHP"),
    (re.compile(r"std::bad_alloc"), "C++"),
    (re.compile(r"(?:[Mm]emory cgroup o|O)ut of memory: Kill(?:ed)? process|\boom-kill:|invoked oom-killer"), "kernel"),
)
_HINTS = {
    "JVM": "or give the heap its share with `JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75`",
    "V8": "and raise Node's own limit with `NODE_OPTIONS=--max-old-space-size=MIB`",
    "PHP": "and raise PHP's own `memory_limit`",
}
_QUOTES = 2


@dataclass(frozen=True)
class _Death:
    task: Task
    container: str
    passage: Passage
    runtime: str
    """Whose limit was reached: "" for the container's."""


def match(evidence: Evidence) -> Finding | None:
    """Return the memory limit that the deployment's tasks died of."""
    deaths = [*_killed(evidence), *_exhausted(evidence)]
    if not deaths:
        return None
    first = deaths[0]
    limit = _limit(evidence, first)
    name = quoted(first.container or "app")
    own = first.runtime not in ("", "kernel")
    return Finding(
        what=f"the {first.runtime} in the container {name} ran out of memory ({limit})"
        if own
        else f"the container {name} was killed because it used more memory than its limit ({limit})",
        why="the limit is part of the task definition, and what the program takes at its start is the same each time",
        fix=_fix(limit, first.runtime),
        evidence=tuple(death.passage.quote() for death in deaths[:_QUOTES]),
        tasks=tuple(dict.fromkeys(death.task.arn for death in deaths)),
        repeats=memory_repeats(first.task, evidence),
    )


def _killed(evidence: Evidence) -> Iterator[_Death]:
    """Yield the tasks of which ECS itself says that memory was the matter."""
    for task in evidence.failed_tasks:
        for container in task.containers:
            if _KILLED.search(container.reason):
                source = f"task {task.short_id} container {container.name} reason"
                yield _Death(task, container.name, Passage(source, container.reason, task.ended_at, task), "")
                break
        else:
            if _KILLED.search(task.stopped_reason):
                killed = next((each.name for each in task.containers if each.exit_code == _SIGKILL), "")
                source = f"task {task.short_id} stoppedReason"
                yield _Death(task, killed, Passage(source, task.stopped_reason, task.ended_at, task), "")


_SIGKILL = 137


def _exhausted(evidence: Evidence) -> Iterator[_Death]:
    """Yield the tasks whose own log says it: the last such line, closest to the death."""
    for task in evidence.failed_tasks:
        for log in evidence.logs_of(task):
            container = task.container(log.container)
            if container and container.exit_code == 0:
                continue
            for passage in reversed(log_passages(task, log)):
                runtime = next((name for wording, name in _RUNTIMES if wording.search(passage.text)), None)
                if runtime:
                    yield _Death(task, log.container, passage, runtime)
                    break


def _limit(evidence: Evidence, death: _Death) -> str:
    """Return the hard limit in words: the container's own, else the task's."""
    defined = evidence.task_definition
    container = defined.container(death.container) if defined else None
    if container and container.memory:
        return f"{container.memory} MiB for the container"
    whole = death.task.memory or (defined.memory if defined else "")
    return f"{whole} MiB for the task" if whole else "its size is not shown"


def _fix(limit: str, runtime: str) -> str:
    raised = "raise `memory` in the task definition"
    now = f"{raised} (now {limit})" if "MiB" in limit else raised
    return f"{now}, {_HINTS.get(runtime, 'or make the program take less')}"
