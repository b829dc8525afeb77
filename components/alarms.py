"""The alarms that roll back a deployment which starts, but serves badly; made before the service that names them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input

from .reading import when_known
from .settings import Settings

_NAMESPACE = "AWS/ApplicationELB"


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


@dataclass(frozen=True)
class Watched:
    """What the alarms look at: suffixes of ARNs, as CloudWatch's dimensions want them; a target group by its ending."""

    load_balancer: Input[str]
    target_groups: Mapping[str, Input[str]]


def make(
    name: str, settings: Settings, watched: Watched, topic_arn: Input[str], opts: pulumi.ResourceOptions
) -> DeploymentAlarms:
    """Make the alarms for each target group: of two, the one with few requests is not lost in the other's.

    They measure how requests are answered, not how many tasks run: that dips in every deployment. Too few datapoints,
    as at night or before the first request, are no reason to roll back (`notBreaching`).
    """
    resources: list[pulumi.Resource] = []
    own: list[str] = []
    for ending, target_group in watched.target_groups.items():
        dimensions = {"LoadBalancer": watched.load_balancer, "TargetGroup": target_group}
        alarm = _Alarm(name, settings, ending, dimensions, topic_arn, opts)
        made = {"http-5xx-rate": alarm.error_rate(), "latency-p99": alarm.latency()}
        if settings.deployment_alarms.unhealthy_host_count is not None:
            made["unhealthy-hosts"] = alarm.unhealthy_hosts(settings.deployment_alarms.unhealthy_host_count)
        resources += made.values()
        own += [alarm_name(settings, what + ending) for what in made]
    return DeploymentAlarms(resources, _with_extra(own, settings))


def only_extra(settings: Settings) -> DeploymentAlarms:
    """Return the alarms of a service without a load balancer: those that the program names."""
    return DeploymentAlarms([], _with_extra([], settings))


def _with_extra(own: list[str], settings: Settings) -> Input[Sequence[Input[str]]]:
    def together(extra: list[str]) -> list[str]:
        return [*own, *(name for name in extra if name not in own)]

    return when_known(together, extra=settings.deployment_alarms.extra_alarm_names)


class _Alarm:
    """Makes the alarms of one target group."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        ending: str,
        dimensions: dict[str, Input[str]],
        topic_arn: Input[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        self._name = name
        self._settings = settings
        self._ending = ending
        self._dimensions = dimensions
        self._topic_arn = topic_arn
        self._opts = opts

    def error_rate(self) -> aws.cloudwatch.MetricAlarm:
        """Make the alarm for the share of failed requests."""
        wanted = self._settings.deployment_alarms
        return self._make(
            "http-5xx-rate",
            "answers too many requests with 5xx; deployments are rolled back",
            threshold=wanted.http_5xx_rate_percent,
            evaluation_periods=wanted.evaluation_periods,
            datapoints_to_alarm=wanted.datapoints_to_alarm,
            metric_queries=[
                self._count("errors", "HTTPCode_Target_5XX_Count"),
                self._count("requests", "RequestCount"),
                {
                    "id": "rate",
                    "expression": when_known(error_rate, min_requests=wanted.min_requests),
                    "label": "5xx responses in percent",
                    "return_data": True,
                },
            ],
        )

    def latency(self) -> aws.cloudwatch.MetricAlarm:
        """Make the alarm for slow answers."""
        wanted = self._settings.deployment_alarms
        return self._make(
            "latency-p99",
            "answers one request in a hundred late; deployments are rolled back",
            threshold=wanted.latency_p99_seconds,
            evaluation_periods=wanted.evaluation_periods,
            datapoints_to_alarm=wanted.datapoints_to_alarm,
            # A percentile of a handful of requests is one slow request.
            evaluate_low_sample_count_percentiles="ignore",
            namespace=_NAMESPACE,
            metric_name="TargetResponseTime",
            extended_statistic="p99",
            period=wanted.period_seconds,
            dimensions=self._dimensions,
        )

    def unhealthy_hosts(self, count: Input[int]) -> aws.cloudwatch.MetricAlarm:
        """Make the alarm for targets that are unhealthy for five minutes without a break: no deployment needs that."""
        return self._make(
            "unhealthy-hosts",
            "has targets that stay unhealthy; deployments are rolled back",
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=count,
            evaluation_periods=5,
            datapoints_to_alarm=5,
            namespace=_NAMESPACE,
            metric_name="UnHealthyHostCount",
            statistic="Maximum",
            period=60,
            dimensions=self._dimensions,
        )

    def _count(self, query: str, metric: str) -> aws.cloudwatch.MetricAlarmMetricQueryArgsDict:
        return {
            "id": query,
            "metric": {
                "namespace": _NAMESPACE,
                "metric_name": metric,
                "dimensions": self._dimensions,
                "period": self._settings.deployment_alarms.period_seconds,
                "stat": "Sum",
            },
            "return_data": False,
        }

    def _make(self, what: str, description: str, **figures: Any) -> aws.cloudwatch.MetricAlarm:
        return aws.cloudwatch.MetricAlarm(
            f"{self._name}-{what}{self._ending}",
            name=alarm_name(self._settings, what + self._ending),
            alarm_description=f"{self._settings.service_name} {description}",
            treat_missing_data="notBreaching",
            # People hear of it too: a rollback is no reason to look away.
            alarm_actions=[self._topic_arn],
            tags=self._settings.tags,
            region=self._settings.region,
            opts=self._opts,
            **({"comparison_operator": "GreaterThanThreshold"} | figures),
        )
