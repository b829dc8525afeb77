"""What stands around a deployment as frozen values: images in the registry, secrets without values, roles, alarms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from diagnostics.policies import ALLOWED, decide
from diagnostics.shapes import ApiError


@dataclass(frozen=True, slots=True)
class RegistryImage:
    """What the registry itself answered about an image of the task definition."""

    image: str = ""
    """The reference, as the task definition has it."""
    exists: bool | None = None
    """None where the registry did not say: it refused, or was not asked."""
    digest: str = ""
    platforms: tuple[str, ...] = ()
    """`linux/amd64`, `linux/arm64/v8`; empty where the manifest does not name them."""
    error: ApiError | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """One element of `DescribeAlarms.MetricAlarms`."""

    name: str = ""
    state: str = ""
    """`OK`, `ALARM` or `INSUFFICIENT_DATA`."""
    state_reason: str = ""
    state_updated_at: datetime | None = None
    metric: str = ""
    namespace: str = ""
    comparison: str = ""
    threshold: float | None = None
    actions_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class SecretReference:
    """What is known of one secret or parameter that the task definition takes a value from."""

    value_from: str = ""
    exists: bool | None = None
    """None where it could not be asked."""
    json_keys: tuple[str, ...] | None = None
    """The keys of a secret that is a JSON object; None where they are not known. Reading them takes the value, so our
    own collector never knows them; another one that writes evidence may."""
    name: str = ""
    arn: str = ""
    type: str = ""
    """Of a parameter: `String`, `StringList` or `SecureString`."""
    kms_key: str = ""
    created_at: datetime | None = None
    deleted_at: datetime | None = None
    """Set where a secret is marked for deletion."""
    version_stages: tuple[str, ...] = ()
    error: ApiError | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy of a role, attached or inline."""

    name: str = ""
    arn: str = ""
    """"" for an inline one."""
    document: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Role:
    """One role of the task definition."""

    arn: str = ""
    uses: tuple[str, ...] = ()
    """`executionRoleArn`, `taskRoleArn`."""
    exists: bool | None = None
    created_at: datetime | None = None
    trust: Mapping[str, Any] | None = field(default=None, hash=False)
    """`AssumeRolePolicyDocument`."""
    boundary_arn: str = ""
    policies: tuple[Policy, ...] | None = None
    """None where they were not (all) read."""
    decisions: tuple[tuple[str, str, str], ...] = ()
    """Simulated decisions: action, resource, and `allowed`, `explicitDeny` or `implicitDeny`."""
    error: ApiError | None = None

    @property
    def trusts_tasks(self) -> bool | None:
        """Whether its trust policy lets ECS tasks assume it; None where that is not known, or a condition decides."""
        if self.trust is None:
            return None
        decision = decide([self.trust], "sts:AssumeRole", None, "ecs-tasks.amazonaws.com")
        return None if decision is None else decision == ALLOWED

    def decision(self, action: str, resource: str = "*") -> str | None:
        """Return what the role's own policies say to an action: `allowed`, `explicitDeny`, `implicitDeny`.

        None where a policy was not read, or a condition, a boundary or something else that is not modelled decides.
        A resource's own policy, and those of the organization, are not asked.
        """
        for known_action, known_resource, decision in self.decisions:
            if known_action == action and known_resource in (resource, "*"):
                return decision
        if self.policies is None or self.boundary_arn or any(each.document is None for each in self.policies):
            return None
        return decide([each.document for each in self.policies if each.document is not None], action, resource)
