"""The program listens somewhere else than the load balancer probes.

## What it looks for
A target that nothing answers for (`Target.FailedHealthChecks`, `Health checks failed` without a code, or a time-out),
and a log in which the program says that it listens: on another port, on 127.0.0.1 only, or with TLS where the probe
speaks plain HTTP. A line that says that it listens on the probed port silences the rule. Where ECS stopped a task of
one container for the load balancer's checks, and nothing names the port: that it listens on 127.0.0.1 alone.

## Why waiting cannot help
The program is up and says where. The port that is probed comes from the target group and the service's load balancer
block. Neither changes by waiting. Until the health check grace period is over the finding is only suspect: a second
listener may still come up.

## What to do
Make both the same: the port that the program listens on, `containerPort` in the task definition's port mappings and
in the service's load balancer block. In a container listen on 0.0.0.0, not on 127.0.0.1.

## What it is not
- Nothing in the log says where the program listens: a security group or a slow start look the same.
- The target is an EC2 instance: its port is mapped to the container's, and the log names only that one.
- The port answers with a code that the target group does not want: `elb-health-code-mismatch`.
- The process died: the check fails because of that.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
- https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

import re
from collections.abc import Iterator

from diagnostics.evidence import Evidence
from diagnostics.listening import Listener, listeners
from diagnostics.model import Finding, Quote, Verdict
from diagnostics.names import pasted, short_arn
from diagnostics.passages import Passage, log_passages
from diagnostics.probes import Probe, failing_probes, waiting_may_help
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "elb-health-port-mismatch"
VERDICT = Verdict.DOOMED

_TLS_PORT = re.compile(
    r"Client sent an HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port"
    r"|first record does not look like a TLS handshake|SSL routines.{0,60}(?:http request|wrong version number)"
    r"|HTTP_REQUEST.{0,30}SSL|tlsv1 alert protocol version",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the probe that goes where nothing listens, and where the program does listen."""
    probes = failing_probes(evidence)
    # The port of an EC2 instance is one that Docker maps to the container's: a log never shows it.
    silent = next((each for each in probes if each.silent and each.port is not None and not each.on_instance), None)
    if silent is not None and silent.port is not None:
        own, all_listeners = _listeners(evidence, silent)
        at_probe = [each for each in all_listeners if each.port == silent.port]
        if at_probe and all(each.loopback for each in at_probe):
            return _loopback(evidence, silent, at_probe[0])
        if own and not at_probe:
            return _other_port(evidence, silent, own)
    return _other_protocol(evidence, probes) if probes else _local_alone(evidence)


_FAILED = (Wording.of("failed elb health checks"),)
"""What ECS says of a task that it stops: which port was probed it does not say."""


def _local_alone(evidence: Evidence) -> Finding | None:
    """Return that all that a task's one container says it listens on is out of the load balancer's reach."""
    said = next((each for each in said_by_aws(evidence, _FAILED) if each.task), None)
    if said is None or said.task is None or len(said.task.containers) > 1:
        return None
    found = [each for log in evidence.logs_of(said.task) for each in listeners(log_passages(said.task, log))]
    own = [each for each in found if not each.aside]
    if not own or not all(each.loopback for each in own):
        return None
    return Finding(
        what=f"the program listens on port {own[0].port} of 127.0.0.1 only, where no load balancer reaches it",
        why="what is bound to 127.0.0.1 is not reachable through the task's network interface",
        fix=f"make the program listen on 0.0.0.0:{own[0].port}",
        evidence=(said.passage.quote(), own[0].passage.quote()),
        tasks=tasks_of([said]),
        verdict=Verdict.SUSPECT,
    )


def _living_logs(evidence: Evidence) -> Iterator[tuple[str, list[Passage]]]:
    """Yield each container's name and log. All tasks of a deployment run the same image, so each speaks for all."""
    for task in (*evidence.running, *evidence.failed_tasks):
        for log in evidence.logs_of(task):
            yield log.container, log_passages(task, log)


