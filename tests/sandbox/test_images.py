import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.images import Catalogue, CatalogueError, Image, digest_of, load_catalogue, push
from sandbox.timings import Timings, TimingsError, load_timings

ACCOUNT, REGION = "123456789012", "eu-west-1"
SLICE = {
    *("good-1", "good-2", "port-5201", "crash-on-start", "needs-secret"),
    *("health-500", "out-of-memory", "slow-start", "arm64-only"),
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def ecr() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("ecr", region_name=REGION)


def image(catalogue: Catalogue, tag: str) -> Image:
    return next(each for each in catalogue.images if each.tag == tag)


def test_the_catalogue_has_the_repository_shop(catalogue: Catalogue) -> None:
    assert {each.tag for each in catalogue.images if each.repository == "shop"} >= SLICE


def test_no_key_of_the_catalogue_says_what_aws_says_of_an_image() -> None:
    spoken = ("stopped", "reason", "event", "verdict", "healthy", "rollout", "state")
    assert [key for key in Image.model_fields if any(word in key for word in spoken)] == []


def test_a_push_makes_immutable_scanned_repositories_with_real_digests(ecr: Any, catalogue: Catalogue) -> None:
    push(catalogue, ACCOUNT, REGION)
    repository = ecr.describe_repositories(repositoryNames=["shop"])["repositories"][0]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    for program in catalogue.images:
        asked = [{"imageTag": program.tag}]
        stored = ecr.batch_get_image(repositoryName=program.repository, imageIds=asked)["images"][0]
        assert stored["imageId"]["imageDigest"] == digest_of(stored["imageManifest"])


def test_a_second_push_changes_nothing(ecr: Any, catalogue: Catalogue) -> None:
    push(catalogue, ACCOUNT, REGION)
    before = ecr.describe_images(repositoryName="shop")["imageDetails"]
    push(catalogue, ACCOUNT, REGION)
    assert ecr.describe_images(repositoryName="shop")["imageDetails"] == before


def test_an_image_of_several_platforms_is_an_index_and_of_one_a_manifest(catalogue: Catalogue) -> None:
    index = json.loads(image(catalogue, "good-1").manifest)
    assert [entry["platform"]["architecture"] for entry in index["manifests"]] == ["amd64", "arm64"]
    assert "layers" in json.loads(image(catalogue, "arm64-only").manifest)


WRONG = {
    "a key that there is not": ("    stopped_reason: no\n", r":6: images\.0\.stopped_reason: Extra inputs"),
    "a value of a wrong kind": ("    size_mib: large\n", r":6: images\.0\.size_mib: Input should be a valid integer"),
    "a port without a start": ("    listens: 80\n", r"images\.0: Value error, listens and start_seconds"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_catalogue_is_refused_with_file_line_and_key(tmp_path: Path, name: str) -> None:
    added, expected = WRONG[name]
    path = tmp_path / "images.yaml"
    size = "" if "size_mib" in added else "    size_mib: 5\n"
    captured = "" if size else "    captured_with: x\n"
    head = f"images:\n  - repository: shop\n    tag: a\n{size}{captured}    platforms: [linux/amd64]\n"
    path.write_text(head + added)
    with pytest.raises(CatalogueError, match=expected) as caught:
        load_catalogue(path)
    assert str(path) in str(caught.value)


def test_a_catalogue_that_is_no_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "images.yaml"
    path.write_text("images:\n  - {repository: shop\n")
    with pytest.raises(CatalogueError, match=r"images\.yaml:\d+: "):
        load_catalogue(path)


def test_a_tag_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "images.yaml"
    entry = "  - {repository: shop, tag: a, platforms: [linux/amd64], size_mib: 5}\n"
    path.write_text(f"images:\n{entry}{entry}")
    with pytest.raises(CatalogueError, match="more than once: shop:a"):
        load_catalogue(path)


def test_every_timing_names_its_source_and_is_drawn_within_its_range() -> None:
    ranges = load_timings()
    timings = Timings(ranges, 1)
    for name, chosen in ranges.items():
        assert len(chosen.source) > 7
        assert all(chosen.low <= timings.draw(name, "a") <= chosen.high for _ in range(20))


def test_what_a_service_draws_is_the_same_whatever_others_draw_in_between() -> None:
    alone, beside = Timings(load_timings(), 1), Timings(load_timings(), 1)
    drawn = [alone.draw("preparation", "a") for _ in range(5)]
    found = []
    for n in range(5):
        beside.draw("preparation", "b")
        beside.pull(100.0 * n, "a")
        found.append(beside.draw("preparation", "a"))
    assert found == drawn
    assert len(set(drawn)) == 5
    other = Timings(load_timings(), 2)
    assert drawn != [other.draw("preparation", "a") for _ in range(5)]


def test_the_gap_between_attempts_grows_up_to_27_minutes() -> None:
    timings = Timings(load_timings(), 1)
    assert timings.throttle(1, "a") < timings.throttle(2, "a") < timings.throttle(9, "a") <= 27 * 60


def test_wrong_timings_are_refused_with_their_key(tmp_path: Path) -> None:
    path = tmp_path / "timings.yaml"
    path.write_text("pull: {low: 5, typical: 3, high: 9, source: nobody}\n")
    with pytest.raises(TimingsError, match=r"timings\.yaml: pull: Value error, expected 0 <= low"):
        load_timings(path)
