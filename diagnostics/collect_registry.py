"""Asks ECR about an image of the task definition: whether it is there, under which digest, for which platforms."""

import json

from diagnostics.names import EcrImage
from diagnostics.reads import Gaps, ReadError, Shape, SurroundingReads


def read_image(reads: SurroundingReads, reference: str, place: EcrImage, gaps: Gaps) -> Shape:
    """Return one element of the document's `images`; a refusal that does not say whether it exists is a gap."""
    try:
        answer = reads.batch_get_image(place.account, place.region, place.repository, image_id(reference))
    except ReadError as refused:
        error = refused.answer.to_document()
        if refused.answer.code == "RepositoryNotFoundException":
            return {"image": reference, "exists": False, "error": error}
        gaps.append((f"image {reference}", refused.answer))
        return {"image": reference, "exists": None, "error": error}
    if image := next(iter(answer.get("images", [])), None):
        digest = image.get("imageId", {}).get("imageDigest", "")
        platforms = _platforms(image.get("imageManifest", ""))
        return {"image": reference, "exists": True, "digest": digest, "platforms": platforms}
    failure: Shape = next(iter(answer.get("failures", [])), {})
    code = failure.get("failureCode", "")
    error = {"operation": "BatchGetImage", "code": code, "message": failure.get("failureReason", "")}
    return {"image": reference, "exists": False if code == "ImageNotFound" else None, "error": error}


def image_id(reference: str) -> dict[str, str]:
    """Return what BatchGetImage calls an image: by its digest, else by its tag."""
    name, _, digest = reference.partition("@")
    if digest:
        return {"imageDigest": digest}
    _, _, tag = name.rpartition("/")[2].partition(":")
    return {"imageTag": tag or "latest"}


def _platforms(manifest: str) -> list[str]:
    """Return the platforms that an image index names; attestations in it have none (`unknown/unknown`)."""
    try:
        listed = json.loads(manifest).get("manifests", [])
    except (ValueError, AttributeError):
        return []
    platforms = [each.get("platform") or {} for each in listed if isinstance(each, dict)]
    named = [[each.get(key) for key in ("os", "architecture", "variant")] for each in platforms]
    return ["/".join(part for part in parts if part) for parts in named if parts[0] not in (None, "unknown")]
