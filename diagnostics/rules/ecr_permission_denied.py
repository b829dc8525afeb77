"""ECR refuses to give the image to the task.

## What it looks for
A denied `ecr:GetAuthorizationToken`, `ecr:BatchGetImage`, `ecr:GetDownloadUrlForLayer` or
`ecr:BatchCheckLayerAvailability`; `403 Forbidden` from `…dkr.ecr…` or from the bucket that keeps ECR's layers; `no
basic auth credentials`; `pull access denied` for an image of ECR. Where neither the words nor the task's images name
a registry, a 403 is taken for ECR's. Where ECR was asked and does not have the image, the refusal is not the cause.

## Why waiting cannot help
ECR answered and refused. A role or policy that was made a moment ago may take a minute, so it stays suspect until a
task that was made a minute later is refused as well.

## What to do
The **execution role** pulls, not the task role. Attach the managed policy, and where the repository is in another
account, let its repository policy allow this one:

    POLICY=arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
    aws iam attach-role-policy --role-name ROLE --policy-arn $POLICY
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
from diagnostics.names import ecr_image, images_of, pasted, quoted
from diagnostics.passages import Passage
from diagnostics.refusals import Refusal, execution_role, read, refusals, tasks_refused
from diagnostics.registry_words import (
    NO_ANSWER,
    NO_NAME,
    UNFILLED,
    from_ecr,
    is_pull,
    missing_image,
    named_image,
    status_of,
)
from diagnostics.said import Wording, first_and_last, said_by_aws

ID = "ecr-permission-denied"
VERDICT = Verdict.DOOMED

_LAYER_CUT_OFF = r"unexpected status(?: code| from GET request to) https://prod-[^\s:]*(?::[0-9a-f]*)?[.\u2026\s]*\Z"
"""An answer of the bucket that has ECR's layers, cut off before its code: it is a refusal, of an endpoint's policy."""
_CODE_CUT_OFF = (
    r"failed to resolve ref(?:erence)? \"?[^\s\"]{0,300}\.dkr\.ecr\.[^\s\"]{1,300}\"?: (?:pulling from|unexpected s)"
    r"(?![^\n]{0,600}: \d{3}\b)[^\n]{0,600}\Z"
)
"""ECR's answer to the question for a manifest, cut off before its code: what is not there, and no answer, say so."""
_WORDINGS = (
    Wording.of("no basic auth credentials"),
    Wording.of("no basic a", r"no basic a(?:uth?)?(?: c\w{0,9})?[.\u2026\s]*\Z"),
    Wording.of("failed to resolve ref", _CODE_CUT_OFF),
    Wording.of("authorization token has expired"),
    Wording.of("pull access denied"),
    Wording.of("denied"),
    Wording.of("unauthorized"),
    Wording.of("forbidden"),
    Wording.of("authorization failed"),
    Wording.of("not authorized"),
    Wording.of("403", r"\b403\b"),
    Wording.of("401", r"\b401\b"),
    Wording.of("role has the permissions to pull"),
    Wording.of("https://prod-", _LAYER_CUT_OFF),
)
_NOT_THE_ROLE = re.compile(r"toomanyrequests|rate limit|\bkms\b|exec: |no space left", re.IGNORECASE)
_FORBIDDEN = 403
_BARE = re.compile(rf"AccessDenied|no basic a|role has the permissions to pull|{_LAYER_CUT_OFF}", re.IGNORECASE)
"""Refusals in the words of AWS's APIs, without the registry's name."""


def match(evidence: Evidence) -> Finding | None:
    """Return the image of ECR that the execution role may not pull."""
    denied = [each for each in refusals(evidence) if each.service in ("ecr", "ecr-public") and not each.by_the_deployer]
    worded = [read(each.passage) for each in said_by_aws(evidence, _WORDINGS) if _is_of_ecr(evidence, each.passage)]
    found = denied or [each for each in worded if each.service in ("", "ecr", "ecr-public")]
    if not found:
        return None
    first = found[0]
    recovered = started_since(evidence, first.passage)
    return Finding(
        what=_what(evidence, first),
        why="ECR answered and refused; a registry that refuses does not say whether it has the image",
        fix=_fix(evidence, first),
        evidence=first_and_last([each.passage for each in found]),
        tasks=tasks_refused(found),
        verdict=Verdict.SUSPECT if recovered else None,
        settles_after=None if first.by_the_deployer else IAM_SETTLES_AFTER,
    )


def _is_of_ecr(evidence: Evidence, passage: Passage) -> bool:
    """Say whether ECR refused a pull. A bare 401 is another registry's, and a 403 is ECR's where nothing says whose.

    Where ECR itself was asked and has no such image, the refusal is not the cause: it refuses what is not there, too.
    """
    text = passage.text
    if (
        not is_pull(passage)
        or _NOT_THE_ROLE.search(text)
        or UNFILLED.search(text)
        or NO_ANSWER.search(text)
        or NO_NAME.search(text)
    ):
        return False
    code, ecr = status_of(text), from_ecr(evidence, passage)
    if code not in (None, 400, 401, 403) or ecr is False or missing_image(evidence, passage):
        return False
    return bool(ecr) or code == _FORBIDDEN or (code is None and _BARE.search(text) is not None)


def _what(evidence: Evidence, refusal: Refusal) -> str:
    image = named_image(evidence, refusal.passage)
    who = f"the role {quoted(refusal.role_name)}" if refusal.role_name else "the execution role"
    if refusal.action:
        return f"{who} may not call `{refusal.action}`, so {image} cannot be pulled"
    return f"ECR refuses {image} to {who}"


def _fix(evidence: Evidence, refusal: Refusal) -> str:
    if policy := refusal.forbidden_by:
        return f"take `{refusal.action}` out of the `Deny` of the {policy}: no other policy can allow it"
    role = refusal.role_name or execution_role(evidence)
    missing = missing_image(evidence, refusal.passage)
    first = f"push {quoted(missing)}, which ECR does not have either; then " if missing else ""
    return (
        f"{first}let the execution role pull{_across(evidence, refusal)}:\n"
        f"aws iam attach-role-policy --role-name {pasted(role)} "
        "--policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    )


def _across(evidence: Evidence, refusal: Refusal) -> str:
    """Return what else must allow it where the repository is kept in another account than the task runs in."""
    accounts = {kept.account for image in images_of(evidence, refusal.passage.task) if (kept := ecr_image(image))}
    defined = evidence.task_definition
    own = (re.match(r"arn:[\w-]*:ecs:[\w-]*:(\d+):", defined.arn) or [""] * 2)[1] if defined else ""
    others = accounts - {own} if own else set()
    if others:
        return f", and let the repository's policy in the account {min(others)} allow this one"
    return "" if own and accounts else ", and where the repository is in another account let its policy allow it"
