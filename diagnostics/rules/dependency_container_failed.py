"""
Another container of the task failed, so this one was never started.

## What it looks for
A container that others wait for (`dependsOn`) and that ended with an error, did not become healthy or did not end in
time, while the ones that wait have no exit code; or ECS's words for it.

## Why waiting cannot help
Every task starts the same containers in the same order.

## What to do
Read the log of the container that is waited for; correct it, or the condition (`START`, `COMPLETE`, `SUCCESS`,
`HEALTHY`), or give it more time with `startTimeout`.

## What it is not
- The cause of that container's failure, where its log shows it: that is the root cause.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_dependson
"""

from diagnostics.evidence import Container, Evidence, Task
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Wording, exit_passage, said_by_aws, tasks_of

ID = "dependency-container-failed"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of(
        "dependency",
        r"(?:dependency|dependencies|dependsOn)[^\n]{0,120}(?:fail|did not|timed out|unmet|not satisfied|not resolved|unresolvable|never)",
    ),
    Wording.of("waiting for dependency", r"(?:timed out )?waiting for (?:a )?(?:container )?dependenc"),
    Wording.of("dependent container", r"dependent container[^\n]*(?:fail|did not|exit)"),
    Wording.of("depends on", r"container[^\n]{0,60}depends on[^\n]{0,80}(?:fail|did not|exit|unhealthy)"),
)


def match(evidence: Evidence) -> Finding | None:
    """Return the container whose failure kept another one from starting."""
    said = [*said_by_aws(evidence, _WORDINGS)]
    failed = [(task, found) for task in evidence.failed_tasks if (found := _failed(evidence, task))]
    if not said and not failed:
        return None
    name = failed[0][1].name if failed else ""
    code = failed[0][1].exit_code if failed else None
    ended = f" (exit code {code})" if code else ""
    return Finding(
        what=f"the container {quoted(name)} failed{ended}, so those that wait for it were not started"
        if name
        else "a container that others wait for failed, so they were not started",
        why="`dependsOn` holds a container back until its condition is met, and every task starts the same way",
        fix=f"read the log of {quoted(name) if name else 'the container that is waited for'} and correct it, or the condition in `dependsOn`",
        evidence=tuple(each.passage.quote() for each in said[:1])
        + tuple(exit_passage(*each).quote() for each in failed[:1]),
        tasks=tuple(dict.fromkeys((*tasks_of(said), *(task.arn for task, _ in failed)))),
    )


def _failed(evidence: Evidence, task: Task) -> Container | None:
    """Return the container that failed, and for which one that was never started waits."""
    defined = evidence.task_definition
    if defined is None:
        return None
    for waiting in defined.containers:
        mine = task.container(waiting.name)
        if mine is None or mine.exit_code is not None:
            continue
        for name, condition in waiting.depends_on:
            awaited = task.container(name)
            if awaited is None:
                continue
            bad_end = awaited.exit_code is not None and (awaited.exit_code != 0 or condition in ("START", "HEALTHY"))
            if bad_end or (condition == "HEALTHY" and awaited.health_status.upper() == "UNHEALTHY"):
                return awaited
    return None
