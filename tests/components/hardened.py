"""A stack in which every control passes, as inputs of the engine; tests change one thing of it at a time."""

import copy
import json
from typing import Any

from components.controls import Resource, Stack
from components.controls import types as t

ACCOUNT, REGION = "210987654321", "eu-west-1"


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


SECRET = arn("secretsmanager", "secret:shop/database-Ab12Cd")
SERVICE_ARN = arn("ecs", "service/blue/shop")
EXECUTION = f"arn:aws:iam::{ACCOUNT}:role/shop-execution"
TASK = f"arn:aws:iam::{ACCOUNT}:role/shop-task"
BALANCER = arn("elasticloadbalancing", "loadbalancer/app/web/0a")
GROUP = arn("elasticloadbalancing", "targetgroup/shop/0b")
TOPIC = arn("sns", "shop")
QUEUE, DEAD = arn("sqs", "shop"), arn("sqs", "shop-dead")

CONTAINER: dict[str, Any] = {
    "name": "app",
    "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/team/shop:1.4.2",
    "versionConsistency": "enabled",
    "portMappings": [{"containerPort": 8080}],
    "environment": [{"name": "LOG_LEVEL", "value": "info"}],
    "secrets": [{"name": "PASSWORD", "valueFrom": f"{SECRET}:password::"}],
    "user": "1000:1000",
    "privileged": False,
    "readonlyRootFilesystem": True,
    "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/scratch", "readOnly": False}],
    "linuxParameters": {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True},
    "stopTimeout": 60,
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {"awslogs-group": "/ecs/blue/shop", "mode": "non-blocking", "max-buffer-size": "25m"},
    },
}
_TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def allow(**statement: Any) -> dict[str, Any]:
    return {"Effect": "Allow", **statement}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


TRUST = document(
    allow(
        Principal={"Service": "ecs-tasks.amazonaws.com"},
        Action="sts:AssumeRole",
        Condition={
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": arn("ecs", "*")},
        },
    )
)
_TAGS = {"team": "shop"}

