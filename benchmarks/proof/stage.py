"""A sandbox with a service for each case in it, all made and serving before anything is measured."""

import copy
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config

from benchmarks.proof.kinds import KINDS, TAGS, Definition, Kind
from sandbox import process
from sandbox.process import Sandbox
from sandbox.timings import End

KEY = "bench"
"""The access key of the benchmark's own questions, so that they are told from those of the tools."""
IMAGES = Path(__file__).with_name("images.yaml")
CATALOGUE = Path(process.__file__).with_name("images.yaml")
GRACE = 60
_SECRET = "bench/database"  # noqa: S105 - its name
_SERVED = 600
"""Seconds of ECS's clock in which every first revision has to be complete."""


@dataclass(frozen=True)
class Case:
    """One deployment: a kind of failure, at a desired count, with or without a circuit breaker."""

    kind: Kind
    desired: int = 1
    breaker: bool = True

    @property
    def name(self) -> str:
        """The name of the service, its cluster and its stack, which tells nothing of the failure."""
        number = list(KINDS).index(self.kind.id) + 1
        return f"svc-{number:02}-{self.desired}{'a' if self.breaker else 'b'}"

    @property
    def cluster(self) -> str:
        """A cluster of its own: awslabs.ecs-mcp-server tells the failed tasks of a whole cluster."""
        return self.name

    @property
    def log_group(self) -> str:
        """A name that awslabs.ecs-mcp-server looks for: `/ecs/` and the cluster."""
        return f"/ecs/{self.cluster}"


