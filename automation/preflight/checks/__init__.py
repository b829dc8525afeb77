"""The checks of the preflight, one line each: what a deployment needs from the registry to the load balancer."""

from automation.preflight.checks import (
    fargate_quota,
    fargate_size,
    image_exists,
    image_immutable,
    image_platform,
    image_pullable,
    log_group,
    secrets_exist,
    secrets_key,
    secrets_readable,
    task_roles,
)
from automation.preflight.model import Check

CHECKS: tuple[Check, ...] = (
    image_exists,
    image_platform,
    image_immutable,
    task_roles,
    image_pullable,
    secrets_exist,
    secrets_readable,
    secrets_key,
    log_group,
    fargate_size,
    fargate_quota,
)