_RESOURCES: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "service": (
        t.SERVICE,
        {
            "name": "shop",
            "taskDefinition": "shop",
            "desiredCount": 2,
            "networkConfiguration": {
                "subnets": ["subnet-a", "subnet-b"],
                "securityGroups": ["sg-tasks"],
                "assignPublicIp": False,
            },
            "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "app", "containerPort": 8080}],
            "healthCheckGracePeriodSeconds": 60,
            "deploymentController": {"type": "ECS"},
            "deploymentConfiguration": {"strategy": "ROLLING", "bakeTimeInMinutes": "5"},
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "alarms": {"alarmNames": ["shop-errors"], "enable": True, "rollback": True},
            "deploymentMinimumHealthyPercent": 100,
            "deploymentMaximumPercent": 200,
            "availabilityZoneRebalancing": "ENABLED",
            "enableExecuteCommand": False,
            "enableEcsManagedTags": True,
            "propagateTags": "SERVICE",
            "waitForSteadyState": True,
            "forceNewDeployment": False,
            "sigintRollback": False,
            "capacityProviderStrategies": [
                {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
                {"capacityProvider": "FARGATE_SPOT", "weight": 1},
            ],
            "tags": _TAGS,
        },
        {SERVICE_ARN},
    ),
    "shifting": (
        t.SERVICE,
        {
            "name": "web",
            "desiredCount": 2,
            "networkConfiguration": {
                "subnets": ["subnet-a", "subnet-b"],
                "securityGroups": ["sg-tasks"],
                "assignPublicIp": False,
            },
            "loadBalancers": [
                {
                    "containerPort": 8080,
                    "advancedConfiguration": {
                        "alternateTargetGroupArn": GROUP,
                        "productionListenerRule": arn("elasticloadbalancing", "listener-rule/app/web/0a/0b/0c"),
                        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/infrastructure",
                    },
                }
            ],
            "healthCheckGracePeriodSeconds": 60,
            "deploymentController": {"type": "ECS"},
            "deploymentConfiguration": {
                "strategy": "BLUE_GREEN",
                "bakeTimeInMinutes": "5",
                "lifecycleHooks": [{"timeoutConfiguration": {"action": "ROLLBACK"}}],
            },
            "alarms": {"alarmNames": ["shop-errors"], "enable": True, "rollback": True},
            "availabilityZoneRebalancing": "ENABLED",
            "enableEcsManagedTags": True,
            "propagateTags": "SERVICE",
            "waitForSteadyState": True,
            "tags": _TAGS,
        },
        {arn("ecs", "service/blue/web")},
    ),
    "task": (
        t.TASK_DEFINITION,
        {
            "family": "shop",
            "cpu": "512",
            "memory": "1024",
            "networkMode": "awsvpc",
            "executionRoleArn": EXECUTION,
            "taskRoleArn": TASK,
            "skipDestroy": True,
            "trackLatest": False,
            "enableFaultInjection": False,
            "volumes": [
                {"name": "tmp"},
                {
                    "name": "shared",
                    "efsVolumeConfiguration": {
                        "transitEncryption": "ENABLED",
                        "authorizationConfig": {"iam": "ENABLED"},
                    },
                },
            ],
            "containerDefinitions": json.dumps([CONTAINER]),
            "tags": _TAGS,
        },
        {arn("ecs", "task-definition/shop:7")},
    ),
    "cluster": (
        t.CLUSTER,
        {
            "name": "blue",
            "settings": [{"name": "containerInsights", "value": "enhanced"}],
            "configuration": {"managedStorageConfiguration": {"fargateEphemeralStorageKmsKeyId": "key"}},
            "tags": _TAGS,
        },
        {arn("ecs", "cluster/blue")},
    ),
    "schedule": (t.SCHEDULED_ACTION, {"scalableTargetAction": {"minCapacity": 2}}, set()),
    "group": (
        t.SECURITY_GROUP,
        {"description": "Tasks of shop", "ingress": [], "egress": []},
        {"sg-tasks"},
    ),
    "ingress": (
        t.INGRESS_RULE,
        {
            "securityGroupId": "sg-tasks",
            "referencedSecurityGroupId": "sg-balancer",
            "ipProtocol": "tcp",
            "fromPort": 8080,
            "toPort": 8080,
            "description": "Requests",
        },
        set(),
    ),
    "egress": (
        t.EGRESS_RULE,
        {
            "securityGroupId": "sg-tasks",
            "cidrIpv4": "0.0.0.0/0",
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "description": "HTTPS",
        },
        set(),
    ),
    "balancer": (
        t.LOAD_BALANCER,
        {
            "internal": True,
            "subnets": ["subnet-a", "subnet-b"],
            "dropInvalidHeaderFields": True,
            "desyncMitigationMode": "strictest",
            "enableDeletionProtection": True,
            "accessLogs": {"enabled": True, "bucket": "logs"},
        },
        {BALANCER},
    ),
    "listener": (
        t.LISTENER,
        {
            "protocol": "HTTPS",
            "port": 443,
            "certificateArn": arn("acm", "certificate/0a"),
            "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
            "routingHttpResponseStrictTransportSecurityHeaderValue": "max-age=31536000",
            "routingHttpResponseXContentTypeOptionsHeaderValue": "nosniff",
            "routingHttpResponseXFrameOptionsHeaderValue": "DENY",
            "routingHttpResponseServerEnabled": False,
        },
        set(),
    ),
    "targets": (
        t.TARGET_GROUP,
        {
            "protocol": "HTTPS",
            "deregistrationDelay": 30,
            "healthCheck": {
                "protocol": "HTTPS",
                "path": "/healthz",
                "matcher": "200",
                "interval": 10,
                "timeout": 5,
                "healthyThreshold": 2,
            },
        },
        {GROUP},
    ),
    "repository": (
        t.REPOSITORY,
        {
            "name": "team/shop",
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": "key"}],
        },
        {arn("ecr", "repository/team/shop")},
    ),
    "lifecycle": (
        t.LIFECYCLE_POLICY,
        {
            "repository": "team/shop",
            "policy": json.dumps(
                {"rules": [{"selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 50}}]}
            ),
        },
        set(),
    ),
    "pulls": (
        t.REPOSITORY_POLICY,
        {"policy": document(allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Action="ecr:BatchGetImage"))},
        set(),
    ),
    "logs": (t.LOG_GROUP, {"name": "/ecs/blue/shop", "retentionInDays": 365, "kmsKeyId": "key"}, set()),
    "alarm": (
        t.ALARM,
        {
            "name": "shop-errors",
            "metricName": "HTTPCode_Target_5XX_Count",
            "period": 60,
            "evaluationPeriods": 3,
            "datapointsToAlarm": 2,
            "treatMissingData": "notBreaching",
            "alarmActions": [TOPIC],
        },
        set(),
    ),
    "rule": (
        t.EVENT_RULE,
        {
            "name": "shop-deployments",
            "state": "ENABLED",
            "eventPattern": json.dumps(
                {
                    "source": ["aws.ecs"],
                    "detail-type": ["ECS Deployment State Change"],
                    "resources": [SERVICE_ARN, arn("ecs", "service/blue/web")],
                    "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
                }
            ),
        },
        set(),
    ),
    "target": (
        t.EVENT_TARGET,
        {
            "rule": "shop-deployments",
            "arn": TOPIC,
            "deadLetterConfig": {"arn": DEAD},
            "retryPolicy": {"maximumRetryAttempts": 8},
        },
        set(),
    ),
    "topic": (t.TOPIC, {"kmsMasterKeyId": "key"}, {TOPIC}),
    "publishers": (
        t.TOPIC_POLICY,
        {
            "policy": document(
                allow(Principal={"Service": "events.amazonaws.com"}, Action="sns:Publish", Resource=TOPIC), _TLS_ONLY
            )
        },
        set(),
    ),
    "queue": (
        t.QUEUE,
        {
            "sqsManagedSseEnabled": True,
            "policy": document(_TLS_ONLY),
            "redrivePolicy": json.dumps({"deadLetterTargetArn": DEAD}),
        },
        {QUEUE},
    ),
    "dead": (t.QUEUE, {"sqsManagedSseEnabled": True, "policy": document(_TLS_ONLY)}, {DEAD}),
    "key": (
        t.KEY,
        {
            "enableKeyRotation": True,
            "policy": document(
                allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Action="kms:*", Resource="*"),
                allow(Principal={"Service": "events.amazonaws.com"}, Action="kms:Decrypt", Resource="*"),
                allow(
                    Principal={"Service": "cloudwatch.amazonaws.com"},
                    Action="kms:Decrypt",
                    Resource="*",
                    Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
                ),
            ),
        },
        set(),
    ),
    "execution": (
        t.ROLE,
        {"assumeRolePolicy": TRUST, "permissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/boundary"},
        {EXECUTION, "shop-execution"},
    ),
    "starts": (
        t.ROLE_POLICY,
        {
            "role": "shop-execution",
            "policy": document(
                allow(Action=["ecr:GetAuthorizationToken"], Resource=["*"]),
                allow(Action=["ecr:BatchGetImage"], Resource=[arn("ecr", "repository/team/shop")]),
                allow(Action=["secretsmanager:GetSecretValue"], Resource=[SECRET]),
            ),
        },
        set(),
    ),
}

WHOLE = frozenset(value for name, value in vars(t).items() if name.isupper())


class Hardened:
    """The resources, to be changed before they are put together."""

    def __init__(self) -> None:
        self._made = {name: (kind, copy.deepcopy(inputs), names) for name, (kind, inputs, names) in _RESOURCES.items()}

    def __getitem__(self, name: str) -> dict[str, Any]:
        return self._made[name][1]

    def add(self, name: str, kind: str, inputs: dict[str, Any], *names: str) -> None:
        self._made[name] = (kind, inputs, set(names))

    def remove(self, name: str) -> None:
        del self._made[name]

    def container(self, **changes: Any) -> None:
        """Change the container definition; a value of None removes the key."""
        merged = {**CONTAINER, **changes}
        kept = {key: value for key, value in merged.items() if value is not None}
        self["task"]["containerDefinitions"] = json.dumps([kept])

    def stack(self, whole: frozenset[str] = WHOLE) -> Stack:
        made = (Resource(kind, name, inputs, frozenset(names)) for name, (kind, inputs, names) in self._made.items())
        return Stack(tuple(made), whole)
