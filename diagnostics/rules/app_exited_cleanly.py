"""The main process ended by itself without an error, and a service needs one that stays.

## What it looks for
An essential container that exited with code 0 and so ended its task, while no container of the task failed by itself
(the others, which ECS then stops, may show 137 or 143).

## Why waiting cannot help
ECS starts the task again, and the command ends again. A single end may be wanted (a program that restarts itself), so
one is only suspect; with a second task, and none healthy in between, it is certain.

## What to do
- Keep the server in the foreground: `nginx -g 'daemon off;'`, `httpd -DFOREGROUND`, no `&`, no `start`.
- A job that ends is not a service: run it with `aws ecs run-task` or a schedule.
- A sidecar that may end is not `essential`.

## What it is not
- A task that ECS stopped (scaling, failed health checks) also ends with 0: then that is the cause.
- An exit code other than 0.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/standalone-tasks.html
"""

from diagnostics.evidence import Container, Evidence, Task
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.passages import KILLED_FROM_OUTSIDE
from diagnostics.said import exit_code_said, exit_passage

ID = "app-exited-cleanly"
VERDICT = Verdict.SUSPECT


def match(evidence: Evidence) -> Finding | None:
    """Return the essential container that ended without an error."""
    ended = [(task, container) for task in evidence.failed_tasks if (container := _ended(evidence, task))]
    passages = [exit_passage(*each) for each in ended] or exit_code_said(evidence, 0)
    if not passages:
        return None
    name = f"the container {quoted(ended[0][1].name)}" if ended else "a container"
    return Finding(
        what=f"{name} ended by itself with exit code 0, and with it the task",
        why="a service starts its command again and again, and this command comes to an end",
        fix="keep the server in the foreground (`nginx -g 'daemon off;'`, no `&`); run a job that ends with "
        "`aws ecs run-task` instead of a service; give a sidecar that may end `essential: false`",
        evidence=(passages[0].quote(),),
        tasks=tuple(dict.fromkeys(passage.task.arn for passage in passages if passage.task)),
    )


def _ended(evidence: Evidence, task: Task) -> Container | None:
    """Return the container whose clean end ended its task."""
    ended_by_itself = task.stop_code in ("", "EssentialContainerExited") and not task.stopped_for_health
    said_otherwise = task.stopped_reason and "essential container" not in task.stopped_reason.lower()
    if not ended_by_itself or said_otherwise:
        return None
    if any(container.reason for container in task.containers):
        return None
    if any(container.exit_code not in (None, 0, *KILLED_FROM_OUTSIDE) for container in task.containers):
        return None
    defined = evidence.task_definition
    for container in task.containers:
        definition = defined.container(container.name) if defined else None
        if container.exit_code == 0 and (definition is None or definition.essential):
            return container
    return None
