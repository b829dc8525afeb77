"""The container needs more memory than it may have.

## What it looks for
A container that was killed at its limit (`OutOfMemoryError: Container killed due to memory usage`, exit code 137), the
kernel's or agent's line that says so, a language runtime that reached its own limit (`java.lang.OutOfMemoryError: Java
heap space`, V8's `JavaScript heap out of memory`, Python's `MemoryError`, PHP's `Allowed memory size … exhausted`, and
their like), or a program that the kernel gave no memory (`Cannot allocate memory`).

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
- `OOM command not allowed`, a database's `out of memory`: another service's memory.
- `Worker was sent SIGKILL! Perhaps out of memory?`: Gunicorn does not know.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.evidence import Evidence, Task
from diagnostics.memory_words import ALL, KILLED, NOT_OURS, runtime_of
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.passages import Passage, failure_words, log_passages, mentions
from diagnostics.repeats import memory_repeats
from diagnostics.said import find

ID = "out-of-memory"
VERDICT = Verdict.SUSPECT

_HINTS = {
    "JVM": "or give the heap its share with `JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75`",
    "V8": "and raise Node's own limit with `NODE_OPTIONS=--max-old-space-size=MIB`",
    "PHP": "and raise PHP's own `memory_limit`",
}
_CALLED = {each: f"the {each}" for each in ("JVM", "Erlang VM", "GHC runtime", "program")} | {"C++": "the C++ program"}
"""Runtimes that take an article; the others are called as their language is."""
_WHY = "the limit is part of the task definition, and what the program takes at its start is the same each time"
_QUOTES = 2
_SIGKILL = 137


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
        return _told(evidence)
    first = deaths[0]
    limit = _limit(evidence, first)
    name = quoted(first.container or "app")
    own = first.runtime not in ("", "kernel")
    return Finding(
        what=f"{_CALLED.get(first.runtime, first.runtime)} in the container {name} ran out of memory ({limit})"
        if own
        else f"the container {name} was killed because it used more memory than its limit ({limit})",
        why=_WHY,
        fix=_fix(limit, first.runtime),
        evidence=tuple(death.passage.quote() for death in deaths[:_QUOTES]),
        tasks=tuple(dict.fromkeys(death.task.arn for death in deaths)),
        repeats=memory_repeats(first.task, evidence),
    )


def _told(evidence: Evidence) -> Finding | None:
    """Return what a tool repeats of a task's reason, where the task itself is not seen."""
    if not mentions(evidence, *(wording.literal for wording in KILLED)):
        return None
    told = [passage for passage in failure_words(evidence) if passage.task is None and find(passage, KILLED)]
    if not told:
        return None
    return Finding(
        what="a container was killed because it used more memory than its limit",
        why=_WHY,
        fix=_fix("", ""),
        evidence=tuple(passage.quote() for passage in told[:_QUOTES]),
    )


def _killed(evidence: Evidence) -> Iterator[_Death]:
    """Yield the tasks of which ECS itself says that memory was the matter."""
    for task in evidence.failed_tasks:
        for container in task.containers:
            source = f"task {task.short_id} container {container.name} reason"
            reason = Passage(source, container.reason, task.ended_at, task)
            if find(reason, KILLED):
                yield _Death(task, container.name, reason, "")
                break
        else:
            reason = Passage(f"task {task.short_id} stoppedReason", task.stopped_reason, task.ended_at, task)
            if find(reason, KILLED):
                killed = next((each.name for each in task.containers if each.exit_code == _SIGKILL), "")
                yield _Death(task, killed, reason, "")


def _exhausted(evidence: Evidence) -> Iterator[_Death]:
    """Yield the tasks whose own log says it: the last such line, closest to the death."""
    if not mentions(evidence, *(wording.literal for wording in ALL)):
        return
    for task in evidence.failed_tasks:
        for log in evidence.logs_of(task):
            container = task.container(log.container)
            if container and container.exit_code == 0:
                continue
            for passage in reversed(log_passages(task, log)):
                found = find(passage, ALL)
                if found and not NOT_OURS.search(passage.text):
                    yield _Death(task, log.container, passage, runtime_of(found))
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
