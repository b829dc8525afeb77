"""The ECS service, and how Pulumi waits for it."""

from collections.abc import Sequence
from math import ceil

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from . import on_error, timing
from .alarms import DeploymentAlarms
from .load_balancing import LoadBalancing
from .network import Network
from .reading import when_known
from .settings import Settings
from .task import CONTAINER_NAME


def _pace(settings: Settings) -> dict[str, Input[int]]:
    """Return what sets the pace of a deployment, by the names that `timing.Pace` has for it."""
    target_group, deployment = settings.target_group, settings.deployment
    balanced = settings.load_balancer is not None
    check = target_group.health_check
    return {
        "desired_count": settings.desired_count,
        "minimum_healthy_percent": deployment.minimum_healthy_percent,
        "maximum_percent": deployment.maximum_percent,
        "grace_period": deployment.health_check_grace_period_seconds if balanced else 0,
        "interval": check.interval if balanced else 0,
        "healthy_threshold": check.healthy_threshold if balanced else 0,
        "unhealthy_threshold": check.unhealthy_threshold if balanced else 0,
        "deregistration_delay": target_group.deregistration_delay if balanced else 0,
        "stop_timeout": settings.stop_timeout,
    }


def options(
    settings: Settings, parent: pulumi.Resource, depends_on: Sequence[pulumi.Resource]
) -> pulumi.ResourceOptions:
    """Return the service's resource options.

    Two services of a cluster cannot share a name, so that a replacement must delete first.
    """
    wait = _timeout(settings)
    return pulumi.ResourceOptions(
        parent=parent,
        depends_on=list(depends_on),
        delete_before_replace=True,
        hooks=on_error.explains(parent),
        custom_timeouts=pulumi.CustomTimeouts(
            create=wait, update=wait, delete=timing.minutes(timing.SHORTEST_TIMEOUT_SECONDS)
        ),
    )


def make(
    name: str,
    settings: Settings,
    task_definition: aws.ecs.TaskDefinition,
    network: Network,
    balancing: LoadBalancing | None,
    alarms: DeploymentAlarms,
    opts: pulumi.ResourceOptions,
) -> aws.ecs.Service:
    """Make the service. What the provider would not send, or would not notice when it is gone, is written out."""
    deployment = settings.deployment
    return aws.ecs.Service(
        f"{name}-service",
        name=settings.service_name,
        cluster=settings.cluster_arn,
        task_definition=task_definition.arn,
        desired_count=settings.desired_count,
        launch_type="FARGATE",
        network_configuration={
            "subnets": settings.subnet_ids,
            "security_groups": [network.group.id],
            # Nothing on the internet can address a task; it goes out through the subnet's NAT gateway or endpoints.
            "assign_public_ip": False,
        },
        load_balancers=_load_balancers(settings, balancing),
        # Meaningless, and refused by ECS, without a load balancer.
        health_check_grace_period_seconds=deployment.health_check_grace_period_seconds if balancing else None,
        # Explicit: only with the type in its answer does the provider follow the service deployment.
        deployment_controller={"type": "ECS"},
        # Explicit: without a strategy the provider leaves the block out. No bake time: ECS takes it from the alarms.
        deployment_configuration={"strategy": "ROLLING"},
        # A revision that does not start, or does not get healthy, is given up and the previous one comes back.
        deployment_circuit_breaker={"enable": True, "rollback": True},
        # Always there: a block that is left out is no difference to the provider, and the alarms would stay wired.
        alarms=when_known(_alarms, names=alarms.names),
        deployment_minimum_healthy_percent=deployment.minimum_healthy_percent,
        deployment_maximum_percent=deployment.maximum_percent,
        # Tasks that were crowded into one zone by an outage spread again when it is over.
        availability_zone_rebalancing="ENABLED",
        # A shell in a running task leaves no revision behind, and needs a writable root file system.
        enable_execute_command=False,
        # Every task says which service, revision and owner it belongs to; bills and incident tools read it.
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        # The update ends when the deployment has, not when ECS has accepted it.
        wait_for_steady_state=True,
        # An update without a change is no deployment.
        force_new_deployment=False,
        # Some versions of the provider rolled back healthy deployments with it (terraform-provider-aws issue 49031).
        sigint_rollback=False,
        tags=settings.tags,
        opts=opts,
    )


def settle_minutes(settings: Settings) -> Output[int]:
    """Return how many minutes a good deployment takes at most."""

    def minutes(**pace: int) -> int:
        return ceil(timing.settle_seconds(timing.Pace(**pace)) / 60)

    return Output.from_input(when_known(minutes, **_pace(settings)))


def _timeout(settings: Settings) -> str:
    """Return how long Pulumi waits for a deployment; an option of a resource must be plain."""
    if settings.deployment.timeout_minutes:
        return timing.minutes(settings.deployment.timeout_minutes * 60)
    parts = _pace(settings)
    pace = {name: part for name, part in parts.items() if isinstance(part, int)}
    complete = len(pace) == len(parts)
    return timing.minutes(timing.timeout_seconds(timing.Pace(**pace)) if complete else timing.TIMEOUT_SECONDS_UNKNOWN)


def _load_balancers(
    settings: Settings, balancing: LoadBalancing | None
) -> list[Input[aws.ecs.ServiceLoadBalancerArgsDict]]:
    if balancing is None or settings.container_port is None:
        return []
    return [
        {
            "target_group_arn": balancing.target_group.arn,
            "container_name": CONTAINER_NAME,
            "container_port": settings.container_port,
        }
    ]


def _alarms(names: list[str]) -> aws.ecs.ServiceAlarmsArgsDict:
    return {"alarm_names": names, "enable": bool(names), "rollback": bool(names)}
