"""The container health check's command cannot work in this image.

## What it looks for
A container whose check fails, and one of these:
- its log, where the check writes to it, or an agent's words show that the command cannot be run: `curl: not found`,
  `executable file not found`, no shell for `CMD-SHELL`, an option that this `wget` does not have;
- the log shows a refused connection to `::1`, which `localhost` is in the image while the program listens on IPv4;
- the command as it is defined cannot work: a command line as one word after `CMD`, shell operators after `CMD`, several
  words after `CMD-SHELL`, a list that begins with neither;
- it asks a port of the task on which the program, as its log says, does not listen.

## Why waiting cannot help
The command is part of the task definition, and the image has what it has.

## What to do

    "healthCheck": {"command": ["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1:8080/healthz || exit 1"]}

Use a program that is in the image, `127.0.0.1` instead of `localhost`, and the port that the program listens on. An
image without a shell needs `["CMD", "/the/program", "argument"]`.

## What it is not
- A check that runs and reports a failure of the program: `container-health-check-failing`.
- A command that the program itself, or its entry point, misses: `app-command-not-found`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
- https://docs.docker.com/reference/dockerfile/#healthcheck
- https://github.com/moby/moby/blob/master/daemon/health.go
"""

import re
from collections.abc import Iterator
from itertools import chain

from diagnostics.evidence import ContainerDefinition, Evidence
from diagnostics.listening import Listener, listeners
from diagnostics.model import Finding, Quote, Verdict
from diagnostics.names import quoted
from diagnostics.passages import Passage, log_passages, mentions
from diagnostics.rules.container_health_check_failing import unhealthy
from diagnostics.said import Wording, find, said_at_death, said_by_aws

ID = "container-health-check-command-invalid"
VERDICT = Verdict.DOOMED

_CHECKERS = (
    r"curl|wget|nc|ncat|netcat|telnet|pgrep|pidof|ps|netstat|ss|lsof|grpc[_-]health[_-]probe|pg_isready|mysqladmin"
    r"|redis-cli|nslookup|dig|jq|httpie|http|socat|busybox"
)
"""Programs that health checks use and small images do not have; a service's own program is seldom one of them."""
_IN_LOG = (
    # dash, busybox and bash; then runc, for what `CMD` names
    Wording.of("not found", rf"(?:^|sh: (?:line )?(?:\d+: )?)(?P<program>{_CHECKERS}): (?:command )?not found"),
    Wording.of("executable file not found", rf"\W(?P<program>{_CHECKERS})\W*: executable file not found"),
    # A check's script that is not executable, or a program that only root may run
    Wording.of(
        "permission denied",
        rf"sh: (?:line )?(?:\d+: )?(?P<refused>{_CHECKERS}|/[\w./-]*health[\w.-]*): permission denied",
    ),
    Wording.of("unrecognized option", r"^(?P<program>wget|nc): unrecognized option"),
    Wording.of("invalid option", r"^(?P<program>wget|nc|curl): invalid option"),
    Wording.of("curl: option", r"^(?P<program>curl): option \S+ is unknown"),
    Wording.of("curl: (3)", r"^curl: \(3\) "),
)
_IPV6 = (
    Wording.of("[::1]", r"(?:localhost[^\n]*)?\[::1\]:\d++[^\n]*"),
    Wording.of("::1", r"connect to ::1 port \d++[^\n]{0,300}(?:failed|refused)"),
)
_REFUSED = ("connection refused", "can't connect", "failed to connect", "couldn't connect")
_EXEC_FAILED = Wording.of(
    "exec failed",
    r"(?:OCI runtime exec failed|oci runtime error: exec failed)[^\n]{0,400}"
    r"(?:not found|no such file|permission denied|\bexec: \W*\w|\b(?:caused|process): ?e?x?e?c?:?[.\u2026\s]*\Z)",
)
_BY_THE_RUNTIME = (
    Wording.of("executable file not found", r"health ?check[^\n]{0,200}executable file not found"),
    _EXEC_FAILED,
    Wording.of("executable file", r"crun: executable file \S+ not found"),
)
_OF_CHECKS_ALONE = (
    _EXEC_FAILED,
    Wording.of("not found", rf"\bhealth ?checks?\b[^\n]{{0,200}}\b(?:{_CHECKERS}): (?:command )?not found"),
    # A list that was given to a shell as it stands
    Wording.of("cmd-shell", r"sh: (?:line )?(?:\d+: )?\[\W{0,3}CMD-SHELL\W{0,3}: (?:command )?not found"),
)
"""What the runtime and the shell say of a command that was started in a running container, and of no other."""
_URL_PORT = re.compile(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):(?P<port>\d{2,5})")
_OPERATORS = frozenset({"||", "&&", "|", ";", ">", "2>&1", ">/dev/null"})
_INSTEAD = (
    "use a program that is in the image, or put it there:"
    ' `["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1:PORT/PATH || exit 1"]`'
)


def match(evidence: Evidence) -> Finding | None:
    """Return why the check's command cannot work."""
    failing = [*unhealthy(evidence)]
    if not failing:
        return _started_in_it(evidence)
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


