"""
The container health check's command cannot work in this image.

## What it looks for
A container whose check fails, and: the command's program is not in the image (`curl: not found`, `executable file not
found`), a command line given as one word after `CMD`, several words after `CMD-SHELL`, a list that begins with neither,
a port on which the program does not listen, or `localhost` that resolves to `::1` where the program listens on IPv4.

## Why waiting cannot help
The command is part of the task definition, and the image has what it has.

## What to do

    "healthCheck": {"command": ["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1:8080/healthz || exit 1"]}

Use a program that is in the image, `127.0.0.1` instead of `localhost`, and the port that the program listens on. An image
without a shell needs `["CMD", "/the/program", "argument"]`.

## What it is not
- A check that runs and reports a failure of the program: `container-health-check-failing`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
- https://docs.docker.com/reference/dockerfile/#healthcheck
"""

import re
from collections.abc import Iterator
from itertools import chain

from diagnostics.evidence import ContainerDefinition, Evidence
from diagnostics.listening import listeners
from diagnostics.model import Finding, Quote, Verdict
from diagnostics.names import quoted
from diagnostics.passages import Passage, log_passages
from diagnostics.rules.container_health_check_failing import unhealthy
from diagnostics.said import Wording, find, said_by_aws

ID = "container-health-check-command-invalid"
VERDICT = Verdict.SUSPECT

_IN_LOG = (
    Wording.of(
        "not found", r"\b(?P<program>curl|wget|nc|pgrep|grpc_health_probe|ps|netstat|ss)\b\"?:? (?:command )?not found"
    ),
    Wording.of("executable file not found", r"\"?(?P<program>[\w/.-]+)\"?: executable file not found"),
    Wording.of("can't connect to remote host", r"(?:wget|nc)[^\n]*can't connect to remote host"),
    Wording.of("[::1]", r"\[?::1\]?[^\n]*(?:connection refused|can't connect)"),
    Wording.of("curl: (7)", r"curl: \(7\) failed to connect to (?:localhost|127\.0\.0\.1|::1)"),
)
_ABOUT_THE_CHECK = (
    Wording.of("health", r"health ?check[^\n]*(?:executable file not found|no such file|OCI runtime exec failed)"),
    Wording.of("oci runtime exec failed"),
)
_URL_PORT = re.compile(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):(?P<port>\d{2,5})")


def match(evidence: Evidence) -> Finding | None:
    """Return why the check's command cannot work."""
    failing = [*unhealthy(evidence)]
    if not failing:
        return None
    _, passage, name = failing[0]
    found = next(chain(_logged(evidence), _defined(evidence, name)), None)
    if found is None:
        return None
    what, fix, told = found
    return Finding(
        what=what,
        why="the command is part of the task definition, and it fails the same way in every task",
        fix=fix,
        evidence=(passage.quote(), *told),
        tasks=tuple(dict.fromkeys(task.arn for task, _, _ in failing if task is not None and task.stopped)),
    )


_Explained = tuple[str, str, tuple[Quote, ...]]


def _logged(evidence: Evidence) -> Iterator[_Explained]:
    """Yield what the check itself wrote: agents and images that log the output of health commands."""
    for said in said_by_aws(evidence, _ABOUT_THE_CHECK):
        yield "the health check's command cannot be run in the image", _INSTEAD, (said.passage.quote(),)
    for task in (*evidence.running, *evidence.failed_tasks):
        for log in evidence.logs_of(task):
            for line in reversed(log_passages(task, log)):
                if found := find(line, _IN_LOG):
                    yield _from_line(found, line)


def _from_line(found: re.Match[str], line: Passage) -> _Explained:
    program = found.groupdict().get("program")
    if program:
        return f"the health check's program {quoted(program)} is not in the image", _INSTEAD, (line.quote(),)
    what = "the health check's command asks an address where nothing listens"
    return what, "ask `127.0.0.1` instead of `localhost`, and the port that the program listens on", (line.quote(),)


_INSTEAD = 'use a program that is in the image, or put it there: `["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1:PORT/PATH || exit 1"]`'


def _defined(evidence: Evidence, name: str) -> Iterator[_Explained]:
    containers = evidence.task_definition.containers if evidence.task_definition else ()
    for container in containers:
        if container.health_check and container.health_check.command and name in ("", container.name):
            yield from _judged(evidence, container, container.health_check.command)


def _judged(evidence: Evidence, container: ContainerDefinition, command: tuple[str, ...]) -> Iterator[_Explained]:
    shown = (Quote(f"container {container.name} healthCheck.command", str(list(command))),)
    kind, words = command[0], command[1:]
    if kind not in ("CMD", "CMD-SHELL", "NONE"):
        yield f"the health check of {quoted(container.name)} begins with {quoted(kind)}, not with `CMD` or `CMD-SHELL`", 'begin the list with "CMD" or "CMD-SHELL"', shown  # fmt: skip
    elif kind == "CMD" and len(words) == 1 and " " in words[0].strip():
        yield f"the health check of {quoted(container.name)} gives a whole command line as the name of a program", "use `CMD-SHELL` for a command line, or one element a word after `CMD`", shown  # fmt: skip
    elif kind == "CMD-SHELL" and len(words) > 1:
        yield f"the health check of {quoted(container.name)} has several words after `CMD-SHELL`, which takes one", "join the words into one command line, or use `CMD`", shown  # fmt: skip
    asked = {int(found["port"]) for word in words for found in _URL_PORT.finditer(word)}
    heard = [
        each
        for task in (*evidence.running, *evidence.failed_tasks)
        for log in evidence.logs_of(task)
        if log.container in ("", container.name)
        for each in listeners(log_passages(task, log))
    ]
    open_ports = {each.port for each in heard}
    if asked and open_ports and not asked & open_ports:
        port = min(asked)
        yield (
            f"the health check of {quoted(container.name)} asks port {port}, and the program listens on {' and '.join(map(str, sorted(open_ports)))}",
            f"ask port {min(open_ports)} in the health check's command",
            (*shown, heard[0].passage.quote()),
        )
