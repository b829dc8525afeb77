"""The ECS service, and how Pulumi waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input

from . import on_error, pace, service_connect, strategies, timing
from .alarms import DeploymentAlarms
from .container import APP
from .load_balancing import LoadBalancing
from .network import Network
from .reading import when_known
from .roles import Roles
from .settings import Settings


@dataclass(frozen=True)
class Parts:
    """What a service is made of."""

    task_definition: aws.ecs.TaskDefinition
    network: Network
    balancing: LoadBalancing | None
    alarms: DeploymentAlarms
    roles: Roles


def options(
    settings: Settings, parent: pulumi.Resource, depends_on: Sequence[pulumi.Resource]
) -> pulumi.ResourceOptions:
    """Return the service's resource options.

    Two services of a cluster cannot share a name, so that a replacement must delete first.
    """
    wait = pace.timeout(settings)
    return pulumi.ResourceOptions(
        parent=parent,
        depends_on=list(depends_on),
        delete_before_replace=True,
        hooks=on_error.explains(parent),
        ignore_changes=ignored(settings),
        custom_timeouts=pulumi.CustomTimeouts(
            create=wait, update=wait, delete=timing.minutes(timing.SHORTEST_TIMEOUT_SECONDS)
        ),
    )


def ignored(settings: Settings) -> list[str]:
    """Return the properties that belong to someone else: the number of tasks to autoscaling, target groups to ECS."""
    scaling = ["desiredCount"] if settings.autoscaling else []
    # With each deployment ECS swaps the two groups; to send the first pair again would undo the last deployment
    # (terraform-provider-aws issue 45678).
    swapped = ["loadBalancers[0].targetGroupArn", "loadBalancers[0].advancedConfiguration.alternateTargetGroupArn"]
    return scaling + (swapped if settings.deployment.shifts_traffic else [])


def make(name: str, settings: Settings, parts: Parts, opts: pulumi.ResourceOptions) -> aws.ecs.Service:
    """Make the service. What the provider would not send, or would not notice when it is gone, is written out."""
    deployment, balancing = settings.deployment, parts.balancing
    capacity = _capacity(settings)
    return aws.ecs.Service(
        f"{name}-service",
        name=settings.service_name,
        cluster=settings.cluster_arn,
        task_definition=parts.task_definition.arn,
        desired_count=settings.desired_count,
        launch_type=None if capacity else "FARGATE",
        capacity_provider_strategies=capacity or None,
        network_configuration={
            "subnets": settings.subnet_ids,
            "security_groups": parts.network.groups,
            # Nothing on the internet can address a task; it goes out through the subnet's NAT gateway or endpoints.
            "assign_public_ip": False,
        },
        load_balancers=_load_balancers(settings, parts),
        # Meaningless, and refused by ECS, without a load balancer.
        health_check_grace_period_seconds=deployment.health_check_grace_period_seconds if balancing else None,
        # Explicit: only with the type in its answer does the provider follow the service deployment.
        deployment_controller={"type": "ECS"},
        # Explicit: without a strategy the provider leaves the block out.
        deployment_configuration=strategies.configuration(settings, parts.roles.infrastructure_arn),
        deployment_circuit_breaker=strategies.circuit_breaker(),
        # Always there: a block that is left out is no difference to the provider, and the alarms would stay wired.
        alarms=when_known(_alarms, names=parts.alarms.names),
        deployment_minimum_healthy_percent=deployment.minimum_healthy_percent,
        deployment_maximum_percent=deployment.maximum_percent,
        availability_zone_rebalancing=deployment.availability_zone_rebalancing,
        enable_execute_command=settings.enable_execute_command,
        # Always there, as with the alarms: off is said, not left out.
        service_connect_configuration=service_connect.configuration(settings),
        # Every task says which service, revision and owner it belongs to; bills and incident tools read it.
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        wait_for_steady_state=deployment.wait_for_steady_state,
        force_new_deployment=deployment.force_new_deployment,
        # Some versions of the provider rolled back healthy deployments with it (terraform-provider-aws issue 49031).
        sigint_rollback=False,
        tags=settings.tags,
        region=settings.region,
        opts=opts,
    )


def _capacity(settings: Settings) -> list[Input[aws.ecs.ServiceCapacityProviderStrategyArgsDict]]:
    return [
        {"capacity_provider": each.capacity_provider, "base": each.base, "weight": each.weight}
        for each in settings.capacity_provider_strategies
    ]


def _load_balancers(settings: Settings, parts: Parts) -> list[Input[aws.ecs.ServiceLoadBalancerArgsDict]]:
    balancing, infrastructure = parts.balancing, parts.roles.infrastructure_arn
    if balancing is None or settings.container_port is None:
        return []
    entry: aws.ecs.ServiceLoadBalancerArgsDict = {
        "target_group_arn": balancing.target_group.arn,
        "container_name": APP,
        "container_port": settings.container_port,
    }
    if balancing.alternate is not None and infrastructure is not None:
        advanced: aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgsDict = {
            "alternate_target_group_arn": balancing.alternate.arn,
            "production_listener_rule": balancing.rule.arn,
            "role_arn": infrastructure,
        }
        if balancing.test_rule:
            advanced["test_listener_rule"] = balancing.test_rule.arn
        entry["advanced_configuration"] = advanced
    return [entry]


def _alarms(names: list[str]) -> aws.ecs.ServiceAlarmsArgsDict:
    return {"alarm_names": names, "enable": bool(names), "rollback": bool(names)}
