"""The key of the log group and the topic: a given one, or one of the service's own that is renewed each year."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from . import resource_policies
from .policies import Surroundings
from .settings import Settings


@dataclass(frozen=True)
class Encryption:
    """The keys, by their ARNs; nothing where the service's own encryption does."""

    key_arn: Input[str] | None
    log_key_arn: Input[str] | None


def make(name: str, settings: Settings, surroundings: Output[Surroundings], opts: pulumi.ResourceOptions) -> Encryption:
    """Make the key where none is given and one is wanted."""
    arn = settings.kms_key_arn
    if settings.create_kms_key:
        arn = _key(name, settings, surroundings, opts)
    return Encryption(arn, settings.log_kms_key_arn or arn)


def _key(
    name: str, settings: Settings, surroundings: Output[Surroundings], opts: pulumi.ResourceOptions
) -> Output[str]:
    key = aws.kms.Key(
        f"{name}-key",
        description=f"Logs and notifications of the ECS service {settings.service_name}",
        policy=surroundings.apply(lambda known: json.dumps(resource_policies.key(known, settings.log_group_name))),
        enable_key_rotation=True,
        # A month to notice that old logs cannot be read without it.
        deletion_window_in_days=30,
        tags=settings.tags,
        region=settings.region,
        opts=opts,
    )
    aws.kms.Alias(
        f"{name}-key-alias",
        name=f"alias/ecs/{settings.cluster_name}/{settings.service_name}",
        target_key_id=key.key_id,
        region=settings.region,
        opts=opts,
    )
    return key.arn
