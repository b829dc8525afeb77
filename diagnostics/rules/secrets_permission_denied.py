"""The execution role may not read a secret or parameter that the task definition names.

## What it looks for
A denied `secretsmanager:GetSecretValue` or `ssm:GetParameters` while ECS fetches the values of `secrets` before the
containers start.

## Why waiting cannot help
The service answered and refused. A policy that was made a moment ago may take a minute, so it stays suspect until a
task that was made a minute later is refused as well.

## What to do
Let the **execution role** read it (not the task role), with the full ARN; `FargateService` does that for what is in
its `secrets`:

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
from dataclasses import replace

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Verdict
from diagnostics.names import quoted
from diagnostics.refusals import Refusal, execution_role, refusals, remedy, tasks_refused
from diagnostics.said import first_and_last

ID = "secrets-permission-denied"
VERDICT = Verdict.DOOMED

_FETCHING = re.compile(
    r"\bfrom (?:asm|ssm)\b|(?:fetching|retrieving) (?:the )?secret|secrets? manager|secretsmanager"
    r"|parameter store|\bssm\b|\basm\b|retrieve (?:the )?secret"
    r"|pull secrets(?! or registry auth)|repository ?credentials",
    re.IGNORECASE,
)
_OTHER = re.compile(r"\bkms\b|ciphertext|decrypt|ecr registry auth|log stream|log group|env files?", re.IGNORECASE)
_PARAMETER = re.compile(r"\bssm\b|parameter", re.IGNORECASE)
_NAMED = re.compile(r"arn:aws[\w-]*:(?:secretsmanager|ssm):[\w-]*:[^\s\"',;:]*:(?:secret:|parameter/)[\w/+=.@*-]+")


def match(evidence: Evidence) -> Finding | None:
    """Return the secret that the execution role may not read."""
    found = [each for each in refusals(evidence) if _about_secrets(each)]
    if not found:
        return None
    first = found[0]
    text = first.passage.text
    parameter = first.service == "ssm" or (not first.service and _PARAMETER.search(text) is not None)
    kind = "parameter" if parameter else "secret"
    named = _NAMED.search(text)
    resource = first.resource or (named[0] if named else "")
    name = f"the {kind} {quoted(resource)}" if resource else f"a {kind} that the task needs"
    role = f"the execution role {quoted(first.role_name)}" if first.role_name else "the execution role"
    otherwise = "ssm:GetParameters" if parameter else "secretsmanager:GetSecretValue"
    gone = any(
        each.exists is False and resource and resource in (each.arn, each.value_from) for each in evidence.secrets
    )
    return Finding(
        what=f"{role} may not read {name} (`{first.action or otherwise}`)" + (", which does not exist either" * gone),
        why="ECS fetches the value with the execution role before the containers start, and the service refuses it",
        fix=remedy(replace(first, resource=resource), otherwise, execution_role(evidence)),
        evidence=first_and_last([each.passage for each in found]),
        tasks=tasks_refused(found),
        verdict=Verdict.SUSPECT if started_since(evidence, first.passage) else None,
        settles_after=IAM_SETTLES_AFTER,
    )


def _about_secrets(refusal: Refusal) -> bool:
    if refusal.by_the_deployer:
        return False
    if refusal.action:
        return refusal.service in ("secretsmanager", "ssm")
    text = refusal.passage.text
    return bool(_FETCHING.search(text)) and not _OTHER.search(text)
