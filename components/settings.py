"""The arguments of `FargateService`, read: every value checked, every default filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi import Input

from .reading import when_known
from .waivers import Waiver
from .waivers import build as build_waivers

Texts = Input[Mapping[str, Input[str]]]


@dataclass(frozen=True)
class LoadBalancer:
    """The listener that sends requests to the tasks."""

    listener_arn: Input[str]
    load_balancer_security_group_id: Input[str]
    listener_priority: Input[int]
    path_patterns: Input[list[Input[str]]] | None
    host_headers: Input[list[Input[str]]] | None


@dataclass(frozen=True)
class HealthCheck:
    """The target group's health check; times in seconds."""

    path: Input[str]
    matcher: Input[str]
    interval: Input[int]
    timeout: Input[int]
    healthy_threshold: Input[int]
    unhealthy_threshold: Input[int]


@dataclass(frozen=True)
class TargetGroup:
    """The target group; the delay in seconds."""

    health_check: HealthCheck
    deregistration_delay: Input[int]


@dataclass(frozen=True)
class Deployment:
    """How a new revision replaces the previous one. `timeout_minutes` is nothing where it is to be computed."""

    minimum_healthy_percent: Input[int]
    maximum_percent: Input[int]
    health_check_grace_period_seconds: Input[int]
    timeout_minutes: int | None


@dataclass(frozen=True)
class DeploymentAlarms:
    """When a deployment that serves badly is rolled back."""

    http_5xx_rate_percent: Input[float]
    min_requests: Input[int]
    latency_p99_seconds: Input[float]
    period_seconds: Input[int]
    evaluation_periods: Input[int]
    datapoints_to_alarm: Input[int]
    extra_alarm_names: Input[list[Input[str]]]


@dataclass(frozen=True)
class Settings:
    """Everything that the component's parts are made from. Names are plain; other values may be outputs."""

    service_name: str
    cluster_name: str
    cluster_arn: Input[str]
    vpc_id: Input[str]
    subnet_ids: Input[list[Input[str]]]
    tags: Texts
    image: Input[str]
    container_port: Input[int] | None
    environment: Texts
    secrets: Texts
    user: Input[str]
    writable_paths: list[str]
    stop_timeout: Input[int]
    log_max_buffer_size: Input[str]
    log_retention_in_days: Input[int]
    cpu: Input[int]
    memory: Input[int]
    cpu_architecture: Input[str]
    desired_count: Input[int]
    load_balancer: LoadBalancer | None
    target_group: TargetGroup
    deployment: Deployment
    deployment_alarms: DeploymentAlarms
    waivers: tuple[Waiver, ...]

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
    target_group = values["target_group"]
    balancer = values["load_balancer"]
    rest = {**values, "service_name": service_name, "cluster_name": cluster_name}
    rest["tags"] = when_known(_with_own_tag, service_name=service_name, tags=values["tags"])
    rest["load_balancer"] = LoadBalancer(**balancer) if balancer else None
    rest["target_group"] = TargetGroup(
        health_check=HealthCheck(**target_group["health_check"]),
        deregistration_delay=target_group["deregistration_delay"],
    )
    rest["deployment"] = Deployment(**values["deployment"])
    rest["deployment_alarms"] = DeploymentAlarms(**values["deployment_alarms"])
    rest["waivers"] = build_waivers(values["waivers"])
    return Settings(**rest)
