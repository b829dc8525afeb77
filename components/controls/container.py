"""Controls over containers: what the program in one may do."""

from collections.abc import Callable, Iterator
from functools import partial

from .. import checks
from .model import Control, Fault, Level, Node, NotKnownError, Resource, Stack, Unseen
from .types import TASK_DEFINITION

_STOP_SECONDS = (30, 120)

_ALLOWED_CAPABILITIES = {"SYS_PTRACE"}
"""The only one that may be added on Fargate (RegisterTaskDefinition, `KernelCapabilities`)."""

ContainerJudge = Callable[[Node, Resource, Stack], Iterator[Fault | Unseen]]


def containers(definition: Resource) -> list[Node]:
    """Return the container definitions, parsed."""
    return definition["containerDefinitions"].json.items


def _each(judge: ContainerJudge, definition: Resource, stack: Stack) -> Iterator[Fault | Unseen]:
    for container in containers(definition):
        try:
            yield from judge(container, definition, stack)
        except NotKnownError as missing:
            yield Unseen(str(missing))


def each_container(judge: ContainerJudge) -> Callable[[Resource, Stack], Iterator[Fault | Unseen]]:
    """Return a judge of a task definition that looks at each container; one that is not known hides no other."""
    return partial(_each, judge)


def _not_privileged(container: Node, _definition: Resource, _stack: Stack) -> Iterator[Fault]:
    if container["privileged"].true:
        yield Fault(container["privileged"].path, "is true")


def _readonly(container: Node, _definition: Resource, _stack: Stack) -> Iterator[Fault]:
    if not container["readonlyRootFilesystem"].true:
        yield Fault(container["readonlyRootFilesystem"].path, "is not true")


def _user(container: Node, _definition: Resource, _stack: Stack) -> Iterator[Fault]:
    user = container["user"]
    if not user.text:
        yield Fault(user.path, "is not set: the image decides, and most images run as root")
    elif complaint := checks.check_user(user.text):
        yield Fault(user.path, complaint.what)


def _capabilities(container: Node, _definition: Resource, _stack: Stack) -> Iterator[Fault]:
    capabilities = container["linuxParameters"]["capabilities"]
    if "ALL" not in capabilities["drop"].texts:
        yield Fault(capabilities["drop"].path, "does not have ALL")
    if extra := set(capabilities["add"].texts) - _ALLOWED_CAPABILITIES:
        yield Fault(capabilities["add"].path, f"has {', '.join(sorted(extra))}")


def _environment(container: Node, _definition: Resource, _stack: Stack) -> Iterator[Fault | Unseen]:
    for variable in container["environment"].items:
        try:
            complaint = checks.check_environment(variable["name"].text, variable["value"].text)
        except NotKnownError as missing:
            yield Unseen(str(missing))
            continue
        if complaint and complaint.control == "TSK-06":
            yield Fault(f"{variable.path}.value", f"{variable['name'].text} {complaint.what}")


def _logging(container: Node, _definition: Resource, _stack: Stack) -> Iterator[Fault]:
    logs = container["logConfiguration"]
    if not logs["logDriver"].text:
        yield Fault(logs.path, "has no logDriver")
        return
    options = logs["options"]
    if options["mode"].text != "non-blocking":
        yield Fault(options["mode"].path, "is not non-blocking")
    if not options["max-buffer-size"].text:
        yield Fault(options["max-buffer-size"].path, "is not set")


def _init(container: Node, _definition: Resource, _stack: Stack) -> Iterator[Fault]:
    if not container["linuxParameters"]["initProcessEnabled"].true:
        yield Fault(container["linuxParameters"]["initProcessEnabled"].path, "is not true")


def _stop(container: Node, _definition: Resource, _stack: Stack) -> Iterator[Fault]:
    least, most = _STOP_SECONDS
    seconds = container["stopTimeout"].number
    if seconds is None or not least <= seconds <= most:
        yield Fault(container["stopTimeout"].path, f"is {'not set' if seconds is None else f'{seconds:g}'}")


def _volumes(container: Node, definition: Resource, _stack: Stack) -> Iterator[Fault]:
    named = {volume["name"].text for volume in definition["volumes"].items}
    for mount in container["mountPoints"].items:
        if mount["sourceVolume"].text not in named:
            yield Fault(mount["sourceVolume"].path, f"is `{mount['sourceVolume'].text}`, which is not a volume")
        if not mount["readOnly"].true and mount["containerPath"].text in {"", "/"}:
            yield Fault(mount["containerPath"].path, "makes the whole file system writable")


