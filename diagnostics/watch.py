"""Watches one service while something updates it: one look at a time, each a plain method that never raises."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import SystemRandom

from diagnostics.clock import Clock
from diagnostics.collect import Collector
from diagnostics.engine import INSUFFICIENT, diagnose
from diagnostics.evidence import Deployment, Event, Evidence
from diagnostics.model import Diagnosis, Gap, Verdict
from diagnostics.rules import RULES, Rule
from diagnostics.serving import Serving, ServingState, serving
from diagnostics.shapes import tail
from diagnostics.story import Story

_log = logging.getLogger(__name__)

INTERVAL = 2.0
"""Seconds of ECS's clock between looks: at one a second it took 3 of the 20 calls that ECS's tightest bucket refills.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
"""
FIRST_TASKS_INTERVAL = 1.0
"""The same while the first tasks start, when the first conclusive evidence appears."""
FIRST_TASKS_FOR = timedelta(minutes=2)
"""How long that is at most: what cannot reach its registry starts nothing for five minutes."""
_JITTER = 0.25
_random = SystemRandom().random


class WatchState(StrEnum):
    """Where the watched deployment is."""

    WAITING = "waiting"
    """No deployment of mine yet."""
    IN_PROGRESS = "in_progress"
    SERVING = "serving"
    """Mine is PRIMARY, completed, and shown to serve."""
    AT_ZERO = "at_zero"
    """Mine is completed, and nothing is wanted of it."""
    DOOMED = "doomed"
    """Waiting cannot help, and ECS has not given it up yet."""
    ROLLED_BACK = "rolled_back"
    """ECS went back to an earlier deployment, and completed that."""
    FAILED = "failed"
    """ECS gave mine up or another one took its place; nothing earlier is completed (yet)."""


ENDED = frozenset({WatchState.SERVING, WatchState.AT_ZERO, WatchState.ROLLED_BACK, WatchState.FAILED})
"""States of a deployment that ECS does not work on any more."""


@dataclass(frozen=True)
class Baseline:
    """The service before the update changes anything."""

    at: datetime
    exists: bool
    """False where there is no such service, or only an INACTIVE one."""
    read: bool
    """False where it could not be read; then only creation times tell new deployments from old ones."""
    deployment_id: str | None = None
    """The PRIMARY deployment's id."""
    task_definition: str | None = None
    """ARN of the PRIMARY deployment's task definition."""
    desired: int = 0
    running: int = 0
    deployment_ids: frozenset[str] = frozenset()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class Look:
    """What one look saw and what it means."""

    at: datetime
    """When it began, on ECS's clock."""
    state: WatchState
    evidence: Evidence
    """This look's evidence; of the service alone while waiting."""
    diagnosis: Diagnosis
    """The best explanation so far, which may come from an earlier look: evidence disappears with a rollback."""
    serving: Serving
    deployment_id: str | None = None
    """The deployment that is mine."""
    created_at: datetime | None = None
    """When it was created."""
    first_evidence_at: datetime | None = None
    """When a look first found anything wrong."""
    explained_at: datetime | None = None
    """When a look first called it doomed."""
    gaps: tuple[Gap, ...] = ()

    @property
    def events(self) -> tuple[Event, ...]:
        """ECS's events since the deployment was created, oldest first."""
        service, began = self.evidence.service, self.created_at
        if service is None or began is None:
            return ()
        return tuple(event for event in reversed(service.events) if event.at is not None and event.at >= began)


