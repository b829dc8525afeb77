"""The program's own call of AWS is refused, or it finds no credentials or region.

## What it looks for
In the last words of a program that died or never became healthy: `AccessDenied` and `is not authorized to perform`
from an SDK or the CLI, `Unable to locate credentials`, `NoCredentialProviders`, `Could not load credentials from any
providers`, `Region is missing`: of the SDKs of all languages. Lines below the level of an error, and lines before a
mistake of the program itself, are passed over; a warning counts among the last dozen lines of a program that ended
without a louder word.

## Why waiting cannot help
The task role is part of the task definition, and AWS answers the same to each task. A role or policy that was made a
moment ago may take a minute, so it stays suspect until a task that was made a minute later is refused as well.

## What to do
Give the **task role** (not the execution role) the permission; with `FargateService` in
`task_role_policy_statements`:

    {"Effect": "Allow", "Action": "ACTION", "Resource": "RESOURCE"}

A program that finds no credentials has no task role, or drops the environment variable
`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` (a login shell, `sudo`, a supervisor).

## What it is not
- What ECS itself is refused before the start, with the execution role: `ecr-permission-denied`,
  `secrets-permission-denied`, `log-permission-denied`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
- https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import re

from diagnostics.aws_sdk_words import DENIED, NO_CREDENTIALS, NO_REGION
from diagnostics.evidence import Evidence
from diagnostics.last_words import last_words
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Verdict
from diagnostics.names import quoted
from diagnostics.refusals import put_policy_command, read
from diagnostics.said import Said, Wording, tasks_of

ID = "task-role-missing-or-denied"
VERDICT = Verdict.SUSPECT

_NOT_AWS = re.compile(
    r"access denied for user|java\.nio\.file|mount\.nfs|access to the path|x-?ray"
    r"|ecs-execute-command|ssm-agent",
    re.IGNORECASE,
)
"""Databases, files, and helpers that a program lives without."""
_WHY = "the program asks AWS with the task role, and gets the same answer in every task"


def match(evidence: Evidence) -> Finding | None:
    """Return what AWS refuses to the program, or what it misses to ask."""
    if denied := _said(evidence, DENIED):
        return _denied(denied)
    if lost := _said(evidence, NO_CREDENTIALS):
        return _without_credentials(evidence, lost)
    if unplaced := _said(evidence, NO_REGION):
        return Finding(
            what="the program's AWS SDK knows no region",
            why="neither the program's settings nor its environment name a region",
            fix="set `AWS_REGION` in the container's `environment`, or give the client a region",
            evidence=tuple(each.passage.quote() for each in unplaced[:2]),
            tasks=tasks_of(unplaced),
        )
    return None


def _said(evidence: Evidence, wordings: tuple[Wording, ...]) -> list[Said]:
    return [*last_words(evidence, wordings, names=("action",), unless=_NOT_AWS, unhealthy=True, passing=True)]


def _denied(said: list[Said]) -> Finding:
    refusal = read(said[0].passage)
    action = refusal.action or said[0].group("action") or "a call of AWS"
    on = f" on {quoted(refusal.resource)}" if refusal.resource not in ("", "*") else ""
    who = f"the role {quoted(refusal.role_name)}" if refusal.role_name else "the task role"
    return Finding(
        what=f"{who} may not call {quoted(action)}{on}",
        why=_WHY,
        fix=f"allow it to the task role:\n{put_policy_command(refusal, 'ACTION', 'TASK_ROLE')}",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        settles_after=IAM_SETTLES_AFTER,
    )


def _without_credentials(evidence: Evidence, said: list[Said]) -> Finding:
    none = evidence.task_definition is not None and not evidence.task_definition.task_role_arn
    return Finding(
        what="the program finds no AWS credentials: the task definition has no task role"
        if none
        else "the program finds no AWS credentials",
        why=_WHY,
        fix="give the task definition a task role (`taskRoleArn`)"
        if none
        else "give the task a task role, and keep `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` in its environment",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
