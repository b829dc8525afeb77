"""The arguments of `FargateService`, read: every value checked, every default filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pulumi import Input

from .arguments import ARGUMENTS
from .container import APP
from .given.access import EfsVolume, EgressRule, ServiceConnect
from .given.alarms import DeploymentAlarms, OperationalAlarms
from .given.container import CONTAINER
from .given.deployment import Deployment
from .given.load_balancing import LoadBalancer, TargetGroup
from .given.scaling import Autoscaling, CapacityProviderStrategy
from .reading import when_known
from .waivers import Waiver

Texts = Input[Mapping[str, Input[str]]]


@dataclass(frozen=True)
class Settings:
    """Everything that the component's parts are made from. Names are plain; other values may be outputs."""

    service_name: str
    cluster_name: str
    cluster_arn: Input[str]
    region: Input[str] | None
    vpc_id: Input[str]
    subnet_ids: Input[list[Input[str]]]
    tags: Texts
    containers: Sequence[Mapping[str, Any]]
    """The application's, then the sidecars: name to value as in `container.Container`; values may be outputs."""
    image: Input[str]
    image_repository_arn: Input[str] | None
    container_port: Input[int] | None
    secrets_kms_key_arn: Input[str] | None
    stop_timeout: Input[int]
    log_max_buffer_size: Input[str]
    log_retention_in_days: Input[int]
    log_kms_key_arn: Input[str] | None
    log_skip_destroy: Input[bool]
    cpu: Input[int]
    memory: Input[int]
    cpu_architecture: Input[str]
    ephemeral_storage_gib: Input[int] | None
    efs_volumes: list[EfsVolume]
    execution_role_arn: Input[str] | None
    task_role_arn: Input[str] | None
    task_role_policy_statements: list[Mapping[str, Any]]
    permissions_boundary_arn: Input[str] | None
    additional_security_group_ids: Input[list[Input[str]]]
    ingress_security_group_ids: list[Input[str]]
    egress_rules: list[EgressRule] | None
    service_connect: ServiceConnect | None
    load_balancer: LoadBalancer | None
    target_group: TargetGroup
    deployment: Deployment
    desired_count: Input[int]
    autoscaling: Autoscaling | None
    capacity_provider_strategies: list[CapacityProviderStrategy]
    deployment_alarms: DeploymentAlarms
    operational_alarms: OperationalAlarms
    notification_topic_arn: Input[str] | None
    notification_emails: list[str]
    notification_queue_arn: Input[str] | None
    notification_event_names: list[str]
    kms_key_arn: Input[str] | None
    create_kms_key: bool
    enable_execute_command: bool
    waivers: list[Waiver]

    @property
    def log_group_name(self) -> str:
        """The log group of the service: clusters may hold services of the same name, so it carries both."""
        return f"/ecs/{self.cluster_and_service}"

    @property
    def cluster_and_service(self) -> str:
        """The service's name where several clusters may have one of that name; no two components share it."""
        return f"{self.cluster_name}/{self.service_name}"


def _with_own_tag(service_name: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Add a tag, so that bills, searches and policies find what belongs to the service even where a team gives none."""
    return {"failwell:service": service_name, **tags}


def build(values: Mapping[str, Any], service_name: str, cluster_name: str) -> Settings:
    """Make the settings from values that were read without a problem."""
    app = {"name": APP, "essential": True, "cpu": None, "memory": None}
    app |= {name: values[name] for name in CONTAINER}
    built = ARGUMENTS.build(values) | {
        "service_name": service_name,
        "cluster_name": cluster_name,
        "tags": when_known(_with_own_tag, service_name=service_name, tags=values["tags"]),
        "containers": [app, *values["sidecars"]],
    }
    return Settings(**{part.name: built[part.name] for part in fields(Settings)})
