"""The log group of the containers."""

import pulumi
import pulumi_aws as aws
from pulumi import Input

from .settings import Settings


def make(
    name: str, settings: Settings, key_arn: Input[str] | None, opts: pulumi.ResourceOptions
) -> aws.cloudwatch.LogGroup:
    """Make the log group, whose name is known before anything is made."""
    return aws.cloudwatch.LogGroup(
        f"{name}-log-group",
        name=settings.log_group_name,
        retention_in_days=settings.log_retention_in_days,
        kms_key_id=key_arn,
        skip_destroy=settings.log_skip_destroy,
        tags=settings.tags,
        region=settings.region,
        opts=opts,
    )
