"""
The container's own health check runs and reports failure.

## What it looks for
`Task failed container health checks`, `failed container health checks` in an event, or a container with the health
status UNHEALTHY.

## Why waiting cannot help
ECS stops a task whose essential container is unhealthy. One may have had a bad start; with a second one, and none healthy
in between, it is certain.

## What to do
Run the command of `healthCheck` in the image, and look at what it says; ECS does not keep its output:

    docker run -d --name probe IMAGE; docker exec probe sh -c 'COMMAND'; echo $?

## What it is not
- A command that cannot work in this image at all: `container-health-check-command-invalid`.
- The load balancer's checks.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
"""

from collections.abc import Iterator

from diagnostics.evidence import Evidence, Task
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.passages import Passage, died_by_itself
from diagnostics.said import Wording, said_by_aws

ID = "container-health-check-failing"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("failed container health checks"),
    Wording.of("container health check", r"container health checks? (?:has |have )?fail"),
    Wording.of("unhealthy container", r"unhealthy container|container[^\n]{0,60}is unhealthy"),
)


def match(evidence: Evidence) -> Finding | None:
    """Return the container whose check fails."""
    failing = [*unhealthy(evidence)]
    if not failing:
        return None
    task, passage, container = failing[0]
    defined = evidence.task_definition.container(container) if evidence.task_definition else None
    command = " ".join(defined.health_check.command[1:]) if defined and defined.health_check else ""
    return Finding(
        what=f"the health check of the container {quoted(container)} fails"
        if container
        else "the container's health check fails",
        why="ECS stops a task whose essential container is unhealthy, and starts another one",
        fix="run the check's command in the image and correct what it says, or give the program more time (`startPeriod`):\n"
        f"docker run --rm --entrypoint sh {pasted(defined.image if defined else 'IMAGE')} -c {pasted(command or 'COMMAND')}",
        evidence=(passage.quote(),),
        tasks=tuple(dict.fromkeys(each.arn for each, _, _ in failing if each is not None and each.stopped)),
    )


def unhealthy(evidence: Evidence) -> Iterator[tuple[Task | None, Passage, str]]:
    """Yield the deployment's tasks whose container checks fail: the task, the words, and the container's name."""
    for said in said_by_aws(evidence, _WORDINGS):
        sick = (
            next((each.name for each in said.task.containers if each.health_status.upper() == "UNHEALTHY"), "")
            if said.task
            else ""
        )
        yield said.task, said.passage, sick
    for task in (*evidence.running, *evidence.failed_tasks):
        for container in task.containers:
            ended = container.exit_code is not None and died_by_itself(task, container.name)
            if container.health_status.upper() == "UNHEALTHY" and not ended:
                source = f"task {task.short_id} container {container.name} healthStatus"
                yield task, Passage(source, container.health_status, evidence.captured_at, task), container.name
