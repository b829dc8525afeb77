"""Who watches the watcher: the alarms about the function and its queues, their topic, and the key of both."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from alerts import policies
from alerts.arguments import Settings
from alerts.policies import Place

OLD = 600
"""Seconds after which the oldest message is late: longer than one redelivery takes."""


@dataclass(frozen=True)
class Alarm:
    """One alarm: the metric, what it is about, and from when on it rings."""

    suffix: str
    says: str
    namespace: str
    metric: str
    statistic: str
    over: int = 0
    periods: int = 1


ABOUT_FUNCTION = (
    Alarm("errors", "fails or runs out of time", "AWS/Lambda", "Errors", "Sum"),
    # Its queue asks for no more than is reserved for it, so a throttle means that somebody took that away.
    Alarm("throttles", "is not let run", "AWS/Lambda", "Throttles", "Sum", periods=3),
)
LATE = Alarm(
    "late", "leaves events waiting", "AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", over=OLD, periods=3
)
LOST = Alarm("dead-letters", "could not handle events", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum")


def make_key(name: str, settings: Settings, place: Output[Place], opts: pulumi.ResourceOptions) -> Input[str] | None:
    """Return the ARN of the key of log and topic: the given one, a new one that is renewed each year, or none."""
    if not settings.create_kms_key:
        return settings.kms_key_arn
    key = aws.kms.Key(
        f"{name}-key",
        description=f"Log and alarms of {settings.alerts_name}",
        policy=place.apply(lambda known: json.dumps(policies.key(known, settings.log_group_name))),
        enable_key_rotation=True,
        deletion_window_in_days=30,
        tags=settings.tags,
        opts=opts,
    )
    aws.kms.Alias(f"{name}-key-alias", name=f"alias/{settings.alerts_name}", target_key_id=key.key_id, opts=opts)
    return key.arn


def make_topic(
    name: str, settings: Settings, place: Output[Place], key_arn: Input[str] | None, opts: pulumi.ResourceOptions
) -> Input[str]:
    """Return the ARN of the topic of the alarms: the given one, or a new one."""
    if settings.alarm_topic_arn is not None:
        return settings.alarm_topic_arn
    topic = aws.sns.Topic(
        f"{name}-alarms",
        name=f"{settings.alerts_name}-alarms",
        display_name=f"Alarms of {settings.alerts_name}",
        kms_master_key_id=key_arn,  # through AWS's own key for SNS CloudWatch cannot publish
        tags=settings.tags,
        opts=opts,
    )
    known = Output.all(place=place, topic=topic.arn)
    aws.sns.TopicPolicy(
        f"{name}-alarms-policy",
        arn=topic.arn,
        policy=known.apply(lambda found: json.dumps(policies.topic(found["place"], found["topic"]))),
        opts=opts,
    )
    for index, address in enumerate(settings.alarm_emails):
        aws.sns.TopicSubscription(
            f"{name}-alarms-email-{index}", topic=topic.arn, protocol="email", endpoint=address, opts=opts
        )
    return topic.arn


def make(
    name: str,
    settings: Settings,
    topic_arn: Input[str],
    queues: tuple[Input[str], Input[str]],
    opts: pulumi.ResourceOptions,
) -> list[str]:
    """Make the alarms and return their names; `queues` are the names of the queue and of that of the dead letters."""
    queue, dead_letters = queues
    about: list[tuple[Alarm, dict[str, Any]]] = [
        *((alarm, {"FunctionName": settings.alerts_name}) for alarm in ABOUT_FUNCTION),
        (LATE, {"QueueName": queue}),
        (LOST, {"QueueName": dead_letters}),
    ]
    names = []
    for alarm, dimensions in about:
        names.append(f"{settings.alerts_name}/{alarm.suffix}")
        aws.cloudwatch.MetricAlarm(
            f"{name}-{alarm.suffix}",
            name=names[-1],
            alarm_description=f"{settings.alerts_name} {alarm.says}: failed deployments may go unexplained",
            namespace=alarm.namespace,
            metric_name=alarm.metric,
            statistic=alarm.statistic,
            dimensions=dimensions,
            comparison_operator="GreaterThanThreshold",
            threshold=alarm.over,
            period=60,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.periods,
            # A quiet account has no failures to explain, and therefore no datapoints.
            treat_missing_data="notBreaching",
            alarm_actions=[topic_arn],
            tags=settings.tags,
            opts=opts,
        )
    return names
