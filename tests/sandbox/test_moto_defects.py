"""What moto forgets and the sandbox keeps."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.moto_defects import mend


@pytest.fixture
def ec2() -> Iterator[Any]:
    mend()
    with mock_aws():
        yield boto3.client("ec2", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")


def test_a_nat_gateway_that_is_deleted_lets_go_of_its_address(ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    for _ in range(2):
        gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
        ec2.delete_nat_gateway(NatGatewayId=gateway)
    assert "AssociationId" not in ec2.describe_addresses(AllocationIds=[address])["Addresses"][0]
    inside = [{"Name": "subnet-id", "Values": [subnet]}]
    assert ec2.describe_network_interfaces(Filters=inside)["NetworkInterfaces"] == []
    with pytest.raises(ec2.exceptions.ClientError, match="NatGatewayNotFound"):
        ec2.delete_nat_gateway(NatGatewayId="nat-0")


def test_a_gateway_endpoint_has_a_route_in_each_of_its_tables_for_as_long_as_it_is_there(ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    first, second = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in "ab")
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.eu-west-1.s3", RouteTableIds=[first])
    endpoint = made["VpcEndpoint"]["VpcEndpointId"]

    def routed() -> set[str]:
        tables = ec2.describe_route_tables(RouteTableIds=[first, second])["RouteTables"]
        return {
            table["RouteTableId"] for table in tables for route in table["Routes"] if route.get("GatewayId") == endpoint
        }

    assert routed() == {first}
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[second], RemoveRouteTableIds=[first])
    assert routed() == {second}
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert routed() == set()
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])


def test_a_rule_from_a_security_group_keeps_its_description() -> None:
    mend()
    with mock_aws():
        ec2 = boto3.client("ec2", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
        web, balancer = (ec2.create_security_group(GroupName=each, Description=each)["GroupId"] for each in ("a", "b"))
        pair = {"GroupId": balancer, "Description": "from the load balancer"}
        permission = {"IpProtocol": "tcp", "FromPort": 5001, "ToPort": 5001, "UserIdGroupPairs": [pair]}
        ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=[permission])
        rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [web]}])
        described = [rule.get("Description") for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]
        assert described == ["from the load balancer"]
