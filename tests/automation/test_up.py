"""A run of `up` leaves its record however it ends: served, failed, interrupted, or broken by a surprise."""

import queue
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import CommandResult, Deployment
from pulumi.automation.errors import CommandError

from automation.ending.interrupts import Interrupted
from automation.engine.install import Engine
from automation.engine.project import Project
from automation.engine.update import Ended, Operation, ServiceTarget, Started
from automation.errors import StackLockedError, UsageError
from automation.history.keeping import Stores
from automation.history.origin import GitError
from automation.history.recording import History
from automation.history.store import Document
from automation.mending.creates import Create
from automation.outcome import ExitCode, Outcome, Result
from automation.request import Request
from automation.telling.progress import Progress
from automation.up import Running, drive, run_up, with_not_reached
from diagnostics.clock import ServerClock, machine_clock
from diagnostics.model import Gap
from tests.automation.cli import Cli


@dataclass
class Engineless:
    """An update that says what it is told to, of a stack without a service; it is the stack, too."""

    says: list[Any]
    messages: "queue.Queue[Any]" = field(default_factory=queue.Queue)
    surprise: Exception | None = None
    api_calls: dict[str, int] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    name: str = "acme/shop/prod"
    deployment: dict[str, Any] = field(
        default_factory=lambda: {"pending_operations": [{"type": "creating", "resource": {"urn": "urn:x"}}]}
    )
    documents: list[Document] = field(default_factory=list)
    forgotten: tuple[Create, ...] = ()
    """What a provider was making when it died."""
    work_dir: str = "."
    environment: dict[str, str] = field(default_factory=dict)
    version: int = 3
    refuses_import: bool = False
    said: list[str] = field(default_factory=list)

    def start(self) -> None:
        if self.surprise:
            raise self.surprise
        for message in self.says:
            self.messages.put(message)

    def interrupt(self) -> bool:
        return False

    def refresh(self, urn: str) -> None:
        """There is no service whose state a run would mend."""

    @property
    def stack(self) -> "Engineless":
        return self

    @property
    def workspace(self) -> "Engineless":
        return self

    def export_stack(self) -> "Engineless":
        return self

    def import_stack(self, state: Deployment) -> None:
        if self.refuses_import:
            raise CommandError(CommandResult(stdout="", stderr="error: the state is not whole", code=255))
        self.deployment = dict(state.deployment or {})

    # the store
    def add(self, document: Document) -> None:
        self.documents.append(document)

    def newest_first(self, project: str, stack: str | None) -> Iterator[Document]:  # noqa: ARG002
        return iter(self.documents)

    def run(self) -> ExitCode:
        def no_git(_directory: Path) -> Callable[..., str]:
            def refuse(*_arguments: str) -> str:
                raise GitError("not a git repository")

            return refuse

        history = History(Stores((self,)), "up", lambda: "arn:me", environment={}, git=no_git)
        project = Project(Path(), "shop", "python", None, {})
        request = Request(
            project, "prod", Engine(Path("pulumi"), "3.0.0", "test"), {}, ServerClock(machine_clock()), history=history
        )
        site: Any = self
        opened: Any = self
        running = Running(self, site, self.messages, lambda: self.forgotten)
        return drive(request, opened, {"shop:image": "x"}, running, Progress(self.said.append)).exit_code


@pytest.mark.parametrize(
    ("says", "code", "error", "pending"),
    [
        ([Started(), Ended(None)], 0, None, []),
        ([Started(), Ended("the bucket exists already")], 1, "the bucket exists already", []),
        ([Started(), Interrupted(), Ended("cancelled")], 6, "cancelled", ["creating urn:x"]),
    ],
)
def test_however_a_run_ends_it_leaves_one_record(
    says: list[Any], code: int, error: str | None, pending: list[str]
) -> None:
    update = Engineless(says)
    assert update.run() == code
    (document,) = update.documents
    assert (document["exit_code"], document["update_error"], document["stack"]) == (code, error, "prod")
    assert document["pending_operations"] == pending
    assert document["configuration"] == {"shop:image": "x"}


def test_a_surprise_is_raised_and_recorded() -> None:
    update = Engineless([], surprise=RuntimeError("no thread could be started"))
    with pytest.raises(RuntimeError, match="no thread"):
        update.run()
    (document,) = update.documents
    assert (document["exit_code"], document["update_error"]) == (1, "RuntimeError: no thread could be started")


