"""What the sandbox's server answers beside AWS's own operations."""

import io
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox import server
from sandbox.front import Front
from sandbox.process import ROOT, Sandbox

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def ask(sandbox: Sandbox, name: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{sandbox.endpoint}/_sandbox/{name}", timeout=10) as answer:  # noqa: S310 - our own
        document: dict[str, Any] = json.loads(answer.read())
        return document


def refused(call: Callable[[], object]) -> ClientError:
    with pytest.raises(ClientError) as error:
        call()
    return error.value


def test_status_tells_what_runs(running: Sandbox, connect: Callable[[str], Any]) -> None:
    ecs = connect("ecs")
    ecs.create_cluster(clusterName="deleted")
    ecs.delete_cluster(cluster="deleted")
    status = ask(running, "status")
    assert status["pid"] == running.pid
    assert status["endpoint"] == running.endpoint
    assert (status["region"], status["account"]) == ("eu-west-1", "123456789012")
    assert not [each for each in status["services"] if each.startswith("deleted/")]


def test_an_unknown_question_names_those_that_there_are(running: Sandbox) -> None:
    with pytest.raises(urllib.error.HTTPError) as error:
        ask(running, "nonsense")
    with error.value:
        assert error.value.code == 404
        assert "GET /_sandbox/clock" in json.loads(error.value.read())["error"]


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("ecs", "list_daemons", {}, "UnknownOperationException"),
        ("logs", "list_anomalies", {}, "UnknownOperationException"),
        ("ec2", "describe_fpga_images", {}, "InvalidAction"),
        ("iam", "get_organizations_access_report", {"JobId": "x" * 36}, "InvalidAction"),
    ],
)
def test_an_operation_that_the_sandbox_lacks_is_refused_at_once_and_by_name(
    running: Sandbox, service: str, operation: str, arguments: dict[str, Any], code: str
) -> None:
    # With the SDK's usual retries: an answer that it would ask for again would show here as a wait.
    client = boto3.client(
        service,  # type: ignore[call-overload]
        region_name="eu-west-1",
        endpoint_url=running.endpoint,
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    error = refused(lambda: getattr(client, operation)(**arguments))
    metadata: Any = error.response["ResponseMetadata"]
    assert error.response["Error"]["Code"] == code
    assert metadata["RetryAttempts"] == 0
    assert "".join(part.capitalize() for part in operation.split("_")) in error.response["Error"]["Message"]


def test_a_part_of_an_operation_that_the_sandbox_lacks_is_named(connect: Callable[[str], Any]) -> None:
    filters = [{"Name": "group-name", "Values": ["web"]}]
    error = refused(lambda: connect("ec2").describe_network_interfaces(Filters=filters))
    assert error.response["Error"]["Code"] == "UnsupportedOperation"
    assert "The filter 'group-name' for DescribeNetworkInterfaces" in error.response["Error"]["Message"]


class _Answer:
    """Collects what a WSGI application answers."""

    status = ""

    def __call__(self, status: str, headers: list[tuple[str, str]], _info: object = None) -> Callable[[bytes], object]:
        self.status, self.headers = status, dict(headers)
        return lambda _data: None


def environ(**members: str) -> "WSGIEnvironment":
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_LENGTH": "2",
        "wsgi.input": io.BytesIO(b"{}"),
        **members,
    }


def test_a_failure_inside_is_an_aws_error_too_and_never_a_page() -> None:
    def broken(_environ: "WSGIEnvironment", _start: "StartResponse") -> Iterable[bytes]:
        raise KeyError("inside")

    answer = _Answer()
    body = b"".join(Front(broken, {})(environ(HTTP_X_AMZ_TARGET="Service.Operation"), answer))
    assert answer.status.startswith("500")
    assert json.loads(body)["__type"] == "InternalFailure"


def test_a_page_of_the_framework_becomes_an_aws_error() -> None:
    def page(_environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        start("404 NOT FOUND", [("Content-Type", "text/html; charset=utf-8")])
        return [b"<!doctype html>"]

    answer = _Answer()
    body = b"".join(Front(page, {})(environ(), answer))
    assert answer.status.startswith("400")
    assert b"<Code>InvalidAction</Code>" in body


def test_a_question_that_cannot_be_answered_says_why_in_json() -> None:
    def broken() -> dict[str, Any]:
        raise KeyError("inside")

    def no_aws(_environ: "WSGIEnvironment", _start: "StartResponse") -> Iterable[bytes]:
        raise AssertionError

    answer = _Answer()
    asked = environ(REQUEST_METHOD="GET", PATH_INFO="/_sandbox/status")
    body = b"".join(Front(no_aws, {("GET", "status"): broken})(asked, answer))
    assert answer.status.startswith("500")
    assert json.loads(body) == {"error": "KeyError: 'inside'"}


def test_a_page_that_is_no_error_passes() -> None:
    def page(_environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/html")])
        return [b"<p>an object in S3</p>"]

    answer = _Answer()
    assert b"".join(Front(page, {})(environ(), answer)) == b"<p>an object in S3</p>"
    assert answer.status == "200 OK"


@pytest.mark.parametrize("path", ["/", "/_sandbox/nothing"])
def test_every_answer_is_dated_by_the_sandboxs_clock(path: str) -> None:
    def moto(_environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        start("200 OK", [("date", "Sat, 21 Nov 2026 12:00:00 GMT")])
        return []

    answer = _Answer()
    ahead = datetime(2027, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    list(Front(moto, {}, now=lambda: ahead)(environ(PATH_INFO=path), answer))
    assert [value for key, value in answer.headers.items() if key.lower() == "date"] == [
        "Sat, 02 Jan 2027 03:04:05 GMT"
    ]


def test_an_answer_has_one_date(running: Sandbox) -> None:
    with urllib.request.urlopen(f"{running.endpoint}/_sandbox/clock", timeout=10) as answer:  # noqa: S310 - our own
        (dated,) = answer.headers.get_all("Date")
        read = datetime.fromisoformat(json.loads(answer.read())["now"])
    # What the server would add is the machine's time; the two are read one after the other on a fast clock.
    assert abs(parsedate_to_datetime(dated) - read) < timedelta(minutes=1)


def test_a_sandbox_that_nobody_asks_ends_by_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox.server", "--directory", str(tmp_path), "--idle-seconds", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
    assert json.loads(ended.stdout)["endpoint"].startswith("http://127.0.0.1:")
    assert "nobody asked anything" in (tmp_path / "server.log").read_text()


def test_a_clock_slower_than_real_time_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        server.main(["--directory", str(tmp_path), "--speed", "0.5"])
    assert "--speed: the sandbox's clock never runs slower than the real one" in capsys.readouterr().err
