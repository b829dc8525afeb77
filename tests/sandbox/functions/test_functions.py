"""Functions as they are invoked directly: in a process of their own, with Lambda's event, context, words and log."""

from tests.sandbox.functions.conftest import Chain

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
