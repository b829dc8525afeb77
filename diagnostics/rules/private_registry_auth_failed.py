"""
A registry that is not ECR refuses the credentials, or wants some.

## What it looks for
`pull access denied for X, repository does not exist or may require 'docker login'`, `401 Unauthorized`,
`unauthorized: authentication required`, `insufficient_scope: authorization failed`, `denied: requested access to the
resource is denied` from Docker Hub, ghcr.io, quay.io, GitLab or another registry.

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
from diagnostics.registry_words import is_ecr, named_image
from diagnostics.said import Wording, said_at_death, said_by_aws, tasks_of

ID = "private-registry-auth-failed"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of("pull access denied", r"pull access denied for (?P<image>[^\s,\"']+)"),
    Wording.of("may require 'docker login'"),
    Wording.of("authentication required", r"unauthorized:? ?(?:authentication required)|authentication required"),
    Wording.of("insufficient_scope"),
    Wording.of("authorization failed", r"(?:pull|resolve|fetch)[^\n]*authorization failed"),
    Wording.of("requested access to the resource is denied"),
    Wording.of("401", r"(?:pull|/v2/|registry|resolve|token)[^\n]*\b401\b(?: unauthorized)?"),
    Wording.of("incorrect username or password"),
    Wording.of(
        "failed to fetch anonymous token",
        r"failed to fetch (?:anonymous|oauth) token[^\n]*(?:401|403|denied|unauthorized)",
    ),
    Wording.of(
        "403", r"(?:docker\.io|ghcr\.io|quay\.io|gitlab|gcr\.io|pkg\.dev|azurecr|registry)[^\n]*\b403\b(?: forbidden)?"
    ),
    Wording.of("denied: ", r"(?:pull|ghcr\.io|gitlab|docker\.io|quay\.io|error from registry)[^\n]*\bdenied: \w+"),
)
_OTHER = re.compile(r"toomanyrequests|429|rate limit|i/o timeout|deadline exceeded|no such host", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the image that its registry does not give out."""
    found = [*said_by_aws(evidence, _WORDINGS), *said_at_death(evidence, _WORDINGS[:6])]
    said = [each for each in found if not _OTHER.search(each.passage.text) and not is_ecr(each.passage.text)]
    if not said:
        return None
    image = said[0].group("image")
    name = f"the image {quoted(image)}" if image else named_image(evidence, said[0].passage)
    with_credentials = evidence.task_definition is not None and any(
        each.repository_credentials for each in evidence.task_definition.containers
    )
    recovered = started_since(evidence, said[0].passage)
    return Finding(
        what=f"the registry refuses the credentials for {name}"
        if with_credentials
        else f"the registry refuses to give {name} without credentials, or it does not exist",
        why="the registry answered and refused; registries say the same for a private image and for a missing one",
        fix="correct the user name and token in the secret of `repositoryCredentials`"
        if with_credentials
        else "correct the image's name, or name a secret with `username` and `password` as "
        "`repositoryCredentials.credentialsParameter` of the container",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        verdict=Verdict.SUSPECT if recovered else None,
    )
