"""Image references: what is in one, and which ones a deployment can be rolled back to."""

import re
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
