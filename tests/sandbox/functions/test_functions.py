"""Functions as they are invoked directly: in a process of their own, with Lambda's event, context, words and log."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.functions.conftest import LOGS, Chain, until, zipped

ECHO = """
import os
import json
import logging

calls = 0

def handler(event, context):
    global calls
    calls += 1
    print("called with", event)
    logging.getLogger().warning("careful")
    return {
        "event": event, "calls": calls, "pid": os.getpid(), "name": context.function_name, "id": context.aws_request_id,
        "arn": context.invoked_function_arn, "left": context.get_remaining_time_in_millis(),
        "environment": dict(os.environ),
    }
"""


def test_a_function_runs_in_a_process_that_is_kept_for_the_next_invocation(chain: Chain) -> None:
    name = chain.function(ECHO, Environment={"Variables": {"COLOUR": "blue"}}, Timeout=7)
    first, failed = chain.invoke(name, {"a": 1})
    second, _ = chain.invoke(name, {"a": 2})
    assert failed is None
    assert first["event"] == {"a": 1}
    assert (first["calls"], second["calls"]) == (1, 2)
    assert first["pid"] == second["pid"]
    assert first["id"] != second["id"]
    assert first["arn"].endswith(f":function:{name}")
    assert 6000 < first["left"] <= 7000
    environment = first["environment"]
    assert environment["COLOUR"] == "blue"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert environment["AWS_ENDPOINT_URL"] == chain.sandbox.endpoint
    assert environment["_HANDLER"] == "app.handler"
    log = chain.log(name)
    assert log[0].startswith("INIT_START")
    assert log[1] == f"START RequestId: {first['id']} Version: $LATEST"
    assert "called with {'a': 1}" in log
    assert any(line.startswith("[WARNING]\t") and line.endswith("\tcareful") for line in log)
    assert sum(line.startswith("REPORT RequestId:") for line in log) == 2
    assert sum("Init Duration" in line for line in log) == 1


DENIED = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    said = {}
    for what, call in {
        "table": lambda: boto3.client("dynamodb").put_item(TableName=event["table"], Item={"id": {"S": "1"}}),
        "other": lambda: boto3.client("dynamodb").get_item(TableName="other", Key={"id": {"S": "1"}}),
        "queues": lambda: boto3.client("sqs").list_queues(),
        "itself": lambda: boto3.client("lambda").get_function(FunctionName=context.function_name),
    }.items():
        try:
            call()
            said[what] = "allowed"
        except ClientError as error:
            said[what] = error.response["Error"]["Code"] + ": " + error.response["Error"]["Message"]
    said["who"] = boto3.client("sts").get_caller_identity()["Arn"]
    return said
"""


