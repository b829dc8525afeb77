"""A whole stack is put right, whichever backend holds it: its locks, what a killed run left, its state; then told."""

import json
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.automation import CommandResult, Deployment
from pulumi.automation.errors import CommandError

from automation.engine.update import SERVICE_TYPE, Operation, ServiceTarget
from automation.engine.workspace import OpenStack
from automation.errors import StackLockedError
from automation.mending.journal import Journal, Kind
from automation.mending.locks import Locks, locks_of
from automation.mending.repair import How, Repaired, make_ready, repair
from diagnostics.reads import Answer, ReadError

HERE = socket.gethostname()
NO_PID = 2**22 + 1
"""More than Linux gives out."""
ROOT = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/prod"
BUCKET = "s3://state"
CLOUD = "error: [409] Conflict: Another update is currently in progress."


def locked(host: str, pid: int) -> str:
    # The sentence of `checkForLock` (pulumi/pkg backend/diy/lock.go), as 3.259.0 writes it.
    file = "s3://state/.pulumi/locks/organization/shop/dev/94c2.json"
    held = f"{file}: created by ana@{host} (pid {pid}) at 2026-11-21T15:09:44Z"
    return f"error: the stack is currently locked by 1 lock(s). Either wait or `pulumi cancel`.\n  {held}\n"


def service(name: str) -> dict[str, Any]:
    arn = f"arn:aws:ecs:eu-west-1:123456789012:service/prod/{name}"
    urn = f"urn:pulumi:dev::shop::{SERVICE_TYPE}::{name}"
    return {"urn": urn, "type": SERVICE_TYPE, "id": arn, "outputs": {"name": name, "cluster": CLUSTER}}


def pending(kind: str, name: str = "errors") -> dict[str, Any]:
    type_ = "aws:cloudwatch/metricAlarm:MetricAlarm"
    return {"type": kind, "resource": {"urn": f"urn:pulumi:dev::shop::{type_}::{name}", "type": type_, "inputs": {}}}


@dataclass
class Stack:
    """A stack, its workspace and its engine."""

    work_dir: str
    backend: str = BUCKET
    refusal: str = ""
    """What the engine answers to a refresh, until it is cancelled."""
    resources: list[dict[str, Any]] = field(default_factory=lambda: [{"urn": ROOT, "type": "pulumi:pulumi:Stack"}])
    pending: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    name: str = "organization/shop/dev"

    @property
    def workspace(self) -> "Stack":
        return self

    def who_am_i(self) -> Any:
        return SimpleNamespace(url=self.backend)

    def project_settings(self) -> Any:
        return SimpleNamespace(name="shop")

    def export_stack(self) -> Deployment:
        self.calls.append("export")
        return Deployment(version=3, deployment={"resources": self.resources, "pending_operations": self.pending})

    def import_stack(self, state: Deployment) -> None:
        self.calls.append("import")
        self.pending = (state.deployment or {})["pending_operations"]

    def refresh(self, *, target: list[str], **_options: object) -> None:
        self.calls.append(f"refresh {', '.join(each.rpartition('::')[2] for each in target)}")
        if self.refusal:
            raise CommandError(CommandResult(stdout="", stderr=self.refusal, code=255))
        told = set(target)  # a refresh forgets what was being changed
        self.pending = [each for each in self.pending if each["resource"]["urn"] not in told]

    def cancel(self) -> None:
        self.calls.append("cancel")
        self.refusal = ""

    def opened(self, **environment: str) -> OpenStack:
        stack: Any = self
        return OpenStack(stack, stack, environment)


@dataclass
class Ecs:
    """Services by name; one that is not there cannot be read."""

    services: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def describe_service(self, target: ServiceTarget) -> dict[str, Any] | None:
        if target.name not in self.services:
            raise ReadError(Answer("DescribeServices", "AccessDeniedException", "no"))
        return self.services[target.name]

    def desired_count(self, target: ServiceTarget) -> int | None:
        return self.counts.get(target.name)

    def scaled_by(self, _target: ServiceTarget) -> tuple[int, int] | None:
        return None

    def set_desired_count(self, target: ServiceTarget, count: int) -> None:
        self.counts[target.name] = count


def deploying(state: str) -> dict[str, Any]:
    return {"deployments": [{"id": "ecs-svc/2", "status": "PRIMARY", "rolloutState": state}, {"id": "ecs-svc/1"}]}


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(str(tmp_path))


def killed_run(stack: Stack) -> Path:
    folder = Path(stack.work_dir) / ".failwell" / "runs" / str(NO_PID)
    folder.mkdir(parents=True)
    return folder


def repaired(stack: Stack, ecs: Ecs | None = None, **how: bool) -> Repaired:
    return repair(stack.opened(), ecs or Ecs(), How(**how), lambda _line: None)


def test_a_stack_that_nobody_holds_and_nothing_happened_to_is_left_as_it_is(stack: Stack) -> None:
    assert repaired(stack) == Repaired((), (), ())
    assert [call for call in stack.calls if call != "export"] == ["refresh shop-dev"]


def test_a_lock_in_a_bucket_is_removed_by_the_engine_where_its_process_is_dead(stack: Stack) -> None:
    stack.refusal = locked(HERE, NO_PID)
    (done,) = repaired(stack).done
    assert done.startswith(f"the lock of process {NO_PID} of ana on {HERE}")
    assert stack.calls[:3] == ["export", "refresh shop-dev", "cancel"]


