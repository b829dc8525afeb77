"""A task definition as frozen values: what rules, and the comparison of two revisions, read of it."""

from dataclasses import dataclass, field

from diagnostics.shapes import tail


@dataclass(frozen=True, slots=True)
class ContainerCheck:
    """`healthCheck` of a container: the command that ECS runs in it. Lengths are seconds."""

    command: tuple[str, ...] = ()
    interval: int = 30
    timeout: int = 5
    retries: int = 3
    start_period: int = 0
    """The defaults are the API's: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html."""


@dataclass(frozen=True, slots=True)
class PortMapping:
    """One element of `ContainerDefinition.portMappings`."""

    container_port: int | None = None
    host_port: int | None = None
    protocol: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ContainerDefinition:
    """One element of `TaskDefinition.containerDefinitions`."""

    name: str = ""
    image: str = ""
    essential: bool = True
    cpu: int | None = None
    memory: int | None = None
    memory_reservation: int | None = None
    command: tuple[str, ...] = ()
    entry_point: tuple[str, ...] = ()
    working_directory: str = ""
    user: str = ""
    readonly_root_filesystem: bool = False
    privileged: bool = False
    port_mappings: tuple[PortMapping, ...] = ()
    secrets: tuple[tuple[str, str], ...] = ()
    """Pairs of an environment variable's name and the ARN or parameter name that it is taken from."""
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    environment_files: tuple[str, ...] = ()
    """ARNs of objects in S3."""
    health_check: ContainerCheck | None = None
    log_driver: str = ""
    log_options: tuple[tuple[str, str], ...] = ()
    log_secrets: tuple[tuple[str, str], ...] = ()
    """`logConfiguration.secretOptions`."""
    repository_credentials: str = ""
    """ARN of the secret with a private registry's credentials."""
    depends_on: tuple[tuple[str, str], ...] = ()
    """Pairs of a container's name and the condition: `START`, `COMPLETE`, `SUCCESS` or `HEALTHY`."""
    mount_points: tuple[tuple[str, str], ...] = ()
    """Pairs of a volume's name and the path where it is mounted."""
    ulimits: tuple[tuple[str, int | None, int | None], ...] = ()
    """Name, soft and hard limit."""
    start_timeout: int | None = None
    stop_timeout: int | None = None

    def log_option(self, name: str) -> str:
        """Return an option of its log driver (`awslogs-group`), or "" where it has none."""
        return dict(self.log_options).get(name, "")


@dataclass(frozen=True, slots=True)
class Volume:
    """One element of `TaskDefinition.volumes`."""

    name: str = ""
    efs_file_system: str = ""
    efs_access_point: str = ""
    configured_at_launch: bool = False


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """`DescribeTaskDefinition.taskDefinition`."""

    arn: str = ""
    family: str = ""
    revision: int | None = None
    status: str = ""
    cpu: str = ""
    memory: str = ""
    cpu_architecture: str = ""
    operating_system: str = ""
    network_mode: str = ""
    execution_role_arn: str = ""
    task_role_arn: str = ""
    ephemeral_storage_gib: int | None = None
    requires_compatibilities: tuple[str, ...] = ()
    volumes: tuple[Volume, ...] = ()
    containers: tuple[ContainerDefinition, ...] = ()

    @property
    def name(self) -> str:
        """`family:revision`."""
        return tail(self.arn) or (f"{self.family}:{self.revision}" if self.revision else self.family)

    def container(self, name: str) -> ContainerDefinition | None:
        """Return the definition of that container."""
        return next((container for container in self.containers if container.name == name), None)
