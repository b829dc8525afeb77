"""Controls over alarms, the event rule of deployments, and what their messages travel through."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from .model import Control, Fault, Level, MalformedError, Node, NotKnownError, Resource, Stack
from .policies import conditions, only_by_tls, open_to_all, principals, statements
from .types import ALARM, EVENT_RULE, EVENT_TARGET, KEY, QUEUE, QUEUE_POLICY, SERVICE, TOPIC, TOPIC_POLICY

DEPLOYMENT_EVENTS = "ECS Deployment State Change"
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html"""
_SENDERS = {"events.amazonaws.com", "cloudwatch.amazonaws.com"}


def _heard(alarm: Resource, _stack: Stack) -> Iterator[Fault]:
    if not alarm["alarmActions"].items:
        yield Fault("alarmActions", "are empty: nobody hears it")
    if alarm["actionsEnabled"].known is False:
        yield Fault("actionsEnabled", "is false")


def _pattern(rule: Resource) -> Node:
    return rule["eventPattern"].json


def _about_deployments(rule: Resource) -> bool:
    try:
        return DEPLOYMENT_EVENTS in _pattern(rule)["detail-type"].texts
    except MalformedError:
        return False


def _deployment_rules(stack: Stack) -> list[Resource]:
    return [rule for rule in stack.need(EVENT_RULE) if _about_deployments(rule)]


def _announced(service: Resource, stack: Stack) -> Iterator[Fault]:
    rules = _deployment_rules(stack)
    if not rules:
        if EVENT_RULE not in stack.whole:
            raise NotKnownError("EventRule")
        yield Fault("", f"no event rule matches `{DEPLOYMENT_EVENTS}`: nobody is told of a failed deployment")
        return
    # One rule for this service and no other, that is on, is enough.
    problems = [list(_wrong_with(rule, service)) for rule in rules]
    if all(problems):
        yield from problems[0]


def _wrong_with(rule: Resource, service: Resource) -> Iterator[Fault]:
    place = f"event rule {rule.name}"
    if rule["state"].text.startswith("DISABLED"):
        yield Fault(f"{place}, state", f"is {rule['state'].text}")
    resources = _pattern(rule)["resources"].items
    if not resources:
        yield Fault(f"{place}, eventPattern.resources", "is not limited to this service")
    elif not any(_matches(each, service) for each in resources):
        yield Fault(f"{place}, eventPattern.resources", "does not name this service")


def _matches(wanted: Node, service: Resource) -> bool:
    ending = f"/{service['name'].text}"
    if isinstance(wanted.known, str):
        return wanted.text.endswith(ending) or wanted.text in service.names
    wild = wanted["wildcard"].text or f"{wanted['prefix'].text}*"
    return any(fnmatchcase(name, wild) for name in service.names) or wild.rstrip("*").endswith(ending)


def _for_deployments(target: Resource, stack: Stack) -> bool:
    """Tell whether a target belongs to a rule of deployments; to be sure, a rule must be known."""
    named = target["rule"]
    rules = stack.need(EVENT_RULE)
    return any(
        _about_deployments(rule) and (rule["name"].text == named.text or rule.is_named_by(named)) for rule in rules
    )


def _survives(target: Resource, _stack: Stack) -> Iterator[Fault]:
    if not target["deadLetterConfig"]["arn"]:
        yield Fault("deadLetterConfig.arn", "is not set: a message that cannot be delivered is gone")
    if not target["retryPolicy"].known:
        yield Fault("retryPolicy", "is not set")


def _lets_failures_through(rule: Resource) -> bool:
    names = _pattern(rule)["detail"]["eventName"].items
    return not names or "SERVICE_DEPLOYMENT_FAILED" in [each.text for each in names if isinstance(each.known, str)]


def _failures_too(rule: Resource, stack: Stack) -> Iterator[Fault]:
    # A second rule may be for rollbacks alone, beside one for failures of the same services.
    beside = (each for each in stack.of(EVENT_RULE) if _about_deployments(each) and _same_services(each, rule))
    if not any(map(_lets_failures_through, beside)):
        yield Fault("eventPattern.detail.eventName", "does not have SERVICE_DEPLOYMENT_FAILED")


