"""Each program of docs/examples as it stands there: previewed, deployed, proven, unchanged by a second run, removed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.inventory import inventory
from tests.e2e.programs import ROOT, Handed, Program

pytestmark = pytest.mark.e2e

EXAMPLES = ROOT / "docs" / "examples"


@dataclass(frozen=True)
class Story:
    """What an example is given, and how many services it makes."""

    image: str = "shop:good-1"
    config: Mapping[str, str] = field(default_factory=dict)
    services: int = 1
    next_image: str = ""
    """Deployed after the first one."""
    before_destroy: Mapping[str, str] = field(default_factory=dict)


STORIES = {
    "smallest": Story(),
    "existing-listener": Story(),
    "public-load-balancer": Story(before_destroy={"deletion_protection": "false"}),
    "worker": Story("python-boto3:needs-bucket", {"bucket_arn": "arn:aws:s3:::shop-data"}),
    "autoscaled": Story(),
    "spot": Story(),
    "sidecar-efs": Story(config={"proxy_image": "go-http:good-1"}),
    "arm64": Story("shop:arm64-only"),
    "shared-cluster": Story(config={"other_image": "shop:good-2"}, services=2),
    "blue-green": Story(next_image="shop:good-2"),
    "canary": Story(next_image="shop:good-2"),
}


def test_every_example_has_a_story() -> None:
    assert {path.parent.name for path in EXAMPLES.glob("*/__main__.py")} == set(STORIES)


@pytest.mark.parametrize("name", STORIES)
def test_an_example_is_previewed_deployed_left_alone_and_removed(name: str, handed: Handed, tmp_path: Path) -> None:
    story, before = STORIES[name], inventory(handed.connect)
    example = Program(EXAMPLES / name, {"image": story.image, **story.config}, tmp_path, handed)
    assert set(example.preview()) == {"create"}

    outcome = example.up()
    assert [service["result"] for service in outcome["services"]] == ["serving"] * story.services
    assert all(service["proof"]["proven"] for service in outcome["services"])
    if story.next_image:
        (service,) = example.up(image=story.next_image)["services"]
        assert service["revision_after"] != service["revision_before"]
    last = {"image": story.next_image or story.image}
    example.up(**last)
    assert set(example.changes()) == {"same"}

    if story.before_destroy:
        example.up(**last, **story.before_destroy)
    example.destroy()
    assert inventory(handed.connect) - before == set()
