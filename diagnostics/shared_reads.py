"""One pass over many services: reads that AWS answers in batches are made once and shared, within a budget of calls."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

from diagnostics.reads import Answer, FleetReads, ReadError, Shape, SurroundingReads
from diagnostics.shapes import tail

CALLS_PER_PASS = 60
"""Calls of one pass: at one pass in 4 s this is 15 a second over several buckets that refill 20 a second each.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
"""
_DEPLOYMENTS_PER_CALL = 20
_TASKS_PER_PAGE = 100

Read = TypeVar("Read")


class SharedReads:
    """Answers a collector of each service like a reader of its own.

    Each pass starts with `begin`, `read_services` and `read_tasks`.

    DescribeServices is asked for 10 services at a time, DescribeTasks for 100 tasks, DescribeServiceDeployments for 20.
    Tasks are listed for the whole cluster where that takes fewer calls than for each service. What goes beyond the
    pass's budget is refused, which makes it a gap; as refusals are not kept for long, a later pass reads it.
    """

    def __init__(self, reader: FleetReads, cluster: str, calls_per_pass: int = CALLS_PER_PASS) -> None:
        self._reader = reader
        self._cluster = cluster
        self._budget = calls_per_pass
        self._used_before = 0
        self._services: dict[str, Shape] = {}
        self._tasks: dict[str, Shape] = {}
        self._listed: dict[str, list[str]] = {}
        self._arns: dict[str, None] = {}
        self._whole: dict[str, Shape] = {}
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
        """Begin a pass: from here its calls are counted."""
        self._used_before = self.api_calls.total()

    def list_services(self) -> list[str]:
        """Return the names of the cluster's services.

        Raises:
            ReadError: they cannot be listed.
        """
        return [tail(arn) for arn in self._reader.list_services(self._cluster)]

    def read_services(self, names: Sequence[str]) -> list[Shape]:
        """Read the services, and return them; what an earlier pass read of anything that changes is forgotten.

        Raises:
            ReadError: they cannot be read.
        """
        self._whole, self._listed, self._briefs, self._refused = {}, {}, {}, None
        described = [each for each in self._reader.describe_services(self._cluster, names) if each.get("serviceName")]
        self._services = {service["serviceName"]: service for service in described}
        return described

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
            self._arns |= dict.fromkeys(each["serviceDeploymentArn"] for each in briefs[:1])

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
        due = [
            arn
            for arn in arns
            if (task := self._tasks.get(arn)) is None
            or (task.get("group") in groups and task.get("lastStatus") != "STOPPED")
        ]
        if due:
            self._tasks |= {task["taskArn"]: task for task in self._reader.describe_tasks(self._cluster, due)}

    def _within_budget(self, what: str) -> None:
        if self.calls >= self._budget:
            raise ReadError(Answer("", "", f"{what} are left for a later look: {self._budget} calls were made"))

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
        """Return the newest `ServiceDeploymentBrief`s of a service."""
        if service in self._briefs:
            return self._briefs[service]
        return self._paid("service deployments", lambda: self._reader.list_service_deployments(cluster, service))

    def describe_service_deployment(self, arn: str) -> Shape | None:
        """Return one element of `DescribeServiceDeployments.serviceDeployments`; the first asks for those of all."""
        if arn not in self._whole:
            self._arns.pop(arn, None)
            others = [each for each in self._arns if each not in self._whole][-_DEPLOYMENTS_PER_CALL + 1 :]
            self._arns[arn] = None
            read = self._paid("service deployments", lambda: self._reader.describe_service_deployments([arn, *others]))
            self._whole |= {each["serviceDeploymentArn"]: each for each in read}
        return self._whole.get(arn)

    def forget(self, arn: str) -> None:
        """Ask no more for a service deployment that is over."""
        self._arns.pop(arn, None)

    def describe_service_revisions(self, arns: Sequence[str]) -> list[Shape]:
        """Return `DescribeServiceRevisions.serviceRevisions`, for at most 20 ARNs."""
        return self._paid("service revisions", lambda: self._reader.describe_service_revisions(arns))

    def describe_task_definition(self, task_definition: str) -> Shape:
        """Return `DescribeTaskDefinition.taskDefinition`."""
        return self._paid(tail(task_definition), lambda: self._reader.describe_task_definition(task_definition))

    def describe_target_groups(self, arns: Sequence[str]) -> list[Shape]:
        """Return `DescribeTargetGroups.TargetGroups`."""
        return self._paid("target groups", lambda: self._reader.describe_target_groups(arns))

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
