"""The reader counts every call, follows pages, batches, and turns what goes wrong into an answer."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from diagnostics.aws import Reader
from diagnostics.reads import ReadError, SessionSettings


class FakeEcs:
    """Two pages of tasks; DescribeServices is refused."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def list_tasks(self, nextToken: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's word
        return {"taskArns": ["b"]} if nextToken else {"taskArns": ["a"], "nextToken": "more"}

    def describe_tasks(self, tasks: list[str], **_: Any) -> dict[str, Any]:
        self.batches.append(len(tasks))
        return {"tasks": [{"taskArn": arn} for arn in tasks], "failures": []}

    def describe_services(self, **_: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "DescribeServices")

    def describe_task_definition(self, **_: Any) -> dict[str, Any]:
        raise EndpointConnectionError(endpoint_url="https://ecs.eu-west-1.amazonaws.com")


@pytest.fixture
def reader() -> Reader:
    reader = Reader(SessionSettings(region="eu-west-1"))
    reader.__dict__["_ecs"] = FakeEcs()  # in the place of the client that would be made when first needed
    return reader


def test_all_pages_are_followed_and_counted(reader: Reader) -> None:
    assert reader.list_tasks("prod", "web", "RUNNING") == ["a", "b"]
    assert reader.api_calls == {"ListTasks": 2}


def test_tasks_are_described_a_hundred_at_a_time(reader: Reader) -> None:
    assert len(reader.describe_tasks("prod", [str(n) for n in range(250)])) == 250
    assert reader._ecs.batches == [100, 100, 50]  # type: ignore[attr-defined]


def test_a_refusal_carries_the_apis_own_words(reader: Reader) -> None:
    with pytest.raises(ReadError, match="DescribeServices: ThrottlingException: Rate exceeded") as refused:
        reader.describe_service("prod", "web")
    assert refused.value.answer.throttled


def test_what_never_reached_aws_is_an_answer_too(reader: Reader) -> None:
    with pytest.raises(ReadError, match="DescribeTaskDefinition: EndpointConnectionError: Could not connect") as failed:
        reader.describe_task_definition("web:1")
    assert not failed.value.answer.throttled


def test_a_profile_that_does_not_exist_is_an_answer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    with pytest.raises(ReadError, match="ProfileNotFound"):
        Reader(SessionSettings(region="eu-west-1", profile="nobody")).describe_service("prod", "web")


def test_clients_go_where_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    reader = Reader(SessionSettings(region="eu-north-1", endpoint_url="http://127.0.0.1:1"))
    assert (reader._elb.meta.region_name, reader._elb.meta.endpoint_url) == ("eu-north-1", "http://127.0.0.1:1")
    assert reader._logs("us-east-1").meta.region_name == "us-east-1"
    assert reader._logs(None).meta.region_name == "eu-north-1"


def test_the_reader_can_only_read() -> None:
    import inspect

    from diagnostics import aws

    called = set(__import__("re").findall(r'"((?:[a-z]+_)+[a-z]+)"', inspect.getsource(aws.Reader)))
    operations = {name for name in called if hasattr(aws.boto3.client("ecs", region_name="eu-west-1"), name)}
    assert operations
    assert all(name.startswith(("describe_", "list_", "get_")) for name in operations)


def test_a_client_that_was_prepared_is_the_one_that_is_asked() -> None:
    made: list[tuple[str, str | None]] = []

    class Session:
        def client(self, service: str, region_name: str | None, **_: Any) -> Any:
            made.append((service, region_name))
            return self

        def describe_things(self) -> dict[str, Any]:
            return {"Things": []}

    reader = Reader(SessionSettings(region="eu-west-1"))
    reader.__dict__["session"] = Session()
    reader.prepare(["ecr"])
    reader.ask("ecr", "describe_things")
    reader.ask("ecr", "describe_things", region="eu-west-1")
    reader.ask("ecr", "describe_things", region="us-east-1")
    assert made == [("ecs", None), ("ecr", None), ("ecr", "us-east-1")]
