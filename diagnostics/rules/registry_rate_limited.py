"""
The registry limits how often images may be pulled.

## What it looks for
`toomanyrequests`, `429 Too Many Requests`, `You have reached your pull rate limit`.

## Why waiting cannot help
It can, after hours: Docker Hub counts pulls of an address over six hours. ECS's retries use up what becomes free, so a
second task that fails alike makes it certain for this deployment.

## What to do
Copy the image into ECR, or let ECR fetch it once for all (a pull-through cache), or log in to the registry:

    aws ecr create-pull-through-cache-rule --ecr-repository-prefix docker-hub --upstream-registry-url registry-1.docker.io --credential-arn SECRET

## What it is not
- `ThrottlingException` of an AWS API: `api-throttled`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
- https://docs.docker.com/docker-hub/usage/
- https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.registry_words import host_of, is_pull, named_image
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "registry-rate-limited"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("toomanyrequests"),
    Wording.of("pull rate limit"),
    Wording.of("too many requests", r"429 too many requests|too many requests"),
    Wording.of("429", r"(?:status code|unexpected status|HTTP)[^\n]{0,200}\b429\b"),
    Wording.of(
        "rate limit", r"rate limit(?:ed|ing)? (?:exceeded|reached)|exceeded (?:the |your )?(?:pull )?rate limit"
    ),
    # containerd's words of a refused fetch from Docker Hub that were cut off before the code
    Wording.of(
        "failed open: unexpected status code https://registry-1.docker.io",
        r"unexpected status code https://registry-1\.docker\.io/v2/[^\s:]*?(?:sha256:[0-9a-f]*)?(?:\.\.\.|…)",
    ),
)


def match(evidence: Evidence) -> Finding | None:
    """Return the registry that gives no more images for now."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if is_pull(each.passage)]
    if not said:
        return None
    host = host_of(said[0].passage)
    return Finding(
        what=f"the registry {host or 'of the image'} limits how often images are pulled, and refuses {named_image(evidence, said[0].passage)}",
        why="the limit counts all pulls from the same address or account over hours, and each retry is one more",
        fix="copy the image into ECR (or use a pull-through cache there), or pull with an account that has a higher limit "
        "(`repositoryCredentials`)",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
