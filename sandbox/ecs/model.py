"""What ECS remembers: services, deployments, service deployments, revisions, tasks, containers."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.images import Image
from sandbox.program import Process
from sandbox.simulation import Handle

EVENTS_KEPT = 100
"""DescribeServices answers at most so many events."""


@dataclass(frozen=True)
class Interface:
    """A task's network interface, as its attachment names it."""

    attachment_id: str
    interface_id: str
    subnet_id: str
    vpc_id: str
    mac_address: str
    address: str
    private_dns_name: str | None
    public: bool = False
    """Whether it has a public address too."""


@dataclass
class Container:
    """A container of a task; `definition` is the container definition in the API's keys."""

    arn: str
    name: str
    image: str
    definition: dict[str, Any]
    runtime_id: str | None = None
    digest: str | None = None
    program: Image | None = None
    """What it does; None until the image is pulled."""
    process: Process | None = None
    """The program as it runs; None before it does."""
    last_status: str = "PENDING"
    health: str = "UNKNOWN"
    started_at: datetime | None = None
    exit_code: int | None = None
    reason: str | None = None
    failed_checks: int = 0

    @property
    def essential(self) -> bool:
        """Whether the task ends with it."""
        return bool(self.definition.get("essential", True))

    @property
    def runs(self) -> bool:
        """Whether its process runs."""
        return self.started_at is not None and self.exit_code is None


@dataclass
class Revision:
    """A service revision, or what a stand-alone task was started with: the workload's configuration.

    Keys of the dictionaries are the API's. `task_definition` is moto's.
    """

    arn: str
    number: int
    service_arn: str
    cluster_arn: str
    task_definition: Any
    network_configuration: dict[str, Any]
    load_balancers: list[dict[str, Any]]
    platform_version: str
    launch_type: str
    capacity_provider_strategy: list[dict[str, Any]]
    created_at: datetime
    service_connect: dict[str, Any] = field(default_factory=dict)
    """Stored and shown; no proxy runs."""
    volumes: list[dict[str, Any]] = field(default_factory=list)
    """Volumes that are configured at launch: stored and shown."""
    alternate: bool = False
    """Whether its tasks are in the alternate target groups of its load balancers."""
    digests: dict[str, str] = field(default_factory=dict)
    """Container name -> digest, once the deployment's first task has pulled its images."""

    def execution_role(self, overrides: Mapping[str, Any]) -> str | None:
        """Return the ARN of the role that ECS takes to start a task with these overrides."""
        own: str | None = getattr(self.task_definition, "execution_role_arn", None)
        return overrides.get("executionRoleArn") or own

    def task_role(self, overrides: Mapping[str, Any]) -> str | None:
        """Return the ARN of the role that the programs of a task with these overrides take."""
        own: str | None = getattr(self.task_definition, "task_role_arn", None)  # moto leaves out what was not given
        return overrides.get("taskRoleArn") or own

    @property
    def containers(self) -> list[dict[str, Any]]:
        """The container definitions."""
        return list(self.task_definition.container_definitions)

    @property
    def balancers(self) -> list[dict[str, Any]]:
        """The load balancers with the target groups that its tasks are in."""
        if not self.alternate:
            return self.load_balancers
        return [
            {**each, "targetGroupArn": each["advancedConfiguration"]["alternateTargetGroupArn"]}
            for each in self.load_balancers
        ]


@dataclass
class Deployment:
    """A deployment of a service as DescribeServices answers it, with what the scheduler keeps about it."""

    revision: Revision
    created_at: datetime
    updated_at: datetime
    rollout_reason: str
    status: str = "PRIMARY"
    rollout_state: str = "IN_PROGRESS"
    failed_tasks: int = 0
    failures: int = 0
    """What the circuit breaker compares with its threshold."""
    breaker_tripped: bool = False
    is_rollback: bool = False
    digests_settled: bool = False
    digest_attempts: int = 0
    start_failures: int = 0
    """Consecutive launches of which no task reached RUNNING."""
    batch: int = 0
    failed_batch: int = 0
    not_before: datetime | None = None
    replace_after: datetime | None = None
    """Until when tasks that ran and failed are not replaced."""
    held_back: int = 0
    """How many those are. What has not been launched yet does not wait for them."""
    lost: int = 0
    """Tasks of a deployment that is being replaced which ended against the scheduler's will."""
    alarms_ignored: bool = False
    completion: Handle | None = None
    completed_at: datetime | None = None
    said: dict[str, datetime] = field(default_factory=dict)
    """Warning -> when it was last given; gone when what it warned of is over."""
    refusal: str | None = None
    """The event that tells of it, while Fargate takes no more tasks."""

    @property
    def id(self) -> str:
        """`ecs-svc/N`, N being the number of the service revision."""
        return f"ecs-svc/{self.revision.number}"


@dataclass
class Hook:
    """A PAUSE hook at which a service deployment waits."""

    id: str
    stage: str
    expires_at: datetime
    timeout_action: str
    status: str = "AWAITING_ACTION"


