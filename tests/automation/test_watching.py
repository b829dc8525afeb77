"""Deployments that something else started are followed to their end, stopped if asked to, and what serves is proven."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from automation.outcome import ExitCode, Result
from automation.watching import Actions, Watching
from diagnostics.clock import Clock
from diagnostics.evidence import Evidence
from diagnostics.fleet import FleetLook
from diagnostics.model import Diagnosis, Gap, Verdict
from diagnostics.serving import Serving, ServingState
from diagnostics.watch import Look, WatchState

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
MINE, OLD = "ecs-svc/2", "ecs-svc/1"
WHOLE = "arn:aws:ecs:eu-west-1:1:service-deployment/prod/web/x"
NOTHING = Serving(ServingState.NOT_PROVEN)


class StandingClock(Clock):
    time = NOW

    def now(self) -> datetime:
        return self.time

    def real(self, seconds: float) -> float:
        return seconds


class Passes:
    """A fleet whose passes are given; the last one repeats."""

    interval = 4.0

    def __init__(self, *passes: Any) -> None:
        self._passes = list(passes)

    def look(self, only: Any = None) -> FleetLook:
        assert only is None
        found = self._passes.pop(0) if len(self._passes) > 1 else self._passes[0]
        if isinstance(found, BaseException):
            raise found
        return found


def saw(state: WatchState, deployment: str = MINE, verdict: Verdict = Verdict.UNKNOWN) -> Look:
    revision = f"arn:aws:ecs:eu-west-1:1:service-revision/prod/web/{deployment.partition('/')[2]}"
    evidence = Evidence.parse(
        {
            "schema": "evidence/1",
            "service_deployment": {"serviceDeploymentArn": WHOLE, "targetServiceRevision": {"arn": revision}},
        }
    )
    diagnosis = Diagnosis(verdict, "it fails", "", "")
    return Look(NOW, state, evidence, diagnosis, NOTHING, deployment, NOW - timedelta(seconds=60), None, None, ())


def fleet(*looks: Look, gaps: tuple[Gap, ...] = ()) -> FleetLook:
    return FleetLook(NOW, 1, tuple(("web", look) for look in looks), 1, gaps)


def primary(deployment: str = MINE, state: str = "COMPLETED", running: int = 1, desired: int = 1) -> Evidence:
    mine = {"id": deployment, "status": "PRIMARY", "rolloutState": state, "taskDefinition": f"a/web:{deployment[-1]}"}
    mine |= {"runningCount": running, "desiredCount": desired}
    service = {"serviceName": "web", "status": "ACTIVE", "desiredCount": desired, "deployments": [mine]}
    return Evidence.parse({"schema": "evidence/1", "service": service})


class Run:
    def __init__(
        self, passes: Passes, proof: Evidence, *, abort: bool = False, refuse: bool = False, events: bool = False
    ) -> None:
        self.clock = StandingClock()
        self.said: list[str] = []
        self.stopped: list[str] = []
        self.refuse = refuse
        self.followed: list[FleetLook] = []
        actions = Actions(
            lambda _: proof, self.stop if abort else None, self.sleep, self.said.append, self.followed.append, events
        )
        self.watching = Watching(passes, actions, self.clock, timeout_minutes=1)  # type: ignore[arg-type]
        self.watched = self.watching.run(["web"])
        self.code = self.watching.exit_code(self.watched)

    def stop(self, arn: str) -> None:
        self.stopped.append(arn)
        if self.refuse:
            raise PermissionError("not authorized")

    def sleep(self, seconds: float) -> None:
        self.clock.time += timedelta(seconds=seconds)


IN_PROGRESS, DOOMED, SERVES = (
    saw(WatchState.IN_PROGRESS),
    saw(WatchState.DOOMED, verdict=Verdict.DOOMED),
    saw(WatchState.SERVING, verdict=Verdict.HEALTHY),
)


def test_a_deployment_that_comes_to_serve_is_proven() -> None:
    run = Run(Passes(fleet(IN_PROGRESS), fleet(SERVES), fleet()), primary())
    assert (run.code, run.watched[0].result) == (ExitCode.PROVEN, Result.SERVING)
    assert run.watched[0].notes == ("revision web:2 serves: 1 of 1 tasks run",)


def test_a_doomed_deployment_is_stopped_once_where_that_was_asked_for() -> None:
    back = saw(WatchState.SERVING, OLD)
    run = Run(Passes(fleet(DOOMED), fleet(DOOMED), fleet(back), fleet()), primary(OLD), abort=True)
    assert run.stopped == [WHOLE]
    assert (run.code, run.watched[0].result) == (ExitCode.ROLLED_BACK, Result.ROLLED_BACK)
    assert run.watched[0].notes[0] == "the deployment was stopped after 60 s"


def test_without_abort_nothing_is_stopped_and_ecs_itself_ends_it() -> None:
    failed = saw(WatchState.ROLLED_BACK, verdict=Verdict.DOOMED)
    run = Run(Passes(fleet(DOOMED), fleet(failed), fleet()), primary(OLD))
    assert (run.stopped, run.code) == ([], ExitCode.ROLLED_BACK)
    assert run.watched[0].diagnosis is not None


def test_a_refused_stop_is_told_and_the_watch_goes_on() -> None:
    failed = saw(WatchState.FAILED, verdict=Verdict.DOOMED)
    run = Run(Passes(fleet(DOOMED), fleet(failed), fleet()), primary(OLD), abort=True, refuse=True)
    assert run.watched[0].notes[0] == "ECS refused to stop the deployment: not authorized"


def test_a_deployment_that_came_round_after_all_serves() -> None:
    run = Run(Passes(fleet(DOOMED), fleet(SERVES), fleet()), primary())
    assert (run.code, run.watched[0].diagnosis) == (ExitCode.PROVEN, None)


@pytest.mark.parametrize(
    ("proof", "code"),
    [
        (primary(MINE, "FAILED", 0), ExitCode.NOTHING_SERVES),
        (primary(OLD, "IN_PROGRESS", 0), ExitCode.OUT_OF_TIME),
    ],
)
def test_after_a_failure_what_does_not_serve_is_told_apart(proof: Evidence, code: ExitCode) -> None:
    failed = saw(WatchState.FAILED, verdict=Verdict.DOOMED)
    assert Run(Passes(fleet(failed), fleet()), proof).code is code


@pytest.mark.parametrize(
    ("passes", "proof", "code"),
    [
        (Passes(fleet()), primary(), ExitCode.PROVEN),
        (Passes(fleet()), primary(desired=0, running=0), ExitCode.NOT_PROVEN),
        (Passes(fleet(IN_PROGRESS)), primary(state="IN_PROGRESS"), ExitCode.OUT_OF_TIME),
        (Passes(fleet(gaps=(Gap("services", "refused"),))), Evidence(), ExitCode.NOT_PROVEN),
        (Passes(fleet(IN_PROGRESS), KeyboardInterrupt()), primary(), ExitCode.INTERRUPTED),
    ],
)
def test_every_end_has_its_exit_code(passes: Passes, proof: Evidence, code: ExitCode) -> None:
    assert Run(passes, proof).code is code


def test_what_is_seen_is_said_once() -> None:
    run = Run(Passes(fleet(IN_PROGRESS), fleet(IN_PROGRESS), fleet(DOOMED), fleet(SERVES), fleet()), primary())
    assert run.said == [
        "web: ecs-svc/2 in progress",
        "web: ecs-svc/2 doomed: it fails",
        "web: ecs-svc/2 serving",
    ]


def test_each_pass_is_followed_before_it_is_told() -> None:
    passes = (fleet(IN_PROGRESS), fleet(SERVES), fleet())
    run = Run(Passes(*passes), primary())
    assert run.followed == list(passes)


def test_events_of_ecs_are_lines_once_each_and_only_where_they_are_asked_for() -> None:
    seen = Evidence.parse(
        {
            "schema": "evidence/1",
            "service": {
                "serviceName": "web",
                "events": [
                    {"id": "3", "createdAt": (NOW + timedelta(seconds=9)).isoformat(), "message": "second"},
                    {"id": "2", "createdAt": NOW.isoformat(), "message": "first"},
                    {"id": "1", "createdAt": (NOW - timedelta(days=1)).isoformat(), "message": "another story"},
                ],
            },
        }
    )
    look = replace(IN_PROGRESS, evidence=seen, created_at=NOW)
    passes = (fleet(look), fleet(look), fleet())
    said = Run(Passes(*passes), primary(), events=True).said
    assert [line for line in said if line.startswith("ECS: ")] == ["ECS: first", "ECS: second"]
    assert not any(line.startswith("ECS: ") for line in Run(Passes(*passes), primary()).said)


class Woken:
    """A fleet and a queue of events: each pass is asked for some services, and each event wakes the watch."""

    interval = 4.0

    def __init__(self, *events: tuple[str, ...], deploying: bool = False, unread: int = 0) -> None:
        self.clock = StandingClock()
        self.events = list(events)
        self.deploying = deploying
        self.unread = unread
        self.asked: list[tuple[float, tuple[str, ...] | None]] = []
        """When each pass was made, in seconds, and of which services; None: of all."""
        actions = Actions(lambda _: primary(), None, self.sleep, lambda _line: None, wake=self.wake)
        self.watching = Watching(self, actions, self.clock, timeout_minutes=3)  # type: ignore[arg-type]
        self.code = self.watching.exit_code(self.watching.run())

    def look(self, only: Any = None) -> FleetLook:
        self.asked.append(((self.clock.time - NOW).total_seconds(), tuple(only) if only else None))
        self.unread -= 1
        return fleet(gaps=(Gap("services", "refused"),) if self.unread >= 0 else ())

    def sleep(self, seconds: float) -> None:
        self.clock.time += timedelta(seconds=seconds)

    def wake(self, seconds: float) -> tuple[str, ...]:
        """Wait for an event: one comes after 5 seconds, while there is one."""
        if not self.events:
            self.sleep(seconds)
            return ()
        self.sleep(5)
        return self.events.pop(0)


def test_events_say_where_to_look_and_every_minute_all_are_looked_at() -> None:
    woken = Woken(("web",), ("web", "side"))
    assert woken.asked == [
        (0, None),
        (6, ("web",)),
        (12, ("web", "side")),
        (60, None),
        (120, None),
        (180, None),
    ]
    assert woken.code is ExitCode.PROVEN


def test_events_that_never_cease_do_not_keep_the_others_from_being_looked_at() -> None:
    times = [at for at, only in Woken(*[("web",)] * 40).asked if only is None]
    assert times[0] == 0
    assert all(later - earlier <= 70 for earlier, later in pairwise(times))
    assert times[-1] > 100


def test_the_end_of_the_time_is_no_failure_where_events_are_followed_and_nothing_deploys() -> None:
    assert not Woken().watching.out_of_time
    assert Woken(deploying=True).watching.out_of_time


def test_where_the_services_could_not_be_read_no_event_is_waited_for() -> None:
    assert Woken(unread=2).asked[:3] == [(0, None), (4, None), (8, None)]
