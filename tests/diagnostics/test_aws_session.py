"""A session is of the caller that its settings name, renews what expires, and reads nothing of another account."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from diagnostics.aws import Reader
from diagnostics.aws_session import OTHER_ACCOUNT, open_session
from diagnostics.reads import ReadError, RoleToAssume, SessionSettings

REGION = "eu-west-1"
OWN = "123456789012"
OTHER = "210987654321"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield


def arn_of_caller(session: boto3.Session) -> str:
    return str(session.client("sts").get_caller_identity()["Arn"])


def role(account: str, name: str = "deployer", **more: str) -> RoleToAssume:
    return RoleToAssume(f"arn:aws:iam::{account}:role/{name}", **more)


def test_roles_are_assumed_one_after_the_other_when_they_are_needed() -> None:
    calls: Counter[str] = Counter()
    settings = SessionSettings(REGION, roles=(role(OWN, "first"), role(OTHER, "second", session_name="ci-run")))
    session = open_session(settings, calls)
    assert calls == {}, "nothing is asked before something is read"
    assert arn_of_caller(session) == f"arn:aws:sts::{OTHER}:assumed-role/second/ci-run"
    assert calls == {"AssumeRole": 2}
    assert session.region_name == REGION


def test_credentials_of_a_role_are_renewed_before_they_expire() -> None:
    calls: Counter[str] = Counter()
    past = [timedelta()]
    session = open_session(SessionSettings(REGION, roles=(role(OTHER),)), calls, lambda: datetime.now(UTC) + past[0])
    credentials = session.get_credentials()
    assert credentials is not None
    first = credentials.get_frozen_credentials().access_key
    assert credentials.get_frozen_credentials().access_key == first
    past[0] = timedelta(minutes=50)
    assert credentials.get_frozen_credentials().access_key != first
    assert calls == {"AssumeRole": 2}


def test_a_web_identity_needs_no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    (tmp_path / "token").write_text("a.b.c", encoding="utf-8")
    session = open_session(SessionSettings(REGION, roles=(role(OTHER, token_file=str(tmp_path / "token")),)), Counter())
    assert arn_of_caller(session).startswith(f"arn:aws:sts::{OTHER}:assumed-role/deployer/")


def test_profile_and_files_are_the_settings_and_go_before_keys_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile theirs]\nregion = eu-north-1\n", encoding="utf-8")
    (tmp_path / "keys").write_text(
        "[theirs]\naws_access_key_id = THEIRS\naws_secret_access_key = x\n", encoding="utf-8"
    )
    settings = SessionSettings(
        profile="theirs", config_file=str(tmp_path / "config"), credentials_file=str(tmp_path / "keys")
    )
    session = open_session(settings, Counter())
    credentials = session.get_credentials()
    assert credentials is not None
    assert (credentials.access_key, session.region_name) == ("THEIRS", "eu-north-1")


def test_the_region_of_the_environment_is_the_one_that_the_provider_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    assert open_session(SessionSettings(), Counter()).region_name == "eu-north-1"
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    assert open_session(SessionSettings(), Counter()).region_name == "us-west-2"
    assert open_session(SessionSettings(REGION), Counter()).region_name == REGION


def test_fips_and_dual_stack_endpoints_are_asked_where_the_settings_say_so() -> None:
    fips = Reader(SessionSettings("us-east-1", fips=True))._ecs.meta.endpoint_url
    dual = Reader(SessionSettings("us-east-1", dualstack=True))._ecs.meta.endpoint_url
    assert fips == "https://ecs-fips.us-east-1.amazonaws.com"
    assert dual.endswith(".api.aws") or "dualstack" in dual


def test_a_caller_of_the_services_account_reads() -> None:
    reader = Reader(SessionSettings(REGION, accounts=("999999999999", OWN)))
    boto3.client("ecs", region_name=REGION).create_cluster(clusterName="of-the-caller")
    assert reader.list_services("of-the-caller") == []
    assert reader.unverified is None
    assert reader.api_calls["GetCallerIdentity"] == 1


def test_a_caller_of_another_account_reads_nothing_and_asks_once() -> None:
    reader = Reader(SessionSettings(REGION, accounts=(OTHER,)))
    for _ in range(2):
        with pytest.raises(ReadError, match=f"{OTHER_ACCOUNT}.* is of account {OWN}, and the service of {OTHER}"):
            reader.list_services("main")
        with pytest.raises(ReadError, match="nothing was read"):
            _ = reader.session
    assert reader.api_calls["GetCallerIdentity"] == 1


def test_nobody_asks_who_the_caller_is_where_no_account_is_known() -> None:
    reader = Reader(SessionSettings(REGION))
    assert reader.session is reader.session
    assert reader.api_calls == {}


def test_where_sts_cannot_be_asked_the_reads_go_on_and_it_is_known() -> None:
    nowhere = (("sts", "http://127.0.0.1:1"),)
    reader = Reader(SessionSettings(REGION, endpoints=nowhere, accounts=(OWN,)))
    boto3.client("ecs", region_name=REGION).create_cluster(clusterName="of-the-caller")
    assert reader.list_services("of-the-caller") == []
    assert reader.unverified is not None
    assert reader.unverified.code == "EndpointConnectionError"


def test_without_credentials_a_role_is_an_answer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(ReadError, match="NoCredentials"):
        Reader(SessionSettings(REGION, roles=(role(OTHER),))).list_services("main")
