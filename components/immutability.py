"""Proof that a tag stays what it is: the repository is asked before a task definition is made with the tag."""

from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from . import images
from .reading import Report, later

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
        found = aws.ecr.get_repository_output(
            name=repository.name, registry_id=repository.account, region=repository.region, opts=invoke
        )
        return found.apply(lambda known: _judge(name, path, image, known))

    known: Output[Any] = Output.all(image=image, arn=repository_arn)
    return known.apply(lambda given: look(given["image"], given["arn"]))


def _judge(name: str, path: str, image: str, repository: Any) -> str:
    report = Report(_COMPONENT, name)
    exclusions = [each.filter for each in repository.image_tag_mutability_exclusion_filters or []]
    report.add(path, images.check_immutable(image, str(repository.image_tag_mutability), exclusions))
    report.raise_if_any()
    return image
