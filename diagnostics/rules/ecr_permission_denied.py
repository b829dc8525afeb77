"""
ECR refuses to give the image to the task.

## What it looks for
A denied `ecr:GetAuthorizationToken`, `ecr:BatchGetImage`, `ecr:GetDownloadUrlForLayer` or
`ecr:BatchCheckLayerAvailability`; `403 Forbidden` from `…dkr.ecr…` or from the bucket that keeps ECR's layers; `no basic
auth credentials`; `pull access denied` for an image of ECR. What ECR itself says about the image tells whether it is
there at all.

## Why waiting cannot help
ECR answered and refused. A role or policy that was made a moment ago may take a minute, so it stays suspect until a task
that was made a minute later is refused as well.

## What to do
The **execution role** pulls, not the task role. Attach the managed policy, and where the repository is in another
account, let its repository policy allow this one:

    aws iam attach-role-policy --role-name ROLE --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
    aws ecr get-repository-policy --repository-name NAME

A VPC endpoint's policy (of `ecr.api`, `ecr.dkr` and `s3`) must allow it too.

## What it is not
- An image that is not there: `image-not-found`.
- ECR that does not answer: `registry-unreachable`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
- https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.refusals import Refusal, read, refusals, tasks_refused
from diagnostics.registry_words import is_ecr, named_image
from diagnostics.said import Wording, said_by_aws

ID = "ecr-permission-denied"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of("403", r"(?:dkr\.ecr|starport-layer|api\.ecr)[^\n]*\b403\b|\b403\b[^\n]*(?:dkr\.ecr|starport-layer)"),
    Wording.of("no basic auth credentials"),
    Wording.of("pull access denied", r"pull access denied for (?P<image>[^\s,\"']*\.dkr\.ecr\.[^\s,\"']+)"),
    Wording.of("denied", r"\.dkr\.ecr\.[^\n]*(?:denied|unauthorized|forbidden|authorization failed)"),
    Wording.of("authorization token has expired"),
    Wording.of(
        "cannotpullecrcontainererror", r"CannotPullECRContainerError[^\n]*(?:AccessDenied|not authorized|denied)"
    ),
    Wording.of(
        "ecr", r"(?:registry auth|ECR)[^\n]*(?:AccessDenied|not authorized|UnrecognizedClient|InvalidSignature)"
    ),
)
_NOT_THE_ROLE = re.compile(r"toomanyrequests|\b429\b|i/o timeout|deadline exceeded|\bfrom (?:asm|ssm)\b", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the image of ECR that the execution role may not pull."""
    denied = [each for each in refusals(evidence) if each.service == "ecr" and _at_the_start(each)]
    worded = [
        read(each.passage) for each in said_by_aws(evidence, _WORDINGS) if not _NOT_THE_ROLE.search(each.passage.text)
    ]
    found = denied or [each for each in worded if each.service in ("", "ecr")]
    if not found:
        return None
    first = found[0]
    image = named_image(evidence, first.passage)
    recovered = started_since(evidence, first.passage)
    return Finding(
        what=_what(evidence, first, image),
        why="ECR answered and refused; a registry that refuses does not say whether it has the image",
        fix=_fix(evidence, first),
        evidence=tuple(each.passage.quote() for each in found[:2]),
        tasks=tasks_refused(found),
        verdict=Verdict.SUSPECT if recovered else None,
        settles_after=None if first.by_the_deployer else IAM_SETTLES_AFTER,
    )


def _at_the_start(refusal: Refusal) -> bool:
    """Say whether it is the task that was refused, and not a pipeline that pushes or logs in."""
    pulling = re.search(r"pull|registry auth|ecs-tasks|execution|container", refusal.passage.text, re.IGNORECASE)
    return not refusal.by_the_deployer or bool(pulling)


def _what(evidence: Evidence, refusal: Refusal, image: str) -> str:
    who = f"the role {quoted(refusal.role_name)}" if refusal.role_name else "the execution role"
    if refusal.action:
        return f"{who} may not call `{refusal.action}`, so {image} cannot be pulled"
    return f"ECR refuses {image} to {who if is_ecr(refusal.passage.text) else 'the task'}"


def _fix(evidence: Evidence, refusal: Refusal) -> str:
    defined = evidence.task_definition
    arn = defined.execution_role_arn if defined else ""
    role = refusal.role_name or arn.rpartition("/")[2] or "EXECUTION_ROLE"
    kept = next((image for image in evidence.images if image.exists is False), None)
    if kept is not None:
        return f"push {quoted(kept.image)} first: the registry does not have it"
    return (
        "let the execution role pull, and where the repository is in another account let its repository policy allow it:\n"
        f"aws iam attach-role-policy --role-name {pasted(role)} "
        "--policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    )
