"""
The digest that the service is pinned to is gone from the registry.

## What it looks for
A pull by digest that the registry does not have: `…@sha256:…: not found`, `CannotPullImageManifestError`. ECS resolves a
tag to a digest when a deployment starts and uses that digest for all of its tasks, also those that it starts weeks later.

## Why waiting cannot help
A deleted digest does not come back. It was removed by a lifecycle policy, or its tag was pushed again and the untagged
image cleaned up.

## What to do
Deploy again, so that the tag is resolved anew, and keep images that a rollback needs:

    aws ecs update-service --cluster CLUSTER --service SERVICE --force-new-deployment

Make the repository's tags immutable, and let its lifecycle policy keep enough images.

## What it is not
- A tag that does not exist: `image-not-found`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html#deployment-container-image-stability
- https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "image-digest-stale"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of("@sha256:", r"(?P<image>[^\s\"'`]+@sha256:[0-9a-f]+)\"?:? (?:[^\n]*: )?not found"),
    Wording.of("@sha256:", r"(?P<image>[^\s\"'`]+@sha256:[0-9a-f]+)[^\n]*(?:manifest unknown|does not exist|\b404\b)"),
    Wording.of(
        "@sha256:", r"(?:manifest unknown|manifest for|not found|404)[^\n]*?(?P<image>[^\s\"'`]+@sha256:[0-9a-f]+)"
    ),
    Wording.of("cannotpullimagemanifest"),
    Wording.of("imagedigest", r"imageDigest:? ?'?(?P<image>sha256:[0-9a-f]+)[^\n]*does not exist"),
)
_OTHER = re.compile(
    r"\b40[13]\b|denied|unauthorized|timeout|timed out|toomanyrequests|platform|no such host", re.IGNORECASE
)


def match(evidence: Evidence) -> Finding | None:
    """Return the digest that the registry no longer has."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    image = said[0].group("image").strip("\"':,")
    recovered = started_since(evidence, said[0].passage)
    return Finding(
        what=f"the digest {quoted(image)} is not in the registry any more"
        if image
        else "the digest that the service is pinned to is not in the registry any more",
        why="ECS pins a deployment to the digest that its tag had at the start, and the registry has deleted that one",
        fix="deploy again so that the tag is resolved anew, or deploy a digest that exists; make tags immutable and let "
        "the lifecycle policy keep what is deployed:\naws ecs update-service --cluster CLUSTER --service SERVICE "
        "--force-new-deployment",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        verdict=Verdict.SUSPECT if recovered else None,
    )
