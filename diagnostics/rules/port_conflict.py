"""The port that the program or the task needs is taken.

## What it looks for
`EADDRINUSE`, `address already in use` in the last words of a program that died; two containers of a task that map one
host port; or, on EC2 instances, `is already using a port required by your task`, `RESOURCE:PORTS`, `port is already
allocated`.

## Why waiting cannot help
The containers of a task share one network interface on Fargate, so two that listen on the same port always collide. A
fixed host port on an instance is free again only when the task that has it stops, which a rolling deployment waits for.

## What to do
- Give each container of the task its own port, also the one that a sidecar or an agent listens on.
- Start the server once: not in the entry point and again in the command.
- On EC2 with bridge networking set `hostPort` to 0, or have more instances than tasks.

## What it is not
- A port that the load balancer probes and nobody listens on: `elb-health-port-mismatch`.
- A port that the user may not bind: `app-permission-denied`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Said, Wording, container_of, said_at_death, said_by_aws, tasks_of

ID = "port-conflict"
VERDICT = Verdict.SUSPECT

_PORT = r"(?P<port>\d{2,5})\b(?!\.\d)"
_IN_TASK = (
    Wording.of("address already in use", rf"(?:[:\s]|port )['\"]?{_PORT}['\")]*[^\n]{{0,40}}address already in use"),
    Wording.of("address already in use", rf"address already in use[^\n]{{0,80}}?(?::|port ){_PORT}"),
    Wording.of("address already in use"),
    Wording.of("eaddrinuse", rf"\bEADDRINUSE\b[^\n]{{0,80}}?:{_PORT}"),
    Wording.of("eaddrinuse", r"(?<!code: ')\bEADDRINUSE\b"),
    Wording.of("address in use", rf"(?:[:\s]|port )['\"]?{_PORT}['\")]*[^\n]{{0,40}}address in use"),
    Wording.of("address in use"),
    Wording.of("connection in use", rf"Connection in use: \('[^']*', {_PORT}"),
    Wording.of("already in use", rf"\bport {_PORT}[^\n]{{0,20}} already in use"),
    Wording.of("already in use", rf"\baddress \S{{1,60}}:{_PORT} (?:is )?already in use"),
    Wording.of("already in use", r"\b(?:that|this|the) port is already in use"),
    # A development server that then takes another port does not mind.
    Wording.of("is in use", rf"\bport {_PORT},? (?:which |it )?is in use(?![^\n]{{0,300}}(?:trying|instead))"),
    Wording.of(" in use?", rf"\bis port {_PORT} in use\?"),
    Wording.of("still could not bind()"),
    Wording.of("failed to bind to", rf"failed to bind to \S{{0,80}}?:{_PORT}"),
    Wording.of("failed to bind to", rf"Bind\w*Exception\W{{1,3}}failed to bind to \W?{_PORT}"),
    Wording.of("failed to bind to address", rf"failed to bind to address \S{{0,80}}?:{_PORT}: address\b"),
    Wording.of("already running on port", rf"already running on port {_PORT}"),
    Wording.of("only one usage of each socket address"),
    Wording.of("errno 98", r"\[Errno 98\]"),
)
"""C's text of error 98 as servers and languages repeat it, Node's name of it, Gunicorn, Spring Boot, Jetty, Bun, nginx
(src/core/ngx_connection.c: it tries again on this error alone), Windows."""
_BY_ECS = (
    Wording.of("already using a port required by your task"),
    Wording.of("resource:ports"),
    Wording.of("port is already allocated", rf"(?:bind for \S*?:{_PORT}[^\n]*?)?port is already allocated"),
    # The reason of a container is cut at 255 characters.
    Wording.of("external connectivity", rf"external connectivity [^\n]{{0,200}}: Bind for \S*?:{_PORT} failed\s*\Z"),
    Wording.of(
        "programming external connectivi",
        r"programming external connectivi(?:ty)?"
        r"(?: on(?: endpo\w*(?: [\w.-]+(?: \(\w*\)?:?(?: B\w*(?: for \S*)?)?)?)?)?)?[.\u2026\s]*\Z",
    ),
    Wording.of("is already using", r"closest matching[^\n]{0,160} is already using\b"),
    Wording.of("ports are not available"),
    Wording.of("mapped multiple times", rf"host port '?{_PORT}'? is mapped multiple times"),
    Wording.of("used multiple times in task", rf"(?:container|host) port '?{_PORT}'? is used multiple times in task"),
    Wording.of("failed to create endpoint", rf"failed to create endpoint [^\n]{{0,200}}: Bind for \S*?:{_PORT}\s*\Z"),
    Wording.of("failed to bind host port", rf"failed to bind host port (?:for )?\S*?:{_PORT}"),
    Wording.of("userland proxy", rf"userland proxy: [^\n]*?:{_PORT}: [^\n]{{0,300}}(?:in use|EADDRINUSE)"),
)
"""ECS's events, and Docker's reasons on an EC2 instance (moby libnetwork/portallocator, cmd/docker-proxy)."""


def match(evidence: Evidence) -> Finding | None:
    """Return the port that is taken."""
    by_ecs = [*said_by_aws(evidence, _BY_ECS)]
    said = by_ecs or [*said_by_aws(evidence, _IN_TASK), *said_at_death(evidence, _IN_TASK)]
    if not said:
        return None
    why = "the containers of a task share one network interface, so two listeners on one port always collide"
    fix = "give each container of the task its own port, and start the server only once"
    if _mapped_twice(said[0]):
        why = f"a {_kind(said[0])} belongs to one container, and the task definition gives it to two of them"
        fix = (
            "give each container its own `hostPort` in the task definition, or 0 (a port is chosen for each)"
            if _kind(said[0]) == "host port"
            else "let each container of the task listen on a port of its own, and map each port once"
        )
    elif by_ecs:
        why = "a host port belongs to one task at a time, and the rest of the instances cannot take the task"
        fix = "set `hostPort` to 0 (a port is chosen for each task), or have more instances than tasks"
    return Finding(
        what=_what(said[0], by_ecs=bool(by_ecs)),
        why=why,
        fix=fix,
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _mapped_twice(said: Said) -> bool:
    return "multiple times" in said.passage.text


def _kind(said: Said) -> str:
    """Return what is mapped twice: in the network mode `awsvpc` there is no host port beside the container's."""
    return "port" if "container port" in said.passage.lower else "host port"


def _what(said: Said, *, by_ecs: bool) -> str:
    port = said.group("port")
    if _mapped_twice(said):
        kind = _kind(said)
        return f"{kind} {port} is mapped by two containers of the task" if port else f"two containers map one {kind}"
    if by_ecs:
        return f"the host port {port} is taken on the instance" if port else "the host port is taken on every instance"
    container = container_of(said)
    name = f"the container {quoted(container)}" if container else "the program"
    return f"{name} cannot listen on port {port}: it is taken" if port else f"{name} cannot listen: its port is taken"
