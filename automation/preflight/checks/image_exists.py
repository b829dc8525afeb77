"""The image is in its registry, and its digest is recorded."""

import json
from collections.abc import Iterator

from automation.preflight.checks.asking import NamedImage, images, unseen
from automation.preflight.model import Finding, Recorded, Status, not_done, refused
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from diagnostics.collect_registry import image_id, read_image
from diagnostics.model import Quote
from diagnostics.names import EcrImage, quoted
from diagnostics.reads import Gaps, Shape

ID = "image-exists"
TITLE = "each image is in its registry"
READS = "`BatchGetImage`"
FIX = "push the image, or name one that is there"

REPOSITORY_TYPE = "aws:ecr/repository:Repository"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Ask ECR about each image; what is in another registry is not asked for."""
    yield from unseen(subject)
    for image in images(subject):
        if image.place is None:
            recorded = (Recorded(image.container, image.reference, image.digest),) if image.digest else ()
            what = f"{quoted(image.reference)} is not in ECR: other registries are not asked"
            yield Finding(Status.NOT_DONE, what, recorded=recorded)
        else:
            yield _judge(subject, image, image.place, reads)


def _judge(subject: Subject, image: NamedImage, place: EcrImage, reads: PreflightReads) -> Finding:
    gaps: Gaps = []
    read = read_image(reads.surroundings, image.reference, place, gaps)
    if read["exists"]:
        manifests = _manifests(reads, image.reference, place)
        recorded = Recorded(image.container, image.reference, read["digest"], manifests)
        return Finding(Status.OK, f"{quoted(image.reference)} is `{read['digest']}`", recorded=(recorded,))
    quote = _quote(read)
    if read["exists"] is None:
        return not_done(f"ECR did not say whether {quoted(image.reference)} exists", evidence=[quote])
    return refused(
        f"the image {quoted(image.reference)} does not exist",
        f"push {quoted(image.reference)}, or set `image` to one that exists: `{place.list_tags_command()}`",
        why=_why(subject, place),
        evidence=[quote],
    )


def _manifests(reads: PreflightReads, reference: str, place: EcrImage) -> tuple[str, ...]:
    """Return the digests of the manifests in an index; none of an image that is no index."""
    asked = place.account, place.region, place.repository, image_id(reference)
    answer = reads.surroundings.batch_get_image(*asked)  # the same question as before: it is not asked again
    try:
        listed = json.loads(answer["images"][0]["imageManifest"]).get("manifests", [])
    except (ValueError, KeyError, IndexError, AttributeError):
        return ()
    return tuple(str(each.get("digest")) for each in listed if isinstance(each, dict))


def _why(subject: Subject, place: EcrImage) -> str:
    made = [each for each in subject.plan.of_type(REPOSITORY_TYPE) if each.made]
    if any(each.inputs.get("name") == place.repository for each in made):
        return "the repository is made by this very update, and is empty until somebody pushes to it"
    return "the registry answered, and a pull of what it does not have cannot succeed"


def _quote(read: Shape) -> Quote:
    error = read["error"]
    return Quote(error["operation"], ": ".join(part for part in (error["code"], error["message"]) if part))
