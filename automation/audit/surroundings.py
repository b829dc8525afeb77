"""What a service depends on in an audit: images, log groups, alarms, event rules, messages, keys, roles."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any

from automation.audit.reading import Audit
from diagnostics.reads import Shape

_REPOSITORY = "aws:ecr/repository:Repository"
_LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
_REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
_LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
_RULE = "aws:cloudwatch/eventRule:EventRule"
_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
_TOPIC = "aws:sns/topic:Topic"
_TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
_QUEUE = "aws:sqs/queue:Queue"
_QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
_KEY = "aws:kms/key:Key"
_ROLE = "aws:iam/role:Role"
_ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

_ECR = re.compile(r"(?P<account>\d{12})\.dkr[.-]ecr[^/]*/(?P<name>[^:@]+)")
_EVENTS = "ECS Deployment State Change"


def look_at_surroundings(audit: Audit, service: Shape, definition: Shape) -> None:
    """Read what the service and its task definition name."""
    containers = definition.get("containerDefinitions", [])
    for account, name in sorted({found.group("account", "name") for found in map(_in_ecr, containers) if found}):
        audit.whole(partial(_look_at_repository, audit, account, name), _LIFECYCLE, _REPOSITORY_POLICY)
    for group in sorted({name for name in map(_log_group, containers) if name}):
        _look_at_log_group(audit, group)
    alarms = service.get("deploymentConfiguration", {}).get("alarms", {}).get("alarmNames", [])
    audit.whole(lambda: _look_at_alarms(audit, alarms), _ALARM)
    audit.whole(lambda: _look_at_rules(audit), _RULE, _TARGET)
    audit.whole(lambda: _look_at_messages(audit), _QUEUE_POLICY, _TOPIC_POLICY)
    _look_at_keys(audit)
    roles = {definition[key] for key in ("executionRoleArn", "taskRoleArn") if definition.get(key)}
    audit.whole(lambda: _look_at_roles(audit, roles), _ROLE, _ROLE_POLICY, _ATTACHMENT)


def _in_ecr(container: Shape) -> "re.Match[str] | None":
    return _ECR.match(container["image"])


def _log_group(container: Shape) -> str | None:
    options = container.get("logConfiguration", {}).get("options", {})
    name: str | None = options.get("awslogs-group")
    return name


def _look_at_repository(audit: Audit, account: str, name: str) -> None:
    where: dict[str, Any] = {"registryId": account}
    answer = audit.read("ecr", "describe_repositories", repositoryNames=[name], **where) or {}
    for each in answer.get("repositories", []):
        encryption = each.get("encryptionConfiguration", {})
        inputs = {
            "name": name,
            "imageTagMutability": each.get("imageTagMutability"),
            "imageTagMutabilityExclusionFilters": each.get("imageTagMutabilityExclusionFilters", []),
            "imageScanningConfiguration": each.get("imageScanningConfiguration"),
            "encryptionConfigurations": [encryption] if encryption else [],
        }
        audit.seen.add(_REPOSITORY, name, inputs, each["repositoryArn"], name)
    for type_, method, key, absent in (
        (_LIFECYCLE, "get_lifecycle_policy", "lifecyclePolicyText", "LifecyclePolicyNotFoundException"),
        (_REPOSITORY_POLICY, "get_repository_policy", "policyText", "RepositoryPolicyNotFoundException"),
    ):
        if found := audit.read("ecr", method, absent=absent, repositoryName=name, **where):
            audit.seen.add(type_, name, {"repository": name, "policy": found[key]})


def _look_at_log_group(audit: Audit, name: str) -> None:
    groups = audit.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
    for each in groups:
        if each["logGroupName"] == name:
            inputs = {"name": name, "retentionInDays": each.get("retentionInDays"), "kmsKeyId": each.get("kmsKeyId")}
            audit.seen.add(_LOG_GROUP, name, inputs, each.get("arn"))


def _look_at_alarms(audit: Audit, names: list[str]) -> None:
    if not names:
        return
    for each in audit.pages("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNames=names):
        metrics = [query["MetricStat"] for query in each.get("Metrics", []) if "MetricStat" in query]
        inputs = {
            "name": each["AlarmName"],
            "metricName": each.get("MetricName"),
            "period": each.get("Period"),
            "metricQueries": [{"metric": {"period": metric["Period"]}} for metric in metrics],
            "evaluationPeriods": each.get("EvaluationPeriods"),
            "datapointsToAlarm": each.get("DatapointsToAlarm"),
            "treatMissingData": each.get("TreatMissingData"),
            "alarmActions": each.get("AlarmActions", []),
            "actionsEnabled": each.get("ActionsEnabled"),
        }
        audit.seen.add(_ALARM, each["AlarmName"], inputs, each.get("AlarmArn"))


def _look_at_rules(audit: Audit) -> None:
    for rule in audit.pages("events", "list_rules", "Rules"):
        if _EVENTS not in rule.get("EventPattern", ""):
            continue
        name = rule["Name"]
        inputs = {"name": name, "state": rule["State"], "eventPattern": rule["EventPattern"]}
        audit.seen.add(_RULE, name, inputs, rule.get("Arn"))
        for target in audit.pages("events", "list_targets_by_rule", "Targets", Rule=name):
            kept = {
                "rule": name,
                "arn": target["Arn"],
                "deadLetterConfig": {"arn": target.get("DeadLetterConfig", {}).get("Arn")},
                "retryPolicy": target.get("RetryPolicy"),
            }
            audit.seen.add(_TARGET, f"{name}/{target['Id']}", kept)


def _look_at_messages(audit: Audit) -> None:
    """Read the topics and queues that the rules of deployments and the alarms send to."""
    ends: set[str] = set()
    for target in audit.seen.of(_TARGET):
        dead: Any = target.inputs["deadLetterConfig"]
        ends |= {str(target.inputs["arn"]), str(dead["arn"])}
    for alarm in audit.seen.of(_ALARM):
        actions: Any = alarm.inputs["alarmActions"]
        ends |= set(actions)
    for arn in sorted(ends):
        kind = arn.split(":")[2] if arn.startswith("arn:") else ""
        if kind == "sns":
            _look_at_topic(audit, arn)
        elif kind == "sqs":
            _look_at_queue(audit, arn)


def _look_at_topic(audit: Audit, arn: str) -> None:
    answer = audit.read("sns", "get_topic_attributes", TopicArn=arn) or {}
    if attributes := answer.get("Attributes"):
        name = arn.rpartition(":")[2]
        audit.seen.add(_TOPIC, name, {"kmsMasterKeyId": attributes.get("KmsMasterKeyId")}, arn)
        audit.seen.add(_TOPIC_POLICY, name, {"arn": arn, "policy": attributes.get("Policy", "{}")})


def _look_at_queue(audit: Audit, arn: str) -> None:
    account, name = arn.split(":")[4:6]
    url = audit.read("sqs", "get_queue_url", QueueName=name, QueueOwnerAWSAccountId=account)
    answer = audit.read("sqs", "get_queue_attributes", QueueUrl=url["QueueUrl"], AttributeNames=["All"]) if url else {}
    if attributes := (answer or {}).get("Attributes"):
        inputs = {
            "kmsMasterKeyId": attributes.get("KmsMasterKeyId"),
            "sqsManagedSseEnabled": attributes.get("SqsManagedSseEnabled"),
            "policy": attributes.get("Policy"),
            "redrivePolicy": attributes.get("RedrivePolicy"),
        }
        audit.seen.add(_QUEUE, name, inputs, arn)


def _look_at_keys(audit: Audit) -> None:
    named = {each.inputs.get(key) for each in audit.seen.resources for key in ("kmsKeyId", "kmsMasterKeyId")}
    for key in sorted(name for name in named if isinstance(name, str) and name):
        answer = audit.read("kms", "describe_key", KeyId=key)
        if answer is None or answer["KeyMetadata"].get("KeyManager") == "AWS":
            continue  # AWS's own keys are AWS's to keep
        id_ = answer["KeyMetadata"]["KeyId"]
        rotation = audit.read("kms", "get_key_rotation_status", KeyId=id_)
        policy = audit.read("kms", "get_key_policy", KeyId=id_, PolicyName="default")
        inputs = {
            "isEnabled": answer["KeyMetadata"].get("Enabled"),
            "enableKeyRotation": audit.hidden if rotation is None else rotation["KeyRotationEnabled"],
            "policy": audit.hidden if policy is None else policy["Policy"],
        }
        audit.seen.add(_KEY, id_, inputs, answer["KeyMetadata"].get("Arn"))


def _look_at_roles(audit: Audit, arns: Iterable[str]) -> None:
    for arn in sorted(arns):
        name = arn.rpartition("/")[2]
        answer = audit.read("iam", "get_role", RoleName=name)
        if answer is None:
            continue
        role = answer["Role"]
        boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        inputs = {"name": name, "assumeRolePolicy": role["AssumeRolePolicyDocument"], "permissionsBoundary": boundary}
        audit.seen.add(_ROLE, name, inputs, arn, name)
        for policy in audit.pages("iam", "list_role_policies", "PolicyNames", RoleName=name):
            found = audit.read("iam", "get_role_policy", RoleName=name, PolicyName=policy)
            if found is not None:
                kept = {"role": name, "policy": found["PolicyDocument"]}
                audit.seen.add(_ROLE_POLICY, f"{name}/{policy}", kept)
        for attached in audit.pages("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name):
            managed = {"role": name, "policyArn": attached["PolicyArn"]}
            audit.seen.add(_ATTACHMENT, f"{name}/{attached['PolicyName']}", managed)
