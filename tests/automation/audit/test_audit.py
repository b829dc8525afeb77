"""An audit asks AWS by reads alone, brings the answers into the shape of inputs, and says what it could not read."""

import json
from typing import Any

import pytest

from automation.audit import Seen, look
from automation.errors import UsageError
from components.controls import CONTROLS, UNKNOWN, Resource, Stack, State, check, failures, report
from diagnostics.aws import Reader
from diagnostics.reads import Answer, ReadError, SessionSettings
from tests.components.hardened import CONTAINER, EXECUTION, GROUP, SECRET, SERVICE_ARN, TASK, TRUST, allow, arn

BALANCER = arn("elasticloadbalancing", "loadbalancer/app/web/0a")
LISTENER = arn("elasticloadbalancing", "listener/app/web/0a/0b")
TOPIC, DEAD = arn("sns", "shop"), arn("sqs", "shop-dead")
KEY = arn("kms", "key/0a")
_TAGS = [{"key": "team", "value": "shop"}]
_TLS = json.dumps(
    {
        "Statement": [
            {"Effect": "Deny", "Principal": "*", "Action": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
        ]
    }
)
_PATTERN = json.dumps({"detail-type": ["ECS Deployment State Change"], "resources": [SERVICE_ARN]})


def attributes(**values: str) -> dict[str, Any]:
    return {"Attributes": [{"Key": key, "Value": value} for key, value in values.items()]}


def service(**changes: Any) -> dict[str, Any]:
    """Return a service as DescribeServices answers (botocore's `ecs` model, `Service`)."""
    return {
        "serviceName": "shop",
        "serviceArn": SERVICE_ARN,
        "clusterArn": arn("ecs", "cluster/blue"),
        "status": "ACTIVE",
        "taskDefinition": arn("ecs", "task-definition/shop:7"),
        "desiredCount": 2,
        "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "app", "containerPort": 8080}],
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-a", "subnet-b"],
                "securityGroups": ["sg-tasks"],
                "assignPublicIp": "DISABLED",
            }
        },
        "healthCheckGracePeriodSeconds": 60,
        "deploymentController": {"type": "ECS"},
        "deploymentConfiguration": {
            "strategy": "ROLLING",
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "alarms": {"alarmNames": ["shop-errors"], "enable": True, "rollback": True},
        },
        "availabilityZoneRebalancing": "ENABLED",
        "enableExecuteCommand": False,
        "enableECSManagedTags": True,
        "propagateTags": "SERVICE",
        "platformVersion": "1.4.0",
        "tags": _TAGS,
        **changes,
    }


def rule(**values: Any) -> dict[str, Any]:
    ports = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080}
    return {"GroupId": "sg-tasks", "SecurityGroupRuleId": "sgr-0a", "Description": "x", **ports, **values}


OPEN = rule(IsEgress=False, CidrIpv4="0.0.0.0/0")
GONE = {"services": [service(status="INACTIVE")]}


