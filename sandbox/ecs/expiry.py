"""Lifecycle policies of ECR: once a day, the images that a repository's policy expires go.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.ecs.conditions import like
from sandbox.ecs.iam import parse
from sandbox.simulation import Simulation
from sandbox.timings import Timings


class Expiry:
    """Applies the policies of the repositories of one account and region.

    The age of an image counts on the simulation's clock, from the first day on which it was seen.
    """

    def __init__(self, account: str, region: str, simulation: Simulation, timings: Timings) -> None:
        self._account = account
        self._region = region
        self._simulation = simulation
        self._timings = timings
        self._seen: dict[tuple[str, str], datetime] = {}

    def begin(self) -> None:
        """Apply them again and again."""
        self._simulation.schedule(self._timings.typical("ecr_lifecycle"), self._apply)

    def _apply(self) -> None:
        from moto.ecr.models import ecr_backends

        for repository in list(ecr_backends[self._account][self._region].repositories.values()):
            pushed = {image.image_digest: self._since(repository.name, image) for image in repository.images}
            gone = expired(parse(repository.lifecycle_policy), repository.images, pushed, self._simulation.now)
            repository.images[:] = [image for image in repository.images if image.image_digest not in gone]
        self.begin()

    def _since(self, repository: str, image: Any) -> datetime:
        return self._seen.setdefault((repository, image.image_digest), self._simulation.now)


def expired(
    policy: Mapping[str, Any], images: Iterable[Any], pushed: Mapping[str, datetime], now: datetime
) -> set[str]:
    """Return the digests that a policy expires: each image falls under the first rule that its tags match.

    Args:
        policy: the document, as PutLifecyclePolicy takes it.
        images: moto's, the oldest first.
        pushed: when each digest was pushed.
        now: what ages are counted until.
    """
    left, gone = list(images), set()
    claimed: set[str] = set()
    for rule in sorted(policy.get("rules") or [], key=lambda each: int(each["rulePriority"])):
        selection = rule["selection"]
        matching = [image for image in left if _matches(selection, image.image_tags)]
        for image in _beyond(selection, matching, pushed, now):
            if image.image_digest not in claimed:
                gone.add(image.image_digest)
        claimed.update(image.image_digest for image in matching)
    return gone


def _beyond(
    selection: Mapping[str, Any], images: list[Any], pushed: Mapping[str, datetime], now: datetime
) -> list[Any]:
    number = int(selection["countNumber"])
    if selection["countType"] == "imageCountMoreThan":
        oldest_first = sorted(images, key=lambda image: pushed[image.image_digest])
        return oldest_first[: max(0, len(images) - number)]
    return [image for image in images if now - pushed[image.image_digest] > timedelta(days=number)]


def _matches(selection: Mapping[str, Any], tags: list[str]) -> bool:
    status = selection.get("tagStatus", "any")
    if status == "any":
        return True
    if status == "untagged":
        return not tags
    prefixes = [f"{prefix}*" for prefix in selection.get("tagPrefixList") or []]
    patterns = [*prefixes, *(selection.get("tagPatternList") or [])]
    # Every prefix or pattern of the list has to match one of the image's tags.
    return bool(tags) and all(any(like(pattern, tag) for tag in tags) for pattern in patterns)
