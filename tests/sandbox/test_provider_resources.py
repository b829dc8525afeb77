"""Each resource type's life against the sandbox's AWS, through the real executable."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc
import pytest

from sandbox.process import Sandbox
from sandbox.provider.wire import UNKNOWN
from tests.sandbox.provider_client import Engine, IncompleteError
from tests.sandbox.provider_stories import Story, lives, retags

_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
        ],
    }
)
_POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
_OTHER_POLICY = _POLICY.replace("s3:GetObject", "s3:PutObject")
_CONTAINERS = json.dumps(
    [{"name": "web", "image": "shop:1", "essential": True, "portMappings": [{"containerPort": 80}]}]
)


@dataclass(frozen=True)
class Place:
    """Ids that the stories need of the account."""

    vpc: str
    listener: str
    other_group: str
    role: str
    secret: str
    target_group: str


_STORIES: dict[str, Story[Place]] = {
    "log group": Story("aws:cloudwatch/logGroup:LogGroup", lambda _: {"retentionInDays": 7}, {"retentionInDays": 30}),
    "log group without retention": Story("aws:cloudwatch/logGroup:LogGroup", lambda _: {}, {"retentionInDays": 1}),
    "role": Story(
        "aws:iam/role:Role",
        lambda _: {"assumeRolePolicy": _TRUST, "managedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
        {"description": "of the service", "maxSessionDuration": 7200, "managedPolicyArns": []},
    ),
    "role with a policy in it": Story(
        "aws:iam/role:Role",
        lambda _: {"assumeRolePolicy": _TRUST, "inlinePolicies": [{"name": "read", "policy": _POLICY}]},
        {"inlinePolicies": [{"name": "write", "policy": _OTHER_POLICY}]},
    ),
    "role at a path": Story(
        "aws:iam/role:Role", lambda _: {"assumeRolePolicy": _TRUST}, {"path": "/apps/"}, replaces=True
    ),
    "role policy": Story(
        "aws:iam/rolePolicy:RolePolicy",
        lambda place: {"role": place.role, "policy": _POLICY},
        {"policy": _OTHER_POLICY},
        taggable=False,
    ),
    "role policy attachment": Story(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        lambda place: {
            "role": place.role,
            "policyArn": "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
        },
        {"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        replaces=True,
        taggable=False,
    ),
    "task definition": Story(
        "aws:ecs/taskDefinition:TaskDefinition",
        lambda place: {
            "family": "life",
            "containerDefinitions": _CONTAINERS,
            "cpu": "256",
            "memory": "512",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "executionRoleArn": f"arn:aws:iam::123456789012:role/{place.role}",
            "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
            "ephemeralStorage": {"sizeInGib": 30},
            "volumes": [{"name": "scratch"}],
        },
        {"containerDefinitions": _CONTAINERS.replace("shop:1", "shop:2")},
        replaces=True,
    ),
    "target group": Story(
        "aws:lb/targetGroup:TargetGroup",
        lambda place: {
            "port": 80,
            "protocol": "HTTP",
            "vpcId": place.vpc,
            "targetType": "ip",
            "deregistrationDelay": 30,
            "healthCheck": {"path": "/healthz", "matcher": "200-299", "interval": 10},
            "stickiness": {"type": "lb_cookie", "cookieDuration": 60},
        },
        {"slowStart": 60, "healthCheck": {"path": "/up", "unhealthyThreshold": 5}},
    ),
    "target group elsewhere": Story(
        "aws:lb/targetGroup:TargetGroup",
        lambda place: {"port": 80, "protocol": "HTTP", "vpcId": place.vpc, "targetType": "ip"},
        {"port": 81},
        replaces=True,
    ),
    "listener rule": Story(
        "aws:lb/listenerRule:ListenerRule",
        lambda place: {
            "listenerArn": place.listener,
            "actions": [{"type": "forward", "targetGroupArn": place.target_group}],
            "conditions": [{"pathPattern": {"values": ["/a/*", "/b/*"]}}, {"hostHeader": {"values": ["shop.test"]}}],
        },
        {"priority": 77, "conditions": [{"pathPattern": {"values": ["/c/*"]}}]},
    ),
    "listener rule with a fixed answer": Story(
        "aws:lb/listenerRule:ListenerRule",
        lambda place: {
            "listenerArn": place.listener,
            "priority": 10,
            "actions": [
                {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "503"}}
            ],
            "conditions": [{"httpHeader": {"httpHeaderName": "X-Test", "values": ["1"]}}],
        },
        {"actions": [{"type": "redirect", "redirect": {"statusCode": "HTTP_301", "path": "/new"}}]},
    ),
    "weighted listener rule": Story(
        "aws:lb/listenerRule:ListenerRule",
        lambda place: {
            "listenerArn": place.listener,
            "priority": 11,
            "actions": [{"type": "forward", "forward": {"targetGroups": [{"arn": place.target_group}]}}],
            "conditions": [{"queryStrings": [{"key": "v", "value": "2"}]}],
        },
        {"priority": 12},
        importable=False,  # AWS tells one target group in both ways: the program's is not known
    ),
    "alarm": Story(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        lambda _: {
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 2,
            "metricName": "CPUUtilization",
            "namespace": "AWS/ECS",
            "dimensions": {"ClusterName": "sandbox"},
            "period": 60,
            "statistic": "Average",
            "threshold": 80,
            "alarmActions": ["arn:aws:sns:eu-west-1:123456789012:topic"],
        },
        {"threshold": 90.5, "treatMissingData": "notBreaching"},
    ),
    "alarm on an expression": Story(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        lambda _: {
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1,
            "threshold": 5,
            "metricQueries": [
                {"id": "rate", "expression": "errors / requests", "label": "rate", "returnData": True},
                {
                    "id": "errors",
                    "metric": {
                        "metricName": "5XX",
                        "namespace": "AWS/ApplicationELB",
                        "period": 60,
                        "stat": "Sum",
                        "dimensions": {"LoadBalancer": "app/x/1"},
                    },
                },
                {"id": "requests", "metric": {"metricName": "Requests", "namespace": "X", "period": 60, "stat": "Sum"}},
            ],
        },
        {"evaluationPeriods": 3},
    ),
    "security group": Story(
        "aws:ec2/securityGroup:SecurityGroup",
        lambda place: {"vpcId": place.vpc, "description": "of the service"},
        {"description": "renamed"},
        replaces=True,
    ),
    "security group with rules": Story(
        "aws:ec2/securityGroup:SecurityGroup",
        lambda place: {
            "vpcId": place.vpc,
            "ingress": [
                {"protocol": "tcp", "fromPort": 80, "toPort": 80, "securityGroups": [place.other_group]},
                {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/16", "10.1.0.0/16"]},
                {"protocol": "tcp", "fromPort": 22, "toPort": 22, "self": True, "description": "each other"},
            ],
            "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}],
        },
        {"ingress": [{"protocol": "tcp", "fromPort": 81, "toPort": 81, "cidrBlocks": ["10.0.0.0/16"]}], "egress": []},
        importable=False,  # nor is how the program grouped its rules
    ),
    "ingress rule": Story(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        lambda place: {
            "securityGroupId": place.other_group,
            "ipProtocol": "tcp",
            "fromPort": 5001,
            "toPort": 5001,
            "cidrIpv4": "10.0.0.0/16",
            "description": "the load balancer",
        },
        {"toPort": 5002},
    ),
    "egress rule": Story(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        lambda place: {"securityGroupId": place.other_group, "ipProtocol": "-1", "cidrIpv4": "10.9.0.0/16"},
        {"cidrIpv4": "10.8.0.0/16"},
    ),
    "cluster": Story(
        "aws:ecs/cluster:Cluster",
        lambda _: {"settings": [{"name": "containerInsights", "value": "enabled"}]},
        {"settings": [{"name": "containerInsights", "value": "disabled"}]},
    ),
    "secret": Story(
        "aws:secretsmanager/secret:Secret",
        lambda _: {"recoveryWindowInDays": 0, "policy": _POLICY},
        {"description": "the database", "policy": _OTHER_POLICY},
    ),
    "secret version": Story(
        "aws:secretsmanager/secretVersion:SecretVersion",
        lambda place: {"secretId": place.secret, "secretString": "hush"},
        {"secretString": "quiet"},
        replaces=True,
        taggable=False,
        lasting=True,
    ),
}


@pytest.fixture(scope="module")
def place(running: Sandbox, connect: Callable[[str], Any]) -> Place:
    defaults = running.defaults()
    vpc = str(defaults["vpc_id"])
    ec2, elbv2 = connect("ec2"), connect("elbv2")
    group = elbv2.create_target_group(Name="stories", Port=80, Protocol="HTTP", VpcId=vpc, TargetType="ip")
    connect("iam").create_role(RoleName="stories", AssumeRolePolicyDocument=_TRUST)
    return Place(
        vpc=vpc,
        listener=defaults["listener_arn"],
        other_group=ec2.create_security_group(GroupName="stories", Description="x", VpcId=vpc)["GroupId"],
        role="stories",
        secret=connect("secretsmanager").create_secret(Name="stories", SecretString="x")["ARN"],
        target_group=group["TargetGroups"][0]["TargetGroupArn"],
    )


@pytest.mark.parametrize("name", _STORIES)
def test_a_resource_lives_and_leaves_nothing(name: str, place: Place, engine: Engine) -> None:
    lives(_STORIES[name], place, engine)


@pytest.mark.parametrize("name", [name for name, story in _STORIES.items() if story.taggable])
def test_tags_change_in_place(name: str, place: Place, engine: Engine) -> None:
    retags(_STORIES[name], f"t-{name.replace(' ', '-')[:20]}", place, engine)


def test_what_somebody_changed_by_hand_is_found_and_put_right(engine: Engine, connect: Callable[[str], Any]) -> None:
    kind, written = "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 7}
    id_, state = engine.create(kind, "drift", written)
    inputs, _ = engine.check(kind, "drift", written)
    connect("logs").put_retention_policy(logGroupName=id_, retentionInDays=365)
    _, live, live_inputs = engine.read(kind, "drift", id_, state, inputs)
    assert live["retentionInDays"] == live_inputs["retentionInDays"] == 365
    difference = engine.diff(kind, "drift", live, written, live_inputs)
    assert list(difference.diffs) == ["retentionInDays"]
    engine.update(kind, "drift", id_, live, inputs)
    assert connect("logs").describe_log_groups(logGroupNamePrefix=id_)["logGroups"][0]["retentionInDays"] == 7
    engine.delete(kind, "drift", id_, live)


def test_a_resource_that_somebody_deleted_is_gone_from_the_state(engine: Engine, connect: Callable[[str], Any]) -> None:
    kind = "aws:cloudwatch/logGroup:LogGroup"
    id_, state = engine.create(kind, "deleted", {})
    connect("logs").delete_log_group(logGroupName=id_)
    assert engine.read(kind, "deleted", id_, state, {})[0] == ""


def test_a_kept_task_definition_stays_active_and_others_do_not(engine: Engine, connect: Callable[[str], Any]) -> None:
    kind = "aws:ecs/taskDefinition:TaskDefinition"
    fargate = {"cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"]}
    written = {"family": "kept", "containerDefinitions": _CONTAINERS, **fargate}
    first_id, first = engine.create(kind, "kept", {**written, "skipDestroy": True})
    second_id, second = engine.create(kind, "kept", written)
    assert (first["revision"], second["revision"]) == (1, 2)
    assert second["arnWithoutRevision"] == second["arn"].removesuffix(":2")
    engine.delete(kind, "kept", first_id, first)
    engine.delete(kind, "kept", second_id, second)
    listed = connect("ecs").list_task_definitions(familyPrefix="kept", status="ACTIVE")["taskDefinitionArns"]
    assert listed == [first["arn"]]


def test_a_new_security_group_lets_nothing_out(engine: Engine, place: Place, connect: Callable[[str], Any]) -> None:
    kind = "aws:ec2/securityGroup:SecurityGroup"
    id_, state = engine.create(kind, "closed", {"vpcId": place.vpc})
    group = connect("ec2").describe_security_groups(GroupIds=[id_])["SecurityGroups"][0]
    assert group["IpPermissionsEgress"] == []
    engine.delete(kind, "closed", id_, state)


def test_a_name_from_a_prefix_is_unknown_in_a_preview_and_stays(engine: Engine) -> None:
    kind, written = "aws:cloudwatch/logGroup:LogGroup", {"namePrefix": "web-"}
    _, planned = engine.create(kind, "web", written, preview=True)
    assert planned["name"] is UNKNOWN
    id_, state = engine.create(kind, "web", written)
    assert state["name"].startswith("web-")
    inputs, _ = engine.check(kind, "web", {**written, "retentionInDays": 1})
    assert engine.update(kind, "web", id_, state, inputs)["name"] == state["name"]
    engine.delete(kind, "web", id_, state)


def test_unknown_inputs_stay_unknown_in_a_preview(engine: Engine, place: Place) -> None:
    written = {**_STORIES["listener rule"].inputs(place), "listenerArn": UNKNOWN, "tags": {"a": UNKNOWN}}
    _, planned = engine.create("aws:lb/listenerRule:ListenerRule", "web", written, preview=True)
    assert planned["listenerArn"] is UNKNOWN
    assert planned["tagsAll"] is UNKNOWN


def test_a_refused_creation_saves_nothing_and_reads_as_the_real_provider_says_it(engine: Engine) -> None:
    kind, written = "aws:iam/rolePolicy:RolePolicy", {"name": "p", "role": "nobody", "policy": _POLICY}
    with pytest.raises(grpc.RpcError) as error:
        engine.create(kind, "refused", written)
    said = error.value.details()  # type: ignore[attr-defined]  # a call of gRPC's, which is its error too
    assert said.startswith(
        "1 error occurred:\n\t* creating IAM Role Policy (p): operation error IAM: PutRolePolicy, https"
    )
    assert "StatusCode: 404" in said
    assert "NoSuchEntityException: " in said or "NoSuchEntity: " in said


def test_what_fails_after_the_creation_leaves_the_resource_in_the_state(engine: Engine) -> None:
    kind = "aws:iam/role:Role"
    written = {"assumeRolePolicy": _TRUST, "managedPolicyArns": ["arn:aws:iam::123456789012:policy/nowhere"]}
    said = r"^creating urn:pulumi:dev::demo::aws:iam/role:Role::half: 1 error occurred:\n\t\* creating IAM Role \(half-"
    with pytest.raises(IncompleteError, match=said) as error:
        engine.create(kind, "half", written)
    assert error.value.state["arn"].endswith(error.value.id)
    engine.delete(kind, "half", error.value.id, error.value.state)


def test_a_type_that_the_stand_in_lacks_is_named(engine: Engine) -> None:
    lacking = "aws:s3/bucketMetric:BucketMetric"
    with pytest.raises(grpc.RpcError, match=rf"stand-in .* does not have the resource type {lacking}"):
        engine.check(lacking, "x", {})


def test_a_property_that_the_stand_in_lacks_is_refused_and_not_dropped(engine: Engine) -> None:
    _, failures = engine.check("aws:cloudwatch/logGroup:LogGroup", "x", {"deletionProtectionEnabled": True})
    assert [failure.property for failure in failures] == ["deletionProtectionEnabled"]
    assert "does not have the property `deletionProtectionEnabled`" in failures[0].reason