def account() -> dict[str, Any]:
    """Return what an account with one hardened service answers, by operation."""
    definition = {
        "family": "shop",
        "taskDefinitionArn": arn("ecs", "task-definition/shop:7"),
        "containerDefinitions": [CONTAINER],
        "cpu": "512",
        "memory": "1024",
        "networkMode": "awsvpc",
        "executionRoleArn": EXECUTION,
        "taskRoleArn": TASK,
        "volumes": [{"name": "tmp"}],
    }
    cluster = {
        "clusterName": "blue",
        "clusterArn": arn("ecs", "cluster/blue"),
        "settings": [{"name": "containerInsights", "value": "enhanced"}],
        "tags": _TAGS,
    }
    group = {
        "TargetGroupArn": GROUP,
        "TargetGroupName": "shop",
        "Protocol": "HTTP",
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPath": "/healthz",
        "Matcher": {"HttpCode": "200"},
        "HealthCheckIntervalSeconds": 10,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 2,
        "LoadBalancerArns": [BALANCER],
    }
    balancer = {
        "LoadBalancerArn": BALANCER,
        "LoadBalancerName": "web",
        "Scheme": "internal",
        "AvailabilityZones": [{"SubnetId": "subnet-a"}, {"SubnetId": "subnet-b"}],
    }
    listener = {
        "ListenerArn": LISTENER,
        "Protocol": "HTTPS",
        "Port": 443,
        "Certificates": [{"CertificateArn": arn("acm", "certificate/0a")}],
        "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        "DefaultActions": [{"Type": "fixed-response"}],
    }
    balancer_attributes = {
        "routing.http.drop_invalid_header_fields.enabled": "true",
        "routing.http.desync_mitigation_mode": "defensive",
        "deletion_protection.enabled": "true",
        "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": "logs",
    }
    repository = {
        "repositoryArn": arn("ecr", "repository/team/shop"),
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfiguration": {"encryptionType": "KMS"},
    }
    alarm = {
        "AlarmName": "shop-errors",
        "AlarmArn": arn("cloudwatch", "alarm:shop-errors"),
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "TreatMissingData": "notBreaching",
        "AlarmActions": [TOPIC],
        "ActionsEnabled": True,
        "Metrics": [{"Id": "errors", "MetricStat": {"Period": 60}}, {"Id": "rate", "Expression": "errors"}],
    }
    target = {
        "Id": "topic",
        "Arn": TOPIC,
        "DeadLetterConfig": {"Arn": DEAD},
        "RetryPolicy": {"MaximumRetryAttempts": 8},
    }
    start = {
        "Statement": [
            allow(Action=["ecr:GetAuthorizationToken"], Resource="*"),
            allow(Action=["secretsmanager:GetSecretValue"], Resource=[SECRET]),
        ]
    }
    lifecycle = {"rules": [{"selection": {"countType": "imageCountMoreThan", "countNumber": 50}}]}
    egress = rule(IsEgress=True, SecurityGroupRuleId="sgr-0b", FromPort=443, ToPort=443, CidrIpv4="0.0.0.0/0")
    ingress = rule(IsEgress=False, ReferencedGroupInfo={"GroupId": "sg-web"})
    events = {"Name": "shop", "Arn": arn("events", "rule/shop"), "State": "ENABLED", "EventPattern": _PATTERN}
    return {
        "describe_services": {"services": [service()]},
        "describe_task_definition": {"taskDefinition": definition, "tags": _TAGS},
        "describe_clusters": {"clusters": [cluster]},
        "describe_scalable_targets": {"ScalableTargets": [{"MinCapacity": 2}]},
        "describe_scheduled_actions": {"ScheduledActions": []},
        "describe_scaling_policies": {"ScalingPolicies": []},
        "describe_security_groups": {"SecurityGroups": [{"GroupId": "sg-tasks", "Description": "Tasks of shop"}]},
        "describe_security_group_rules": {"SecurityGroupRules": [ingress, egress]},
        "describe_target_groups": {"TargetGroups": [group]},
        "describe_target_group_attributes": attributes(**{"deregistration_delay.timeout_seconds": "30"}),
        "describe_load_balancers": {"LoadBalancers": [balancer]},
        "describe_load_balancer_attributes": attributes(**balancer_attributes),
        "describe_listeners": {"Listeners": [listener]},
        "describe_listener_attributes": attributes(),
        "get_web_acl_for_resource": "WAFNonexistentItemException",
        "describe_repositories": {"repositories": [repository]},
        "get_lifecycle_policy": {"lifecyclePolicyText": json.dumps(lifecycle)},
        "get_repository_policy": "RepositoryPolicyNotFoundException",
        "describe_log_groups": {
            "logGroups": [{"logGroupName": "/ecs/blue/shop", "retentionInDays": 365, "kmsKeyId": KEY}]
        },
        "describe_alarms": {"MetricAlarms": [alarm]},
        "list_rules": {"Rules": [{"Name": "other", "State": "ENABLED", "EventPattern": "{}"}, events]},
        "list_targets_by_rule": {"Targets": [target]},
        "get_topic_attributes": {"Attributes": {"KmsMasterKeyId": KEY, "Policy": _TLS}},
        "get_queue_url": {"QueueUrl": "https://sqs/shop-dead"},
        "get_queue_attributes": {"Attributes": {"SqsManagedSseEnabled": "true", "Policy": _TLS}},
        "describe_key": {"KeyMetadata": {"KeyId": "0a", "Arn": KEY, "Enabled": True, "KeyManager": "CUSTOMER"}},
        "get_key_rotation_status": {"KeyRotationEnabled": True},
        "get_key_policy": {"Policy": "{}"},
        "get_role": {"Role": {"AssumeRolePolicyDocument": json.loads(TRUST)}},
        "list_role_policies": {"PolicyNames": ["start-tasks"], "IsTruncated": False},
        "get_role_policy": {"PolicyDocument": start},
        "list_attached_role_policies": {"AttachedPolicies": [], "IsTruncated": False},
    }


