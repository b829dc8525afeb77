"""Whatever a file holds that the tool reads: a result, or one error that names the file; and nothing of it is lost."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from automation.engine.project import check_given, read_project, settings_of_run
from automation.engine.update import Operation, ServiceTarget
from automation.errors import RepairError, UsageError
from automation.history.keeping import Stores, read
from automation.history.local import LocalStore
from automation.mending.creates import Create, Creates
from automation.mending.journal import Journal, Kind
from automation.mending.locks import read_locks, told_by_the_engine
from components.waivers import WaiversError
from components.waivers import read as read_waivers
from sandbox.images import CatalogueError, load_catalogue
from tests.automation.history.examples import record
from tests.fuzz.mutants import check_told, fuzzed, texts

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
RECORD = record(1)
PROJECT: dict[str, Any] = {
    "name": "shop",
    "runtime": {"name": "python", "options": {"virtualenv": ".venv"}},
    "stackConfigDir": "settings",
    "failwell": {"history": "s3://bucket/prefix"},
    "config": {
        "image": {"type": "string", "description": "the image"},
        "desired_count": {"type": "integer", "default": 2},
        "secrets": {"type": "object", "default": {}},
        "ports": {"type": "array", "items": {"type": "integer"}, "default": []},
        "aws:region": {"value": "eu-west-1"},
    },
}
SETTINGS: dict[str, Any] = {
    "secretsprovider": "passphrase",
    "encryptionsalt": "v1:x",
    "environment": [],
    "config": {"shop:image": "shop:good-1", "shop:secrets": {"A": "b"}, "aws:region": "eu-west-1", "shop:x": {"y": 1}},
}
WAIVERS = [{"control": "LOG-02", "reason": "the logs hold nothing", "expires": "2030-01-31"}]
TARGET = ServiceTarget("urn:a::b", "web", "main", None, Operation.SAME, "eu-west-1", deploys=False)
LOCK = {"pid": 7, "username": "me", "hostname": "here", "timestamp": "2026-11-20T10:00:00.123456789Z"}
IMAGES = {
    "defaults": {"web": {"listens": 80}},
    "images": [
        {"name": "shop:x", "behaviour": {"listens": [{"port": 80, "after": 3}], "logs": [{"at": 1, "line": "hello"}]}}
    ],
}


@pytest.fixture(scope="module", autouse=True)
def one_catalogue() -> None:
    load_catalogue()


def written(folder: str, name: str, content: bytes) -> Path:
    path = Path(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def in_yaml(document: Any) -> str:
    try:
        return yaml.safe_dump(document)
    except yaml.YAMLError:
        return json.dumps(document)


@fuzzed
@given(project=texts(PROJECT, write=in_yaml), settings=texts(SETTINGS, write=in_yaml))
def test_a_project_and_its_settings(project: bytes, settings: bytes) -> None:
    with TemporaryDirectory() as folder:
        written(folder, "Pulumi.yaml", project)
        for name in ("Pulumi.dev.yaml", "settings/Pulumi.dev.yaml"):
            written(folder, name, settings)
        try:
            found = read_project(Path(folder))
            settings_of_run(found, "dev", ["image=x", "secrets.A=b", "x.y.z=1"], {"image": "y"})
        except UsageError as refusal:
            check_told(refusal)


KEYS = st.sampled_from(
    ("image", "desired_count", "secrets", "ports", "secrets.A", "secrets.A.B", "aws:region", "", "é")
)
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(("2026-99-99", "[" * 5000, "9" * 5000, "{a: b", "&a [*a]", "0x", "1e999", "!!python/x y", "<<: 1")),
)


@fuzzed
@given(st.lists(st.tuples(KEYS, st.sampled_from(("=", "", "==")), VALUES).map("".join), max_size=4))
def test_configuration_of_the_command_line(given: list[str]) -> None:
    with TemporaryDirectory() as folder:
        written(folder, "Pulumi.yaml", in_yaml(PROJECT).encode())
        project = read_project(Path(folder))
    try:
        check_given(project, given)
    except UsageError as refusal:
        check_told(refusal, "--config ")


@fuzzed
@given(texts(WAIVERS))
def test_a_file_of_waivers(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = written(folder, "waivers.json", content)
        try:
            read_waivers(path)
        except WaiversError as refusal:
            check_told(refusal, path)


@fuzzed
@given(texts(IMAGES, write=in_yaml))
def test_a_catalogue_of_images(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = written(folder, "images.yaml", content)
        try:
            load_catalogue(path)
        except CatalogueError as refusal:
            check_told(refusal, path)


@fuzzed
@given(st.lists(texts(RECORD.to_document()), max_size=3))
def test_a_history_keeps_its_other_records(lines: list[bytes]) -> None:
    with TemporaryDirectory() as folder:
        store = LocalStore(Path(folder))
        store.add(RECORD.to_document())
        with store.path.open("ab") as file:
            file.writelines(each.replace(b"\n", b" ") + b"\n" for each in lines)
        store.add(RECORD.to_document())
        reading = read(Stores((store,)), RECORD.project, None)
        found = list(reading.records)
        assert found.count(RECORD) >= 1
        assert all(str(store.path) in each for each in reading.passed_over if "line" in each)


@fuzzed
@given(texts(json.loads(json.dumps({"kind": "surge"})), ["x"]), st.data())
def test_a_journal(content: bytes, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder), "dev")
        change = journal.note(Kind.SURGE, TARGET, desired_before=1, desired_set=3)
        whole = json.loads((journal.directory / f"{change.id}.json").read_text())
        path = written(str(journal.directory), "other.json", data.draw(st.one_of(texts(whole), st.just(content))))
        try:
            found = journal.outstanding()
        except RepairError as refusal:
            check_told(refusal, path)
            assert path.exists()
        else:
            assert change in found


@fuzzed
@given(st.data())
def test_the_creates_of_a_killed_run(data: st.DataObject) -> None:
    create = Create("urn:a", "aws:ecs/service:Service", "urn:p::id", "urn:q", {"name": "web"})
    with TemporaryDirectory() as folder:
        creates = Creates(Path(folder), "dev")
        content = data.draw(texts(vars(create)))
        path = written(str(creates.directory), "some.json", content)
        try:
            found = creates.open()
        except RepairError as refusal:
            check_told(refusal, path)
        else:
            assert len(found) == 1
        assert path.exists()


@fuzzed
@given(texts(LOCK))
def test_a_lock(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = written(folder, ".pulumi/locks/organization/shop/dev/x.json", content)
        for lock in read_locks(Path(folder), "shop", "dev").whole:
            assert str(lock)
            assert lock.holder("here")
        assert path.exists()


def any_of(usual: str, *odd: str) -> st.SearchStrategy[str]:
    return st.one_of(st.just(usual), st.sampled_from(odd), st.text(max_size=9))


TOLD = st.tuples(
    any_of("  file:///x: created by ", "\n", ""),
    any_of("me@here", "@", "a b@c@d"),
    any_of(" (pid 7) at ", f" (pid {'9' * 5000}) at ", " (pid 99999999999) at ", " (pid ٣) at ", " (pid 0) at "),
    any_of("2026-11-20T10:00:00Z\n", "now\n", "0001-01-01T00:00:00+14:00\n", "2026-11-20\n", "[409] Conflict: x"),
).map("".join)


@fuzzed
@given(st.lists(TOLD, max_size=3).map("".join))
def test_what_the_engine_tells_of_locks(text: str) -> None:
    for lock in told_by_the_engine(text).whole:
        assert str(lock)
        assert lock.holder("here")
