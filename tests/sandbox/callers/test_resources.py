"""Which resources a request is evaluated on, for each service."""

from typing import Any

import pytest
from moto import mock_aws

from sandbox.callers.naming import Place
from sandbox.callers.resources import resources

PLACE = Place("123456789012", "eu-west-1")
ECS = "arn:aws:ecs:eu-west-1:123456789012:"
ELB = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:"
EC2 = "arn:aws:ec2:eu-west-1:123456789012:"
LOGS = "arn:aws:logs:eu-west-1:123456789012:log-group:"
IAM = "arn:aws:iam::123456789012:"
BALANCER = f"{ELB}loadbalancer/app/main/0123"


@pytest.mark.parametrize(
    ("action", "given", "expected"),
    [
        ("ecs:ListClusters", {}, ["*"]),
        ("ecs:DescribeClusters", {"clusters": ["a", f"{ECS}cluster/b"]}, [f"{ECS}cluster/b", f"{ECS}cluster/a"]),
        ("ecs:DescribeClusters", {}, [f"{ECS}cluster/default"]),
        (
            "ecs:DescribeServices",
            {"cluster": "main", "services": ["a", "b"]},
            [f"{ECS}service/main/a", f"{ECS}service/main/b"],
        ),
        ("ecs:DescribeServices", {"services": ["a"]}, [f"{ECS}service/default/a"]),
        ("ecs:UpdateService", {"cluster": f"{ECS}cluster/main", "service": "a"}, [f"{ECS}service/main/a"]),
        ("ecs:UpdateService", {"service": f"{ECS}service/main/a"}, [f"{ECS}service/main/a"]),
        (
            "ecs:CreateService",
            {
                "cluster": "main",
                "serviceName": "a",
                "taskDefinition": f"{ECS}task-definition/f:1",
                "loadBalancers": [{"targetGroupArn": f"{ELB}targetgroup/a/1"}],
            },
            [f"{ECS}service/main/a"],
        ),
        (
            "ecs:StopServiceDeployment",
            {"serviceDeploymentArn": f"{ECS}service-deployment/main/a/id"},
            [f"{ECS}service/main/a", f"{ECS}service-deployment/main/a/id"],
        ),
        ("ecs:ListTasks", {"cluster": "main", "serviceName": "a"}, ["*"]),
        (
            "ecs:DescribeTasks",
            {"cluster": "main", "tasks": ["0", f"{ECS}task/main/1"]},
            [f"{ECS}task/main/1", f"{ECS}task/main/0"],
        ),
        ("ecs:RegisterTaskDefinition", {"family": "f"}, [f"{ECS}task-definition/f:*"]),
        ("ecs:RunTask", {"cluster": "main", "taskDefinition": "f:7"}, [f"{ECS}task-definition/f:7"]),
        ("ecs:DescribeTaskDefinition", {"taskDefinition": "f:7"}, ["*"]),
        ("ecs:TagResource", {"resourceArn": f"{ECS}service/main/a"}, [f"{ECS}service/main/a"]),
        ("elasticloadbalancing:DescribeTargetHealth", {"TargetGroupArn": f"{ELB}targetgroup/a/1"}, ["*"]),
        ("elasticloadbalancing:CreateLoadBalancer", {"Name": "n", "Type": "network"}, [f"{ELB}loadbalancer/net/n/*"]),
        ("elasticloadbalancing:CreateListener", {"LoadBalancerArn": BALANCER}, [BALANCER]),
        ("elasticloadbalancing:DeleteLoadBalancer", {"LoadBalancerArn": BALANCER}, [BALANCER]),
        (
            "elasticloadbalancing:AddTags",
            {"ResourceArns": [f"{ELB}targetgroup/a/1"]},
            [f"{ELB}targetgroup/a/1"],
        ),
        ("ec2:DescribeSubnets", {"SubnetIds": ["subnet-01234567"]}, ["*"]),
        (
            "ec2:CreateSecurityGroup",
            {"GroupName": "g", "VpcId": "vpc-01234567"},
            [f"{EC2}security-group/*", f"{EC2}vpc/vpc-01234567"],
        ),
        (
            "ec2:AuthorizeSecurityGroupIngress",
            {"GroupId": "sg-01234567", "IpPermissions": [{"UserIdGroupPairs": [{"GroupId": "sg-99999999"}]}]},
            [f"{EC2}security-group/sg-01234567"],
        ),
        ("logs:DescribeLogGroups", {}, [f"{LOGS}:log-stream:"]),
        ("logs:CreateLogGroup", {"logGroupName": "/shop"}, [f"{LOGS}/shop:log-stream:"]),
        ("logs:PutLogEvents", {"logGroupName": "g", "logStreamName": "a/b"}, [f"{LOGS}g:log-stream:a/b"]),
        ("logs:TagResource", {"resourceArn": f"{LOGS}g"}, [f"{LOGS}g"]),
        ("iam:CreateRole", {"RoleName": "r", "Path": "/ci/"}, [f"{IAM}role/ci/r"]),
        ("iam:PutRolePolicy", {"RoleName": "r", "PolicyName": "inline"}, [f"{IAM}role/r"]),
        ("iam:AttachRolePolicy", {"RoleName": "r", "PolicyArn": f"{IAM}policy/p"}, [f"{IAM}role/r"]),
        ("iam:GetPolicy", {"PolicyArn": f"{IAM}policy/p"}, [f"{IAM}policy/p"]),
        ("sts:AssumeRole", {"RoleArn": f"{IAM}role/ci/r"}, [f"{IAM}role/ci/r"]),
        ("sqs:ReceiveMessage", {"QueueUrl": "http://h/123456789012/q"}, ["arn:aws:sqs:eu-west-1:123456789012:q"]),
        ("events:PutRule", {"Name": "r"}, ["arn:aws:events:eu-west-1:123456789012:rule/r"]),
        (
            "events:PutTargets",
            {"Rule": "r", "EventBusName": "own", "Targets": [{"Arn": "arn:aws:sqs:eu-west-1:123456789012:q"}]},
            ["arn:aws:events:eu-west-1:123456789012:rule/own/r"],
        ),
        (
            "ssm:GetParameters",
            {"Names": ["/a/b", "c"]},
            ["arn:aws:ssm:eu-west-1:123456789012:parameter/a/b", "arn:aws:ssm:eu-west-1:123456789012:parameter/c"],
        ),
        ("cloudwatch:PutMetricAlarm", {"AlarmName": "a"}, ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a"]),
        ("cloudwatch:DescribeAlarms", {}, ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"]),
        ("ecr:DescribeImages", {"repositoryName": "a/b"}, ["arn:aws:ecr:eu-west-1:123456789012:repository/a/b"]),
    ],
)
def test_a_request_is_on_what_it_names(action: str, given: dict[str, Any], expected: list[str]) -> None:
    service, _, operation = action.partition(":")
    with mock_aws():
        assert resources(service, operation, given, PLACE) == expected


def test_an_operation_that_iam_does_not_know_has_no_resources() -> None:
    assert resources("ecs", "DoSomething", {}, PLACE) is None
