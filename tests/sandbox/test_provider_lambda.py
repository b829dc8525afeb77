"""Lambda's resource types: their lives, and what becomes of an archive on its way to a function."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.provider.archive import packed, same_archive
from sandbox.provider.wire import SIGNATURE
from tests.sandbox.provider_client import Engine
from tests.sandbox.provider_stories import Story, lives, retags

ARCHIVE, ASSET = "0def7320c3a5731c473e5ecbe6d01bc7", "c44067f5952c0a294b673a41bacd8c17"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
)
POLLS = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]})


def archive(**files: str) -> dict[str, Any]:
    """An AssetArchive of texts, as the engine hands it over."""
    texts = {name: {SIGNATURE: ASSET, "text": text} for name, text in files.items()}
    digest = hashlib.sha256(json.dumps(texts).encode()).hexdigest()
    return {SIGNATURE: ARCHIVE, "hash": digest, "assets": {f"{name}.py": each for name, each in texts.items()}}


@dataclass(frozen=True)
class Place:
    """What the stories need of the account."""

    role: str
    other_role: str
    function: str
    queue: str


STORIES: dict[str, Story[Place]] = {
    "function": Story(
        "aws:lambda/function:Function",
        lambda place: {
            "role": place.role,
            "code": archive(app="def handler(event, context): return 1"),
            "handler": "app.handler",
            "runtime": "python3.12",
            "timeout": 30,
            "memorySize": 256,
            "environment": {"variables": {"COLOUR": "blue"}},
            "reservedConcurrentExecutions": 5,
            "architectures": ["arm64"],
            "loggingConfig": {"logFormat": "Text", "logGroup": "/alerts"},
        },
        lambda place: {
            "role": place.other_role,
            "code": archive(app="def handler(event, context): return 2"),
            "timeout": 60,
            "environment": {"variables": {"COLOUR": "red", "SIZE": "5"}},
            "reservedConcurrentExecutions": 2,
            "tracingConfig": {"mode": "Active"},
            "deadLetterConfig": {"targetArn": place.queue},
        },
    ),
    "plain function": Story(
        "aws:lambda/function:Function",
        lambda place: {
            "role": place.role,
            "code": archive(app="def handler(event, context): return 1"),
            "handler": "app.handler",
            "runtime": "python3.12",
        },
        {"name": "renamed"},
        replaces=True,
    ),
    "event source mapping": Story(
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        lambda place: {
            "functionName": place.function,
            "eventSourceArn": place.queue,
            "batchSize": 10,
            "maximumBatchingWindowInSeconds": 2,
            "functionResponseTypes": ["ReportBatchItemFailures"],
            "scalingConfig": {"maximumConcurrency": 2},
        },
        {"enabled": False, "batchSize": 5, "filterCriteria": {"filters": [{"pattern": '{"body": {"a": [1]}}'}]}},
        importable=False,  # AWS tells the function's ARN, whichever way the program names it
    ),
    "permission": Story(
        "aws:lambda/permission:Permission",
        lambda place: {
            "action": "lambda:InvokeFunction",
            "function": place.function,
            "principal": "events.amazonaws.com",
            "sourceArn": "arn:aws:events:eu-west-1:123456789012:rule/x",
        },
        {"principal": "sns.amazonaws.com"},
        replaces=True,
        taggable=False,
        importable=False,  # its function is no part of its id
    ),
    "event invoke config": Story(
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        lambda place: {"functionName": place.function, "maximumRetryAttempts": 1, "maximumEventAgeInSeconds": 600},
        lambda place: {"maximumRetryAttempts": 0, "destinationConfig": {"onFailure": {"destination": place.queue}}},
        taggable=False,
    ),
}


@pytest.fixture(scope="module")
def place(connect: Callable[[str], Any]) -> Place:
    iam = connect("iam")
    roles = []
    for name in ("function-a", "function-b"):
        roles.append(iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"])
        iam.put_role_policy(RoleName=name, PolicyName="polls", PolicyDocument=POLLS)
    connect("lambda").create_function(
        FunctionName="stories",
        Runtime="python3.12",
        Role=roles[0],
        Handler="app.handler",
        Code={"ZipFile": packed(archive(app="def handler(event, context): return 1"))},
    )
    connect("sqs").create_queue(QueueName="functions")
    return Place(*roles, "stories", "arn:aws:sqs:eu-west-1:123456789012:functions")


@pytest.mark.parametrize("name", STORIES)
def test_a_resource_lives(name: str, place: Place, engine: Engine) -> None:
    lives(STORIES[name], place, engine, name.replace(" ", "-"))


@pytest.mark.parametrize("name", [name for name, story in STORIES.items() if story.taggable])
def test_its_tags_change(name: str, place: Place, engine: Engine) -> None:
    retags(STORIES[name], name.replace(" ", "-"), place, engine)


def test_the_code_of_a_function_is_the_zip_of_its_archive(
    place: Place, engine: Engine, connect: Callable[[str], Any]
) -> None:
    code = archive(app="def handler(event, context): return [event, 1]", other="X = 1")
    written = {"role": place.role, "code": code, "handler": "app.handler", "runtime": "python3.12", "name": "zipped"}
    id_, state = engine.create("aws:lambda/function:Function", "zipped", written)
    digest = base64.b64encode(hashlib.sha256(packed(code)).digest()).decode()
    assert state["codeSha256"] == digest
    assert json.loads(connect("lambda").invoke(FunctionName=id_, Payload="{}")["Payload"].read()) == [{}, 1]
    engine.delete("aws:lambda/function:Function", "zipped", id_, state)


def names(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {each: package.read(each) for each in package.namelist()}


def test_a_folder_a_zip_and_what_is_within_an_archive_are_packed(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "inner" / "a.py").write_text("A")
    folder = {SIGNATURE: ARCHIVE, "path": str(tmp_path / "folder")}
    assert names(packed(folder)) == {"inner/a.py": b"A"}
    made = tmp_path / "made.zip"
    made.write_bytes(packed(folder))
    assert packed({SIGNATURE: ARCHIVE, "path": str(made)}) == made.read_bytes()
    both = {"lib": folder, "b.py": {SIGNATURE: ASSET, "text": "B"}}
    assert names(packed({SIGNATURE: ARCHIVE, "assets": both})) == {"b.py": b"B", "lib/inner/a.py": b"A"}
    assert packed(folder) == packed(folder)


def test_archives_are_compared_by_the_engines_hash() -> None:
    one, other = archive(app="1"), archive(app="2")
    assert same_archive(one, {**one, "assets": {}})
    assert not same_archive(one, other)
