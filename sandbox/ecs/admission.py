"""Whether Fargate takes a task at all: roles that can be assumed, the quota of vCPUs, the capacity of zones.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.ecs.model import Revision, Task
from sandbox.ecs.roles import Roles
from sandbox.ecs.surroundings import Surroundings

# AWS's own apostrophe, in the documented message and in what RunTask answers.
QUOTA = "You’ve reached the limit on the number of vCPUs you can run concurrently"  # noqa: RUF001
CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
_UNITS = 1024
_UNPLACED = "was unable to place a task. Reason:"


@dataclass(frozen=True)
class Refusal:
    """Why a task is not launched. `event` is the service's event; `reason` what RunTask says.

    `retry` names the range of seconds after which it is tried again; `is_failure` tells a failure of RunTask's answer
    from an error of the request.
    """

    event: str
    reason: str
    retry: str
    is_failure: bool = True


@dataclass(frozen=True)
class Admitted:
    """How many tasks may be launched, and why not more."""

    count: int
    refusal: Refusal | None = None


class Fargate:
    """The state of Fargate that people set: vCPUs by account and region, zones without capacity."""

    def __init__(self) -> None:
        self._quotas: dict[tuple[str, str], float] = {}
        self._exhausted: set[str] = set()

    def set_quota(self, account: str, region: str, vcpus: float | None) -> None:
        """Set how many vCPUs the tasks of an account and region may have together; None: as many as they like."""
        self._quotas.pop((account, region), None)
        if vcpus is not None:
            self._quotas[account, region] = vcpus

    def quota(self, account: str, region: str) -> float | None:
        """Return the quota of an account and region."""
        return self._quotas.get((account, region))

    def set_capacity(self, zone: str, *, available: bool) -> None:
        """Have an Availability Zone (`eu-west-1a`) take new tasks, or not. Tasks that run are left alone."""
        (self._exhausted.discard if available else self._exhausted.add)(zone)

    def has_capacity(self, zone: str | None) -> bool:
        """Tell whether a zone takes new tasks."""
        return zone not in self._exhausted


class Admission:
    """Decides for one account and region.

    Args:
        tasks: those that are remembered, as they come and go.
    """

    def __init__(self, surroundings: Surroundings, roles: Roles, fargate: Fargate, tasks: Mapping[str, Task]) -> None:
        self._surroundings = surroundings
        self._roles = roles
        self._fargate = fargate
        self._tasks = tasks

    def admit(self, revision: Revision, count: int, overrides: Mapping[str, Any] | None = None) -> Admitted:
        """Return how many of `count` tasks can be launched."""
        for arn in (revision.execution_role(overrides or {}), revision.task_role(overrides or {})):
            if arn and not self._roles.assumable(arn, self._surroundings.account, self._surroundings.region):
                return Admitted(0, _unassumable(arn))
        if not any(map(self._fargate.has_capacity, self._zones(revision))):
            return Admitted(0, Refusal(f"{_UNPLACED} {CAPACITY}.", CAPACITY, "capacity_retry"))
        fitting = self._fitting(revision)
        if fitting is not None and fitting < count:
            return Admitted(fitting, Refusal(f"{_UNPLACED} {QUOTA}.", QUOTA, "placement_retry"))
        return Admitted(count)

    def _zones(self, revision: Revision) -> list[str | None]:
        configuration = revision.network_configuration.get("awsvpcConfiguration") or {}
        zones = [self._surroundings.zone(subnet) for subnet in configuration.get("subnets") or []]
        return zones or [None]

    def _fitting(self, revision: Revision) -> int | None:
        quota = self._fargate.quota(self._surroundings.account, self._surroundings.region)
        wanted = _vcpus(revision)
        if quota is None or wanted == 0:
            return None
        used = sum(_vcpus(task.revision) for task in self._tasks.values() if task.last_status != "STOPPED")
        return max(0, int((quota - used) / wanted))


def _vcpus(revision: Revision) -> float:
    return float(revision.task_definition.cpu or 0) / _UNITS


def _unassumable(arn: str) -> Refusal:
    # Issue 927 of pulumi-awsx and issues 58 of telia-oss/terraform-aws-ecs-fargate, 1878 of boto3: the event.
    reason = (
        f"ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the role being "
        "passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this "
        "role."
    )
    return Refusal(f"failed to launch a task with (error {reason}).", reason, "placement_retry", is_failure=False)
