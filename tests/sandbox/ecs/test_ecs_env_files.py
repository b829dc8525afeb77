"""Environment files: what has to be there before a task starts, and what its program gets."""

from typing import Any

import pytest

from tests.sandbox.ecs.conftest import PERMISSIONS, REGION

ARN = "arn:aws:s3:::settings/shop.env"
FAILED = "ResourceInitializationError: failed to download env files: service call has been retried 1 time(s): operation"
FILE = {"environmentFiles": [{"type": "s3", "value": ARN}]}


def allow(world: Any, *actions: str) -> None:
    statement = {"Effect": "Allow", "Action": ["s3:GetBucketLocation", *actions], "Resource": "*"}
    world.allow({**PERMISSIONS, "Statement": [*PERMISSIONS["Statement"], statement]})
    world.step(90)


def upload(world: Any, text: str | None) -> None:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="settings", CreateBucketConfiguration={"LocationConstraint": REGION})
    if text is not None:
        s3.put_object(Bucket="settings", Key="shop.env", Body=text.encode())


@pytest.mark.parametrize(
    ("text", "actions", "status"),
    [
        ("A=1", (), "403"),
        (None, ("s3:GetObject",), "403"),
        (None, ("s3:GetObject", "s3:ListBucket"), "404"),
    ],
)
def test_a_file_that_is_not_to_be_had_keeps_the_task_from_starting(
    world: Any, text: str | None, actions: tuple[str, ...], status: str
) -> None:
    upload(world, text)
    allow(world, *actions)
    world.create(world.register("good-1", FILE))
    world.until(lambda: world.tasks("STOPPED"), within=100)
    reason = world.tasks("STOPPED")[0]["stoppedReason"]
    assert reason.startswith(FAILED)
    assert f"StatusCode: {status}, " in reason


def test_a_program_gets_the_variables_of_a_file(world: Any) -> None:
    upload(world, "# settings\nDATABASE_URL=postgres://db/shop?x=1\n")
    allow(world, "s3:GetObject")
    world.create(world.register("needs-secret", FILE), world.target_group())
    world.until(world.completed, within=300)
