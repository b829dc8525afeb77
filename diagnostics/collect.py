"""Collects one look at a service's deployment as an `evidence/1` document; what cannot be read becomes a gap."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from diagnostics.checked import EvidenceError
from diagnostics.clock import Clock, RealClock
from diagnostics.collect_logs import LogCollector
from diagnostics.collect_surroundings import SurroundingsCollector
from diagnostics.evidence import SCHEMA, Evidence
from diagnostics.noted_reads import NOT_AS_MODELLED, NotedReads
from diagnostics.reads import Reads, Shape
from diagnostics.service_shapes import (
    arn_of,
    completed_before,
    gave_up,
    has_alarms,
    primary_id,
    revision_of,
    target_groups_of,
    worth_explaining,
)
from diagnostics.shapes import deployment_of_revision, tail
from diagnostics.unchanged import UNCHANGED_FOR, Unchanged, moves_targets

_ENDED_HERE = {"STOPPED", "ROLLBACK_FAILED"}
"""What a service deployment is, too, once another one took its place (`ServiceDeploymentStatus`, API reference)."""


@dataclass(frozen=True)
class Failure:
    """A deployment that ECS gave up: rolled back, or stopped."""

    deployment_id: str
    """`ecs-svc/…`."""
    created_at: datetime


class Collector:
    """Looks at one service. What does not change is read once and kept; a call of `collect` is one look.

    A look costs DescribeServices, and DescribeTasks of the known tasks that have not stopped. Where the service shows a
    change, or after `unchanged_for`, it costs two ListTasks, DescribeServiceDeployments (each time where alarms belong
    to the deployment: nothing else tells of them) and one DescribeTargetHealth for each target group (each time while a
    task of the deployment runs). GetLogEvents is asked for tasks that stop or are not healthy, and what stands around
    the deployment (registry, secret stores, IAM, network) only once something looks wrong that it can explain.
    """

    def __init__(
        self,
        reader: Reads,
        cluster: str,
        service: str,
        clock: Clock | None = None,
        unchanged_for: timedelta = UNCHANGED_FOR,
    ) -> None:
        self.reader = reader
        self.cluster = cluster
        self.service = service
        self.clock: Clock = clock or RealClock()
        self.noted = NotedReads(self.clock)
        """What could not be read, and whether AWS throttles."""
        self.failures: tuple[Failure, ...] = ()
        """The deployments that ECS gave up, newest first, as last listed."""
        self._began = 0.0
        """When this look began, as the clock counts."""
        self._unchanged_for = unchanged_for
        self._last = Unchanged()
        self._ended: set[str] = set()
        """The service deployments of which a look has shown that they ended without a way back."""
        self._stopped: dict[str, Shape] = {}
        self._logs = LogCollector(reader)
        self._surroundings = SurroundingsCollector(reader)

    def describe(self) -> Evidence:
        """Look at the service alone: its deployments, counts and events. One call."""
        document = self._begin()
        self._add_service(document)
        return self._finish(document)

    def collect_primary(self) -> Evidence:
        """Look at the PRIMARY deployment, whatever became of a newer one."""
        evidence = self.describe()
        return self.collect(evidence.primary.id) if evidence.primary and evidence.primary.id else evidence

    def collect(
        self,
        deployment_id: str | None = None,
        *,
        alarms: bool = False,
        before: Callable[[Evidence], None] | None = None,
    ) -> Evidence:
        """Look at one deployment.

        Args:
            deployment_id: `ecs-svc/…`; None takes the newest one if ECS gave it up, else the PRIMARY one.
            alarms: whether the deployment's alarms are read though nothing speaks of them, as a proof needs it.
            before: takes what is known before the surroundings are read for the first time, which takes many calls.
        """
        document = self._begin()
        service = self._add_service(document)
        if service is not None:
            self._last = self._last.at(service, document["captured_at"], self._unchanged_for)
            briefs = self._briefs(deployment_id)
            target = deployment_id or worth_explaining(briefs) or primary_id(service)
            brief = next((each for each in briefs if deployment_of_revision(revision_of(each)) == target), None)
            steps: tuple[tuple[str, Callable[[], None]], ...] = (
                ("service deployment", lambda: self._add_service_deployment(document, target, brief)),
                ("service revisions", lambda: self._add_revisions(document, target)),
                ("tasks", lambda: self._add_tasks(document, target)),
                ("target health", lambda: self._add_targets(document, target)),
                ("logs", lambda: self._add_logs(document)),
                ("what is known so far", lambda: self._hand_over(document, before)),
                ("surroundings", lambda: self.noted.note(self._surroundings.add_to(document, alarms=alarms))),
            )
            for what, step in steps:
                self.noted.guard(what, step)
        return self._finish(document)

    def read_failures(self) -> tuple[Failure, ...]:
        """Return the deployments that ECS gave up, newest first. One call; a refusal is a gap of the next look."""
        self._briefs(None)
        return self.failures

    # One look

    def _begin(self) -> Shape:
        self.noted.begin()
        self._began = self.clock.elapsed()
        return {"schema": SCHEMA}

    def _finish(self, document: Shape) -> Evidence:
        self.noted.end()
        while True:
            try:
                return Evidence.parse(jsonable({**document, "gaps": self.noted.gaps}))
            except EvidenceError as wrong:
                part = wrong.path.partition(".")[0].partition("[")[0]
                if part not in document or part == "schema":
                    raise
                del document[part]
                self.noted.miss(part.replace("_", " "), f"{NOT_AS_MODELLED}: {wrong}")

    def _add_service(self, document: Shape) -> Shape | None:
        what = f"service {self.service}"
        gaps = len(self.noted.gaps)
        service = self.noted.read(what, lambda: self.reader.describe_service(self.cluster, self.service), None)
        # The first answer of all may be what tells AWS's time.
        document["captured_at"] = self.clock.at(self._began)
        if service is not None:
            document["service"] = service
        elif len(self.noted.gaps) == gaps:
            self.noted.miss(what, f"DescribeServices: MISSING in cluster {tail(self.cluster)}")
        return service

    def _may_keep(self, gaps_before: int) -> bool:
        """Say whether what was just read may be kept; where it could not be read, all of it is read again."""
        if len(self.noted.gaps) > gaps_before:
            self._last.since = None
        return self._last.since is not None

    def _briefs(self, deployment_id: str | None) -> list[Shape]:
        """Return the list of service deployments, unless the one of `deployment_id` is known already."""
        if deployment_id is not None and ("service-deployment", deployment_id) in self.noted.kept:
            return []
        briefs: list[Shape] = self.noted.read(
            "service deployments", lambda: self.reader.list_service_deployments(self.cluster, self.service), []
        )
        briefs = [each for each in briefs if "createdAt" in each and "serviceDeploymentArn" in each]
        given_up = ((deployment_of_revision(revision_of(each)), each["createdAt"]) for each in briefs if gave_up(each))
        self.failures = tuple(Failure(found, created_at) for found, created_at in given_up if found)
        return briefs

    def _add_service_deployment(self, document: Shape, target: str | None, brief: Shape | None) -> None:
        if target is None:
            return
        key = ("service-deployment", target)
        if brief is not None:
            self.noted.kept[key] = brief["serviceDeploymentArn"]
        arn = self.noted.kept.get(key)
        if arn is None:
            return
        described, gaps = self._last.whole, len(self.noted.gaps)
        if described is None or described["serviceDeploymentArn"] != arn or has_alarms(document["service"]):
            described = self.noted.read(
                "service deployment", lambda: self.reader.describe_service_deployment(arn), None
            )
        self._last.whole = described if self._may_keep(gaps) else None
        if described is None:
            return
        document["service_deployment"] = described
        if described.get("status") not in _ENDED_HERE or arn in self._ended:
            return
        # It was read after the service, and may have ended in between: what took its place is seen now.
        if self._add_service(document) is not None:
            self._ended.add(arn)

    def _add_revisions(self, document: Shape, target: str | None) -> None:
        """Add the revisions that the deployment goes to and comes from, and their task definitions."""
        service: Shape = document["service"]
        deployed: Shape = next((each for each in service.get("deployments", []) if each.get("id") == target), {})
        seen = document.get("service_deployment", {})
        arns = [arn_of(seen.get("targetServiceRevision", {})), *map(arn_of, seen.get("sourceServiceRevisions", []))]
        arns = [arn for arn in arns if arn][:20]
        revisions: list[Shape] = []
        if arns:
            # ECS fills in the image digests while the first task starts, so the finished deployment is asked once more.
            key = ("revisions", *arns, deployed.get("rolloutState", ""))
            revisions = self.noted.read_once(
                "service revisions", key, lambda: self.reader.describe_service_revisions(arns), []
            )
            document["service_revisions"] = revisions
        definitions = {each["serviceRevisionArn"]: each.get("taskDefinition") for each in revisions}
        self._add_definition(
            document, "task_definition", deployed.get("taskDefinition") or definitions.get(arns[0] if arns else "")
        )
        before = [definitions.get(arn) for arn in arns[1:]] or [completed_before(service, target)]
        self._add_definition(document, "previous_task_definition", before[0])

    def _add_definition(self, document: Shape, key: str, arn: str | None) -> None:
        if not arn:
            return
        what = f"task definition {tail(arn)}"
        definition = self.noted.read_once(what, (what,), lambda: self.reader.describe_task_definition(arn), None)
        if definition is not None:
            document[key] = definition

    def _add_tasks(self, document: Shape, target: str | None) -> None:
        arns = self._last.arns or self._list_tasks()
        self._stopped = {arn: self._stopped[arn] for arn in arns if arn in self._stopped}
        fresh = [arn for arn in arns if arn not in self._stopped]
        described: list[Shape] = []
        if fresh:
            described = self.noted.read("tasks", lambda: self.reader.describe_tasks(self.cluster, fresh), [])
        self._stopped |= {task["taskArn"]: task for task in described if task.get("lastStatus") == "STOPPED"}
        tasks = {task["taskArn"]: task for task in [*self._stopped.values(), *described]}.values()
        # After a rollback the PRIMARY deployment is another one; its tasks are needed to show that it serves.
        wanted = {target, primary_id(document["service"])}
        document["tasks"] = [task for task in tasks if target is None or task.get("startedBy") in wanted]

    def _list_tasks(self) -> list[str]:
        arns: list[str] = []
        gaps = len(self.noted.gaps)
        for status in ("RUNNING", "STOPPED"):
            arns += self.noted.read(
                f"tasks that are {status}",
                partial(self.reader.list_tasks, self.cluster, self.service, status),
                [],
            )
        arns = list(dict.fromkeys(arns))
        self._last.arns = arns if self._may_keep(gaps) else []
        return arns

    def _add_targets(self, document: Shape, target: str | None) -> None:
        arns = target_groups_of(document["service"])
        if not arns:
            return
        groups: list[Shape] = self.noted.read_once(
            "target groups", ("target-groups", *arns), lambda: self.reader.describe_target_groups(arns), []
        )
        names = {group["TargetGroupArn"]: group.get("TargetGroupName", "") for group in groups}
        document["target_groups"] = groups
        document["target_health"] = []
        moving = moves_targets(document.get("tasks", []), target)
        for arn in arns:
            health, gaps = None if moving else self._last.health.get(arn), len(self.noted.gaps)
            if health is None:
                health = self.noted.read(
                    f"target health of {names.get(arn) or tail(arn)}",
                    partial(self.reader.describe_target_health, arn),
                    None,
                )
            if health is not None and self._may_keep(gaps):
                self._last.health[arn] = health
            if health is not None:
                seen = {"target_group_arn": arn, "target_group": names.get(arn, ""), "descriptions": health}
                document["target_health"].append(seen)

    def _add_logs(self, document: Shape) -> None:
        definition = document.get("task_definition")
        if definition is None:
            return
        healthy = {
            seen["Target"]["Id"]
            for group in document.get("target_health", [])
            for seen in group["descriptions"]
            if seen["TargetHealth"]["State"] == "healthy"
        }
        balanced = bool(document.get("target_health"))
        document["logs"], failed = self._logs.collect(
            definition, document.get("tasks", []), healthy if balanced else None, document["captured_at"]
        )
        self.noted.note(failed)

    def _hand_over(self, document: Shape, before: Callable[[Evidence], None] | None) -> None:
        if before is not None and self._surroundings.would_ask(document):
            with suppress(EvidenceError):  # `_finish` says what is wrong
                before(Evidence.parse(jsonable({**document, "gaps": self.noted.gaps})))


def jsonable(value: Any) -> Any:
    """Return boto3's shapes with datetimes as ISO 8601 in UTC, so that they can be written as JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {key: jsonable(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return value
