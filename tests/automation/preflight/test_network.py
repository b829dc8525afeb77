"""The checks of the way out and of addresses, on the sandbox: what they refuse, and what not."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from automation.preflight.checks import subnet_addresses, way_out
from automation.preflight.model import Status
from automation.preflight.plan import UNKNOWN
from diagnostics.network import NatGateway, Network, Route, RouteTable, Subnet
from diagnostics.shapes import VpcConfiguration
from diagnostics.way_out import obstacles
from tests.automation.preflight.stage import ALL, Case, Stage
from tests.e2e.causes.account import REGION, Account

ROUTE = "0.0.0.0/0"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with mock_aws():
        yield Stage(Account())


def healthy(_stage: Stage) -> None:
    """Nothing is changed."""


def no_route(stage: Stage) -> None:
    account = stage.account
    account.ec2.delete_route(RouteTableId=account.route_table, DestinationCidrBlock=ROUTE)


def public(*, address: bool) -> Any:
    def make(stage: Stage) -> None:
        stage.inputs["networkConfiguration"] |= {"subnets": [stage.account.public_subnet], "assignPublicIp": address}

    return make


def endpoints(*services: str, guard: bool = True, private_dns: bool = True) -> Any:
    """There is no route out, and endpoints for these services."""

    def make(stage: Stage) -> None:
        no_route(stage)
        ec2, vpc = stage.account.ec2, stage.account.vpc
        group = ec2.create_security_group(GroupName="endpoints", Description="endpoints", VpcId=vpc)["GroupId"]
        if guard:
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ALL)
        for service in services:
            named = {"VpcId": vpc, "ServiceName": f"com.amazonaws.{REGION}.{service}"}
            if service == "s3":
                ec2.create_vpc_endpoint(**named, VpcEndpointType="Gateway", RouteTableIds=[stage.account.route_table])
            else:
                own = {"SubnetIds": [stage.account.subnet], "SecurityGroupIds": [group]}
                ec2.create_vpc_endpoint(**named, VpcEndpointType="Interface", PrivateDnsEnabled=private_dns, **own)

    return make


def elsewhere(stage: Stage) -> None:
    """The image comes from another registry, and there are endpoints of AWS alone."""
    endpoints("ecr.api", "ecr.dkr", "s3", "logs")(stage)
    stage.containers[0]["image"] = "ghcr.io/example/shop@sha256:" + "0" * 64


def wants(desired: int, most: int = 200) -> Any:
    return lambda stage: stage.inputs.update(desiredCount=desired, deploymentMaximumPercent=most)


def on_hosts(stage: Stage) -> None:
    no_route(stage)
    stage.inputs["launchType"] = "EC2"


REFUSED, WARNED, NOT_DONE = Status.REFUSED, Status.WARNED, Status.NOT_DONE
ENOUGH = ("ecr.api", "ecr.dkr", "s3", "logs")
CASES = (
    Case(way_out, "in order", healthy, None),
    Case(way_out, "a public subnet, no public address", public(address=False), REFUSED, ["no public address"]),
    Case(way_out, "a public subnet, public addresses", public(address=True), None),
    Case(way_out, "endpoints of all", endpoints(*ENOUGH), None),
    Case(way_out, "no endpoint for logs", endpoints("ecr.api", "ecr.dkr", "s3"), REFUSED, ["`logs`"]),
    Case(way_out, "no endpoint for layers", endpoints("ecr.api", "ecr.dkr", "logs"), REFUSED, ["`s3`"]),
    Case(way_out, "an image from elsewhere, and no way out", elsewhere, REFUSED, ["no route out"]),
    Case(way_out, "on hosts", on_hosts, None),
    Case(way_out, "shut in", lambda stage: stage.shut_in(stage.tasks_group), REFUSED, ["port 443"]),
    Case(way_out, "unknown subnets", lambda s: s.inputs["networkConfiguration"].update(subnets=UNKNOWN), NOT_DONE),
    Case(
        way_out,
        "subnets that are gone",
        lambda s: s.inputs["networkConfiguration"].update(subnets=["subnet-0"]),
        REFUSED,
    ),
    Case(subnet_addresses, "in order", healthy, None),
    Case(subnet_addresses, "twice 150 tasks in a /24", wants(150), REFUSED, ["299"]),
    Case(subnet_addresses, "150 tasks in batches", wants(150, 120), None),
    Case(subnet_addresses, "unknown counts", wants(UNKNOWN), NOT_DONE),  # type: ignore[arg-type]
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_check_says(case: Case, stage: Stage) -> None:
    case.holds(stage)


def test_without_a_route_each_service_that_cannot_be_reached_is_named(stage: Stage) -> None:
    no_route(stage)
    found = [each.what for each in stage.findings(way_out)]
    assert [each.rpartition(" ")[2] for each in found] == ["`ecr.api`", "`ecr.dkr`", "`s3`", "`logs`"]


def test_an_endpoint_without_private_dns_is_none(stage: Stage) -> None:
    endpoints(*ENOUGH, private_dns=False)(stage)
    assert {each.status for each in stage.findings(way_out)} == {REFUSED}


@pytest.mark.parametrize(("state", "blocks"), [("available", False), ("failed", True), ("deleted", True)])
def test_a_nat_gateway_that_is_not_there_is_no_way_out(state: str, *, blocks: bool) -> None:
    network = Network(
        subnets=(Subnet("subnet-1", "vpc-1"),),
        route_tables=(
            RouteTable("rtb-1", "vpc-1", subnet_ids=("subnet-1",), routes=(Route(ROUTE, "nat-1", "active"),)),
        ),
        nat_gateways=(NatGateway("nat-1", "subnet-2", state),),
    )
    found = list(obstacles(network, VpcConfiguration(subnets=("subnet-1",)), "logs"))
    assert bool(found) is blocks
    assert all(state in each.what for each in found)


def test_an_endpoint_that_admits_nobody_is_named(stage: Stage) -> None:
    endpoints(*ENOUGH, guard=False)(stage)
    assert any("does not admit the tasks" in each.what for each in stage.findings(way_out))
