"""What was asked about the surroundings is read with AWS's keys, and answers questions."""

from typing import Any

import pytest

from diagnostics.evidence import Evidence, EvidenceError
from diagnostics.policies import decide

ROLE = "arn:aws:iam::123456789012:role/exec"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"


def read(**parts: Any) -> Evidence:
    return Evidence.parse({"schema": "evidence/1", **parts})


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: object, resource: object = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def network() -> Any:
    found = read(
        network={
            "subnets": [
                {"SubnetId": "subnet-a", "VpcId": "vpc-1", "AvailableIpAddressCount": 0},
                {"SubnetId": "subnet-b", "VpcId": "vpc-1", "AvailableIpAddressCount": 200},
                {"SubnetId": "subnet-c", "VpcId": "vpc-1"},
            ],
            "route_tables": [
                {
                    "RouteTableId": "rtb-main",
                    "VpcId": "vpc-1",
                    "Associations": [{"Main": True}],
                    "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}],
                },
                {
                    "RouteTableId": "rtb-b",
                    "VpcId": "vpc-1",
                    "Associations": [{"Main": False, "SubnetId": "subnet-b"}],
                    "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}],
                },
                {
                    "RouteTableId": "rtb-c",
                    "VpcId": "vpc-1",
                    "Associations": [{"SubnetId": "subnet-c"}],
                    "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-2", "State": "blackhole"}],
                },
            ],
            "vpc_endpoints": [{"ServiceName": "com.amazonaws.eu-west-1.ecr.dkr", "Groups": [{"GroupId": "sg-e"}]}],
            "nat_gateways": [{"NatGatewayId": "nat-1", "State": "available"}],
            "security_groups": [
                {
                    "GroupId": "sg-task",
                    "IpPermissions": [
                        {
                            "IpProtocol": "tcp",
                            "FromPort": 5001,
                            "ToPort": 5001,
                            "UserIdGroupPairs": [{"GroupId": "sg-lb"}],
                        },
                        {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 90, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
                    ],
                    "IpPermissionsEgress": [{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}],
                }
            ],
            "vpcs": [{"VpcId": "vpc-1", "EnableDnsSupport": True, "EnableDnsHostnames": False}],
        }
    ).network
    assert found is not None
    return found


def test_the_route_of_a_subnet_is_that_of_its_own_table_else_of_the_main_one() -> None:
    seen = network()
    assert seen.route_table_of("subnet-a").id == "rtb-main"
    assert seen.default_route_of("subnet-a") is None
    assert seen.default_route_of("subnet-b").target == "nat-1"


def test_a_route_whose_target_is_gone_leads_nowhere() -> None:
    assert network().default_route_of("subnet-c") is None


def test_security_groups_say_who_may_come_in_and_what_may_go_out() -> None:
    group = network().security_group("sg-task")
    assert group.admits(5001, "sg-lb")
    assert not group.admits(5201, "sg-lb")
    assert group.admits(85, "10.1.2.3")
    assert not group.admits(85, "192.168.0.1")
    assert not group.admits(5001, "sg-other")
    assert group.lets_out(443, "2001:db8::1")
    assert not group.lets_out(443)


def test_endpoints_and_free_addresses_are_found_by_name() -> None:
    seen = network()
    assert seen.endpoint("ecr.dkr").security_groups == ("sg-e",)
    assert seen.endpoint("ecr.api") is None
    assert seen.subnet("subnet-a").free_addresses == 0
    assert (seen.vpcs[0].dns_support, seen.vpcs[0].dns_hostnames) == (True, False)


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([allow("ecr:*")], "allowed"),
        ([allow(["s3:*", "ECR:BatchGet*"])], "allowed"),
        ([allow("ecr:BatchGetImage", "arn:aws:ecr:*:*:repository/other")], "implicitDeny"),
        ([allow("*"), {"Effect": "Deny", "Action": "ecr:Batch*", "Resource": "*"}], "explicitDeny"),
        ([allow("*", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})], None),
        ([{"Effect": "Allow", "NotAction": "ecr:*", "Resource": "*"}], "implicitDeny"),
        ([{"Effect": "Allow", "Action": "ecr:*", "NotResource": "*"}], "implicitDeny"),
        ([], "implicitDeny"),
    ],
)
def test_what_policies_say_follows_from_their_statements(statements: list[Any], decision: str | None) -> None:
    arn = "arn:aws:ecr:eu-west-1:123456789012:repository/shop"
    assert decide([document(*statements)], "ecr:BatchGetImage", arn) == decision


