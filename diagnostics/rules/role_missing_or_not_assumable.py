"""A role of the task or the service is missing, may not be assumed by ECS, or does not let ECS do its work.

## What it looks for
`ECS was unable to assume the role`, `Role is not valid`, `Fargate requires task definition to have execution role
ARN`, `IAM trust relationship has been misconfigured or changed`, a denied `sts:AssumeRole` for a task's role, a log
driver or an environment file for which there are no credentials; what ECS itself is refused with the role that the
service gives it for its load balancer, its discovery or its hooks (`ecs-service-scheduler is not authorized to perform:
elasticloadbalancing:RegisterTargets`, `missing permissions on ECS Infrastructure Role`).

## Why waiting cannot help
Without the role no task starts. A role that was made a moment ago may take a minute, so it stays suspect until a task
that was made a minute later fails alike, or until IAM itself, asked a minute later, has no such role or shows a trust
policy without ECS's tasks; a task definition without a role that it needs is final.

## What to do
Let ECS's tasks assume the role:

    {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}

## What it is not
- A role of the task that is there and may not do something: the rule about that permission.
- `Unable to assume the service linked role`: `service-linked-role-missing`.
- `iam:PassRole`: `deployer-permission-denied`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshooting-blue-green.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.refusals import read, refusals, remedy
from diagnostics.said import Said, Wording, first_and_last, said_by_aws, tasks_of
from diagnostics.shapes import tail
from diagnostics.surroundings import Role

ID = "role-missing-or-not-assumable"
VERDICT = Verdict.DOOMED

_ARN = r"['\"]?(?P<role>arn:aws[\w-]*:iam::[\w*<>-]*:role/[\w+=,.@/-]+)"
_NONE = (
    Wording.of("execution role arn", r"requires? (?:the )?task definition to have (?:an )?execution role ARN"),
    Wording.of("execution role arn", r"(?:must|should|needs? to) have (?:an )?execution role ARN"),
    Wording.of("fargate requires task definition t"),
    Wording.of("you are specifying container secrets"),
    Wording.of("executionrolearn", r"executionRoleArn[^\n]{0,80}(?:to support|required|must be|missing|null)"),
    Wording.of("executionrolearn", r"(?:must|need to|should)[^\n]{0,60}(?:specify|provide)[^\n]{0,40}executionRoleArn"),
    Wording.of("does not have", r"does not have (?:an? )?(?:execution|task) role"),
    # UpdateService with `enableExecuteCommand`, which runs by the task role
    Wording.of("a valid taskrolearn is not being used", r"a valid (?P<kind>task)RoleArn is not being used"),
    Wording.of("execution role credentials", r"unable to find execution role credentials"),
)
_NOT_ASSUMABLE = (
    Wording.of("unable to assume", rf"unable to assume (?:the )?(?:provided )?(?:role )?(?:{_ARN})?"),
    Wording.of("role is not valid"),
    Wording.of("role", r"invalid (?:execution |task )?role(?: ?arn|:| provided)"),
    Wording.of(
        "trust ",
        r"trust (?:relationship|policy)[^\n]{0,60}(?:misconfigured|changed|does not|not allow|invalid)",
    ),
    Wording.of("assumerole", r"AssumeRole\b[^\n]{0,200}(?:denied|not authorized|unable|fail)"),
    Wording.of("assumerole", rf"(?:denied|not authorized)[^\n]{{0,60}}sts:AssumeRole\b(?: on resource:? {_ARN})?"),
    # AWS CodeDeploy about its own service role (InvalidRoleException)
    Wording.of(
        "assume",
        rf"(?:can ?not|could not|permissions? required to) assume (?:the |this )?(?:provided )?role(?: {_ARN})?",
    ),
    Wording.of("ecs infrastructure role", rf"missing permissions on ECS Infrastructure Role(?: {_ARN})?"),
    Wording.of("iam_role_missing"),
    Wording.of("invalid iam role", rf"invalid IAM role:? ?{_ARN}"),
    Wording.of("could not be assumed", r"role[^\n]{0,200}could not be assumed"),
    Wording.of("cannot be assumed", r"role[^\n]{0,200}cannot be assumed"),
    Wording.of("failed to assume", rf"failed to assume (?:the )?role(?: {_ARN})?"),
    Wording.of("nosuchentity", r"NoSuchEntity[^\n]{0,200}\brole\b"),
    Wording.of("role not found", r"\b(?:IAM|execution|task) role not found"),
    Wording.of("role with name", r"role with name (?P<name>[\w+=,.@-]+) cannot be found"),
    Wording.of("unable to retrieve credentials", r"(?:task|execution) role[^\n]{0,200}unable to retrieve credentials"),
    # Docker's log driver has no credentials: the agent gave it none of an execution role, nor has the instance any
    Wording.of("nocredentialproviders", r"logging driver[^\n]{0,200}NoCredentialProviders"),
    Wording.of("credentialsendpointerror", r"logging driver[^\n]{0,200}CredentialsEndpointError"),
    Wording.of("failed to load credentials", r"logging driver[^\n]{0,200}failed to load credentials"),
    Wording.of("logging driver", r"logging driver[^\n]{0,300}(?:get|refresh|retrieve)[\w ]{0,20} credentials"),
)
_OTHER = re.compile(
    r"service[- ]linked|assume the serv|PassRole|AWSServiceRoleFor|kms:|capacity provider|AssumeRoleWithWebIdentity"
    r"|with OIDC|instance profile|:role/aws-service-role/",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the role that ECS cannot take."""
    none = [*said_by_aws(evidence, _NONE)]
    said = none or [each for each in said_by_aws(evidence, _NOT_ASSUMABLE) if _is_a_tasks(each)]
    if not said:
        return _refused_to_ecs(evidence)
    first = said[0]
    kind = first.group("kind") or "execution"
    role = first.group("role").rstrip("'\".,") or first.group("name")
    known = next((each for each in evidence.roles if role and tail(each.arn) == tail(role)), None)
    return Finding(
        what=_what(role, missing=kind if none else "", gone=known is not None and known.exists is False),
        why=f"the service uses something that needs {_an(kind)} role, and its task definition names none"
        if none
        else "ECS takes the role before it starts a task, and IAM does not let it",
        fix=f"set `{kind}RoleArn` in the task definition"
        if none
        else "make the role, or let `ecs-tasks.amazonaws.com` assume it:\n"
        f"aws iam get-role --role-name {pasted(tail(role) or 'ROLE')} --query Role.AssumeRolePolicyDocument",
        evidence=first_and_last([each.passage for each in said]),
        tasks=tasks_of(said),
        verdict=Verdict.SUSPECT if started_since(evidence, first.passage) else None,
        settles_after=None if none or _is_final(first) or _iam_says_so(evidence, known, first) else IAM_SETTLES_AFTER,
    )


