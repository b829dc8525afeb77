"""The digest that the service is pinned to is gone from the registry.

## What it looks for
A pull by digest that the registry does not have: `…@sha256:…: not found`, `manifest unknown` for a digest,
`CannotPullImageManifestError`. ECS resolves a tag to a digest when a deployment starts and uses that digest for all
of its tasks, also for those that it starts weeks later. A `403` for such a digest counts where ECR was asked and does
not have it: ECR answers so for the blob of that name, which containerd tries when the manifest was not found.

## Why waiting cannot help
A deleted digest does not come back. It was removed by a lifecycle policy, or its tag was pushed again and the
untagged image cleaned up.

## What to do
Deploy again, so that the tag is resolved anew, and keep images that a rollback needs:

    aws ecs update-service --cluster CLUSTER --service SERVICE --force-new-deployment

Make the repository's tags immutable, and let its lifecycle policy keep enough images.

## What it is not
- A tag that does not exist: `image-not-found`.
- A refusal: `ecr-permission-denied`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html#deployment-container-image-stability
- https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
- https://github.com/containerd/containerd/blob/main/core/remotes/docker/resolver.go (a digest is looked for among the
  manifests, then among the blobs)
"""

import re

from diagnostics.evidence import Evidence, RegistryImage
from diagnostics.healthy import started_since
from diagnostics.model import Finding, Verdict
from diagnostics.names import images_of, pasted, quoted
from diagnostics.registry_words import NO_ANSWER, NO_NAME, is_pull, status_of
from diagnostics.said import Said, Wording, said_by_aws, tasks_of

ID = "image-digest-stale"
VERDICT = Verdict.DOOMED

_IMAGE = r"(?<![^\s\"'`])(?P<image>[^\s\"'`@]{1,300}@sha256:[\w*.\u2026]{0,80})"
_WORDINGS = (
    Wording.of("@sha256:", rf"{_IMAGE}[^\n]{{0,400}}(?:not found|manifest unknown|does not exist|\b404\b)"),
    Wording.of("@sha256:", rf"(?:manifest unknown|manifest for|not found|\b404\b)[^\n]{{0,200}}?{_IMAGE}"),
    Wording.of("cannotpullimagemanifest"),
    Wording.of("imagedigest", r"imageDigest:? ?'?(?P<image>sha256:[0-9a-f]+)[^\n]{0,200}does not exist"),
    # containerd's fetcher, where an index names a manifest that is gone
    Wording.of("content at", r"content at \S{0,400}/manifests/(?P<image>sha256:[0-9a-f]+)[^\n]{0,40}not found"),
    Wording.of("content descriptor", r"content descriptor (?P<image>sha256:[0-9a-f]+)[^\n]{0,80}not found"),
)
_REFUSED = (Wording.of("403", rf"ref(?:erence)? \"?{_IMAGE}[^\n]{{0,400}}\b403\b"),)
_OTHER = re.compile(r"denied|unauthorized|toomanyrequests|platform", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the digest that the registry no longer has."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if _is_answer(each)]
    said += [each for each in said_by_aws(evidence, _REFUSED) if _is_gone(evidence, each)]
    if not said:
        return None
    image = said[0].group("image").strip("\"':,")
    whose = image if "@" in image else ""
    return Finding(
        what=f"the digest {quoted(image)} is not in the registry any more"
        if image
        else "the digest that the service is pinned to is not in the registry any more",
        why="ECS pins a deployment to the digest that its tag had at the start, and the registry has deleted that one",
        fix=_fix(evidence, said[0], whose),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        verdict=Verdict.SUSPECT if started_since(evidence, said[0].passage) else None,
    )


def _is_answer(said: Said) -> bool:
    text = said.passage.text
    other = _OTHER.search(text) or NO_ANSWER.search(text) or NO_NAME.search(text)
    return is_pull(said.passage) and not other and status_of(text) in (None, 404)


def _is_gone(evidence: Evidence, said: Said) -> bool:
    """Say whether the registry was asked about the image that is refused by its digest, and has another, or none."""
    name, _, digest = said.group("image").partition("@")
    asked = [each for each in evidence.images if each.image in (name, f"{name}@{digest}")]
    return any(_lacks(each, digest) for each in asked)


def _lacks(image: RegistryImage, digest: str) -> bool:
    if "@" in image.image:
        return image.exists is False
    return bool(image.exists and image.digest and len(digest) == len(image.digest) and image.digest != digest)


def _fix(evidence: Evidence, said: Said, image: str) -> str:
    if any("@sha256:" in each for each in images_of(evidence, said.passage.task)):
        return "set `image` to a tag, or a digest, that exists, and let the lifecycle policy keep what is deployed"
    service = evidence.service
    cluster = (evidence.cluster_arn or (service.cluster_arn if service else "")) or "CLUSTER"
    name = service.name if service else ""
    tag = quoted(image.partition("@")[0]) if image else "the tag"
    return (
        f"deploy again, so that {tag} is resolved anew; make tags immutable and let the lifecycle policy keep what is "
        f"deployed:\naws ecs update-service --cluster {pasted(cluster)} --service {pasted(name or 'SERVICE')}"
        " --force-new-deployment"
    )
