"""A small ECS in shapes as boto3 returns them: what the tests of collector, watch and proof replay."""

# ruff: noqa: ARG002 - the fake answers whoever asks, with the signatures of `Reads`

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from diagnostics.clock import Clock
from diagnostics.reads import Answer, ReadError

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ARN = "arn:aws:ecs:eu-west-1:123456789012"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef"
OLD, NEW = "ecs-svc/1111111111111111111", "ecs-svc/2222222222222222222"
DIGEST = "sha256:" + "ab" * 32


def revision(deployment: str) -> str:
    return f"{ARN}:service-revision/prod/web/{deployment.partition('/')[2]}"


def definition(number: int) -> str:
    return f"{ARN}:task-definition/web:{number}"


@dataclass
class SteppedClock(Clock):
    """A clock that moves when it is told to."""

    time: datetime = NOW

    def now(self) -> datetime:
        return self.time

    def real(self, seconds: float) -> float:
        return seconds

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class FakeSurroundings:
    """Answers with what its fields hold; whatever is asked is counted, and refused where its name is in `refused`."""

    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    parameters: list[dict[str, Any]] = field(default_factory=list)
    roles: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ec2: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def _asked(self, operation: str) -> None:
        self.asked[operation] += 1
        if code := self.refused.get(operation):
            raise ReadError(Answer(operation, code, "no"))

    def batch_get_image(self, registry: str, region: str, repository: str, image_id: dict[str, str]) -> dict[str, Any]:
        self._asked("BatchGetImage")
        known = self.images.get(next(iter(image_id.values())))
        if known is None:
            return {"images": [], "failures": [{"failureCode": "ImageNotFound", "failureReason": "not there"}]}
        return {"images": [known], "failures": []}

    def describe_secret(self, secret_id: str, region: str | None) -> dict[str, Any]:
        self._asked("DescribeSecret")
        if secret_id not in self.secrets:
            raise ReadError(Answer("DescribeSecret", "ResourceNotFoundException", "can't find the specified secret."))
        return self.secrets[secret_id]

    def describe_parameters(self, names: Sequence[str], region: str | None) -> list[dict[str, Any]]:
        self._asked("DescribeParameters")
        return [each for each in self.parameters if each["Name"] in names]

    def get_role(self, name: str) -> dict[str, Any]:
        self._asked("GetRole")
        if name not in self.roles:
            raise ReadError(Answer("GetRole", "NoSuchEntity", f"The role with name {name} cannot be found."))
        return {"RoleName": name, "AssumeRolePolicyDocument": {"Statement": []}}

    def role_policies(self, name: str) -> list[dict[str, Any]]:
        self._asked("ListAttachedRolePolicies")
        return self.roles[name]

    def describe_alarms(self, names: Sequence[str]) -> list[dict[str, Any]]:
        self._asked("DescribeAlarms")
        return [{"AlarmName": name, "StateValue": "ALARM"} for name in names]

    def describe_ec2(self, operation: str, key: str, filters: dict[str, Sequence[str]]) -> list[dict[str, Any]]:
        self._asked(key)
        return self.ec2.get(key, [])

    def describe_vpc_dns(self, vpc_id: str) -> dict[str, Any]:
        self._asked("DescribeVpcAttribute")
        return {"VpcId": vpc_id, "EnableDnsSupport": True, "EnableDnsHostnames": True}

    def describe_load_balancers(self, arns: Sequence[str]) -> list[dict[str, Any]]:
        self._asked("DescribeLoadBalancers")
        return [{"LoadBalancerArn": arn, "SecurityGroups": ["sg-lb"]} for arn in arns]


