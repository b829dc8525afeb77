"""The metrics of AWS/Lambda and AWS/SQS: values by the minute, for alarms, and in moto's CloudWatch for whoever asks.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

LAMBDA, SQS = "AWS/Lambda", "AWS/SQS"
_MINUTE = 60
_KEPT_MINUTES = 24 * 60
_SHOWN = 20_000
"""How many values moto's CloudWatch keeps of a region: it looks through all of them for each question."""
_UNITS = {"Duration": "Milliseconds", "ApproximateAgeOfOldestMessage": "Seconds"}


@dataclass(frozen=True)
class Metric:
    """A metric of an account and region; dimensions in the order of their names."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


class Metrics:
    """Every value that was told, for a day. Whoever uses it holds the simulation's lock."""

    def __init__(self) -> None:
        self._values: dict[Metric, dict[int, list[float]]] = {}

    def tell(self, metric: Metric, value: float, at: datetime) -> None:
        """Take note of a value."""
        minutes = self._values.setdefault(metric, {})
        minute = int(at.timestamp()) // _MINUTE
        minutes.setdefault(minute, []).append(value)
        if len(minutes) > _KEPT_MINUTES:
            del minutes[min(minutes)]
        _show(metric, value, at)

    def values(self, metric: Metric, until: datetime, seconds: int) -> list[float]:
        """Return the values of the minutes that end at `until`."""
        last = int(until.timestamp()) // _MINUTE
        minutes = self._values.get(metric, {})
        return [value for minute in range(last - seconds // _MINUTE, last) for value in minutes.get(minute, ())]


def statistic(name: str, values: Sequence[float]) -> float | None:
    """Return `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount` or `p90` of values; None where there are none."""
    if not values:
        return None
    if name[:1] == "p":
        return _percentile(values, float(name[1:]))
    return float(_STATISTICS[name](values))


def _percentile(values: Sequence[float], percent: float) -> float:
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


_STATISTICS: Mapping[str, Any] = {
    "Sum": sum,
    "Average": statistics.fmean,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
}


def _show(metric: Metric, value: float, at: datetime) -> None:
    from moto.cloudwatch.models import MetricDatum, cloudwatch_backends

    data = cloudwatch_backends[metric.account][metric.region].metric_data
    dimensions = [{"Name": name, "Value": each} for name, each in metric.dimensions]
    minute = at.astimezone(UTC).replace(tzinfo=None)
    minute -= timedelta(seconds=minute.second, microseconds=minute.microsecond)
    unit = _UNITS.get(metric.name, "Count")
    data.append(MetricDatum(metric.namespace, metric.name, value, dimensions, minute, unit))
    if len(data) > _SHOWN:
        del data[: _SHOWN // 10]
