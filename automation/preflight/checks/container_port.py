"""The load balancer block names a container of the task definition, and a port that this container maps.

ECS refuses a service whose load balancer block names a container that the task definition does not have, or a port
that the container does not map (`InvalidParameterException`).

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LoadBalancer.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from automation.preflight.balancing import load_balancers
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from automation.preflight.values import maps, text, whole
from diagnostics.names import quoted

ID = "container-port"
TITLE = "the load balancer block names a container of the task definition and a port that it maps"
READS = "the planned service and task definition"
FIX = "give the load balancer block and the port mappings the same container and port"


def run(subject: Subject, _reads: PreflightReads) -> Iterator[Finding]:
    """Hold each load balancer block against the containers."""
    blocks = load_balancers(subject)
    if isinstance(blocks, Hidden):
        yield not_done(f"the load balancer blocks are {blocks.value}")
        return
    if blocks and isinstance(subject.containers, Hidden):
        yield not_done(f"the containers are {subject.containers.value}")
        return
    for block in blocks:
        yield from _of_block(block, subject.containers)  # type: ignore[arg-type]  # not hidden, as asked above


def _of_block(block: Mapping[str, Any], containers: tuple[Mapping[str, Any], ...]) -> Iterator[Finding]:
    name, port = block.get("containerName"), block.get("containerPort")
    if isinstance(name, Hidden) or isinstance(port, Hidden):
        yield not_done("the load balancer block's container or port is not known before the update")
        return
    names = [text(each.get("name")) for each in containers]
    container = next((each for each in containers if each.get("name") == name), None)
    if container is None:
        yield refused(
            f"the load balancer block names the container {quoted(text(name))}, which is not in the task definition",
            f"name one of its containers: {', '.join(map(quoted, names))}",
            why="ECS takes only a container of the task definition for a load balancer",
        )
        return
    wanted, mapped = whole(port), tuple(_ports(container))
    if wanted is not None and not any(first <= wanted <= last for first, last in mapped):
        shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in mapped)
        yield refused(
            f"the load balancer block sends requests to port {wanted} of {quoted(text(name))}, which maps"
            f" {shown or 'no port'}",
            f"map port {wanted} in the container's `portMappings`"
            + (f", or set the load balancer block's `containerPort` to {shown}" if shown else ""),
            why="ECS registers only a port that the container maps",
        )


def _ports(container: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    for mapping in maps(container.get("portMappings")):
        first, dash, last = text(mapping.get("containerPortRange")).partition("-")
        if dash and first.isdigit() and last.isdigit():
            yield int(first), int(last)
        elif (port := whole(mapping.get("containerPort"))) is not None:
            yield port, port