def _started_in_it(evidence: Evidence) -> Finding | None:
    """Return the check by its own words alone: besides checks, only people start a command in a running container."""
    said = next(chain(said_by_aws(evidence, _OF_CHECKS_ALONE), said_at_death(evidence, _OF_CHECKS_ALONE)), None)
    if said is None:
        return None
    return Finding(
        what=_not_there(find(said.passage, _IN_LOG)),
        why="the command was started in a container that ran, as a health check is; it fails the same way in every"
        " task",
        fix=_INSTEAD,
        evidence=(said.passage.quote(),),
        verdict=Verdict.SUSPECT,
    )


_Explained = tuple[str, str, tuple[Quote, ...]]


def _logs(evidence: Evidence) -> Iterator[tuple[str, list[Passage]]]:
    for task in (*evidence.running, *evidence.failed_tasks):
        for log in evidence.logs_of(task):
            yield log.container, log_passages(task, log)


def _logged(evidence: Evidence) -> Iterator[_Explained]:
    """Yield what the check itself wrote: agents and images that log the output of health commands."""
    for said in said_by_aws(evidence, _BY_THE_RUNTIME):
        yield _not_there(find(said.passage, _IN_LOG)), _INSTEAD, (said.passage.quote(),)
    if not mentions(evidence, *(word.literal for word in (*_IN_LOG, *_IPV6, *_BY_THE_RUNTIME))):
        return
    for _, lines in _logs(evidence):
        for line in reversed(lines):
            if found := find(line, (*_IN_LOG, *_BY_THE_RUNTIME)):
                yield _not_there(found), _INSTEAD, (line.quote(),)
        refused = any(line.has(*_REFUSED) for line in lines)
        asked = next((line for line in reversed(lines) if refused and find(line, _IPV6)), None)
        if asked:
            what = "the health check's command asks `localhost`, which is `::1` there, and nothing listens on IPv6"
            yield (
                what,
                "ask `127.0.0.1` instead of `localhost`, or let the program listen on `::` too",
                (asked.quote(),),
            )


def _not_there(found: re.Match[str] | None) -> str:
    groups = found.groupdict() if found else {}
    program = groups.get("program")
    if refused := groups.get("refused"):
        return f"the health check's program {quoted(refused)} may not be executed by the container's user"
    if program and found and "option" in found[0]:
        return f"the health check's program {quoted(program)} is one that does not know the option that it is given"
    if program:
        return f"the health check's program {quoted(program)} is not in the image"
    return "the health check's command cannot be run in the image"


def _defined(evidence: Evidence, name: str) -> Iterator[_Explained]:
    containers = evidence.task_definition.containers if evidence.task_definition else ()
    for container in containers:
        if container.health_check and container.health_check.command and name in ("", container.name):
            shown = (Quote(f"container {container.name} healthCheck.command", str([*container.health_check.command])),)
            yield from _misshapen(container, container.health_check.command, shown)
            yield from _other_port(evidence, container, container.health_check.command, shown)


def _misshapen(
    container: ContainerDefinition, command: tuple[str, ...], shown: tuple[Quote, ...]
) -> Iterator[_Explained]:
    kind, words = command[0], command[1:]
    check = f"the health check of {quoted(container.name)}"
    if kind not in ("CMD", "CMD-SHELL", "NONE"):
        yield (
            f"{check} begins with {quoted(kind)}, not with `CMD` or `CMD-SHELL`",
            ('begin the list with "CMD-SHELL" and give the whole command line as one more string'),
            shown,
        )
    elif kind == "CMD" and len(words) == 1 and " " in words[0].strip():
        yield (
            f"{check} gives a whole command line as the name of a program",
            ("use `CMD-SHELL` for a command line, or one element a word after `CMD`"),
            shown,
        )
    elif kind == "CMD" and _OPERATORS & {*words}:
        yield (
            f"{check} has shell operators after `CMD`, where no shell reads them",
            ("use `CMD-SHELL` and give the whole command line as one string"),
            shown,
        )
    elif kind == "CMD-SHELL" and len(words) > 1:
        yield (
            f"{check} has several words after `CMD-SHELL`, of which the shell runs the first one only",
            ("join the words into one command line, or use `CMD`"),
            shown,
        )


def _other_port(
    evidence: Evidence, container: ContainerDefinition, command: tuple[str, ...], shown: tuple[Quote, ...]
) -> Iterator[_Explained]:
    asked = {int(found["port"]) for word in command for found in _URL_PORT.finditer(word)}
    heard: list[Listener] = []
    for name, lines in _logs(evidence):
        if name in ("", container.name):
            heard += listeners(lines)
    open_ports = {each.port for each in heard}
    if asked and open_ports and not asked & open_ports:
        ports = " and ".join(map(str, sorted(open_ports)))
        yield (
            f"the health check of {quoted(container.name)} asks port {min(asked)}, and the program listens on {ports}",
            f"ask port {min(open_ports)} in the health check's command",
            (*shown, heard[0].passage.quote()),
        )
