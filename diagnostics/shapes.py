"""AWS's shapes as frozen values: what rules read of a service, its tasks, their logs and their targets.

Fields keep AWS's words in snake case. A text that AWS did not give is "", a number or a time None.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any


def tail(arn: str) -> str:
    """Return the last part of an ARN: `…:task-definition/web:3` -> `web:3`, `…:task/prod/9f3c` -> `9f3c`."""
    return arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Container:
    """One element of `Task.containers`."""

    name: str = ""
    image: str = ""
    image_digest: str = ""
    last_status: str = ""
    exit_code: int | None = None
    reason: str = ""
    health_status: str = ""


BENIGN_STOP_CODES = frozenset({"UserInitiated", "SpotInterruption", "TerminationNotice", "InfrastructureHealth"})
"""Stops by a person or by AWS's own hand: no fault of the task.

Source: `TaskStopCode` of the ECS API, https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

_BENIGN_REASON = re.compile(
    r"Scaling activity initiated by|Task stopped by user|Your Spot Task was interrupted"
    r"|ECS is performing maintenance on the underlying infrastructure",
    re.IGNORECASE,
)
_HEALTH_STOP = re.compile(r"failed (?:ELB|container) health checks", re.IGNORECASE)


@dataclass(frozen=True)
class Task:
    """One element of `DescribeTasks.tasks`."""

    arn: str = ""
    task_definition_arn: str = ""
    started_by: str = ""
    """The id of the deployment that started it: `ecs-svc/1234567890123456789`."""
    last_status: str = ""
    desired_status: str = ""
    health_status: str = ""
    stop_code: str = ""
    stopped_reason: str = ""
    created_at: datetime | None = None
    pull_stopped_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None
    memory: str = ""
    """MiB, as a string, the way the API gives it."""
    cpu: str = ""
    launch_type: str = ""
    platform_version: str = ""
    capacity_provider: str = ""
    availability_zone: str = ""
    subnet_id: str = ""
    """The subnet of its network interface."""
    attachment_statuses: tuple[tuple[str, str], ...] = ()
    """Pairs of an attachment's type and status: `("ElasticNetworkInterface", "ATTACHED")`."""
    containers: tuple[Container, ...] = ()
    addresses: frozenset[str] = frozenset()
    """Private addresses of its network interface: what a target group of type `ip` knows it by."""

    @property
    def id(self) -> str:
        """The task id: the last part of its ARN."""
        return tail(self.arn)

    @property
    def short_id(self) -> str:
        """As much of the id as a person reads."""
        return self.id[:6] or "?"

    @property
    def stopped(self) -> bool:
        """Whether it stopped or ECS decided to stop it; the reason is readable from then on."""
        return "STOPPED" in (self.last_status, self.desired_status) or bool(self.stopped_reason or self.stop_code)

    @property
    def benign_stop(self) -> bool:
        """Whether it was stopped by scaling, a person or AWS's own needs: no fault of the task."""
        return self.stop_code in BENIGN_STOP_CODES or bool(_BENIGN_REASON.search(self.stopped_reason))

    @property
    def stopped_for_health(self) -> bool:
        """Whether ECS stopped it because a health check failed."""
        return bool(_HEALTH_STOP.search(self.stopped_reason))

    @property
    def ended_at(self) -> datetime | None:
        """When its containers ended, as exactly as is known."""
        return self.execution_stopped_at or self.stopping_at or self.stopped_at

    def container(self, name: str) -> Container | None:
        """Return the container of that name."""
        return self._containers_by_name.get(name)

    @cached_property
    def _containers_by_name(self) -> dict[str, Container]:
        return {container.name: container for container in reversed(self.containers)}  # of two alike the first

    @cached_property
    def names_by_exit_code(self) -> dict[int | None, set[str]]:
        """The names of the containers that ended with each code; None where no code is shown."""
        found: dict[int | None, set[str]] = {}
        for container in self.containers:
            found.setdefault(container.exit_code, set()).add(container.name)
        return found


@dataclass(frozen=True, slots=True)
class LogLine:
    """One event of `GetLogEvents`."""

    at: datetime | None
    message: str


