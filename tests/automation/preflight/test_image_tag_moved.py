"""A tag that stands for another image than when it was deployed last is refused; what only looks like it is not."""

import json
from typing import Any

import pytest

from automation.preflight.checks import image_tag_moved
from automation.preflight.model import Finding, Status
from automation.preflight.plan import UNKNOWN, Plan
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from diagnostics.reads import Answer, ReadError, Shape
from tests.automation.preflight.stage import planned

REFERENCE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1.4.2"
INDEX, AMD, OTHER = (f"sha256:{digit * 64}" for digit in "123")


class Registry:
    """Answers as ECS and ECR do, of one service."""

    def __init__(self, recorded: str, now: str | None) -> None:
        self._recorded = recorded
        self._now = now

    def ask(self, service: str, method: str, /, region: str | None = None, **arguments: Any) -> Shape:
        del region
        match service, method:
            case "ecs", "list_service_deployments":
                return {"serviceDeployments": [{"createdAt": 1, "targetServiceRevisionArn": "arn:service-revision/1"}]}
            case "ecs", "describe_service_revisions":
                image = {"containerName": "app", "image": REFERENCE, "imageDigest": self._recorded}
                arn = arguments["serviceRevisionArns"][0]
                return {"serviceRevisions": [{"serviceRevisionArn": arn, "containerImages": [image]}]}
            case "ecr", "batch_get_image" if self._now:
                manifest = json.dumps({"manifests": [{"digest": AMD, "platform": {"os": "linux"}}]})
                return {"images": [{"imageId": {"imageDigest": self._now}, "imageManifest": manifest}]}
            case "ecr", "batch_get_image":
                return {"images": [], "failures": [{"failureCode": "ImageNotFound"}]}
        raise ReadError(Answer(method, "AccessDeniedException", "no"))


def findings(reference: str, recorded: str, now: str | None, *, live: bool = True) -> list[Finding]:
    subject = Subject(
        plan=Plan(()),
        planned=planned("aws:ecs/service:Service", "shop", "same", {}),
        name="shop",
        cluster="main",
        region="eu-west-1",
        definition={},
        definition_resource=None,
        containers=({"name": "app", "image": reference},),
        read={"serviceName": "shop"} if live else None,
    )
    return list(image_tag_moved.run(subject, PreflightReads(Registry(recorded, now))))


@pytest.mark.parametrize(
    ("reference", "recorded", "now"),
    [
        (REFERENCE, INDEX, INDEX),
        (REFERENCE, AMD, INDEX),
        (REFERENCE.replace("1.4.2", "1.4.3"), INDEX, OTHER),
        (f"{REFERENCE}@{OTHER}", INDEX, OTHER),
        (REFERENCE, INDEX, None),
        ("ghcr.io/example/shop:1.4.2", INDEX, OTHER),
    ],
    ids=["same", "recorded by platform", "another tag", "by digest", "gone", "never deployed"],
)
def test_what_did_not_move_is_passed(reference: str, recorded: str, now: str | None) -> None:
    assert findings(reference, recorded, now) == []


def test_a_tag_that_moved_is_refused_with_both_digests() -> None:
    (found,) = findings(REFERENCE, INDEX, OTHER)
    assert found.status is Status.REFUSED
    assert INDEX in found.what
    assert OTHER in found.what


def test_a_first_deployment_has_nothing_to_compare_with() -> None:
    assert findings(REFERENCE, INDEX, OTHER, live=False) == []


def test_an_unknown_image_is_not_checked() -> None:
    assert findings(UNKNOWN, INDEX, OTHER) == []  # type: ignore[arg-type]  # `image-exists` says so
