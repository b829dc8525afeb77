"""A registry that is not ECR refuses the credentials, or wants some.

## What it looks for
`pull access denied for X, repository does not exist or may require 'docker login'`, `401 Unauthorized`,
`unauthorized: authentication required`, `insufficient_scope: authorization failed`, `denied: requested access to the
resource is denied`, `failed to fetch anonymous token` from Docker Hub, ghcr.io, quay.io, GitLab, Artifactory or
another registry. Where the words name no registry, the task's images tell which one it is.

## Why waiting cannot help
The registry answered and refuses. Registries say the same for a private image and for one that does not exist.

## What to do
Put a user name and an access token into a secret, and name it in the container definition; the execution role must be
allowed to read it:

    aws secretsmanager create-secret --name registry --secret-string '{"username": "USER", "password": "TOKEN"}'
    "repositoryCredentials": {"credentialsParameter": "ARN_OF_THE_SECRET"}

## What it is not
- ECR's refusals: `ecr-permission-denied`.
- `toomanyrequests`: `registry-rate-limited`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.registry_words import NO_ANSWER, NO_NAME, UNFILLED, from_ecr, host_of, is_pull, named_image, status_of
from diagnostics.said import Said, Wording, said_at_death, said_by_aws, tasks_of

ID = "private-registry-auth-failed"
VERDICT = Verdict.DOOMED

_DENIED = (
    Wording.of("pull access denied", r"pull access denied for (?P<image>[^\s,\"']+)"),
    Wording.of("may require 'docker login'"),
    Wording.of("unauthorized: authentication required"),
    Wording.of("insufficient_scope"),
    Wording.of("requested access to the resource is denied"),
    Wording.of("unauthorized: incorrect username or password"),
    Wording.of("authentication is required", r"(?:registry|repository|/v2/)[^\n]{0,200}authentication is required"),
)
"""What registries say by themselves: also in the log of a program that pulls (the agent's, a builder's). Redis and
others say `Authentication required` too, without the registries' `unauthorized:`."""
_WORDINGS = (
    *_DENIED,
    Wording.of("authentication required"),
    Wording.of("incorrect username or password"),
    Wording.of("failed to authorize"),
    Wording.of("failed to fetch", r"failed to fetch (?:anonymous|oauth) token"),
    Wording.of("authorization failed", r"(?:pull|resolve|fetch|token)[^\n]{0,300}authorization failed"),
    Wording.of("unauthorized", r"\bunauthorized\b"),
    Wording.of("forbidden", r"\bforbidden\b"),
    Wording.of("denied: ", r"\bdenied: \w+"),
    Wording.of("access denied"),
    Wording.of("401", r"\b401\b"),
    Wording.of("403", r"\b403\b"),
)
_FORBIDDEN = 403
_OTHER = re.compile(r"toomanyrequests|rate limit|\bkms\b|not authorized to perform|exec: |no space left", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the image that its registry does not give out."""
    found = [*said_by_aws(evidence, _WORDINGS), *said_at_death(evidence, _DENIED)]
    said = [each for each in found if _is_refusal(evidence, each)]
    if not said:
        return None
    image = said[0].group("image").rstrip(":.")
    name = f"the image {quoted(image)}" if image else named_image(evidence, said[0].passage)
    host = host_of(said[0].passage)
    registry = f"the registry {quoted(host)}" if host else "the registry"
    with_credentials = evidence.task_definition is not None and any(
        each.repository_credentials for each in evidence.task_definition.containers
    )
    recovered = started_since(evidence, said[0].passage)
    return Finding(
        what=f"{registry} refuses the credentials for {name}"
        if with_credentials
        else f"{registry} refuses to give {name} without credentials, or it does not exist",
        why="the registry answered and refused; registries say the same for a private image and for a missing one",
        fix="correct the user name and token in the secret of `repositoryCredentials`"
        if with_credentials
        else "correct the image's name, or name a secret with `username` and `password` as "
        "`repositoryCredentials.credentialsParameter` of the container",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        verdict=Verdict.SUSPECT if recovered else None,
    )


def _is_refusal(evidence: Evidence, said: Said) -> bool:
    """Say whether a registry that is not ECR refused; a code alone says so only where the registry is known."""
    passage = said.passage
    text = passage.text
    if _OTHER.search(text) or UNFILLED.search(text) or NO_ANSWER.search(text) or NO_NAME.search(text):
        return False
    code, ecr = status_of(text), from_ecr(evidence, passage)
    if ecr or code not in (None, 401, 403):
        return False
    if any(passage.has(each.literal) for each in _DENIED):
        return True
    return is_pull(passage) and (ecr is False or code != _FORBIDDEN)
