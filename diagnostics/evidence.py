"""`Evidence`: a frozen, typed view of one `evidence/1` document (docs/evidence.md)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Self

from diagnostics import evidence_parts as parts
from diagnostics import surroundings_parts as around
from diagnostics.checked import EvidenceError, Node, shown
from diagnostics.definition import ContainerCheck, ContainerDefinition, PortMapping, TaskDefinition, Volume
from diagnostics.definition_parts import task_definition
from diagnostics.model import Gap
from diagnostics.network import Network
from diagnostics.shapes import (
    ApiError,
    Container,
    Deployment,
    DeploymentConfiguration,
    Event,
    LoadBalancer,
    Log,
    LogLine,
    Service,
    ServiceDeployment,
    ServiceRevision,
    Target,
    TargetGroup,
    TargetHealth,
    Task,
    VpcConfiguration,
)
from diagnostics.surroundings import Alarm, Policy, RegistryImage, Role, SecretReference

__all__ = [
    "Alarm",
    "ApiError",
    "Container",
    "ContainerCheck",
    "ContainerDefinition",
    "Deployment",
    "DeploymentConfiguration",
    "Event",
    "Evidence",
    "EvidenceError",
    "LoadBalancer",
    "Log",
    "LogLine",
    "Network",
    "Policy",
    "PortMapping",
    "RegistryImage",
    "Role",
    "SecretReference",
    "Service",
    "ServiceDeployment",
    "ServiceRevision",
    "Target",
    "TargetGroup",
    "TargetHealth",
    "Task",
    "TaskDefinition",
    "Volume",
    "VpcConfiguration",
]

SCHEMA = "evidence/1"


@dataclass(frozen=True)
class Evidence:
    """What was seen of one deployment. Everything may be absent; `gaps` says what could not be read."""

    captured_at: datetime | None = None
    cluster_arn: str = ""
    service: Service | None = None
    service_deployment: ServiceDeployment | None = None
    service_revisions: tuple[ServiceRevision, ...] = ()
    task_definition: TaskDefinition | None = None
    previous_task_definition: TaskDefinition | None = None
    tasks: tuple[Task, ...] = ()
    """All tasks of the document; rules read `stopped_tasks`, `failed_tasks` and `running`."""
    logs: tuple[Log, ...] = ()
    target_health: tuple[TargetHealth, ...] = ()
    target_groups: tuple[TargetGroup, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    images: tuple[RegistryImage, ...] = ()
    secrets: tuple[SecretReference, ...] = ()
    roles: tuple[Role, ...] = ()
    network: Network | None = None
    errors: tuple[ApiError, ...] = ()
    gaps: tuple[Gap, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """The document itself, unknown keys included."""
    derived: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was worked out of it once: see `diagnostics.passages`."""

    @classmethod
    def parse(cls, document: object) -> Self:
        """Return the view of an `evidence/1` document.

        Raises:
            EvidenceError: it is not one, or a value that is read has the wrong type; names the path of the first.
        """
        root = Node.of(document, "")
        if root.value.get("schema") != SCHEMA:
            raise EvidenceError("schema", f'expected "{SCHEMA}", got {shown(root.value.get("schema"))}')
        return cls(
            captured_at=root.moment("captured_at"),
            cluster_arn=root.child("cluster").text("clusterArn"),
            service=parts.service(root.node("service")),
            service_deployment=parts.service_deployment(root.node("service_deployment")),
            service_revisions=tuple(parts.service_revision(node) for node in root.nodes("service_revisions")),
            task_definition=task_definition(root.node("task_definition")),
            previous_task_definition=task_definition(root.node("previous_task_definition")),
            tasks=tuple(parts.task(node) for node in root.nodes("tasks")),
            logs=parts.logs(root.nodes("logs")),
            target_health=tuple(parts.target_health(node) for node in root.nodes("target_health")),
            target_groups=tuple(parts.target_group(node) for node in root.nodes("target_groups")),
            alarms=tuple(around.alarm(node) for node in root.nodes("alarms")),
            images=tuple(around.registry_image(node) for node in root.nodes("images")),
            secrets=tuple(around.secret_reference(node) for node in root.nodes("secrets")),
            roles=tuple(around.role(node) for node in root.nodes("roles")),
            network=around.network(root.node("network")),
            errors=tuple(around.api_error(node) for node in root.nodes("errors")),
            gaps=tuple(Gap(node.text("what"), node.text("why")) for node in root.nodes("gaps")),
            document=root.value,
        )

    # Where

    @property
    def deployments(self) -> tuple[Deployment, ...]:
        """The service's deployments, as ECS lists them."""
        return self.service.deployments if self.service else ()

    @property
    def primary(self) -> Deployment | None:
        """The deployment that ECS works towards."""
        return self.service.primary if self.service else None

    @cached_property
    def deployment_id(self) -> str | None:
        """The deployment that this evidence is about: `ecs-svc/…`.

        That of the service deployment; else the one that started the tasks (of several the one that ECS lists as
        FAILED, or whose first task came last); else the PRIMARY one.
        """
        if self.service_deployment and self.service_deployment.deployment_id:
            return self.service_deployment.deployment_id
        first_task: dict[str, float] = {}
        for task in self.tasks:
            if task.started_by.startswith("ecs-svc/"):
                created = task.created_at.timestamp() if task.created_at else 0.0
                first_task[task.started_by] = min(created, first_task.get(task.started_by, created))
        given_up = next((each.id for each in self.deployments if each.rollout_state == "FAILED"), None)
        if first_task:
            return given_up if given_up in first_task else max(first_task, key=lambda each: first_task[each])
        return given_up or (self.primary.id if self.primary and self.primary.id else None)

    @property
    def deployment(self) -> Deployment | None:
        """That deployment, while ECS still lists it."""
        return self.service.deployment(self.deployment_id) if self.service else None

    @property
    def deployment_created_at(self) -> datetime | None:
        """When the deployment began."""
        if self.deployment and self.deployment.created_at:
            return self.deployment.created_at
        return self.service_deployment.created_at if self.service_deployment else None

    # What happened

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The service's events since the deployment began, newest first; older ones belong to other stories."""
        began = self.deployment_created_at
        listed = self.service.events if self.service else ()
        return tuple(event for event in listed if began is None or event.at is None or event.at >= began)

    @cached_property
    def deployment_tasks(self) -> tuple[Task, ...]:
        """The tasks that this deployment started (and those that name no starter)."""
        mine = self.deployment_id
        return tuple(task for task in self.tasks if mine is None or task.started_by in ("", mine))

    @cached_property
    def stopped_tasks(self) -> tuple[Task, ...]:
        """Tasks of the deployment that stopped or are being stopped, benign stops included."""
        return tuple(task for task in self.deployment_tasks if task.stopped)

    @cached_property
    def failed_tasks(self) -> tuple[Task, ...]:
        """Stopped tasks without those that scaling, a person or AWS's own needs stopped."""
        return tuple(task for task in self.stopped_tasks if not task.benign_stop)

    @cached_property
    def running(self) -> tuple[Task, ...]:
        """Tasks of the deployment that run or are on their way there."""
        return tuple(task for task in self.deployment_tasks if not task.stopped)

    def task(self, arn: str) -> Task | None:
        """Return the task of that ARN."""
        return next((task for task in self.tasks if task.arn == arn), None)

    def logs_of(self, task: Task) -> Iterator[Log]:
        """Yield the logs of a task's containers."""
        return iter(self._logs_by_task.get(task.arn, ()))

    @cached_property
    def _logs_by_task(self) -> dict[str, list[Log]]:
        found: dict[str, list[Log]] = {}
        for log in self.logs:
            found.setdefault(log.task_arn, []).append(log)
        return found

    def target_group(self, arn: str) -> TargetGroup | None:
        """Return the target group of that ARN, if it was read."""
        return next((group for group in self.target_groups if group.arn == arn), None)

    def image(self, reference: str) -> RegistryImage | None:
        """Return what the registry said of an image of the task definition, if it was asked."""
        return next((image for image in self.images if image.image == reference), None)

    def secret(self, value_from: str) -> SecretReference | None:
        """Return what is known of the secret or parameter that a `valueFrom` names, if it was asked about."""
        return next((secret for secret in self.secrets if secret.value_from == value_from), None)

    def role(self, use: str) -> Role | None:
        """Return the role that the task definition has as `executionRoleArn` or `taskRoleArn`, if it was read."""
        return next((role for role in self.roles if use in role.uses), None)

    def targets_of_deployment(self, health: TargetHealth) -> tuple[Target, ...]:
        """Return the targets that are tasks of this deployment; all of them where no task's address is known."""
        if not any(task.addresses for task in self.tasks):
            return health.targets
        return tuple(target for target in health.targets if target.id in self._owners)

    def task_of_target(self, target: Target) -> Task | None:
        """Return the task of the deployment that has the target's address; a living one first."""
        return self._owners.get(target.id)

    @cached_property
    def _owners(self) -> dict[str, Task]:
        found: dict[str, Task] = {}
        for task in sorted(self.deployment_tasks, key=lambda each: each.stopped):  # the first of each kind stays first
            for address in task.addresses:
                found.setdefault(address, task)
        return found
