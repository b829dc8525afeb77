"""The image's tag still stands for the digest that ECS recorded when it was deployed last.

ECS resolves a tag once for each deployment, and records the digest with the service revision. Where the same reference
stands for another image by now, the revision would be another program under the same name, and going back to it would
not bring back what served.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html, container image resolution
"""

import json
from collections.abc import Iterator

from automation.preflight.checks.asking import NamedImage, images, unseen
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.reading import PreflightReads
from automation.preflight.revisions import deployments, revisions
from automation.preflight.subject import Subject
from diagnostics.model import Quote
from diagnostics.names import EcrImage, quoted
from diagnostics.reads import Shape
from diagnostics.shapes import tail

ID = "image-tag-moved"
TITLE = "each image's tag stands for the digest that it was deployed with before"
READS = "`ListServiceDeployments`, `DescribeServiceRevisions`, `BatchGetImage`"
FIX = "deploy the new image under a tag of its own, or by its digest"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Compare what each tag stands for with what ECS recorded of the same reference."""
    yield from unseen(subject)
    tagged = [image for image in images(subject) if image.tag and not image.digest]
    if subject.live is None or not tagged:
        return
    arns = [each["targetServiceRevisionArn"] for each in deployments(subject, reads)]
    recorded = revisions(reads, arns)
    for image in tagged:
        yield from _of_image(image, recorded, reads)


def _of_image(image: NamedImage, recorded: list[Shape], reads: PreflightReads) -> Iterator[Finding]:
    before = next(_digests(image.reference, recorded), None)
    if before is None:
        return  # this reference was not deployed yet
    if image.place is None:
        yield not_done(f"what {quoted(image.reference)} stands for now is known to its own registry alone")
        return
    revision, digest = before
    now = _now(image, image.place, reads)
    if now and digest not in now:
        yield refused(
            f"the tag {quoted(image.reference)} stands for {quoted(now[0])} now, and was deployed as {quoted(digest)}",
            "push the new image under a tag of its own and deploy that, or name the image by its digest"
            f" (`{image.reference.rpartition(':')[0]}@{now[0]}`)",
            why="the same reference would be two programs, and a rollback could not bring the earlier one back",
            evidence=[Quote(f"service revision {tail(revision)} imageDigest", digest)],
        )


def _digests(reference: str, recorded: list[Shape]) -> Iterator[tuple[str, str]]:
    """Yield the revisions that had the same reference, newest first, with the digest that it stood for."""
    for revision in recorded:
        for each in revision.get("containerImages", []):
            if each.get("image") == reference and each.get("imageDigest"):
                yield revision["serviceRevisionArn"], each["imageDigest"]


def _now(image: NamedImage, place: EcrImage, reads: PreflightReads) -> tuple[str, ...]:
    """Return the digests that a tag stands for: the image's, and those of the platforms that its index lists."""
    answer = reads.found(
        "RepositoryNotFoundException",
        lambda: reads.surroundings.batch_get_image(
            place.account, place.region, place.repository, {"imageTag": image.tag}
        ),
    )
    found = next(iter((answer or {}).get("images", [])), None)
    if found is None:
        return ()  # `image-exists` says so
    try:
        listed = json.loads(found.get("imageManifest", "")).get("manifests", [])
    except (ValueError, AttributeError):
        listed = []
    own = found.get("imageId", {}).get("imageDigest", "")
    children = (each.get("digest", "") for each in listed if isinstance(each, dict))
    return tuple(each for each in (own, *children) if each)
