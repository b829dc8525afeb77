"""The container was killed, and nothing shows by whom.

## What it looks for
Exit code 137 (128 + SIGKILL) of a container in a task that ECS did not decide to stop, without any word of memory and
without a telling line in its log.

## Why waiting cannot help
It may: a kill has many authors. The kernel kills for memory without ECS seeing it (a child process, the host's memory),
a supervisor in the container kills its child, a person does. With a second death it repeats.

## What to do
Look at the memory of the task just before its end, and raise `memory` to see whether it helps:

    aws cloudwatch get-metric-statistics --namespace AWS/ECS --metric-name MemoryUtilization --statistics Maximum \\
      --dimensions Name=ClusterName,Value=CLUSTER Name=ServiceName,Value=SERVICE --period 60 \\
      --start-time START --end-time END

## What it is not
- `OutOfMemoryError: Container killed due to memory usage`: `out-of-memory`.
- A task that ECS stops and that does not answer SIGTERM within `stopTimeout` is killed too: no failure of its own.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html
"""

from diagnostics.evidence import Container, Evidence, Task
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import exit_passage

ID = "sigkill-unexplained"
VERDICT = Verdict.SUSPECT

_SIGKILL = 137


def match(evidence: Evidence) -> Finding | None:
    """Return the container that was killed without a reason."""
    killed = [(task, found) for task in evidence.failed_tasks if (found := _killed(task))]
    if not killed:
        return None
    task, container = killed[0]
    return Finding(
        what=f"the container {quoted(container.name)} was killed (exit code 137, SIGKILL), and nothing says why",
        why="the kernel kills like this when memory runs out, and so does a supervisor or a person; ECS names no reason",
        fix="look at MemoryUtilization just before the end, and raise `memory` in the task definition if it is near 100 %",
        evidence=(exit_passage(task, container).quote(),),
        tasks=tuple(dict.fromkeys(task.arn for task, _ in killed)),
    )


def _killed(task: Task) -> Container | None:
    decided_by_ecs = task.stop_code == "ServiceSchedulerInitiated" or task.stopped_for_health
    if decided_by_ecs:
        return None
    return next((each for each in task.containers if each.exit_code == _SIGKILL and not each.reason), None)
