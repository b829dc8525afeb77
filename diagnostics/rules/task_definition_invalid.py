"""
ECS or the runtime refuses what the task definition says.

## What it looks for
A refused registration (`ClientException … RegisterTaskDefinition`, `No Fargate configuration exists for given values`,
`Invalid setting for container`, `is greater than for the task`), a parameter that Fargate does not support, or what the
runtime cannot do at the start: a device, a capability, a kernel parameter.

## Why waiting cannot help
The definition is what it is.

## What to do
Correct what is named. On Fargate only certain pairs of `cpu` and `memory` exist, and `privileged`, devices, host ports
that differ and most Linux parameters do not:

    aws ecs register-task-definition --generate-cli-skeleton

## What it is not
- A definition that is deregistered: `task-definition-inactive`.
- Volumes, log drivers, ports of the load balancer: rules of their own.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Wording, container_of, said_by_aws, tasks_of

ID = "task-definition-invalid"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of("no fargate configuration exists"),
    Wording.of("invalid setting for container", r"invalid setting for container '?(?P<container>[\w-]+)?"),
    Wording.of("setting for container", r"'?(?P<field>\w+)'? setting for container '?(?P<container>[\w-]+)"),
    Wording.of("is greater than for the task"),
    Wording.of(
        "registertaskdefinition",
        r"RegisterTaskDefinition[^\n]*(?:ClientException|InvalidParameter|ValidationException|invalid|must|cannot|not support)|(?:ClientException|InvalidParameter\w*|ValidationException)[^\n]*RegisterTaskDefinition",
    ),
    Wording.of("create taskdefinition", r"Create TaskDefinition:[^\n]+"),
    Wording.of("invalid 'cpu'", r"invalid '?(?:cpu|memory)'? (?:setting|value)"),
    Wording.of("dependency container", r"dependency container[^\n]*(?:cannot|must)"),
    Wording.of("cyclic", r"cyclic[^\n]{0,40}dependenc|circular dependenc"),
    Wording.of(
        "not supported",
        r"(?:fargate|task definition|launch type|awsvpc|containers?)[^\n]{0,120}not supported|not supported[^\n]{0,60}(?:fargate|launch type|task definition)",
    ),
    Wording.of(
        "incompatible",
        r"(?:task ?definition|launch type|network ?mode|compatib)[^\n]{0,120}incompatible|incompatible[^\n]{0,120}(?:task ?definition|launch type|requires)",
    ),
    Wording.of("does not support", r"(?:fargate|launch type)[^\n]{0,60}does not support[^\n]{0,80}"),
    Wording.of("requires compatibilities", r"requires ?compatibilities[^\n]{0,80}(?:fargate|validation|not)"),
    Wording.of("compatible with fargate", r"not (?:be )?compatible with fargate|compatible with FARGATE"),
    Wording.of("gathering device information"),
    Wording.of("could not select device driver"),
    Wording.of("unknown capability", r"(?:unknown|invalid) capability"),
    Wording.of("sysctl", r"sysctl[^\n]{0,80}(?:not allowed|invalid|not supported|not in a separate|no such file)"),
    Wording.of("invalid container name", r"(?:invalid|duplicate)[^\n]{0,20}container name"),
    Wording.of("container names must be unique", r"container names? must be unique"),
    Wording.of("family", r"family (?:contains invalid|should not be|must)"),
    Wording.of(
        "should not be null or empty",
        r"(?:container|task ?definition|name|cpu|memory)[^\n]{0,40}should not be null or empty",
    ),
    Wording.of("minimum memory limit", r"minimum memory (?:limit|reservation)"),
    Wording.of(
        "memory",
        r"(?:memory|memoryReservation)[^\n]{0,60}(?:must be (?:specified|set|greater)|invalid value|is not (?:a )?valid)",
    ),
    Wording.of("container.image", r"container\.(?:image|name)[^\n]{0,40}(?:null|empty|blank)"),
    Wording.of("container definition", r"container ?definitions?[^\n]{0,80}(?:invalid|must|missing|empty|exceed)"),
    Wording.of("linuxparameters", r"linuxParameters[^\n]{0,80}(?:not support|invalid|must)"),
    Wording.of("user", r"unable to find user (?P<field>\S+)"),
)
_OTHER = re.compile(
    r"not authorized|AccessDenied|PassRole|execution role|platform version|firelens|log ?driver|load balancer|target ?group|subnet"
    r"|secret|throttl|rate exceeded|multiple times|volume|mount|inactive|quota|limit ?exceeded|requested capabilities",
    re.IGNORECASE,
)
_SAID = 160


def match(evidence: Evidence) -> Finding | None:
    """Return what of the task definition is refused."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    container = said[0].group("container") or container_of(said[0])
    words = " ".join(said[0].passage.text.split())
    named = f" for the container {quoted(container)}" if container else ""
    return Finding(
        what=f"the task definition is refused{named}: {quoted(words if len(words) <= _SAID else words[:_SAID] + '…')}",
        why="the definition is what it is, and each try with it is refused alike",
        fix="correct what is named in the task definition; on Fargate only certain pairs of `cpu` and `memory` exist, and "
        "neither devices nor privileged containers",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
