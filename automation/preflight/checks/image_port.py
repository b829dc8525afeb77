"""The image still exposes the port that the load balancer asks at, where the image that serves now does.

EXPOSE is documentation: a program may listen where its image does not say so. What is refused is a change of it: the
image that serves exposes the port, and the new one another instead, while nothing else in it or in the container's
definition names the port.

Source: https://docs.docker.com/reference/dockerfile/#expose
"""

from collections.abc import Iterator, Mapping
from typing import Any

from automation.preflight.balancing import load_balancers
from automation.preflight.checks.asking import NamedImage, containers, images, unseen
from automation.preflight.image_config import PLATFORMS, ImageConfig, image_config, names_port, serving_image
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from automation.preflight.values import maps, text, texts, whole
from diagnostics.model import Quote
from diagnostics.names import EcrImage, quoted

ID = "image-port"
TITLE = "each image exposes the port that the load balancer asks at, where the image that serves now does"
READS = (
    "`ListServiceDeployments`, `DescribeServiceRevisions`, `BatchGetImage`, `GetDownloadUrlForLayer`; "
    "the planned service and task definition"
)
FIX = "have the program listen on the container's port again, or move the container's port with it"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Compare what the new image exposes with what the image that serves exposes."""
    yield from unseen(subject)
    if subject.live is None:
        return
    for name, port in _asked(subject):
        image = next((each for each in images(subject) if each.container == name), None)
        definition = next((each for each in containers(subject) if each.get("name") == name), None)
        if image and definition is not None and not _sets(definition, port):
            yield from _judge(subject, image, port, reads)


def _asked(subject: Subject) -> tuple[tuple[str, int], ...]:
    """Return the containers that the load balancer asks, each with its port; `container-port` says what is hidden."""
    blocks = load_balancers(subject)
    given = () if isinstance(blocks, Hidden) else blocks
    named = ((text(each.get("containerName")), whole(each.get("containerPort"))) for each in given)
    return tuple(dict.fromkeys((name, port) for name, port in named if name and port))


def _sets(definition: Mapping[str, Any], port: int) -> bool:
    """Tell whether the container's definition may tell the program the port, whatever the image exposes."""
    told = [text(each.get("value")) for each in maps(definition.get("environment"))]
    told += [each for key in ("command", "entryPoint") for each in texts(definition.get(key))]
    hidden = any("PORT" in text(each.get("name")).upper() for each in maps(definition.get("secrets")))
    return hidden or bool(definition.get("environmentFiles")) or any(names_port(each, port) for each in told)


def _judge(subject: Subject, image: NamedImage, port: int, reads: PreflightReads) -> Iterator[Finding]:
    serving = serving_image(subject, reads, image.container)
    if serving is None or image.reference == serving.reference:
        return
    if image.place is None or serving.place is None:
        yield not_done(f"what {quoted(image.reference)} exposes was not compared: other registries are not asked")
        return
    before = _config(subject, reads, serving.place, serving.reference, serving.digest)
    wanted = f"{port}/tcp"
    if before is None or wanted not in before.ports:
        return
    now = _config(subject, reads, image.place, image.reference)
    if now is None or wanted in now.ports or now.names(port):
        return
    instead = sorted(each.removesuffix("/tcp") for each in now.ports - before.ports if each.endswith("/tcp"))
    if instead:
        others = " and ".join(instead)
        yield refused(
            f"the image {quoted(image.reference)} exposes port {others}, and no longer {port}, at which the load "
            "balancer asks",
            f"have the program listen on {port} again, or set the container's port (`containerPort` of the load "
            f"balancer block and of the port mapping) to {others}; where it does listen on {port}, say so in its "
            f"Dockerfile: `EXPOSE {port}`",
            why=f"nobody answers the health checks at {port} once the program listens elsewhere",
            evidence=[
                Quote(f"ExposedPorts of {serving.reference}, which serves", ", ".join(sorted(before.ports))),
                Quote(f"ExposedPorts of {image.reference}", ", ".join(sorted(now.ports))),
            ],
        )


def _config(
    subject: Subject, reads: PreflightReads, place: EcrImage, reference: str, digest: str = ""
) -> ImageConfig | None:
    """Return the configuration of the image for the task's processor, of those that an index has."""
    given = subject.setting("runtimePlatform")
    processor = text(given.get("cpuArchitecture")) if isinstance(given, Mapping) else ""
    return image_config(reads, place, reference, PLATFORMS.get(processor, PLATFORMS["X86_64"]), digest)
