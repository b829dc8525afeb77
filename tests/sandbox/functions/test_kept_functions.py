"""Functions in a sandbox that is kept: what they did is not done again, and what they had not ended is."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.sandbox.functions.conftest import zipped
from tests.sandbox.kept import EVERYTHING, TRUST, Kept, kept

SOURCE = """
import os
import time

def handler(event, context):
    slow = os.path.exists(os.environ["FILE"] + ".slow")
    with open(os.environ["FILE"], "a") as file:
        file.write(event["Records"][0]["body"] + "\\n")
    if slow:
        time.sleep(60)
    print("handled")
"""


def until(sandbox: Kept, look: Callable[[], Any]) -> None:
    end = time.monotonic() + 120
    while not look():
        assert time.monotonic() < end
        time.sleep(0.02)
        sandbox.step(0.1)


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def left(sandbox: Kept, url: str) -> str:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sandbox.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return "/".join(found[name] for name in names)


def test_a_function_of_a_kept_sandbox_runs_once_for_what_it_ended_and_again_for_what_it_did_not(tmp_path: Path) -> None:
    file = tmp_path / "ran"
    with kept(tmp_path / "kept") as first:
        url = prepare(first, file)
        first.client("sqs").send_message(QueueUrl=url, MessageBody="first")
        until(first, lambda: left(first, url) == "0/0")
        log = first.client("logs").filter_log_events(logGroupName="/aws/lambda/f")["events"]
        Path(f"{file}.slow").touch()
        first.client("sqs").send_message(QueueUrl=url, MessageBody="second")
        until(first, lambda: lines(file) == ["first", "second"])
        first.client("sqs").tag_queue(QueueUrl=url, Tags={"since": "it began"})
    Path(f"{file}.slow").unlink()
    with kept(tmp_path / "kept") as back:
        assert lines(file) == ["first", "second"]
        again = back.client("logs").filter_log_events(logGroupName="/aws/lambda/f")["events"]
        assert [each["message"] for each in again] == [each["message"] for each in log]
        assert left(back, url) == "0/1"
        back.step(75)
        until(back, lambda: left(back, url) == "0/0")
        assert lines(file) == ["first", "second", "second"]


def prepare(sandbox: Kept, file: Path) -> str:
    """Make a function that notes in a file what it gets, and a queue that feeds it; return the queue's URL."""
    trust = TRUST.replace("ecs-tasks", "lambda")
    role = sandbox.client("iam").create_role(RoleName="f", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    sandbox.client("iam").put_role_policy(RoleName="f", PolicyName="p", PolicyDocument=EVERYTHING)
    made = sandbox.client("sqs").create_queue(QueueName="q", Attributes={"VisibilityTimeout": "70"})
    sandbox.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.11",
        Role=role,
        Handler="app.handler",
        Timeout=65,
        Code={"ZipFile": zipped(app=SOURCE)},
        Environment={"Variables": {"FILE": str(file)}},
    )
    arn = "arn:aws:sqs:eu-west-1:123456789012:q"
    sandbox.client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=arn, BatchSize=1)
    return str(made["QueueUrl"])
