"""How the number of tasks follows the load: Application Auto Scaling, where a team asks for it."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from .given.scaling import Autoscaling
from .load_balancing import LoadBalancing
from .settings import Settings

_DIMENSION = "ecs:service:DesiredCount"
_NAMESPACE = "ecs"


def make(
    name: str,
    settings: Settings,
    scaling: Autoscaling,
    balancing: LoadBalancing | None,
    service: aws.ecs.Service,
    opts: pulumi.ResourceOptions,
) -> None:
    """Make the range, the targets that it aims at, and other ranges at certain times."""
    # After the service, and gone before it: a range without a service is refused.
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[service]))
    target = aws.appautoscaling.Target(
        f"{name}-scaling",
        service_namespace=_NAMESPACE,
        scalable_dimension=_DIMENSION,
        resource_id=f"service/{settings.cluster_name}/{settings.service_name}",
        min_capacity=scaling.min_capacity,
        max_capacity=scaling.max_capacity,
        tags=settings.tags,
        region=settings.region,
        opts=after,
    )
    for suffix, metric, value, label in _metrics(scaling, balancing):
        aws.appautoscaling.Policy(
            f"{name}-scaling-{suffix}",
            name=f"{settings.service_name}-{suffix}",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {"predefined_metric_type": metric, "resource_label": label},
                "target_value": value,
                "scale_in_cooldown": scaling.scale_in_cooldown,
                "scale_out_cooldown": scaling.scale_out_cooldown,
            },
            region=settings.region,
            opts=opts,
        )
    previous: Sequence[pulumi.Resource] = [target]
    for action in scaling.scheduled_actions:
        # One after the other: Application Auto Scaling refuses changes of one target at the same time.
        ordered = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(previous)))
        made = aws.appautoscaling.ScheduledAction(
            f"{name}-at-{action.name}",
            name=action.name,
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            schedule=action.schedule,
            timezone=action.timezone,
            scalable_target_action={"min_capacity": action.min_capacity, "max_capacity": action.max_capacity},
            region=settings.region,
            opts=ordered,
        )
        previous = [made]


def _metrics(
    scaling: Autoscaling, balancing: LoadBalancing | None
) -> list[tuple[str, str, Input[float], Output[str] | None]]:
    """Return what the number of tasks aims at: name, metric, value and, for requests, whose they are."""
    found: list[tuple[str, str, Input[float], Output[str] | None]] = [
        ("cpu", "ECSServiceAverageCPUUtilization", scaling.cpu_target, None)
    ]
    if scaling.memory_target is not None:
        found.append(("memory", "ECSServiceAverageMemoryUtilization", scaling.memory_target, None))
    if scaling.requests_per_target is not None and balancing is not None:
        label = Output.concat(balancing.listener.load_balancer_suffix, "/", balancing.target_group.arn_suffix)
        found.append(("requests", "ALBRequestCountPerTarget", scaling.requests_per_target, label))
    return found
