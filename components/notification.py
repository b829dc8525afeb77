"""Who is told of a failed deployment: EventBridge rules for the service's own events, a topic, a queue for the rest."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from . import resource_policies
from .policies import Surroundings
from .settings import Settings

_LONGEST_PREFIX = 38  # EventBridge's 64 characters, without the 26 that the provider appends
_TWO_WEEKS = 14 * 24 * 3600
_ONE_DAY = 24 * 3600
_ROLLBACK = "*rolling back*"
"""In the reason of an event that begins a rollback: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html"""


@dataclass(frozen=True)
class Notification:
    """Where news goes."""

    topic_arn: Input[str]
    rule_arn: Output[str]
    dead_letter_queue_url: Output[str]
    resources: list[pulumi.Resource]
    """What must be there before the first deployment."""


def patterns(settings: Settings, service_arn: str) -> dict[str, Mapping[str, Any]]:
    """Return the event patterns by what their rules are called; each is limited to this service.

    ECS has no event of its own for a rollback: it is an ordinary deployment whose reason says so. The event of a pause
    names the service in its detail, and the service deployment as its resource:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_hook_state_change_events.html
    """
    wanted = set(settings.notification_event_names)
    rollbacks = "SERVICE_DEPLOYMENT_IN_PROGRESS"
    of_deployments = {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Deployment State Change"],
        "resources": [service_arn],
    }
    found: dict[str, Mapping[str, Any]] = {
        "deployments": {**of_deployments, "detail": {"eventName": sorted(wanted - {rollbacks})}}
    }
    if rollbacks in wanted:
        detail = {"eventName": [rollbacks], "reason": [{"wildcard": _ROLLBACK}]}
        found["rollbacks"] = {**of_deployments, "detail": detail}
    if any(hook.target_type == "PAUSE" for hook in settings.deployment.lifecycle_hooks):
        found["hooks"] = {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Hook State Change"],
            "detail": {"eventName": ["HOOK_AWAITING_ACTION"], "serviceArn": [service_arn]},
        }
    return found


def _event_pattern(settings: Settings, suffix: str, known: Surroundings) -> str:
    service_arn = known.arn("ecs", f"service/{settings.cluster_name}/{settings.service_name}")
    return json.dumps(patterns(settings, service_arn)[suffix], sort_keys=True)


def make(
    name: str,
    settings: Settings,
    surroundings: Output[Surroundings],
    key_arn: Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> Notification:
    """Make the topic unless one is given, the rules, and the queue of events that could not be delivered."""
    rules = {
        suffix: aws.cloudwatch.EventRule(
            f"{name}-{suffix}",
            name_prefix=f"{settings.service_name[: _LONGEST_PREFIX - len(suffix) - 2]}-{suffix}-",
            description=f"Events of the ECS service {settings.service_name}: {suffix}",
            event_pattern=surroundings.apply(partial(_event_pattern, settings, suffix)),
            state="ENABLED",
            tags=settings.tags,
            region=settings.region,
            opts=opts,
        )
        for suffix in patterns(settings, "")
    }
    rule_arns = Output.all(*(rule.arn for rule in rules.values()))
    queue, queue_policy = _dead_letter_queue(name, settings, rule_arns, opts)
    topic_arn, topic_policy = _topic(name, settings, surroundings, key_arn, rule_arns, opts)
    for index, address in enumerate(settings.notification_emails):
        aws.sns.TopicSubscription(
            f"{name}-email-{index}",
            topic=topic_arn,
            protocol="email",
            endpoint=address,
            region=settings.region,
            opts=opts,
        )
    # Without the policies the first event would be refused.
    ordered = pulumi.ResourceOptions.merge(
        opts, pulumi.ResourceOptions(depends_on=[queue_policy, *([topic_policy] if topic_policy else [])])
    )
    targets: list[pulumi.Resource] = []
    for suffix, rule in rules.items():
        words = _words(settings, suffix)
        targets.append(_target(f"{name}-{suffix}-to-topic", rule, topic_arn, settings.region, queue, ordered, words))
        if (arn := settings.notification_queue_arn) is not None:
            targets.append(_target(f"{name}-{suffix}-to-queue", rule, arn, settings.region, queue, ordered))
    return Notification(topic_arn, rules["deployments"].arn, queue.url, targets)


def _target(
    resource: str,
    rule: aws.cloudwatch.EventRule,
    arn: Input[str],
    region: Input[str] | None,
    undelivered: aws.sqs.Queue,
    opts: pulumi.ResourceOptions,
    words: aws.cloudwatch.EventTargetInputTransformerArgsDict | None = None,
) -> pulumi.Resource:
    return aws.cloudwatch.EventTarget(
        resource,
        rule=rule.name,
        arn=arn,
        input_transformer=words,
        # An event that cannot be delivered within a day is kept for two weeks, and is not lost without a word.
        dead_letter_config={"arn": undelivered.arn},
        retry_policy={"maximum_event_age_in_seconds": _ONE_DAY, "maximum_retry_attempts": 185},
        region=region,
        opts=opts,
    )


def _words(settings: Settings, suffix: str) -> aws.cloudwatch.EventTargetInputTransformerArgsDict:
    """Return how an event reads in a mail."""
    what = f"ECS service {settings.service_name} in cluster {settings.cluster_name}: <event> at <time>."
    paths = {"event": "$.detail.eventName", "time": "$.time"}
    if suffix == "hooks":
        paths |= {"stage": "$.detail.lifecycleStage", "hook": "$.detail.hookId", "deployment": "$.resources[0]"}
        answer = "aws ecs continue-service-deployment --service-deployment-arn <deployment> --hook-id <hook> --action"
        return {
            "input_paths": paths,
            "input_template": f'"{what}"\n"It waits at <stage>: {answer} CONTINUE, or ROLLBACK."',
        }
    return {"input_paths": {**paths, "reason": "$.detail.reason"}, "input_template": f'"{what}"\n"<reason>"'}


def _dead_letter_queue(
    name: str, settings: Settings, rule_arns: Output[list[str]], opts: pulumi.ResourceOptions
) -> tuple[aws.sqs.Queue, pulumi.Resource]:
    queue = aws.sqs.Queue(
        f"{name}-dead-letter-queue",
        name_prefix=f"{settings.service_name[:40]}-undelivered-",
        message_retention_seconds=_TWO_WEEKS,
        sqs_managed_sse_enabled=True,
        tags=settings.tags,
        region=settings.region,
        opts=opts,
    )
    allowed = Output.all(queue=queue.arn, rules=rule_arns)
    policy = aws.sqs.QueuePolicy(
        f"{name}-dead-letter-queue-policy",
        queue_url=queue.url,
        policy=allowed.apply(lambda known: json.dumps(resource_policies.queue(known["queue"], known["rules"]))),
        region=settings.region,
        opts=opts,
    )
    return queue, policy


def _topic(
    name: str,
    settings: Settings,
    surroundings: Output[Surroundings],
    key_arn: Input[str] | None,
    rule_arns: Output[list[str]],
    opts: pulumi.ResourceOptions,
) -> tuple[Input[str], pulumi.Resource | None]:
    """Return the given topic, which has a policy already, or make one with its policy."""
    if settings.notification_topic_arn is not None:
        return settings.notification_topic_arn, None
    topic = aws.sns.Topic(
        f"{name}-topic",
        name_prefix=f"{settings.service_name[:200]}-deployments-",
        display_name=f"ECS {settings.service_name}"[:100],
        kms_master_key_id=key_arn,
        tags=settings.tags,
        region=settings.region,
        opts=opts,
    )
    known = Output.all(surroundings=surroundings, topic=topic.arn, rules=rule_arns)
    policy = aws.sns.TopicPolicy(
        f"{name}-topic-policy",
        arn=topic.arn,
        policy=known.apply(
            lambda found: json.dumps(resource_policies.topic(found["surroundings"], found["topic"], found["rules"]))
        ),
        region=settings.region,
        opts=opts,
    )
    return topic.arn, policy
