"""The order in which the containers of a task start: `dependsOn` with START, COMPLETE, SUCCESS and HEALTHY.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
The texts are those of the container agent (aws/amazon-ecs-agent, engine/dependencygraph).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.ecs.errors import ClientError
from sandbox.ecs.model import Container

FAILED_TO_START = "Task failed to start"
_MET: Mapping[str, Callable[[Container], bool]] = {
    "START": lambda on: on.started_at is not None,
    "COMPLETE": lambda on: on.exit_code is not None,
    "SUCCESS": lambda on: on.exit_code == 0,
    "HEALTHY": lambda on: on.health == "HEALTHY" and on.runs,
}
_GRAPH = "dependency graph:"


def startable(containers: Sequence[Container]) -> list[Container]:
    """Return those that have not started and wait for nothing any more."""
    named = {each.name: each for each in containers}
    waiting = [each for each in containers if each.started_at is None and each.reason is None]
    return [each for each in waiting if all(_MET[when](named[on]) for on, when in _dependencies(each))]


def refused(containers: Sequence[Container]) -> tuple[Container, str] | None:
    """Return a container that can never start, and why; None where there is none."""
    named = {each.name: each for each in containers}
    for container in containers:
        if container.started_at is not None:
            continue
        for name, condition in _dependencies(container):
            on = named[name]
            where = f"container ordering dependency [{name}] for target [{container.name}]"
            if on.exit_code is None or _MET[condition](on):
                continue
            if condition == "SUCCESS":
                return container, f"{_GRAPH} failed to resolve {where} as dependency did not exit successfully."
            return container, f"{_GRAPH} failed to resolve {where} because dependency will never start"
    return None


def overdue(containers: Sequence[Container], late: Container) -> tuple[Container, str] | None:
    """Return a container that still waits for `late` when its startTimeout is over, and the agent's words for it."""
    for container in containers:
        for name, condition in _dependencies(container):
            if container.started_at is None and name == late.name and not _MET[condition](late):
                where = f"container ordering dependency [{name}] for target [{container.name}]"
                return container, f"{_GRAPH} {where} has timed out."
    return None


def check_dependencies(definitions: Sequence[Mapping[str, Any]]) -> None:
    """Refuse dependencies that cannot be resolved, as RegisterTaskDefinition does (the words are ours)."""
    named = {each.get("name"): each for each in definitions}
    for each in definitions:
        for dependency in each.get("dependsOn") or []:
            on, when = named.get(dependency.get("containerName")), dependency.get("condition")
            if on is None or when not in _MET:
                raise ClientError(f"Invalid 'dependsOn' setting for container '{each.get('name')}'.")
            if when == "HEALTHY" and not on.get("healthCheck"):
                raise ClientError(f"Container '{on['name']}' needs a health check: another waits until it is HEALTHY.")
            if when in {"COMPLETE", "SUCCESS"} and on.get("essential", True):
                raise ClientError(f"Container '{on['name']}' is essential: nothing can wait until it is {when}.")
    left = set(named)
    while left:
        free = {n for n in left if not left & {d["containerName"] for d in named[n].get("dependsOn") or []}}
        if not free:
            raise ClientError("The dependencies of the containers have a cycle.")
        left -= free


def _dependencies(container: Container) -> list[tuple[str, str]]:
    return [(each["containerName"], each["condition"]) for each in container.definition.get("dependsOn") or []]