@dataclass
class ServiceDeployment:
    """A service deployment: one rollout with its rollback, if any."""

    arn: str
    deployment: Deployment
    sources: list[Revision]
    configuration: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    status: str = "PENDING"
    reason: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    stopped_at: datetime | None = None
    rollback: dict[str, Any] | None = None
    breaker: str = "MONITORING"
    alarms: str = "MONITORING"
    triggered_alarms: list[str] = field(default_factory=list)
    final_counts: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    stage: str | None = None
    """The lifecycle stage; None where traffic is not shifted."""
    steps: list[Any] = field(default_factory=list)
    """What is left of its stages, the present one first."""
    hooks: list[Hook] = field(default_factory=list)
    scaled_up: bool = False
    production: float = 0.0
    """Percent of the production traffic that the new revision gets."""
    test: float = 0.0
    final_breaker: tuple[int, int] | None = None
    """failureCount and threshold when it ended."""


@dataclass
class Service:
    """A service; `settings` are the API's keys that the scheduler reads or only gives back."""

    arn: str
    name: str
    cluster_arn: str
    created_at: datetime
    created_by: str
    desired: int
    settings: dict[str, Any]
    tags: list[dict[str, str]]
    status: str = "ACTIVE"
    deployments: list[Deployment] = field(default_factory=list)
    """Newest first; the first is the PRIMARY one."""
    service_deployments: list[ServiceDeployment] = field(default_factory=list)
    """Newest first."""
    tasks: list["Task"] = field(default_factory=list)
    """Those that are not STOPPED."""
    events: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    """Newest first."""
    rollback_candidate: Deployment | None = None
    """The most recent COMPLETED deployment."""
    next_look: Handle | None = None
    unsteady: bool = True
    steady_repeat: Handle | None = None
    deregistered: dict[str, int] = field(default_factory=dict)

    @property
    def primary(self) -> Deployment:
        """The most recent deployment, or the one that was rolled back to."""
        return self.deployments[0]

    @property
    def configuration(self) -> dict[str, Any]:
        """The deployment configuration."""
        configuration: dict[str, Any] = self.settings["deploymentConfiguration"]
        return configuration

    @property
    def current(self) -> ServiceDeployment:
        """The newest service deployment."""
        return self.service_deployments[0]


@dataclass
class Task:
    """A task and its containers."""

    arn: str
    cluster_arn: str
    revision: Revision
    group: str
    started_by: str | None
    created_at: datetime
    containers: list[Container]
    service: Service | None = None
    deployment: Deployment | None = None
    batch: int = 0
    overrides: dict[str, Any] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)
    availability_zone: str | None = None
    last_status: str = "PROVISIONING"
    desired_status: str = "RUNNING"
    interface: Interface | None = None
    interface_status: str = "PRECREATED"
    connectivity_at: datetime | None = None
    pull_started_at: datetime | None = None
    pull_stopped_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    plans: list[Handle] = field(default_factory=list)
    """Events of its life that a stop cancels."""
    targets: list[tuple[Any, int]] = field(default_factory=list)
    """(moto's target group, port) that it is registered with."""
    reached_healthy: bool = False
    capacity_provider: str | None = None
    retiring: bool = False
    """Whether it is replaced for its host's sake, which is nobody's failure."""
    noticed_at: datetime | None = None
    """When ECS reads the verdict of a failed check."""
    unhealthy_reason: str | None = None
    """The stoppedReason that it is going to be replaced with; None while nobody holds anything against it."""
    protected_until: datetime | None = None
    """Until when scale-in leaves it alone; None where it does not."""
    on_version: Callable[["Task"], None] = lambda _task: None
    """Told whenever `version` counts up."""
    _version: int = 1

    @property
    def id(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def version(self) -> int:
        """Counts up with every change, as the events that tell of them say (documented, ECS task state change)."""
        return self._version

    @version.setter
    def version(self, number: int) -> None:
        self._version = number
        self.on_version(self)

    def enter(self, status: str) -> None:
        """Take note of its next status."""
        self.last_status = status
        self.version += 1

    @property
    def live(self) -> bool:
        """Whether it is meant to run."""
        return self.desired_status == "RUNNING"

    def fellows_in(self, zone: str | None) -> int:
        """Return how many live tasks its service has in a zone; none where it has no service."""
        fellows = self.service.tasks if self.service else []
        return sum(task.live and task.interface is not None and task.availability_zone == zone for task in fellows)

    @property
    def protected(self) -> bool:
        """Whether neither a scale-in nor a deployment may stop it."""
        return self.protected_until is not None

    @property
    def running(self) -> bool:
        """Whether it runs and is meant to."""
        return self.live and self.last_status == "RUNNING"

    @property
    def health(self) -> str:
        """The task's health: the worst of its essential containers with a check; UNKNOWN where there is none."""
        states = {each.health for each in self.containers if each.essential and each.definition.get("healthCheck")}
        return next((state for state in ("UNHEALTHY", "UNKNOWN", "HEALTHY") if state in states), "UNKNOWN")
