"""The image was built for the processor that the task asks for."""

from collections.abc import Iterator, Sequence

from automation.preflight.checks.asking import NamedImage, hides, images, unseen
from automation.preflight.image_config import PLATFORMS, image_config, serving_image
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads, said
from automation.preflight.subject import Subject
from diagnostics.collect_registry import read_image
from diagnostics.model import Quote
from diagnostics.names import EcrImage, quoted
from diagnostics.reads import Gaps, ReadError, Shape

ID = "image-platform"
TITLE = "each image was built for the task's processor"
READS = "`BatchGetImage`, `GetDownloadUrlForLayer`; the planned processor"
FIX = "build the image for the task's processor, or set `cpuArchitecture` to the image's"

_LINUX, _X86 = "LINUX", "X86_64"
"""What ECS takes where a task definition does not say otherwise."""


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Compare the task's platform with those of each image's index; an image for one platform has it in its config."""
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
        if platforms := read.get("platforms", []):
            yield from _judge(image, platforms, wanted, "BatchGetImage, platforms of the index")
        elif read["exists"]:
            yield from _of_one(subject, image, image.place, wanted, reads)
        else:
            quotes = [Quote(answer.operation, said(answer)) for _, answer in gaps]
            yield _unknown(image, wanted, "ECR did not show it", quotes)


def _of_one(
    subject: Subject, image: NamedImage, place: EcrImage, wanted: str, reads: PreflightReads
) -> Iterator[Finding]:
    """Judge an image that is no index."""
    try:
        config = image_config(reads, place, image.reference, wanted)
    except ReadError as refusal:
        quote = Quote(refusal.answer.operation, said(refusal.answer))
        yield _unknown(image, wanted, "its configuration was not read", [quote])
        return
    if config is None or not config.platform:
        yield _unknown(image, wanted, "neither its manifest nor its configuration names a platform")
    elif _fits(config.platform, wanted) or not _serves(subject, image, wanted, config.platform, reads):
        yield from _judge(image, [config.platform], wanted, "the image's configuration, os and architecture")
    else:
        words = f"its configuration says {config.platform}, as that of the image does which serves on {wanted}"
        yield _unknown(image, wanted, words)


def _serves(subject: Subject, image: NamedImage, wanted: str, platform: str, reads: PreflightReads) -> bool:
    """Tell whether what serves was labelled with that platform too: some builders write one that is not the program's.

    A program for ARM that was compiled on another processor, and put into an image without a word, is an example.
    """
    live = subject.live_definition
    serving = serving_image(subject, reads, image.container) if live and _platform_of(live) == wanted else None
    if serving is None or serving.place is None:
        return False
    config = image_config(reads, serving.place, serving.reference, wanted, serving.digest)
    return config is not None and config.platform == platform


def _fits(platform: str, wanted: str) -> bool:
    return platform == wanted or platform.startswith(f"{wanted}/")


def _judge(image: NamedImage, platforms: Sequence[str], wanted: str, source: str) -> Iterator[Finding]:
    if not any(_fits(each, wanted) for each in platforms):
        built = ", ".join(platforms)
        yield refused(
            f"the image {quoted(image.reference)} was built for {built}, and the task asks for {wanted}",
            f"build the image for it (`docker buildx build --platform {wanted}`), or set `cpu_architecture` to "
            "what the image is for",
            why="the processor cannot run the program, so the pull or the first start fails on every try",
            evidence=[Quote(source, built)],
        )


def _unknown(image: NamedImage, wanted: str, known: str, quotes: Sequence[Quote] = ()) -> Finding:
    return not_done(f"{quoted(image.reference)} was not compared with {quoted(wanted)}: {known}", evidence=quotes)


def _platform_of(definition: Shape) -> str:
    """Return the platform of a registered task definition, as an image has it; "" where it is another than Linux."""
    given = definition.get("runtimePlatform") or {}
    linux = given.get("operatingSystemFamily", _LINUX) == _LINUX
    return PLATFORMS.get(given.get("cpuArchitecture", _X86), "") if linux else ""


def _wanted(subject: Subject) -> str | Finding:
    """Return the platform as an index writes it: `linux/amd64`, which is also what ECS takes where nothing is said."""
    platform = subject.setting("runtimePlatform")
    if isinstance(platform, Hidden):
        return hides("the task's platform", platform)
    given = platform if isinstance(platform, dict) else {}
    system = given.get("operatingSystemFamily") or _LINUX
    architecture = given.get("cpuArchitecture") or _X86
    for value in (system, architecture):
        if isinstance(value, Hidden):
            return hides("the task's platform", value)
    if system != _LINUX or architecture not in PLATFORMS:
        return not_done(f"the platform {quoted(f'{system}/{architecture}')} is not one that is compared")
    return PLATFORMS[architecture]
