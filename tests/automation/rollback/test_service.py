"""ECS's own deployment of a revision, under the real driver: what each story of the service comes to."""

import queue
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from automation.driver import Driver, Settings
from automation.ending.around import Recourse
from automation.ending.interrupts import Interrupted
from automation.engine.update import Operation, ServiceTarget
from automation.mending.journal import Journal
from automation.outcome import ExitCode, Outcome, Result
from automation.rollback.service import Actions, ServiceRollback
from automation.telling.progress import Progress
from automation.watcher import Watchable
from diagnostics.clock import Clock
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis, Gap, Verdict
from diagnostics.reads import Answer, ReadError
from diagnostics.serving import Serving, ServingState
from diagnostics.watch import Baseline, Look, WatchState
from tests.automation.history.examples import FAMILY

CREATED = datetime(2026, 11, 20, 12, tzinfo=UTC)
TARGET = ServiceTarget("urn:shop", "shop", "prod", f"{FAMILY}:1", Operation.UPDATE, "eu-west-1", deploys=True)
DOOM = Diagnosis(Verdict.DOOMED, "the image does not exist", "why", "fix", root_cause="image-not-found")


class FastClock(Clock):
    """Each reading is a little later, and no wait takes real time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        self.seconds += 0.02
        return CREATED + timedelta(seconds=self.seconds)

    def real(self, _seconds: float) -> float:
        return 0.0


@dataclass
class Service:
    """An ECS service that runs shop:2 and is asked to run shop:1; it is the site and the watch, too."""

    fate: str = "COMPLETED"
    """The rolloutState that the deployment comes to; `DOOMED` is one that is rolled back once it is stopped."""
    refusal: Exception | None = None
    unread: int = 0
    """How many of its reads fail."""
    looks: int = 0
    asked: list[str] = field(default_factory=list)
    baselines: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)
    interval: float = 0.0
    messages: "queue.Queue[Any]" = field(default_factory=queue.Queue)
    api_calls: Counter[str] = field(default_factory=lambda: Counter(DescribeServices=2))
    gaps: tuple[Gap, ...] = ()
    watched: Callable[[Watchable], Watchable] = field(init=False)

    def run(self) -> Outcome:
        clock = FastClock()
        rollback = ServiceRollback(TARGET, Actions(self.deploy, self.describe), clock, self.messages)
        self.watched = rollback.watched
        settings = Settings("prod", tick=0.001, floor=0.001)
        return Driver(
            settings,
            rollback,
            self,
            clock,
            self.messages,
            Progress(lambda _line: None),
            Recourse(Journal(Path(mkdtemp()), "prod")),
        ).run()

    # ECS
    def deploy(self) -> str:
        assert self.baselines == 1, "what was there before is known before it is changed"
        if self.refusal:
            raise self.refusal
        self.asked.append("ecs-svc/1")
        return "ecs-svc/1"

    def describe(self) -> dict[str, Any] | None:
        self.looks += 1
        if self.looks <= self.unread:
            raise ReadError(Answer("DescribeServices", "ThrottlingException", "slow down"))
        if self.fate == "DOOMED" and self.stopped.is_set():
            return {"deployments": [{"id": "ecs-svc/2", "status": "PRIMARY", "rolloutState": "COMPLETED"}]}
        state = "IN_PROGRESS" if self.looks < 4 or self.fate == "DOOMED" else self.fate
        if state != "IN_PROGRESS":
            self.over.set()
        return {"deployments": [{"id": "ecs-svc/1", "status": "PRIMARY", "rolloutState": state}]}

    # the site and the watch
    def watch(self, target: ServiceTarget, since: float) -> Watchable:  # noqa: ARG002
        assert target == TARGET
        return self.watched(self)

    def begin(self) -> Baseline:
        self.baselines += 1
        assert not self.asked
        return Baseline(CREATED, exists=True, read=True, task_definition=f"{FAMILY}:2")

    def look(self) -> Look:
        state, rollout = WatchState.IN_PROGRESS, "IN_PROGRESS"
        if self.fate == "DOOMED" and self.asked:
            state = WatchState.ROLLED_BACK if self.stopped.is_set() else WatchState.DOOMED
        elif self.over.is_set():
            state = WatchState.SERVING if self.fate == "COMPLETED" else WatchState.FAILED
            rollout = self.fate
        document = {
            "schema": "evidence/1",
            "service": {
                "serviceName": "shop",
                "status": "ACTIVE",
                "deployments": [
                    {
                        "id": "ecs-svc/1",
                        "status": "PRIMARY",
                        "rolloutState": rollout,
                        "taskDefinition": f"{FAMILY}:1",
                    }
                ],
            },
        }
        return Look(
            at=CREATED,
            state=state,
            evidence=Evidence.parse(document),
            diagnosis=DOOM if self.fate == "DOOMED" else Diagnosis(Verdict.UNKNOWN, "", "", ""),
            serving=Serving(ServingState.NOT_PROVEN),
            deployment_id="ecs-svc/1" if self.asked else None,
            created_at=CREATED,
        )

    def prove(self, _target: ServiceTarget, task_definition: str | None, _deployment_id: str | None) -> Serving:
        serves = f"{FAMILY}:1" if self.over.is_set() and self.fate == "COMPLETED" else f"{FAMILY}:2"
        proven = serves == task_definition
        return Serving(
            ServingState.PROVEN if proven else ServingState.NOT_PROVEN,
            () if proven else ("another revision is PRIMARY",),
            task_definition=serves,
        )

    def stop_deployment(self, _target: ServiceTarget, _look: Look | None) -> str:
        self.stopped.set()
        return "arn:deployment"

    def record(self, _target: ServiceTarget, _look: Look) -> str | None:
        return None


def test_a_deployment_that_completes_is_proven() -> None:
    outcome = Service().run()
    assert outcome.exit_code is ExitCode.PROVEN
    (service,) = outcome.services
    assert (service.result, service.revision_before) == (Result.SERVING, f"{FAMILY}:2")
    assert outcome.api_calls == {"DescribeServices": 2}


def test_reads_that_fail_do_not_end_it() -> None:
    service = Service(unread=3)
    assert service.run().exit_code is ExitCode.PROVEN
    assert service.looks >= 4


def test_a_doomed_one_is_stopped_and_what_served_before_is_proven() -> None:
    service = Service(fate="DOOMED")
    outcome = service.run()
    assert service.stopped.is_set()
    assert outcome.exit_code is ExitCode.ROLLED_BACK
    assert outcome.services[0].diagnosis is not None
    assert outcome.services[0].diagnosis.root_cause == "image-not-found"
    assert "ECS has given it up" in (outcome.update_error or "")


def test_a_refusal_of_ecs_is_told_and_what_serves_is_proven() -> None:
    outcome = Service(refusal=PermissionError("AccessDeniedException: ecs:UpdateService")).run()
    assert outcome.exit_code is ExitCode.ROLLED_BACK
    assert "ecs:UpdateService" in (outcome.update_error or "")


def test_ctrl_c_leaves_the_deployment_to_ecs() -> None:
    service = Service(fate="IN_PROGRESS")
    service.messages.put(Interrupted())
    outcome = service.run()
    assert outcome.exit_code is ExitCode.INTERRUPTED