def test_what_a_function_calls_is_asked_of_its_role(chain: Chain) -> None:
    table = "stories"
    chain.client("dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    allowed = {"Action": "dynamodb:PutItem", "Resource": f"arn:aws:dynamodb:*:*:table/{table}"}
    name = chain.function(DENIED, allowed)
    said, failed = chain.invoke(name, {"table": table})
    assert failed is None
    assert said["table"] == "allowed"
    assert "not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:" in said["other"]
    assert said["queues"].startswith("AccessDenied")
    assert said["itself"].startswith("AccessDeniedException")
    assert f"lambda:GetFunction on resource: arn:aws:lambda:eu-west-1:123456789012:function:{name}" in said["itself"]
    assert said["who"].endswith(f"/{name}")
    assert ":assumed-role/" in said["who"]


ENDS = """
import os
import sys
import time

def handler(event, context):
    print("begins")
    if event == "raises":
        raise ValueError("no such colour")
    if event == "sleeps":
        time.sleep(60)
    if event == "leaves":
        os._exit(3)
    if event == "leaves well":
        sys.exit(0)
    if event == "grows":
        kept = [bytearray(1024 * 1024) for _ in range(2000)]
        time.sleep(5)
    if event == "unspeakable":
        return object()
    return event
"""


def test_how_an_invocation_ends_badly_is_told_in_lambdas_words(chain: Chain) -> None:
    name = chain.function(ENDS, Timeout=1, MemorySize=128)
    said, failed = chain.invoke(name, "raises")
    assert failed == "Unhandled"
    assert (said["errorType"], said["errorMessage"]) == ("ValueError", "no such colour")
    assert said["stackTrace"][-1].startswith('  File "')
    assert "in handler" in said["stackTrace"][-1]
    said, _ = chain.invoke(name, "unspeakable")
    assert said["errorType"] == "Runtime.MarshalError"
    said, _ = chain.invoke(name, "sleeps")
    assert said["errorType"] == "Sandbox.Timedout"
    assert said["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    said, _ = chain.invoke(name, "leaves")
    assert said["errorType"] == "Runtime.ExitError"
    assert said["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")
    said, _ = chain.invoke(name, "leaves well")
    assert said["errorMessage"].endswith("Error: Runtime exited without providing a reason")
    said, _ = chain.invoke(name, "grows")
    assert said["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert chain.invoke(name, "fine") == ("fine", None)
    log = chain.log(name)
    assert log.count("begins") == 7
    assert "[ERROR] ValueError: no such colour" in log
    assert any(line.endswith(" Task timed out after 1.00 seconds") for line in log)
    assert any("Max Memory Used: 128 MB" in line for line in log)


def test_a_package_has_to_hold_what_the_function_imports_except_the_sdk(chain: Chain) -> None:
    name = chain.function("import boto3, botocore, urllib3\nimport yaml\ndef handler(event, context): return 1")
    said, failed = chain.invoke(name)
    assert failed == "Unhandled"
    assert said["errorType"] == "Runtime.ImportModuleError"
    assert said["errorMessage"] == "Unable to import module 'app': No module named 'yaml'"
    missing = chain.function("def other(event, context): return 1")
    assert chain.invoke(missing)[0]["errorMessage"] == "Handler 'handler' missing on module 'app'"


def test_new_code_and_new_settings_get_a_new_process(chain: Chain) -> None:
    name, lambda_ = chain.function("def handler(event, context): return 1"), chain.client("lambda")
    assert chain.invoke(name)[0] == 1
    lambda_.update_function_code(
        FunctionName=name, ZipFile=zipped(app="import os\ndef handler(e, c): return dict(os.environ)")
    )
    assert "COLOUR" not in chain.invoke(name)[0]
    lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": {"COLOUR": "red"}})
    assert chain.invoke(name)[0]["COLOUR"] == "red"


def test_what_lambda_cannot_take_is_refused_in_its_words(chain: Chain) -> None:
    lambda_ = chain.client("lambda")
    given: dict[str, Any] = {"FunctionName": "refused", "Runtime": "python3.11", "Handler": "app.handler"}
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        lambda_.create_function(**given, Role="arn:aws:iam::123456789012:role/nobody", Code={"ZipFile": zipped(app="")})
    with pytest.raises(ClientError, match="Could not unzip uploaded file"):
        lambda_.create_function(**given, Role=chain.role(), Code={"ZipFile": b"no zip"})
    slow = chain.function("", Timeout=60)
    _, arn = chain.queue(VisibilityTimeout="30")
    with pytest.raises(
        ClientError, match="Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"
    ):
        chain.mapping(slow, arn)
    blind = f"blind-{slow}"
    lambda_.create_function(**{**given, "FunctionName": blind}, Role=chain.role(LOGS), Code={"ZipFile": zipped(app="")})
    with pytest.raises(ClientError, match="does not have permissions to call ReceiveMessage on SQS"):
        chain.mapping(blind, arn)
    with pytest.raises(ClientError, match="Maximum batch window in seconds must be greater than 0"):
        chain.mapping(chain.function(""), arn, BatchSize=11)


def test_a_role_that_may_not_write_logs_leaves_none(chain: Chain) -> None:
    name = chain.function("def handler(event, context): print('unseen')")
    role = chain.client("lambda").get_function(FunctionName=name)["Configuration"]["Role"].rpartition("/")[2]
    chain.client("iam").delete_role_policy(RoleName=role, PolicyName="p")
    assert chain.invoke(name) == (None, None)
    assert chain.log(name) == []


def test_reserved_concurrency_throttles(chain: Chain) -> None:
    name = chain.function("def handler(event, context): return 1")
    lambda_ = chain.client("lambda")
    lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as refused:
        chain.invoke(name)
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    lambda_.delete_function_concurrency(FunctionName=name)
    assert chain.invoke(name) == (1, None)


def test_an_event_that_fails_is_tried_again_and_goes_to_the_destination(chain: Chain) -> None:
    sends = {"Action": "sqs:SendMessage", "Resource": "*"}
    name = chain.function("def handler(event, context):\n print('TRIED')\n raise ValueError(event)", sends)
    url, arn = chain.queue()
    chain.client("lambda").put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    answer = chain.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b'"x"')
    assert answer["StatusCode"] == 202
    (body,) = until(lambda: chain.bodies(url))
    told = json.loads(body)
    assert told["requestContext"]["condition"] == "RetriesExhausted"
    assert (told["requestContext"]["approximateInvokeCount"], told["requestPayload"]) == (2, "x")
    assert told["responsePayload"]["errorMessage"] == "x"
    assert chain.log(name).count("TRIED") == 2


THROTTLED = """
import boto3
from botocore.config import Config

def handler(event, context):
    once = Config(retries={"total_max_attempts": 1})
    said = {}
    for service, call in {
        "dynamodb": lambda client: client.list_tables(),
        "sqs": lambda client: client.list_queues(),
        "sns": lambda client: client.list_topics(),
        "lambda": lambda client: client.list_functions(),
    }.items():
        try:
            call(boto3.client(service, config=once))
            said[service] = "answered"
        except Exception as error:
            said[service] = error.response["Error"]["Code"]
    return said
"""


def test_faults_meet_what_a_function_calls(chain: Chain) -> None:
    name = chain.function(THROTTLED, {"Action": "*", "Resource": "*"})
    operations = ["dynamodb:ListTables", "sqs:ListQueues", "sns:ListTopics", "lambda:ListFunctions"]
    for operation in operations:
        chain.sandbox.switch_fault({"operation": operation, "kind": "throttle", "count": 1})
    said, _ = chain.invoke(name)
    assert set(said.values()) == {"ThrottlingException", "Throttling"}
    assert set(chain.invoke(name)[0].values()) == {"answered"}
