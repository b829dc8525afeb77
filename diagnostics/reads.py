"""What the collector asks of AWS, as a protocol, and what a refusal looks like; no AWS library is needed to know it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Shape = dict[str, Any]
"""One structure as boto3 returns it: AWS's keys, datetimes as datetimes."""


@dataclass(frozen=True)
class RoleToAssume:
    """A role that is assumed before anything is asked, and how; None and empty leave it to STS."""

    arn: str
    session_name: str | None = None
    external_id: str | None = None
    source_identity: str | None = None
    policy: str | None = None
    """A session policy, which narrows what the role may do: JSON."""
    policy_arns: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tags: tuple[str, ...] = ()
    token_file: str | None = None
    """The file of a web identity token: the role is assumed with that, whoever asks."""


@dataclass(frozen=True)
class SessionSettings:
    """Where to look and as whom; None leaves it to the environment, as the AWS CLI does."""

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    roles: tuple[RoleToAssume, ...] = ()
    """Roles to assume first, each with the credentials of the one before, as a provider with `assumeRoles` does."""
    endpoints: tuple[tuple[str, str], ...] = ()
    """Where single services answer, by boto3's names of them; `endpoint_url` is for the rest."""
    config_file: str | None = None
    credentials_file: str | None = None
    fips: bool = False
    dualstack: bool = False
    accounts: tuple[str, ...] = ()
    """The accounts that the caller may be of; with none of them named, nobody asks."""

    def endpoint_of(self, service: str) -> str | None:
        """Return where a service answers, or None where that is left to the environment."""
        return dict(self.endpoints).get(service, self.endpoint_url)


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

    def to_document(self) -> dict[str, str]:
        """Return it as `evidence/1` writes an error."""
        return {"operation": self.operation, "code": self.code, "message": self.message}

    def __str__(self) -> str:
        return ": ".join(part for part in (self.operation, self.code, self.message) if part)


Gaps = list[tuple[str, Answer]]
"""What could not be read, each with the API's answer."""


class ReadError(Exception):
    """A read failed; `answer` is what the API said."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer))
        self.answer = answer


class SurroundingReads(Protocol):
    """The reads of what stands around a deployment. Each returns boto3's shapes or raises `ReadError`."""

    def batch_get_image(self, registry: str, region: str, repository: str, image_id: dict[str, str]) -> Shape:
        """Return `BatchGetImage`'s answer for one image of ECR: `images` or `failures`."""
        ...

    def describe_secret(self, secret_id: str, region: str | None) -> Shape:
        """Return `DescribeSecret`'s answer: never a value."""
        ...

    def describe_parameters(self, names: Sequence[str], region: str | None) -> list[Shape]:
        """Return `DescribeParameters.Parameters` of at most 50 names: never a value."""
        ...

    def get_role(self, name: str) -> Shape:
        """Return `GetRole.Role`."""
        ...

    def role_policies(self, name: str) -> list[Shape]:
        """Return a role's policies, attached and inline: `PolicyName`, `PolicyArn`, `PolicyDocument`."""
        ...

    def describe_alarms(self, names: Sequence[str]) -> list[Shape]:
        """Return `DescribeAlarms.MetricAlarms` of at most 100 names."""
        ...

    def describe_ec2(self, operation: str, key: str, filters: dict[str, Sequence[str]]) -> list[Shape]:
        """Return all pages of one of EC2's `describe_…` operations, filtered."""
        ...

    def describe_vpc_dns(self, vpc_id: str) -> Shape:
        """Return `VpcId`, `EnableDnsSupport` and `EnableDnsHostnames` of a VPC."""
        ...

    def describe_load_balancers(self, arns: Sequence[str]) -> list[Shape]:
        """Return `DescribeLoadBalancers.LoadBalancers`."""
        ...


class Reads(Protocol):
    """The reads of one account and region. Each returns boto3's shapes or raises `ReadError`."""

    @property
    def api_calls(self) -> Counter[str]:
        """How often each operation was called, pages and failures included."""
        ...

    @property
    def surroundings(self) -> SurroundingReads:
        """What is read only once something looks wrong."""
        ...

    def describe_service(self, cluster: str, service: str) -> Shape | None:
        """Return one element of `DescribeServices.services`; None where ECS answers MISSING."""
        ...

    def list_tasks(self, cluster: str, service: str | None, desired_status: str) -> list[str]:
        """Return the ARNs of a service's tasks whose desired status is `RUNNING` or `STOPPED`, all pages.

        Without a service those of the whole cluster.
        """
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


class FleetReads(Reads, Protocol):
    """What looking at many services at once asks besides."""

    def list_services(self, cluster: str) -> list[str]:
        """Return the ARNs of a cluster's services, all pages."""
        ...

    def describe_services(self, cluster: str, services: Sequence[str]) -> list[Shape]:
        """Return `DescribeServices.services`, asked for in batches of 10; those that are MISSING are left out."""
        ...

    def describe_service_deployments(self, arns: Sequence[str]) -> list[Shape]:
        """Return `DescribeServiceDeployments.serviceDeployments`, for at most 20 ARNs."""
        ...
