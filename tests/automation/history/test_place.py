"""Where records are shared: which of the three words holds, and what is refused."""

import pytest

from automation.errors import UsageError
from automation.history.place import VARIABLE, Place, shared_place


@pytest.mark.parametrize(
    ("option", "variable", "project", "place"),
    [
        (None, None, None, None),
        (None, None, "s3://team", Place("s3", "team")),
        (None, "dynamodb://table", "s3://team", Place("dynamodb", "table")),
        ("s3://mine/a/b/", "dynamodb://table", "s3://team", Place("s3", "mine", "a/b")),
        ("local", "dynamodb://table", "s3://team", None),
        ("dynamodb://table?region=eu-west-1", None, None, Place("dynamodb", "table", region="eu-west-1")),
    ],
)
def test_the_option_holds_before_the_environment_and_that_before_the_project(
    option: str | None, variable: str | None, project: str | None, place: Place | None
) -> None:
    environment = {VARIABLE: variable} if variable else {}
    assert shared_place(option, environment, project) == place


@pytest.mark.parametrize(
    "url",
    [
        "gs://bucket",
        "bucket",
        "s3://",
        "s3://UPPER",
        "s3://bucket?region=x&acl=public",
        "dynamodb://table/a",
        "s3://b#x",
    ],
)
def test_anything_else_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(UsageError, match=r"--history .*(s3://BUCKET/PREFIX|write `dynamodb://table`)"):
        shared_place(url, {}, None)
    with pytest.raises(UsageError, match=VARIABLE):
        shared_place(None, {VARIABLE: "nowhere"}, None)
