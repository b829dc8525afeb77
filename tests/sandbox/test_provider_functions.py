"""The provider's functions, its settings, and how its process behaves."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from sandbox import provider
from sandbox.process import Sandbox
from sandbox.provider.connection import Pace, SettingsError, pace_of, settings
from sandbox.provider.errors import MissingError, OperationError
from sandbox.provider.invokes.policy_document import policy_document
from sandbox.provider.wire import Values
from tests.sandbox.provider_client import Engine, IncompleteError, attach

_ANY: Any = None


def test_functions_tell_of_the_account_and_its_network(engine: Engine, running: Sandbox) -> None:
    defaults = running.defaults()
    assert engine.invoke("aws:index/getCallerIdentity:getCallerIdentity")["accountId"] == running.account
    region = engine.invoke("aws:index/getRegion:getRegion")
    assert (region["region"], region["name"], region["description"]) == ("eu-west-1", "eu-west-1", "Europe (Ireland)")
    assert engine.invoke("aws:index/getPartition:getPartition")["partition"] == "aws"
    zones = engine.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", state="available")
    assert zones["names"][:2] == ["eu-west-1a", "eu-west-1b"]
    vpc = engine.invoke("aws:ec2/getVpc:getVpc", tags={"Name": "sandbox"})
    assert (vpc["id"], vpc["enableDnsHostnames"]) == (defaults["vpc_id"], True)
    private = engine.invoke(
        "aws:ec2/getSubnets:getSubnets",
        filters=[
            {"name": "vpc-id", "values": [vpc["id"]]},
            {"name": "tag:Name", "values": ["sandbox-private-a", "sandbox-private-b"]},
        ],
    )
    assert set(private["ids"]) == set(defaults["subnet_ids"])


def test_functions_tell_of_the_load_balancer(engine: Engine, running: Sandbox) -> None:
    defaults = running.defaults()
    listener = engine.invoke("aws:lb/getListener:getListener", arn=defaults["listener_arn"])
    assert listener["defaultActions"][0]["fixedResponses"][0]["statusCode"] == "404"
    by_port = engine.invoke("aws:lb/getListener:getListener", loadBalancerArn=listener["loadBalancerArn"], port=80)
    assert by_port["arn"] == defaults["listener_arn"]
    balancer = engine.invoke("aws:lb/getLoadBalancer:getLoadBalancer", name="sandbox")
    assert (balancer["arn"], balancer["internal"]) == (listener["loadBalancerArn"], True)
    assert balancer["arn"].endswith(balancer["arnSuffix"])
    assert balancer["securityGroups"] == [defaults["load_balancer_security_group_id"]]


@pytest.mark.parametrize(
    ("token", "arguments", "said"),
    [
        ("aws:ec2/getAmi:getAmi", {}, "does not have the function aws:ec2/getAmi:getAmi"),
        ("aws:ec2/getVpc:getVpc", {"tag": "x"}, "does not have the argument `tag` of getVpc"),
        ("aws:ec2/getVpc:getVpc", {"tags": {"Name": "nowhere"}}, "no matching EC2 VPC found"),
        ("aws:ec2/getVpc:getVpc", {}, "multiple EC2 VPCs matched"),
        ("aws:lb/getListener:getListener", {"arn": "arn:aws:x"}, "DescribeListeners, https response error Status"),
    ],
)
def test_a_function_that_cannot_answer_says_why(engine: Engine, token: str, arguments: Values, said: str) -> None:
    with pytest.raises(grpc.RpcError) as error:
        engine.invoke(token, **arguments)
    assert said in error.value.details()  # type: ignore[attr-defined]  # a call of gRPC's, which is its error too


def test_a_policy_document_is_written_as_terraform_writes_it() -> None:
    statement = {
        "sid": "Read",
        "actions": ["s3:GetObject"],
        "resources": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"],
        "principals": [{"type": "Service", "identifiers": ["ecs-tasks.amazonaws.com"]}],
        "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["123456789012"]}],
    }
    written = policy_document(_ANY, {"statements": [statement]})
    assert json.loads(written["json"]) == json.loads(written["minifiedJson"])
    assert written["json"] == json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Read",
                    "Effect": "Allow",
                    "Action": "s3:GetObject",
                    "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::a/*"],
                    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                    "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
                }
            ],
        },
        indent=2,
    )


def test_policy_documents_are_merged_by_their_sids() -> None:
    base = policy_document(_ANY, {"statements": [{"sid": "A", "actions": ["a:1"]}, {"sid": "B", "actions": ["b:1"]}]})
    over = policy_document(_ANY, {"statements": [{"sid": "A", "effect": "Deny", "actions": ["a:2"]}]})
    own = {"statements": [{"sid": "B", "actions": ["b:2"]}, {"actions": ["c:1"]}]}
    merged = policy_document(
        _ANY, {**own, "sourcePolicyDocuments": [base["json"]], "overridePolicyDocuments": [over["json"]]}
    )
    statements = json.loads(merged["json"])["Statement"]
    assert [(item.get("Sid"), item["Effect"], item["Action"]) for item in statements] == [
        ("A", "Deny", "a:2"),
        ("B", "Allow", "b:2"),
        (None, "Allow", "c:1"),
    ]
    with pytest.raises(OperationError, match=r"duplicate Sid \(A\)"):
        policy_document(_ANY, {"sourcePolicyDocuments": [base["json"], base["json"]]})
    with pytest.raises(OperationError, match="is not JSON"):
        policy_document(_ANY, {"sourcePolicyDocuments": ["{"]})


# Settings


def test_settings_that_are_no_strings_arrive_as_json() -> None:
    read = settings(
        {
            "region": "eu-central-1",
            "endpoints": json.dumps([{"ecs": "http://a"}, {"iam": "http://b", "sts": ""}]),
            "defaultTags": json.dumps({"tags": {"team": "shop"}}),
            "skipCredentialsValidation": "true",
            "version": "7.51.1",
            "__internal": {},
        }
    )
    assert read.region == "eu-central-1"
    assert read.endpoints == {"ecs": "http://a", "iam": "http://b"}
    assert read.default_tags == {"team": "shop"}


def test_a_setting_that_the_stand_in_cannot_follow_is_refused() -> None:
    with pytest.raises(MissingError, match="the provider setting `ignoreTags`"):
        settings({"ignoreTags": "{}"})
    with pytest.raises(MissingError, match=r"the provider setting `assumeRoles\[\].policy`"):
        settings({"assumeRoles": json.dumps([{"roleArn": "arn:x", "policy": "{}"}])})
    with pytest.raises(SettingsError, match="not JSON"):
        settings({"endpoints": "["})


@pytest.fixture
def another(running: Sandbox, tmp_path: Path) -> Any:
    with attach(provider.install(tmp_path, Path(sys.executable)), running.environment()) as attached:
        yield attached


def test_default_tags_are_on_every_resource_and_the_resources_own_win(another: Engine) -> None:
    tags = {"team": "shop", "stage": "test"}
    another.configure(defaultTags=json.dumps({"tags": tags}))
    kind, written = "aws:cloudwatch/logGroup:LogGroup", {"tags": {"stage": "live"}}
    id_, state = another.create(kind, "tags", written)
    assert state["tagsAll"] == {"team": "shop", "stage": "live"}
    assert state["tags"] == {"stage": "live"}
    inputs, _ = another.check(kind, "tags", written)
    assert list(another.diff(kind, "tags", state, written, inputs).diffs) == []
    another.configure(defaultTags=json.dumps({"tags": {"team": "store"}}))
    assert list(another.diff(kind, "tags", state, written, inputs).diffs) == ["tagsAll"]
    state = another.update(kind, "tags", id_, state, inputs)
    assert state["tagsAll"] == {"team": "store", "stage": "live"}
    another.delete(kind, "tags", id_, state)


@pytest.fixture
def unlimited(running: Sandbox) -> Iterator[None]:
    running.evaluate("nobody")
    yield
    running.evaluate("known")


@pytest.mark.usefixtures("unlimited")
def test_roles_are_assumed_one_after_the_other_also_those_of_another_account(another: Engine) -> None:
    roles = [{"roleArn": f"arn:aws:iam::{account}:role/deployer"} for account in ("123456789012", "210987654321")]
    another.configure(assumeRoles=json.dumps(roles), allowedAccountIds='["210987654321"]')
    kind = "aws:cloudwatch/logGroup:LogGroup"
    id_, state = another.create(kind, "elsewhere", {"name": "elsewhere"})
    assert state["arn"].split(":")[4] == "210987654321"
    another.delete(kind, "elsewhere", id_, state)


@pytest.mark.parametrize(
    "accounts", [{"allowedAccountIds": '["210987654321"]'}, {"forbiddenAccountIds": '["123456789012"]'}]
)
def test_an_account_that_is_not_allowed_is_refused_in_the_real_providers_words(
    another: Engine, accounts: dict[str, str]
) -> None:
    with pytest.raises(grpc.RpcError, match="AWS account ID not allowed: 123456789012"):
        another.configure(**accounts)


def test_the_providers_own_endpoint_and_region_win_over_the_environments(running: Sandbox, tmp_path: Path) -> None:
    nowhere = {**running.environment(), "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "us-east-1"}
    with attach(provider.install(tmp_path, Path(sys.executable)), nowhere) as attached:
        endpoints = json.dumps([{"logs": running.endpoint}])
        attached.configure(region="eu-west-3", endpoints=endpoints, accessKey="a", secretKey="b")
        id_, state = attached.create("aws:cloudwatch/logGroup:LogGroup", "here", {})
        assert state["arn"].startswith("arn:aws:logs:eu-west-3:")
        elsewhere = attached.create("aws:cloudwatch/logGroup:LogGroup", "there", {"region": "eu-north-1"})
        assert elsewhere[1]["arn"].startswith("arn:aws:logs:eu-north-1:")
        attached.delete("aws:cloudwatch/logGroup:LogGroup", "here", id_, state)
        attached.delete("aws:cloudwatch/logGroup:LogGroup", "there", *elsewhere)


# The process


def test_waits_go_by_the_sandboxs_clock(running: Sandbox) -> None:
    pace = pace_of(running.endpoint)
    assert pace.speed == running.speed
    slept: list[float] = []
    Pace(pace.now(), 100, sleep=slept.append).sleep(10)
    Pace(pace.now(), 10_000, sleep=slept.append).sleep(10)
    assert slept == [0.1, 0.02]


def test_where_there_is_no_sandbox_time_is_real() -> None:
    assert pace_of("http://127.0.0.1:9").speed == 1
    assert pace_of(None).speed == 1


def test_a_cancel_does_not_end_a_wait(running: Sandbox, another: Engine, connect: Callable[[str], Any]) -> None:
    """As with the real provider, whose bridge ignores it: only the deployment's end or the timeout does."""
    role = connect("iam").create_role(RoleName="cancel", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    fargate = {"cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"]}
    image = f"{running.account}.dkr.ecr.{running.region}.amazonaws.com/shop:nowhere"
    connect("ecs").register_task_definition(
        family="cancel", executionRoleArn=role, containerDefinitions=[{"name": "web", "image": image}], **fargate
    )
    defaults = running.defaults()
    written = {
        "cluster": defaults["cluster_arn"],
        "taskDefinition": "cancel:1",
        "desiredCount": 1,
        "launchType": "FARGATE",
        "waitForSteadyState": True,
        "networkConfiguration": {"subnets": defaults["subnet_ids"]},
    }
    another.configure()
    another.timeout = 3600.0
    ended: list[IncompleteError] = []

    def create() -> None:
        try:
            another.create("aws:ecs/service:Service", "cancel", written)
        except IncompleteError as error:
            ended.append(error)

    creating = threading.Thread(target=create)
    creating.start()
    ecs = connect("ecs")
    while not any("/cancel" in arn for arn in ecs.list_services(cluster=defaults["cluster_arn"])["serviceArns"]):
        time.sleep(0.01)
    another.cancel()
    assert creating.is_alive()
    creating.join()
    (error,) = ended
    assert str(error).startswith(
        "creating urn:pulumi:dev::demo::aws:ecs/service:Service::cancel: 1 error occurred:\n\t* "
    )
    assert "waiting for ECS Service" in str(error)
    assert "(last state: 'tfPENDING', timeout: 1h0m0s)" in str(error)
    assert error.state["desiredCount"] == 1
    another.timeout = 0
    another.delete("aws:ecs/service:Service", "cancel", error.id, error.state)
    assert error.id not in ecs.list_services(cluster=defaults["cluster_arn"])["serviceArns"]


