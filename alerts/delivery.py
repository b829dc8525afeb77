"""From ECS to the function: rules on the account's event bus, the queue, and the queue of what could not be done."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Output

from alerts import policies
from alerts.arguments import Settings
from alerts.patterns import PATTERNS, WATCHED

_HOUR = 3600
_DAY = 24 * _HOUR
RECEIVES = 5
"""How often a message is tried: AWS advises 5 at least, so that a throttled poll does not cost it its life.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""


@dataclass(frozen=True)
class Delivery:
    """What the events travel through."""

    queue: aws.sqs.Queue
    dead_letters: aws.sqs.Queue
    watch_queue: aws.sqs.Queue | None
    rule_names: list[Output[str]]


def make(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> Delivery:
    """Make the rules, the queues that they alone may fill, and then let them."""
    rules = _rules(name, settings, PATTERNS, opts)
    watched = _rules(name, settings, WATCHED if settings.watch_queue else {}, opts)
    maker = _Queues(name, settings, opts)
    dead_letters = maker.dead_letters({**rules, **watched})
    queue = maker.queue(rules, dead_letters)
    watch_queue = maker.watch_queue(watched) if watched else None
    # Without its policy a queue refuses the first event.
    ordered = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=maker.policies))
    for suffix, rule in {**rules, **watched}.items():
        target = watch_queue if watch_queue and suffix in watched else queue
        aws.cloudwatch.EventTarget(
            f"{name}-{suffix}-target",
            rule=rule.name,
            arn=target.arn,
            # An event that cannot be delivered within a day is kept for two weeks, and is not lost without a word.
            dead_letter_config={"arn": dead_letters.arn},
            retry_policy={"maximum_event_age_in_seconds": _DAY, "maximum_retry_attempts": 185},
            opts=ordered,
        )
    return Delivery(queue, dead_letters, watch_queue, [rule.name for rule in rules.values()])


Rules = Mapping[str, aws.cloudwatch.EventRule]


def _rules(
    name: str, settings: Settings, patterns: Mapping[str, Mapping[str, Any]], opts: pulumi.ResourceOptions
) -> Rules:
    return {
        suffix: aws.cloudwatch.EventRule(
            f"{name}-{suffix}",
            name=f"{settings.alerts_name}-{suffix}",
            description=f"Events for {settings.alerts_name}: {suffix}",
            event_pattern=json.dumps(pattern, sort_keys=True),
            state="ENABLED",
            tags=settings.tags,
            opts=opts,
        )
        for suffix, pattern in patterns.items()
    }


class _Queues:
    """Makes the queues of one component, each with its policy."""

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions) -> None:
        self._name, self._settings, self._opts = name, settings, opts
        self.policies: list[pulumi.Resource] = []

    def dead_letters(self, rules: Rules) -> aws.sqs.Queue:
        """Make the queue of what could not be delivered or handled; it is kept as long as SQS keeps anything."""
        return self._make("dead-letters", rules, retention=14 * _DAY, visibility=30)

    def queue(self, rules: Rules, dead_letters: aws.sqs.Queue) -> aws.sqs.Queue:
        """Make the queue that the function is fed from."""
        redrive = dead_letters.arn.apply(
            lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": RECEIVES}, sort_keys=True)
        )
        # Six times the function's timeout, as AWS advises, so that no batch comes again while it is being handled.
        visibility = 6 * self._settings.timeout_seconds
        made = self._make("queue", rules, retention=4 * _DAY, visibility=visibility, redrive=redrive)
        allowed = made.arn.apply(
            lambda arn: json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]}, sort_keys=True)
        )
        aws.sqs.RedriveAllowPolicy(
            f"{self._name}-redrive", queue_url=dead_letters.url, redrive_allow_policy=allowed, opts=self._opts
        )
        return made

    def watch_queue(self, rules: Rules) -> aws.sqs.Queue:
        """Make the queue of `watch --fleet`: what nobody has read for an hour is no news any more."""
        return self._make("watch", rules, retention=_HOUR, visibility=30)

    def _make(
        self, suffix: str, rules: Rules, *, retention: int, visibility: int, redrive: Output[str] | None = None
    ) -> aws.sqs.Queue:
        ending = "" if suffix == "queue" else f"-{suffix}"
        made = aws.sqs.Queue(
            f"{self._name}-{suffix}",
            name=f"{self._settings.alerts_name}{ending}",
            message_retention_seconds=retention,
            visibility_timeout_seconds=visibility,
            redrive_policy=redrive,
            # SQS's own keys: EventBridge may not use AWS's key for SQS, and a key of ours would add nothing here.
            sqs_managed_sse_enabled=True,
            tags=self._settings.tags,
            opts=self._opts,
        )
        known = Output.all(queue=made.arn, rules=[rule.arn for rule in rules.values()])
        policy = aws.sqs.QueuePolicy(
            f"{self._name}-{suffix}-policy",
            queue_url=made.url,
            policy=known.apply(lambda found: json.dumps(policies.queue(found["queue"], found["rules"]))),
            opts=self._opts,
        )
        self.policies.append(policy)
        return made