class Stage:
    """A sandbox of its own.

    Args:
        directory: where the sandbox lives.
        speed: of its clock.
        seed: of its chance.
        timings: the end of their ranges that everything takes, None to draw.
    """

    def __init__(self, directory: Path, speed: float, seed: int, timings: End | None = None) -> None:
        self.directory = directory
        place = directory / ".failwell" / "sandbox"
        self.sandbox: Sandbox = process.start(place, speed=speed, seed=seed, timings=timings)
        self.sandbox.add_images(neutral_images(directory / "images.yaml"))
        now, self.speed = self.sandbox.clock()
        self._entered, self._entered_at = now, time.monotonic()
        self.defaults = self.sandbox.defaults()
        self.registry = f"{self.sandbox.account}.dkr.ecr.{self.sandbox.region}.amazonaws.com"
        where = f"{self.sandbox.region}:{self.sandbox.account}"
        self.no_such_secret = f"arn:aws:secretsmanager:{where}:secret:bench/other-AbCdEf"
        self.no_such_role = f"arn:aws:iam::{self.sandbox.account}:role/bench-other"
        self.no_such_log_group = "/ecs/other"
        self._blocks = (f"10.0.128.{number * 16}/28" for number in count())
        self._platform()

    def close(self) -> None:
        """Stop the sandbox."""
        process.stop(self.sandbox.directory)

    def client(self, service: str) -> Any:
        """Return a client of the sandbox that asks with the benchmark's own key."""
        return _client(service, self.sandbox.endpoint, self.sandbox.region)

    def ecs_time(self, monotonic: float) -> datetime:
        """Return what ECS's clock showed at a moment of this machine."""
        return self._entered + timedelta(seconds=(monotonic - self._entered_at) * self.speed)

    # --- the platform

    def _platform(self) -> None:
        pull = (
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
        )
        rest = ("logs:CreateLogStream", "logs:PutLogEvents")
        self.role = self._role("bench-execution", (*pull, *rest, "secretsmanager:GetSecretValue"))
        self.role_without_secrets = self._role("bench-execution-2", (*pull, *rest))
        self.role_without_registry = self._role("bench-execution-3", rest)
        self.secret: str = self.client("secretsmanager").create_secret(
            Name=_SECRET, SecretString='{"url": "postgres://db"}'
        )["ARN"]
        ec2 = self.client("ec2")
        vpc = self.defaults["vpc_id"]
        group = ec2.create_security_group(GroupName="bench-tasks", Description="The tasks of the benchmark", VpcId=vpc)
        self._group: str = group["GroupId"]
        balancer = [{"GroupId": self.defaults["load_balancer_security_group_id"]}]
        rule = {"IpProtocol": "tcp", "FromPort": 5001, "ToPort": 5001, "UserIdGroupPairs": balancer}
        ec2.authorize_security_group_ingress(GroupId=self._group, IpPermissions=[rule])
        (gateway, *_) = ec2.describe_nat_gateways()["NatGateways"]
        self._gateway: str = gateway["NatGatewayId"]

    def _role(self, name: str, actions: Sequence[str]) -> str:
        trusted = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        iam = self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trusted))
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        iam.put_role_policy(RoleName=name, PolicyName="execution", PolicyDocument=_policy(allowed))
        return str(made["Role"]["Arn"])

    def cut_off(self, subnet: str) -> None:
        """Take a subnet its way to the registry."""
        ec2 = self.client("ec2")
        found = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
        ec2.delete_route(RouteTableId=found["RouteTables"][0]["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")

    def fill(self, subnet: str) -> None:
        """Use up the addresses of a subnet."""
        ec2 = self.client("ec2")
        while ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"]:
            ec2.create_network_interface(SubnetId=subnet)

    def _own_subnet(self) -> str:
        ec2, vpc = self.client("ec2"), self.defaults["vpc_id"]
        zone = f"{self.sandbox.region}a"
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=next(self._blocks), AvailabilityZone=zone)["Subnet"]["SubnetId"]
        ec2.modify_subnet_attribute(SubnetId=made, MapPublicIpOnLaunch={"Value": False})
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=self._gateway)
        ec2.associate_route_table(RouteTableId=table, SubnetId=made)
        return str(made)

    # --- the services

    def spec(self, case: Case) -> dict[str, Any]:
        """Make what is around a service, and return it with its task definition as ECS's requests have them."""
        elb, number = self.client("elbv2"), next(_NUMBERS)
        self.client("ecs").create_cluster(clusterName=case.cluster)
        self.client("logs").create_log_group(logGroupName=case.log_group)
        group = elb.create_target_group(
            Name=case.name, Protocol="HTTP", Port=5001, VpcId=self.defaults["vpc_id"], TargetType="ip",
            HealthCheckPath="/healthz", HealthCheckIntervalSeconds=10, HealthCheckTimeoutSeconds=5,
            HealthyThresholdCount=2, UnhealthyThresholdCount=3,
        )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
        elb.create_rule(
            ListenerArn=self.defaults["listener_arn"],
            Priority=number,
            Conditions=[{"Field": "host-header", "Values": [f"{case.name}.example.com"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        subnets = [self._own_subnet()] if case.kind.before else self.defaults["subnet_ids"]
        return {
            "definition": self._definition(case),
            "service": {
                "cluster": case.cluster,
                "serviceName": case.name,
                "desiredCount": case.desired,
                "launchType": "FARGATE",
                "healthCheckGracePeriodSeconds": GRACE,
                "networkConfiguration": {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [self._group]}},
                "loadBalancers": [{"targetGroupArn": group, "containerName": "app", "containerPort": 5001}],
                "deploymentConfiguration": {
                    "deploymentCircuitBreaker": {"enable": case.breaker, "rollback": case.breaker}
                },
            },
        }

    def _definition(self, case: Case) -> Definition:
        options = {
            "awslogs-group": case.log_group,
            "awslogs-region": self.sandbox.region,
            "awslogs-stream-prefix": "app",
        }
        container = {
            "name": "app",
            "image": f"{self.registry}/bench:{TAGS['good-1']}",
            "essential": True,
            "portMappings": [{"containerPort": 5001}],
            "environment": [{"name": "RUN", "value": "1"}],
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }
        return {
            "family": case.name,
            "cpu": "256",
            "memory": "512",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "executionRoleArn": self.role,
            "containerDefinitions": [container],
        }

    def changed(self, case: Case, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is to be deployed: the same with what the case changes."""
        new = copy.deepcopy(dict(spec))
        case.kind.change(new["definition"], self)
        return new

    def happens_before(self, case: Case, spec: Mapping[str, Any]) -> None:
        """Do what happens to the service's surroundings before the update."""
        if case.kind.before:
            case.kind.before(self, spec["service"]["networkConfiguration"]["awsvpcConfiguration"]["subnets"][0])

    def register(self, definition: Definition) -> str:
        """Register a task definition; return its ARN."""
        return str(self.client("ecs").register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"])

    def create(self, spec: Mapping[str, Any]) -> None:
        """Create the service with its first revision, without an engine."""
        self.client("ecs").create_service(**spec["service"], taskDefinition=self.register(spec["definition"]))

    def until_serving(self, cases: Sequence[Case]) -> None:
        """Wait until ECS calls the first deployment of each service completed.

        Raises:
            SystemExit: one is not within ten minutes of ECS's clock.
        """
        waiting = list(cases)
        last = time.monotonic() + _SERVED / self.speed
        while waiting and time.monotonic() < last:
            waiting = [
                case for case in waiting if self.described(case)["deployments"][0]["rolloutState"] != "COMPLETED"
            ]
            time.sleep(max(0.5, 3 / self.speed) if waiting else 0)
        if waiting:
            names = ", ".join(case.name for case in waiting)
            raise SystemExit(f"these do not serve before anything is measured: {names}")

    def described(self, case: Case) -> dict[str, Any]:
        """Return a case's service as ECS describes it."""
        found = self.client("ecs").describe_services(cluster=case.cluster, services=[case.name])["services"]
        return dict(found[0])

    def deployments(self, case: Case, since: datetime) -> list[dict[str, Any]]:
        """Return the service deployments that were made after a moment, briefly, the first one first."""
        asked = {"cluster": case.cluster, "service": case.name}
        listed = self.client("ecs").list_service_deployments(**asked)["serviceDeployments"]
        return sorted((each for each in listed if each["createdAt"] > since), key=lambda each: each["createdAt"])

    @staticmethod
    def write_spec(path: Path, spec: Mapping[str, Any]) -> None:
        """Write what a service is to be to a file, for those who read it."""
        path.write_text(json.dumps(spec), encoding="utf-8")

    @staticmethod
    def read_spec(path: Path) -> dict[str, Any]:
        """Read it again."""
        spec: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return spec

    def now(self) -> datetime:
        """Return the time on ECS's clock."""
        return self.ecs_time(time.monotonic()).astimezone(UTC)


_NUMBERS = count(1)


def neutral_images(path: Path) -> Path:
    """Write the images of the benchmark to a file, under tags that tell nothing of what they do."""
    ours = yaml.safe_load(IMAGES.read_text(encoding="utf-8"))["images"]
    theirs = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))["images"]
    by_tag = {each["tag"]: each for each in (*theirs, *ours)}
    chosen = [
        {**by_tag[tag], **_exposes(by_tag[tag]), "repository": "bench", "tag": new}
        for tag, new in TAGS.items()
        if tag in by_tag
    ]
    path.write_text(yaml.safe_dump({"images": chosen}), encoding="utf-8")
    return path


def _exposes(image: Mapping[str, Any]) -> dict[str, Any]:
    """Return what its Dockerfile exposes: where its program listens, of whatever image, as Dockerfiles usually say."""
    return {"exposes": [image["listens"]]} if image["listens"] else {}


@cache
def _client(service: str, endpoint: str, region: str) -> Any:
    session = boto3.session.Session(KEY, KEY, region_name=region)
    config = Config(proxies={}, max_pool_connections=32, retries={"mode": "standard", "total_max_attempts": 8})
    return session.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]


def _policy(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def cases_of(kinds: Sequence[str], desired: Sequence[int] = (1,), breakers: Sequence[bool] = (True,)) -> list[Case]:
    """Return a case of each kind at each count, failing ones with and without a breaker where both are asked for."""
    return [
        Case(KINDS[kind], number, breaker)
        for number in desired
        for breaker in breakers
        for kind in kinds
        if breaker or KINDS[kind].fails
    ]
