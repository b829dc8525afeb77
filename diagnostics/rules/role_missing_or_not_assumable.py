"""
A role of the task is missing, or ECS may not assume it.

## What it looks for
`ECS was unable to assume the role`, `Role is not valid`, `Fargate requires task definition to have execution role ARN`,
`IAM trust relationship has been misconfigured or changed`, a denied `sts:AssumeRole` for a task's role.

## Why waiting cannot help
Without the role no task starts. A role that was made a moment ago may take a minute, so it stays suspect until a task
that was made a minute later fails alike; a task definition without a role that it needs is final.

## What to do
Let ECS's tasks assume the role:

    {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}

## What it is not
- A role that is there and may not do something: the rule about that permission.
- `Unable to assume the service linked role`: `service-linked-role-missing`.
- `iam:PassRole`: `deployer-permission-denied`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.said import Wording, said_by_aws, tasks_of
from diagnostics.shapes import tail

ID = "role-missing-or-not-assumable"
VERDICT = Verdict.DOOMED

_ARN = r"'?\"?(?P<role>arn:aws[\w-]*:iam::\d*:role/[\w+=,.@/-]+)"
_NONE = (
    Wording.of("execution role arn", r"requires? (?:the )?task definition to have (?:an )?execution role ARN"),
    Wording.of("executionrolearn", r"executionRoleArn[^\n]{0,80}(?:to support|required|must be|missing|null)"),
    Wording.of("task definition does not have", r"does not have (?:an? )?(?:execution|task) role"),
)
_NOT_ASSUMABLE = (
    Wording.of("unable to assume", rf"unable to assume (?:the )?(?:role )?(?:{_ARN})?(?!service[- ]linked)"),
    Wording.of("role is not valid", r"role is not valid"),
    Wording.of("invalid role", rf"invalid role[^\n]{{0,40}}(?:{_ARN})?"),
    Wording.of("trust relationship", r"trust (?:relationship|policy)[^\n]{0,60}(?:misconfigured|changed|does not|not allow|invalid)"),
    Wording.of("assumerole", rf"(?:sts:)?AssumeRole[^\n]{{0,200}}(?:denied|not authorized|unable|fail)[^\n]{{0,100}}(?:{_ARN})?"),
    Wording.of("sts:assumerole", rf"not authorized to perform:? sts:AssumeRole(?: on resource: {_ARN})?"),
    Wording.of("could not be assumed"),
    Wording.of("cannot be assumed", r"role[^\n]{0,200}cannot be assumed|cannot be assumed"),
    Wording.of("failed to assume", r"failed to assume (?:the )?role"),
    Wording.of("nosuchentity", rf"NoSuchEntity[^\n]*role[^\n]*(?:{_ARN})?"),
    Wording.of("role with name", r"role with name (?P<name>[\w+=,.@-]+) cannot be found"),
    Wording.of("unable to retrieve credentials", r"(?:task|execution) role[^\n]*unable to retrieve credentials"),
)  # fmt: skip
_OTHER = re.compile(r"service[- ]linked|PassRole|AWSServiceRoleFor|kms:|capacity provider", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the role that ECS cannot take."""
    none = [*said_by_aws(evidence, _NONE)]
    said = none or [each for each in said_by_aws(evidence, _NOT_ASSUMABLE) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    first = said[0]
    role = first.group("role").rstrip("'\".,") or first.group("name")
    known = next((each for each in evidence.roles if role and each.arn.endswith(role)), None)
    return Finding(
        what=_what(role, missing=bool(none), gone=known is not None and known.exists is False),
        why="the task definition uses something that ECS does with an execution role, and names none"
        if none
        else "ECS takes the role before it starts a task, and IAM does not let it",
        fix="set `executionRoleArn` in the task definition"
        if none
        else "make the role, or let `ecs-tasks.amazonaws.com` assume it:\n"
        f"aws iam get-role --role-name {pasted(tail(role) or 'ROLE')} --query Role.AssumeRolePolicyDocument",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        verdict=Verdict.SUSPECT if started_since(evidence, first.passage) else None,
        settles_after=None if none or not first.task else IAM_SETTLES_AFTER,
    )


def _what(role: str, *, missing: bool, gone: bool) -> str:
    if missing:
        return "the task definition has no execution role, and needs one"
    name = f"the role {quoted(role)}" if role else "a role of the task"
    return (
        f"{name} does not exist" if gone else f"{name} does not exist, or its trust policy does not let ECS assume it"
    )
