"""
The execution role may not read a secret or parameter that the task definition names.

## What it looks for
A denied `secretsmanager:GetSecretValue` or `ssm:GetParameters` while ECS fetches the values of `secrets` before the
containers start.

## Why waiting cannot help
The service answered and refused. A policy that was made a moment ago may take a minute, so it stays suspect until a task
that was made a minute later is refused as well.

## What to do
Let the **execution role** read it (not the task role), with the full ARN; `FargateService` does that for what is in its
`secrets`:

    {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "SECRET_ARN"}

A secret of another account also needs a resource policy and a customer managed key.

## What it is not
- `kms:Decrypt` that is denied: `kms-permission-denied`.
- A secret that does not exist: `secret-not-found`.
- The program's own call with the task role: `task-role-missing-or-denied`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Verdict
from diagnostics.names import quoted
from diagnostics.refusals import Refusal, put_policy_command, refusals, tasks_refused

ID = "secrets-permission-denied"
VERDICT = Verdict.DOOMED

_FETCHING = re.compile(r"secret|\bssm\b|parameter|\basm\b|repository ?credentials|registry auth", re.IGNORECASE)
_KMS = re.compile(r"\bkms\b|ciphertext|decrypt", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the secret that the execution role may not read."""
    found = [each for each in refusals(evidence) if _about_secrets(each)]
    if not found:
        return None
    first = found[0]
    parameter = first.service == "ssm" or (
        not first.service and re.search(r"\bssm\b|parameter", first.passage.text, re.IGNORECASE)
    )
    kind = "parameter" if parameter else "secret"
    name = f"the {kind} {quoted(first.resource)}" if first.resource else f"a {kind} that the task needs"
    role = f"the execution role {quoted(first.role_name)}" if first.role_name else "the execution role"
    otherwise = "ssm:GetParameters" if parameter else "secretsmanager:GetSecretValue"
    return Finding(
        what=f"{role} may not read {name} (`{first.action or otherwise}`)",
        why="ECS fetches the value with the execution role before the containers start, and the service refuses it",
        fix=f"let the execution role read it:\n{put_policy_command(first, otherwise)}",
        evidence=tuple(each.passage.quote() for each in found[:2]),
        tasks=tasks_refused(found),
        verdict=Verdict.SUSPECT if started_since(evidence, first.passage) else None,
        settles_after=None if first.by_the_deployer else IAM_SETTLES_AFTER,
    )


def _about_secrets(refusal: Refusal) -> bool:
    if refusal.action:
        return refusal.service in ("secretsmanager", "ssm")
    text = refusal.passage.text
    return (
        bool(_FETCHING.search(text))
        and not _KMS.search(text)
        and not re.search(r"\becr\b|log stream|log group", text, re.IGNORECASE)
    )