class Watch:
    """Follows the deployment that an update makes: `begin` before the update, then `look` every `interval` seconds."""

    def __init__(
        self,
        collector: Collector,
        clock: Clock,
        wanted: str | None = None,
        rules: Sequence[Rule] = RULES,
        since: float | None = None,
        jitter: Callable[[], float] = _random,
    ) -> None:
        """Make a watch.

        Args:
            collector: looks at the service.
            clock: ECS's clock.
            wanted: the task definition (ARN or `family:revision`) that is deployed; None takes any new deployment.
            rules: what may be the matter.
            since: when the update began, as `clock` counts: nothing may have told AWS's time by then. What was created
                later is its work, even where the baseline comes too late to miss it: the engine calls the provider
                while the watcher is still being started.
            jitter: a number from 0 to 1, so that watches that were throttled together do not come back together.
        """
        self.collector = collector
        self.clock = clock
        self.wanted = wanted
        self._since = since
        self._jitter = jitter
        self.baseline: Baseline | None = None
        self._mine: Deployment | None = None
        self._rules = rules
        self._story = Story(rules)
        self._tell: Callable[[Diagnosis], None] | None = None
        self._first_evidence_at: datetime | None = None
        self._explained_at: datetime | None = None
        self._starting = False

    @property
    def interval(self) -> float:
        """Seconds of ECS's clock until the next look; how long that really is, and its floor, the caller says."""
        interval = FIRST_TASKS_INTERVAL if self._starting else INTERVAL
        slower = self.collector.noted.slower(self.clock.now())
        return interval * slower * (1 + self._jitter() * _JITTER) if slower > 1 else interval

    @property
    def slowed(self) -> bool:
        """Whether an API asked to be called less often a short while ago."""
        return self.collector.noted.throttled(self.clock.now())

    def begin(self) -> Baseline:
        """Take the baseline. The service may not exist yet."""
        began = self.clock.elapsed()
        self._since = began if self._since is None else self._since
        try:
            evidence = self.collector.describe()
            # Its answer may be the first one that tells AWS's time.
            self.baseline = _baseline(self.clock.at(began), evidence, self.clock.at(self._since))
        except Exception as surprise:  # noqa: BLE001 - a watcher must not take the update down
            _log.warning("the baseline could not be taken", exc_info=True)
            self.baseline = Baseline(self.clock.at(began), exists=False, read=False, gaps=(_surprise(surprise),))
        return self.baseline

    def attach(self, deployment_id: str | None = None) -> None:
        """Watch a deployment that something else started: the given one, or whichever is PRIMARY at the next look."""
        self.baseline = Baseline(self.clock.now(), exists=True, read=True)
        self._mine = Deployment(id=deployment_id) if deployment_id else None

    def name_early(self, tell: Callable[[Diagnosis], None]) -> None:
        """Have a cause told, as suspected, before what stands around the deployment is read, which may refine it."""
        self._tell = tell

    def look(self) -> Look:
        """Look once. Never raises: what goes wrong becomes a look with a gap."""
        began = self.clock.elapsed()
        try:
            return self._look(began, self.baseline or self.begin())
        except Exception as surprise:  # noqa: BLE001 - a watcher must not take the update down
            _log.warning("a look failed", exc_info=True)
            at, gap = self.clock.at(began), _surprise(surprise)
            evidence = Evidence(captured_at=at, gaps=(gap,))
            state = WatchState.IN_PROGRESS if self._mine else WatchState.WAITING
            if self.doomed:
                state = WatchState.DOOMED
            return self._result(at, state, evidence, serving(evidence, self.wanted))

    def _look(self, began: float, baseline: Baseline) -> Look:
        if self._mine is None:
            evidence = self.collector.describe()
            self._mine = self._find_mine(evidence, baseline)
            if self._mine is None:
                at = self.clock.at(began)
                return self._result(at, WatchState.WAITING, evidence, serving(evidence, self.wanted))
        evidence = self.collector.collect(self._mine.id, before=self._name if self._tell else None)
        at = self.clock.at(began)
        # Once ECS stops listing it, what was last seen of it still says what it was.
        self._mine = (evidence.service.deployment(self._mine.id) if evidence.service else None) or self._mine
        serves = serving(evidence, self._mine.task_definition or self.wanted)
        self._remember(at, evidence)
        state = self._state(evidence, serves)
        self._starting = state is WatchState.IN_PROGRESS and self._awaits_first_evidence(at, evidence)
        return self._result(at, state, evidence, serves)

    def _awaits_first_evidence(self, at: datetime, evidence: Evidence) -> bool:
        """Say whether the first tasks are starting, and nothing is known against them yet."""
        created = self._mine.created_at if self._mine else None
        late = created is not None and at - created > FIRST_TASKS_FOR
        return not (late or self._first_evidence_at or any(task.started_at for task in evidence.deployment_tasks))

    def _name(self, evidence: Evidence) -> None:
        try:
            found = diagnose(evidence, self._rules)
            known = self._story.best.root_cause if self._story.best else None
            certain_enough = found.verdict in {Verdict.SUSPECT, Verdict.DOOMED}
            if self._tell and certain_enough and found.root_cause not in {None, INSUFFICIENT, known}:
                self._tell(replace(found, verdict=Verdict.SUSPECT))
        except Exception:  # noqa: BLE001 - the look goes on, and says it
            _log.warning("a cause could not be told early", exc_info=True)

    def _find_mine(self, evidence: Evidence, baseline: Baseline) -> Deployment | None:
        """Return the deployment that the update made: new, of the wanted revision, PRIMARY before one given up."""
        listed = sorted(evidence.deployments, key=lambda each: each.status != "PRIMARY")
        since = baseline.at if self._since is None else self.clock.at(self._since)
        for each in listed:
            if self.wanted and tail(each.task_definition) != tail(self.wanted):
                continue
            later = each.created_at is not None and each.created_at > since
            if each.id and (each.id not in baseline.deployment_ids if baseline.read else later):
                return each
        return None

    def _remember(self, at: datetime, evidence: Evidence) -> None:
        diagnosis = self._story.add(evidence)
        if diagnosis.root_cause is not None:
            self._first_evidence_at = self._first_evidence_at or at
        if diagnosis.verdict is Verdict.DOOMED:
            self._explained_at = self._explained_at or self.clock.now()

    @property
    def doomed(self) -> bool:
        """Whether a look has said that waiting cannot help."""
        return self._story.best is not None and self._story.best.verdict is Verdict.DOOMED

    def _state(self, evidence: Evidence, serves: Serving) -> WatchState:
        mine, primary, whole = self._mine, evidence.primary, evidence.service_deployment
        status = whole.status if whole else ""
        if mine is not None and primary is not None and primary.id == mine.id:
            if serves.state is ServingState.PROVEN:
                return WatchState.SERVING
            if serves.state is ServingState.AT_ZERO:
                return WatchState.AT_ZERO
            if primary.rollout_state == "FAILED" or status in {"ROLLBACK_FAILED", "STOPPED"}:
                return WatchState.FAILED
        elif primary is not None:
            known = self.baseline is not None and primary.id in self.baseline.deployment_ids
            back = known or status == "ROLLBACK_SUCCESSFUL"
            return WatchState.ROLLED_BACK if back and primary.rollout_state == "COMPLETED" else WatchState.FAILED
        if self.doomed:
            return WatchState.DOOMED
        return WatchState.IN_PROGRESS

    def _result(self, at: datetime, state: WatchState, evidence: Evidence, serves: Serving) -> Look:
        diagnosis = self._story.with_gaps(evidence.gaps)
        if diagnosis is None:
            what = "no deployment of this update is seen yet" if state is WatchState.WAITING else "nothing was seen yet"
            diagnosis = Diagnosis(Verdict.UNKNOWN, what, "", "", gaps=evidence.gaps, at=evidence.captured_at)
        return Look(
            at=at,
            state=state,
            evidence=evidence,
            diagnosis=diagnosis,
            serving=serves,
            deployment_id=self._mine.id if self._mine else None,
            created_at=self._mine.created_at if self._mine else None,
            first_evidence_at=self._first_evidence_at,
            explained_at=self._explained_at,
            gaps=evidence.gaps,
        )


