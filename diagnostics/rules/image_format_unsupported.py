"""
The image's manifest or layers are of a form that the runtime cannot use.

## What it looks for
`unsupported media type`, `number of layers and diffIDs don't match`, `failed to register layer` without a full disk,
`mismatched image rootfs`, schema 1 manifests, layers that cannot be unpacked, an index with attestations only.

## Why waiting cannot help
The image is stored as it is. Each pull gets the same bytes.

## What to do
Build and push it again with a current builder; without attestations and with gzip layers where an old runtime pulls it:

    docker buildx build --provenance=false --sbom=false --platform linux/amd64 --push -t IMAGE .

## What it is not
- `no space left on device` while a layer is unpacked: `disk-full`.
- An image for another platform: `image-platform-mismatch`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
- https://github.com/opencontainers/image-spec/blob/main/media-types.md
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.registry_words import named_image
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "image-format-unsupported"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of("unsupported media type", r"unsupported (?:manifest )?media ?type:?\s*(?P<form>[\w./+-]*)"),
    Wording.of("mediatype", r"(?:unsupported|unknown|unexpected|invalid) (?:manifest )?mediaType[^\n]*"),
    Wording.of(
        "media type",
        r"(?:unknown|unexpected|invalid|not supported)[^\n]{0,40}media type|media type[^\n]{0,60}(?:not supported|unknown|unsupported)",
    ),
    Wording.of("diffids", r"number of layers and diffIDs don't match"),
    Wording.of("failed to register layer"),
    Wording.of("mismatched image rootfs"),
    Wording.of(
        "schema 1", r"(?:docker )?image format v1|schema ?1[^\n]*(?:unsupported|deprecated|no longer|not supported)"
    ),
    Wording.of("schema version", r"(?:unsupported|unknown) (?:manifest )?schema version"),
    Wording.of(
        "unpack",
        r"(?:failed to (?:extract|unpack)|unpack)[^\n]*(?:unexpected EOF|invalid tar|gzip: invalid|magic number mismatch|archive/tar|unsupported compression|zstd)",
    ),
    Wording.of("invalid tar header"),
    Wording.of("does not contain any layers"),
    Wording.of("wrong diff id"),
    Wording.of("manifest invalid"),
    Wording.of("manifest", r"manifest (?:is )?(?:corrupt|invalid|malformed)"),
    Wording.of("attestation", r"attestation[^\n]*(?:manifest|unknown/unknown)|unknown/unknown"),
)
_OTHER = re.compile(r"no space left|not enough space|operation not permitted|timed out|i/o timeout", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the image that the runtime cannot use."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    form = said[0].group("form")
    return Finding(
        what=f"{named_image(evidence, said[0].passage)} has a form that the runtime cannot use{f' ({form})' if form else ''}",
        why="the registry has the image in that form, so each pull gets the same bytes",
        fix="build and push it again with a current builder:\n"
        "docker buildx build --provenance=false --sbom=false --push -t IMAGE .",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
