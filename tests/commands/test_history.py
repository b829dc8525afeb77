"""`history` as a person and a program see it, without AWS; and what `rollback` refuses before it asks AWS."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from automation.history.local import LocalStore
from automation.history.record import Commit, RolledBack
from tests.automation.history.examples import FAMILY, record, service

ROOT = Path(__file__).resolve().parents[2]
RUNS = (
    record(1),
    record(2, service(2), service(2, name="worker")),
    record(
        3, service(2, "rolled-back", root_cause="image-not-found"), exit_code=4, commit=Commit("b" * 40, dirty=True)
    ),
    record(4, service(1), command="rollback", rolled_back=RolledBack(record(1).id, f"{FAMILY}:1", "service")),
    replace(record(5), services=(), stack="dev", update_error="boom", exit_code=1),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    store = LocalStore(tmp_path / ".failwell" / "history")
    for each in RUNS:
        store.add(each.to_document())
    return tmp_path


def deploy(project: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, ROOT / "deploy.py", *arguments, "--project", str(project)]
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "eu-west-1", "NO_COLOR": "1"}
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    own = {key: value for key, value in os.environ.items() if key != "FAILWELL_HISTORY"}
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=own | nowhere | keys | environment,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_the_table_has_a_row_a_service_newest_first(project: Path) -> None:
    run = deploy(project, "history")
    assert run.returncode == 0, run.stderr
    rows = [line.split() for line in run.stdout.splitlines()]
    assert [" ".join(row) for row in rows] == [
        "when (UTC) stack service result serves digest commit who exit how",
        "2026-11-20 12:05:30 dev - failed - - aaaaaaaaaa jo 1 up",
        "2026-11-20 12:04:30 prod shop serving shop:1 111111111111 aaaaaaaaaa jo 0 rollback to shop:1 by the service",
        "2026-11-20 12:03:30 prod shop rolled-back: image-not-found shop:2 111111111111 bbbbbbbbbb+ jo 4 up",
        "2026-11-20 12:02:30 prod shop serving shop:2 111111111111 aaaaaaaaaa jo 0 up",
        "2026-11-20 12:02:30 prod worker serving shop:2 111111111111 aaaaaaaaaa jo 0 up",
        "2026-11-20 12:01:30 prod shop serving shop:1 111111111111 aaaaaaaaaa jo 0 up",
    ]


@pytest.mark.parametrize("form", [("--json",), ("--format", "json")])
def test_as_json_it_is_a_record_a_line(project: Path, form: tuple[str, ...]) -> None:
    run = deploy(project, "history", *form)
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert [each["id"] for each in found] == [each.id for each in reversed(RUNS)]
    assert {each["schema"] for each in found} == {"history/1"}


def test_stack_service_and_limit_narrow_it(project: Path) -> None:
    def asked(*arguments: str) -> list[str]:
        run = deploy(project, "history", "--json", *arguments)
        return [json.loads(line)["id"] for line in run.stdout.splitlines()]

    assert asked("--stack", "dev") == asked("--stack", "acme/shop/dev") == [RUNS[4].id]
    assert asked("--service", "worker") == [RUNS[1].id]
    assert asked("--stack", "prod", "--service", "shop", "--limit", "2") == [RUNS[3].id, RUNS[2].id]


def test_no_run_and_a_torn_one_are_said(project: Path, tmp_path: Path) -> None:
    run = deploy(project, "history", "--stack", "none")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "no run is recorded\n")
    with (tmp_path / ".failwell" / "history" / "records.jsonl").open("a") as file:
        file.write('{"torn')
    torn = deploy(project, "history")
    assert torn.returncode == 0
    assert "line 6 is passed over: it is not JSON" in torn.stderr


def test_a_shared_store_that_cannot_be_read_exits_1_and_shows_what_is_here(project: Path) -> None:
    run = deploy(project, "history", "--json", FAILWELL_HISTORY="dynamodb://records")
    assert run.returncode == 1
    assert "note: dynamodb://records: cannot be read: " in run.stderr
    assert len(run.stdout.splitlines()) == len(RUNS)


@pytest.mark.parametrize("command", ["history", "up", "rollback"])
def test_a_place_that_is_none_is_wrong_usage(project: Path, command: str) -> None:
    run = deploy(project, command, "--history", "gs://bucket")
    assert run.returncode == 2
    assert "--history gs://bucket: this is no place for records; write `s3://BUCKET/PREFIX`" in run.stderr


def test_the_project_can_name_the_place(project: Path) -> None:
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\nfailwell: {history: nowhere}\n")
    run = deploy(project, "history")
    assert run.returncode == 2
    assert "Pulumi.yaml, failwell.history nowhere: this is no place" in run.stderr
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\nfailwell: s3://bucket\n")
    assert "`failwell` must be a map" in deploy(project, "history").stderr