@dataclass
class FakeReader:
    """Answers with what its fields hold; an operation in `refused` is answered with that code instead."""

    service: dict[str, Any] | None = None
    tasks: list[dict[str, Any]] = field(default_factory=list)
    deployments: list[dict[str, Any]] = field(default_factory=list)
    health: list[dict[str, Any]] = field(default_factory=list)
    logs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    api_calls: Counter[str] = field(default_factory=Counter)
    surroundings: FakeSurroundings = field(default_factory=FakeSurroundings)
    definition: dict[str, Any] = field(default_factory=dict)

    def _called(self, operation: str) -> None:
        self.api_calls[operation] += 1
        if code := self.refused.get(operation):
            raise ReadError(Answer(operation, code, "no"))

    def describe_service(self, cluster: str, service: str) -> dict[str, Any] | None:
        self._called("DescribeServices")
        return self.service

    def list_tasks(self, cluster: str, service: str, desired_status: str) -> list[str]:
        self._called("ListTasks")
        return [task["taskArn"] for task in self.tasks if task["desiredStatus"] == desired_status]

    def describe_tasks(self, cluster: str, tasks: Sequence[str]) -> list[dict[str, Any]]:
        self._called("DescribeTasks")
        return [task for task in self.tasks if task["taskArn"] in tasks]

    def list_service_deployments(self, cluster: str, service: str) -> list[dict[str, Any]]:
        self._called("ListServiceDeployments")
        return [
            {
                "serviceDeploymentArn": each["serviceDeploymentArn"],
                "targetServiceRevisionArn": each["targetServiceRevision"]["arn"],
                "status": each["status"],
                "createdAt": each["createdAt"],
            }
            for each in self.deployments
        ]

    def describe_service_deployment(self, arn: str) -> dict[str, Any] | None:
        self._called("DescribeServiceDeployments")
        return next((each for each in self.deployments if each["serviceDeploymentArn"] == arn), None)

    def describe_service_revisions(self, arns: Sequence[str]) -> list[dict[str, Any]]:
        self._called("DescribeServiceRevisions")
        numbers = {revision(OLD): 1, revision(NEW): 2}
        images = [{"containerName": "app", "image": "shop:1", "imageDigest": DIGEST}]
        return [
            {"serviceRevisionArn": arn, "taskDefinition": definition(numbers[arn]), "containerImages": images}
            for arn in arns
        ]

    def describe_task_definition(self, task_definition: str) -> dict[str, Any]:
        self._called("DescribeTaskDefinition")
        options = {"awslogs-group": "/web", "awslogs-stream-prefix": "web", "awslogs-region": "eu-west-1"}
        container = {
            "name": "app",
            "image": "shop:1",
            "essential": True,
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }
        container |= self.definition.get("container", {})
        of_task = {key: value for key, value in self.definition.items() if key != "container"}
        return {"taskDefinitionArn": task_definition, "containerDefinitions": [container], **of_task}

    def describe_target_groups(self, arns: Sequence[str]) -> list[dict[str, Any]]:
        self._called("DescribeTargetGroups")
        return [{"TargetGroupArn": arn, "TargetGroupName": "web", "HealthCheckPath": "/healthz"} for arn in arns]

    def describe_target_health(self, target_group_arn: str) -> list[dict[str, Any]]:
        self._called("DescribeTargetHealth")
        return self.health

    def get_log_events(self, group: str, stream: str, limit: int, region: str | None = None) -> list[dict[str, Any]]:
        self._called("GetLogEvents")
        return self.logs.get(stream, [])


def deployment(
    deployment_id: str, number: int, status: str = "PRIMARY", state: str = "COMPLETED", **more: Any
) -> dict[str, Any]:
    return {
        "id": deployment_id,
        "status": status,
        "rolloutState": state,
        "taskDefinition": definition(number),
        "desiredCount": 1,
        "runningCount": 1,
        "pendingCount": 0,
        "createdAt": NOW - timedelta(days=1),
    } | more


def service(*deployments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "serviceName": "web",
        "clusterArn": f"{ARN}:cluster/prod",
        "status": "ACTIVE",
        "desiredCount": 1,
        "runningCount": 1,
        "pendingCount": 0,
        "deployments": list(deployments),
        "events": [],
        "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "app", "containerPort": 5001}],
    } | more


def task(number: int, deployment_id: str, status: str = "RUNNING", **more: Any) -> dict[str, Any]:
    return {
        "taskArn": f"{ARN}:task/prod/{number:032x}",
        "startedBy": deployment_id,
        "lastStatus": status,
        "desiredStatus": status,
        "createdAt": NOW - timedelta(seconds=60),
        "startedAt": NOW - timedelta(seconds=30),
        "containers": [{"name": "app", "lastStatus": status, "imageDigest": DIGEST}],
        "attachments": [{"details": [{"name": "privateIPv4Address", "value": f"10.0.0.{number}"}]}],
    } | more


def target(number: int, state: str = "healthy") -> dict[str, Any]:
    return {"Target": {"Id": f"10.0.0.{number}", "Port": 5001}, "TargetHealth": {"State": state}}


def service_deployment(
    name: str, source: str | None, to: str, status: str = "SUCCESSFUL", **more: Any
) -> dict[str, Any]:
    return {
        "serviceDeploymentArn": f"{ARN}:service-deployment/prod/web/{name}",
        "status": status,
        "createdAt": NOW,
        "targetServiceRevision": {"arn": revision(to)},
        "sourceServiceRevisions": [{"arn": revision(source)}] if source else [],
    } | more


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def reader() -> FakeReader:
    """Return a reader of a service that serves revision 1 with one healthy target."""
    return FakeReader(
        service=service(deployment(OLD, 1)),
        tasks=[task(1, OLD)],
        deployments=[service_deployment("first", None, OLD)],
        health=[target(1)],
    )


@pytest.fixture
def aws() -> Any:
    """Return the makers of shapes, as attributes."""

    class Aws:
        old, new, group, now, digest = OLD, NEW, GROUP, NOW, DIGEST

    for maker in (deployment, service, task, target, service_deployment, definition, revision):
        setattr(Aws, maker.__name__, staticmethod(maker))
    return Aws


@pytest.fixture
def serving_document(reader: FakeReader, clock: SteppedClock) -> Callable[[], dict[str, Any]]:
    """Return what makes a fresh document of the service that serves."""
    from diagnostics.collect import Collector

    def make() -> dict[str, Any]:
        import copy

        return copy.deepcopy(dict(Collector(reader, "prod", "web", clock).collect().document))

    return make
