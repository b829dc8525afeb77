"""Queues, roles and functions in a running sandbox, and the zips of the functions, written by the tests."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from sandbox import process
from sandbox.process import Sandbox
from sandbox.server import connector
from tests.sandbox.sandbox_callers import policy

T = TypeVar("T")
TRUST = policy({"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
LOGS = {"Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
POLLS = {"Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], "Resource": "*"}
SPEED = 60


_connect = cache(connector)


def zipped(**modules: str) -> bytes:
    """A package with these modules, readable by everybody."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        for name, source in modules.items():
            entry = zipfile.ZipInfo(f"{name}.py")
            entry.external_attr = 0o644 << 16
            package.writestr(entry, source)
    return content.getvalue()


@dataclass(frozen=True)
class Chain:
    """What a chain is made of in one sandbox; names are made up."""

    sandbox: Sandbox

    def client(self, service: str) -> Any:
        return _connect(self.sandbox.endpoint)(service)

    def queue(self, **attributes: Any) -> tuple[str, str]:
        """(URL, ARN) of a new queue."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=f"q-{uuid4().hex[:8]}", Attributes=attributes)["QueueUrl"]
        return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def role(self, *statements: dict[str, Any]) -> str:
        """The ARN of a new role that Lambda may assume."""
        iam, name = self.client("iam"), f"r-{uuid4().hex[:8]}"
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy(*statements)))
        return str(role["Arn"])

    def function(self, source: str, *statements: dict[str, Any], **more: Any) -> str:
        """The name of a new function whose module `app` is this; it may write its log, and poll queues."""
        name = f"f-{uuid4().hex[:8]}"
        given: dict[str, Any] = {"Runtime": "python3.11", "Handler": "app.handler", "Timeout": 10, "MemorySize": 256}
        self.client("lambda").create_function(
            FunctionName=name,
            Role=self.role(LOGS, POLLS, *statements),
            Code={"ZipFile": zipped(app=source)},
            **{**given, **more},
        )
        return name

    def invoke(self, name: str, event: Any = None, **more: Any) -> tuple[Any, str | None]:
        """(what it answers, the type of error)."""
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **more)
        return json.loads(answer["Payload"].read() or b"null"), answer.get("FunctionError")

    def log(self, name: str) -> list[str]:
        """The lines of a function's log; none where there is no group."""
        logs, group = self.client("logs"), f"/aws/lambda/{name}"
        try:
            found = logs.filter_log_events(logGroupName=group)["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [each["message"].rstrip("\n") for each in found]

    def mapping(self, name: str, queue_arn: str, **more: Any) -> str:
        """The UUID of a new mapping of a queue to a function."""
        made = self.client("lambda").create_event_source_mapping(FunctionName=name, EventSourceArn=queue_arn, **more)
        return str(made["UUID"])

    def bodies(self, url: str) -> list[str]:
        """What a queue holds, which is taken out of it."""
        sqs, found = self.client("sqs"), []
        while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found += [each["Body"] for each in got]
            for each in got:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return found


def until(look: Callable[[], T], within: float = 120) -> T:
    """Look until there is something; real seconds."""
    end = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    directory = tmp_path_factory.mktemp("sandbox")
    yield Chain(process.start(directory, speed=SPEED))
    process.stop(directory)