def dying(folder: Path, **more: Any) -> Engineless:
    """Return an update whose provider died while it made an alarm, of which there may be two."""
    kind = "aws:cloudwatch/metricAlarm:MetricAlarm"
    alarm = Create(f"urn:pulumi:prod::shop::{kind}::errors", kind, "", "", {})
    pending = {"resources": [], "pending_operations": [{"type": "creating", "resource": alarm.to_resource()}]}
    ends = [Started(), Ended("the provider has ended")]
    return Engineless(ends, forgotten=(alarm,), work_dir=str(folder), deployment=pending, **more)


def test_what_the_engine_forgot_when_its_provider_died_is_put_right_at_once(tmp_path: Path) -> None:
    update = dying(tmp_path)
    assert update.run() is ExitCode.ERROR
    assert update.deployment["pending_operations"] == []
    told = (
        "aws:cloudwatch/metricAlarm:MetricAlarm errors was being made: the next update makes it again; if it had been"
    )
    assert [line for line in update.said if line.startswith(told)]


def test_where_that_cannot_be_put_right_the_command_that_tries_again_is_told_and_the_outcome_stays(
    tmp_path: Path,
) -> None:
    update = dying(tmp_path, refuses_import=True)
    assert update.run() is ExitCode.ERROR
    (told,) = (line for line in update.said if "repair" in line)
    assert "the state is not whole" in told
    assert told.endswith("; `deploy.py repair` tries again")
    assert update.documents[0]["update_error"] == "the provider has ended"


def test_where_no_note_of_it_can_be_written_either_what_to_look_for_is_told(tmp_path: Path) -> None:
    (tmp_path / ".failwell").touch()  # no folder can be made there
    update = dying(tmp_path, refuses_import=True)
    update.run()
    (told,) = (line for line in update.said if "repair" in line)
    assert "the state is not whole; no note of it could be written, so `deploy.py repair` will not know" in told
    assert "MetricAlarm::errors was made" in told
    assert told.endswith("`pulumi import`")


def test_services_that_an_update_did_not_come_to_are_told_where_it_failed_and_only_there() -> None:
    planned = ServiceTarget("urn:shop", "shop", "prod", "shop:2", Operation.UPDATE, "eu-west-1", deploys=True)
    whole = Outcome("prod", ())
    assert with_not_reached(whole, [planned]) == whole
    (missed,) = with_not_reached(Outcome("prod", (), update_error="no such bucket"), [planned]).services
    assert (missed.name, missed.result, missed.revision_wanted) == ("shop", Result.NOT_REACHED, "shop:2")
    (again,) = with_not_reached(Outcome("prod", (missed,), interrupted=True), [planned]).services
    assert again == missed, "nobody is told twice"


def test_without_anything_to_know_before_a_run_is_two_runs_of_the_cli_and_leaves_nothing(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    outcome = run_up(cli.request(preflight=False), Progress(lambda _line: None))
    assert outcome is not None
    assert (outcome.exit_code, outcome.stack, outcome.services) == (ExitCode.PROVEN, "dev", ())
    assert cli.calls == ["stack", "up"]
    assert list((tmp_path / ".failwell" / "runs").glob("*")) == []


def test_a_preview_that_fails_is_the_outcome_and_nothing_is_updated(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    outcome = run_up(cli.request(preflight=False, approve=lambda *_: True), Progress(lambda _line: None))
    assert outcome is not None
    assert (outcome.exit_code, outcome.update_error) == (ExitCode.ERROR, "summary event never found")
    assert cli.calls == ["preview", "stack"]


def test_a_check_that_there_is_not_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    with pytest.raises(UsageError, match="--skip-check image-exist: there is no such check; did you mean"):
        run_up(cli.request(skip_checks=["image-exist"]), Progress(lambda _line: None))
    assert cli.calls == []


def test_a_lock_that_the_engine_meets_is_told_with_its_holder_and_not_as_a_failed_update(tmp_path: Path) -> None:
    where = "s3://state/.pulumi/locks/organization/shop/dev/9.json"
    locked = "error: the stack is currently locked by 1 lock(s).\n"
    locked += f"  {where}: created by ana@{{}} (pid {{}}) at 2026-11-21T15:09:44Z"
    held = locked.format("runner-7", 7)
    cli = Cli(tmp_path, f"echo '{held}' >&2; exit 255")
    with pytest.raises(StackLockedError, match=r"process 7 of ana on runner-7.*--force-unlock"):
        run_up(cli.request(preflight=False), Progress(lambda _line: None))
    dead = locked.format(socket.gethostname(), 2**22 + 1)
    with pytest.raises(StackLockedError, match=r"which is dead.*repair` removes its lock"):
        run_up(Cli(tmp_path, f"echo '{dead}' >&2; exit 255").request(preflight=False), Progress(lambda _line: None))
