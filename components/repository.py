"""`Repository`: an ECR repository whose images a rollback still finds."""

import json
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Output

from . import checks, names, opening
from .given import waivers
from .given.waivers import WAIVERS, WaiverArgs
from .reading import Group, Key, MapOf, Text, Whole, when_known

TOKEN = "failwell:index:Repository"  # noqa: S105 - Pulumi's word for the name of a type


class RepositoryArgs(TypedDict):
    """The arguments of `Repository`."""

    repository_name: NotRequired[pulumi.Input[str]]
    """The repository's name, such as `team/shop`. Default: the name of the component."""
    keep_images: NotRequired[pulumi.Input[int]]
    """How many images are kept, the latest pushed, with a tag or without; 100 to 10000. Default: 1000."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """The KMS key that encrypts the images; fixed for the repository's life. Default: AWS's own key for ECR."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags of the repository. Default: none."""
    waivers: NotRequired[Sequence[WaiverArgs]]
    """The hardening defaults that may fail, each with its reason and last day. Default: none."""


_ARGUMENTS = Group(
    keys={
        "repository_name": Key(Text(check=names.check_repository_name)),
        "keep_images": Key(Whole(low=100, high=10_000, lowest=1, control="ECR-03"), default=1000),
        "kms_key_arn": Key(Text(check=names.arn("KMS key"))),
        "tags": Key(MapOf(value=Text(numbers=True, empty=True), entry=checks.check_tag), default={}),
        "waivers": WAIVERS,
    }
)


class Repository(pulumi.ComponentResource):
    """An ECR repository: tags stay what they are, images are scanned and encrypted, and old ones go late."""

    repository_arn: Output[str]
    """The repository's ARN, for `image_repository_arn` of a service."""
    repository_url: Output[str]
    """What stands in front of tag or digest in an image's reference."""
    repository_name: Output[str]
    """The repository's name."""
    waivers: Output[list[dict[str, str]]]
    """The hardening defaults that may fail: `control`, `reason` and `expires` of each."""

    def __init__(self, name: str, args: RepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        given = opening.read("Repository", name, args, _ARGUMENTS, "repository_name", names.check_repository_name)
        super().__init__(TOKEN, name, {}, opts)
        values, child = given.values, given.child_options(self, opts)
        repository = aws.ecr.Repository(
            f"{name}-repository",
            name=values["repository_name"],
            # A tag that moves starts another program in the next rollback.
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[
                {"encryption_type": "KMS", **({"kms_key": values["kms_key_arn"]} if values["kms_key_arn"] else {})}
            ],
            # A repository with images in it is not deleted by accident.
            force_delete=False,
            tags=values["tags"],
            opts=child,
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-lifecycle-policy",
            repository=repository.name,
            policy=when_known(lifecycle, keep=values["keep_images"]),
            opts=child,
        )
        self.repository_arn = repository.arn
        self.repository_url = repository.repository_url
        self.repository_name = repository.name
        self.waivers = Output.from_input(waivers.shown(given.waivers))
        outputs = ("repository_arn", "repository_url", "repository_name", "waivers")
        self.register_outputs({output: getattr(self, output) for output in outputs})


def lifecycle(keep: int) -> str:
    """Return the lifecycle policy: the latest images stay, whether they have a tag or not.

    A service that is deployed by digest runs images without a tag: a rule that removes untagged ones, as many
    repositories have it, removes what a rollback needs.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    """
    rule = {
        "rulePriority": 1,
        "description": f"keep the latest {keep} images",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep},
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]}, sort_keys=True)