def test_the_process_starts_light() -> None:
    """The engine starts one for every provider instance, so neither moto nor the SDK's types may be in it."""
    code = "import sys, sandbox.provider.servicer; print(sorted({'moto', 'pulumi_aws', 'boto3'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_process_ends_at_once_on_a_signal(running: Sandbox, tmp_path: Path, ending: signal.Signals) -> None:
    executable = provider.install(tmp_path, Path(sys.executable))
    started = subprocess.Popen([executable], stdout=subprocess.PIPE, env=running.environment())
    assert started.stdout is not None
    with started.stdout:
        started.stdout.readline()
        started.send_signal(ending)
        assert started.wait(5) == 0


def test_a_repository_an_image_of_it_and_a_cluster(engine: Engine, connect: Callable[[str], Any]) -> None:
    found = engine.invoke("aws:ecr/getRepository:getRepository", name="shop")
    assert found["repositoryUrl"].endswith("/shop")
    assert found["arn"].endswith(":repository/shop")
    image = engine.invoke("aws:ecr/getImage:getImage", repositoryName="shop", imageTag="good-1")
    listed = connect("ecr").describe_images(repositoryName="shop", imageIds=[{"imageTag": "good-1"}])
    assert image["imageDigest"] == listed["imageDetails"][0]["imageDigest"]
    assert image["imageUri"] == f"{found['repositoryUrl']}@{image['imageDigest']}"
    with pytest.raises(grpc.RpcError, match="ImageNotFoundException"):
        engine.invoke("aws:ecr/getImage:getImage", repositoryName="shop", imageTag="never")
    assert engine.invoke("aws:ecs/getCluster:getCluster", clusterName="sandbox")["status"] == "ACTIVE"
    with pytest.raises(grpc.RpcError, match=r"ECS Cluster \(nowhere\)"):
        engine.invoke("aws:ecs/getCluster:getCluster", clusterName="nowhere")


def test_a_subnet_and_a_prefix_list(engine: Engine, running: Sandbox) -> None:
    first = running.defaults()["subnet_ids"][0]
    found = engine.invoke("aws:ec2/getSubnet:getSubnet", id=first)
    assert found["arn"].endswith(f":subnet/{first}")
    same = engine.invoke("aws:ec2/getSubnet:getSubnet", vpcId=found["vpcId"], cidrBlock=found["cidrBlock"])
    assert same["id"] == first
    lists = engine.invoke("aws:ec2/getManagedPrefixList:getManagedPrefixList", name="com.amazonaws.eu-west-1.s3")
    assert lists["id"].startswith("pl-")
    assert lists["entries"]
