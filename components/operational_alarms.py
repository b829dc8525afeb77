"""Alarms that tell people that a service is short of something; they never roll back a deployment."""

from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input

from .alarms import alarm_name
from .settings import Settings

_PERIOD = 60
_PERIODS = 5


def make(name: str, settings: Settings, topic_arn: Input[str], opts: pulumi.ResourceOptions) -> list[str]:
    """Make the alarms and return their names: CPU, memory, and tasks that are missing."""
    wanted = settings.operational_alarms
    if not wanted.enabled:
        return []
    dimensions = {"ClusterName": settings.cluster_name, "ServiceName": settings.service_name}
    made: list[str] = []

    def alarm(what: str, description: str, threshold: Input[float], **figures: Any) -> None:
        made.append(alarm_name(settings, what))
        aws.cloudwatch.MetricAlarm(
            f"{name}-{what}",
            name=made[-1],
            alarm_description=f"{settings.service_name} {description}",
            comparison_operator="GreaterThanThreshold",
            threshold=threshold,
            # Five minutes without a break: a deployment starts and stops tasks, and a start takes all the CPU there is.
            evaluation_periods=_PERIODS,
            datapoints_to_alarm=_PERIODS,
            treat_missing_data="notBreaching",
            alarm_actions=[topic_arn],
            tags=settings.tags,
            region=settings.region,
            opts=opts,
            **figures,
        )

    def utilization(metric: str) -> dict[str, Any]:
        return {
            "namespace": "AWS/ECS",
            "metric_name": metric,
            "statistic": "Average",
            "period": _PERIOD,
            "dimensions": dimensions,
        }

    alarm("cpu", "uses nearly all its CPU", wanted.cpu_percent, **utilization("CPUUtilization"))
    alarm("memory", "uses nearly all its memory", wanted.memory_percent, **utilization("MemoryUtilization"))
    if wanted.running_below_desired:
        queries = [_count("desired", "DesiredTaskCount", dimensions), _count("running", "RunningTaskCount", dimensions)]
        missing = {"id": "missing", "expression": "desired - running", "label": "missing tasks", "return_data": True}
        alarm("missing-tasks", "has fewer tasks than it wants", 0, metric_queries=[*queries, missing])
    return made


def _count(query: str, metric: str, dimensions: dict[str, str]) -> dict[str, Any]:
    """Return a metric of Container Insights; without it there are no datapoints, and the alarm stays silent.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
    """
    return {
        "id": query,
        "metric": {
            "namespace": "ECS/ContainerInsights",
            "metric_name": metric,
            "dimensions": dimensions,
            "period": _PERIOD,
            "stat": "Average",
        },
        "return_data": False,
    }