class Account:
    """Answers from a table; a text is the code of an error."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def ask(self, service: str, method: str, /, **arguments: Any) -> dict[str, Any]:
        del service
        self.asked.append(method)
        answer = self.answers[method]
        if isinstance(answer, list):
            answer = answer[1 if {"NextToken", "Marker", "nextToken"} & set(arguments) else 0]
        if isinstance(answer, str):
            raise ReadError(Answer(method, answer, "no"))
        found: dict[str, Any] = answer
        return found


def audit(**changes: Any) -> tuple[Seen, Stack]:
    seen = look(Account(account() | changes), "blue", "shop", UNKNOWN)
    made = tuple(Resource(each.type, each.name, each.inputs, each.names) for each in seen.resources)
    return seen, Stack(made, frozenset(seen.whole))


def failed(stack: Stack) -> set[str]:
    return {each.control.id for each in failures(check(stack))}


def test_a_hardened_service_passes_and_what_aws_does_not_show_is_not_checked() -> None:
    seen, stack = audit()
    findings = check(stack)
    assert seen.gaps == []
    assert not report.broken(findings), [each.sentence for each in failures(findings)]
    hidden = {each.control.id for each in findings if each.state is State.NOT_CHECKED}
    assert hidden == {"DEP-17", "DEP-18", "DEP-22", "DEP-23"}
    passed = {each.control.id for each in findings if each.state is State.PASSED}
    assert len(passed) > 55, sorted({each.id for each in CONTROLS} - passed)


@pytest.mark.parametrize(
    ("changes", "control"),
    [
        ({"describe_services": {"services": [service(platformVersion="1.3.0")]}}, "DEP-24"),
        ({"describe_services": {"services": [service(availabilityZoneRebalancing="DISABLED")]}}, "DEP-09"),
        ({"describe_services": {"services": [service(deploymentConfiguration={"strategy": "ROLLING"})]}}, "DEP-01"),
        ({"describe_services": {"services": [service(tags=[])]}}, "CLU-02"),
        ({"describe_alarms": {"MetricAlarms": []}}, "DEP-03"),
        ({"describe_scalable_targets": {"ScalableTargets": [{"MinCapacity": 1}]}}, "DEP-10"),
        ({"describe_security_group_rules": {"SecurityGroupRules": [OPEN]}}, "NET-03"),
        ({"describe_target_group_attributes": attributes()}, "DEP-14"),
        ({"get_lifecycle_policy": "LifecyclePolicyNotFoundException"}, "ECR-03"),
        ({"describe_load_balancer_attributes": attributes()}, "ELB-03"),
        ({"list_rules": {"Rules": []}}, "EVT-01"),
        ({"list_targets_by_rule": {"Targets": [{"Id": "a", "Arn": TOPIC}]}}, "EVT-02"),
        ({"get_queue_attributes": {"Attributes": {"Policy": _TLS}}}, "SQS-01"),
        ({"get_key_rotation_status": {"KeyRotationEnabled": False}}, "KMS-01"),
        ({"get_role": {"Role": {"AssumeRolePolicyDocument": {"Statement": [
            allow(Principal={"Service": "ecs-tasks.amazonaws.com"}, Action="sts:AssumeRole")]}}}}, "IAM-01"),
        ({"list_attached_role_policies": {"AttachedPolicies": [{"PolicyName": "a", "PolicyArn": "b"}]}}, "IAM-02"),
        ({"get_role_policy": {"PolicyDocument": {"Statement": []}}}, "TSK-07"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_aws_fails(changes: dict[str, Any], control: str) -> None:
    assert control in failed(audit(**changes)[1])


@pytest.mark.parametrize("refused", sorted(set(account()) - {"describe_services"}))
def test_a_read_that_is_refused_is_a_gap_and_fails_no_control(refused: str) -> None:
    seen, stack = audit(**{refused: "AccessDeniedException"})
    assert seen.gaps == [f"{refused}: AccessDeniedException: no"] * len(seen.gaps)
    assert seen.gaps
    assert not report.broken(check(stack)), [each.sentence for each in failures(check(stack))]


def test_all_pages_are_read() -> None:
    first = {"PolicyNames": ["a"], "IsTruncated": True, "Marker": "more"}
    seen, _ = audit(list_role_policies=[first, {"PolicyNames": ["b"], "IsTruncated": False}])
    policies = {each.name for each in seen.of("aws:iam/rolePolicy:RolePolicy")}
    assert policies == {"shop-execution/a", "shop-execution/b", "shop-task/a", "shop-task/b"}


@pytest.mark.parametrize("answer", [{"services": []}, GONE, "ClusterNotFoundException"])
def test_a_service_that_is_not_there_is_wrong_usage(answer: Any) -> None:
    with pytest.raises(UsageError, match="shop"):
        audit(describe_services=answer)


def test_it_asks_for_nothing_but_reads() -> None:
    asked = Account(account())
    look(asked, "blue", "shop", UNKNOWN)
    assert all(method.startswith(("describe_", "list_", "get_")) for method in asked.asked)
    assert "get_secret_value" not in asked.asked
    with pytest.raises(ValueError, match="is not a read"):
        Reader(SessionSettings(region="eu-west-1")).ask("ecs", "delete_service", service="shop")


def test_the_report_says_reason_catalogues_and_remedy() -> None:
    _, stack = audit(describe_alarms={"MetricAlarms": []})
    printed = report.text(check(stack), ["DescribeKey: AccessDenied"])
    assert "error[DEP-03]: every deployment alarm exists\n  --> shop: alarms.alarmNames[0] there is no alarm" in printed
    assert "  = why: an alarm that does not exist cannot go off" in printed
    assert "help: make the alarm" in printed
    assert "not checked[DEP-17]: shop: skipDestroy" in printed
    assert "could not be read: DescribeKey: AccessDenied" in printed
    assert printed.splitlines()[-1].startswith("78 controls: ")


def test_the_document_is_json_and_complete() -> None:
    _, stack = audit()
    document = json.loads(json.dumps(report.document(check(stack))))
    assert (document["schema"], document["broken"]) == ("audit/1", False)
    assert {each["control"] for each in document["findings"]} == {each.id for each in CONTROLS}
