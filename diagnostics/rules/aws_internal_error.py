"""AWS failed by itself, and named nothing that you could change.

## What it looks for
`InternalError`, `ServerException`, `Service Unavailable`, `Unexpected EC2 error`, runtime faults and time-outs of the
agent (`DockerTimeoutError`, `Could not transition to started; timed out`), when no other rule knows the failure.

## Why waiting cannot help
It can: such errors usually pass. It is never doomed by itself.

## What to do
Try again later; look at the AWS Health Dashboard of the region; if it goes on, open a support case with the task's ARN.

## What it is not
- An EC2 error that names what is the matter with the subnet or the network interface.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording, said_by_aws

ID = "aws-internal-error"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("internalerror", r"(?<!Server)\bInternalError\b"),
    Wording.of("internal ", r"\binternal (?:server |service )?error\b"),
    Wording.of("internalfailure"),
    Wording.of("serverexception"),
    Wording.of("service unavailable", r"service ?unavailable"),
    Wording.of("serviceunavailable"),
    Wording.of("unexpected ec2 error", r"unexpected EC2 error(?!.*(?:network interface|subnet))"),
    Wording.of("dockertimeouterror"),
    Wording.of("containerruntimetimeouterror"),
    Wording.of("timed out after waiting", r"could not \w+ to \w+; timed out after waiting"),
    Wording.of("error creating device nodes"),
    Wording.of("failed to start shim"),
    Wording.of("shim exited"),
    Wording.of("shim task", r"shim task[^\n]{0,300}(?:transport is closing|connection refused)"),
    Wording.of("unable to retrieve oci runtime error"),
    Wording.of(
        "cgroup", r"(?:runc|oci runtime|containerd)[^\n]{0,300}(?:cgroups: cannot|unable to (?:apply|freeze) cgroup)"
    ),
    Wording.of("unable to persist task"),
    Wording.of("ttrpc: closed"),
    Wording.of("broken pipe", r"(?:containerd|shim|runc|agent|docker)[^\n]{0,300}broken pipe"),
    Wording.of("agenterror", r"\bAgentError\b"),
    Wording.of(
        "cannotstartcontainererror", r"CannotStartContainerError[^\n]{0,300}(?:timed out|timeout|deadline exceeded)"
    ),
    Wording.of(
        "cannotcreatecontainererror", r"CannotCreateContainerError[^\n]{0,300}(?:timed out|timeout|deadline exceeded)"
    ),
    Wording.of("createvolumeerror", r"CreateVolumeError[^\n]{0,300}(?:timed out|timeout|deadline exceeded)"),
    Wording.of("cgrouperror"),
    Wording.of("could not create task's platform resources"),
    Wording.of("containervanishederror"),
    Wording.of("is already in use by container"),
    Wording.of("applying cgroup configuration for process"),
    Wording.of(
        "setting cgroup config for prochooks process", r"procHooks process(?![^\n]{0,300}\bmemory\.(?:limit|max))"
    ),
    Wording.of("/sys/fs/cgroup/", r"write /sys/fs/cgroup/(?![^\n]{0,300}\bmemory\.(?:limit|max))"),
    Wording.of("cannotinspectcontainererror"),
    Wording.of("cannotstopcontainererror"),
    Wording.of("an unexpected error occurred"),
)
"""ECS's error codes, the common errors of AWS's APIs, the agent's names of errors (amazon-ecs-agent
agent/dockerclient/dockerapi/errors.go, agent/engine/errors.go) and faults of containerd, of runc and of its cgroups on
the host (runc libcontainer/process_linux.go)."""
_NAMES_A_CAUSE = re.compile(r"pull|registry|\bELB\b|health check", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return AWS's own error."""
    said = next(
        (each for each in said_by_aws(evidence, _WORDINGS) if not _NAMES_A_CAUSE.search(each.passage.text)), None
    )
    if said is None:
        return None
    return Finding(
        what="AWS failed to start the task by an error of its own",
        why="the error names nothing that could be changed in the service; such errors usually pass",
        fix="try again later, and look at the AWS Health Dashboard; if it repeats, open a support case with the task's "
        "ARN",
        evidence=(said.passage.quote(),),
    )
