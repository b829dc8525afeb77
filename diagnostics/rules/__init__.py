"""The table of rules, causes before symptoms: of two that match, the one further up is the cause."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.rules import (
    account_quota_reached,
    api_throttled,
    app_command_not_found,
    app_config_missing,
    app_crash_exception,
    app_dependency_auth_failed,
    app_dependency_unreachable,
    app_exited_cleanly,
    app_migration_failed,
    app_module_not_found,
    app_permission_denied,
    app_readonly_filesystem,
    app_segfault,
    aws_endpoint_unreachable,
    aws_internal_error,
    container_health_check_command_invalid,
    container_health_check_failing,
    dependency_container_failed,
    deployer_permission_denied,
    deployment_alarm_triggered,
    deployment_blocked,
    disk_full,
    dns_resolution_failed,
    ec2_insufficient_resources,
    ecr_permission_denied,
    efs_access_denied,
    efs_mount_network,
    elb_health_code_mismatch,
    elb_health_failed_unspecified,
    elb_health_port_mismatch,
    elb_health_timeout,
    eni_provisioning_failed,
    env_file_unavailable,
    fargate_capacity_unavailable,
    health_grace_period_too_short,
    host_lost_or_maintenance,
    image_digest_stale,
    image_format_unsupported,
    image_not_found,
    image_platform_mismatch,
    image_pull_interrupted,
    kms_permission_denied,
    load_balancer_config_invalid,
    log_driver_misconfigured,
    log_group_missing,
    log_permission_denied,
    network_configuration_invalid,
    no_container_instances,
    out_of_memory,
    placement_constraint_unmet,
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
    security_group_blocks_traffic,
    service_linked_role_missing,
    service_mesh_or_discovery_failed,
    sigkill_unexplained,
    spot_interruption,
    stopped_externally,
    subnet_ip_exhausted,
    task_definition_inactive,
    task_definition_invalid,
    task_role_missing_or_denied,
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


@dataclass(frozen=True)
class Group:
    """Rules that stand together in the table, under one heading."""

    heading: str
    rules: tuple[Rule, ...]


def _table(*rows: Rule | str) -> tuple[Group, ...]:
    """Return the groups of a table in which each heading stands above its rules."""
    found: dict[str, list[Rule]] = {}
    heading = ""
    for row in rows:
        if isinstance(row, str):
            heading = row
        else:
            found.setdefault(heading, []).append(row)
    return tuple(Group(heading, tuple(rules)) for heading, rules in found.items())


GROUPS = _table(
    "What drops the traffic",
    security_group_blocks_traffic,
    "The image and its registry",
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
    "Secrets, parameters and their keys",
    kms_permission_denied,
    secrets_permission_denied,
    secret_not_found,
    secret_reference_invalid,
    env_file_unavailable,
    "Logs and the way to AWS's APIs",
    log_permission_denied,
    log_group_missing,
    aws_endpoint_unreachable,
    "Roles",
    role_missing_or_not_assumable,
    service_linked_role_missing,
    "Volumes",
    efs_access_denied,
    efs_mount_network,
    volume_configuration_invalid,
    "Network interfaces and what the launch needs",
    subnet_ip_exhausted,
    network_configuration_invalid,
    eni_provisioning_failed,
    account_quota_reached,
    log_driver_misconfigured,
    "Memory, disk and limits",
    out_of_memory,
    disk_full,
    ulimit_exceeded,
    "The program",
    app_readonly_filesystem,
    container_health_check_command_invalid,
    app_command_not_found,
    app_permission_denied,
    app_module_not_found,
    task_role_missing_or_denied,
    app_dependency_auth_failed,
    app_migration_failed,
    dns_resolution_failed,
    app_dependency_unreachable,
    port_conflict,
    app_config_missing,
    app_segfault,
    service_mesh_or_discovery_failed,
    app_crash_exception,
    "Sidecars and unexplained ends",
    dependency_container_failed,
    app_exited_cleanly,
    sigkill_unexplained,
    "Health checks and the load balancer",
    elb_health_port_mismatch,
    elb_health_code_mismatch,
    health_grace_period_too_short,
    container_health_check_failing,
    elb_health_timeout,
    load_balancer_config_invalid,
    "The change itself",
    deployer_permission_denied,
    task_definition_inactive,
    task_definition_invalid,
    deployment_blocked,
    "Capacity",
    fargate_capacity_unavailable,
    no_container_instances,
    placement_constraint_unmet,
    ec2_insufficient_resources,
    "What comes from outside, and what nothing explains",
    deployment_alarm_triggered,
    api_throttled,
    spot_interruption,
    host_lost_or_maintenance,
    stopped_externally,
    elb_health_failed_unspecified,
    aws_internal_error,
)
RULES: tuple[Rule, ...] = tuple(rule for group in GROUPS for rule in group.rules)


def page(rule: Rule) -> str:
    """Return a rule's page: its first line says what is the matter, the rest is Markdown."""
    return inspect.cleandoc(rule.__doc__ or "")


def title(rule: Rule) -> str:
    """Return the first sentence of a rule's page: what is the matter."""
    return page(rule).partition("\n")[0]
