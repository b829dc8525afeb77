"""What moto forgets and the sandbox keeps."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from moto import mock_aws

from sandbox.moto_defects import mend, moto_as_it_is

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
)


def _client(service: str) -> Any:
    session = boto3.Session("a", "b", region_name="eu-west-1")
    return session.client(service)  # type: ignore[call-overload]  # the stubs know only literal names


@pytest.fixture
def client() -> Iterator[Callable[[str], Any]]:
    mend()
    with mock_aws():
        yield _client


@pytest.fixture
def ec2(client: Callable[[str], Any]) -> Any:
    return client("ec2")


def _certificate() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.test")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    pem, form, plain = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    return made.sign(key, hashes.SHA256()).public_bytes(pem), key.private_bytes(pem, form, plain)


def test_a_missing_stream_is_told_of_the_stream(client: Callable[[str], Any]) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/shop")
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log stream does not exist"):
        logs.get_log_events(logGroupName="/shop", logStreamName="app/app/1")
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log group does not exist"):
        logs.get_log_events(logGroupName="/other", logStreamName="app/app/1")
    with moto_as_it_is(), pytest.raises(logs.exceptions.ResourceNotFoundException, match="log group does not exist"):
        logs.get_log_events(logGroupName="/shop", logStreamName="app/app/1")


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


def test_a_rule_from_a_security_group_keeps_its_description(ec2: Any) -> None:
    web, balancer = (ec2.create_security_group(GroupName=each, Description=each)["GroupId"] for each in ("a", "b"))
    pair = {"GroupId": balancer, "Description": "from the load balancer"}
    permission = {"IpProtocol": "tcp", "FromPort": 5001, "ToPort": 5001, "UserIdGroupPairs": [pair]}
    ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=[permission])
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [web]}])
    described = [rule.get("Description") for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]
    assert described == ["from the load balancer"]


def test_a_certificate_that_is_imported_again_keeps_its_tags(client: Any) -> None:
    acm, (certificate, key) = client("acm"), _certificate()
    tags = [{"Key": "team", "Value": "shop"}]
    arn = acm.import_certificate(Certificate=certificate, PrivateKey=key, Tags=tags)["CertificateArn"]
    acm.import_certificate(CertificateArn=arn, Certificate=certificate, PrivateKey=key)
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == tags


def test_a_queue_keeps_its_policy_when_something_else_is_set(client: Any) -> None:
    sqs = client("sqs")
    allowed = json.dumps({"redrivePermission": "denyAll"})
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*"}]})
    given = {"Policy": policy, "RedriveAllowPolicy": allowed}
    url = sqs.create_queue(QueueName="shop", Attributes=given)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert {key: told.get(key) for key in given} == given


def test_the_policy_of_a_file_system_can_be_deleted(client: Any) -> None:
    efs = client("efs")
    system = efs.create_file_system(CreationToken="data")["FileSystemId"]
    efs.put_file_system_policy(FileSystemId=system, Policy="{}")
    efs.delete_file_system_policy(FileSystemId=system)
    with pytest.raises(efs.exceptions.PolicyNotFound):
        efs.describe_file_system_policy(FileSystemId=system)


def test_a_log_group_is_given_a_key_and_loses_it(client: Callable[[str], Any]) -> None:
    logs, key = client("logs"), "arn:aws:kms:eu-west-1:123456789012:key/shop"
    logs.create_log_group(logGroupName="/ecs/shop")
    arn = logs.describe_log_groups()["logGroups"][0]["arn"]
    for named in ({"logGroupName": "/ecs/shop"}, {"resourceIdentifier": arn}):
        logs.associate_kms_key(**named, kmsKeyId=key)
        assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key
        logs.disassociate_kms_key(**named)
        assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.disassociate_kms_key(logGroupName="/ecs/other")


_CASES = [case for name, case in list(globals().items()) if name.startswith("test_")]


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.__name__)
def test_moto_still_has_the_defect(case: Any) -> None:
    """Where this fails, moto has mended it: take our mending and its case away."""
    with moto_as_it_is(), mock_aws():
        argument = _client if "client" in case.__annotations__ else _client("ec2")
        with pytest.raises(Exception):  # noqa: B017, PT011 - however it fails, it is moto that does
            case(argument)


def test_a_queue_loses_no_message_that_comes_while_another_goes(client: Callable[[str], Any]) -> None:
    """Moto puts back the list that it read before; ours deletes under the lock that an arrival takes."""
    import moto.sqs.models as moto

    from sandbox import queues

    undo = queues.install(lambda: datetime.now(UTC), lambda _queue: None)
    try:
        sqs = client("sqs")
        url = sqs.create_queue(QueueName="busy")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="goes")
        handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
        queue = moto.sqs_backends["123456789012"]["eu-west-1"].queues["busy"]
        with queue._messages_lock:
            going = threading.Thread(target=queue.delete_message, args=(handle,))
            going.start()
            going.join(0.2)
            assert going.is_alive(), "it waits"
        going.join(5)
        assert queue._messages == []
    finally:
        undo()


def test_a_function_keeps_where_its_dead_letters_and_its_log_go(client: Callable[[str], Any]) -> None:
    from moto.awslambda.models import lambda_backends

    client("iam").create_role(RoleName="f", AssumeRolePolicyDocument=TRUST)

    made = lambda_backends["123456789012"]["eu-west-1"].create_function(
        {
            "FunctionName": "f",
            "Role": "arn:aws:iam::123456789012:role/f",
            "Runtime": "python3.12",
            "Handler": "app.handler",
            "Code": {"ZipFile": "eA=="},
            "DeadLetterConfig": {"TargetArn": "arn:dead"},
            "LoggingConfig": {"LogGroup": "/alerts", "LogFormat": "Text"},
        }
    )
    made.update_configuration({"TracingConfig": {"Mode": "Active"}, "EphemeralStorage": {"Size": 1024}})
    told = made.get_configuration()
    assert told["DeadLetterConfig"] == {"TargetArn": "arn:dead"}
    assert told["LoggingConfig"]["LogGroup"] == "/alerts"
    assert (told["TracingConfig"], told["EphemeralStorage"]) == ({"Mode": "Active"}, {"Size": 1024})
    with moto_as_it_is():
        made.update_configuration({"TracingConfig": {"Mode": "PassThrough"}})
        told = made.get_configuration()
    assert "DeadLetterConfig" not in told
    assert told["TracingConfig"] == {"Mode": "Active"}


def test_a_function_has_the_last_configuration_of_its_asynchronous_invocations(client: Callable[[str], Any]) -> None:
    from moto.awslambda.models import lambda_backends

    client("iam").create_role(RoleName="f", AssumeRolePolicyDocument=TRUST)

    backend = lambda_backends["123456789012"]["eu-west-1"]
    backend.create_function(
        {
            "FunctionName": "f",
            "Role": "arn:aws:iam::123456789012:role/f",
            "Runtime": "python3.12",
            "Handler": "app.handler",
            "Code": {"ZipFile": "eA=="},
        }
    )
    for attempts in (2, 1):
        backend.put_function_event_invoke_config("f", {"MaximumRetryAttempts": attempts})
    assert backend.get_function_event_invoke_config("f")["MaximumRetryAttempts"] == 1
    with moto_as_it_is():
        backend.put_function_event_invoke_config("f", {"MaximumRetryAttempts": 0})
        assert backend.get_function_event_invoke_config("f")["MaximumRetryAttempts"] == 1
