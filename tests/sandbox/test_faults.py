"""Faults of the API: what a client gets, how often, and that they end."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.faults import Faults
from sandbox.front import BadQuestionError
from sandbox.process import Sandbox, SandboxError
from sandbox.throttling import LIMITS, Buckets
from tests.sandbox.test_server import _Answer, environ

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

START = datetime(2030, 1, 1, tzinfo=UTC)


class Time:
    """A clock that a test sets, and what waited on it."""

    def __init__(self) -> None:
        self.now = START
        self.waited: list[float] = []


class Counting:
    """An AWS that answers with how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, _environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        self.asked += 1
        start("200 OK", [("Content-Type", "application/x-amz-json-1.1")])
        return [json.dumps({"asked": self.asked, "tasks": list(range(20))}).encode()]


class Api:
    """The fault layer around a counting AWS."""

    def __init__(self, seed: int = 1) -> None:
        self.time = Time()
        self.aws = Counting()
        self.faults = Faults(self.aws, lambda: self.time.now, self.time.waited.append, seed, "123456789012")

    def ask(self, operation: str = "DescribeTasks", region: str = "eu-west-1") -> tuple[int, Any]:
        answer = _Answer()
        request = environ(
            HTTP_X_AMZ_TARGET=f"AmazonEC2ContainerServiceV20141113.{operation}",
            HTTP_AUTHORIZATION=f"AWS4-HMAC-SHA256 Credential=a/20300101/{region}/ecs/aws4_request, SignedHeaders=host",
        )
        content = b"".join(self.faults(request, answer))
        return int(answer.status.split()[0]), json.loads(content)


def test_a_fault_ends_after_its_count() -> None:
    api = Api()
    api.faults.switch({"operation": "ecs:DescribeTasks", "kind": "error", "count": 2})
    assert [api.ask()[0] for _ in range(3)] == [500, 500, 200]
    assert api.faults.listed() == {"faults": []}


def test_a_fault_is_of_its_operation_alone_and_can_be_cleared() -> None:
    api = Api()
    api.faults.switch({"operation": "DescribeTasks", "kind": "throttle"})
    api.faults.switch({"operation": "StopTask", "kind": "error"})
    assert (api.ask()[0], api.ask("ListTasks")[0], api.ask("StopTask")[0]) == (400, 200, 500)
    api.faults.switch({"clear": True, "operation": "DescribeTasks"})
    assert (api.ask()[0], api.ask("StopTask")[0]) == (200, 500)
    api.faults.switch({"clear": True})
    assert api.ask("StopTask")[0] == 200


def test_a_rate_is_a_share_of_the_requests_and_the_same_for_a_seed() -> None:
    def statuses(seed: int) -> list[int]:
        api = Api(seed)
        api.faults.switch({"operation": "StopServiceDeployment", "kind": "error", "rate": 0.25})
        return [api.ask("StopServiceDeployment")[0] for _ in range(400)]

    first = statuses(1)
    assert 70 <= first.count(500) <= 130
    assert first == statuses(1) != statuses(2)


def test_latency_is_of_the_sandboxes_clock_and_the_answer_comes_all_the_same() -> None:
    api = Api()
    api.faults.switch({"operation": "*", "kind": "latency", "seconds": 7})
    assert api.ask()[0] == 200
    assert api.time.waited == [7]


def test_a_lagging_read_answers_what_was_true_some_seconds_ago() -> None:
    api = Api()
    api.faults.switch({"operation": "DescribeTasks", "kind": "lag", "seconds": 10})
    seen = []
    for _ in range(6):
        seen.append(api.ask()[1]["asked"])
        api.time.now += timedelta(seconds=5)
    assert seen == [1, 1, 1, 2, 3, 4]


def test_a_shuffled_answer_has_the_same_members_in_another_order() -> None:
    api = Api()
    api.faults.switch({"operation": "DescribeTasks", "kind": "shuffle"})
    tasks = api.ask()[1]["tasks"]
    assert tasks != list(range(20))
    assert sorted(tasks) == list(range(20))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"operation": "DescribeTasks", "kind": "explode"}, "kind: Input should be 'throttle'"),
        ({"operation": "DescribeTasks", "kind": "error", "stoppedReason": "x"}, "stoppedReason: Extra inputs"),
        ({"operation": "DescribeTasks", "kind": "error", "rate": 1.5}, "rate: "),
        ({"operation": "DescribeTasks", "kind": "error", "count": 0}, "count: "),
        ({"operation": "a b", "kind": "error"}, "operation: "),
        ({"operation": "StopTask", "kind": "lag"}, "a lag is for an operation that reads"),
        ({"clear": False}, "to clear"),
        ({}, "operation: Field required"),
    ],
)
def test_what_is_no_fault_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(BadQuestionError, match=said):
        Api().faults.switch(asked)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_a_bucket_holds_its_burst_and_refills_with_the_sandboxes_clock(limit: Any) -> None:
    api = Api()
    operations = limit.operations
    statuses = [api.ask(operations[index % len(operations)])[0] for index in range(limit.burst + 1)]
    assert statuses == [200] * limit.burst + [400]
    refused = api.ask(operations[0])[1]
    assert (refused["__type"], refused["message"]) == ("ThrottlingException", "Rate exceeded")
    assert api.ask(operations[0], region="us-east-1")[0] == 200
    api.time.now += timedelta(seconds=1)
    assert [api.ask(operations[0])[0] for _ in range(limit.refill + 1)] == [200] * limit.refill + [400]


