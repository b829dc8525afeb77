"""The registry limits how often images may be pulled.

## What it looks for
`toomanyrequests`, `429 Too Many Requests`, `You have reached your pull rate limit`.

## Why waiting cannot help
It can, after hours: Docker Hub counts pulls of an address over six hours. ECS's retries use up what becomes free, so
a second task that fails alike makes it certain for this deployment.

## What to do
Copy the image into ECR, or let ECR fetch it once for all (a pull-through cache), or log in to the registry:

    aws ecr create-pull-through-cache-rule --ecr-repository-prefix hub --upstream-registry-url registry-1.docker.io

(with `--credential-arn`, a secret with a Docker Hub account).

## What it is not
- `ThrottlingException` of an AWS API: `api-throttled`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
- https://docs.docker.com/docker-hub/usage/
- https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.registry_words import host_of, is_pull, named_image
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "registry-rate-limited"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("toomanyrequests"),
    Wording.of("pull rate limit"),
    Wording.of("too many requests"),
    Wording.of("429", r"(?:status code|unexpected status|unexpected HTTP status|HTTP)[^\n]{0,400}?\b429\b"),
    Wording.of(
        "rate limit", r"rate limit(?:ed|ing)? (?:exceeded|reached)|exceeded (?:the |your )?(?:pull )?rate limit"
    ),
    Wording.of("data limit exceeded"),
    # Docker before 1.12, of ECR's `TOOMANYREQUESTS`: https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors.html
    Wording.of("rate exceeded", r"CannotPull\w*: (?:Error response from daemon: )?unknown: rate exceeded"),
    # containerd's words of a refused fetch from Docker Hub that were cut off before the code
    Wording.of(
        "unexpected status code https://registry-1.",
        r"unexpected status code https://registry-1\.[^\s:]*(?::[0-9a-f]*)?(?:\.\.\.|\u2026|\s*\Z)",
    ),
)
_OTHER = re.compile(
    r"ThrottlingException|Network Interface|TooManyRequestsException(?![^\n]{0,300}(?:pull|registry|manifest|layer))",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the registry that gives no more images for now."""
    said = [
        each
        for each in said_by_aws(evidence, _WORDINGS)
        if is_pull(each.passage) and not _OTHER.search(each.passage.text)
    ]
    if not said:
        return None
    host = host_of(said[0].passage)
    registry = f"the registry {quoted(host)}" if host else "the registry"
    return Finding(
        what=f"{registry} limits how often images are pulled, and refuses {named_image(evidence, said[0].passage)}",
        why="the limit counts all pulls from the same address or account over hours, and each retry is one more",
        fix="copy the image into ECR (or use a pull-through cache there), or pull with an account that has a "
        "higher limit "
        "(`repositoryCredentials`)",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
