"""Proof that a tag stays what it is: the repository is asked before a task definition is made with the tag."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi import Input, Output

from . import images
from .reading import Report, later
from .without_sdk import ecr_repository

_COMPONENT = "FargateService"


def proven(
    name: str, path: str, image: Input[str], repository_arn: Input[str] | None, invoke: pulumi.InvokeOutputOptions
) -> Input[str]:
    """Return the image's reference once its repository has said that the tag cannot be moved; a digest is proof itself.

    `path` is the argument's. What is refused raises `ArgumentError` inside `apply`, in the preview already unless the
    repository is made by the same program. An image that is plain and has a digest stays plain.
    """
    if not later(image) and "@" in str(image):
        return image

    def look(image: str, arn: str | None) -> Input[str]:
        parsed = images.parse(image)
        repository = images.repository(arn) if arn else parsed.ecr_repository if parsed else None
        if parsed is None or parsed.digest or repository is None:
            return image  # refused already, or proof itself
        found = ecr_repository(repository.name, repository.account, repository.region, invoke)
        return found.apply(lambda known: _judge(name, path, image, known))

    known: Output[Any] = Output.all(image=image, arn=repository_arn)
    return known.apply(lambda given: look(given["image"], given["arn"]))


def _judge(name: str, path: str, image: str, repository: Mapping[str, Any]) -> str:
    report = Report(_COMPONENT, name)
    exclusions = [each["filter"] for each in repository.get("imageTagMutabilityExclusionFilters") or []]
    report.add(path, images.check_immutable(image, str(repository["imageTagMutability"]), exclusions))
    report.raise_if_any()
    return image
