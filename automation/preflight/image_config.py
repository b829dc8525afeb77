"""What an image's configuration says of it: the processor that it is for, and the ports that its builder exposed.

A manifest names its configuration by the digest, and ECR gives that out as it does a layer.

Sources: https://github.com/opencontainers/image-spec/blob/main/config.md,
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from automation.preflight.reading import PreflightReads
from automation.preflight.revisions import deployments, revisions
from automation.preflight.subject import Subject
from automation.preflight.values import maps, text, texts
from diagnostics.collect_registry import image_id
from diagnostics.names import EcrImage, ecr_image
from diagnostics.reads import Shape

PLATFORMS = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}
"""The processors of a task in ECS's words, and the platforms of images for them.

Sources: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html,
https://github.com/opencontainers/image-spec/blob/main/image-index.md
"""
_CONFIGS = {"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"}


@dataclass(frozen=True)
class ImageConfig:
    """The part of a configuration that is looked at."""

    platform: str
    """As an index writes it: `linux/arm64/v8`; "" where it does not say so."""
    ports: frozenset[str]
    """`5001/tcp`: what EXPOSE names, which is documentation and opens nothing."""
    started_with: tuple[str, ...] = field(default=(), repr=False)
    """Variables, entry point and command; they may hold secrets."""

    def names(self, port: int) -> bool:
        """Tell whether a variable, the entry point or the command of the image names a port."""
        return any(names_port(each, port) for each in self.started_with)


@dataclass(frozen=True)
class ServingImage:
    """The image of a container in the deployment that completed last."""

    reference: str
    digest: str
    """"" where ECS recorded none."""
    place: EcrImage | None


def names_port(value: str, port: int) -> bool:
    """Tell whether a text has the number of a port in it."""
    return re.search(rf"(?<!\d){port}(?!\d)", value) is not None


def serving_image(subject: Subject, reads: PreflightReads, container: str) -> ServingImage | None:
    """Return what a container of the service serves with; None where no deployment completed, or it had no such one.

    Raises:
        ReadError: the service's deployments may not be read.
    """
    newest = deployments(subject, reads, "SUCCESSFUL")[:1]
    for revision in revisions(reads, [each["targetServiceRevisionArn"] for each in newest]):
        for each in revision.get("containerImages", []):
            if each.get("containerName") == container and (reference := each.get("image")):
                return ServingImage(reference, each.get("imageDigest", ""), ecr_image(reference))
    return None


def image_config(
    reads: PreflightReads, place: EcrImage, reference: str, platform: str, digest: str = ""
) -> ImageConfig | None:
    """Return the configuration of an image; None where ECR has no such image, or it has no configuration.

    Args:
        reads: how ECR is asked.
        place: where in ECR the image is.
        reference: what a container definition calls it.
        platform: which of an index's images is meant, such as `linux/amd64`.
        digest: goes before the tag of the reference.

    Raises:
        ReadError: ECR does not let it be read.
    """
    manifest = _manifest(reads, place, {"imageDigest": digest} if digest else image_id(reference))
    if "manifests" in manifest:
        chosen = next((each for each in maps(manifest["manifests"]) if _is_for(each, platform)), None)
        manifest = _manifest(reads, place, {"imageDigest": text(chosen.get("digest"))}) if chosen else {}
    described = manifest.get("config")
    if not isinstance(described, Mapping) or described.get("mediaType") not in _CONFIGS:
        return None
    return _parsed(_object(reads.blob(place, text(described.get("digest")))))


def _manifest(reads: PreflightReads, place: EcrImage, image: dict[str, str]) -> Mapping[str, Any]:
    answer = reads.surroundings.batch_get_image(place.account, place.region, place.repository, image)
    found: Shape = next(iter(answer.get("images", [])), {})
    return _object(text(found.get("imageManifest")))


def _is_for(listed: Mapping[str, Any], platform: str) -> bool:
    named = listed.get("platform")
    return isinstance(named, Mapping) and _platform(named).startswith(platform)


def _platform(named: Mapping[str, Any]) -> str:
    parts = [text(named.get(key)) for key in ("os", "architecture", "variant")]
    return "/".join(part for part in parts if part) if all(parts[:2]) else ""


def _parsed(document: Mapping[str, Any]) -> ImageConfig:
    given = document.get("config")
    config: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    exposed = config.get("ExposedPorts")
    ports = (str(each) for each in exposed) if isinstance(exposed, Mapping) else ()
    started_with = (each for key in ("Env", "Entrypoint", "Cmd") for each in texts(config.get(key)))
    # EXPOSE without a protocol is TCP: https://docs.docker.com/reference/dockerfile/#expose
    exposes = frozenset(port if "/" in port else f"{port}/tcp" for port in ports)
    return ImageConfig(_platform(document), exposes, tuple(started_with))


def _object(written: str | bytes) -> Mapping[str, Any]:
    """Return a JSON object; an empty one where it is something else, or nested too deep."""
    try:
        document = json.loads(written)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