def _no_restarts(container: Node, _definition: Resource, _stack: Stack) -> Iterator[Fault]:
    if container["restartPolicy"]["enabled"].true:
        yield Fault(container["restartPolicy"]["enabled"].path, "is true")


_TD = (TASK_DEFINITION,)


CONTROLS = (
    Control(
        id="TSK-01",
        level=Level.MUST,
        requires="no container is privileged",
        reason="a privileged container is root on its host",
        instead="privileged: false",
        catalogues=("FSBP ECS.4", "CKV_AWS_334", "prowler ecs_task_definitions_no_privileged_containers"),
        types=_TD,
        judge=each_container(_not_privileged),
    ),
    Control(
        id="TSK-02",
        level=Level.MUST,
        requires="every container's root file system is read-only",
        reason="an intruder cannot leave programs behind or change the ones that run",
        instead="readonlyRootFilesystem: true, and volumes for what must be written",
        catalogues=("FSBP ECS.5", "CKV_AWS_336", "prowler ecs_task_definitions_containers_readonly_access"),
        types=_TD,
        judge=each_container(_readonly),
    ),
    Control(
        id="TSK-03",
        level=Level.MUST,
        requires="every container names a user that is not root",
        reason="the image's own user may be root, and nothing in the task definition would show it",
        instead='user: "1000:1000"',
        catalogues=("FSBP ECS.20", "prowler ecs_task_definitions_host_networking_mode_users"),
        types=_TD,
        judge=each_container(_user),
    ),
    Control(
        id="TSK-04",
        level=Level.DEFAULT,
        requires="no container has Linux capabilities",
        reason="raw sockets and changes of owner or user are what break-outs are made of",
        instead="linuxParameters: {capabilities: {drop: [ALL]}}",
        types=_TD,
        judge=each_container(_capabilities),
    ),
    Control(
        id="TSK-06",
        level=Level.MUST,
        requires="no credential is in the environment",
        reason="whoever may describe the task definition reads it",
        instead="keep it in Secrets Manager or SSM, and name its ARN in secrets",
        catalogues=(
            "FSBP ECS.8",
            "prowler ecs_task_definitions_no_environment_secrets",
            "trivy AWS-0036",
            "cdk-nag ECS2",
        ),
        types=_TD,
        judge=each_container(_environment),
    ),
    Control(
        id="TSK-08",
        level=Level.MUST,
        requires="every container logs, without blocking the program",
        reason="what is not logged cannot be explained; a slow CloudWatch must not stop the program",
        instead="logConfiguration with a logDriver, mode: non-blocking, max-buffer-size: 25m",
        catalogues=(
            "FSBP ECS.9",
            "prowler ecs_task_definitions_logging_enabled",
            "prowler ecs_task_definitions_logging_block_mode",
            "cdk-nag ECS7",
        ),
        types=_TD,
        judge=each_container(_logging),
    ),
    Control(
        id="TSK-09",
        level=Level.DEFAULT,
        requires="every container has an init process",
        reason="otherwise signals may not reach the program and its dead children stay",
        instead="linuxParameters: {initProcessEnabled: true}",
        types=_TD,
        judge=each_container(_init),
    ),
    Control(
        id="TSK-10",
        level=Level.DEFAULT,
        requires="a container has 30 to 120 s to stop",
        reason="requests in flight end before the program is killed",
        instead="stopTimeout: 60",
        types=_TD,
        judge=each_container(_stop),
    ),
    Control(
        id="TSK-12",
        level=Level.DEFAULT,
        requires="what a container may write to is a named volume",
        reason="a writable root by another name",
        instead="volumes, and mountPoints that name them",
        types=_TD,
        judge=each_container(_volumes),
    ),
    Control(
        id="TSK-15",
        level=Level.DEFAULT,
        requires="containers are not restarted in place",
        # An inference from how in-place restarts keep a task RUNNING; no text of AWS says so.
        reason="a restart inside a running task hides the crash from the circuit breaker",
        instead="leave restartPolicy out",
        types=_TD,
        judge=each_container(_no_restarts),
    ),
)
