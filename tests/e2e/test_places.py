"""One stack, the same service in several regions and accounts: each is watched where its own provider makes it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.e2e.programs import REGISTRY, ROOT, Handed, Program, handing

pytestmark = pytest.mark.e2e

OTHER_ACCOUNT = "210987654321"
ROLE = f"arn:aws:iam::{OTHER_ACCOUNT}:role/deployer"
PLACES = {"here": "eu-west-1", "beside": "eu-north-1", "there": "us-west-2", "elsewhere": "eu-west-1"}
"""Each place's region; `elsewhere` is another account."""


@dataclass
class World:
    """The sandbox with a cluster and a network in each place."""

    handed: Handed
    program: Program
    platform: dict[str, Any]

    def client(self, place: str, service: str) -> Any:
        return client(self.handed, place, service)

    def up(self, **config: str) -> tuple[int, dict[str, Any], str]:
        """Run `up`; return its exit code, the outcome, and what it printed."""
        file = self.program.directory / "outcome.json"
        file.unlink(missing_ok=True)
        texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in self.platform.items()}
        given = [f"--config={key}={value}" for key, value in {**texts, **config}.items()]
        where = ("--project", str(self.program.directory), "--sandbox", "--no-preflight")
        ended = subprocess.run(
            [sys.executable, ROOT / "deploy.py", "up", *where, "--json", str(file), *given],
            capture_output=True,
            text=True,
            timeout=240,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"NO_COLOR": "1"},
            check=False,
        )
        printed = f"{ended.stdout}\n{ended.stderr}"
        return ended.returncode, json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}, printed

    def deployments(self, place: str) -> list[str]:
        """Return the states of the service's deployments, newest first."""
        listed = self.client(place, "ecs").list_service_deployments(cluster="main", service="web")
        ordered = sorted(listed["serviceDeployments"], key=lambda each: each["createdAt"], reverse=True)
        return [each["status"] for each in ordered]


def client(handed: Handed, place: str, service: str) -> Any:
    local, config = handed.sandbox, Config(proxies={})
    session = boto3.Session("sandbox", "sandbox", region_name=PLACES[place])
    if place == "elsewhere":
        sts = session.client("sts", endpoint_url=local.endpoint, config=config)
        given = sts.assume_role(RoleArn=ROLE, RoleSessionName="tests")["Credentials"]
        keys = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        session = boto3.Session(*keys, region_name=PLACES[place])
    return session.client(service, endpoint_url=local.endpoint, config=config)  # type: ignore[call-overload]


def make_place(handed: Handed, place: str) -> str:
    """Make a cluster and a subnet with a way out; return the subnet."""
    ec2 = client(handed, place, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet: str = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    client(handed, place, "ecs").create_cluster(clusterName="main")
    return subnet


def make_execution_role(handed: Handed, place: str) -> str:
    """Make the role that pulls images, once in an account; return its ARN."""
    iam = client(handed, place, "iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName="execution", AssumeRolePolicyDocument=document)
        allowed = {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}
        pull = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_role_policy(RoleName="execution", PolicyName="pull", PolicyDocument=pull)
    return str(iam.get_role(RoleName="execution")["Role"]["Arn"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with handing(tmp_path_factory.mktemp("sandbox"), speed=60) as handed:
        handed.sandbox.evaluate("nobody")  # nobody gave the other account's role a policy
        program = Program(Path(__file__).parent / "places", {}, tmp_path_factory.mktemp("places"), handed)
        platform = {
            "role_arn": ROLE,
            "subnets": {place: make_place(handed, place) for place in PLACES},
            "execution_roles": {place: make_execution_role(handed, place) for place in PLACES},
        }
        yield World(handed, program, platform)


def test_only_the_doomed_one_is_stopped_and_those_of_the_same_name_elsewhere_are_not_touched(world: World) -> None:
    code, outcome, printed = world.up(service_image=f"{REGISTRY}/shop:good-1")
    assert code == 0, printed
    assert [each["result"] for each in outcome["services"]] == ["serving"] * len(PLACES)
    images = {"service_image": f"{REGISTRY}/shop:good-2", "doomed_image": f"{REGISTRY}/shop:no-such-tag"}
    code, outcome, printed = world.up(**images, doomed_in="there")
    assert code == 4, printed
    assert {place: world.deployments(place) for place in PLACES} == {}, printed
