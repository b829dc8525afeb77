"""What becomes of a service by its proofs, one after the other, after an update that has ended."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from automation.engine.update import Operation, ServiceTarget
from automation.mending.journal import Journal
from automation.outcome import Result
from automation.proof.extra_tasks import ExtraTasks
from automation.proof.proving import PROOF_PATIENCE, UNREAD_PATIENCE, UNSEEN_AFTER, Proving
from automation.proof.redeploy import ALARMS_WITHIN, HEALS_WITHIN
from automation.proof.wish import Wish
from automation.service_run import ServiceRun
from diagnostics.clock import Clock
from diagnostics.evidence import Evidence, Task
from diagnostics.model import Diagnosis, Gap, Quote, Verdict
from diagnostics.serving import Serving, ServingState
from diagnostics.watch import Baseline, Look, WatchState

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAME = ServiceTarget("urn:shop", "shop", "prod", "shop:2", Operation.SAME, "eu-west-1", deploys=False)
DEPLOYED = replace(SAME, operation=Operation.UPDATE, deploys=True)
DOOM = Diagnosis(Verdict.DOOMED, "the image does not exist", "why", "fix", root_cause="image-not-found")
SERVES = Serving(ServingState.PROVEN, (), "shop:2", "ecs-svc/2", "COMPLETED", desired=1, running=1)
BACK = Serving(
    ServingState.NOT_PROVEN, ("PRIMARY is shop:1, not shop:2",), "shop:1", "ecs-svc/1", "COMPLETED", desired=1
)
SHORT = replace(SERVES, state=ServingState.NOT_PROVEN, missing=("0 of 1 tasks run",), running=0, unhealthy=True)
RINGS = replace(SERVES, state=ServingState.NOT_PROVEN, missing=("the alarm shop-5xx is in ALARM",))
ZERO = replace(SERVES, state=ServingState.AT_ZERO, desired=0, running=0)
UNREAD = Serving(ServingState.NOT_PROVEN, ("the service could not be read",), unread=True)
BLIND = replace(SERVES, state=ServingState.NOT_PROVEN, missing=("0 of 1 targets are healthy",), unread=True)


def look(
    state: WatchState = WatchState.WAITING,
    mine: str | None = None,
    primary: str = "ecs-svc/1",
    revision: str = "shop:1",
    service: str = "ACTIVE",
    whole: dict[str, Any] | None = None,
) -> Look:
    deployment = {"id": primary, "status": "PRIMARY", "rolloutState": "COMPLETED", "taskDefinition": revision}
    document: dict[str, Any] = {
        "schema": "evidence/1",
        "service": {"serviceName": "shop", "status": service, "deployments": [deployment]},
    }
    if whole:
        document["service_deployment"] = {"serviceDeploymentArn": "arn:x", **whole}
    diagnosis = DOOM if state is WatchState.DOOMED else Diagnosis(Verdict.UNKNOWN, "", "", "")
    return Look(NOW, state, Evidence.parse(document), diagnosis, Serving(ServingState.NOT_PROVEN), mine, NOW)


def doomed_at_zero(task_created: float | None = None, said: float | None = None) -> Look:
    """Return a look at a revision that cannot serve, with a failed task and words so many seconds after NOW."""
    seen = look(WatchState.DOOMED, "ecs-svc/2", primary="ecs-svc/2", revision="shop:2")
    created = None if task_created is None else NOW + timedelta(seconds=task_created)
    tasks = (Task(arn="task/1", started_by="ecs-svc/2", last_status="STOPPED", created_at=created),) if created else ()
    quotes = () if said is None else (Quote("service event", "no", NOW + timedelta(seconds=said)),)
    return replace(
        seen, evidence=replace(seen.evidence, tasks=tasks), diagnosis=replace(seen.diagnosis, evidence=quotes)
    )


@dataclass
class Place(Clock):
    """A service that is proven as it is told, and a clock that stands still until it is told."""

    proof: Serving | Exception = UNREAD
    refusal: Exception | None = None
    time: datetime = NOW
    count: int = 0
    again: list[str] = field(default_factory=list)
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)
    followed: list[str] = field(default_factory=list)
    interval: float = 0.0

    def prove(self, _target: ServiceTarget, task_definition: str | None, deployment_id: str | None) -> Serving:
        self.asked.append((task_definition, deployment_id))
        if isinstance(self.proof, Exception):
            raise self.proof
        return self.proof

    def deploy_again(self, _target: ServiceTarget, task_definition: str) -> str:
        if self.refusal:
            raise self.refusal
        self.again.append(task_definition)
        return "ecs-svc/9"

    def follow(self, _target: ServiceTarget, deployment_id: str) -> "Place":
        self.followed.append(deployment_id)
        return self

    def desired_count(self, _target: ServiceTarget) -> int | None:
        return self.count

    def scaled_by(self, _target: ServiceTarget) -> tuple[int, int] | None:
        return None

    def set_desired_count(self, _target: ServiceTarget, count: int) -> None:
        self.count = count

    def begin(self) -> Baseline:
        return Baseline(NOW, exists=True, read=True)

    def look(self) -> Look:
        return look()

    def now(self) -> datetime:
        return self.time

    def real(self, _seconds: float) -> float:
        return 0.0


class Stage:
    """A service after its operation has ended well, and proofs of it."""

    def __init__(self, folder: Path, target: ServiceTarget = SAME, *, verify: bool = False) -> None:
        self.place, self.gaps, self.said = Place(), list[Gap](), list[str]()
        self.extra = ExtraTasks(
            Wish(verify_at_zero=verify), self.place, Journal(folder, "dev"), self.said.append, self.gaps.append
        )
        self.proving = Proving(self.place, self.place, self.extra, self.said.append, self.gaps.append)
        self.run = ServiceRun(target)
        ids = frozenset({"ecs-svc/1"})
        self.run.baseline = Baseline(NOW, exists=True, read=True, task_definition="shop:1", deployment_ids=ids)
        self.run.look, self.run.operation_ended = look(), True

    def sees(self, proof: Serving | Exception, later: timedelta = timedelta(0)) -> Result:
        self.place.time += later
        self.place.proof = proof
        self.proving.prove(self.run, interrupted=False)
        self.proving.lose_patience(self.run)
        return self.run.outcome().result


def test_what_serves_is_proven_and_nothing_is_deployed(tmp_path: Path) -> None:
    it = Stage(tmp_path)
    assert (it.sees(SERVES), it.run.settled, it.place.again) == (Result.SERVING, True, [])


def test_what_ecs_went_back_from_earlier_is_deployed_again_and_then_it_alone_is_proven(tmp_path: Path) -> None:
    it = Stage(tmp_path)
    it.sees(BACK)
    assert (it.place.again, it.run.settled) == (["shop:2"], False)
    it.sees(BACK)
    assert it.place.again == ["shop:2"], "once"
    assert it.place.asked[-1] == ("shop:2", "ecs-svc/9")
    assert it.sees(replace(SERVES, deployment_id="ecs-svc/9")) is Result.SERVING
    assert it.run.outcome().deployed_again


def test_tasks_that_died_are_left_to_ecs_for_a_while(tmp_path: Path) -> None:
    it = Stage(tmp_path)
    it.sees(SHORT)
    it.sees(SHORT, HEALS_WITHIN - timedelta(seconds=1))
    assert it.place.again == []
    it.sees(SHORT, timedelta(seconds=1))
    assert it.place.again == ["shop:2"]


@pytest.mark.parametrize("over", ["interrupted", "out_of_time"])
def test_what_is_over_begins_nothing(tmp_path: Path, over: str) -> None:
    it = Stage(tmp_path)
    it.run.out_of_time = over == "out_of_time"
    it.place.proof = BACK
    assert it.proving.prove(it.run, interrupted=over == "interrupted") is None
    assert it.place.again == []


def test_a_new_deployment_that_is_refused_leaves_it_unproven_and_says_so(tmp_path: Path) -> None:
    it = Stage(tmp_path)
    it.place.refusal = PermissionError("AccessDeniedException: ecs:UpdateService")
    assert (it.sees(BACK), it.run.settled) == (Result.NOT_PROVEN, True)
    assert "AccessDeniedException" in it.gaps[0].why


GIVEN_UP = replace(SHORT, rollout_state="failed".upper())  # as of an answer: no string of the program's own


def waiting(folder: Path, seen: Serving = GIVEN_UP, target: ServiceTarget = SAME) -> Stage:
    """Return a service whose provider still waits, as it was looked at last."""
    it = Stage(folder, target)
    it.run.operation_ended = False
    it.run.look = replace(look(), serving=seen)
    return it


def test_what_ecs_gave_up_before_is_deployed_again_once_while_the_update_waits_for_it(tmp_path: Path) -> None:
    it = waiting(tmp_path)
    it.proving.mend(it.run)
    it.proving.mend(it.run)
    assert it.place.again == ["shop:2"]
    assert it.run.deployed_again == "ecs-svc/9"
    assert it.said == ["shop: ECS gave the deployment of shop:2 up earlier: it is deployed again"]


def test_another_deployment_that_ecs_refuses_is_not_asked_for_twice(tmp_path: Path) -> None:
    it = waiting(tmp_path)
    it.place.refusal = PermissionError("AccessDeniedException")
    it.proving.mend(it.run)
    it.place.refusal = None
    it.proving.mend(it.run)
    assert it.place.again == []
    assert [(gap.what, gap.why) for gap in it.gaps] == [("another deployment of shop", "AccessDeniedException")]


@pytest.mark.parametrize(
    "seen",
    [
        replace(GIVEN_UP, rollout_state="COMPLETED"),
        replace(GIVEN_UP, rollout_state="IN_PROGRESS"),
        replace(GIVEN_UP, desired=0),
        replace(GIVEN_UP, unread=True),
        SERVES,
        BACK,
    ],
    ids=["completed", "in progress", "at zero", "unread", "serves", "went back"],
)
def test_what_ecs_has_not_given_up_or_nobody_wants_is_not_deployed_again(tmp_path: Path, seen: Serving) -> None:
    it = waiting(tmp_path, seen)
    it.proving.mend(it.run)
    assert (it.place.again, it.run.tried_again) == ([], False)


def test_what_the_update_deploys_or_has_ended_or_nobody_saw_is_not_mended(tmp_path: Path) -> None:
    deploys = waiting(tmp_path / "deploys", target=DEPLOYED)
    ended = waiting(tmp_path / "ended")
    ended.run.operation_ended = True
    unseen = waiting(tmp_path / "unseen")
    unseen.run.look = None
    own = waiting(tmp_path / "own")
    own.run.look = replace(look(mine="ecs-svc/2"), serving=GIVEN_UP)
    for it in (deploys, ended, unseen, own):
        it.proving.mend(it.run)
        assert it.place.again == []


def test_without_a_wanted_revision_the_one_that_is_there_is_deployed_again(tmp_path: Path) -> None:
    it = waiting(tmp_path, target=replace(SAME, wanted=None))
    it.proving.mend(it.run)
    assert it.place.again == ["shop:2"]


def test_what_the_update_deployed_and_nobody_saw_go_back_is_a_failure_and_not_tried_again(tmp_path: Path) -> None:
    it = Stage(tmp_path, DEPLOYED)
    it.sees(BACK)
    assert not it.run.failed
    it.sees(BACK, UNSEEN_AFTER)
    proven = replace(BACK, state=ServingState.PROVEN, missing=())
    assert it.sees(proven) is Result.ROLLED_BACK
    assert it.place.again == []
    told = it.run.outcome().diagnosis
    assert told is not None
    assert "--last-failed" in told.fix


@pytest.mark.parametrize(("beyond", "unseen"), [(-1, False), (0, True), (1, True)])
def test_a_deployment_is_unseen_from_a_minute_after_the_operation_on(
    tmp_path: Path, beyond: int, *, unseen: bool
) -> None:
    it = Stage(tmp_path, DEPLOYED)
    it.sees(BACK)
    it.sees(BACK, UNSEEN_AFTER + timedelta(seconds=beyond))
    assert it.run.rolled_back_unseen is unseen


def test_an_alarm_that_goes_on_ringing_leaves_it_unproven(tmp_path: Path) -> None:
    it = Stage(tmp_path)
    it.sees(RINGS)
    assert not it.run.settled
    assert (it.sees(RINGS, ALARMS_WITHIN), it.run.settled, it.place.again) == (Result.NOT_PROVEN, True, [])


def test_another_image_than_was_looked_up_is_not_proven_at_once(tmp_path: Path) -> None:
    it = Stage(tmp_path, DEPLOYED)
    other = replace(SERVES, state=ServingState.OTHER_IMAGE, missing=("container app runs another image",))
    assert (it.sees(other), it.run.settled) == (Result.NOT_PROVEN, True)


def test_a_minute_of_throttling_is_waited_for(tmp_path: Path) -> None:
    it = Stage(tmp_path, DEPLOYED)
    for _ in range(12):
        it.sees(UNREAD, timedelta(seconds=5))
    assert not it.run.settled
    assert it.sees(SERVES) is Result.SERVING


@pytest.mark.parametrize("target", [SAME, DEPLOYED])
@pytest.mark.parametrize("answer", [UNREAD, BLIND, PermissionError("ExpiredToken")])
def test_what_cannot_be_read_for_long_is_not_proven_and_not_deployed_again(
    tmp_path: Path, answer: Serving | Exception, target: ServiceTarget
) -> None:
    it = Stage(tmp_path, target)
    it.sees(answer)
    assert (it.sees(answer, UNREAD_PATIENCE), it.run.settled) == (Result.NOT_PROVEN, True)
    assert it.place.again == []


def test_patience_with_a_rollback_begins_when_the_deployment_fails_not_when_the_update_ended(tmp_path: Path) -> None:
    it = Stage(tmp_path, DEPLOYED)
    it.run.look = look(WatchState.IN_PROGRESS, mine="ecs-svc/2", primary="ecs-svc/2", revision="shop:2")
    it.sees(SHORT)
    it.run.look = look(WatchState.ROLLED_BACK, mine="ecs-svc/2", whole={"status": "ROLLBACK_SUCCESSFUL"})
    it.sees(BACK, PROOF_PATIENCE)
    assert not it.run.settled
    assert it.sees(BACK, PROOF_PATIENCE) is Result.OUT_OF_TIME


@pytest.mark.parametrize("mine", ["ecs-svc/2", None])
def test_somebody_elses_deployment_is_no_rollback_and_no_success(tmp_path: Path, mine: str | None) -> None:
    it = Stage(tmp_path, DEPLOYED)
    state = WatchState.FAILED if mine else WatchState.WAITING
    it.run.look = look(state, mine, primary="ecs-svc/7", revision="shop:7", whole={"status": "STOPPED"})
    theirs = replace(SERVES, task_definition="shop:7", deployment_id="ecs-svc/7")
    assert (it.sees(theirs), it.run.settled, it.place.again) == (Result.OUT_OF_TIME, True, [])
    told = it.run.outcome().diagnosis
    assert told is not None
    assert "`ecs-svc/7` of revision `shop:7`" in told.why
    assert it.run.previous_serves_at is None


def test_a_deployment_that_no_look_has_seen_yet_is_not_taken_for_the_rollback(tmp_path: Path) -> None:
    it = Stage(tmp_path, DEPLOYED)
    it.run.operation_failed = True
    it.run.look = look(WatchState.IN_PROGRESS, "ecs-svc/2", primary="ecs-svc/2", revision="shop:2")
    theirs = replace(SERVES, task_definition="shop:1", deployment_id="ecs-svc/7")
    it.sees(theirs)
    assert not it.run.settled
    it.run.look = look(WatchState.FAILED, "ecs-svc/2", primary="ecs-svc/7", revision="shop:1")
    assert (it.sees(theirs), it.run.settled) == (Result.OUT_OF_TIME, True)


def test_a_rollback_to_a_deployment_that_was_not_listed_before_is_not_somebody_elses(tmp_path: Path) -> None:
    it = Stage(tmp_path, DEPLOYED)
    whole = {"status": "ROLLBACK_IN_PROGRESS", "rollback": {"serviceRevisionArn": "arn:revision/prod/shop/6"}}
    it.run.look = look(WatchState.FAILED, "ecs-svc/2", primary="ecs-svc/6", revision="shop:1", whole=whole)
    assert it.run.taken_over_by is None


@pytest.mark.parametrize("status", ["DRAINING", "INACTIVE"])
def test_a_deleted_service_has_nothing_that_serves(tmp_path: Path, status: str) -> None:
    it = Stage(tmp_path, DEPLOYED)
    it.run.look = look(service=status)
    deleted = Serving(ServingState.NOT_PROVEN, (f"the service is {status}",))
    assert (it.sees(deleted), it.run.settled) == (Result.NOTHING_SERVES, True)
    told = it.run.outcome().diagnosis
    assert told is not None
    assert "was deleted" in told.what


def test_a_deleted_service_is_that_even_where_the_update_had_to_be_cut_off(tmp_path: Path) -> None:
    it = Stage(tmp_path, DEPLOYED)
    it.run.look, it.run.out_of_time = look(service="INACTIVE"), True
    assert it.run.outcome().result is Result.NOTHING_SERVES


def test_a_service_at_zero_is_proven_by_the_task_that_it_is_given(tmp_path: Path) -> None:
    it = Stage(tmp_path, verify=True)
    it.sees(ZERO)
    assert (it.place.count, it.place.followed, it.run.settled) == (1, ["ecs-svc/2"], False)
    it.sees(replace(SHORT, running=0))
    assert not it.run.settled
    assert it.sees(SERVES) is Result.SERVING
    it.extra.put_back_settled()
    assert it.place.count == 0
    assert it.run.outcome().at_zero


def test_a_task_at_zero_that_cannot_serve_is_a_failure_with_nothing_that_serves(tmp_path: Path) -> None:
    it = Stage(tmp_path, verify=True)
    it.sees(ZERO)
    it.run.see(doomed_at_zero(task_created=1))
    assert (it.run.settled, it.run.outcome().result) == (True, Result.NOTHING_SERVES)
    assert it.run.outcome().diagnosis is not None
    it.extra.put_back_settled()
    assert it.place.count == 0
    it.run.see(look(WatchState.AT_ZERO, "ecs-svc/2", primary="ecs-svc/2", revision="shop:2"))
    assert it.run.outcome().result is Result.NOTHING_SERVES
    it.run.baseline = Baseline(NOW, exists=False, read=True)
    assert not it.run.first_deployment_failed, "no task is wanted of it, so there is nothing to scale to zero"


def test_a_start_at_zero_that_fails_without_a_task_is_a_failure_too(tmp_path: Path) -> None:
    it = Stage(tmp_path, verify=True)
    it.sees(ZERO)
    it.run.see(doomed_at_zero(said=1))
    assert it.run.outcome().result is Result.NOTHING_SERVES


def test_what_failed_before_the_task_at_zero_was_given_says_nothing_of_it(tmp_path: Path) -> None:
    it = Stage(tmp_path, verify=True)
    it.sees(ZERO)
    it.run.see(doomed_at_zero(task_created=-60, said=-50))
    assert not it.run.settled
    assert it.sees(SERVES) is Result.SERVING


def test_an_interrupt_begins_nothing_more(tmp_path: Path) -> None:
    it = Stage(tmp_path, verify=True)
    it.place.proof = BACK
    it.proving.prove(it.run, interrupted=True)
    assert (it.place.again, it.run.settled) == ([], True)
