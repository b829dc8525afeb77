"""The task's roles exist, and ECS may assume them."""

from collections.abc import Iterator

from automation.preflight.checks.asking import containers, hides, images
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads
from automation.preflight.roles import EXECUTION, USES, TaskRole, known_of_trust, task_role
from automation.preflight.subject import Subject
from diagnostics.collect_secrets import references
from diagnostics.names import quoted

ID = "task-roles"
TITLE = "the task's roles exist, and ECS may assume them"
READS = "`GetRole`; the planned roles"
FIX = "name a role that is there, and let `ecs-tasks.amazonaws.com` assume it"

_TRUST = '{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}'


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Look at the execution role and the task role."""
    for use, words in USES.items():
        role = task_role(subject, use, reads)
        if isinstance(role, Hidden):
            yield hides(f"the {words}", role)
        elif role is None:
            if use == EXECUTION and (needs := _needs_execution_role(subject)):
                yield refused(
                    f"the task definition has no execution role, and {needs}",
                    "set `executionRoleArn` to a role that ECS's tasks may assume",
                    why="ECS does with the execution role what has to be done before the containers start",
                )
        else:
            yield from _judge(subject, role)


def _judge(subject: Subject, role: TaskRole) -> Iterator[Finding]:
    if not role.exists:
        yield refused(
            f"the {role.use} {quoted(role.name)} does not exist",
            f"make the role {quoted(role.name)}, or name one that exists",
            why="ECS assumes the role before it starts a task, so that no task starts without it",
        )
        return
    trusts = role.trusts_tasks(known_of_trust(subject))
    if trusts is None:
        yield not_done(f"whether ECS may assume the {role.use} {quoted(role.name)} does not follow from what is seen")
    elif not trusts:
        yield refused(
            f"ECS's tasks may not assume the {role.use} {quoted(role.name)}",
            f"let its trust policy have `{_TRUST}`",
            why="ECS assumes the role before it starts a task, and the role's trust policy does not let it",
        )


def _needs_execution_role(subject: Subject) -> str:
    """Return what of a Fargate task needs the execution role; "" where nothing is seen that does.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    if not subject.fargate:
        return ""
    if any(image.place for image in images(subject)):
        return "its image is in ECR"
    if any(references({"containerDefinitions": list(containers(subject))})):
        return "it takes values from a secret store"
    drivers = [(each.get("logConfiguration") or {}).get("logDriver") for each in containers(subject)]
    return "it logs with awslogs" if "awslogs" in drivers else ""
