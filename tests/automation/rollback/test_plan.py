"""What a rollback is going to do, of a service in an account of this process, and what it refuses to begin."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws

from automation.engine.install import Engine
from automation.engine.project import Project
from automation.engine.update import SERVICE_TYPE
from automation.history.keeping import Stores
from automation.history.record import Record, ServiceRecord
from automation.history.store import Document, StoreError, Unreadable
from automation.request import Request
from automation.rollback.choose import RollbackRefusedError
from automation.rollback.run import Asked, Plan, plan
from diagnostics.clock import ServerClock, machine_clock
from tests.automation.history.examples import record, service
from tests.e2e.causes.account import ACCOUNT, REGION, Account

CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main"


class Here:
    """The records of this machine, newest first; what is no record is passed over."""

    name = "this machine"

    def __init__(self, *documents: Document | Unreadable) -> None:
        self.documents = documents

    def add(self, document: Document) -> None:
        raise AssertionError(f"a plan keeps no record: {document}")

    def newest_first(self, _project: str, _stack: str | None) -> Iterator[Document | Unreadable]:
        return iter(self.documents)


class Elsewhere(Here):
    """A shared store that cannot be read."""

    def newest_first(self, _project: str, _stack: str | None) -> Iterator[Document | Unreadable]:
        raise StoreError("s3://records could not be read: AccessDenied")


class Stage:
    """A service that was given its second revision, and records of both."""

    def __init__(self) -> None:
        self.account = Account()
        self.first = self.account.register_image("made:serves")
        self.second = self.account.register_image("made:serves")
        self.account.create(self.second)

    def record(self, number: int, revision: str) -> Record:
        served: ServiceRecord = replace(service(number), cluster=CLUSTER, revision_after=revision, digest=None)
        return record(number, served, commit=None)

    @property
    def records(self) -> tuple[Document, Document]:
        return self.record(2, self.second).to_document(), self.record(1, self.first).to_document()

    def plan(self, folder: Path, *stores: Here, account: str = ACCOUNT, name: str = "shop", **asked: Any) -> Plan:
        arn = f"arn:aws:ecs:{REGION}:{account}:service/main/{name}"
        held = {"urn": f"urn:pulumi:prod::shop::{SERVICE_TYPE}::{name}", "type": SERVICE_TYPE, "id": arn}
        held |= {"outputs": {"name": name, "cluster": CLUSTER.replace(ACCOUNT, account)}}
        state = SimpleNamespace(deployment={"resources": [held]})
        opened: Any = SimpleNamespace(stack=SimpleNamespace(name="organization/shop/prod", export_stack=lambda: state))
        project = Project(folder, "shop", "python", None, {})
        engine = Engine(Path("pulumi"), "3.0.0", "test")
        request = Request(project, "prod", engine, {"AWS_REGION": REGION}, ServerClock(machine_clock()))
        return plan(request, opened, Stores(stores or (Here(*self.records),)), Asked(**asked))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with mock_aws():
        yield Stage()


def test_the_revision_before_is_deployed_by_ecs_where_no_commit_was_recorded(stage: Stage, tmp_path: Path) -> None:
    found = stage.plan(tmp_path)
    assert (found.target.task_definition, found.service.name, found.program) == (stage.first, "shop", None)
    assert found.notes == ("the program is not run again: no commit of a repository was recorded with it",)
    assert found.sentence.endswith("ECS deploys that revision again")


def test_the_program_is_left_alone_where_that_was_asked(stage: Stage, tmp_path: Path) -> None:
    found = stage.plan(tmp_path, program=False)
    assert (found.program, found.notes) == (None, ("the program is not run again: it was asked not to be run",))


def test_what_could_not_be_read_of_the_records_is_told_first(stage: Stage, tmp_path: Path) -> None:
    here = Here(Unreadable("0001.json", "it is no JSON"), *stage.records)
    found = stage.plan(tmp_path, here, Elsewhere(), program=False)
    assert found.target.task_definition == stage.first
    assert found.notes[:2] == (
        "s3://records could not be read: AccessDenied",
        "0001.json is passed over: it is no JSON",
    )


def test_a_revision_that_was_deregistered_is_refused(stage: Stage, tmp_path: Path) -> None:
    gone = stage.account.register_image("made:serves")
    stage.account.ecs.deregister_task_definition(taskDefinition=gone)
    here = Here(stage.record(2, stage.second).to_document(), stage.record(1, gone).to_document())
    with pytest.raises(RollbackRefusedError, match="is INACTIVE: it was deregistered, and ECS deploys it no more"):
        stage.plan(tmp_path, here)


def test_a_service_that_is_there_no_more_has_nothing_to_go_back_to(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(RollbackRefusedError, match="there is no service side in the cluster main any more"):
        stage.plan(tmp_path, name="side")


def test_a_service_of_another_account_is_not_asked_about(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(RollbackRefusedError, match=r"what shop runs now cannot be read: .*210987654321"):
        stage.plan(tmp_path, account="210987654321")