@dataclass(frozen=True)
class Log:
    """The last lines that one container of one task logged, oldest first."""

    task_arn: str = ""
    container: str = ""
    stream: str = ""
    lines: tuple[LogLine, ...] = ()
    most_lines: int = 5000
    """How many of the lines are looked at, where it is longer: its share of `LINES_LOOKED_AT` of the evidence."""
    derived: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was worked out of the lines once: see `diagnostics.passages`."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One element of `Service.deployments`."""

    id: str = ""
    status: str = ""
    rollout_state: str = ""
    rollout_state_reason: str = ""
    task_definition: str = ""
    desired_count: int | None = None
    running_count: int | None = None
    pending_count: int | None = None
    failed_tasks: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One element of `Service.events`."""

    id: str
    at: datetime | None
    message: str


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """One element of `Service.loadBalancers`."""

    target_group_arn: str = ""
    container_name: str = ""
    container_port: int | None = None
    alternate_target_group_arn: str = ""
    """The group that requests move to and from, with a strategy that shifts traffic (`advancedConfiguration`)."""


@dataclass(frozen=True, slots=True)
class VpcConfiguration:
    """`networkConfiguration.awsvpcConfiguration` of a service."""

    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    assign_public_ip: str = ""
    """`ENABLED` or `DISABLED`; "" where it is not shown."""


@dataclass(frozen=True, slots=True)
class DeploymentConfiguration:
    """`Service.deploymentConfiguration`."""

    strategy: str = ""
    """`ROLLING`, `BLUE_GREEN`, `LINEAR`, `CANARY`; "" where it is not shown."""
    minimum_healthy_percent: int | None = None
    maximum_percent: int | None = None
    bake_time_minutes: int = 0
    circuit_breaker: bool | None = None
    circuit_breaker_rollback: bool | None = None
    alarm_names: tuple[str, ...] = ()
    alarms_enabled: bool | None = None
    alarms_rollback: bool | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """One element of `DescribeServices.services`."""

    name: str = ""
    arn: str = ""
    cluster_arn: str = ""
    status: str = ""
    task_definition: str = ""
    desired_count: int | None = None
    running_count: int | None = None
    pending_count: int | None = None
    grace_period_seconds: int = 0
    """`healthCheckGracePeriodSeconds`: ECS ignores health checks for so long after a task started; 0 if not set."""
    created_at: datetime | None = None
    deployments: tuple[Deployment, ...] = ()
    events: tuple[Event, ...] = ()
    load_balancers: tuple[LoadBalancer, ...] = ()
    launch_type: str = ""
    platform_version: str = ""
    role_arn: str = ""
    """The service-linked role, or the one that lets ECS call the load balancer."""
    capacity_providers: tuple[str, ...] = ()
    registry_arns: tuple[str, ...] = ()
    """`serviceRegistries`: services of Cloud Map."""
    network: VpcConfiguration = VpcConfiguration()
    deployment_configuration: DeploymentConfiguration = DeploymentConfiguration()

    @property
    def primary(self) -> Deployment | None:
        """The deployment that ECS works towards."""
        return next((deployment for deployment in self.deployments if deployment.status == "PRIMARY"), None)

    def deployment(self, deployment_id: str | None) -> Deployment | None:
        """Return the deployment of that id, while ECS still lists it."""
        return next((deployment for deployment in self.deployments if deployment.id == deployment_id), None)


@dataclass(frozen=True, slots=True)
class ServiceDeployment:
    """One element of `DescribeServiceDeployments.serviceDeployments`."""

    arn: str = ""
    status: str = ""
    status_reason: str = ""
    created_at: datetime | None = None
    target_revision_arn: str = ""
    breaker_status: str = ""
    breaker_failures: int | None = None
    breaker_threshold: int | None = None
    alarms_status: str = ""
    triggered_alarms: tuple[str, ...] = ()
    """Names of the deployment's alarms that went off."""
    lifecycle_stage: str = ""
    rollback_reason: str = ""
    rollback_revision_arn: str = ""
    rollback_started_at: datetime | None = None

    @property
    def deployment_id(self) -> str | None:
        """The id of the same deployment in `Service.deployments`: it ends in the target revision's number."""
        return deployment_of_revision(self.target_revision_arn)


def deployment_of_revision(revision_arn: str) -> str | None:
    """Return `ecs-svc/N` for a service revision's ARN that ends in `/N`, else None.

    Source: the CLI's example of describe-service-revisions; terraform-provider-aws relies on it
    (`findPrimaryDeploymentARN`).
    """
    number = tail(revision_arn)
    return f"ecs-svc/{number}" if number else None


@dataclass(frozen=True, slots=True)
class ServiceRevision:
    """One element of `DescribeServiceRevisions.serviceRevisions`."""

    arn: str = ""
    task_definition: str = ""
    image_digests: tuple[tuple[str, str], ...] = ()
    """Pairs of a container's name and the digest of its image."""
    target_group_arns: tuple[str, ...] = ()
    """The groups that its tasks are in (`resolvedConfiguration`)."""


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """One element of `DescribeTargetGroups.TargetGroups`."""

    arn: str = ""
    name: str = ""
    protocol: str = ""
    port: int | None = None
    health_check_protocol: str = ""
    health_check_port: str = ""
    """A number as a string, or `traffic-port`."""
    health_check_path: str = ""
    matcher: str = ""
    """The codes that count as healthy: `200`, `200-299`, `200,302`."""
    target_type: str = ""
    """`ip`, `instance`, `lambda` or `alb`."""
    vpc_id: str = ""
    health_check_enabled: bool | None = None
    health_check_interval: int | None = None
    """Seconds between two checks of one target."""
    health_check_timeout: int | None = None
    healthy_threshold: int | None = None
    unhealthy_threshold: int | None = None
    load_balancer_arns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One element of `DescribeTargetHealth.TargetHealthDescriptions`."""

    id: str = ""
    port: int | None = None
    health_check_port: str = ""
    state: str = ""
    reason: str = ""
    description: str = ""

    @property
    def healthy(self) -> bool:
        """Whether the load balancer sends it traffic because its checks pass."""
        return self.state == "healthy"


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """What `DescribeTargetHealth` said of one target group."""

    target_group_arn: str = ""
    target_group: str = ""
    targets: tuple[Target, ...] = field(default=())

    @property
    def name(self) -> str:
        """The target group's name; from its ARN (`…:targetgroup/web/0123`) where nothing else says it."""
        parts = self.target_group_arn.split("/")
        return self.target_group or (parts[1] if len(parts) > 1 else self.target_group_arn)


@dataclass(frozen=True, slots=True)
class ApiError:
    """An API's or provider's error, verbatim."""

    operation: str
    code: str
    message: str