def _listeners(evidence: Evidence, probe: Probe) -> tuple[list[Listener], list[Listener]]:
    """Return the services that the container behind the target group says it offers, and all listeners of the task."""
    behind = {
        each.container_name
        for each in (evidence.service.load_balancers if evidence.service else ())
        if each.target_group_arn == probe.target_group_arn and each.container_name
    }
    by_container = [(name, listeners(log)) for name, log in _living_logs(evidence)]
    everything = [each for _, found in by_container for each in found]
    own = [each for name, found in by_container if not behind or name in behind for each in found]
    return [each for each in own if not each.aside], everything


def _other_port(evidence: Evidence, probe: Probe, own: list[Listener]) -> Finding:
    ports = sorted({each.port for each in own})
    named = " and ".join(map(str, ports))
    listener = own[0]
    return _finding(
        evidence,
        probe,
        what=f"the load balancer probes port {probe.port}, and the program listens on {named}",
        why=f"nothing answers on {probe.port}, so the check is refused however long the program runs",
        fix=_local_fix(probe) if all(each.loopback for each in own) else _port_fix(evidence, probe, ports[0]),
        told=listener.passage,
    )


def _port_fix(evidence: Evidence, probe: Probe, port: int) -> str:
    group = evidence.target_group(probe.target_group_arn)
    if group and group.health_check_port.isdigit():
        return (
            f"let the health check use the port that the traffic uses, or make the program listen on {probe.port}:\n"
            f"aws elbv2 modify-target-group --target-group-arn {pasted(probe.target_group_arn)}"
            " --health-check-port traffic-port"
        )
    return (
        f"set `containerPort` to {port} in the task definition's port mappings and in the service's load balancer"
        f" block, or make the program listen on {probe.port}"
    )


def _local_fix(probe: Probe) -> str:
    return f"make the program listen on 0.0.0.0:{probe.port}"


def _loopback(evidence: Evidence, probe: Probe, listener: Listener) -> Finding:
    return _finding(
        evidence,
        probe,
        what=f"the program listens on port {probe.port} of 127.0.0.1 only, where no load balancer reaches it",
        why="what is bound to 127.0.0.1 is not reachable through the task's network interface",
        fix=_local_fix(probe),
        told=listener.passage,
    )


def _other_protocol(evidence: Evidence, probes: list[Probe]) -> Finding | None:
    told = next((line for _, log in _living_logs(evidence) for line in log if _TLS_PORT.search(line.text)), None)
    group = evidence.target_group(probes[0].target_group_arn)
    if told is None or (group and group.health_check_protocol not in ("", "HTTP")):
        return None
    port = probes[0].port
    on = f" on port {port}" if port else ""
    return _finding(
        evidence,
        probes[0],
        what=f"the load balancer's health check speaks HTTP and the program speaks HTTPS{on}",
        why="a server that expects TLS refuses plain HTTP each time",
        fix="set the target group's protocol and its health check's protocol to HTTPS, or let the program speak HTTP",
        told=told,
    )


def _finding(evidence: Evidence, probe: Probe, *, what: str, why: str, fix: str, told: Passage) -> Finding:
    may_help = waiting_may_help(evidence, probe)
    name = short_arn(probe.target_group_arn)
    return Finding(
        what=f"{what} (target group `{name}`)" if name else what,
        why=f"{why}; until the grace period is over it may still open another one" if may_help else why,
        fix=fix,
        evidence=(probe.quote, told.quote(), *_setting(evidence, probe)),
        verdict=Verdict.SUSPECT if may_help else None,
    )


def _setting(evidence: Evidence, probe: Probe) -> tuple[Quote, ...]:
    group = evidence.target_group(probe.target_group_arn)
    if group is None or not group.health_check_port:
        return ()
    return (Quote(f"target group {group.name} HealthCheckPort", f"{group.health_check_port} ({probe.port})"),)
