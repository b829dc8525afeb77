"""The container's own health check runs and reports failure.

## What it looks for
`Task failed container health checks`, `failed container health checks` in an event, or a container with the health
status UNHEALTHY whose process did not end by itself.

## Why waiting cannot help
ECS stops a task whose essential container is unhealthy. One may have had a bad start; with a second one, and none
healthy in between, it is certain.

## What to do
Run the command of `healthCheck` in a container of the image, and look at what it says; ECS does not keep its output:

    docker run -d --name probe IMAGE; docker exec probe sh -c 'COMMAND'; echo $?

## What it is not
- A command that cannot work in this image at all: `container-health-check-command-invalid`.
- A program that is ready too late: `health-grace-period-too-short`.
- The load balancer's checks.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
"""

from collections.abc import Iterator

from diagnostics.evidence import Container, Evidence, Task
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.passages import Passage, died_by_itself
from diagnostics.said import Wording, said_by_aws

ID = "container-health-check-failing"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("failed container health checks"),
    Wording.of("container health check", r"container health checks? (?:has |have )?fail"),
    Wording.of("unhealthy container"),
    # What an agent or Docker Compose says of a container that another one waits for.
    Wording.of("is unhealthy", r"container \S+ is unhealthy|dependency failed to start[^\n]{0,300}is unhealthy"),
)


def match(evidence: Evidence) -> Finding | None:
    """Return the container whose check fails."""
    failing = [*unhealthy(evidence)]
    if not failing:
        return None
    _, passage, container = failing[0]
    defined = evidence.task_definition.container(container) if evidence.task_definition else None
    command = " ".join(defined.health_check.command[1:]) if defined and defined.health_check else ""
    asked = f": {quoted(command)}" if command else ""
    image = pasted(defined.image if defined and defined.image else "IMAGE")
    return Finding(
        what=f"the health check of the container {quoted(container)} fails{asked}"
        if container
        else "the container's health check fails",
        why="ECS stops a task whose essential container is unhealthy, and starts another one",
        fix="run the check's command in a container of the image and correct what it says, or give the program"
        f" more time (`startPeriod`):\ndocker run -d --name probe {image};"
        f" docker exec probe sh -c {pasted(command or 'COMMAND')}",
        evidence=(passage.quote(),),
        tasks=tuple(dict.fromkeys(each.arn for each, _, _ in failing if each is not None and each.stopped)),
    )


def unhealthy(evidence: Evidence) -> Iterator[tuple[Task | None, Passage, str]]:
    """Yield the deployment's tasks whose container checks fail: the task, the words, and the container's name."""
    for said in said_by_aws(evidence, _WORDINGS):
        sick = (each.name for each in said.task.containers if _sick(each)) if said.task else ()
        yield said.task, said.passage, next(iter(sick), _only_checked(evidence))
    for task in (*evidence.running, *evidence.failed_tasks):
        for container in task.containers:
            ended = container.exit_code is not None and died_by_itself(task, container.name)
            if _sick(container) and not ended:
                source = f"task {task.short_id} container {container.name} healthStatus"
                yield task, Passage(source, container.health_status, evidence.captured_at, task), container.name


def _sick(container: Container) -> bool:
    return container.health_status.upper() == "UNHEALTHY"


def _only_checked(evidence: Evidence) -> str:
    """Return the name of the only container with a health check; "" where there are several, or none is known."""
    containers = evidence.task_definition.containers if evidence.task_definition else ()
    checked = [each.name for each in containers if each.health_check]
    return checked[0] if len(checked) == 1 else ""
