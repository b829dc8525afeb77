"""What the collector asks of AWS, as a protocol, and what a refusal looks like; no AWS library is needed to know it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Shape = dict[str, Any]
"""One structure as boto3 returns it: AWS's keys, datetimes as datetimes."""


@dataclass(frozen=True)
class SessionSettings:
    """Where to look and as whom; None leaves it to the environment, as the AWS CLI does."""

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    role_arn: str | None = None
    """A role to assume first, as a provider resource with `assumeRole` does."""


@dataclass(frozen=True)
class Answer:
    """What an API said instead of what was asked for."""

    operation: str
    code: str
    message: str

    @property
    def throttled(self) -> bool:
        """Whether the API asked to be called less often."""
        return self.code in {"ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException"}

    def __str__(self) -> str:
        return f"{self.operation}: {self.code}: {self.message}" if self.code else f"{self.operation}: {self.message}"


class ReadError(Exception):
    """A read failed; `answer` is what the API said."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer))
        self.answer = answer


class Reads(Protocol):
    """The reads of one account and region. Each returns boto3's shapes or raises `ReadError`."""

    api_calls: Counter[str]
    """How often each operation was called, pages and failures included."""

    def describe_service(self, cluster: str, service: str) -> Shape | None:
        """Return one element of `DescribeServices.services`; None where ECS answers MISSING."""
        ...

    def list_tasks(self, cluster: str, service: str, desired_status: str) -> list[str]:
        """Return the ARNs of a service's tasks whose desired status is `RUNNING` or `STOPPED`, all pages."""
        ...

    def describe_tasks(self, cluster: str, tasks: Sequence[str]) -> list[Shape]:
        """Return the tasks, asked for in batches of 100; those that ECS forgot are left out."""
        ...

    def list_service_deployments(self, cluster: str, service: str) -> list[Shape]:
        """Return the newest 100 `ServiceDeploymentBrief`s of a service, newest first."""
        ...

    def describe_service_deployment(self, arn: str) -> Shape | None:
        """Return one element of `DescribeServiceDeployments.serviceDeployments`."""
        ...

    def describe_service_revisions(self, arns: Sequence[str]) -> list[Shape]:
        """Return `DescribeServiceRevisions.serviceRevisions`, for at most 20 ARNs."""
        ...

    def describe_task_definition(self, task_definition: str) -> Shape:
        """Return `DescribeTaskDefinition.taskDefinition`."""
        ...

    def describe_target_groups(self, arns: Sequence[str]) -> list[Shape]:
        """Return `DescribeTargetGroups.TargetGroups`."""
        ...

    def describe_target_health(self, target_group_arn: str) -> list[Shape]:
        """Return `DescribeTargetHealth.TargetHealthDescriptions`."""
        ...

    def get_log_events(self, group: str, stream: str, limit: int, region: str | None = None) -> list[Shape]:
        """Return the last `limit` events of a log stream, oldest first; `region` where the log group is elsewhere."""
        ...