def test_an_operation_without_a_published_limit_is_not_throttled() -> None:
    buckets = Buckets()
    assert all(buckets.take("a", "StopServiceDeployment", START) for _ in range(1000))


# --- against a running sandbox, as a client sees them


@pytest.fixture
def faulty(running: Sandbox) -> Iterator[Callable[..., None]]:
    def switch(operation: str, kind: str, **more: Any) -> None:
        running.switch_fault({"operation": operation, "kind": kind, **more})

    yield switch
    running.switch_fault({"clear": True})


def client(running: Sandbox, service: str, attempts: int = 1) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=running.region,
        endpoint_url=running.endpoint,
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"total_max_attempts": attempts, "mode": "standard"}),
    )


CALLS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "ecs": ("ecs:DescribeServices", lambda each: each.describe_services(cluster="sandbox", services=["shop"])),
    "elbv2": ("elasticloadbalancing:DescribeTargetGroups", lambda each: each.describe_target_groups()),
    "ec2": ("ec2:DescribeVpcs", lambda each: each.describe_vpcs()),
    "logs": ("logs:DescribeLogGroups", lambda each: each.describe_log_groups()),
    "iam": ("iam:ListRoles", lambda each: each.list_roles()),
}


@pytest.mark.parametrize(
    ("service", "kind", "code", "status"),
    [
        ("ecs", "throttle", "ThrottlingException", 400),
        ("ecs", "error", "ServerException", 500),
        ("ecs", "expired", "ExpiredTokenException", 400),
        ("ecs", "denied", "AccessDeniedException", 400),
        ("logs", "throttle", "ThrottlingException", 400),
        ("logs", "error", "ServiceUnavailableException", 503),
        ("elbv2", "throttle", "Throttling", 400),
        ("elbv2", "expired", "ExpiredToken", 403),
        ("elbv2", "denied", "AccessDenied", 403),
        ("iam", "error", "ServiceUnavailable", 503),
        ("ec2", "throttle", "RequestLimitExceeded", 503),
        ("ec2", "denied", "UnauthorizedOperation", 403),
        ("ec2", "expired", "RequestExpired", 400),
    ],
)
def test_each_protocol_says_it_in_its_own_way(
    running: Sandbox, faulty: Callable[..., None], service: str, kind: str, code: str, status: int
) -> None:
    name, call = CALLS[service]
    faulty(name, kind, count=1)
    with pytest.raises(ClientError) as error:
        call(client(running, service))
    assert error.value.response["Error"]["Code"] == code
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    call(client(running, service))


def test_access_denied_names_the_action_and_the_resource(running: Sandbox, faulty: Callable[..., None]) -> None:
    faulty("ecs:DescribeServices", "denied", count=1)
    ecs = client(running, "ecs")
    with pytest.raises(ecs.exceptions.AccessDeniedException) as error:
        ecs.describe_services(cluster="sandbox", services=["shop"])
    arn = client(running, "sts").get_caller_identity()["Arn"]
    assert error.value.response["Error"]["Message"] == (
        f"User: {arn} is not authorized to perform: ecs:DescribeServices on resource: "
        "arn:aws:ecs:eu-west-1:123456789012:service/sandbox/shop "
        "because no identity-based policy allows the ecs:DescribeServices action"
    )


def test_an_sdk_gets_over_a_fault_by_its_own_retries(running: Sandbox, faulty: Callable[..., None]) -> None:
    faulty("ecs:ListClusters", "throttle", count=2)
    answer = client(running, "ecs", attempts=4).list_clusters()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2


def test_a_fault_that_is_none_is_refused_with_the_reason(running: Sandbox) -> None:
    with pytest.raises(SandboxError, match="kind: Input should be"):
        running.switch_fault({"operation": "StopTask", "kind": "explode"})
    assert running.faults() == []
