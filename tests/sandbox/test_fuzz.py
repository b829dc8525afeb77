"""Whatever is sent to the sandbox, what comes back is AWS's: no page, no hang, and the sandbox lives.

The long form: FUZZ_REQUESTS=10000 pytest tests/sandbox/test_fuzz.py
"""

import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sandbox import process
from sandbox.ecs.api import SimEcs
from sandbox.process import Sandbox
from sandbox.server import connector
from tests.sandbox.fuzz import Reply, ecs, request, send

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "200"))
OURS = [name for name in vars(SimEcs) if not name.startswith("_") and name != "ecs"]
OPERATIONS = tuple("".join(part.capitalize() for part in name.split("_")) for name in OURS)
FIRST_ERROR, SERVERS_ERROR = 400, 500


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of its own, with a service: what is sent here may change anything."""
    directory = tmp_path_factory.mktemp("fuzzed")
    running = process.start(directory, speed=600)
    connect = connector(running.endpoint)
    container = {"name": "app", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:good-1"}
    connect("ecs").register_task_definition(
        family="shop",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{running.account}:role/execution",
        containerDefinitions=[container],
    )
    connect("ecs").create_service(
        cluster="sandbox",
        serviceName="shop",
        taskDefinition="shop:1",
        desiredCount=2,
        networkConfiguration={"awsvpcConfiguration": {"subnets": running.defaults()["subnet_ids"]}},
    )
    yield running
    process.stop(directory)


def problem(reply: Reply) -> str | None:
    """Return what is not AWS's about an answer."""
    start = reply.body[:200].lower()
    if b"<html" in start or b"<!doctype" in start:
        return "a page"
    if reply.status < FIRST_ERROR:
        return None
    if "json" in reply.content_type:
        document = json.loads(reply.body)
        return None if "__type" in document or "error" in document else "an error without its type"
    return None if ET.fromstring(reply.body).find(".//{*}Code") is not None else "an error without its code"  # noqa: S314


def port(running: Sandbox) -> int:
    return int(running.endpoint.rpartition(":")[2])


@pytest.mark.parametrize("seed", range(4))
def test_every_answer_to_anything_is_in_awss_shape(fuzzed: Sandbox, seed: int) -> None:
    random = Random(seed)  # noqa: S311
    for _ in range(REQUESTS // 4):
        sent = request(random)
        reply = send(port(fuzzed), sent)
        assert problem(reply) is None, (sent[:2000], reply)
    before, _ = fuzzed.clock()
    assert connector(fuzzed.endpoint)("sts").get_caller_identity()["Account"] == fuzzed.account
    assert fuzzed.clock()[0] > before


def test_no_request_makes_our_own_operations_fail(fuzzed: Sandbox) -> None:
    random = Random(7)  # noqa: S311
    for _ in range(REQUESTS):
        sent = ecs(random, OPERATIONS)
        reply = send(port(fuzzed), sent)
        assert problem(reply) is None, (sent[:2000], reply)
        assert reply.status < SERVERS_ERROR, (
            sent[:2000],
            reply,
            Path(fuzzed.directory / "server.log").read_text()[-3000:],
        )


@pytest.mark.parametrize(
    ("operation", "given", "code", "said"),
    [
        ("DescribeServices", {"services": "shop"}, "SerializationException", "Unexpected field type"),
        (
            "DescribeServices",
            {"services": [{}]},
            "SerializationException",
            "Start of structure or map found where not expected.",
        ),
        ("DescribeServices", {"services": None}, "InvalidParameterException", "Services cannot be empty."),
        (
            "CreateService",
            {"serviceName": 7},
            "SerializationException",
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            "CreateService",
            {"desiredCount": "2", "serviceName": "x"},
            "SerializationException",
            "STRING_VALUE can not be converted to an Integer",
        ),
        (
            "CreateService",
            {"serviceName": "x", "launchType": "MOON"},
            "InvalidParameterException",
            (
                "1 validation error detected: Value 'MOON' at 'launchType' failed to satisfy constraint: "
                "Member must satisfy enum value set: [EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES]"
            ),
        ),
        ("UpdateService", {}, "InvalidParameterException", "Service can not be blank."),
    ],
)
def test_a_malformed_request_is_refused_as_aws_refuses_it(
    running: Sandbox, operation: str, given: dict[str, Any], code: str, said: str
) -> None:
    body = json.dumps(given).encode()
    head = (
        f"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        f"X-Amz-Target: AmazonEC2ContainerServiceV20141113.{operation}\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=a/20261120/eu-west-1/ecs/aws4_request, SignedHeaders=host\r\n\r\n"
    )
    reply = send(port(running), head.encode() + body)
    assert (reply.status, json.loads(reply.body)) == (400, {"__type": code, "message": said})
