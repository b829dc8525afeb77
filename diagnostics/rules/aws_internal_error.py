"""AWS failed by itself, and named nothing that you could change.

## What it looks for
`InternalError`, `ServerException`, `Service Unavailable`, `Unexpected EC2 error`, runtime faults and time-outs of the
agent (`DockerTimeoutError`, `Could not transition to started; timed out`), a daemon of the host that does not answer,
what its kernel, hooks or bridge fail at, when no other rule knows the failure.

## Why waiting cannot help
It can: such errors usually pass. It is never doomed by itself.

## What to do
Try again later; look at the AWS Health Dashboard of the region; if it goes on, open a support case with the task's ARN.
On EC2, drain and replace an instance whose runtime fails.

## What it is not
- An EC2 error that names what is the matter with the subnet or the network interface.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording, find, said_by_aws

ID = "aws-internal-error"
VERDICT = Verdict.SUSPECT

_DAEMON = (
    Wording.of("cannot connect to the docker daemon"),
    Wording.of("error during connect"),
    Wording.of("dial unix ", r"dial unix /(?:var/)?run/(?:docker|containerd)[\w./-]*\.sock"),
)
"""The daemon of the host does not answer, whatever it was asked for: docker client/errors.go, client/request.go."""
_HOST = (
    *_DAEMON,
    *Wording.any_of(("running hook", "running prestart hook"), r"error running (?:prestart )?hook"),
    Wording.of("nvidia-container-cli: "),
    Wording.of("child's pid from pipe"),
    Wording.of("seccomp filter"),
    Wording.of("apparmor failed"),
    Wording.of("systemd cgroup flag passed"),
    Wording.of("rootfs component", r"failed to mount rootfs component"),
    Wording.of("failed to create endpoint", r"failed to create endpoint[^\n]{0,100}on network bridge"),
    Wording.of("of a non running container", r"cannot join network of a non running container"),
    Wording.of("no such container", r"Cannot(?:Start|Create|Inspect)ContainerError[^\n]{0,80}no such container"),
)
"""What the host's daemon, kernel, hooks and bridge fail at: runc libcontainer/process_linux.go, libnetwork
drivers/bridge, libnvidia-container src/cli."""
_WORDINGS = (
    Wording.of("internalerror", r"(?<!Server)\bInternalError\b"),
    Wording.of("internal ", r"\binternal (?:server |service )?error\b"),
    Wording.of("internalfailure"),
    # A code of CodeDeploy's errorInformation
    Wording.of("internal_error"),
    Wording.of(
        "timeout waiting for", r"timeout waiting for (?!network|service discovery)[\w ]{1,40} provisioning to complete"
    ),
    Wording.of("serverexception"),
    *Wording.any_of(("service unavailable", "serviceunavailable"), r"service ?unavailable"),
    *Wording.any_of(("status code: 5", "statuscode: 5"), r"\bstatus ?code: 5\d\d\b"),
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
    *_HOST,
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
    Wording.of("cannotdescribecontainererror"),
    Wording.of("cannotremovecontainererror"),
    Wording.of("cannotlistcontainerserror"),
    Wording.of("nosuchcontainererror"),
    Wording.of("dockerstateerror", r"DockerStateError(?![^\n]{0,300}(?:not found|not exist|no such file))"),
    Wording.of("failed to get container status"),
    Wording.of("an unexpected error occurred"),
)
"""ECS's error codes, the common errors of AWS's APIs, the agent's names of errors (amazon-ecs-agent
agent/dockerclient/dockerapi/errors.go, agent/engine/errors.go) and faults of containerd, of runc and of its cgroups on
the host (runc libcontainer/process_linux.go)."""
_NAMES_A_CAUSE = re.compile(r"pull|registry|\bELB\b|health check", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return AWS's own error."""
    said = next(
        (
            each
            for each in said_by_aws(evidence, _WORDINGS)
            if find(each.passage, _DAEMON) or not _NAMES_A_CAUSE.search(each.passage.text)
        ),
        None,
    )
    if said is None:
        return None
    if find(said.passage, _HOST):
        return Finding(
            what="the container runtime of the host failed to start the task",
            why="the error is of the host, its daemon, kernel or hooks, and names nothing of the service; another host"
            " may have none",
            fix="on EC2, drain and replace the instance, and look at its logs of Docker and of the ECS agent; on"
            " Fargate, try again, and open a support case with the task's ARN if it repeats",
            evidence=(said.passage.quote(),),
        )
    return Finding(
        what="AWS failed to start the task by an error of its own",
        why="the error names nothing that could be changed in the service; such errors usually pass",
        fix="try again later, and look at the AWS Health Dashboard; if it repeats, open a support case with the task's "
        "ARN",
        evidence=(said.passage.quote(),),
    )
