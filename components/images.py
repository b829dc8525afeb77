"""Image references: what is in one, and which ones a deployment can be rolled back to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .complaints import Complaint

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?P<registry>(?:{_LABEL}\.)+{_LABEL}(?::\d+)?|localhost(?::\d+)?|{_LABEL}:\d+)"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"{_HOST}/(?P<repository>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?:(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))|(?:@(?P<digest>sha256:[0-9a-f]{64})))?"
)
_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z]{2}(?:-[a-z0-9]+)+-\d)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)"
)
_REPOSITORY_ARN = re.compile(
    r"arn:[a-z-]+:ecr:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):repository/(?P<name>[a-z0-9._/-]+)"
)
_INSTEAD = "write registry/repository:tag or registry/repository@sha256:<64 hexadecimal digits>"


@dataclass(frozen=True)
class EcrRepository:
    """A private repository in Amazon ECR."""

    account: str
    region: str
    name: str

    def arn(self, partition: str) -> str:
        """Return the repository's ARN."""
        return f"arn:{partition}:ecr:{self.region}:{self.account}:repository/{self.name}"


@dataclass(frozen=True)
class Image:
    """A full image reference: registry, repository, and a tag or a digest (or, not acceptable, neither)."""

    registry: str
    repository: str
    tag: str | None
    digest: str | None

    @property
    def ecr_repository(self) -> EcrRepository | None:
        """The private ECR repository that holds the image, if it is in one."""
        found = _ECR.fullmatch(self.registry)
        return EcrRepository(found["account"], found["region"], self.repository) if found else None


def parse(reference: str) -> Image | None:
    """Return what is in a full image reference, or nothing if it is not one."""
    found = _REFERENCE.fullmatch(reference)
    return Image(found["registry"], found["repository"], found["tag"], found["digest"]) if found else None


def check(reference: str) -> Complaint | None:
    """Refuse a reference that does not name one image for good: a rollback would start something else."""
    image = parse(reference)
    if image is None:
        return Complaint(f"`{reference}` is not a full image reference", _INSTEAD, "DEP-15")
    if image.digest:
        return None
    if image.tag is None:
        return Complaint(f"`{reference}` has no tag, which means `latest`", _INSTEAD, "DEP-15")
    if image.tag == "latest":
        moving = f"`{reference}` moves: a rollback would start whatever `latest` is by then"
        return Complaint(
            moving, "write a tag that is never pushed again, or a digest: registry/repository@sha256:…", "DEP-15"
        )
    return None


def repository(arn: str) -> EcrRepository | None:
    """Return the repository that an ARN names."""
    found = _REPOSITORY_ARN.fullmatch(arn)
    return EcrRepository(found["account"], found["region"], found["name"]) if found else None


def check_provable(reference: str, *, in_known_repository: bool) -> Complaint | None:
    """Refuse a tag of which nobody here can say whether it stays: only ECR tells."""
    image = parse(reference)
    if image is None or image.digest or image.ecr_repository or in_known_repository:
        return None
    return Complaint(
        f"`{reference}` names a tag, and whether {image.registry} lets it be moved is not known",
        f"deploy the digest: {image.registry}/{image.repository}@sha256:<64 hexadecimal digits>",
        "DEP-15",
    )


def check_immutable(reference: str, mutability: str, exclusions: Sequence[str]) -> Complaint | None:
    """Refuse a tag that its repository lets somebody move; `exclusions` are the patterns of tags that are excluded.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    image = parse(reference)
    tag = image.tag if image else None
    if tag is None:
        return None
    what = f"`{reference}` can be moved: its repository is {mutability}"
    if mutability == "IMMUTABLE":
        return None
    excluded = any(_matches(pattern, tag) for pattern in exclusions)
    if mutability == "IMMUTABLE_WITH_EXCLUSION":
        if not excluded:
            return None
        what += ", and excludes this tag"
    return Complaint(what, "deploy the digest: registry/repository@sha256:…, or make the tags immutable", "DEP-15")


def _matches(pattern: str, tag: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), tag) is not None