def _same_services(one: Resource, other: Resource) -> bool:
    return _pattern(one)["resources"].known == _pattern(other)["resources"].known


def _is_about_deployments(rule: Resource, _stack: Stack) -> bool:
    return _about_deployments(rule)


def _topic_key(topic: Resource, _stack: Stack) -> Iterator[Fault]:
    key = topic["kmsMasterKeyId"]
    if not key:
        yield Fault(key.path, "is not set")
    elif key.text == "alias/aws/sns":
        yield Fault(key.path, "is AWS's own key, through which neither EventBridge nor CloudWatch can publish")


def _topic_closed(policy: Resource, _stack: Stack) -> Iterator[Fault]:
    yield from (Fault("policy", "allows everybody") for _ in open_to_all(policy["policy"]))
    for statement in statements(policy["policy"]):
        services = [who for who in principals(statement) if who.endswith(".amazonaws.com")]
        if other := sorted(set(services) - _SENDERS):
            yield Fault("policy", f"lets {', '.join(other)} publish")
    if not only_by_tls(policy["policy"]):
        yield Fault("policy", "does not deny what comes without TLS")


def _is_dead_letter_queue(queue: Resource, stack: Stack) -> bool:
    arns = [target["deadLetterConfig"]["arn"] for target in stack.of(EVENT_TARGET)]
    arns += [each["redrivePolicy"].json["deadLetterTargetArn"] for each in stack.of(QUEUE) if each["redrivePolicy"]]
    if arns and not any(name.startswith("arn:") for name in queue.names):
        raise NotKnownError("arn")
    return any(queue.is_named_by(arn) for arn in arns)


def _queue(queue: Resource, stack: Stack) -> Iterator[Fault]:
    if not (queue["kmsMasterKeyId"] or queue["sqsManagedSseEnabled"].true):
        yield Fault("sqsManagedSseEnabled", "is not true, and there is no kmsMasterKeyId")
    attached = [each["policy"] for each in stack.of(QUEUE_POLICY) if queue.is_named_by(each["queueUrl"])]
    policies = [*attached, *([queue["policy"]] if queue["policy"] else [])]
    if not policies and QUEUE_POLICY not in stack.whole:
        raise NotKnownError("policy")
    if not any(only_by_tls(policy) for policy in policies):
        yield Fault("policy", "does not deny what comes without TLS")
    for policy in policies:
        yield from (Fault("policy", "allows everybody") for _ in open_to_all(policy))
    if not queue["redrivePolicy"] and not _is_dead_letter_queue(queue, stack):
        yield Fault("redrivePolicy", "is not set: a message that cannot be read is tried until it expires")


def _key(key: Resource, _stack: Stack) -> Iterator[Fault]:
    if not key["enableKeyRotation"].true:
        yield Fault("enableKeyRotation", "is not true")
    if key["isEnabled"].known is False:
        yield Fault("isEnabled", "is false")
    policy = key["policy"]
    yield from (Fault("policy", "allows everybody") for _ in open_to_all(policy))
    for statement in statements(policy):
        who = set(principals(statement))
        sources = {
            name
            for operator in ("StringEquals", "StringLike", "ArnLike", "ArnEquals")
            for name in conditions(statement, operator)
            if name in {"aws:sourcearn", "aws:sourceaccount"}
        }
        if "events.amazonaws.com" in who and sources:
            yield Fault("policy", f"asks EventBridge for {', '.join(sorted(sources))}, which it does not send")
        if "cloudwatch.amazonaws.com" in who and not sources:
            yield Fault("policy", "lets CloudWatch use the key for any account's alarms")


