"""Looks at the services of a batch of events: reads in batches, and what the events know themselves as evidence."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from alerts.handler.events import Place
from diagnostics.clock import Clock
from diagnostics.collect import Collector, jsonable
from diagnostics.engine import diagnose
from diagnostics.evidence import SCHEMA, Evidence
from diagnostics.model import Diagnosis, Gap, Verdict
from diagnostics.reads import FleetReads, ReadError, Shape, SurroundingReads
from diagnostics.shared_reads import SharedReads

CALLS_PER_BATCH = 150
"""Calls that a batch of ten events may cost; a look takes about ten. What goes beyond is a gap, and told as one.

How fast they are made is another matter: `alerts.handler.pacing`.
"""
_THROTTLED = ("ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException")


@dataclass(frozen=True)
class Wanted:
    """One look that is wanted."""

    place: Place
    deployment_id: str | None = None
    """`ecs-svc/…`; None takes the newest one if ECS gave it up, else the PRIMARY one."""
    last_failed: bool = False
    """Take the newest deployment that ECS gave up."""


@dataclass(frozen=True)
class Look:
    """What was seen, and what it means."""

    evidence: Evidence
    diagnosis: Diagnosis
    failed_deployment: str | None = None
    """The newest deployment that ECS gave up, where that was asked."""

    @property
    def throttled(self) -> bool:
        """Whether an API asked to be called less often, so that the look is not whole."""
        return any(word in gap.why for gap in self.evidence.gaps for word in _THROTTLED)


class Looker:
    """Looks at services of one account and region; reads that AWS answers in batches are made once for a batch."""

    def __init__(self, reader: FleetReads, clock: Clock, calls_per_batch: int = CALLS_PER_BATCH) -> None:
        self._reader = reader
        self._clock = clock
        self._budget = calls_per_batch

    def look(self, wanted: Iterable[Wanted], tasks: Mapping[str, Sequence[Shape]]) -> dict[Wanted, Look]:
        """Return one look for each that is wanted.

        Args:
            wanted: what to look at.
            tasks: by the ARN of a service the tasks that events told of.
        """
        looks: dict[Wanted, Look] = {}
        clusters: dict[str, list[Wanted]] = {}
        for each in dict.fromkeys(wanted):
            clusters.setdefault(each.place.cluster_arn, []).append(each)
        for cluster, those in clusters.items():
            looks |= self._look_at_cluster(cluster, those, tasks)
        return looks

    def look_at_events(self, wanted: Wanted, tasks: Sequence[Shape]) -> Look:
        """Return what tasks say by themselves; nothing is read."""
        return self._from_events(wanted, {wanted.place.arn: tasks}, ())

    def _look_at_cluster(
        self, cluster: str, wanted: Sequence[Wanted], tasks: Mapping[str, Sequence[Shape]]
    ) -> dict[Wanted, Look]:
        shared = SharedReads(self._reader, cluster, self._budget)
        shared.begin()
        names = list(dict.fromkeys(each.place.name for each in wanted))
        try:
            shared.read_services(names)
        except ReadError as refused:
            gap = Gap(f"services of {wanted[0].place.cluster}", str(refused.answer))
            return {each: self._from_events(each, tasks, (gap,)) for each in wanted}
        shared.read_tasks(names, by_service=True)
        shared.read_service_deployments(names)
        return {each: self._look(each, shared, cluster, tasks) for each in wanted}

    def _look(self, wanted: Wanted, shared: SharedReads, cluster: str, tasks: Mapping[str, Sequence[Shape]]) -> Look:
        told = tasks.get(wanted.place.arn, ())
        reads = cast("FleetReads", WithTasksOfEvents(shared, told))
        collector = Collector(reads, cluster, wanted.place.name, self._clock)
        failed = next(iter(collector.read_failures()), None) if wanted.last_failed else None
        evidence = collector.collect(failed.deployment_id if failed else wanted.deployment_id)
        if evidence.service is None:
            return self._from_events(wanted, tasks, evidence.gaps)
        return Look(evidence, diagnose(evidence), failed.deployment_id if failed else None)

    def _from_events(self, wanted: Wanted, tasks: Mapping[str, Sequence[Shape]], gaps: Sequence[Gap]) -> Look:
        """Return what the events alone say, where the service cannot be read or is gone."""
        evidence = evidence_of_events(wanted, tasks.get(wanted.place.arn, ()), self._clock, gaps)
        diagnosis = replace(diagnose(evidence), service=wanted.place.name, cluster=wanted.place.cluster)
        if not evidence.tasks:  # with nothing seen at all there is nothing to say that it is well
            diagnosis = replace(diagnosis, verdict=Verdict.UNKNOWN)
        return Look(evidence, diagnosis)


def evidence_of_events(wanted: Wanted, tasks: Sequence[Shape], clock: Clock, gaps: Sequence[Gap]) -> Evidence:
    """Return the evidence that tasks of events are by themselves."""
    mine = [each for each in tasks if wanted.deployment_id in (None, each.get("startedBy"))]
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "captured_at": clock.now(),
        "cluster": {"clusterArn": wanted.place.cluster_arn},
        "tasks": mine,
        "gaps": [gap.to_document() for gap in gaps],
    }
    return Evidence.parse(jsonable(document))


@dataclass
class WithTasksOfEvents:
    """Reads that know the stopped tasks of events too: ECS forgets them after about an hour."""

    reads: SharedReads
    tasks: Sequence[Shape]
    _mine: dict[str, Shape] = field(init=False)

    def __post_init__(self) -> None:
        self._mine = {each["taskArn"]: each for each in self.tasks}

    @property
    def api_calls(self) -> Counter[str]:
        """How often each operation was called."""
        return self.reads.api_calls

    @property
    def surroundings(self) -> SurroundingReads:
        """What is read only once something looks wrong."""
        return self.reads.surroundings

    def list_tasks(self, cluster: str, service: str | None, desired_status: str) -> list[str]:
        """Return the ARNs that ECS lists, and of those that stopped also the ones that events told of."""
        listed = self.reads.list_tasks(cluster, service, desired_status)
        if desired_status != "STOPPED":
            return [arn for arn in listed if arn not in self._mine]
        return list(dict.fromkeys([*listed, *self._mine]))

    def describe_tasks(self, cluster: str, tasks: Sequence[str]) -> list[Shape]:
        """Return the tasks as ECS knows them; as the events told of them where it knows less."""
        known = {each["taskArn"]: each for each in self.reads.describe_tasks(cluster, tasks)}
        told = {arn: self._mine[arn] for arn in tasks if arn in self._mine}
        return [*({**known, **{arn: told[arn] for arn in told if not _ended(known.get(arn))}}.values())]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reads, name)


def _ended(task: Shape | None) -> bool:
    return task is not None and bool(task.get("stoppedReason") or task.get("stopCode"))
