"""The image's manifest or layers are of a form that the runtime cannot use.

## What it looks for
`unsupported media type`, `number of layers and diffIDs don't match`, `failed to register layer` without a full disk,
`mismatched image rootfs`, schema 1 manifests, layers that cannot be unpacked, an index with attestations only.

## Why waiting cannot help
The image is stored as it is. Each pull gets the same bytes.

## What to do
Build and push it again with a current builder; without attestations and with gzip layers where an old runtime pulls
it:

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
from diagnostics.names import images_of, pasted, quoted
from diagnostics.passages import Passage
from diagnostics.registry_words import named_image
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "image-format-unsupported"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of(
        "media type",
        r"(?:unsupported|unknown|unexpected|invalid|not supported)[^\n]{0,40}?media type:?\s*\"?(?P<form>[\w./+-]*)"
        r"|media type[^\n]{0,100}(?:not supported|no longer supported|unknown|unsupported)",
    ),
    Wording.of(
        "mediatype", r"(?:unsupported|unknown|unexpected|invalid) [^\n]{0,20}?mediaType:?\s*\"?(?P<form>[\w./+-]*)"
    ),
    # moby's distribution/pull_v2.go and manifest/schema2: a manifest of one kind under the name of another
    Wording.of("mediatype in manifest should be"),
    Wording.of("missing signature key"),
    Wording.of("diffids", r"number of layers and diffIDs don[\u2019']?t match"),
    Wording.of("failed to register layer", r"failed to register layer(?!: (?:devicemapper|devmapper))"),
    Wording.of("mismatched image rootfs"),
    Wording.of("image format v1"),
    *Wording.any_of(
        ("schema 1", "schema1"),
        r"schema ?1\b[^\n]{0,200}(?:unsupported|deprecated|no longer|not supported|disabled|removed)",
    ),
    Wording.of("schema version", r"(?:unsupported|unknown) (?:manifest )?schema version"),
    Wording.of(
        "unpack",
        r"unpack[^\n]{0,400}(?:unexpected EOF|invalid tar|gzip: invalid|magic number mismatch|archive/tar"
        r"|compression|zstd|failed to (?:extract|Lchown|mknod))",
    ),
    Wording.of(
        "extract",
        r"failed to extract[^\n]{0,400}(?:unexpected EOF|invalid tar|gzip: invalid|magic number mismatch|archive/tar"
        r"|compression|zstd)",
    ),
    Wording.of("operation not ", r"failed to extract layer[^\n]{0,300}operation not (?:permitted|supported)"),
    Wording.of("processing tar file"),
    Wording.of("invalid tar header"),
    Wording.of("gzip: invalid"),
    Wording.of("magic number mismatch"),
    Wording.of("does not contain any layers"),
    Wording.of("wrong diff id"),
    Wording.of("layers from manifest don't match image configuration"),
    Wording.of("encountered unknown type", r"encountered unknown type (?P<form>[\w./+-]*)"),
    Wording.of("encountered remote", r"encountered remote \"?(?P<form>[\w./+-]*)\"? ?\(unknown\)"),
    # moby's layer store, of more than 125 layers
    Wording.of("max depth exceeded"),
    Wording.of("manifest invalid", r"(?:pull|fetch|resolve|decode|unmarshal)[^\n]{0,300}manifest invalid"),
    Wording.of("manifest", r"manifest (?:is )?(?:corrupt|malformed)|failed to (?:decode|unmarshal) manifest"),
    Wording.of("attestation", r"attestation[^\n]{0,100}(?:manifest|unknown/unknown)"),
    Wording.of("unknown/unknown", r"(?:platform|manifest)[^\n]{0,100}unknown/unknown"),
)
_OTHER = re.compile(
    r"no space\b|not enough space|timed out|i/o timeout|\bPUT\b|pushing"
    r"|\A(?![^\n]{0,600}failed to extract layer)[^\n]{0,900}operation not permitted"
    r"|exec format error|matching platform|: write(?: /[^\s:]{0,300}:?)?[.\u2026\s]*\Z",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the image that the runtime cannot use."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    form = said[0].group("form").rstrip(".:")
    shown = f" ({quoted(form)})" if form else ""
    return Finding(
        what=f"{named_image(evidence, said[0].passage)} has a form that the runtime cannot use{shown}",
        why="the registry has the image in that form, so each pull gets the same bytes",
        fix=_fix(evidence, said[0].passage, form),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _fix(evidence: Evidence, passage: Passage, form: str) -> str:
    images = images_of(evidence, passage.task)
    image = pasted(images[0]) if len(images) == 1 else "IMAGE"
    if "zstd" in form or "diffids" in passage.lower:
        # zstd layers beside gzip ones, or in a manifest of Docker's own format, which knows no zstd
        output = "type=image,push=true,oci-mediatypes=true,compression=gzip,force-compression=true"
        return f"build it again with all layers compressed alike:\ndocker buildx build --output {output} -t {image} ."
    return (
        "build and push it again with a current builder:\n"
        f"docker buildx build --provenance=false --sbom=false --push -t {image} ."
    )
