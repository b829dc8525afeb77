"""Controls over task definitions: their size, roles, secrets and namespaces."""

import re
from collections.abc import Iterator

from ..fargate import SIZES
from .container import each_container
from .model import Control, Fault, Level, Node, Resource, Stack, Unseen
from .types import CLUSTER, ROLE_POLICY, SERVICE, TASK_DEFINITION


def _namespaces(definition: Resource, _stack: Stack) -> Iterator[Fault]:
    if (mode := definition["networkMode"].text) != "awsvpc":
        yield Fault("networkMode", f"is {mode or 'not set'}, not awsvpc")
    for key in ("pidMode", "ipcMode"):
        if definition[key].text == "host":
            yield Fault(key, "is host")


def _secrets(container: Node, definition: Resource, stack: Stack) -> Iterator[Fault | Unseen]:
    allowed = _readable(definition, stack)
    for secret in container["secrets"].items:
        arn = secret["valueFrom"]
        if not arn.text.startswith("arn:"):
            yield Fault(arn.path, "is not a full ARN")
        elif allowed is None:
            yield Unseen(arn.path)
        elif not any(_covers(resource, arn.text) for resource in allowed):
            yield Fault(arn.path, f"is not in the execution role's policy: {arn.text}")


def _readable(definition: Resource, stack: Stack) -> list[str] | None:
    """Return what the policies of the execution role allow to read; None where they are not known."""
    role = definition["executionRoleArn"].text
    policies = [policy for policy in stack.of(ROLE_POLICY) if _of_role(policy, role, stack)]
    if not policies:
        return [] if ROLE_POLICY in stack.whole else None
    reads = ("secretsmanager:GetSecretValue", "ssm:GetParameters", "secretsmanager:*", "ssm:*", "*")
    return [
        resource
        for policy in policies
        for statement in policy["policy"].json["Statement"].items
        if set(statement["Action"].texts) & set(reads)
        for resource in statement["Resource"].texts
    ]


def _of_role(policy: Resource, role_arn: str, stack: Stack) -> bool:
    role = policy["role"].text
    if role and role_arn.endswith(f"/{role}"):
        return True
    return any(role in each.names and role_arn in each.names for each in stack.resources)


def _covers(resource: str, arn: str) -> bool:
    """Tell whether a policy's resource covers a secret, of which a task definition may name one key and version."""
    base = ":".join(arn.split(":")[:7]) if ":secretsmanager:" in arn else arn
    start = re.split(r"[*?]", resource, maxsplit=1)[0]
    return resource == base or (start != resource and base.startswith(start.removesuffix("-")))


def _exec(service: Resource, stack: Stack) -> Iterator[Fault]:
    if not service["enableExecuteCommand"].true:
        return
    for cluster in stack.need(CLUSTER):
        configuration = cluster["configuration"]["executeCommandConfiguration"]
        if configuration["logging"].text == "OVERRIDE" and configuration["kmsKeyId"]:
            return
    yield Fault("enableExecuteCommand", "is true, and the cluster neither records nor encrypts the sessions")


def _size(definition: Resource, _stack: Stack) -> Iterator[Fault]:
    cpu, memory = definition["cpu"].number, definition["memory"].number
    choices = SIZES.get(int(cpu or 0))
    if choices is None:
        yield Fault("cpu", f"is {'not set' if cpu is None else f'{cpu:g}'}, which Fargate does not have")
    elif memory not in choices:
        yield Fault("memory", f"is {'not set' if memory is None else f'{memory:g}'}: not offered with cpu {cpu:g}")


def _efs(definition: Resource, _stack: Stack) -> Iterator[Fault]:
    for volume in definition["volumes"].items:
        efs = volume["efsVolumeConfiguration"]
        if not efs:
            continue
        for node in (efs["transitEncryption"], efs["authorizationConfig"]["iam"]):
            if node.text != "ENABLED":
                yield Fault(node.path, "is not ENABLED")


def _has_efs(definition: Resource, _stack: Stack) -> bool:
    return any(volume["efsVolumeConfiguration"] for volume in definition["volumes"].items)


def _no_faults(definition: Resource, _stack: Stack) -> Iterator[Fault]:
    if definition["enableFaultInjection"].true:
        yield Fault("enableFaultInjection", "is true")


def _two_roles(definition: Resource, _stack: Stack) -> Iterator[Fault]:
    execution, task = definition["executionRoleArn"].text, definition["taskRoleArn"].text
    if not execution:
        yield Fault("executionRoleArn", "is not set")
    elif execution == task:
        yield Fault("taskRoleArn", "is the execution role")


_TD = (TASK_DEFINITION,)


CONTROLS = (
    Control(
        id="TSK-05",
        level=Level.MUST,
        requires="tasks share neither network, processes nor memory with their host",
        reason="a container in the host's namespaces sees other workloads",
        instead="networkMode: awsvpc, no pidMode, no ipcMode",
        catalogues=(
            "FSBP ECS.3",
            "FSBP ECS.17",
            "CKV_AWS_335",
            "prowler ecs_task_definitions_host_namespace_not_shared",
        ),
        types=_TD,
        judge=_namespaces,
    ),
    Control(
        id="TSK-07",
        level=Level.MUST,
        requires="secrets are named by full ARN, and the execution role may read them",
        reason="otherwise no task starts",
        instead="secrets: [{name: NAME, valueFrom: ARN}], and the ARN in the execution role's policy",
        types=_TD,
        judge=each_container(_secrets),
    ),
    Control(
        id="TSK-11",
        level=Level.DEFAULT,
        requires="nobody gets a shell in a task, unless the cluster records and encrypts the sessions",
        reason="what is done in a shell leaves no revision behind",
        instead="enableExecuteCommand: false",
        catalogues=("CKV_AWS_223", "CKV_AWS_224"),
        types=(SERVICE,),
        judge=_exec,
    ),
    Control(
        id="TSK-13",
        level=Level.DEFAULT,
        requires="the task has a size that Fargate offers",
        reason="ECS refuses any other when the task definition is registered",
        instead="cpu: 512, memory: 1024, or another pair of Fargate's table",
        types=_TD,
        judge=_size,
    ),
    Control(
        id="TSK-14",
        level=Level.DEFAULT,
        requires="EFS volumes are encrypted in transit and ask IAM",
        reason="otherwise whoever reaches the file system reads it",
        instead="transitEncryption: ENABLED, authorizationConfig: {iam: ENABLED}",
        catalogues=("FSBP ECS.18", "CKV_AWS_97", "trivy AWS-0035"),
        types=_TD,
        judge=_efs,
        applies=_has_efs,
    ),
    Control(
        id="TSK-16",
        level=Level.DEFAULT,
        requires="no faults can be injected from inside a task",
        reason="fault injection is for experiments",
        instead="enableFaultInjection: false",
        types=_TD,
        judge=_no_faults,
    ),
    Control(
        id="TSK-17",
        level=Level.MUST,
        requires="the program does not get the role that starts it",
        reason="it could read every secret of the task, and pull from the registry",
        instead="a taskRoleArn of its own",
        catalogues=("CKV_AWS_249",),
        types=_TD,
        judge=_two_roles,
    ),
)
