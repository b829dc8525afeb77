"""CloudWatch's alarms on the metrics that the sandbox has: they go off, recover, and tell their topics and EventBridge.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html. An alarm on another metric, or on
an expression, stays as SetAlarmState left it. No more than the evaluation periods are looked at; where values are
missing, CloudWatch looks at a few more.
"""

import json
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from sandbox.callers.held import resource_policy
from sandbox.ecs.iam import lets_service
from sandbox.events.buses import Buses, iso
from sandbox.metrics import LAMBDA, SQS, Metric, Metrics, statistic
from sandbox.queues import oldest_seconds
from sandbox.simulation import Simulation
from sandbox.timings import Timings

_LOG = logging.getLogger("sandbox.alarms")
_SERVICE = "cloudwatch.amazonaws.com"
_MINUTE = 60
_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
_WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
_ALARM, _OK, _UNKNOWN = "ALARM", "OK", "INSUFFICIENT_DATA"


class Alarms:
    """The alarms of every account and region: looked at once a minute, where there are any.

    Args:
        simulation: its lock is held by whoever uses this.
        timings: `alarm_evaluation` is how long after a minute its alarms are evaluated.
        metrics: what they are on.
        buses: are told of changes.
    """

    def __init__(self, simulation: Simulation, timings: Timings, metrics: Metrics, buses: Buses) -> None:
        self._simulation = simulation
        self._random = Random("alarms")  # noqa: S311 - a simulation wants to be repeatable
        self._timings = timings
        self._metrics = metrics
        self._buses = buses
        self._looking: set[tuple[str, str]] = set()

    def install(self) -> Callable[[], None]:
        """Have moto tell of alarms that are put, in this process; return what undoes it."""
        from moto.cloudwatch.models import CloudWatchBackend

        put_metric_alarm = CloudWatchBackend.put_metric_alarm

        def put(backend: Any, name: str, *given: Any, **named: Any) -> Any:
            before = backend.alarms.get(name)
            alarm = put_metric_alarm(backend, name, *given, **named)
            if _is_ours(alarm):
                with self._simulation.lock:
                    self._put(backend, alarm, before)
            return alarm

        CloudWatchBackend.put_metric_alarm = put

        def undo() -> None:
            CloudWatchBackend.put_metric_alarm = put_metric_alarm

        return undo

    def _put(self, backend: Any, alarm: Any, before: Any | None) -> None:
        """A new alarm knows nothing yet; one that is put again keeps its state. moto has both be OK."""
        if before is None:
            alarm.state_value = _UNKNOWN
        else:
            alarm.state_value, alarm.state_reason = before.state_value, before.state_reason
            alarm.state_updated_timestamp, alarm.history = before.state_updated_timestamp, before.history
        place = (backend.account_id, backend.region_name)
        if place not in self._looking:
            self._looking.add(place)
            self._look_later(*place)

    def _look_later(self, account: str, region: str) -> None:
        now = self._simulation.now.timestamp()
        wait = _MINUTE - now % _MINUTE + self._timings.draw("alarm_evaluation", f"{account} {region}")
        self._simulation.schedule(wait, partial(self._look, account, region))

    def _look(self, account: str, region: str) -> None:
        from moto.cloudwatch.models import cloudwatch_backends

        alarms = [each for each in list(cloudwatch_backends[account][region].alarms.values()) if _is_ours(each)]
        if not alarms:
            self._looking.discard((account, region))
            return
        now = self._simulation.now
        minute = now - timedelta(seconds=now.second, microseconds=now.microsecond)
        for name in sorted({each.value for alarm in alarms if alarm.namespace == SQS for each in alarm.dimensions}):
            self._measure(account, region, name, minute - timedelta(seconds=1))
        for alarm in alarms:
            try:
                self._evaluate(alarm, account, region, minute)
            except Exception:  # noqa: BLE001 - one alarm that cannot be evaluated must not silence the others
                _LOG.warning("alarm %s cannot be evaluated", alarm.name, exc_info=True)
        self._look_later(account, region)

    def _measure(self, account: str, region: str, queue_name: str, at: datetime) -> None:
        """Tell of a queue as it is. SQS does so of every queue that is in use; here of those that an alarm is on."""
        from moto.sqs.models import sqs_backends

        queue = sqs_backends[account][region].queues.get(queue_name)
        if queue is None:
            return
        told = {
            "ApproximateNumberOfMessagesVisible": float(queue.approximate_number_of_messages),
            "ApproximateNumberOfMessagesNotVisible": float(queue.approximate_number_of_messages_not_visible),
            "ApproximateNumberOfMessagesDelayed": float(queue.approximate_number_of_messages_delayed),
            "ApproximateAgeOfOldestMessage": oldest_seconds(queue, self._simulation.now),
        }
        for name, value in told.items():
            self._metrics.tell(Metric(account, region, SQS, name, (("QueueName", queue_name),)), value, at)

    def _evaluate(self, alarm: Any, account: str, region: str, until: datetime) -> None:
        dimensions = tuple(sorted((each.name, each.value) for each in alarm.dimensions))
        metric = Metric(account, region, alarm.namespace, alarm.metric_name, dimensions)
        period, periods = int(alarm.period), int(alarm.evaluation_periods)
        wanted = alarm.statistic or alarm.extended_statistic
        points = [
            statistic(wanted, self._metrics.values(metric, until - timedelta(seconds=period * back), period))
            for back in range(periods)
        ]
        state, reason = judge(
            points,
            alarm.comparison_operator,
            float(alarm.threshold),
            int(alarm.datapoints_to_alarm or periods),
            alarm.treat_missing_data or "missing",
        )
        if state is not None and state != alarm.state_value:
            self._change(alarm, account, region, state, reason)

    def _change(self, alarm: Any, account: str, region: str, state: str, reason: str) -> None:
        before = alarm.state_value
        alarm.update_state(reason, "{}", state)
        alarm.state_updated_timestamp = self._simulation.now.replace(tzinfo=None)
        _LOG.info("alarm %s: %s -> %s: %s", alarm.name, before, state, reason)
        self._buses.put(account, region, self._event(alarm, account, region, before))
        if not alarm.actions_enabled:
            return
        chosen = {_ALARM: alarm.alarm_actions, _OK: alarm.ok_actions, _UNKNOWN: alarm.insufficient_data_actions}
        for arn in chosen[state] or []:
            if arn.split(":")[2:3] == ["sns"]:
                self._publish(arn, alarm, account, json.dumps(self._message(alarm, account, region, before)))
            else:
                _LOG.warning("alarm %s: the sandbox has no such action: %s", alarm.name, arn)

    def _publish(self, arn: str, alarm: Any, account: str, message: str) -> None:
        from moto.sns.models import sns_backends

        _, _, _, region, owner, _ = arn.split(":", 5)
        policy = resource_policy(arn)
        context = {
            "aws:SourceArn": alarm.alarm_arn,
            "aws:SourceAccount": account,
            "aws:SourceOwner": account,
        }
        if policy is None or not lets_service(policy, _SERVICE, "sns:Publish", arn, context):
            _LOG.warning("alarm %s: %s is not authorized to publish to %s", alarm.name, _SERVICE, arn)
            return
        subject = f'{alarm.state_value}: "{alarm.name}" in {region}'
        sns_backends[owner][region].publish(message, arn=arn, subject=subject[:99])

    def _message(self, alarm: Any, account: str, region: str, before: str) -> dict[str, Any]:
        """Return what a topic is told.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
        """
        return {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": account,
            "NewStateValue": alarm.state_value,
            "NewStateReason": alarm.state_reason,
            "StateChangeTime": self._simulation.now.isoformat(timespec="milliseconds").replace("+00:00", "+0000"),
            "Region": region,
            "AlarmArn": alarm.alarm_arn,
            "OldStateValue": before,
            "OKActions": alarm.ok_actions or [],
            "AlarmActions": alarm.alarm_actions or [],
            "InsufficientDataActions": alarm.insufficient_data_actions or [],
            "Trigger": {
                "MetricName": alarm.metric_name,
                "Namespace": alarm.namespace,
                "StatisticType": "Statistic",
                "Statistic": str(alarm.statistic or alarm.extended_statistic).upper(),
                "Dimensions": [{"value": each.value, "name": each.name} for each in alarm.dimensions],
                "Period": int(alarm.period),
                "EvaluationPeriods": int(alarm.evaluation_periods),
                "ComparisonOperator": alarm.comparison_operator,
                "Threshold": float(alarm.threshold),
                "TreatMissingData": alarm.treat_missing_data or "missing",
            },
        }

    def _event(self, alarm: Any, account: str, region: str, before: str) -> dict[str, Any]:
        """Return what EventBridge is told.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
        """
        at = self._simulation.now
        return {
            "version": "0",
            "id": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "detail-type": "CloudWatch Alarm State Change",
            "source": "aws.cloudwatch",
            "account": account,
            "time": iso(at),
            "region": region,
            "resources": [alarm.alarm_arn],
            "detail": {
                "alarmName": alarm.name,
                "state": {"value": alarm.state_value, "reason": alarm.state_reason, "timestamp": iso(at)},
                "previousState": {"value": before},
            },
        }


