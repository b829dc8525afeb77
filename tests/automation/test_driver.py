"""The driver against scripted engines and services: what it makes of each story, without an engine, AWS or waiting."""

import queue
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from automation.driver import Driver, Settings
from automation.ending.around import Recourse
from automation.ending.first_deployment import FirstFailure
from automation.ending.interrupts import Answered, Choice, Interrupted, Source
from automation.engine.update import (
    Ended,
    Operation,
    ResourceEnded,
    ResourceStarted,
    Said,
    ServiceStarted,
    ServiceTarget,
)
from automation.mending.journal import Journal, Kind
from automation.outcome import ExitCode, Outcome, Result
from automation.telling.progress import Progress
from diagnostics.clock import Clock
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis, Gap, Verdict
from diagnostics.serving import Serving, ServingState
from diagnostics.watch import Baseline, Look, WatchState

URN = "urn:pulumi:dev::shop::failwell:index:FargateService$aws:ecs/service:Service::shop"
FAMILY = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop"
CREATED = datetime(2026, 11, 20, 12, tzinfo=UTC)
TARGET = ServiceTarget(URN, "shop", "sandbox", f"{FAMILY}:2", Operation.UPDATE, "eu-west-1", deploys=True)
SIDE = replace(TARGET, urn=f"{URN}-side", name="side")
DOOM = Diagnosis(
    Verdict.DOOMED,
    "the image does not exist",
    "why",
    "fix",
    root_cause="image-not-found",
    service="shop",
    cluster="sandbox",
)


