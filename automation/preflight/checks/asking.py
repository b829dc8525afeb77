"""What several checks ask of a subject in the same way, and how they say that it cannot be seen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from automation.preflight.model import Finding, not_done
from automation.preflight.plan import Hidden
from automation.preflight.subject import Subject
from diagnostics.names import EcrImage, ecr_image, quoted


@dataclass(frozen=True)
class NamedImage:
    """The image of one container."""

    container: str
    reference: str
    place: EcrImage | None
    """Where in ECR it is; None for other registries."""

    @property
    def digest(self) -> str:
        """The digest that the reference names; "" where it names none."""
        return self.reference.partition("@")[2]

    @property
    def tag(self) -> str:
        """The tag that the reference names, `latest` where it names neither a tag nor a digest."""
        tag = self.reference.partition("@")[0].rpartition("/")[2].partition(":")[2]
        return tag or ("" if self.digest else "latest")


def containers(subject: Subject) -> tuple[Mapping[str, Any], ...]:
    """Return the containers; none where they are not seen, which `unseen` says."""
    return () if isinstance(subject.containers, Hidden) else subject.containers


def unseen(subject: Subject) -> Iterator[Finding]:
    """Yield that the containers are not seen, where that is so."""
    if isinstance(subject.containers, Hidden):
        for what, answer in subject.gaps:
            yield not_done(f"{what} could not be read: {answer}")
        if not subject.gaps:
            yield not_done(f"the containers are {_words(subject.containers)}")


def hides(what: str, hidden: Hidden) -> Finding:
    """Return that a setting could not be checked since its value is not seen."""
    return not_done(f"{what} is {_words(hidden)}")


def _words(hidden: Hidden) -> str:
    return "a secret value" if hidden is Hidden.SECRET else hidden.value


def images(subject: Subject) -> Iterator[NamedImage]:
    """Yield the image of each container."""
    for each in containers(subject):
        reference = each.get("image")
        if isinstance(reference, str) and reference:
            yield NamedImage(str(each.get("name", "")), reference, ecr_image(reference))


def of_container(subject: Subject, container: str, what: str) -> str:
    """Return `what`, with the container's name where there are several."""
    return f"{what} of the container {quoted(container)}" if len(containers(subject)) > 1 else what
