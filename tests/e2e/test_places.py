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
KEYS = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
DIRECT = Config(proxies={})


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


def keys_of(handed: Handed) -> dict[str, str]:
    """Return keys of the other account, by boto3's names."""
    local = handed.sandbox
    sts = boto3.client("sts", region_name=local.region, endpoint_url=local.endpoint, **KEYS, config=DIRECT)
    given = sts.assume_role(RoleArn=ROLE, RoleSessionName="tests")["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


def client(handed: Handed, place: str, service: str) -> Any:
    keys = keys_of(handed) if place == "elsewhere" else KEYS
    where = {"region_name": PLACES[place], "endpoint_url": handed.sandbox.endpoint}
    return boto3.Session(**keys).client(service, **where, config=DIRECT)  # type: ignore[call-overload]


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


@pytest.fixture(scope="module")
def first(world: World) -> World:
    code, outcome, printed = world.up(service_image="shop:good-1")
    assert code == 0, printed
    assert {each["urn"].rsplit("::", 1)[-1]: each["result"] for each in outcome["services"]} == dict.fromkeys(
        PLACES, "serving"
    )
    found = {each["urn"].rsplit("::", 1)[-1]: (each["region"], each["account"]) for each in outcome["services"]}
    accounts = {place: OTHER_ACCOUNT if place == "elsewhere" else world.handed.sandbox.account for place in PLACES}
    assert found["there"] == ("us-west-2", accounts["there"])
    assert found["beside"] == ("eu-north-1", accounts["beside"])
    assert {place: account for place, (_, account) in found.items()} == accounts
    return world


def the_doomed_one_alone_is_stopped(first: World) -> None:
    images = {"service_image": "shop:good-2", "doomed_image": f"{REGISTRY}/shop:no-such-tag"}
    code, outcome, printed = first.up(**images, doomed_in="there")
    assert code == 4, printed
    assert {place: first.deployments(place)[0] for place in PLACES} == {
        **dict.fromkeys(PLACES, "SUCCESSFUL"),
        "there": "ROLLBACK_SUCCESSFUL",
    }
    (stopped,) = [each for each in outcome["services"] if each["abort"]]
    assert stopped["urn"].endswith("::there")
    assert stopped["diagnosis"]["root_cause"] == "image-not-found"
    assert len({each["evidence"] for each in outcome["services"]}) == len(PLACES)
    assert "web (us-west-2, 123456789012): ECS is asked to stop the deployment" in printed
    assert outcome["api_calls"]["StopServiceDeployment"] == 1
    assert outcome["gaps"] == []


def a_caller_of_another_account_stops_nothing(first: World) -> None:
    given = keys_of(first.handed)
    keys = {name.removeprefix("aws_").replace("session_", ""): value for name, value in given.items()}
    keys = {"access_key": keys["access_key_id"], "secret_key": keys["secret_access_key"], "token": keys["token"]}
    images = {"service_image": "shop:good-1", "doomed_image": f"{REGISTRY}/shop:no-such-tag"}
    before = first.deployments("here")
    code, outcome, printed = first.up(**images, doomed_in="elsewhere", keys=json.dumps(keys))
    assert code == 7, printed
    services = {each["urn"].rsplit("::", 1)[-1]: each for each in outcome["services"]}
    assert {place: each["result"] for place, each in services.items()} == {
        **dict.fromkeys(PLACES, "serving"),
        "elsewhere": "out-of-time",
    }
    assert "StopServiceDeployment" not in outcome["api_calls"]
    assert first.deployments("here") == ["SUCCESSFUL", *before]
    assert first.deployments("elsewhere")[0] == "ROLLBACK_SUCCESSFUL", "by ECS's own circuit breaker"
    whys = " ".join(gap["why"] for gap in outcome["gaps"])
    assert f"is of account 123456789012, and the service of {OTHER_ACCOUNT}: nothing was read" in whys
    assert "the engine hides `accessKey`, `secretKey`, `token`; the environment's are used" in whys
    assert "nothing was read" in printed
    assert keys["secret_key"] not in json.dumps(outcome) + printed


def test_each_service_is_asked_about_and_stopped_in_its_own_place_alone(first: World) -> None:
    the_doomed_one_alone_is_stopped(first)
    a_caller_of_another_account_stops_nothing(first)


def make_private_subnets(handed: Handed, place: str) -> tuple[str, list[str]]:
    """Make two subnets in two zones, whose way out is a NAT gateway; return the VPC and the subnets."""
    ec2 = client(handed, place, "ec2")
    public = make_place(handed, place)
    vpc: str = ec2.describe_subnets(SubnetIds=[public])["Subnets"][0]["VpcId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[gateway])
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway)
    subnets = []
    for number, zone in enumerate("ab", start=1):
        block, where = f"10.9.{number}.0/24", f"{PLACES[place]}{zone}"
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=where)["Subnet"]["SubnetId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=made)
        subnets.append(made)
    return vpc, subnets


def test_the_component_is_whole_in_the_region_that_it_is_given(world: World, tmp_path: Path) -> None:
    vpc, subnets = make_private_subnets(world.handed, "beside")
    region, account = PLACES["beside"], world.handed.sandbox.account
    given = {
        "service_image": "shop:good-1",
        "region": region,
        "cluster_arn": f"arn:aws:ecs:{region}:{account}:cluster/main",
        "vpc_id": vpc,
        "subnet_ids": ",".join(subnets),
    }
    program = Program(Path(__file__).parent / "region", given, tmp_path, world.handed)
    outcome = program.up()
    (service,) = outcome["services"]
    assert (service["result"], service["region"], service["counts"]["running"]) == ("serving", region, 2)
    arns = [arn for each in program.outputs() if (arn := each.get("arn", "")) and not arn.startswith("arn:aws:iam::")]
    assert len(arns) > 10
    assert {arn.split(":")[3] for arn in arns} == {region}
    elsewhere = client(world.handed, "here", "logs").describe_log_groups(logGroupNamePrefix="/ecs/main/worker")
    assert elsewhere["logGroups"] == []
    assert set(program.preview()) == {"same"}
