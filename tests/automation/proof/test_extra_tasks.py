"""Extra tasks are noted before they are asked for and put back whatever happens, unless somebody else took over."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from automation.engine.update import Operation, ServiceTarget
from automation.mending.journal import Journal, Kind
from automation.proof.extra_tasks import ExtraTasks
from automation.proof.wish import Wish
from automation.service_run import AtZero, ServiceRun
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis, Gap, Verdict
from diagnostics.serving import Serving, ServingState
from diagnostics.watch import Look, WatchState

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TARGET = ServiceTarget("urn:shop", "shop", "prod", "shop:2", Operation.UPDATE, "eu-west-1", deploys=True)
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/shop/0f"


def look(
    *healthy: bool,
    desired: int = 1,
    state: WatchState = WatchState.IN_PROGRESS,
    balanced: bool = True,
    strategy: str = "ROLLING",
    runs_for: float = 5,
) -> Look:
    """Return a look at a deployment with one running task for each of `healthy`."""
    tasks: list[dict[str, Any]] = [
        {
            "taskArn": f"task/{number}",
            "startedBy": "ecs-svc/2",
            "lastStatus": "RUNNING",
            "startedAt": (NOW - timedelta(seconds=runs_for)).isoformat(),
            "attachments": [{"details": [{"name": "privateIPv4Address", "value": f"10.0.0.{number}"}]}],
        }
        for number, _ in enumerate(healthy)
    ]
    document = {
        "schema": "evidence/1",
        "captured_at": NOW.isoformat(),
        "service": {
            "serviceName": "shop",
            "status": "ACTIVE",
            "desiredCount": desired,
            "deployments": [{"id": "ecs-svc/2", "status": "PRIMARY", "rolloutState": "IN_PROGRESS"}],
            "loadBalancers": [{"targetGroupArn": GROUP}] if balanced else [],
            "deploymentConfiguration": {"strategy": strategy},
        },
        "tasks": tasks,
        "target_health": [
            {
                "target_group_arn": GROUP,
                "descriptions": [
                    {
                        "Target": {"Id": f"10.0.0.{number}"},
                        "TargetHealth": {"State": "healthy" if well else "initial"},
                    }
                    for number, well in enumerate(healthy)
                ],
            }
        ],
    }
    serves = Serving(ServingState.NOT_PROVEN)
    return Look(NOW, state, Evidence.parse(document), Diagnosis(Verdict.UNKNOWN, "", "", ""), serves, "ecs-svc/2", NOW)


@dataclass
class Service:
    """A service whose count is set; what was noted on disk is looked at with each setting."""

    journal: Journal
    count: int = 1
    refuses: int = 0
    """How many settings are refused from now on."""
    settings: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    """Each with the counts to put back that were on disk then."""
    old_answer: int | None = None
    """What is read, where reads lag."""

    def desired_count(self, _target: ServiceTarget) -> int | None:
        return self.count if self.old_answer is None else self.old_answer

    def scaled_by(self, _target: ServiceTarget) -> tuple[int, int] | None:
        return None

    def set_desired_count(self, _target: ServiceTarget, count: int) -> None:
        if self.refuses:
            self.refuses -= 1
            raise PermissionError("AccessDeniedException: ecs:UpdateService")
        self.settings.append((count, tuple(each.desired_before for each in self.journal.outstanding())))
        self.count = count


@dataclass
class Stage:
    """A run with one service, and what is said of its extra tasks."""

    service: Service
    extra: ExtraTasks
    run: ServiceRun
    said: list[str]
    gaps: list[Gap]

    def sees(self, seen: Look) -> None:
        self.run.look = seen
        self.extra.see(self.run)


def stage(folder: Path, wish: Wish, count: int = 1) -> Stage:
    said: list[str] = []
    gaps: list[Gap] = []
    service = Service(Journal(folder, "dev"), count)
    return Stage(
        service, ExtraTasks(wish, service, service.journal, said.append, gaps.append), ServiceRun(TARGET), said, gaps
    )


def test_a_surge_begins_with_the_deployment_and_ends_once_as_many_are_healthy_as_are_wanted(tmp_path: Path) -> None:
    it = stage(tmp_path, Wish(surge=2))
    it.sees(look())
    assert it.service.settings == [(3, (1,))], "it is noted before it is asked for"
    it.sees(look(False, False, False, desired=3))
    assert it.service.count == 3
    it.sees(look(True, False, False, desired=3))
    assert it.service.count == 1
    assert it.service.journal.outstanding() == ()
    it.sees(look())
    assert len(it.service.settings) == 2, "once a run"


def test_without_a_load_balancer_a_task_is_healthy_after_it_has_run_for_40_seconds(tmp_path: Path) -> None:
    it = stage(tmp_path, Wish(surge=1))
    it.sees(look(balanced=False))
    it.sees(look(True, balanced=False, runs_for=39))
    assert it.service.count == 2
    it.sees(look(True, balanced=False, runs_for=40))
    assert it.service.count == 1


@pytest.mark.parametrize("state", [WatchState.ROLLED_BACK, WatchState.FAILED, WatchState.SERVING])
def test_a_surge_ends_with_its_deployment(tmp_path: Path, state: WatchState) -> None:
    it = stage(tmp_path, Wish(surge=2))
    it.sees(look())
    it.sees(look(desired=3, state=state))
    assert it.service.count == 1


def test_a_surge_is_taken_back_before_its_deployment_is_stopped(tmp_path: Path) -> None:
    it = stage(tmp_path, Wish(surge=2))
    it.sees(look())
    it.extra.before_abort(it.run)
    assert it.service.count == 1


@pytest.mark.parametrize(
    "seen",
    [
        look(desired=0),
        look(state=WatchState.WAITING),
        look(state=WatchState.DOOMED),
        look(True),
        look(strategy="BLUE_GREEN"),
    ],
)
def test_there_is_no_surge_where_it_shows_nothing(tmp_path: Path, seen: Look) -> None:
    it = stage(tmp_path, Wish(surge=2))
    it.sees(seen)
    assert it.service.settings == []


def test_a_count_that_somebody_else_set_is_left(tmp_path: Path) -> None:
    it = stage(tmp_path, Wish(surge=2))
    it.sees(look())
    it.service.count = 5
    it.extra.put_back_all()
    assert it.service.count == 5
    assert it.service.journal.outstanding() == ()
    assert "somebody else set the desired count to 5" in it.said[-1]


def test_an_answer_from_before_the_surge_is_not_taken_for_somebody_elses_count(tmp_path: Path) -> None:
    it = stage(tmp_path, Wish(surge=2))
    it.sees(look())
    it.service.old_answer = 1
    it.extra.put_back_all()
    assert it.service.count == 1
    assert it.service.journal.outstanding() == ()
    assert it.said[-1] == "shop: the desired count is back at 1"


def test_a_refusal_leaves_the_deployment_without_a_surge_and_says_so(tmp_path: Path) -> None:
    it = stage(tmp_path, Wish(surge=2))
    it.service.refuses = 1
    it.sees(look())
    assert it.service.count == 1
    assert "AccessDeniedException" in it.gaps[0].why
    assert it.service.journal.outstanding() == ()


def test_what_cannot_be_put_back_is_tried_again_then_said_and_stays_noted(tmp_path: Path) -> None:
    it = stage(tmp_path, Wish(surge=2))
    it.sees(look())
    it.service.refuses = 2
    it.extra.before_abort(it.run)
    it.extra.put_back_all()
    assert (it.service.count, it.gaps) == (1, []), "the third attempt is not refused"
    it = stage(tmp_path, Wish(surge=2))
    it.sees(look())
    it.service.refuses = 9
    it.extra.put_back_all()
    assert it.service.count == 3
    assert "it is 3 and was 1: run `repair`" in it.gaps[0].why
    assert [each.kind for each in it.service.journal.outstanding()] == [Kind.SURGE]


def test_without_a_note_on_disk_there_are_no_extra_tasks(tmp_path: Path) -> None:
    (tmp_path / ".failwell").write_text("in the way")
    it = stage(tmp_path, Wish(surge=2))
    it.sees(look())
    assert it.service.settings == []
    assert "they cannot be noted" in it.gaps[0].why


def test_a_deployment_at_zero_has_its_task_until_it_is_settled(tmp_path: Path) -> None:
    it = stage(tmp_path, Wish(verify_at_zero=True), count=0)
    it.sees(look(desired=0))
    assert it.service.settings == [(1, (0,))]
    it.extra.before_abort(it.run)
    it.extra.put_back_settled()
    assert it.service.count == 1, "the previous revision is proven with it too"
    it.run.prove(Serving(ServingState.PROVEN, task_definition="shop:2"), NOW, 0.0)
    it.extra.put_back_settled()
    assert it.service.count == 0


def test_a_service_that_has_settled_at_zero_is_given_a_task_once(tmp_path: Path) -> None:
    it = stage(tmp_path, Wish(verify_at_zero=True), count=0)
    it.run.operation_ended = True
    it.run.prove(Serving(ServingState.AT_ZERO, task_definition="shop:2"), NOW, 0.0)
    assert it.run.settled
    assert it.extra.verify(it.run, NOW)
    assert (it.run.at_zero, it.run.settled, it.service.count) == (AtZero.TRIED, False, 1)
    assert not it.extra.verify(it.run, NOW)
    it.run.at_zero = AtZero.FAILED
    it.extra.put_back_settled()
    assert it.service.count == 0


def test_the_state_is_read_anew_only_where_it_saw_the_extra_tasks(tmp_path: Path) -> None:
    refreshed: list[str] = []
    for in_state, expected in ((3, ["urn:shop"]), (1, []), (None, [])):
        it = stage(tmp_path, Wish(surge=2))
        it.sees(look())
        it.run.count_in_state = in_state
        it.extra.put_back_all()
        refreshed.clear()
        it.extra.mend_state(refreshed.append)
        assert refreshed == expected


def test_a_state_that_cannot_be_read_anew_is_said(tmp_path: Path) -> None:
    it = stage(tmp_path, Wish(surge=2))
    it.sees(replace(look()))
    it.run.count_in_state = 3
    it.extra.put_back_all()

    def refuse(_urn: str) -> None:
        raise RuntimeError("the stack is locked")

    it.extra.mend_state(refuse)
    assert "the stack is locked" in it.gaps[0].why
