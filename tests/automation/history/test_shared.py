"""Records in S3 and DynamoDB over HTTP, as any AWS client reaches them: two writers lose nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from automation.history.keeping import keep, read, stores_of
from automation.history.local import LocalStore
from automation.history.place import Place, parse_place
from automation.history.store import Store, StoreError, TakenError, Unreadable
from tests.automation.history.examples import record

ROOT = Path(__file__).resolve().parents[3]
PLACES = ("s3://records/team/a", "s3://records", "dynamodb://records")
WRITER = """
import sys
from dataclasses import replace
from automation.history.keeping import keep, stores_of
from automation.history.local import LocalStore
from automation.history.place import parse_place
from pathlib import Path
from tests.automation.history.examples import record
stores = stores_of(LocalStore(Path(sys.argv[3])), parse_place(sys.argv[1], "test").store({}))
for number in range(10):
    # Both writers draw the same ids, as if by chance: each record must be kept all the same.
    gaps = keep(record(number, command=sys.argv[2]), stores)
    assert not gaps, gaps
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }.items():
        monkeypatch.setenv(name, value)
    s3: Any = boto3.client("s3")
    s3.create_bucket(Bucket="records", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    dynamodb: Any = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName="records",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("project", "id")],
        KeySchema=[{"AttributeName": "project", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}],
    )
    yield
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket="records"):
        for each in page.get("Contents", []):
            s3.delete_object(Bucket="records", Key=each["Key"])
    s3.delete_bucket(Bucket="records")
    dynamodb.delete_table(TableName="records")


def store(url: str) -> Store:
    place = parse_place(url, "test")
    assert isinstance(place, Place)
    return place.store({})


def ids(found: Iterator[Any]) -> list[str]:
    return [each["id"] for each in found if not isinstance(each, Unreadable)]


@pytest.mark.parametrize("url", PLACES)
def test_records_come_newest_first_and_of_one_stack(url: str) -> None:
    shared = store(url)
    first, second, other = record(1), record(2), record(3, stack="dev")
    for each in (second, other, first, record(4, project="another")):
        shared.add(each.to_document())
    assert ids(shared.newest_first("shop", None)) == [other.id, second.id, first.id]
    assert ids(shared.newest_first("shop", "prod")) == [second.id, first.id]
    assert next(iter(shared.newest_first("shop", "prod"))) == second.to_document() | {
        "services": [vars(second.services[0])]
    }


@pytest.mark.parametrize("url", PLACES)
def test_another_record_of_the_same_id_is_never_overwritten(url: str) -> None:
    shared = store(url)
    mine, theirs = record(1), record(1, command="rollback")
    shared.add(theirs.to_document())
    with pytest.raises(TakenError):
        shared.add(mine.to_document())
    shared.add(theirs.to_document())  # an answer was lost, and it is sent again
    assert [each["command"] for each in shared.newest_first("shop", None) if not isinstance(each, Unreadable)] == [
        "rollback"
    ]


@pytest.mark.parametrize("url", PLACES[1:])
def test_two_processes_that_draw_the_same_ids_lose_nothing(url: str, tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url, name, str(tmp_path / name)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        for name in ("up", "rollback")
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    found = [each for each in store(url).newest_first("shop", None) if not isinstance(each, Unreadable)]
    assert len(found) == 20
    assert sum(each["command"] == "up" for each in found) == 10
    own = stores_of(LocalStore(tmp_path / "up"), None)
    assert {each.id for each in read(own, "shop", None).records} == {
        each["id"] for each in found if each["command"] == "up"
    }, "both copies of a record have the same id"


@pytest.mark.parametrize("url", ["s3://no-such-bucket", "dynamodb://no-such-table"])
def test_a_store_that_is_not_there_is_a_gap_and_the_copy_here_is_kept(url: str, tmp_path: Path) -> None:
    stores = stores_of(LocalStore(tmp_path), store(url))
    gaps = keep(record(1), stores)
    assert len(gaps) == 1
    assert gaps[0].why.startswith(f"{url}: cannot be written: ")
    reading = read(stores, "shop", None)
    assert [each.id for each in reading.records] == [record(1).id]
    assert reading.unread[0].startswith(f"{url}: cannot be read: ")
    with pytest.raises(StoreError):
        list(store(url).newest_first("shop", None))


def test_without_a_region_it_is_a_gap_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    (gap,) = keep(record(1), stores_of(LocalStore(tmp_path), store("dynamodb://records")))
    assert "You must specify a region" in gap.why
    place = parse_place("dynamodb://records", "test")
    assert place is not None
    place.store({"AWS_REGION": "eu-west-1"}).add(record(1).to_document())


def test_what_others_put_there_is_passed_over_and_told() -> None:
    s3: Any = boto3.client("s3")
    s3.put_object(Bucket="records", Key="shop/prod/20261120T120000000Z-x.json", Body=b"{torn")
    s3.put_object(Bucket="records", Key="shop/prod/20261120T110000000Z-x.json", Body=b'{"schema": "history/9"}')
    shared = store("s3://records")
    shared.add(record(1).to_document())
    reading = read(stores_of(shared, None), "shop", "prod")
    assert [each.id for each in reading.records] == [record(1).id]
    assert len(reading.passed_over) == 2
