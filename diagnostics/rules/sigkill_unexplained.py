r"""The container was killed, and nothing shows by whom.

## What it looks for
Exit code 137 (128 + SIGKILL) of a container in a task that ECS did not decide to stop, without a reason from ECS, while
no other container of the task ended by itself. Or the last words of a program: one of its processes was killed
(`Worker (pid:8) was sent SIGKILL!`, `Killed`), or a tool that tells the exit code and nothing else.

## Why waiting cannot help
It may: a kill has many authors. The kernel kills for memory without ECS seeing it (a child process, the host's memory),
a supervisor in the container kills its child, a person does. With a second death it repeats.

## What to do
Look at the memory of the task just before its end, and raise `memory` to see whether it helps:

    aws cloudwatch get-metric-statistics --namespace AWS/ECS --metric-name MemoryUtilization --statistics Maximum \
      --dimensions Name=ClusterName,Value=CLUSTER Name=ServiceName,Value=SERVICE --period 60 \
      --start-time START --end-time END

## What it is not
- `OutOfMemoryError: Container killed due to memory usage`: `out-of-memory`.
- A sidecar that is killed after the essential container ended: that one is the cause.
- A task that ECS stops and that does not answer SIGTERM within `stopTimeout` is killed too: no failure of its own.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html
"""

from diagnostics.evidence import Container, Evidence, Task
from diagnostics.memory_words import BY_SIGKILL
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.passages import KILLED_FROM_OUTSIDE, Passage
from diagnostics.said import exit_code_said, exit_passage, said_at_death
from diagnostics.shapes import tail

ID = "sigkill-unexplained"
VERDICT = Verdict.SUSPECT

_SIGKILL = 137


def match(evidence: Evidence) -> Finding | None:
    """Return the container that was killed without a reason."""
    killed = [(task, found) for task in evidence.failed_tasks if (found := _killed(task))]
    if killed:
        what = f"the container {quoted(killed[0][1].name)} was killed (exit code 137, SIGKILL), and nothing says why"
        passages = [exit_passage(*each) for each in killed]
    else:
        what = "a process of the container was killed (SIGKILL), and nothing says why"
        passages = _said(evidence)
    if not passages:
        return None
    return Finding(
        what=what,
        why="the kernel kills like this when memory runs out, and so does a supervisor or a person; ECS does not say",
        fix=_fix(evidence),
        evidence=(passages[0].quote(),),
        tasks=tuple(dict.fromkeys(passage.task.arn for passage in passages if passage.task)),
    )


def _said(evidence: Evidence) -> list[Passage]:
    """Return the words of programs that a process of theirs was killed, or of tools that the container was."""
    logged = [said.passage for said in said_at_death(evidence, BY_SIGKILL)]
    return logged or exit_code_said(evidence, _SIGKILL)


def _fix(evidence: Evidence) -> str:
    service = evidence.service
    cluster = tail(evidence.cluster_arn or (service.cluster_arn if service else "")) or "CLUSTER"
    name = (service.name if service else "") or "SERVICE"
    return (
        "look at MemoryUtilization just before the end, and raise `memory` if it is near 100 %:\n"
        "aws cloudwatch get-metric-statistics --namespace AWS/ECS --metric-name MemoryUtilization --statistics Maximum"
        f" --dimensions Name=ClusterName,Value={pasted(cluster)} Name=ServiceName,Value={pasted(name)} --period 60"
        " --start-time START --end-time END"
    )


def _killed(task: Task) -> Container | None:
    decided_by_ecs = task.stop_code == "ServiceSchedulerInitiated" or task.stopped_for_health
    # An essential container that ends takes the others with it: they are killed when they ignore SIGTERM.
    ended_before = any(each.exit_code not in (None, *KILLED_FROM_OUTSIDE) for each in task.containers)
    if decided_by_ecs or ended_before:
        return None
    return next((each for each in task.containers if each.exit_code == _SIGKILL and not each.reason), None)
