"""One pass over many services: reads that AWS answers in batches are made once and shared, within a budget of calls."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from threading import RLock
from typing import Any, TypeVar, cast

from diagnostics.batches import Batch
from diagnostics.reads import Answer, FleetReads, ReadError, Shape, SurroundingReads
from diagnostics.service_shapes import primary_id, primary_of, target_groups_of
from diagnostics.shapes import deployment_of_revision, tail

CALLS_PER_PASS = 60
"""Calls of one pass: at one pass in 4 s this is 15 a second over several buckets that refill 20 a second each.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
"""
_PER_CALL = 20
"""Service deployments, or service revisions, that one call takes (ECS API reference); target groups go alike."""
_TASKS_PER_PAGE = 100
_DEFINITIONS_KEPT = 1000

Read = TypeVar("Read")


class SharedReads:
    """Answers a collector of each service like a reader of its own.

    Each pass starts with `begin`, `read_services` and `read_tasks`.

    DescribeServices is asked for 10 services at a time, DescribeTasks for 100 tasks, DescribeServiceDeployments,
    DescribeServiceRevisions and DescribeTargetGroups for 20. A service names its service deployment itself, and a task
    definition never changes. Tasks are listed for the whole cluster where that takes fewer calls than for each service.
    What goes beyond the pass's budget is refused, which makes it a gap; as refusals are not kept for long, a later pass
    reads it. After `read_tasks` several threads may ask.
    """

    def __init__(self, reader: FleetReads, cluster: str, calls_per_pass: int = CALLS_PER_PASS) -> None:
        self._reader = reader
        self._cluster = cluster
        self._budget = calls_per_pass
        self._limit = calls_per_pass
        self._used_before = 0
        self._spent = 0
        self._lock = RLock()
        self._services: dict[str, Shape] = {}
        self._tasks: dict[str, Shape] = {}
        self._new: list[str] = []
        """ARNs of tasks that no earlier pass had listed."""
        self._listed: dict[str, list[str]] = {}
        self._whole = Batch(_PER_CALL, self._read_whole)
        self._revisions = Batch(_PER_CALL, self._read_revisions)
        self._groups = Batch(_PER_CALL, self._read_groups)
        self._definitions: dict[str, Shape] = {}
        self._briefs: dict[str, list[Shape]] = {}
        self._refused: ReadError | None = None

    @property
    def api_calls(self) -> Counter[str]:
        """How often each operation was called, pages and failures included."""
        return self._reader.api_calls

    @property
    def surroundings(self) -> SurroundingReads:
        """What is read only once something looks wrong, within the same budget; a read that has begun is finished."""
        return cast("SurroundingReads", _Paid(self._reader.surroundings, self._within_budget))

    @property
    def calls(self) -> int:
        """Calls made since the pass began."""
        return self.api_calls.total() - self._used_before

    # A pass

    def begin(self) -> None:
        """Begin a pass: its calls are counted from here; what an earlier one read of what changes is forgotten."""
        self._used_before, self._spent, self._limit = self.api_calls.total(), 0, self._budget
        self._listed, self._briefs, self._refused, self._new = {}, {}, None, []
        self._whole.begin()
        self._revisions.clear()
        self._groups.clear()

    def list_services(self) -> list[str]:
        """Return the names of the cluster's services; what is known of others is forgotten.

        Raises:
            ReadError: they cannot be listed.
        """
        names = [tail(arn) for arn in self._reader.list_services(self._cluster)]
        self._services = {name: self._services[name] for name in names if name in self._services}
        return names

    def read_services(self, names: Sequence[str]) -> list[Shape]:
        """Read the services, and return them.

        Raises:
            ReadError: they cannot be read.
        """
        described = self._reader.describe_services(self._cluster, names)
        read = {service["serviceName"]: service for service in described if service.get("serviceName")}
        asked = {tail(name) for name in names}
        kept = {name: service for name, service in self._services.items() if name not in asked}
        self._services = kept | read
        return described

    def allow(self, calls: int) -> None:
        """Let this pass make at least so many calls more: in a large cluster, finding what deploys takes them all."""
        self._limit = max(self._limit, self.calls + calls)

    def expect(self, names: Iterable[str]) -> None:
        """Note the services that somebody will ask about in this pass: what is read of one is read of 20 of them."""
        for name in names:
            service = self._services.get(name, {})
            if arn := service.get("currentServiceDeployment"):
                self._whole.want([arn])
            self._groups.want(target_groups_of(service))

    def unknown_deployments(self) -> list[str]:
        """Return the services that have a new task of a deployment that nobody has read: it is newer than that."""
        known = {each.get("id") for service in self._services.values() for each in service.get("deployments", [])}
        found = {
            task.get("group", "").partition("service:")[2]: None
            for task in (self._tasks.get(arn, {}) for arn in self._new)
            if task.get("desiredStatus") == "RUNNING" and task.get("startedBy") not in known
        }
        return [name for name in found if name in self._services]

    def in_trouble(self) -> set[str]:
        """Return the services of which a task of the PRIMARY deployment stops or is unhealthy, as far as was read."""
        primary = {primary_id(service): name for name, service in self._services.items()}
        failed = {name for name, service in self._services.items() if primary_of(service).get("failedTasks")}
        ill = (
            task.get("startedBy")
            for task in self._tasks.values()
            if task.get("desiredStatus") == "STOPPED" or task.get("healthStatus") == "UNHEALTHY"
        )
        return failed | {primary[deployment] for deployment in ill if deployment in primary}

    def read_tasks(self, wanted: Iterable[str], *, by_service: bool = False) -> None:
        """Read the tasks of the services that somebody will ask about in this pass; a refusal is told to those.

        Args:
            wanted: the services.
            by_service: list each one's tasks, as nobody knows how many the rest of the cluster has.
        """
        names = list(wanted)
        if not names:
            return
        try:
            self._list(names, by_service=by_service)
            self._describe(names)
        except ReadError as refused:
            self._refused = refused

    def read_service_deployments(self, names: Iterable[str]) -> None:
        """List the service deployments of services that somebody will ask about: the newest of all are read at once.

        A refusal is told to whoever asks.
        """
        for name in names:
            try:
                briefs = self.list_service_deployments(self._cluster, name)
            except ReadError:
                return
            self._briefs[name] = briefs
            self._whole.want(each["serviceDeploymentArn"] for each in briefs[:1])

    def _list(self, names: list[str], *, by_service: bool) -> None:
        counted = sum(each.get("runningCount", 0) + each.get("pendingCount", 0) for each in self._services.values())
        pages = counted // _TASKS_PER_PAGE + 2
        services: list[str | None] = [None] if pages <= 2 * len(names) and not by_service else [*names]
        for status in ("RUNNING", "STOPPED"):
            listed = [self._reader.list_tasks(self._cluster, service, status) for service in services]
            self._listed[status] = [arn for arns in listed for arn in arns]

    def _describe(self, names: list[str]) -> None:
        """Describe the tasks that are new, and those of the wanted services that can have changed."""
        groups = {f"service:{name}" for name in names}
        arns = dict.fromkeys(arn for listed in self._listed.values() for arn in listed)
        self._tasks = {arn: self._tasks[arn] for arn in arns if arn in self._tasks}
        self._new = [arn for arn in arns if arn not in self._tasks]
        due = [
            arn
            for arn in arns
            if (task := self._tasks.get(arn)) is None
            or (task.get("group") in groups and task.get("lastStatus") != "STOPPED")
        ]
        if due:
            self._tasks |= {task["taskArn"]: task for task in self._reader.describe_tasks(self._cluster, due)}

    def _within_budget(self, what: str) -> None:
        with self._lock:
            spent = max(self.calls, self._spent)
            if spent >= self._limit:
                raise ReadError(Answer("", "", f"{what} are left for a later look: {self._limit} calls were made"))
            self._spent = spent + 1  # it is made only now, and another thread may ask meanwhile

    def _paid(self, what: str, call: Callable[[], Read]) -> Read:
        self._within_budget(what)
        return call()

    # What a collector asks

    def describe_service(self, cluster: str, service: str) -> Shape | None:
        """Return one element of `DescribeServices.services`, as this pass read it."""
        del cluster
        return self._services.get(service)

    def list_tasks(self, cluster: str, service: str | None, desired_status: str) -> list[str]:
        """Return the ARNs of a service's tasks, as this pass read them."""
        del cluster
        if self._refused:
            raise self._refused
        group = f"service:{service}"
        return [arn for arn in self._listed.get(desired_status, []) if self._tasks.get(arn, {}).get("group") == group]

    def describe_tasks(self, cluster: str, tasks: Sequence[str]) -> list[Shape]:
        """Return the tasks, as this pass read them."""
        del cluster
        return [self._tasks[arn] for arn in tasks if arn in self._tasks]

    def list_service_deployments(self, cluster: str, service: str) -> list[Shape]:
        """Return the newest `ServiceDeploymentBrief`s of a service: that which it names itself, where it is new."""
        if service in self._briefs:
            return self._briefs[service]
        if current := self._current(service):
            return [current]
        return self._paid("service deployments", lambda: self._reader.list_service_deployments(cluster, service))

    def _current(self, name: str) -> Shape | None:
        """Return the brief of what DescribeServices calls `currentServiceDeployment`, if that is the PRIMARY one's."""
        service = self._services.get(name, {})
        arn = service.get("currentServiceDeployment")
        whole = self.describe_service_deployment(arn) if arn else None
        revision = (whole or {}).get("targetServiceRevision", {}).get("arn", "")
        if whole is None or deployment_of_revision(revision) != primary_id(service):
            return None
        return {**whole, "targetServiceRevisionArn": revision}

    def describe_service_deployment(self, arn: str) -> Shape | None:
        """Return one element of `DescribeServiceDeployments.serviceDeployments`; the first asks for those of all."""
        return next(iter(self._whole.of([arn])), None)

    def _read_whole(self, arns: Sequence[str]) -> dict[str, Shape]:
        read = self._paid("service deployments", lambda: self._reader.describe_service_deployments(arns))
        for each in read:
            revisions = [each.get("targetServiceRevision", {}), *each.get("sourceServiceRevisions", [])]
            self._revisions.want(revision["arn"] for revision in revisions if "arn" in revision)
        return {each["serviceDeploymentArn"]: each for each in read}

    def forget(self, arn: str) -> None:
        """Ask no more for a service deployment that is over."""
        self._whole.forget([arn])

    def describe_service_revisions(self, arns: Sequence[str]) -> list[Shape]:
        """Return `DescribeServiceRevisions.serviceRevisions`, for at most 20 ARNs."""
        return self._revisions.of(arns)

    def _read_revisions(self, arns: Sequence[str]) -> dict[str, Shape]:
        read = self._paid("service revisions", lambda: self._reader.describe_service_revisions(arns))
        return {each["serviceRevisionArn"]: each for each in read}

    def describe_task_definition(self, task_definition: str) -> Shape:
        """Return `DescribeTaskDefinition.taskDefinition`, which never changes: many services may have the same."""
        if task_definition not in self._definitions:
            read = self._paid(tail(task_definition), lambda: self._reader.describe_task_definition(task_definition))
            kept = list(self._definitions.items())[-_DEFINITIONS_KEPT + 1 :]
            self._definitions = {**dict(kept), task_definition: read}
        return self._definitions[task_definition]

    def describe_target_groups(self, arns: Sequence[str]) -> list[Shape]:
        """Return `DescribeTargetGroups.TargetGroups`."""
        return self._groups.of(arns)

    def _read_groups(self, arns: Sequence[str]) -> dict[str, Shape]:
        read = self._paid("target groups", lambda: self._reader.describe_target_groups(arns))
        return {each["TargetGroupArn"]: each for each in read}

    def describe_target_health(self, target_group_arn: str) -> list[Shape]:
        """Return `DescribeTargetHealth.TargetHealthDescriptions`."""
        return self._paid("targets", lambda: self._reader.describe_target_health(target_group_arn))

    def get_log_events(self, group: str, stream: str, limit: int, region: str | None = None) -> list[Shape]:
        """Return the last `limit` events of a log stream."""
        return self._paid("log lines", lambda: self._reader.get_log_events(group, stream, limit, region))


class _Paid:
    """Any reads, each refused once the budget is used up."""

    def __init__(self, reads: object, pay: Callable[[str], None]) -> None:
        self._reads = reads
        self._pay = pay

    def __getattr__(self, name: str) -> Callable[..., Any]:
        read = getattr(self._reads, name)

        def paid(*arguments: Any) -> Any:
            self._pay(name.replace("_", " "))
            return read(*arguments)

        return paid
