"""The images of the sandbox's registry: the catalogue that is read from files, and how they get into ECR.

The catalogue says what a *program* does. What ECS, a load balancer or a person makes of it is decided elsewhere.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError, model_validator

from sandbox.blobs import store
from sandbox.image_keys import Status, Strict
from sandbox.image_model import Image, digest_of

__all__ = ["Catalogue", "CatalogueError", "Image", "Status", "check_push", "digest_of", "load_catalogue", "push"]

_OWN = Path(__file__).with_name("images.yaml")
_CAPTURED = Path(__file__).with_name("catalogue")


class CatalogueError(Exception):
    """The catalogue cannot be used; the message names the file, the line where there is one, and the key."""


class _File(Strict):
    """A file of images. `defaults` is a place for YAML anchors; it means nothing by itself."""

    images: tuple[Image, ...]
    defaults: Mapping[str, Any] = {}

    @model_validator(mode="after")
    def _once(self) -> "_File":
        names = [image.name for image in self.images]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"more than once: {', '.join(twice)}")
        return self


class Catalogue:
    """All images that a sandbox knows. More can be added while it runs."""

    def __init__(self, images: Iterable[Image]) -> None:
        self._by_digest: dict[str, Image] = {}
        self._by_name: dict[str, Image] = {}
        self.add(images)

    @property
    def images(self) -> tuple[Image, ...]:
        """The images in the order in which they were added; of a tag the newest."""
        return tuple(self._by_name.values())

    @property
    def by_digest(self) -> Mapping[str, Image]:
        """Each image that there ever was by the digest of its manifest; that of each platform by its own."""
        return self._by_digest

    def add(self, images: Iterable[Image]) -> None:
        """Add images. A tag that is there moves to the new one; the old one keeps its digest."""
        for image in images:
            self._by_name[image.name] = image
            for platform, manifest in zip(image.platforms, image.manifests, strict=True):
                self._by_digest[digest_of(manifest)] = image.only(platform)
            self._by_digest[image.digest] = image


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read a file of images; where no `path` is given, the sandbox's own and the captured ones.

    Raises:
        CatalogueError: it cannot be read, is not YAML, or a key is wrong.
    """
    # libyaml, which is faster, ends the process where lists are nested thousands deep.
    return Catalogue(_read(path, yaml.SafeLoader) if path else _own())


@cache
def _own() -> tuple[Image, ...]:
    """Read the files that come with the sandbox, once a process: images do not change."""
    own = (_OWN, *sorted(_CAPTURED.glob("*.yaml")))
    return tuple(image for path in own for image in _read(path, yaml.CSafeLoader))


def _read(path: Path, loader: type[yaml.CSafeLoader | yaml.SafeLoader]) -> Sequence[Image]:
    try:
        text = path.read_text(encoding="utf-8")
        document = yaml.load(text, Loader=loader)  # both are safe loaders  # noqa: S506  # nosec B506
    except OSError as error:
        raise CatalogueError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{path}: not UTF-8: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise CatalogueError(f"{path}{line}: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date of month 13 is a ValueError
        raise CatalogueError(f"{path}: {error}") from error
    if not isinstance(document, dict):
        raise CatalogueError(f"{path}: expected a mapping with the key `images`")
    try:
        return _File.model_validate(document).images
    except ValidationError as error:
        root = yaml.compose(text, Loader=loader)  # the same text with its lines, for the message alone
        lines = [_explain(path, root, problem["loc"], problem["msg"]) for problem in error.errors()]
        raise CatalogueError("\n".join(lines)) from error


def _explain(path: Path, root: yaml.Node | None, location: tuple[int | str, ...], message: str) -> str:
    return f"{path}:{_line(root, location)}: {'.'.join(map(str, location)) or 'images'}: {message}"


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """Return the line of the deepest key of `location` that is written in the file (merged keys have none)."""
    line = node.start_mark.line if node else 0
    for key in location:
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
        elif isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(key)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
            continue
        else:
            break
        line = node.start_mark.line
    return line + 1


def check_push(catalogue: Catalogue, account: str, region: str) -> None:
    """Look whether `push` could put every image into the ECR of `account` and `region`.

    Raises:
        CatalogueError: a tag that cannot be moved is there with another image.
    """
    for image in catalogue.images:
        _is_there(image, account, region)


def _is_there(image: Image, account: str, region: str) -> bool:
    from moto.ecr.models import ecr_backends

    repository = ecr_backends[account][region].repositories.get(image.repository)
    if repository is None:
        return False
    # moto makes up the digest of an index that was pushed without one, so the manifests are compared.
    stored = next((each for each in repository.images if image.tag in each.image_tags), None)
    if stored is None:
        return False
    if digest_of(stored.image_manifest) == image.digest:
        return True
    if repository.image_tag_mutability == "IMMUTABLE":
        raise CatalogueError(
            f"{image.name}: is there already and does something else, and the repository's tags are immutable; "
            "use another tag"
        )
    return False


def push(catalogue: Catalogue, account: str, region: str) -> None:
    """Put every image into the ECR of `account` and `region`, in this process.

    Repositories are made where they are missing: immutable tags, scanned on push. An image that is there is left alone;
    in a repository with mutable tags a tag moves to a new image.

    Raises:
        CatalogueError: a tag that cannot be moved is there with another image.
    """
    from moto.ecr.models import ecr_backends

    ecr = ecr_backends[account][region]
    for image in catalogue.images:
        if image.repository not in ecr.repositories:
            ecr.create_repository(
                repository_name=image.repository,
                registry_id=account,
                encryption_config={"encryptionType": "AES256"},
                image_scan_config={"scanOnPush": True},
                image_tag_mutability="IMMUTABLE",
                tags=[],
            )
        if _is_there(image, account, region):
            continue
        media_type = json.loads(image.manifest)["mediaType"]
        ecr.put_image(image.repository, image.manifest, image.tag, media_type, image.digest)
        store(ecr.repositories[image.repository], image, account)
