"""The resource types around a service: registry, scaling, messages, keys, storage and the rest."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.process import Sandbox
from tests.sandbox.provider_client import Engine
from tests.sandbox.provider_stories import Story, lives, retags

_ACCOUNT = "123456789012"


def _policy(action: str, resource: str = "*") -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{_ACCOUNT}:root"}, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Resource": resource}]})


def _expiry(days: int) -> str:
    selection = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": days}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


def _visibility(name: str) -> dict[str, Any]:
    return {"cloudwatchMetricsEnabled": True, "sampledRequestsEnabled": True, "metricName": name}


_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs.amazonaws.com"}}],
    }
)


@dataclass(frozen=True)
class Place:
    """Names that the stories need of the account."""

    cluster: str
    service: str
    repository: str
    subnets: list[str]
    topic: str
    queue: str
    queue_arn: str
    dead_letters: str
    rule: str
    key: str
    other_key: str
    group: str
    other_group: str
    file_system: str
    targets: list[str]
    rule_arn: str
    role: str
    vpc: str
    balancer: str
    web_acl: str
    bucket: str


def _scaled(place: Place) -> dict[str, Any]:
    return {
        "serviceNamespace": "ecs",
        "scalableDimension": "ecs:service:DesiredCount",
        "resourceId": f"service/{place.cluster}/{place.service}",
    }


_STORIES: dict[str, Story[Place]] = {
    "cluster with logs of commands": Story(
        "aws:ecs/cluster:Cluster",
        lambda _: {
            "settings": [{"name": "containerInsights", "value": "enhanced"}],
            "configuration": {
                "executeCommandConfiguration": {
                    "logging": "OVERRIDE",
                    "logConfiguration": {"cloudWatchLogGroupName": "commands", "cloudWatchEncryptionEnabled": True},
                }
            },
        },
        {"configuration": {"executeCommandConfiguration": {"logging": "DEFAULT"}}},
    ),
    "task definition with volumes": Story(
        "aws:ecs/taskDefinition:TaskDefinition",
        lambda place: {
            "family": "stored",
            "containerDefinitions": json.dumps([{"name": "web", "image": "shop:1", "essential": True}]),
            "cpu": "256",
            "memory": "512",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            "volumes": [
                {
                    "name": "data",
                    "efsVolumeConfiguration": {
                        "fileSystemId": place.file_system,
                        "transitEncryption": "ENABLED",
                        "authorizationConfig": {"iam": "ENABLED"},
                    },
                },
                {"name": "block", "configureAtLaunch": True},
            ],
        },
        {"skipDestroy": True, "trackLatest": True},
        lasting=True,
        importable=False,
    ),
    "service with everything": Story(
        "aws:ecs/service:Service",
        lambda place: {
            "cluster": f"arn:aws:ecs:eu-west-1:{_ACCOUNT}:cluster/spot",
            "taskDefinition": f"arn:aws:ecs:eu-west-1:{_ACCOUNT}:task-definition/scaled:1",
            "desiredCount": 0,
            "capacityProviderStrategies": [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}],
            "networkConfiguration": {"subnets": place.subnets, "securityGroups": [place.group]},
            "availabilityZoneRebalancing": "DISABLED",
            "enableExecuteCommand": True,
            "enableEcsManagedTags": True,
            "propagateTags": "TASK_DEFINITION",
            "sigintRollback": True,
            "triggers": {"redeploy": "1"},
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "serviceConnectConfiguration": {
                "enabled": True,
                "namespace": "shop",
                "services": [{"portName": "http", "clientAlias": [{"port": 80, "dnsName": "web"}]}],
            },
        },
        {"enableExecuteCommand": False, "propagateTags": "SERVICE", "deploymentMaximumPercent": 150},
    ),
    "service in steps": Story(
        "aws:ecs/service:Service",
        lambda place: {
            "cluster": f"arn:aws:ecs:eu-west-1:{_ACCOUNT}:cluster/{place.cluster}",
            "taskDefinition": f"arn:aws:ecs:eu-west-1:{_ACCOUNT}:task-definition/scaled:1",
            "desiredCount": 0,
            "launchType": "FARGATE",
            "networkConfiguration": {"subnets": place.subnets},
            "loadBalancers": [
                {
                    "containerName": "web",
                    "containerPort": 80,
                    "targetGroupArn": place.targets[0],
                    "advancedConfiguration": {
                        "alternateTargetGroupArn": place.targets[1],
                        "productionListenerRule": place.rule_arn,
                        "roleArn": place.role,
                    },
                }
            ],
            "deploymentConfiguration": {
                "strategy": "CANARY",
                "bakeTimeInMinutes": "5",
                "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": "3"},
            },
        },
        {
            "deploymentConfiguration": {
                "strategy": "LINEAR",
                "bakeTimeInMinutes": "5",
                "linearConfiguration": {"stepPercent": 20, "stepBakeTimeInMinutes": "3"},
            }
        },
    ),
    "cluster capacity providers": Story(
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        lambda _: {
            "clusterName": "stories",
            "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
            "defaultCapacityProviderStrategies": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        },
        {"defaultCapacityProviderStrategies": [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}]},
        taggable=False,
        lasting=True,
    ),
    "repository": Story(
        "aws:ecr/repository:Repository",
        lambda _: {"imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": {"scanOnPush": True}},
        {
            "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
            "imageTagMutabilityExclusionFilters": [{"filter": "latest*", "filterType": "WILDCARD"}],
            "imageScanningConfiguration": {"scanOnPush": False},
        },
    ),
    "repository with a key": Story(
        "aws:ecr/repository:Repository",
        lambda _: {
            "forceDelete": True,
            "encryptionConfigurations": [
                {"encryptionType": "KMS", "kmsKey": f"arn:aws:kms:eu-west-1:{_ACCOUNT}:key/k"}
            ],
        },
        {"name": "another"},
        replaces=True,
    ),
    "repository policy": Story(
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        lambda place: {"repository": place.repository, "policy": _policy("ecr:BatchGetImage")},
        {"policy": _policy("ecr:GetDownloadUrlForLayer")},
        taggable=False,
    ),
    "lifecycle policy": Story(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        lambda place: {"repository": place.repository, "policy": _expiry(7)},
        {"policy": _expiry(14)},
        replaces=True,
        taggable=False,
    ),
    "registry scanning": Story(
        "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
        lambda _: {
            "scanType": "ENHANCED",
            "rules": [
                {
                    "scanFrequency": "CONTINUOUS_SCAN",
                    "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}],
                }
            ],
        },
        {"scanType": "BASIC", "rules": []},
        taggable=False,
        lasting=True,
    ),
    "scaling target": Story(
        "aws:appautoscaling/target:Target",
        lambda place: {**_scaled(place), "minCapacity": 2, "maxCapacity": 8},
        {"maxCapacity": 10, "suspendedState": {"dynamicScalingInSuspended": True}},
        importable=False,
    ),
    "scaling policy": Story(
        "aws:appautoscaling/policy:Policy",
        lambda place: {
            **_scaled(place),
            "policyType": "TargetTrackingScaling",
            "targetTrackingScalingPolicyConfiguration": {
                "targetValue": 60,
                "predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageCPUUtilization"},
                "scaleInCooldown": 300,
            },
        },
        {
            "targetTrackingScalingPolicyConfiguration": {
                "targetValue": 55.5,
                "predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageMemoryUtilization"},
            }
        },
        taggable=False,
        importable=False,
    ),
    "scheduled action": Story(
        "aws:appautoscaling/scheduledAction:ScheduledAction",
        lambda place: {
            **_scaled(place),
            "schedule": "cron(0 7 * * ? *)",
            "timezone": "Europe/Dublin",
            "scalableTargetAction": {"minCapacity": 4, "maxCapacity": 8},
        },
        {"scalableTargetAction": {"minCapacity": 2, "maxCapacity": 4}, "timezone": "UTC"},
        taggable=False,
        importable=False,
    ),
    "topic": Story(
        "aws:sns/topic:Topic",
        lambda _: {"displayName": "deployments", "kmsMasterKeyId": "alias/aws/sns"},
        {"displayName": "alarms", "kmsMasterKeyId": None},
    ),
    "fifo topic": Story("aws:sns/topic:Topic", lambda _: {"fifoTopic": True}, {"contentBasedDeduplication": True}),
    "topic policy": Story(
        "aws:sns/topicPolicy:TopicPolicy",
        lambda place: {"arn": place.topic, "policy": _policy("sns:Publish", place.topic)},
        lambda place: {"policy": _policy("sns:Subscribe", place.topic)},
        taggable=False,
    ),
    "topic subscription": Story(
        "aws:sns/topicSubscription:TopicSubscription",
        lambda place: {"topic": place.topic, "protocol": "sqs", "endpoint": place.queue_arn},
        {"rawMessageDelivery": True, "filterPolicy": json.dumps({"kind": ["failed"]})},
        taggable=False,
    ),
    "queue": Story(
        "aws:sqs/queue:Queue",
        lambda place: {
            "visibilityTimeoutSeconds": 120,
            "sqsManagedSseEnabled": True,
            "redrivePolicy": json.dumps({"deadLetterTargetArn": place.queue_arn, "maxReceiveCount": 3}),
        },
        {"visibilityTimeoutSeconds": 60, "messageRetentionSeconds": 1209600},
    ),
    "fifo queue": Story("aws:sqs/queue:Queue", lambda _: {"fifoQueue": True}, {"contentBasedDeduplication": True}),
    "queue policy": Story(
        "aws:sqs/queuePolicy:QueuePolicy",
        lambda place: {"queueUrl": place.queue, "policy": _policy("sqs:SendMessage", place.queue_arn)},
        lambda place: {"policy": _policy("sqs:ReceiveMessage", place.queue_arn)},
        taggable=False,
    ),
    "redrive policy": Story(
        "aws:sqs/redrivePolicy:RedrivePolicy",
        lambda place: {
            "queueUrl": place.queue,
            "redrivePolicy": json.dumps({"deadLetterTargetArn": place.dead_letters, "maxReceiveCount": 3}),
        },
        lambda place: {"redrivePolicy": json.dumps({"deadLetterTargetArn": place.dead_letters, "maxReceiveCount": 5})},
        taggable=False,
    ),
    "redrive allow policy": Story(
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        lambda place: {"queueUrl": place.queue, "redriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})},
        {"redriveAllowPolicy": json.dumps({"redrivePermission": "allowAll"})},
        taggable=False,
    ),
    "event rule": Story(
        "aws:cloudwatch/eventRule:EventRule",
        lambda _: {"eventPattern": json.dumps({"source": ["aws.ecs"]}), "description": "of ECS"},
        {"eventPattern": json.dumps({"source": ["aws.ecr"]}), "state": "DISABLED"},
    ),
    "scheduled event rule": Story(
        "aws:cloudwatch/eventRule:EventRule",
        lambda _: {"scheduleExpression": "rate(5 minutes)"},
        {"scheduleExpression": "rate(1 hour)"},
    ),
    "event target": Story(
        "aws:cloudwatch/eventTarget:EventTarget",
        lambda place: {
            "rule": place.rule,
            "arn": place.queue_arn,
            "retryPolicy": {"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 300},
            "deadLetterConfig": {"arn": place.dead_letters},
        },
        {"inputPath": "$.detail"},
        taggable=False,
        importable=False,
    ),
    "event target that runs a task": Story(
        "aws:cloudwatch/eventTarget:EventTarget",
        lambda place: {
            "rule": place.rule,
            "targetId": "task",
            "arn": f"arn:aws:ecs:eu-west-1:{_ACCOUNT}:cluster/{place.cluster}",
            "roleArn": f"arn:aws:iam::{_ACCOUNT}:role/events",
            "ecsTarget": {
                "taskDefinitionArn": f"arn:aws:ecs:eu-west-1:{_ACCOUNT}:task-definition/scaled",
                "launchType": "FARGATE",
                "networkConfiguration": {"subnets": place.subnets, "assignPublicIp": True},
            },
        },
        {"targetId": "other"},
        replaces=True,
        taggable=False,
        importable=False,
    ),
    "key": Story(
        "aws:kms/key:Key",
        lambda _: {"description": "of the logs", "enableKeyRotation": True, "deletionWindowInDays": 7},
        {"description": "of everything", "policy": _policy("kms:*"), "isEnabled": False},
    ),
    "alias": Story(
        "aws:kms/alias:Alias",
        lambda place: {"targetKeyId": place.key},
        lambda place: {"targetKeyId": place.other_key},
        taggable=False,
    ),
    "file system": Story(
        "aws:efs/fileSystem:FileSystem",
        lambda _: {"encrypted": True, "lifecyclePolicies": [{"transitionToIa": "AFTER_30_DAYS"}]},
        {"lifecyclePolicies": [{"transitionToIa": "AFTER_7_DAYS"}]},
    ),
    "access point": Story(
        "aws:efs/accessPoint:AccessPoint",
        lambda place: {
            "fileSystemId": place.file_system,
            "posixUser": {"uid": 1000, "gid": 1000, "secondaryGids": [1001]},
            "rootDirectory": {
                "path": "/data",
                "creationInfo": {"ownerUid": 1000, "ownerGid": 1000, "permissions": "755"},
            },
        },
        {"posixUser": {"uid": 1001, "gid": 1000}},
        replaces=True,
    ),
    "mount target": Story(
        "aws:efs/mountTarget:MountTarget",
        lambda place: {
            "fileSystemId": place.file_system,
            "subnetId": place.subnets[0],
            "securityGroups": [place.group],
        },
        lambda place: {"securityGroups": [place.other_group]},
        taggable=False,
    ),
    "file system policy": Story(
        "aws:efs/fileSystemPolicy:FileSystemPolicy",
        lambda place: {
            "fileSystemId": place.file_system,
            "policy": _policy("elasticfilesystem:ClientMount"),
        },
        {"policy": _policy("elasticfilesystem:ClientWrite")},
        taggable=False,
    ),
    "bucket": Story("aws:s3/bucket:Bucket", lambda _: {"forceDestroy": True}, {"forceDestroy": False}),
    "bucket of a prefix": Story(
        "aws:s3/bucket:Bucket", lambda _: {"bucketPrefix": "logs-"}, {"bucketPrefix": "other-"}, replaces=True
    ),
    "bucket policy": Story(
        "aws:s3/bucketPolicy:BucketPolicy",
        lambda place: {"bucket": place.bucket, "policy": _policy("s3:GetObject", f"arn:aws:s3:::{place.bucket}/*")},
        lambda place: {"policy": _policy("s3:PutObject", f"arn:aws:s3:::{place.bucket}/*")},
        taggable=False,
    ),
    "bucket public access block": Story(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        lambda place: {"bucket": place.bucket, "blockPublicAcls": True, "blockPublicPolicy": True},
        {"ignorePublicAcls": True, "restrictPublicBuckets": True},
        taggable=False,
    ),
    "bucket versioning": Story(
        "aws:s3/bucketVersioning:BucketVersioning",
        lambda place: {"bucket": place.bucket, "versioningConfiguration": {"status": "Enabled"}},
        {"versioningConfiguration": {"status": "Suspended"}},
        taggable=False,
        lasting=True,
    ),
    "bucket encryption": Story(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        lambda place: {
            "bucket": place.bucket,
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": place.key},
                    "bucketKeyEnabled": True,
                }
            ],
        },
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        taggable=False,
    ),
    "bucket ownership": Story(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        lambda place: {"bucket": place.bucket, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
        taggable=False,
    ),
    "bucket lifecycle": Story(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        lambda place: {
            "bucket": place.bucket,
            "rules": [
                {
                    "id": "old",
                    "status": "Enabled",
                    "expiration": {"days": 90},
                    "transitions": [{"days": 30, "storageClass": "STANDARD_IA"}],
                }
            ],
        },
        {"rules": [{"id": "old", "status": "Enabled", "filter": {"prefix": "a/"}, "expiration": {"days": 30}}]},
        taggable=False,
    ),
    "web acl": Story(
        "aws:wafv2/webAcl:WebAcl",
        lambda _: {
            "scope": "REGIONAL",
            "defaultAction": {"allow": {}},
            "visibilityConfig": _visibility("shop"),
            "rules": [
                {
                    "name": "common",
                    "priority": 1,
                    "overrideAction": {"none": {}},
                    "statement": {
                        "managedRuleGroupStatement": {"vendorName": "AWS", "name": "AWSManagedRulesCommonRuleSet"}
                    },
                    "visibilityConfig": _visibility("common"),
                }
            ],
        },
        {"defaultAction": {"block": {}}, "description": "of the shop"},
        importable=False,
    ),
    "web acl association": Story(
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        lambda place: {"resourceArn": place.balancer, "webAclArn": place.web_acl},
        lambda place: {"resourceArn": place.balancer[:-1]},
        replaces=True,
        taggable=False,
    ),
    "http namespace": Story(
        "aws:servicediscovery/httpNamespace:HttpNamespace",
        lambda _: {"description": "of the shop"},
        {"description": "of the store"},
        replaces=True,
    ),
    "private dns namespace": Story(
        "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
        lambda place: {"vpc": place.vpc, "name": "shop.local"},
        {"name": "store.local"},
        replaces=True,
        importable=False,
    ),
    "managed policy": Story(
        "aws:iam/policy:Policy",
        lambda _: {"policy": _policy("s3:GetObject"), "description": "reads"},
        {"policy": _policy("s3:PutObject")},
    ),
    "user": Story("aws:iam/user:User", lambda _: {"path": "/people/"}, {"forceDestroy": True}),
    "user policy attachment": Story(
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
        lambda _: {"user": "stories", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        replaces=True,
        taggable=False,
    ),
    "parameter": Story(
        "aws:ssm/parameter:Parameter",
        lambda _: {"type": "String", "value": "blue", "description": "of the shop"},
        {"value": "green"},
    ),
    "secure parameter": Story(
        "aws:ssm/parameter:Parameter", lambda _: {"type": "SecureString", "value": "hush"}, {"value": "quiet"}
    ),
    "table": Story(
        "aws:dynamodb/table:Table",
        lambda _: {
            "billingMode": "PAY_PER_REQUEST",
            "hashKey": "deployment",
            "attributes": [{"name": "deployment", "type": "S"}],
            "pointInTimeRecovery": {"enabled": True},
            "ttl": {"attributeName": "expires", "enabled": True},
        },
        {"pointInTimeRecovery": {"enabled": False}},
    ),
}


@pytest.fixture(scope="module")
def place(running: Sandbox, connect: Callable[[str], Any]) -> Place:
    defaults = running.defaults()
    ecs, scaling = connect("ecs"), connect("application-autoscaling")
    ecs.create_cluster(clusterName="stories")
    ecs.create_cluster(clusterName="spot", capacityProviders=["FARGATE", "FARGATE_SPOT"])
    container = {
        "name": "web",
        "image": "shop:1",
        "essential": True,
        "portMappings": [{"containerPort": 80, "name": "http"}],
    }
    ecs.register_task_definition(
        family="scaled",
        containerDefinitions=[container],
        cpu="256",
        memory="512",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
    )
    ecs.create_service(
        cluster="sandbox",
        serviceName="scaled",
        taskDefinition="scaled",
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": defaults["subnet_ids"]}},
    )
    connect("ecr").create_repository(repositoryName="stories")
    queues = [connect("sqs").create_queue(QueueName=name)["QueueUrl"] for name in ("stories", "dead")]
    connect("events").put_rule(Name="stories", EventPattern='{"source": ["aws.ecs"]}')
    keys = [connect("kms").create_key()["KeyMetadata"]["KeyId"] for _ in range(2)]
    groups = [
        connect("ec2").create_security_group(GroupName=name, Description="x", VpcId=defaults["vpc_id"])["GroupId"]
        for name in ("services-a", "services-b")
    ]
    connect("s3").create_bucket(Bucket="stories", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    elbv2 = connect("elbv2")
    connect("iam").create_user(UserName="stories")
    targets = [
        elbv2.create_target_group(
            Name=f"services-{name}", Port=80, Protocol="HTTP", VpcId=defaults["vpc_id"], TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        for name in "ab"
    ]
    weighted = [{"TargetGroupArn": targets[0], "Weight": 1}, {"TargetGroupArn": targets[1], "Weight": 0}]
    rule = elbv2.create_rule(
        ListenerArn=defaults["listener_arn"],
        Priority=500,
        Conditions=[{"Field": "path-pattern", "Values": ["/services/*"]}],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weighted}}],
    )["Rules"][0]["RuleArn"]
    place = Place(
        cluster="sandbox",
        service="scaled",
        repository="stories",
        subnets=defaults["subnet_ids"],
        topic=connect("sns").create_topic(Name="stories")["TopicArn"],
        queue=queues[0],
        queue_arn=f"arn:aws:sqs:eu-west-1:{_ACCOUNT}:stories",
        dead_letters=f"arn:aws:sqs:eu-west-1:{_ACCOUNT}:dead",
        rule="stories",
        key=keys[0],
        other_key=keys[1],
        group=groups[0],
        other_group=groups[1],
        file_system=connect("efs").create_file_system(CreationToken="stories")["FileSystemId"],
        bucket="stories",
        vpc=defaults["vpc_id"],
        balancer=elbv2.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"],
        web_acl=connect("wafv2").create_web_acl(
            Name="stories",
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig={
                "SampledRequestsEnabled": True,
                "CloudWatchMetricsEnabled": True,
                "MetricName": "stories",
            },
        )["Summary"]["ARN"],
        targets=targets,
        rule_arn=rule,
        role=connect("iam").create_role(RoleName="balancing", AssumeRolePolicyDocument=_TRUST)["Role"]["Arn"],
    )
    policies = {key[0].upper() + key[1:]: value for key, value in _scaled(place).items()}
    scaling.register_scalable_target(**policies, MinCapacity=1, MaxCapacity=2)
    return place


@pytest.mark.parametrize("name", _STORIES)
def test_a_resource_lives_and_leaves_nothing(name: str, place: Place, engine: Engine) -> None:
    lives(_STORIES[name], place, engine)


@pytest.mark.parametrize("name", [name for name, story in _STORIES.items() if story.taggable])
def test_tags_change_in_place(name: str, place: Place, engine: Engine) -> None:
    retags(_STORIES[name], f"t-{name.replace(' ', '-')[:20]}", place, engine)
