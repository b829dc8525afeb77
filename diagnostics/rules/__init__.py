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
    aws_internal_error,
    disk_full,
    efs_access_denied,
    efs_mount_network,
    elb_health_code_mismatch,
    elb_health_port_mismatch,
    fargate_capacity_unavailable,
    image_not_found,
    image_platform_mismatch,
    out_of_memory,
    port_conflict,
    secret_not_found,
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
    image_not_found,
    secret_not_found,
    efs_access_denied,
    efs_mount_network,
    volume_configuration_invalid,
    subnet_ip_exhausted,
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
    fargate_capacity_unavailable,
    aws_internal_error,
)


def page(rule: Rule) -> str:
    """Return a rule's page: its first line says what is the matter, the rest is Markdown."""
    return inspect.cleandoc(rule.__doc__ or "")
