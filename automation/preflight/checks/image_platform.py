"""The image was built for the processor that the task asks for."""

from collections.abc import Iterator

from automation.preflight.checks.asking import hides, images, unseen
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads, said
from automation.preflight.subject import Subject
from diagnostics.collect_registry import read_image
from diagnostics.model import Quote
from diagnostics.names import quoted
from diagnostics.reads import Gaps

ID = "image-platform"
TITLE = "each image was built for the task's processor"
READS = "`BatchGetImage`; the planned processor"
FIX = "build the image for the task's processor, or set `cpuArchitecture` to the image's"

_ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}
"""ECS's words and those of image indexes.

Sources: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html,
https://github.com/opencontainers/image-spec/blob/main/image-index.md
"""
_SYSTEM = "linux"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Compare the platforms of each image's index with the task's; a manifest of one platform does not name it."""
    yield from unseen(subject)
    wanted = _wanted(subject)
    if isinstance(wanted, Finding):
        yield wanted
        return
    for image in images(subject):
        if image.place is None:
            yield not_done(f"{quoted(image.reference)} is not in ECR: other registries are not asked")
            continue
        gaps: Gaps = []
        read = read_image(reads.surroundings, image.reference, image.place, gaps)
        platforms = read.get("platforms", [])
        if not platforms:
            known = "its manifest names no platform" if read["exists"] else "ECR did not show it"
            quotes = [Quote(answer.operation, said(answer)) for _, answer in gaps]
            what = f"{quoted(image.reference)} was not compared with {quoted(wanted)}: {known}"
            yield not_done(what, evidence=quotes)
        elif not any(each == wanted or each.startswith(f"{wanted}/") for each in platforms):
            built = ", ".join(platforms)
            yield refused(
                f"the image {quoted(image.reference)} was built for {built}, and the task asks for {wanted}",
                f"build the image for it (`docker buildx build --platform {wanted}`), or set `cpu_architecture` to "
                "what the image is for",
                why="the processor cannot run the program, so the pull or the first start fails on every try",
                evidence=[Quote("BatchGetImage, platforms of the index", built)],
            )


def _wanted(subject: Subject) -> str | Finding:
    """Return the platform as an index writes it: `linux/amd64`, which is also what ECS takes where nothing is said."""
    platform = subject.setting("runtimePlatform")
    if isinstance(platform, Hidden):
        return hides("the task's platform", platform)
    given = platform if isinstance(platform, dict) else {}
    system = given.get("operatingSystemFamily") or "LINUX"
    architecture = given.get("cpuArchitecture") or "X86_64"
    for value in (system, architecture):
        if isinstance(value, Hidden):
            return hides("the task's platform", value)
    if system != "LINUX" or architecture not in _ARCHITECTURES:
        return not_done(f"the platform {quoted(f'{system}/{architecture}')} is not one that is compared")
    return f"{_SYSTEM}/{_ARCHITECTURES[architecture]}"