CONTROLS = (
    Control(
        id="ALM-01",
        level=Level.MUST,
        requires="somebody hears every alarm",
        reason="an alarm without an action is a graph",
        instead="alarmActions: [TOPIC], actionsEnabled: true",
        catalogues=(
            "FSBP CloudWatch.15",
            "FSBP CloudWatch.17",
            "CKV_AWS_319",
            "prowler cloudwatch_alarm_actions_enabled",
            "prowler cloudwatch_alarm_actions_alarm_state_configured",
        ),
        types=(ALARM,),
        judge=_heard,
    ),
    Control(
        id="EVT-01",
        level=Level.MUST,
        requires="somebody is told of a failed deployment of this service",
        reason="a rollback leaves a service that works, so that nobody looks",
        instead=f"an event rule for `{DEPLOYMENT_EVENTS}` with the service's ARN in resources",
        types=(SERVICE,),
        judge=_announced,
    ),
    Control(
        id="EVT-02",
        level=Level.MUST,
        requires="a message about a deployment that cannot be delivered is tried again, and kept",
        reason="EventBridge drops it otherwise, without a word",
        instead="deadLetterConfig: {arn: QUEUE}, retryPolicy: {maximumRetryAttempts: 8}",
        types=(EVENT_TARGET,),
        judge=_survives,
        applies=_for_deployments,
    ),
    Control(
        id="EVT-03",
        level=Level.DEFAULT,
        requires="the rule for deployments lets failures through",
        reason="a rollback is visible only in a failed deployment's reason",
        instead="detail: {eventName: [SERVICE_DEPLOYMENT_FAILED, …]}, or no detail",
        types=(EVENT_RULE,),
        judge=_failures_too,
        applies=_is_about_deployments,
    ),
    Control(
        id="SNS-01",
        level=Level.DEFAULT,
        requires="a topic is encrypted with a key that its senders may use",
        reason="what is in a message may be confidential; through AWS's own key nothing arrives",
        instead="kmsMasterKeyId: KEY",
        catalogues=(
            "FSBP SNS.1",
            "CKV_AWS_26",
            "prowler sns_topics_kms_encryption_at_rest_enabled",
            "trivy AWS-0095",
            "trivy AWS-0136",
        ),
        types=(TOPIC,),
        judge=_topic_key,
    ),
    Control(
        id="SNS-02",
        level=Level.MUST,
        requires="only EventBridge and CloudWatch publish to the topic, by TLS",
        reason="whoever may publish can cry wolf",
        instead="principals events and cloudwatch.amazonaws.com, and a Deny for aws:SecureTransport false",
        catalogues=("FSBP SNS.4", "CKV_AWS_169", "CKV_AWS_385", "cdk-nag SNS3"),
        types=(TOPIC_POLICY,),
        judge=_topic_closed,
    ),
    Control(
        id="SQS-01",
        level=Level.DEFAULT,
        requires="queues are encrypted, closed, by TLS alone, and have a dead-letter queue",
        reason="messages may be confidential, and one that cannot be read must not be lost",
        instead="sqsManagedSseEnabled: true, redrivePolicy, a policy that denies aws:SecureTransport false",
        catalogues=(
            "FSBP SQS.1",
            "FSBP SQS.3",
            "CKV_AWS_27",
            "CKV_AWS_168",
            "CKV_AWS_387",
            "CKV_AWS_72",
            "CKV2_AWS_73",
            "prowler sqs_queues_server_side_encryption_enabled",
            "prowler sqs_queues_not_publicly_accessible",
        ),
        types=(QUEUE,),
        judge=_queue,
    ),
    Control(
        id="KMS-01",
        level=Level.DEFAULT,
        requires="keys rotate, are closed, and can be used by what sends messages",
        reason="EventBridge sends no source, so that a condition on it drops every message silently",
        instead="enableKeyRotation: true; aws:SourceAccount for cloudwatch.amazonaws.com, not for events.amazonaws.com",
        catalogues=(
            "FSBP KMS.3",
            "FSBP KMS.4",
            "FSBP KMS.5",
            "CKV_AWS_7",
            "CKV_AWS_33",
            "CKV2_AWS_64",
            "prowler kms_cmk_rotation_enabled",
            "prowler kms_key_not_publicly_accessible",
        ),
        types=(KEY,),
        judge=_key,
    ),
)
