"""docs/images.md describes every key, and the captured images are what it says."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from sandbox import image_keys
from sandbox.images import Image, load_catalogue

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "images.md").read_text(encoding="utf-8")
MODELS = [
    Image,
    *(each for each in vars(image_keys).values() if isinstance(each, type) and issubclass(each, BaseModel)),
]
CAPTURED = [image for image in load_catalogue().images if image.captured_by]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_on_the_page(model: type[BaseModel]) -> None:
    shown = {word for quoted in re.findall(r"`([^`\n]+)`", PAGE) for word in re.findall(r"\w+", quoted)}
    assert set(model.model_fields) - shown == set()


def test_the_page_counts_the_images() -> None:
    assert f"\n{len(load_catalogue().images)} images: " in PAGE
    assert len(CAPTURED) >= 60


def test_no_key_says_what_aws_says() -> None:
    spoken = ("stopped", "reason", "event", "verdict", "healthy", "rollout", "state")
    keys = {key for model in MODELS for key in model.model_fields}
    assert [key for key in keys if any(word in key for word in spoken)] == []


@pytest.mark.parametrize("image", CAPTURED, ids=lambda image: image.name)
def test_a_captured_image_names_its_program_and_its_script(image: Image) -> None:
    assert re.search(r"\d+\.\d+", image.captured_with or "")
    assert (ROOT / "sandbox" / "capture" / f"{image.captured_by}.py").exists()
    said = (
        image.exits
        or image.logs
        or image.listening_log
        or image.needs.each()
        or image.sigterm
        or image.disk
        or image.open_files
    )
    assert said is not None
    assert "/work" not in re.sub(r"/workers?\b", "", image.model_dump_json())


def test_every_way_in_which_a_connection_fails_was_captured_with_its_own_words() -> None:
    needs = [(image.name, need) for image in CAPTURED for need in image.needs.connections]
    assert len(needs) >= 10
    for name, need in needs:
        said = [need.refused.logs, need.timed_out.logs, need.name_not_found.logs]
        said += [need.login_refused.logs] if need.login_refused else []
        assert all(said), name
        assert len(set(said)) == len(said), name


def test_the_page_shows_a_file_that_is_taken(tmp_path: Path) -> None:
    example = PAGE.partition("```yaml\n")[2].partition("```")[0]
    (tmp_path / "images.yaml").write_text(example, encoding="utf-8")
    assert [image.name for image in load_catalogue(tmp_path / "images.yaml").images] == ["checkout:1.4"]
