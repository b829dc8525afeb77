"""The table of rules, causes before symptoms: of two that match, the one further up is the cause."""

import inspect
from collections.abc import Callable
from typing import Protocol

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.rules import (
    account_quota_reached,
    app_command_not_found,
    app_crash_exception,
    app_exited_cleanly,
    app_permission_denied,
    app_readonly_filesystem,
    app_segfault,
    aws_endpoint_unreachable,
    aws_internal_error,
    deployer_permission_denied,
    disk_full,
    ecr_permission_denied,
    efs_access_denied,
    efs_mount_network,
    elb_health_code_mismatch,
    elb_health_port_mismatch,
    eni_provisioning_failed,
    env_file_unavailable,
    fargate_capacity_unavailable,
    image_digest_stale,
    image_format_unsupported,
    image_not_found,
    image_platform_mismatch,
    image_pull_interrupted,
    kms_permission_denied,
    log_group_missing,
    log_permission_denied,
    network_configuration_invalid,
    out_of_memory,
    platform_version_unsupported,
    port_conflict,
    private_registry_auth_failed,
    registry_rate_limited,
    registry_server_error,
    registry_unreachable,
    role_missing_or_not_assumable,
    secret_not_found,
    secret_reference_invalid,
    secrets_permission_denied,
    service_linked_role_missing,
    sigkill_unexplained,
    subnet_ip_exhausted,
    ulimit_exceeded,
    volume_configuration_invalid,
)


class Rule(Protocol):
    """A module of this package: its docstring is its page, `match` is pure."""

    __doc__: str | None
    ID: str
    VERDICT: Verdict

    @property
    def match(self) -> Callable[[Evidence], Finding | None]:
        """What looks for it in the evidence."""
        ...


def _table(*rules: Rule) -> tuple[Rule, ...]:
    return rules


RULES = _table(
    image_platform_mismatch,
    image_digest_stale,
    registry_rate_limited,
    ecr_permission_denied,
    private_registry_auth_failed,
    registry_unreachable,
    registry_server_error,
    image_pull_interrupted,
    image_format_unsupported,
    image_not_found,
    platform_version_unsupported,
    kms_permission_denied,
    secrets_permission_denied,
    secret_not_found,
    secret_reference_invalid,
    env_file_unavailable,
    log_permission_denied,
    log_group_missing,
    aws_endpoint_unreachable,
    role_missing_or_not_assumable,
    service_linked_role_missing,
    efs_access_denied,
    efs_mount_network,
    volume_configuration_invalid,
    subnet_ip_exhausted,
    network_configuration_invalid,
    eni_provisioning_failed,
    account_quota_reached,
    out_of_memory,
    disk_full,
    ulimit_exceeded,
    app_readonly_filesystem,
    app_command_not_found,
    app_permission_denied,
    port_conflict,
    app_segfault,
    app_crash_exception,
    app_exited_cleanly,
    sigkill_unexplained,
    elb_health_port_mismatch,
    elb_health_code_mismatch,
    deployer_permission_denied,
    fargate_capacity_unavailable,
    aws_internal_error,
)


def page(rule: Rule) -> str:
    """Return a rule's page: its first line says what is the matter, the rest is Markdown."""
    return inspect.cleandoc(rule.__doc__ or "")
