"""Another container of the task failed, so this one was never started.

## What it looks for
The agent's words for it (`failed to resolve container ordering dependency … as dependency did not exit successfully`,
`… has timed out`), or a container that others wait for (`dependsOn`) and that ended with an error, or did not become
healthy, while one that waits was never started.

## Why waiting cannot help
Every task starts the same containers in the same order. One may have had bad luck, so it is suspect; a second one that
goes the same way, with none healthy in between, is certain.

## What to do
Read the log of the container that is waited for; correct it, or the condition (`START`, `COMPLETE`, `SUCCESS`,
`HEALTHY`), or give it more time with `startTimeout`:

    aws ecs describe-tasks --cluster CLUSTER --tasks TASK --query 'tasks[].containers[].[name,exitCode,reason]'

## What it is not
- The cause of that container's failure, where its log shows it: that is the root cause.
- Dependencies that ECS refuses to register: `task-definition-invalid`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_dependson
- https://github.com/aws/amazon-ecs-agent/blob/master/agent/engine/dependencygraph/graph.go
"""

import re

from diagnostics.evidence import Container, Evidence, Task
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Said, Wording, exit_passage, said_by_aws, tasks_of

ID = "dependency-container-failed"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("ordering dependency", r"ordering dependency[^\n]*"),
    Wording.of("dependency graph", r"dependency graph:[^\n]{0,300}(?:dependen|not resolved)[^\n]*"),
    Wording.of("dependent container", r"dependent container[^\n]{0,300}(?:fail|did not|exit|not in expected state)"),
    Wording.of("dependency did not"),
    Wording.of("cannot link to a non running container"),
    Wording.of("dependenc", r"(?:timed out|timeout)[^\n]{0,40}waiting for (?:a )?(?:container )?dependenc"),
    Wording.of("depends on", r"container[^\n]{0,60}depends on[^\n]{0,80}(?:fail|did not|exit|unhealthy|timed out)"),
    Wording.of("dependson", r"dependsOn[^\n]{0,80}(?:fail|did not|timed out|unmet|not (?:satisfied|met))"),
)
_AWAITED = re.compile(r"dependency \[(?P<name>[\w-]+)\(")
"""`[container-1(public.ecr.aws/x/y) (STOPPED->RUNNING) -  Exit: 1]`: `Container.String` of the ECS agent."""
_NOT_THIS = re.compile(r"RegisterTaskDefinition|ClientException|cyclic|credentials not available", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the container whose failure kept another one from starting."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _NOT_THIS.search(each.passage.text)]
    failed = [(task, found) for task in evidence.failed_tasks if (found := _failed(evidence, task))]
    if not said and not failed:
        return None
    name, how = _named(said, failed)
    return Finding(
        what=f"the container {quoted(name)} {how}, so those that wait for it were not started"
        if name
        else "a container that others wait for failed, so they were not started",
        why="`dependsOn` holds a container back until its condition is met, and every task starts the same way",
        fix=f"read the log of {quoted(name) if name else 'the container that is waited for'} and correct it, or the"
        " condition in `dependsOn`, or raise its `startTimeout`",
        evidence=tuple(each.passage.quote() for each in said[:1])
        + tuple(exit_passage(*each).quote() for each in failed[:1] if each[1].exit_code is not None),
        tasks=tuple(dict.fromkeys((*tasks_of(said), *(task.arn for task, _ in failed)))),
    )


def _named(said: list[Said], failed: list[tuple[Task, Container]]) -> tuple[str, str]:
    if failed:
        container = failed[0][1]
        ended = f" (exit code {container.exit_code})" if container.exit_code else ""
        return container.name, f"failed{ended}" if ended else "did not become healthy"
    found = next((found for each in said if (found := _AWAITED.search(each.passage.text))), None)
    late = any(each.passage.has("timed out") for each in said)
    return (found["name"] if found else ""), "took too long" if late else "failed"


def _failed(evidence: Evidence, task: Task) -> Container | None:
    """Return the container that failed, and for which one that was never started waits."""
    for waiting in evidence.task_definition.containers if evidence.task_definition else ():
        mine = task.container(waiting.name)
        if mine is None or mine.exit_code is not None or mine.last_status == "RUNNING":
            continue
        for name, condition in waiting.depends_on:
            awaited = task.container(name)
            if awaited is not None and _unmet(awaited, condition):
                return awaited
    return None


def _unmet(awaited: Container, condition: str) -> bool:
    """Say whether the condition can no longer be met. `START` and `COMPLETE` are met by any end."""
    sick = awaited.health_status.upper() == "UNHEALTHY"
    if condition == "SUCCESS":
        return awaited.exit_code not in (None, 0)
    return condition == "HEALTHY" and (sick or awaited.exit_code is not None)