def test_a_lock_of_another_machine_is_removed_only_by_force(stack: Stack) -> None:
    stack.refusal = locked("runner-7", 7)
    with pytest.raises(StackLockedError, match=r"process 7 of ana on runner-7.*--force-unlock"):
        repaired(stack)
    assert "cancel" not in stack.calls
    (done,) = repaired(stack, force_unlock=True).done
    assert "runner-7" in done
    assert "cancel" in stack.calls


def test_an_update_in_pulumi_cloud_is_cancelled_only_by_force(stack: Stack) -> None:
    stack.refusal = CLOUD
    with pytest.raises(StackLockedError, match=r"Pulumi Cloud says: .*Another update.*--force-unlock"):
        repaired(stack)
    assert "cancel" not in stack.calls
    done = repaired(stack, force_unlock=True).done
    assert done == ("the update that Pulumi Cloud held to be in progress is cancelled",)
    assert "cancel" in stack.calls


def test_an_engine_that_cannot_tell_who_holds_the_stack_is_no_lock(stack: Stack) -> None:
    stack.refusal = "error: no credentials"
    with pytest.raises(CommandError, match="no credentials"):
        repaired(stack)
    assert "cancel" not in stack.calls


def test_a_stack_that_has_nothing_yet_is_asked_nothing(stack: Stack) -> None:
    stack.resources = []
    assert locks_of(stack.opened()) == Locks()
    assert stack.calls == ["export"]


def test_what_was_being_changed_is_read_with_the_question_as_any_refresh_forgets_it(stack: Stack) -> None:
    stack.pending = [pending("updating"), pending("creating", "slow")]
    assert locks_of(stack.opened()) == Locks()
    assert stack.calls == ["export", "refresh shop-dev, errors"]


def test_a_backend_in_the_home_folder_is_one_whose_files_can_be_read(stack: Stack, tmp_path: Path) -> None:
    stack.backend = f"file://{tmp_path}"
    folder = tmp_path / ".pulumi" / "locks" / "organization" / "shop" / "dev"
    folder.mkdir(parents=True)
    (folder / "gone.json").symlink_to(tmp_path / "given-back-while-we-look")
    (folder / "older.json").mkdir()
    written = {"pid": NO_PID, "username": "ana", "hostname": HERE, "timestamp": datetime.now(UTC).isoformat()}
    (folder / "a.json").write_text(json.dumps(written))
    found = locks_of(stack.opened(PULUMI_BACKEND_URL="file://~"))
    assert [lock.pid for lock in found.whole] == [NO_PID]
    assert stack.calls == [], "the files say it"


def test_everything_that_a_kill_left_is_put_right_and_what_deploys_is_told(stack: Stack) -> None:
    stack.resources += [service("shop"), service("side"), service("hidden")]
    stack.pending = [pending("creating")]
    settings = killed_run(stack)
    target = ServiceTarget("urn:shop", "shop", CLUSTER, None, Operation.SAME, "eu-west-1", deploys=False)
    Journal(Path(stack.work_dir), stack.name).note(Kind.SURGE, target, desired_before=1, desired_set=3)
    ecs = Ecs({"shop": deploying("IN_PROGRESS"), "side": deploying("COMPLETED")}, {"shop": 3})
    found = repaired(stack, ecs)
    alarm, runs, count = found.done
    assert alarm.startswith(
        "aws:cloudwatch/metricAlarm:MetricAlarm errors was being made: the next update makes it again"
    )
    assert runs == "what killed runs left under .failwell/runs is removed (1)"
    assert "put back from 3 to 1" in count
    assert (found.left, [each.target.name for each in found.deploying]) == ((), ["shop"])
    assert "`deploy.py watch --cluster prod --service shop --region eu-west-1` follows it" in str(found.deploying[0])
    assert (stack.pending, ecs.counts, settings.exists()) == ([], {"shop": 1}, False)
    again = repaired(stack, ecs)
    assert (again.done, again.left) == ((), ()), "a second time there is nothing to do"


def test_before_an_update_nothing_is_asked_where_no_run_was_killed(stack: Stack) -> None:
    make_ready(stack.opened(), pytest.fail)
    assert stack.calls == []


def test_before_an_update_what_a_killed_run_left_is_put_right_and_said(stack: Stack) -> None:
    settings, said = killed_run(stack), list[str]()
    stack.pending = [pending("creating")]
    make_ready(stack.opened(), said.append)
    assert (stack.pending, settings.exists()) == ([], False)
    (line,) = said
    assert "errors was being made: the next update makes it again" in line
    assert "cancel" not in stack.calls


def test_before_an_update_a_lock_that_somebody_else_may_hold_is_left_to_them(stack: Stack, tmp_path: Path) -> None:
    stack.backend = f"file://{tmp_path}"
    folder = tmp_path / ".pulumi" / "locks" / "organization" / "shop" / "dev"
    folder.mkdir(parents=True)
    written = {"pid": 7, "username": "ana", "hostname": "runner-7", "timestamp": "2026-11-21T15:09:44Z"}
    (folder / "a.json").write_text(json.dumps(written))
    settings = killed_run(stack)
    with pytest.raises(StackLockedError, match="runner-7"):
        make_ready(stack.opened(), lambda _line: None)
    assert settings.exists()
    assert (folder / "a.json").exists()
