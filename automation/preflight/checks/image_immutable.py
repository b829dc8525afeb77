"""The image is named by something that cannot be moved: a digest, or a tag of a repository with immutable tags."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from automation.preflight.checks.asking import NamedImage, images, unseen
from automation.preflight.checks.image_exists import REPOSITORY_TYPE
from automation.preflight.model import Finding, refused
from automation.preflight.plan import Plan
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from diagnostics.model import Quote
from diagnostics.names import EcrImage, quoted

ID = "image-immutable"
TITLE = "each image is named by a digest, or by a tag that cannot be moved"
READS = "`DescribeRepositories`; the planned repository"
FIX = "name the image by its digest, or by a tag of a repository with immutable tags"

_WHY = "a tag that is moved makes another program of the same revision, and a rollback would start that one"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Ask ECR whether the tags of each image's repository are immutable."""
    yield from unseen(subject)
    for image in images(subject):
        if image.digest:
            continue
        if image.tag == "latest":
            yield _refused(image, f"the image {quoted(image.reference)} is whatever `latest` is", ())
        elif image.place is None:
            yield _refused(image, f"the image {quoted(image.reference)} is a tag that its registry lets be moved", ())
        else:
            yield from _judge(subject, image, image.place, reads)


def _judge(subject: Subject, image: NamedImage, place: EcrImage, reads: PreflightReads) -> Iterator[Finding]:
    settings = _planned(subject.plan, place)
    if settings is None:
        answer = reads.found(
            "RepositoryNotFoundException",
            lambda: reads.ask(
                "ecr",
                "describe_repositories",
                region=place.region,
                registryId=place.account,
                repositoryNames=[place.repository],
            ),
        )
        if answer is None:
            return  # there is no such image either, and that is another check's to say
        settings = answer["repositories"][0]
    if not _immutable(settings, image.tag):
        mutability = str(settings.get("imageTagMutability") or "MUTABLE")
        quote = Quote(f"repository {place.repository} imageTagMutability", mutability)
        what = f"the image {quoted(image.reference)} is a tag of a repository where tags can be moved"
        yield _refused(image, what, (quote,))


def _planned(plan: Plan, place: EcrImage) -> Mapping[str, Any] | None:
    found = (each for each in plan.of_type(REPOSITORY_TYPE) if each.inputs.get("name") == place.repository)
    return next((each.inputs for each in found), None)


def _immutable(settings: Mapping[str, Any], tag: str) -> bool:
    """Tell whether a tag of a repository cannot be moved; the filters turn the setting round for the tags they match.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    mutability = str(settings.get("imageTagMutability") or "MUTABLE")
    filters = settings.get("imageTagMutabilityExclusionFilters") or []
    matched = any(_matches(str(each.get("filter", "")), tag) for each in filters if isinstance(each, Mapping))
    return matched != mutability.startswith("IMMUTABLE") if "EXCLUSION" in mutability else mutability == "IMMUTABLE"


def _matches(pattern: str, tag: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), tag) is not None


def _refused(image: NamedImage, what: str, evidence: tuple[Quote, ...]) -> Finding:
    name = image.reference.partition(":")[0] if image.place else image.reference.rsplit(":", 1)[0]
    return refused(
        what,
        f"name the image by its digest (`{name}@sha256:…`), or by a tag of an ECR repository with immutable tags",
        why=_WHY,
        evidence=evidence,
    )