def role(**more: Any) -> Any:
    return read(roles=[{"arn": ROLE, "uses": ["executionRoleArn"], "exists": True} | more]).role("executionRoleArn")


def test_a_role_says_what_it_allows_only_where_all_its_policies_were_read() -> None:
    known = role(policies=[{"PolicyName": "p", "PolicyDocument": document(allow("ecr:*"))}])
    assert known.decision("ecr:BatchGetImage") == "allowed"
    assert known.decision("kms:Decrypt") == "implicitDeny"
    assert role().decision("ecr:BatchGetImage") is None
    assert role(policies=[{"PolicyName": "p"}]).decision("ecr:BatchGetImage") is None
    bounded = {"PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/x"}}
    assert role(policies=[], role=bounded).decision("ecr:BatchGetImage") is None


def test_a_simulated_decision_is_taken_as_it_is() -> None:
    simulated = {"EvalActionName": "kms:Decrypt", "EvalResourceName": "*", "EvalDecision": "explicitDeny"}
    assert role(decisions=[simulated]).decision("kms:Decrypt", "arn:aws:kms:eu-west-1:1:key/1") == "explicitDeny"


@pytest.mark.parametrize(
    ("service", "trusts"), [("ecs-tasks.amazonaws.com", True), ("ec2.amazonaws.com", False), (None, None)]
)
def test_whether_tasks_may_assume_a_role_is_in_its_trust_policy(service: str | None, trusts: bool | None) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    described = {"AssumeRolePolicyDocument": document(statement)} if service else {}
    assert role(role=described).trusts_tasks is trusts


def test_images_secrets_and_alarms_are_found_by_what_the_task_definition_calls_them() -> None:
    evidence = read(
        images=[{"image": "shop:1", "exists": False, "error": {"code": "ImageNotFound", "message": "no"}}],
        secrets=[
            {"valueFrom": SECRET, "exists": True, "secret": {"Name": "db", "DeletedDate": "2026-11-20T10:00:00Z"}},
            {"valueFrom": "/app/key", "exists": True, "parameter": {"Name": "/app/key", "Type": "SecureString"}},
            {"valueFrom": f"{SECRET}:password::", "json_keys": ["user"]},
        ],
        alarms=[{"AlarmName": "5xx", "StateValue": "ALARM", "Threshold": 1.5}],
    )
    image, secret, parameter = evidence.image("shop:1"), evidence.secret(SECRET), evidence.secret("/app/key")
    assert image is not None
    assert image.error is not None
    assert (image.exists, image.error.code) == (False, "ImageNotFound")
    assert secret is not None
    assert secret.deleted_at is not None
    assert secret.json_keys is None
    assert parameter is not None
    assert (parameter.type, parameter.exists) == ("SecureString", True)
    assert evidence.secrets[2].json_keys == ("user",)
    assert (evidence.alarms[0].state, evidence.alarms[0].threshold) == ("ALARM", 1.5)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"images": [{"exists": "no"}]}, 'images[0].exists: expected true or false, got "no"'),
        ({"images": [{"platforms": "linux/amd64"}]}, 'images[0].platforms: expected an array, got "linux/amd64"'),
        ({"alarms": [{"Threshold": "1"}]}, 'alarms[0].Threshold: expected a number, got "1"'),
        ({"secrets": [{"error": "gone"}]}, 'secrets[0].error: expected an object, got "gone"'),
        (
            {"roles": [{"role": {"AssumeRolePolicyDocument": "%7B"}}]},
            'roles[0].role.AssumeRolePolicyDocument: expected an object, got "%7B"',
        ),
        ({"network": []}, "network: expected an object, got []"),
        (
            {"network": {"subnets": [{"AvailableIpAddressCount": "3"}]}},
            'network.subnets[0].AvailableIpAddressCount: expected an integer, got "3"',
        ),
        (
            {"task_definition": {"containerDefinitions": [{"command": "run"}]}},
            'task_definition.containerDefinitions[0].command: expected an array, got "run"',
        ),
    ],
)
def test_a_wrong_type_is_refused_with_its_path(parts: dict[str, Any], said: str) -> None:
    with pytest.raises(EvidenceError) as refused:
        read(**parts)
    assert str(refused.value) == said