class FastClock(Clock):
    """A clock that a test does not wait for: every reading is a second later, and no wait takes real time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        self.seconds += 1
        return CREATED + timedelta(seconds=self.seconds)

    def real(self, seconds: float) -> float:  # noqa: ARG002
        return 0.0


def look(
    state: WatchState, *, revision: int = 2, rollout: str = "IN_PROGRESS", status: str = "", mine: bool = True
) -> Look:
    document = {
        "schema": "evidence/1",
        "service": {
            "serviceName": "shop",
            "status": "ACTIVE",
            "deployments": [
                {
                    "id": f"ecs-svc/{revision}",
                    "status": "PRIMARY",
                    "rolloutState": rollout,
                    "taskDefinition": f"{FAMILY}:{revision}",
                }
            ],
        },
    }
    if status:
        document["service_deployment"] = {"serviceDeploymentArn": "arn:x", "status": status}
    return Look(
        at=CREATED,
        state=state,
        evidence=Evidence.parse(document),
        diagnosis=DOOM if state is WatchState.DOOMED else Diagnosis(Verdict.UNKNOWN, "", "", ""),
        serving=Serving(ServingState.NOT_PROVEN),
        deployment_id="ecs-svc/2" if mine else None,
        created_at=CREATED if mine else None,
        explained_at=CREATED + timedelta(seconds=60) if state is WatchState.DOOMED else None,
    )


@dataclass
class Beside:
    """Another service of the stack."""

    looks: list[Look]
    interval: float = 0.0

    def begin(self) -> Baseline:
        return Baseline(CREATED, exists=True, read=True, task_definition=f"{FAMILY}:1")

    def look(self) -> Look:
        return self.looks[0]


@dataclass
class Story:
    """A scripted engine, service and AWS; its parts are what the driver is given."""

    events: Iterable[Any]
    """Messages of the engine; a callable is called when its turn comes and says whether to go on."""
    looks: list[Look]
    serves: dict[int, bool]
    """Which revision is proven to serve when it is asked for."""
    before: int | None = 1
    desired: int = 2
    refusal: Exception | None = None
    blind: Exception | None = None
    """What every read of AWS ends with."""
    stopped: list[str | None] = field(default_factory=list)
    signals: int = 0
    readings: int = 0
    recorded: int = 0
    again: list[str] = field(default_factory=list)
    followed: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    """Desired counts that were set."""
    refreshed: list[str] = field(default_factory=list)
    journal: Journal = field(default_factory=lambda: Journal(Path(mkdtemp()), "dev"))
    messages: "queue.Queue[Any]" = field(default_factory=queue.Queue)
    said: list[str] = field(default_factory=list)
    interval: float = 0.0
    api_calls: Counter[str] = field(default_factory=Counter)
    target: ServiceTarget = TARGET
    gaps: tuple[Gap, ...] = ()
    person: bool = False
    """Whether there is a terminal with a person at it."""
    asked: list[str] = field(default_factory=list)
    repairs: int = 0
    proofs: int = 0
    beside: Beside | None = None

    def run(self, **settings: Any) -> Outcome:
        waiting = list(self.events)
        driver = Driver(
            Settings("dev", tick=0.001, floor=0.001, **settings),
            self,
            self,
            FastClock(),
            self.messages,
            Progress(self.said.append),
            Recourse(self.journal, self, self.clear_pending),
            self.real_seconds,
        )
        story = self

        class Feed(queue.Queue[Any]):
            """Hands out what is queued, then the next scripted event."""

            def get(self, block: bool = True, timeout: float | None = None) -> Any:
                if story.messages.qsize() == 0 and waiting:
                    head = waiting[0]
                    if not callable(head) or head():
                        waiting.pop(0)
                        if not callable(head):
                            return head
                return super().get(block, timeout)

        feed: Feed = Feed()
        self.messages = feed
        driver._messages = feed
        return driver.run()

    def real_seconds(self) -> float:
        """A tenth of a second of real time passes between two readings."""
        self.readings += 1
        return self.readings / 10

    # the update
    def start(self) -> None:
        """Nothing to start: the events are scripted."""

    def interrupt(self) -> bool:
        self.signals += 1
        return True

    # the terminal
    @property
    def can_ask(self) -> bool:
        return self.person

    def ask(self, question: str, _answer: object) -> None:
        self.asked.append(question)

    def withdraw(self) -> None:
        """The question is not shown any more."""

    # the state
    def clear_pending(self) -> tuple[str, ...]:
        self.repairs += 1
        return ("shop was read again",)

    # the watch
    def begin(self) -> Baseline:
        before = f"{FAMILY}:{self.before}" if self.before else None
        return Baseline(CREATED, exists=self.before is not None, read=True, task_definition=before)

    def look(self) -> Look:
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    # the site
    def watch(self, target: ServiceTarget, since: float) -> "Story | Beside":
        if self.blind:
            raise self.blind
        if self.beside and target == SIDE:
            return self.beside
        assert since <= datetime(2026, 11, 20, 12, 0, 2, tzinfo=UTC).timestamp()
        assert target == self.target
        return self

    def follow(self, _target: ServiceTarget, deployment_id: str) -> "Story":
        self.followed.append(deployment_id)
        return self

    def deploy_again(self, _target: ServiceTarget, task_definition: str) -> str:
        if self.refusal:
            raise self.refusal
        self.again.append(task_definition)
        return "ecs-svc/2"

    def desired_count(self, _target: ServiceTarget) -> int | None:
        return self.desired

    def scaled_by(self, _target: ServiceTarget) -> tuple[int, int] | None:
        return None

    def set_desired_count(self, _target: ServiceTarget, count: int) -> None:
        self.counts.append(count)
        self.desired = count

    def refresh(self, urn: str) -> None:
        self.refreshed.append(urn)

    def prove(self, _target: ServiceTarget, task_definition: str | None, _deployment_id: str | None) -> Serving:
        self.proofs += 1
        if self.blind:
            raise self.blind
        revision = int((task_definition or ":0").rsplit(":", 1)[-1])
        state = ServingState.PROVEN if self.serves.get(revision) else ServingState.NOT_PROVEN
        if self.desired == 0:
            state = ServingState.AT_ZERO
        return Serving(
            state,
            () if state is ServingState.PROVEN else ("0 of 2 tasks run",),
            task_definition=task_definition,
            service_deployment_arn="arn:x",
        )

    def stop_deployment(self, _target: ServiceTarget, look: Look | None) -> str:
        if self.refusal:
            raise self.refusal
        self.stopped.append(look and look.deployment_id)
        return "arn:x"

    def record(self, _target: ServiceTarget, _look: Look) -> str | None:
        self.recorded += 1
        return ".failwell/evidence/x.jsonl"


STARTED = ServiceStarted(TARGET)
FAILED = ResourceEnded(URN, "aws:ecs/service:Service", "update", failed=True)
UPDATED = ResourceEnded(URN, "aws:ecs/service:Service", "update", failed=False)
ERROR = Ended("update failed")


def after(condition: Callable[[], bool]) -> Callable[[], bool]:
    return condition


def test_a_new_revision_that_serves_is_proven_and_exits_0() -> None:
    story = Story([STARTED, UPDATED, Ended(None)], [look(WatchState.SERVING, rollout="COMPLETED")], {2: True})
    outcome = story.run()
    assert outcome.exit_code is ExitCode.PROVEN
    assert outcome.services[0].result is Result.SERVING
    assert story.stopped == []
    assert story.signals == 0


def test_a_doomed_deployment_is_stopped_and_the_previous_revision_proven() -> None:
    looks = [look(WatchState.IN_PROGRESS), look(WatchState.DOOMED)]
    story = Story([], looks, {1: True})
    story.events = [STARTED, after(lambda: bool(story.stopped)), FAILED, after(lambda: story.signals == 1), ERROR]
    outcome = story.run()
    assert outcome.exit_code is ExitCode.ROLLED_BACK
    assert story.stopped == ["ecs-svc/2"]
    assert outcome.services[0].diagnosis == DOOM
    assert outcome.services[0].timing.explained == 60
    assert outcome.services[0].timing.previous_serves is not None
    assert story.recorded >= 2, "the evidence is kept"


@pytest.mark.parametrize("ends", [True, False])
def test_the_recording_has_the_end_of_the_rollback_that_a_proof_saw_first(*, ends: bool) -> None:
    going_back = look(WatchState.ROLLED_BACK, revision=1, rollout="COMPLETED", status="ROLLBACK_IN_PROGRESS")
    back = look(WatchState.ROLLED_BACK, revision=1, rollout="COMPLETED", status="ROLLBACK_SUCCESSFUL")
    story = Story([STARTED, FAILED, ERROR], [going_back], {1: True})
    recorded: list[Look] = []
    at_proof: list[int] = []

    def record(_target: ServiceTarget, seen: Look) -> str | None:
        recorded.append(seen)
        if story.proofs and not at_proof:
            at_proof.append(len(recorded))
        if ends and at_proof and len(recorded) == at_proof[0] + 5:
            story.looks.append(back)
        return None

    story.record = record  # type: ignore[method-assign]
    assert story.run().exit_code is ExitCode.ROLLED_BACK, "it is not waited for without end"
    assert (recorded[-1] is back) is ends


def test_no_abort_leaves_the_end_to_ecs() -> None:
    story = Story([], [look(WatchState.DOOMED)], {1: True})
    rolled_back = look(WatchState.ROLLED_BACK, revision=1, rollout="COMPLETED", status="ROLLBACK_SUCCESSFUL")
    story.looks = [look(WatchState.DOOMED), replace(rolled_back, diagnosis=DOOM)]
    story.events = [STARTED, after(lambda: len(story.looks) == 1), FAILED, ERROR]
    outcome = story.run(abort=False)
    assert outcome.exit_code is ExitCode.ROLLED_BACK
    assert story.stopped == []
    assert outcome.services[0].diagnosis == DOOM


def test_a_doomed_first_deployment_has_nothing_to_roll_back_to() -> None:
    story = Story([], [look(WatchState.DOOMED, status="ROLLBACK_FAILED")], {}, before=None)
    story.events = [STARTED, after(lambda: bool(story.stopped)), FAILED, ERROR]
    outcome = story.run()
    assert outcome.exit_code is ExitCode.NOTHING_SERVES


def test_success_of_the_provider_is_not_believed_when_ecs_rolled_back() -> None:
    back = look(WatchState.ROLLED_BACK, revision=1, rollout="COMPLETED", status="ROLLBACK_SUCCESSFUL")
    story = Story([STARTED, UPDATED, Ended(None)], [back], {1: True, 2: False})
    assert story.run().exit_code is ExitCode.ROLLED_BACK


def test_desired_count_0_is_applied_and_not_proven() -> None:
    story = Story([STARTED, UPDATED, Ended(None)], [look(WatchState.AT_ZERO, rollout="COMPLETED")], {}, desired=0)
    assert story.run().exit_code is ExitCode.NOT_PROVEN


def test_a_rollback_that_is_never_proven_runs_out_of_time() -> None:
    back = look(WatchState.ROLLED_BACK, revision=1, rollout="IN_PROGRESS", status="ROLLBACK_IN_PROGRESS")
    story = Story([STARTED, FAILED, ERROR], [back], {1: False})
    outcome = story.run()
    assert outcome.exit_code is ExitCode.OUT_OF_TIME


def test_a_deployment_that_does_not_end_is_stopped_when_the_time_is_over() -> None:
    story = Story([], [look(WatchState.IN_PROGRESS)], {1: True})
    story.events = [STARTED, after(lambda: bool(story.stopped)), FAILED, ERROR]
    outcome = story.run(timeout_minutes=2)
    assert outcome.exit_code is ExitCode.OUT_OF_TIME
    assert story.stopped == ["ecs-svc/2"]


def test_an_update_that_hangs_before_any_deployment_is_ended_when_the_time_is_over() -> None:
    story = Story([], [look(WatchState.WAITING, mine=False)], {1: True}, refusal=LookupError("no service deployment"))
    story.events = [STARTED, after(lambda: story.signals > 0), FAILED, ERROR]
    assert story.run(timeout_minutes=1).exit_code is ExitCode.OUT_OF_TIME


def test_no_abort_does_not_touch_the_deployment_even_when_the_time_is_over() -> None:
    story = Story([], [look(WatchState.IN_PROGRESS)], {1: True})
    story.events = [STARTED, after(lambda: story.signals > 0), FAILED, ERROR]
    assert story.run(timeout_minutes=1, abort=False).exit_code is ExitCode.OUT_OF_TIME
    assert story.stopped == []


def test_nobody_watching_lets_the_update_go_on_and_says_so() -> None:
    story = Story([STARTED, UPDATED, Ended(None)], [], {}, blind=PermissionError("no credentials"))
    outcome = story.run()
    assert outcome.exit_code is ExitCode.NOT_PROVEN
    assert [gap.what for gap in outcome.gaps] == ["the watch of shop", "what serves of shop"]
    assert "no credentials" in outcome.gaps[0].why


def test_the_engines_own_time_is_not_ecs_time() -> None:
    idle = iter(range(300))  # five minutes of the clock, at a second a reading, before the engine reaches the service
    slow_engine = after(lambda: next(idle, None) is None)
    story = Story([slow_engine, STARTED, UPDATED, slow_engine, Ended(None)], [look(WatchState.SERVING)], {2: True})
    assert story.run(timeout_minutes=3).exit_code is ExitCode.PROVEN


def test_a_refused_stop_interrupts_the_engine() -> None:
    story = Story([], [look(WatchState.DOOMED)], {1: True}, refusal=PermissionError("AccessDeniedException"))
    story.events = [STARTED, after(lambda: story.signals > 0), FAILED, ERROR]
    outcome = story.run()
    assert outcome.exit_code is ExitCode.ROLLED_BACK
    assert any("AccessDeniedException" in line for line in story.said)


def steps(outcome: Outcome) -> list[str]:
    return [step.name.value for step in outcome.services[0].abort]


def seen(story: Story, count: int = 1) -> Callable[[], bool]:
    """Wait until the driver has taken so many looks."""
    return after(lambda: story.recorded >= count)


CANCELED = Ended("error: update canceled")
TOPIC = "urn:topic"


def test_ctrl_c_without_a_terminal_leaves_a_healthy_deployment_and_cuts_the_wait_off() -> None:
    story = Story([], [look(WatchState.IN_PROGRESS)], {})
    story.events = [STARTED, seen(story), Interrupted(), after(lambda: story.signals == 2), CANCELED]
    outcome = story.run()
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert outcome.services[0].result is Result.INTERRUPTED
    assert story.stopped == []
    assert steps(outcome) == ["left_running", "sigint", "second_sigint", "update_ended"]
    assert [step.detail for step in outcome.steps] == ["SIGINT: leave", "shop was read again"]
    assert story.repairs == 1
    assert outcome.diagnosis is None, "nothing was wrong with it"


def test_what_is_left_running_is_not_cut_off_while_another_resource_is_in_flight() -> None:
    story = Story([], [look(WatchState.IN_PROGRESS)], {})
    signals_while_in_flight: list[int] = []
    patience = iter(range(40))

    def wait() -> bool:
        signals_while_in_flight.append(story.signals)
        return next(patience, None) is None

    story.events = [
        ResourceStarted(TOPIC, "aws:sns/topic:Topic", "create"),
        STARTED,
        seen(story),
        Interrupted(),
        after(wait),
        ResourceEnded(TOPIC, "aws:sns/topic:Topic", "create", failed=False),
        after(lambda: story.signals == 2),
        CANCELED,
    ]
    assert story.run().exit_code is ExitCode.INTERRUPTED
    assert max(signals_while_in_flight) == 1


@pytest.mark.parametrize("source", [Source.TERMINATE, Source.HANGUP, Source.CTRL_C])
def test_an_interrupt_rolls_back_where_that_is_configured(source: Source) -> None:
    story = Story([], [look(WatchState.IN_PROGRESS)], {1: True})
    suspect = replace(DOOM, verdict=Verdict.SUSPECT, root_cause="stopped-externally")
    stopping = replace(look(WatchState.IN_PROGRESS), diagnosis=suspect)
    story.events = [
        STARTED,
        seen(story),
        Interrupted(source),
        after(lambda: bool(story.stopped)),
        after(lambda: story.looks.__setitem__(0, stopping) is None),
        seen(story, 3),
        FAILED,
        ERROR,
    ]
    outcome = story.run(on_interrupt=Choice.ROLL_BACK)
    assert outcome.diagnosis is None, "what its own rollback stops is no failure"
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert outcome.services[0].result is Result.ROLLED_BACK
    assert story.signals == 1
    assert story.repairs == 0


def test_a_person_is_asked_and_may_go_on_watching() -> None:
    story = Story([], [look(WatchState.IN_PROGRESS)], {2: True}, person=True)
    serving = look(WatchState.SERVING, rollout="COMPLETED")
    story.events = [
        STARTED,
        seen(story),
        Interrupted(),
        after(lambda: len(story.asked) == 1),
        Answered(Choice.WATCH),
        after(lambda: story.looks.__setitem__(0, serving) is None),
        UPDATED,
        Ended(None),
    ]
    outcome = story.run(on_interrupt=Choice.ROLL_BACK)
    assert outcome.exit_code is ExitCode.PROVEN
    assert (story.signals, story.stopped) == (0, [])
    assert "`shop`" in story.asked[0]


def test_sigterm_asks_nobody() -> None:
    story = Story([], [look(WatchState.IN_PROGRESS)], {}, person=True)
    story.events = [
        STARTED,
        seen(story),
        Interrupted(Source.TERMINATE),
        after(lambda: story.signals == 2),
        CANCELED,
    ]
    assert story.run().exit_code is ExitCode.INTERRUPTED
    assert story.asked == []


def test_a_second_ctrl_c_answers_the_open_question_as_configured_and_hurries() -> None:
    story = Story([], [look(WatchState.IN_PROGRESS)], {}, person=True)
    story.events = [
        ResourceStarted(TOPIC, "aws:sns/topic:Topic", "create"),
        STARTED,
        seen(story),
        Interrupted(),
        after(lambda: len(story.asked) == 1),
        Interrupted(),
        after(lambda: story.signals == 2),
        CANCELED,
    ]
    outcome = story.run()
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert [step.detail for step in outcome.steps][:2] == ["SIGINT: ask", "SIGINT: hurry"]
    assert len(story.asked) == 1
    assert story.repairs == 1


def test_a_question_is_moot_once_the_deployment_is_doomed() -> None:
    story = Story([], [look(WatchState.IN_PROGRESS)], {1: True}, person=True)
    story.events = [
        STARTED,
        seen(story),
        Interrupted(),
        after(lambda: len(story.asked) == 1),
        after(lambda: story.looks.__setitem__(0, look(WatchState.DOOMED)) is None),
        after(lambda: bool(story.stopped)),
        Answered(Choice.LEAVE),
        FAILED,
        ERROR,
    ]
    outcome = story.run()
    assert outcome.exit_code is ExitCode.ROLLED_BACK
    assert any("nothing is left to decide" in line for line in story.said)


def test_ctrl_c_before_any_service_starts_nothing_further() -> None:
    story = Story([Interrupted(), after(lambda: story.signals == 1), CANCELED], [look(WatchState.WAITING)], {})
    story.events = [Interrupted(), after(lambda: story.signals == 1), CANCELED]
    outcome = story.run()
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert outcome.services == ()
    assert (story.signals, story.repairs) == (1, 0)


def test_a_service_that_begins_as_the_signal_is_sent_is_left_like_the_others() -> None:
    story = Story([], [look(WatchState.IN_PROGRESS)], {})
    story.events = [Interrupted(), STARTED, seen(story), after(lambda: story.signals == 2), CANCELED]
    outcome = story.run()
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert steps(outcome)[0] == "left_running"


def test_ctrl_c_after_the_service_is_proven_all_the_same() -> None:
    story = Story([], [look(WatchState.SERVING, rollout="COMPLETED")], {2: True}, person=True)
    story.events = [STARTED, seen(story), UPDATED, Interrupted(), after(lambda: story.signals == 1), CANCELED]
    outcome = story.run()
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert outcome.services[0].result is Result.SERVING
    assert (story.signals, story.asked) == (1, [])


def test_ctrl_c_during_the_proof_takes_one_more_look() -> None:
    back = look(WatchState.ROLLED_BACK, revision=1, rollout="IN_PROGRESS", status="ROLLBACK_IN_PROGRESS")
    story = Story([], [back], {1: False})
    story.events = [STARTED, seen(story), FAILED, ERROR, after(lambda: story.proofs > 1), Interrupted()]
    outcome = story.run()
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert outcome.services[0].result is Result.INTERRUPTED
    assert story.signals == 0


def test_ctrl_c_while_a_doomed_deployment_is_stopped_goes_on_stopping_it() -> None:
    story = Story([], [look(WatchState.DOOMED)], {1: True}, person=True)
    story.events = [
        STARTED,
        after(lambda: bool(story.stopped)),
        Interrupted(),
        after(lambda: story.signals == 1),
        FAILED,
        ERROR,
    ]
    outcome = story.run()
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert outcome.services[0].result is Result.ROLLED_BACK
    assert story.asked == []


def test_a_stop_that_is_refused_because_the_deployment_came_round_is_no_failure() -> None:
    story = Story([], [look(WatchState.DOOMED)], {2: True}, refusal=PermissionError("ConflictException: SUCCESSFUL"))
    story.events = [
        STARTED,
        after(lambda: story.signals == 1),
        after(lambda: story.looks.__setitem__(0, look(WatchState.SERVING, rollout="COMPLETED")) is None),
        UPDATED,
        Ended("error: update canceled"),
    ]
    outcome = story.run()
    assert outcome.services[0].result is Result.SERVING
    assert steps(outcome)[0] == "stop_service_deployment_refused"


def test_the_doomed_service_is_named_and_the_other_one_is_left_to_finish() -> None:
    beside = Beside([look(WatchState.IN_PROGRESS)])
    story = Story([], [look(WatchState.DOOMED)], {1: True, 2: True}, beside=beside)
    story.events = [
        STARTED,
        ServiceStarted(SIDE),
        after(lambda: bool(story.stopped)),
        FAILED,
        after(lambda: story.signals == 1),
        after(lambda: beside.looks.__setitem__(0, look(WatchState.SERVING, rollout="COMPLETED")) is None),
        replace(UPDATED, urn=SIDE.urn),
        ERROR,
    ]
    outcome = story.run()
    assert outcome.exit_code is ExitCode.ROLLED_BACK
    assert {each.name: each.result for each in outcome.services} == {"shop": Result.ROLLED_BACK, "side": Result.SERVING}
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.service == "shop"
    assert (story.signals, story.repairs) == (1, 0)


def test_two_doomed_services_are_both_stopped_and_the_engine_gets_one_signal() -> None:
    story = Story([], [look(WatchState.DOOMED)], {1: True}, beside=Beside([look(WatchState.DOOMED)]))
    story.events = [
        STARTED,
        ServiceStarted(SIDE),
        after(lambda: len(story.stopped) == 2),
        FAILED,
        replace(FAILED, urn=SIDE.urn),
        after(lambda: story.signals > 0),
        ERROR,
    ]
    outcome = story.run()
    assert [each.result for each in outcome.services] == [Result.ROLLED_BACK, Result.ROLLED_BACK]
    assert (story.signals, story.repairs) == (1, 0)


def test_a_provider_that_does_not_notice_is_cut_off_and_the_state_repaired() -> None:
    story = Story([], [look(WatchState.DOOMED)], {1: True})
    story.events = [STARTED, after(lambda: story.signals == 2), FAILED, ERROR]
    outcome = story.run()
    assert outcome.exit_code is ExitCode.ROLLED_BACK, "the previous revision is proven to serve"
    assert story.repairs == 1


def test_a_failed_first_deployment_is_left_unless_it_is_to_be_scaled_to_zero(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dev")
    for wanted, counts in ((FirstFailure.LEAVE, []), (FirstFailure.SCALE_TO_ZERO, [0])):
        story = Story([], [look(WatchState.DOOMED, status="ROLLBACK_FAILED")], {}, before=None, journal=journal)
        story.events = [STARTED, after(lambda story=story: bool(story.stopped)), FAILED, ERROR]
        outcome = story.run(first_failure=wanted)
        assert outcome.exit_code is ExitCode.NOTHING_SERVES
        assert story.counts == counts
        assert ("scaled_to_zero" in steps(outcome)) is bool(counts)
    (change,) = journal.outstanding()
    assert (change.desired_before, change.desired_set) == (2, 0)

    following = Story([STARTED, UPDATED, Ended(None)], [look(WatchState.SERVING)], {2: True}, journal=journal)
    following.desired = 0
    outcome = following.run()
    assert following.counts == [2]
    assert [step.name.value for step in outcome.steps] == ["count_restored"]
    assert journal.outstanding() == ()


def test_the_surge_of_a_killed_run_is_put_back_before_the_next_one_begins(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dev")
    journal.note(Kind.SURGE, TARGET, desired_before=2, desired_set=4)
    story = Story([STARTED, UPDATED, Ended(None)], [look(WatchState.SERVING)], {2: True}, journal=journal)
    story.desired = 4
    outcome = story.run()
    assert story.counts == [2]
    assert [(step.name.value, step.detail) for step in outcome.steps] == [
        ("count_restored", "shop: the desired count of a surge is put back from 4 to 2")
    ]
    assert journal.outstanding() == ()


def test_a_failed_rollback_is_not_scaled_to_zero_because_something_served_before(tmp_path: Path) -> None:
    seen_last = look(WatchState.FAILED, status="ROLLBACK_FAILED")
    back_to = {
        "rollback": {"serviceRevisionArn": "arn:1"},
        "statusReason": "circuit breaker",
        "status": "ROLLBACK_FAILED",
    }
    document = {
        "schema": "evidence/1",
        "service": {"serviceName": "shop", "status": "ACTIVE", "deployments": []},
        "service_deployment": {"serviceDeploymentArn": "arn:x", **back_to},
    }
    story = Story([], [look(WatchState.DOOMED)], {1: False}, journal=Journal(tmp_path, "dev"))
    failed = replace(seen_last, evidence=Evidence.parse(document))
    story.events = [
        STARTED,
        after(lambda: bool(story.stopped)),
        after(lambda: story.looks.__setitem__(0, failed) is None),
        seen(story, 3),
        FAILED,
        ERROR,
    ]
    outcome = story.run(first_failure=FirstFailure.SCALE_TO_ZERO)
    assert outcome.exit_code is ExitCode.NOTHING_SERVES
    assert outcome.services[0].rollback_failed == "circuit breaker"
    assert story.counts == []


def test_another_resource_that_fails_is_the_engines_error() -> None:
    story = Story(
        [Said("error", "creating Role: EntityAlreadyExists", "urn:role"), ERROR], [look(WatchState.WAITING)], {}
    )
    outcome = story.run()
    assert outcome.exit_code is ExitCode.ERROR
    assert outcome.update_error == "creating Role: EntityAlreadyExists"


def test_a_stack_without_a_service_just_runs() -> None:
    queue_made = ResourceEnded("urn:queue", "aws:sqs/queue:Queue", "create", failed=False)
    outcome = Story([queue_made, Ended(None)], [], {}).run()
    assert outcome.services == ()
    assert outcome.exit_code is ExitCode.PROVEN


def test_what_is_not_known_of_a_services_place_is_a_gap_of_the_run() -> None:
    gap = Gap("the provider `west` of shop", "the engine hides `accessKey`; the environment's are used")
    story = Story([STARTED, UPDATED, Ended(None)], [look(WatchState.SERVING)], {2: True}, gaps=(gap,))
    assert story.run().gaps == (gap,)


def test_arguments_that_the_program_refuses_are_wrong_configuration() -> None:
    said = Said("error", 'an unhandled error occurred: error[invalid-arguments]: FargateService "x" has 1', "urn:stack")
    outcome = Story([said, ERROR], [look(WatchState.WAITING)], {}).run()
    assert outcome.exit_code is ExitCode.USAGE
    assert outcome.refused_arguments == 'error[invalid-arguments]: FargateService "x" has 1'


@pytest.mark.parametrize(
    "message", ["CreateService: InvalidParameterException: The container app did not have a container port"]
)
def test_a_service_that_the_api_refuses_is_explained_with_the_providers_words(message: str) -> None:
    story = Story(
        [STARTED, Said("error", message, URN), FAILED, ERROR], [look(WatchState.WAITING, mine=False)], {}, before=None
    )
    outcome = story.run()
    assert outcome.exit_code is ExitCode.NOTHING_SERVES
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.evidence[0].quote == message


DIED = Said("error", "error: rpc error: code = Unavailable desc = error reading from server: EOF", URN)
CREATE = replace(TARGET, operation=Operation.CREATE)


def test_a_first_deployment_whose_provider_dies_is_watched_on_and_not_scaled_to_zero() -> None:
    story = Story([], [look(WatchState.IN_PROGRESS)], {2: True}, before=None, target=CREATE)
    story.events = [ServiceStarted(CREATE), after(lambda: story.recorded > 0), DIED, FAILED, ERROR]
    outcome = story.run(first_failure=FirstFailure.SCALE_TO_ZERO)
    assert outcome.services[0].result is Result.SERVING
    assert outcome.exit_code is ExitCode.ERROR, "the engine's own error is shown"
    assert story.counts == []


def test_a_first_deployment_that_nobody_saw_before_its_provider_died_is_not_scaled_to_zero() -> None:
    story = Story([], [look(WatchState.WAITING, mine=False)], {}, before=None, target=CREATE)
    story.events = [ServiceStarted(CREATE), DIED, FAILED, ERROR]
    story.run(first_failure=FirstFailure.SCALE_TO_ZERO)
    assert story.counts == []


@pytest.mark.parametrize(
    "own",
    [
        "operation error ECS: DescribeServices, https response error StatusCode: 0, RequestID: , request send failed",
        "resource complete event returned an error: failed to save snapshot: read-only file system",
        DIED.message,
    ],
)
def test_the_providers_own_trouble_leaves_the_end_to_the_deployment_that_was_seen(own: str) -> None:
    starting, serves = look(WatchState.IN_PROGRESS), look(WatchState.SERVING, rollout="COMPLETED")
    story = Story([], [starting, serves], {2: True}, before=None, target=CREATE)
    seen = after(lambda: story.recorded > 0)
    story.events = [ServiceStarted(CREATE), seen, Said("error", own, URN), FAILED, ERROR]
    outcome = story.run(first_failure=FirstFailure.SCALE_TO_ZERO)
    assert (outcome.services[0].result, outcome.exit_code) == (Result.SERVING, ExitCode.ERROR)
    assert story.counts == []


def test_what_the_provider_says_of_the_deployment_is_heard_where_ecs_cannot_be_read_any_more() -> None:
    story = Story([], [look(WatchState.IN_PROGRESS)], {1: False})
    seen = after(lambda: story.recorded > 0)
    story.events = [STARTED, seen, Said("error", "Deployment failed: tasks failed to start", URN), FAILED, ERROR]
    assert story.run().exit_code is ExitCode.OUT_OF_TIME


def test_a_service_that_is_not_made_yet_is_no_gap() -> None:
    missing = Gap("service shop", "DescribeServices: MISSING in cluster sandbox")
    made = look(WatchState.SERVING, rollout="COMPLETED")
    waiting = replace(
        made, state=WatchState.WAITING, evidence=Evidence.parse({"schema": "evidence/1"}), gaps=(missing,)
    )
    story = Story(
        [], [waiting, waiting, made], {2: True}, before=None, target=replace(TARGET, operation=Operation.CREATE)
    )
    begun, ended = ServiceStarted(story.target), ResourceEnded(URN, "aws:ecs/service:Service", "create", failed=False)
    story.events = [begun, after(lambda: len(story.looks) == 1), ended, Ended(None)]
    assert story.run().gaps == ()
