"""The alarms that roll back a deployment which starts, but serves badly; made before the service that names them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input

from .reading import when_known
from .settings import Settings


@dataclass(frozen=True)
class DeploymentAlarms:
    """The alarms that were made, and the names of all that watch a deployment."""

    resources: Sequence[pulumi.Resource]
    names: Input[Sequence[Input[str]]]


def alarm_name(settings: Settings, what: str) -> str:
    """Return the name of an alarm, the same for each deployment.

    It is built from plain names: taken from the service's own outputs it would make a cycle, since the service needs
    the alarm. The slashes keep cluster `a-b`, service `c` apart from cluster `a`, service `b-c`: CloudWatch overwrites
    an alarm of the same name without a word.
    """
    return f"ecs/{settings.cluster_name}/{settings.service_name}/{what}"


def error_rate(min_requests: int) -> str:
    """Return the metric math for the share of failed requests in percent: 0 below `min_requests` in a period.

    CloudWatch has no datapoint where no request failed, so that a gap stands for none.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    """
    return f"IF(requests >= {min_requests}, 100 * FILL(errors, 0) / requests, 0)"


def make(
    name: str, settings: Settings, load_balancer: Input[str], target_group: Input[str], opts: pulumi.ResourceOptions
) -> DeploymentAlarms:
    """Make the alarms for a target group; both arguments are suffixes of ARNs, as CloudWatch's dimensions want them.

    They measure how requests are answered, not how many tasks run: that dips in every deployment. Too few datapoints,
    as at night or before the first request, are no reason to roll back (`notBreaching`).
    """
    dimensions = {"LoadBalancer": load_balancer, "TargetGroup": target_group}
    rate = _error_rate(name, settings, dimensions, opts)
    latency = _latency(name, settings, dimensions, opts)
    own = [alarm_name(settings, "http-5xx-rate"), alarm_name(settings, "latency-p99")]
    return DeploymentAlarms([rate, latency], _with_extra(own, settings))


def only_extra(settings: Settings) -> DeploymentAlarms:
    """Return the alarms of a service without a load balancer: those that the program names."""
    return DeploymentAlarms([], _with_extra([], settings))


def _with_extra(own: list[str], settings: Settings) -> Input[Sequence[Input[str]]]:
    def together(extra: list[str]) -> list[str]:
        return [*own, *(name for name in extra if name not in own)]

    return when_known(together, extra=settings.deployment_alarms.extra_alarm_names)


def _error_rate(
    name: str, settings: Settings, dimensions: dict[str, Input[str]], opts: pulumi.ResourceOptions
) -> aws.cloudwatch.MetricAlarm:
    wanted = settings.deployment_alarms

    def count(query: str, metric: str) -> aws.cloudwatch.MetricAlarmMetricQueryArgsDict:
        return {
            "id": query,
            "metric": {
                "namespace": "AWS/ApplicationELB",
                "metric_name": metric,
                "dimensions": dimensions,
                "period": wanted.period_seconds,
                "stat": "Sum",
            },
            "return_data": False,
        }

    return aws.cloudwatch.MetricAlarm(
        f"{name}-http-5xx-rate",
        name=alarm_name(settings, "http-5xx-rate"),
        alarm_description=f"{settings.service_name} answers too many requests with 5xx; deployments are rolled back",
        comparison_operator="GreaterThanThreshold",
        threshold=wanted.http_5xx_rate_percent,
        evaluation_periods=wanted.evaluation_periods,
        datapoints_to_alarm=wanted.datapoints_to_alarm,
        treat_missing_data="notBreaching",
        metric_queries=[
            count("errors", "HTTPCode_Target_5XX_Count"),
            count("requests", "RequestCount"),
            {
                "id": "rate",
                "expression": when_known(error_rate, min_requests=wanted.min_requests),
                "label": "5xx responses in percent",
                "return_data": True,
            },
        ],
        tags=settings.tags,
        opts=opts,
    )


def _latency(
    name: str, settings: Settings, dimensions: dict[str, Input[str]], opts: pulumi.ResourceOptions
) -> aws.cloudwatch.MetricAlarm:
    wanted = settings.deployment_alarms
    return aws.cloudwatch.MetricAlarm(
        f"{name}-latency-p99",
        name=alarm_name(settings, "latency-p99"),
        alarm_description=f"{settings.service_name} answers one request in a hundred late; deployments are rolled back",
        comparison_operator="GreaterThanThreshold",
        threshold=wanted.latency_p99_seconds,
        evaluation_periods=wanted.evaluation_periods,
        datapoints_to_alarm=wanted.datapoints_to_alarm,
        treat_missing_data="notBreaching",
        # A percentile of a handful of requests is one slow request.
        evaluate_low_sample_count_percentiles="ignore",
        namespace="AWS/ApplicationELB",
        metric_name="TargetResponseTime",
        extended_statistic="p99",
        period=wanted.period_seconds,
        dimensions=dimensions,
        tags=settings.tags,
        opts=opts,
    )