def judge(
    points: Sequence[float | None], operator: str, threshold: float, needed: int, missing: str
) -> tuple[str | None, str]:
    """Return the state of an alarm and why; None where it stays what it is.

    Args:
        points: of its evaluation periods, the newest first; None where there was no value.
        operator: CloudWatch's name of the comparison.
        threshold: what is compared with.
        needed: how many points have to breach.
        missing: what a missing point counts as: `missing`, `ignore`, `breaching` or `notBreaching`.
    """
    present = [each for each in points if each is not None]
    breaching = sum(_BREACHES[operator](each, threshold) for each in present)
    absent = len(points) - len(present)
    if absent == len(points) and missing == "ignore":
        return None, ""
    if absent == len(points) and missing == "missing":
        return _UNKNOWN, f"Insufficient Data: {absent} datapoints were unknown."
    if missing == "breaching":
        breaching += absent
    what = f"{len(present)} datapoint{'s' * (len(present) != 1)} [{', '.join(f'{each:g}' for each in present)}]"
    said = f"{_WORDS[operator]} the threshold ({threshold:g})"
    if breaching >= needed:
        return _ALARM, f"Threshold Crossed: {what} {'was' if len(present) == 1 else 'were'} {said}."
    return _OK, f"Threshold Crossed: {what} {'was' if len(present) == 1 else 'were'} not {said}."


def _is_ours(alarm: Any) -> bool:
    return alarm.namespace in {LAMBDA, SQS} and alarm.comparison_operator in _BREACHES and not alarm.metric_data_queries
