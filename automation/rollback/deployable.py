"""Whether a revision that served can be deployed once more: it is ACTIVE, and ECR has its image still."""

from dataclasses import dataclass

from automation.rollback.choose import Proven
from diagnostics.collect_registry import read_image
from diagnostics.names import ecr_image
from diagnostics.reads import Gaps, ReadError, Reads, Shape


@dataclass(frozen=True)
class Deployable:
    """What stands against it, and what could not be found out, one sentence each."""

    refusals: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


def deployable(reads: Reads, target: Proven) -> Deployable:
    """Ask ECS and ECR about a revision."""
    try:
        definition = reads.describe_task_definition(target.task_definition)
    except ReadError as refused:
        if refused.answer.code == "ClientException":
            return Deployable((f"the revision `{target.revision}` does not exist any more: {refused.answer.message}",))
        return Deployable(unchecked=(f"`{target.revision}` could not be read: {refused.answer}",))
    status = definition.get("status", "")
    if status != "ACTIVE":
        return Deployable(
            (f"the revision `{target.revision}` is {status}: it was deregistered, and ECS deploys it no more",)
        )
    return _with_its_images(reads, target, definition)


def _with_its_images(reads: Reads, target: Proven, definition: Shape) -> Deployable:
    gaps: Gaps = []
    refusals: list[str] = []
    unchecked: list[str] = []
    digests: set[str] = set()
    certain = True
    for image in dict.fromkeys(each["image"] for each in definition.get("containerDefinitions", [])):
        place = ecr_image(image)
        if place is None:
            unchecked.append(f"`{image}` is not in ECR")
            certain = False
            continue
        found = read_image(reads.surroundings, image, place, gaps)
        if found["exists"] is False:
            refusals.append(f"the image `{image}` of `{target.revision}` is not in ECR any more")
        # ECS may report the digest of one platform's image, which an index hides.
        certain &= found["exists"] is True and not found["platforms"]
        digests.add(found.get("digest", ""))
    served = target.service.digest
    if not refusals and certain and served and served not in digests:
        refusals.append(
            f"the tag that `{target.revision}` names is another image now: "
            f"what served was {served[:19]}…, and that would not be deployed"
        )
    unchecked += [f"{what} could not be read: {answer}" for what, answer in gaps]
    return Deployable(tuple(refusals), tuple(unchecked))
