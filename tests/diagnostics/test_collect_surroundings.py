"""What stands around a deployment is read only once it can explain something, kept, and a gap where it is refused."""

from typing import Any

import boto3
import pytest

from diagnostics.aws import Reader
from diagnostics.collect import Collector
from diagnostics.collect_registry import _platforms, image_id
from diagnostics.collect_secrets import parameter_name
from diagnostics.evidence import Evidence
from diagnostics.reads import SessionSettings

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"
ROLE = "arn:aws:iam::123456789012:role/service/exec"
PULL = "CannotPullContainerError: failed to resolve ref: not found"
SECRETS = "ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException: not authorized"
TIMEOUT = "ResourceInitializationError: unable to pull secrets: i/o timeout"


@pytest.fixture
def look(reader: Any, clock: Any, aws: Any) -> Any:
    """Return what looks once at a deployment whose only task stopped for a reason."""
    collector = Collector(reader, "prod", "web", clock)
    reader.service |= {
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-task"]}},
        "deploymentConfiguration": {"alarms": {"alarmNames": ["5xx"], "enable": True}},
    }
    reader.definition = {"executionRoleArn": ROLE, "taskRoleArn": ROLE, "container": {"image": f"{ECR}:v1"}}

    def look(reason: str = "") -> Evidence:
        reader.tasks = [aws.task(2, aws.old, "STOPPED", stoppedReason=reason, startedAt=None)]
        return collector.collect(aws.old)

    return look


def test_while_nothing_looks_wrong_nothing_around_is_asked(reader: Any, clock: Any, aws: Any) -> None:
    Collector(reader, "prod", "web", clock).collect(aws.old)
    assert not reader.surroundings.asked


@pytest.mark.parametrize(
    ("reason", "asked"),
    [
        ("Scaling activity initiated by (deployment ecs-svc/1)", set()),
        (PULL, {"BatchGetImage"}),
        ("Task failed ELB health checks in (target-group x)", set()),
        ("deployment failed: alarm detected", {"DescribeAlarms"}),
        ("insufficient free addresses in the subnet", {"Subnets", "SecurityGroups"}),
    ],
)
def test_only_what_can_explain_the_words_is_asked(look: Any, reader: Any, reason: str, asked: set[str]) -> None:
    look(reason)
    assert set(reader.surroundings.asked) == asked


def test_an_image_that_is_not_there_is_asked_for_again_after_a_while(look: Any, reader: Any, clock: Any) -> None:
    assert look(PULL).images[0].exists is False
    clock.advance(10)
    look(PULL)
    assert reader.surroundings.asked["BatchGetImage"] == 1
    clock.advance(30)
    manifest = '{"manifests": [{"platform": {"os": "linux", "architecture": "arm64"}}]}'
    reader.surroundings.images["v1"] = {"imageId": {"imageDigest": "sha256:1"}, "imageManifest": manifest}
    image = look(PULL).images[0]
    assert (image.exists, image.digest, image.platforms) == (True, "sha256:1", ("linux/arm64",))
    clock.advance(300)
    look(PULL)
    assert reader.surroundings.asked["BatchGetImage"] == 2


def test_a_registry_that_refuses_says_neither_yes_nor_no(look: Any, reader: Any) -> None:
    reader.surroundings.refused["BatchGetImage"] = "AccessDeniedException"
    evidence = look(PULL)
    assert evidence.images[0].exists is None
    assert evidence.images[0].error is not None
    assert evidence.images[0].error.code == "AccessDeniedException"
    assert "BatchGetImage: AccessDeniedException: no" in {gap.why for gap in evidence.gaps}


def test_secrets_and_parameters_are_described_and_the_execution_role_is_read(look: Any, reader: Any) -> None:
    reader.definition["container"]["secrets"] = [
        {"name": "A", "valueFrom": f"{SECRET}:password::"},
        {"name": "B", "valueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/app/key"},
        {"name": "C", "valueFrom": "missing"},
    ]
    reader.surroundings.secrets[SECRET] = {"Name": "db", "ARN": SECRET}
    reader.surroundings.parameters = [{"Name": "/app/key", "Type": "SecureString"}]
    reader.surroundings.roles["exec"] = [{"PolicyName": "p", "PolicyDocument": {"Statement": []}}]
    evidence = look(SECRETS)
    assert [secret.exists for secret in evidence.secrets] == [True, True, False]
    role = evidence.role("executionRoleArn")
    assert role is not None
    assert (role.exists, role.uses) == (True, ("executionRoleArn", "taskRoleArn"))
    assert role.decision("secretsmanager:GetSecretValue") == "implicitDeny"


def test_a_secret_and_a_role_that_do_not_exist_are_no_gaps(look: Any, reader: Any) -> None:
    reader.definition["container"]["secrets"] = [{"name": "A", "valueFrom": SECRET}]
    evidence = look(SECRETS)
    role = evidence.role("executionRoleArn")
    assert role is not None
    assert (evidence.secrets[0].exists, role.exists, evidence.gaps) == (False, False, ())


