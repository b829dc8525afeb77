"""What `up` knows before it touches anything, and each way in which a run ends there, with nothing touched."""

import json
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.automation import CommandResult, EngineEvent
from pulumi.automation.errors import CommandError

from automation.ahead.before import Before, before_update
from automation.ahead.beginning import Begun, Previewing
from automation.engine.install import Engine
from automation.engine.project import Project
from automation.engine.update import ServiceTarget
from automation.engine.workspace import OpenStack
from automation.errors import UsageError
from automation.outcome import ExitCode, Outcome
from automation.proof.wish import Wish
from automation.request import Request
from automation.telling.progress import Progress
from diagnostics.clock import ServerClock, machine_clock
from diagnostics.reads import Answer, ReadError
from tests.automation.preflight.answers import Answers
from tests.automation.preflight.recording import RECORDED, SERVICE

FAILS = {"diagnosticEvent": {"severity": "error", "message": "error: no image is set\n", "color": "never"}}


def events(name: str) -> list[EngineEvent]:
    lines = (RECORDED / f"{name}.events.jsonl").read_text(encoding="utf-8").splitlines()
    return [EngineEvent.from_json(json.loads(line)) for line in lines]


def refused(words: str) -> CommandError:
    return CommandError(CommandResult(stdout="", stderr=words, code=255))


@dataclass
class Stack:
    """A stack whose previews tell what was recorded; it is its workspace and its command, too."""

    work_dir: str
    recording: str = "replace"
    tells: list[EngineEvent] = field(default_factory=list)
    raises: BaseException | None = None
    refuses_refresh: bool = False
    calls: list[str] = field(default_factory=list)
    name: str = "organization/shop/dev"

    @property
    def workspace(self) -> "Stack":
        return self

    def project_settings(self) -> Any:
        return SimpleNamespace(name="shop")

    def run(self, args: list[str], _cwd: str, _environment: object) -> None:
        self.calls.append(" ".join(args))

    def preview(self, *, on_event: Callable[[EngineEvent], None], plan: str, **_options: object) -> None:
        self.calls.append("preview")
        for event in self.tells or events(self.recording):
            on_event(event)
        if self.raises:
            raise self.raises
        Path(plan).write_text((RECORDED / f"{self.recording}.plan.json").read_text(encoding="utf-8"), encoding="utf-8")

    def refresh(self, *, target: list[str], **_options: object) -> None:
        self.calls.append(f"refresh {', '.join(each.rpartition('::')[2] for each in target)}")
        if self.refuses_refresh:
            raise refused("error: the provider is not there")

    def interrupt(self) -> bool:
        self.calls.append(signal.SIGINT.name)
        return True


@dataclass
class Site:
    """AWS, which does not let anything be read but whether there is such a service, and what scales it."""

    there: bool | ReadError = True
    scaled: tuple[int, int] | None = None
    asked: int = 0
    expected: list[object] = field(default_factory=list)
    api_calls: dict[str, int] = field(default_factory=lambda: {"DescribeServices": 1})

    def asks(self, _target: ServiceTarget) -> Answers:
        self.asked += 1
        return Answers({})

    def describe_service(self, _target: ServiceTarget) -> dict[str, Any] | None:
        if isinstance(self.there, ReadError):
            raise self.there
        return {"status": "ACTIVE"} if self.there else None

    def scaled_by(self, _target: ServiceTarget) -> tuple[int, int] | None:
        return self.scaled

    def prepare(self, services: tuple[str, ...]) -> None:
        """There are no clients to make."""

    def expect(self, digests: object) -> None:
        self.expected.append(digests)


@dataclass
class Run:
    """A run of `up` until it would touch something."""

    folder: Path
    stack: Stack
    site: Site = field(default_factory=Site)
    said: list[str] = field(default_factory=list)

    def ends(self, **settings: Any) -> Before | Outcome:
        project = Project(self.folder, "shop", "python", None, {})
        engine = Engine(Path("pulumi"), "3.0.0", "test")
        request = replace(Request(project, "dev", engine, {}, ServerClock(machine_clock())), **settings)
        stack: Any = self.stack
        site: Any = self.site
        opened = OpenStack(stack, stack, {"PULUMI_BACKEND_URL": f"file://{self.folder}"})
        file = self.folder / "Pulumi.dev.yaml"
        begun = Begun(opened, file, {}, Previewing(opened, file) if request.looks_ahead else None)
        return before_update(request, begun, site, Progress(self.said.append))

    def outcome(self, **settings: Any) -> Outcome:
        found = self.ends(**settings)
        assert isinstance(found, Outcome)
        assert found.services == ()
        return found


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path, Stack(str(tmp_path)))