def _baseline(at: datetime, evidence: Evidence, since: datetime) -> Baseline:
    service = evidence.service
    if service is None or service.status == "INACTIVE":
        missing = service is not None or any("MISSING" in gap.why for gap in evidence.gaps)
        return Baseline(at, exists=False, read=missing, gaps=() if missing else evidence.gaps)
    before = [each for each in service.deployments if each.created_at is None or each.created_at <= since]
    if service.deployments and not before:
        # Of a service that is scaled to zero ECS stops listing the deployment before at once.
        existed = service.created_at is not None and service.created_at <= since
        return Baseline(at, exists=existed, read=True, gaps=evidence.gaps)
    primary = next(iter(sorted(before, key=_standing)), None)
    return Baseline(
        at=at,
        exists=True,
        read=True,
        deployment_id=primary.id if primary else None,
        task_definition=primary.task_definition if primary else None,
        desired=service.desired_count or 0,
        running=service.running_count or 0,
        deployment_ids=frozenset(each.id for each in before),
        gaps=evidence.gaps,
    )


def _standing(deployment: Deployment) -> tuple[bool, bool]:
    """Order deployments by what was PRIMARY before: the one that is, else the one that had completed."""
    return deployment.status != "PRIMARY", deployment.rollout_state != "COMPLETED"


def _surprise(surprise: Exception) -> Gap:
    return Gap("this look", f"{type(surprise).__name__}: {surprise}")