def test_a_role_whose_policies_are_refused_is_known_to_exist_and_nothing_more(look: Any, reader: Any) -> None:
    reader.surroundings.roles["exec"] = []
    reader.surroundings.refused["ListAttachedRolePolicies"] = "AccessDenied"
    evidence = look(SECRETS)
    role = evidence.role("taskRoleArn")
    assert role is not None
    assert (role.exists, role.policies) == (True, None)
    assert [gap.what for gap in evidence.gaps] == ["policies of role exec"]


def test_a_refusal_is_not_repeated_at_once_and_stays_a_gap(look: Any, reader: Any, clock: Any) -> None:
    reader.surroundings.refused["GetRole"] = "AccessDenied"
    for _ in range(3):
        assert [gap.what for gap in look(SECRETS).gaps] == ["role exec"]
        clock.advance(5)
    assert reader.surroundings.asked["GetRole"] == 1


def test_the_network_is_read_with_what_its_parts_lead_to(look: Any, reader: Any) -> None:
    reader.surroundings.ec2 = {
        "Subnets": [{"SubnetId": "subnet-a", "VpcId": "vpc-1", "AvailableIpAddressCount": 7}],
        "RouteTables": [
            {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": True}], "Routes": []},
            {"RouteTableId": "rtb-2", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-z"}]},
        ],
        "VpcEndpoints": [{"VpcEndpointId": "vpce-1", "ServiceName": "com.amazonaws.eu-west-1.ecr.api"}],
        "SecurityGroups": [{"GroupId": "sg-task"}],
    }
    evidence = look(TIMEOUT)
    network = evidence.network
    assert network is not None
    assert [table.id for table in network.route_tables] == ["rtb-1"]
    assert network.endpoint("ecr.api") is not None
    assert network.vpcs[0].dns_support is True
    assert evidence.gaps == ()


def test_an_answer_of_an_unknown_shape_costs_one_part_and_not_the_look(look: Any, reader: Any) -> None:
    reader.surroundings.ec2 = {"SecurityGroups": [], "Subnets": 7}
    evidence = look(TIMEOUT)
    assert evidence.tasks
    assert [gap.what for gap in evidence.gaps] == ["network"]


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("key", "key"),
        ("/app/key", "/app/key"),
        ("arn:aws:ssm:eu-west-1:1:parameter/key", "key"),
        ("arn:aws:ssm:eu-west-1:1:parameter/app/key", "/app/key"),
    ],
)
def test_a_parameters_name_is_in_its_arn(reference: str, name: str) -> None:
    assert parameter_name(reference) == name


@pytest.mark.parametrize(
    ("reference", "asked"),
    [
        (f"{ECR}:v1", {"imageTag": "v1"}),
        (ECR, {"imageTag": "latest"}),
        (f"{ECR}:v1@sha256:ab", {"imageDigest": "sha256:ab"}),
        ("host:5000/shop", {"imageTag": "latest"}),
    ],
)
def test_an_image_is_asked_for_by_its_digest_else_by_its_tag(reference: str, asked: dict[str, str]) -> None:
    assert image_id(reference) == asked


def test_attestations_are_no_platform_and_broken_manifests_have_none() -> None:
    attested = '{"manifests": [{"platform": {"os": "unknown", "architecture": "unknown"}}, {"platform": null}, {}]}'
    assert [_platforms(text) for text in (attested, "", "[]", "{}", '{"manifests": [3]}')] == [[], [], [], [], []]


def test_the_real_clients_are_asked_in_a_way_that_aws_understands(monkeypatch: pytest.MonkeyPatch) -> None:
    from moto import mock_aws

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        session = boto3.Session(region_name="eu-west-1")
        session.client("secretsmanager").create_secret(Name="db", SecretString="hush")
        session.client("ssm").put_parameter(Name="/app/key", Value="hush", Type="String")
        iam = session.client("iam")
        iam.create_role(RoleName="exec", AssumeRolePolicyDocument='{"Statement": []}')
        allow = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
        iam.put_role_policy(RoleName="exec", PolicyName="p", PolicyDocument=allow)
        subnet = session.client("ec2").describe_subnets()["Subnets"][0]
        reads = Reader(SessionSettings(region="eu-west-1")).surroundings
        assert reads.describe_secret("db", None)["Name"] == "db"
        assert [each["Name"] for each in reads.describe_parameters(["/app/key", "no"], "eu-west-1")] == ["/app/key"]
        assert reads.get_role("exec")["AssumeRolePolicyDocument"] == {"Statement": []}
        assert [each["PolicyName"] for each in reads.role_policies("exec")] == ["p"]
        found = reads.describe_ec2("describe_subnets", "Subnets", {"subnet-id": [subnet["SubnetId"], "subnet-no"]})
        assert [each["SubnetId"] for each in found] == [subnet["SubnetId"]]
        assert reads.describe_vpc_dns(subnet["VpcId"])["EnableDnsSupport"] is True
        assert reads.describe_ec2("describe_nat_gateways", "NatGateways", {"nat-gateway-id": ["nat-1"]}) == []
        assert reads.describe_alarms(["5xx"]) == []
