"""An account in moto, in this process, whose ECS is ours on a clock that is stepped by hand."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.clock import SteppedClock
from sandbox.ecs import install
from sandbox.images import Catalogue, load_catalogue, push
from sandbox.simulation import Simulation

os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # nobody here starts an instance, and reading them takes longest
ACCOUNT = "123456789012"
REGION = "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
PERMISSIONS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["ecr:*", "logs:*", "secretsmanager:GetSecretValue", "ssm:GetParameters"],
            "Resource": "*",
        },
    ],
}
BREAKER = {"enable": True, "rollback": True}


@cache
def _clients(service: str) -> Any:
    """One client a service: reading its model takes longer than a test, and moto answers each of them all the same."""
    session = boto3.Session("test", "test", region_name=REGION)
    return session.client(service)


class World:
    """A network, a load balancer, a cluster and a log group; methods make task definitions and services in them."""

    def __init__(self, seed: int = 1, subnet: str = "10.0.0.0/24", catalogue: Catalogue | None = None) -> None:
        self.clock = SteppedClock(datetime(2030, 1, 1, tzinfo=UTC))
        self.simulation = Simulation(self.clock, seed)
        catalogue = catalogue or load_catalogue()
        self._execution_role()
        self.world = install(self.simulation, catalogue)
        push(catalogue, ACCOUNT, REGION)
        self.ecs = self.client("ecs")
        self.elb = self.client("elbv2")
        self.logs = self.client("logs")
        self.ec2 = self.client("ec2")
        self.ecs.create_cluster(clusterName="main")
        self.logs.create_log_group(logGroupName="shop")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self._subnet(subnet, "a")
        other = self._subnet("10.0.9.0/24", "b")
        self._nat_gateway()
        balancer = self.elb.create_load_balancer(Name="main", Subnets=[self.subnet, other])["LoadBalancers"][0]
        self.balancer = balancer["LoadBalancerArn"]
        self.listener_port = 80

    def client(self, service: str) -> Any:
        return _clients(service)

    def _subnet(self, block: str, zone: str) -> str:
        answer = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=block, AvailabilityZone=REGION + zone)
        return answer["Subnet"]["SubnetId"]

    def _execution_role(self) -> None:
        """Make the role before ECS is there, so that it is an old one."""
        self.make_role("execution")
        self.allow(PERMISSIONS)

    def make_role(self, name: str) -> str:
        """Make a role that ECS's tasks may take and that may do nothing; return its ARN."""
        made = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        return str(made["Role"]["Arn"])

    def allow(self, document: dict[str, Any], role: str = "execution") -> None:
        """Set what a role may do."""
        self.client("iam").put_role_policy(RoleName=role, PolicyName="all", PolicyDocument=json.dumps(document))

    def _nat_gateway(self) -> None:
        """Have every subnet without a route table of its own reach the internet."""
        tables = self.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["RouteTables"]
        self.route_table = tables[0]["RouteTableId"]
        public = self._subnet("10.0.8.0/24", "a")
        internet = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=self.vpc)
        table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=internet)
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=public)
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        gateway = self.ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
        self.nat_gateway, self.public_subnet, self.internet_gateway = gateway, public, internet
        self.ec2.create_route(RouteTableId=self.route_table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway)

    def target_group(self, *, listener: bool = True, **settings: Any) -> str:
        given = {
            "Name": f"tg-{self.listener_port}",
            "Protocol": "HTTP",
            "Port": 5001,
            "TargetType": "ip",
            "HealthCheckPath": "/healthz",
            "HealthCheckIntervalSeconds": 10,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 2,
        }
        arn = self.elb.create_target_group(VpcId=self.vpc, **(given | settings))["TargetGroups"][0]["TargetGroupArn"]
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "10"}
        self.elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[delay])
        if listener:
            forward = [{"Type": "forward", "TargetGroupArn": arn}]
            self.elb.create_listener(
                LoadBalancerArn=self.balancer, Protocol="HTTP", Port=self.listener_port, DefaultActions=forward
            )
        self.listener_port += 1
        return arn

    def register(self, tag: str, container: dict[str, Any] | None = None, **settings: Any) -> str:
        definition = {
            "name": "app",
            "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop:{tag}",
            "portMappings": [{"containerPort": 5001}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "shop",
                    "awslogs-region": REGION,
                    "awslogs-stream-prefix": "shop",
                },
            },
        } | (container or {})
        given = {
            "family": "shop",
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": ROLE,
            "containerDefinitions": [definition],
        } | settings
        return self.ecs.register_task_definition(**given)["taskDefinition"]["taskDefinitionArn"]

    def create(self, definition: str, target_group: str | None = None, **settings: Any) -> dict[str, Any]:
        balancer = {"targetGroupArn": target_group, "containerName": "app", "containerPort": 5001}
        given = {
            "cluster": "main",
            "serviceName": "shop",
            "taskDefinition": definition,
            "desiredCount": 1,
            **({} if "capacityProviderStrategy" in settings else {"launchType": "FARGATE"}),
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": [self.subnet]}},
            "deploymentConfiguration": {"deploymentCircuitBreaker": BREAKER},
            "loadBalancers": [balancer] if target_group else [],
        } | settings
        return self.ecs.create_service(**given)["service"]

    def update(self, **settings: Any) -> dict[str, Any]:
        return self.ecs.update_service(cluster="main", service="shop", **settings)["service"]

    def step(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.simulation.advance()

    def until(self, true: Callable[[], object], within: float = 3600, by: float = 1) -> float:
        """Step until something is true; return how many seconds that took, and fail where they were too many."""
        waited = 0.0
        while not true():
            assert waited < within, f"not within {within} s; events: {self.messages()}"
            self.step(by)
            waited += by
        return waited

    def service(self) -> dict[str, Any]:
        return self.ecs.describe_services(cluster="main", services=["shop"])["services"][0]

    def primary(self) -> dict[str, Any]:
        return next(each for each in self.service()["deployments"] if each["status"] == "PRIMARY")

    def messages(self) -> list[str]:
        """The service's events, oldest first, without its name and with tasks and ARNs as they are."""
        return [event["message"].removeprefix("(service shop) ") for event in reversed(self.service()["events"])]

    def rollouts(self) -> list[dict[str, Any]]:
        briefs = self.ecs.list_service_deployments(cluster="main", service="shop")["serviceDeployments"]
        arns = [each["serviceDeploymentArn"] for each in briefs]
        return self.ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]

    def tasks(self, desired: str = "RUNNING") -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster="main", serviceName="shop", desiredStatus=desired)["taskArns"]
        return self.ecs.describe_tasks(cluster="main", tasks=arns)["tasks"] if arns else []

    def completed(self) -> bool:
        service = self.service()
        return len(service["deployments"]) == 1 and service["deployments"][0]["rolloutState"] == "COMPLETED"

    def log(self, task: dict[str, Any]) -> list[str]:
        stream = f"shop/app/{task['taskArn'].rpartition('/')[2]}"
        events = self.logs.get_log_events(logGroupName="shop", logStreamName=stream, startFromHead=True)["events"]
        return [event["message"] for event in events]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Moto's AWS, in this process, with nobody else's configuration."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    with mock_aws():
        yield


@pytest.fixture
def world(make_world: type[World]) -> World:
    return make_world()


@pytest.fixture
def make_world(aws: None) -> type[World]:  # noqa: ARG001 - AWS must be there first
    return World


@pytest.fixture
def world_class() -> type[World]:
    """For a test that makes several, each in a `mock_aws` of its own."""
    return World
