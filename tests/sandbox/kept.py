"""A kept sandbox in this process, on a clock that is stepped by hand, and AWS clients that ask it without a port."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import MockRawResponse
from moto.logs.models import LogEvent
from werkzeug.test import Client

from sandbox.clock import Clock, SteppedClock
from sandbox.server import Server, Settings

REGION = "eu-west-1"
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
    '"Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}'
)
EVERYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


class Kept:
    """A sandbox that was begun or brought back."""

    def __init__(self, directory: Path, seed: int = 0) -> None:
        self.directory = directory
        self._server = Server(Settings(directory, speed=1, seed=seed, keep=True), self._running)
        self._http = Client(self._server.application)
        self.client = cache(self._client)

    def begin(self) -> None:
        self._server.begin()

    def close(self) -> None:
        self._server.close()

    def _running(self, at: datetime) -> Clock:
        self.clock = SteppedClock(at)
        return self.clock

    def until(self, at: datetime) -> None:
        """Step by seconds, as a ticker would."""
        while (left := (at - self.clock.now()).total_seconds()) > 0:
            self.clock.advance(min(1, left))
            self._server.advance()

    def settle(self) -> None:
        """Step to the time at which whoever brings it back begins: it may have told it."""
        self.until(datetime.fromisoformat((self.directory / "clock").read_text(encoding="utf-8")))

    def step(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self._server.advance()

    def ask(self, name: str) -> Any:
        return self._http.get(f"/_sandbox/{name}").json

    def post(self, name: str, document: dict[str, Any]) -> Any:
        return self._http.post(f"/_sandbox/{name}", json=document).json

    def _client(self, service: str, region: str = REGION, token: str | None = None) -> Any:
        session = boto3.session.Session("sandbox", "sandbox", token, region_name=region)
        client = session.client(service, endpoint_url="http://127.0.0.1:5000")  # type: ignore[call-overload]
        client.meta.events.register("before-send", self._send)
        return client

    def _send(self, request: AWSPreparedRequest, **_given: object) -> AWSResponse:
        path = request.url.removeprefix("http://127.0.0.1:5000")
        headers = {key: value.decode() if isinstance(value, bytes) else value for key, value in request.headers.items()}
        answer = self._http.open(path, method=request.method, headers=headers, data=request.body or b"")
        raw: Any = MockRawResponse(answer.data)
        return AWSResponse(request.url, answer.status_code, dict(answer.headers), raw)

    # --- what tests do in it

    def prepare(self) -> None:
        """Make what a service of the shop needs."""
        iam = self.client("iam")
        iam.create_role(RoleName="execution", AssumeRolePolicyDocument=TRUST)
        iam.put_role_policy(RoleName="execution", PolicyName="all", PolicyDocument=EVERYTHING)
        self.client("logs").create_log_group(logGroupName="shop")
        self.client("secretsmanager").create_secret(Name="database", SecretString="a-value")

    def register(self, tag: str) -> str:
        options = {"awslogs-group": "shop", "awslogs-region": REGION, "awslogs-stream-prefix": "shop"}
        answer = self.client("ecs").register_task_definition(
            family="shop",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn="arn:aws:iam::123456789012:role/execution",
            containerDefinitions=[
                {
                    "name": "app",
                    "image": f"123456789012.dkr.ecr.{REGION}.amazonaws.com/shop:{tag}",
                    "portMappings": [{"containerPort": 5001}],
                    "logConfiguration": {"logDriver": "awslogs", "options": options},
                }
            ],
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def create(self, name: str, tag: str) -> None:
        """Create a service behind the sandbox's load balancer."""
        elb, defaults = self.client("elbv2"), self.ask("defaults")
        group = elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=5001,
            TargetType="ip",
            VpcId=defaults["vpc_id"],
            HealthCheckPath="/healthz",
            HealthCheckIntervalSeconds=10,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]
        priority = 1 + len(elb.describe_rules(ListenerArn=defaults["listener_arn"])["Rules"])
        elb.create_rule(
            ListenerArn=defaults["listener_arn"],
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": [f"/{name}/*"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        self.client("ecs").create_service(
            cluster="sandbox",
            serviceName=name,
            taskDefinition=self.register(tag),
            desiredCount=2,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": defaults["subnet_ids"]}},
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
            loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 5001}],
        )

    def update(self, name: str, tag: str) -> None:
        self.client("ecs").update_service(cluster="sandbox", service=name, taskDefinition=self.register(tag))

    def deployments(self, name: str = "shop") -> dict[str, Any]:
        """Return all that ECS says of a service."""
        ecs = self.client("ecs")
        briefs = ecs.list_service_deployments(cluster="sandbox", service=name)["serviceDeployments"]
        arns = [each["serviceDeploymentArn"] for each in briefs]
        return {
            "service": ecs.describe_services(cluster="sandbox", services=[name])["services"],
            "rollouts": ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"],
            "tasks": self.tasks(),
        }

    def tasks(self) -> list[Any]:
        ecs = self.client("ecs")
        listed = [ecs.list_tasks(cluster="sandbox", desiredStatus=each)["taskArns"] for each in ("RUNNING", "STOPPED")]
        arns = sorted([*listed[0], *listed[1]])
        return list(ecs.describe_tasks(cluster="sandbox", tasks=arns[:100])["tasks"]) if arns else []

    def objects(self) -> list[tuple[str, bytes]]:
        s3 = self.client("s3")
        if not s3.list_buckets()["Buckets"]:
            return []
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket="a-bucket").get("Contents", [])]
        return [(key, s3.get_object(Bucket="a-bucket", Key=key)["Body"].read()) for key in keys]

    def everything(self) -> dict[str, Any]:
        """Return what there is in the services around ECS, with the times at which it was made."""
        ec2, elb, client = self.client("ec2"), self.client("elbv2"), self.client
        groups = elb.describe_target_groups()["TargetGroups"]
        found = {
            "tasks": self.tasks(),
            "images": client("ecr").describe_images(repositoryName="shop")["imageDetails"],
            "secrets": client("secretsmanager").list_secrets()["SecretList"],
            "roles": client("iam").list_roles()["Roles"],
            "interfaces": ec2.describe_network_interfaces()["NetworkInterfaces"],
            "network": [ec2.describe_vpcs()["Vpcs"], ec2.describe_route_tables()["RouteTables"]],
            "balancers": elb.describe_load_balancers()["LoadBalancers"],
            "groups": groups,
            "health": [elb.describe_target_health(TargetGroupArn=each["TargetGroupArn"]) for each in groups],
            "log groups": client("logs").describe_log_groups()["logGroups"],
            "queues": client("sqs").list_queues().get("QueueUrls"),
            "objects": self.objects(),
            "hosts": self.ask("hosts"),
            "faults": self.ask("faults"),
            "image names": self.ask("images"),
            "defaults": self.ask("defaults"),
        }
        if any(each["logGroupName"] == "shop" for each in found["log groups"]):
            found["logs"] = client("logs").filter_log_events(logGroupName="shop")["events"]
        for answer in found["health"]:
            del answer["ResponseMetadata"]
        return found


@contextmanager
def kept(directory: Path, seed: int = 0) -> Iterator[Kept]:
    """Begin a sandbox that is kept in a directory, or bring back the one that is there; moto is as in a new process."""
    BackendDict.reset()
    LogEvent._event_id = 0  # which no reset of moto's does
    sandbox = Kept(directory, seed)
    try:
        sandbox.begin()
        yield sandbox
    finally:
        sandbox.close()
        BackendDict.reset()