def test_where_nothing_is_to_be_known_before_only_the_stack_is_asked_for(run: Run) -> None:
    assert run.ends(preflight=False) == Before()
    assert run.stack.calls == ["stack --show-name --stack organization/shop/dev"]
    assert (run.site.asked, run.site.expected) == (0, [])


def test_what_was_checked_is_told_and_what_serves_is_held_against_it(run: Run) -> None:
    before = run.ends()
    assert isinstance(before, Before)
    assert before.plan is not None
    assert before.report is not None
    assert (run.stack.calls, run.site.asked, len(run.site.expected)) == (["preview"], 1, 1)
    assert run.said
    assert {each.subject for each in before.report.findings} == {"shop"}
    assert not before.report.refused


def test_somebody_who_only_wants_to_be_asked_gets_the_plan_and_no_checks(run: Run) -> None:
    before = run.ends(preflight=False, approve=lambda _opened, _plan: False)
    assert isinstance(before, Before)
    assert [each.name for each in (before.plan.of_type(SERVICE) if before.plan else ())] == ["shop-service"]
    assert (before.report, run.site.asked, run.said) == (None, 0, [])


def test_a_program_that_cannot_be_previewed_ends_the_run_with_the_engines_words(run: Run) -> None:
    run.stack.tells, run.stack.raises = [EngineEvent.from_json(FAILS)], refused("the preview failed")
    outcome = run.outcome()
    assert (outcome.exit_code, outcome.update_error) == (ExitCode.ERROR, "error: no image is set")
    assert (run.site.asked, run.stack.calls) == (0, ["preview"])


def test_ctrl_c_cuts_the_preview_off(run: Run) -> None:
    run.stack.raises = KeyboardInterrupt()
    outcome = run.outcome()
    assert (outcome.exit_code, outcome.interrupted) == (ExitCode.INTERRUPTED, True)
    preview, *interrupts = run.stack.calls
    assert (preview, set(interrupts)) == ("preview", {"SIGINT"})


def test_a_service_that_somebody_deleted_is_told_to_the_state_and_the_update_is_planned_anew(run: Run) -> None:
    run.site.there = False
    before = run.ends()
    assert isinstance(before, Before)
    assert run.stack.calls == ["preview", "refresh shop-service", "preview"]
    assert any("ECS has no such service any more: the state is told (refresh)" in line for line in run.said)


def test_where_the_state_cannot_be_told_that_is_said_and_the_update_goes_on(run: Run) -> None:
    run.site.there, run.stack.refuses_refresh = False, True
    assert isinstance(run.ends(), Before)
    assert any("the state could not be told" in line and "the provider is not there" in line for line in run.said)


def test_a_service_that_cannot_be_read_counts_as_there(run: Run) -> None:
    run.site.there = ReadError(Answer("DescribeServices", "AccessDeniedException", "no"))
    assert isinstance(run.ends(), Before)
    assert run.stack.calls == ["preview"]


def test_a_service_that_the_update_makes_need_not_be_there(run: Run) -> None:
    run.stack.recording, run.site.there = "create", False
    assert isinstance(run.ends(preflight=False, approve=lambda _opened, _plan: True), Before)
    assert run.stack.calls == ["preview"]


def test_extra_tasks_are_refused_for_a_service_that_is_scaled_before_anything_is_checked(run: Run) -> None:
    run.site.scaled = (2, 8)
    with pytest.raises(UsageError, match="Application Auto Scaling sets that of shop, between 2 and 8"):
        run.ends(preflight=False, extra_tasks=Wish(surge=2))
    assert run.site.asked == 0
    run.site.scaled = None
    assert isinstance(run.ends(preflight=False, extra_tasks=Wish(surge=2)), Before)


def test_an_update_that_deploys_no_new_revision_is_refused_where_one_is_required(run: Run) -> None:
    same = [each for each in events("replace") if not _changes(each)]
    run.stack.tells = same
    outcome = run.outcome(preflight=False, require_new_revision=True)
    assert outcome.exit_code is ExitCode.REFUSED
    assert outcome.preflight is not None
    assert [each.check for each in outcome.preflight.refused] == ["new-revision"]
    assert (run.site.asked, run.site.expected, outcome.api_calls) == (0, [], {"DescribeServices": 1})


def _changes(event: EngineEvent) -> bool:
    pre = event.resource_pre_event
    return bool(pre and pre.metadata.op.value != "same")
