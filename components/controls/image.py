"""Controls over what a container runs from: the same image tomorrow, and a revision to go back to."""

from collections.abc import Iterator

from .. import images
from .container import each_container
from .model import Control, Fault, Level, Node, Resource, Stack, Unseen
from .types import REPOSITORY, TASK_DEFINITION


def _immutable(container: Node, _definition: Resource, stack: Stack) -> Iterator[Fault | Unseen]:
    node = container["image"]
    image = images.parse(node.text)
    if image is not None and image.digest:
        return
    if image is None or image.tag in {None, "latest"}:
        yield Fault(node.path, f"`{node.text}` may be another image tomorrow")
        return
    repository = image.ecr_repository
    if repository is None:
        yield Fault(node.path, f"`{node.text}` is a tag in a registry where tags can be moved")
        return
    found = next((each for each in stack.of(REPOSITORY) if each["name"].text == repository.name), None)
    if found is None:
        yield Unseen(node.path)
    elif not found["imageTagMutability"].text.startswith("IMMUTABLE"):
        yield Fault(node.path, f"`{node.text}` is a tag in a repository where tags can be moved")


def _consistent(container: Node, _definition: Resource, _stack: Stack) -> Iterator[Fault]:
    if container["versionConsistency"].text == "disabled":
        yield Fault(container["versionConsistency"].path, "is disabled")


def _kept(definition: Resource, _stack: Stack) -> Iterator[Fault]:
    if not definition["skipDestroy"].true:
        yield Fault("skipDestroy", "is not true")
    if definition["trackLatest"].true:
        yield Fault("trackLatest", "is true")


def _not_latest(container: Node, _definition: Resource, _stack: Stack) -> Iterator[Fault]:
    image = images.parse(container["image"].text)
    if image is not None and image.digest:
        return
    if image is None or image.tag in {None, "latest"}:
        yield Fault(container["image"].path, f"`{container['image'].text}` names no version")


_TD = (TASK_DEFINITION,)


CONTROLS = (
    Control(
        id="DEP-15",
        level=Level.MUST,
        requires="an image is named by its digest, or by a tag of a repository whose tags cannot be moved",
        reason="a rollback to a tag that was moved is a rollback to something else",
        instead="image: REPOSITORY@sha256:DIGEST",
        types=_TD,
        judge=each_container(_immutable),
    ),
    Control(
        id="DEP-16",
        level=Level.MUST,
        requires="version consistency is not disabled",
        reason="without it one revision may run two images",
        instead="versionConsistency: enabled",
        types=_TD,
        judge=each_container(_consistent),
    ),
    Control(
        id="DEP-17",
        level=Level.MUST,
        requires="old revisions stay, and the stack's own is used",
        reason="a revision that is deregistered cannot be rolled back to",
        instead="skipDestroy: true, trackLatest: false",
        types=_TD,
        judge=_kept,
    ),
    Control(
        id="TSK-18",
        level=Level.DEFAULT,
        requires="an image names its version",
        reason="`latest` says nothing about what runs",
        instead="image: REPOSITORY:VERSION of an immutable repository, or a digest",
        types=_TD,
        judge=each_container(_not_latest),
    ),
)