def _refused_to_ecs(evidence: Evidence) -> Finding | None:
    """Return what ECS itself may not do for the service with the role that it was given."""
    refused = next((each for each in refusals(evidence) if each.by_ecs and each.action), None)
    if refused is None:
        return None
    role = f"the role {quoted(refused.role_name)}" if refused.role_name else "the role that the service gives it"
    return Finding(
        what=f"ECS may not call `{refused.action}` with {role}",
        why="ECS changes the load balancer, the registry and the hooks of a service with that role, and IAM refuses it",
        fix=remedy(refused, refused.action, "ROLE"),
        evidence=(refused.passage.quote(),),
        verdict=Verdict.SUSPECT,
    )


def _iam_says_so(evidence: Evidence, role: Role | None, said: Said) -> bool:
    """Say whether IAM itself still has no such role, or no trust in ECS's tasks, when it has had its time to settle.

    ECS says it once and tries again in silence, so that there may be no second task to tell by.
    """
    if role is None or not (role.exists is False or role.trusts_tasks is False):
        return False
    asked, told = evidence.captured_at, said.passage.at
    return asked is not None and told is not None and asked - told >= IAM_SETTLES_AFTER


def _is_final(said: Said) -> bool:
    """Say whether it will not settle: an API's answer to a call that is over, or a role that was never given."""
    return said.passage.source.startswith("error") or said.passage.has("logging driver")


def _is_a_tasks(said: Said) -> bool:
    """Say whether the role is the task's or the service's, and not one that the deploying caller may not take."""
    if _OTHER.search(said.passage.text):
        return False
    refusal = read(said.passage)
    return not (refusal.by_the_deployer and (refusal.action or said.passage.has("iam role (")))


def _an(kind: str) -> str:
    return f"an {kind}" if kind == "execution" else f"a {kind}"


def _what(role: str, *, missing: str, gone: bool) -> str:
    if missing:
        return f"the task definition has no {missing} role, and needs one"
    name = f"the role {quoted(role)}" if role else "a role of the task"
    return (
        f"{name} does not exist" if gone else f"{name} does not exist, or its trust policy does not let ECS assume it"
    )
