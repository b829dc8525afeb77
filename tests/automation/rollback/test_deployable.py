"""Whether a revision can be deployed once more, from what ECS and ECR answer."""

from typing import Any

from automation.rollback.choose import Proven
from automation.rollback.deployable import Deployable, deployable
from diagnostics.reads import Answer, ReadError
from tests.automation.history.examples import FAMILY, record, service

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
SERVED = "sha256:" + "1" * 64
TARGET = Proven(record(1), service(1))
INDEX = '{"manifests": [{"platform": {"os": "linux", "architecture": "amd64"}}]}'


class Aws:
    """ECS with one revision, and ECR with the given images by tag or digest."""

    def __init__(self, definition: dict[str, Any] | ReadError, images: dict[str, Any] | None = None) -> None:
        self.definition = definition
        self.images = images or {}
        self.surroundings = self

    def describe_task_definition(self, task_definition: str) -> dict[str, Any]:
        assert task_definition == f"{FAMILY}:1"
        if isinstance(self.definition, ReadError):
            raise self.definition
        return self.definition

    def batch_get_image(
        self, _registry: str, _region: str, _repository: str, image_id: dict[str, str]
    ) -> dict[str, Any]:
        found = self.images.get(next(iter(image_id.values())))
        if isinstance(found, ReadError):
            raise found
        if found is None:
            return {"failures": [{"failureCode": "ImageNotFound", "failureReason": "Requested image not found"}]}
        digest, manifest = found if isinstance(found, tuple) else (found, "{}")
        return {"images": [{"imageId": {"imageDigest": digest}, "imageManifest": manifest}]}


def definition(*images: str, status: str = "ACTIVE") -> dict[str, Any]:
    return {"status": status, "containerDefinitions": [{"image": image} for image in images]}


def refused(operation: str, code: str, message: str) -> ReadError:
    return ReadError(Answer(operation, code, message))


def asked(aws: Aws) -> Deployable:
    reads: Any = aws
    return deployable(reads, TARGET)


def test_an_active_revision_whose_image_is_what_served_can_be_deployed() -> None:
    by_tag = Aws(definition(f"{ECR}/shop:good-1"), {"good-1": SERVED})
    by_digest = Aws(definition(f"{ECR}/shop@{SERVED}"), {SERVED: SERVED})
    assert asked(by_tag) == asked(by_digest) == Deployable()


def test_one_of_several_images_is_what_served() -> None:
    images = {"good-1": SERVED, "proxy-1": "sha256:" + "2" * 64}
    assert asked(Aws(definition(f"{ECR}/proxy:proxy-1", f"{ECR}/shop:good-1"), images)) == Deployable()


def test_a_deregistered_revision_is_refused() -> None:
    (sentence,) = asked(Aws(definition(status="INACTIVE"))).refusals
    assert "`shop:1` is INACTIVE" in sentence


def test_a_revision_that_is_gone_is_refused() -> None:
    gone = refused("DescribeTaskDefinition", "ClientException", "Unable to describe task definition.")
    (sentence,) = asked(Aws(gone)).refusals
    assert "does not exist any more" in sentence


def test_an_image_that_ecr_lost_is_refused() -> None:
    for image in (f"{ECR}/shop:good-1", f"{ECR}/shop@{SERVED}"):
        (sentence,) = asked(Aws(definition(image))).refusals
        assert sentence == f"the image `{image}` of `shop:1` is not in ECR any more"


def test_a_tag_that_is_another_image_now_is_refused() -> None:
    (sentence,) = asked(Aws(definition(f"{ECR}/shop:latest"), {"latest": "sha256:" + "9" * 64})).refusals
    assert "is another image now" in sentence


def test_an_index_of_several_platforms_is_not_held_against_one_platforms_digest() -> None:
    assert asked(Aws(definition(f"{ECR}/shop:good-1"), {"good-1": ("sha256:" + "9" * 64, INDEX)})) == Deployable()


def test_what_cannot_be_read_is_told_and_refuses_nothing() -> None:
    denied = refused("BatchGetImage", "AccessDeniedException", "no")
    found = asked(Aws(definition(f"{ECR}/shop:good-1", "docker.io/proxy:1"), {"good-1": denied}))
    assert found.refusals == ()
    assert len(found.unchecked) == 2
    blind = asked(Aws(refused("DescribeTaskDefinition", "AccessDeniedException", "no")))
    assert (blind.refusals, len(blind.unchecked)) == ((), 1)
