"""The images of the sandbox's registry: what each one does when it runs, and how they get into ECR.

The catalogue says what a *program* does. What ECS, a load balancer or a person makes of it is decided elsewhere.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Status = int | Literal["timeout"]
"""What a path answers: an HTTP status, or nothing until the asker gives up."""

_PATH = Path(__file__).with_name("images.yaml")
_INDEX = "application/vnd.oci.image.index.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_MIB = 1024 * 1024


class CatalogueError(Exception):
    """The catalogue cannot be used; the message names the file, the line where there is one, and the key."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LogLine(_Strict):
    """A line of standard output, `at` seconds after the start of the process; None: in its place before it listens."""

    line: str
    at: float | None = Field(default=None, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return {"line": value} if isinstance(value, str) else value


class Memory(_Strict):
    """Memory in MiB that the process grows to, evenly, until `after` seconds after its start."""

    mib: int = Field(gt=0)
    after: float = Field(gt=0)


class Ending(_Strict):
    """The process ends `after` seconds after its start with exit `code`, printing `logs` last."""

    after: float = Field(ge=0)
    code: int = Field(ge=0, le=255)
    logs: tuple[str, ...] = ()


class Needs(Ending):
    """Environment variables without which the process ends."""

    environment: tuple[str, ...] = Field(min_length=1)


class Signal(_Strict):
    """The process ends `after` seconds after SIGTERM with exit `code`."""

    after: float = Field(ge=0)
    code: int = Field(ge=0, le=255)


class Image(_Strict):
    """One image and what it does when it runs. Seconds count from the start of the process."""

    repository: str = Field(min_length=2)
    tag: str = Field(min_length=1)
    captured_with: str | None = None
    platforms: tuple[Literal["linux/amd64", "linux/arm64"], ...] = Field(min_length=1)
    size_mib: int = Field(gt=0)
    start_seconds: float | None = Field(default=None, ge=0)
    listens: int | None = Field(default=None, ge=1, le=65535)
    health: Mapping[str, Status] = {}
    otherwise: Status = 404
    logs: tuple[LogLine, ...] = ()
    listening_log: str | None = None
    memory: Memory | None = None
    exits: Ending | None = None
    needs: Needs | None = None
    sigterm: Signal | None = None

    @model_validator(mode="after")
    def _listens_at_some_time(self) -> "Image":
        if (self.listens is None) != (self.start_seconds is None):
            raise ValueError("listens and start_seconds belong together")
        return self

    def answer(self, port: int, path: str, seconds: float) -> Status | None:
        """Return what `path` on `port` answers `seconds` after the start; None: the connection is refused."""
        if self.listens != port or self.start_seconds is None or seconds < self.start_seconds:
            return None
        return self.health.get(path.partition("?")[0], self.otherwise)

    def ending(self, environment: Iterable[str], limit_mib: int | None) -> tuple[Ending, bool] | None:
        """Return how the process ends by itself, and whether it is killed for its memory; None: it runs on.

        Args:
            environment: names of the variables that are set.
            limit_mib: the container's memory.
        """
        endings = [(ending, False) for ending in (self.exits, self._unmet(set(environment))) if ending]
        if limit_mib is not None and self.memory and self.memory.mib > limit_mib:
            endings.append((Ending(after=self.memory.after * limit_mib / self.memory.mib, code=137), True))
        return min(endings, key=lambda ending: ending[0].after, default=None)

    def _unmet(self, environment: set[str]) -> Needs | None:
        return self.needs if self.needs and not environment.issuperset(self.needs.environment) else None

    def lines(self) -> list[tuple[float, str]]:
        """Return what it prints while it runs, as (seconds, line), in order."""
        until = self.start_seconds if self.start_seconds is not None else 1.0
        placed = [
            (log.at if log.at is not None else until * (index + 1) / (len(self.logs) + 2), log.line)
            for index, log in enumerate(self.logs)
        ]
        if self.listening_log and self.start_seconds is not None:
            placed.append((self.start_seconds, self.listening_log.format(port=self.listens)))
        return sorted(placed, key=lambda entry: entry[0])

    @cached_property
    def manifest(self) -> str:
        """The manifest that a push sends: an OCI index where there are several platforms."""
        if len(self.platforms) == 1:
            return self._platform_manifest(self.platforms[0])
        entries = []
        for platform in self.platforms:
            text = self._platform_manifest(platform)
            system, _, architecture = platform.partition("/")
            entries.append(
                {
                    "mediaType": _MANIFEST,
                    "digest": digest_of(text),
                    "size": len(text),
                    "platform": {"architecture": architecture, "os": system},
                }
            )
        return json.dumps({"schemaVersion": 2, "mediaType": _INDEX, "manifests": entries})

    @cached_property
    def digest(self) -> str:
        """`sha256:…` of the manifest, as a registry computes it."""
        return digest_of(self.manifest)

    def _platform_manifest(self, platform: str) -> str:
        name = f"{self.repository}:{self.tag}@{platform}"
        config = {"mediaType": _CONFIG, "digest": digest_of(f"config {name}"), "size": 4096}
        layer = {"mediaType": _LAYER, "digest": digest_of(f"layer {name}"), "size": self.size_mib * _MIB}
        return json.dumps({"schemaVersion": 2, "mediaType": _MANIFEST, "config": config, "layers": [layer]})


class Catalogue(_Strict):
    """All images. `defaults` is a place for YAML anchors; it means nothing by itself."""

    images: tuple[Image, ...]
    defaults: Mapping[str, Any] = {}

    @model_validator(mode="after")
    def _once(self) -> "Catalogue":
        names = [f"{image.repository}:{image.tag}" for image in self.images]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"more than once: {', '.join(twice)}")
        return self

    @cached_property
    def by_digest(self) -> Mapping[str, Image]:
        """Each image by the digest of its manifest."""
        return {image.digest: image for image in self.images}


def digest_of(text: str) -> str:
    """Return `sha256:…` of a text."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read the catalogue, the sandbox's own where no `path` is given.

    Raises:
        CatalogueError: it cannot be read, is not YAML, or a key is wrong.
    """
    path = path or _PATH
    try:
        text = path.read_text()
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except OSError as error:
        raise CatalogueError(f"{path}: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise CatalogueError(f"{path}{line}: {error.problem}") from error
    if not isinstance(document, dict):
        raise CatalogueError(f"{path}: expected a mapping with the key `images`")
    try:
        return Catalogue.model_validate(document)
    except ValidationError as error:
        lines = [_explain(path, root, problem["loc"], problem["msg"]) for problem in error.errors()]
        raise CatalogueError("\n".join(lines)) from error


def _explain(path: Path, root: yaml.Node | None, location: tuple[int | str, ...], message: str) -> str:
    return f"{path}:{_line(root, location)}: {'.'.join(map(str, location)) or 'images'}: {message}"


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """Return the line of the deepest key of `location` that is written in the file (merged keys have none)."""
    line = node.start_mark.line if node else 0
    for key in location:
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
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


def push(catalogue: Catalogue, account: str, region: str) -> None:
    """Put every image into the ECR of `account` and `region`, in this process.

    Repositories are made where they are missing: immutable tags, scanned on push. An image that is there is left alone.
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
        present = {tag for stored in ecr.repositories[image.repository].images for tag in stored.image_tags}
        if image.tag not in present:
            media_type = json.loads(image.manifest)["mediaType"]
            ecr.put_image(image.repository, image.manifest, image.tag, media_type, image.digest)
