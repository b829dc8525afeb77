"""Keeps the function's calls within its share of ECS's token buckets, and asks nothing twice that never changes."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from diagnostics.reads import Shape

_GROUPS: tuple[tuple[int, int, frozenset[str]], ...] = (
    (100, 20, frozenset({"describe_services", "list_services"})),
    (100, 20, frozenset({"list_tasks", "describe_tasks"})),
    (50, 20, frozenset({"list_service_deployments", "describe_service_deployments"})),
    (50, 20, frozenset({"describe_service_revisions"})),
    (50, 20, frozenset({"describe_task_definition"})),
    (50, 20, frozenset({"list_tags_for_resource"})),
)
"""Burst, calls a second, and the calls of a group, for a whole account and region.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
"""
_OURS = 0.8
"""The part of each bucket that the alerts take at most: deployments and whoever else reads need the rest."""
_MOST_KEPT = 2000


class PacedReads:
    """A reader that waits where its calls would exceed its share, and keeps what is immutable.

    Args:
        reader: what asks AWS.
        functions: how many functions may run at once (reserved concurrency): each takes its share.
        monotonic: seconds since some moment.
        sleep: waits so many seconds.
    """

    def __init__(
        self, reader: Any, functions: int, monotonic: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._reader = reader
        self._monotonic = monotonic
        self._sleep = sleep
        self._buckets = {
            name: bucket
            for burst, refill, names in _GROUPS
            for bucket in [_Bucket(max(1, burst * _OURS / functions), refill * _OURS / functions, monotonic())]
            for name in names
        }
        self._kept: dict[tuple[str, ...], Any] = {}

    def ask(self, service: str, method: str, /, region: str | None = None, **arguments: Any) -> Shape:
        """Return the answer to one read of any service, by boto3's names."""
        return cast("Shape", self._paid(method, lambda: self._reader.ask(service, method, region, **arguments)))

    def describe_task_definition(self, task_definition: str) -> Shape:
        """Return `DescribeTaskDefinition.taskDefinition`: a revision never changes, so it is asked for once."""
        read = lambda: self._reader.describe_task_definition(task_definition)  # noqa: E731 - a call to be paid
        return cast("Shape", self._once("describe_task_definition", (task_definition,), read))

    def describe_service_revisions(self, arns: Sequence[str]) -> list[Shape]:
        """Return `DescribeServiceRevisions.serviceRevisions`, each asked for once."""
        read = lambda: self._reader.describe_service_revisions(arns)  # noqa: E731 - a call to be paid
        return cast("list[Shape]", self._once("describe_service_revisions", tuple(arns), read))

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._reader, name)
        if name not in self._buckets:
            return found
        return lambda *arguments, **named: self._paid(name, lambda: found(*arguments, **named))

    def _once(self, name: str, about: tuple[str, ...], read: Callable[[], Any]) -> Any:
        key = (name, *about)
        if key not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = self._paid(name, read)
        return self._kept[key]

    def _paid(self, name: str, read: Callable[[], Any]) -> Any:
        bucket = self._buckets.get(name)
        if bucket is None:
            return read()
        if (seconds := bucket.wanting(self._monotonic())) > 0:
            self._sleep(seconds)
        before = self._reader.api_calls.total()
        try:
            return read()
        finally:  # pages and batches are calls too
            bucket.take(max(1, self._reader.api_calls.total() - before), self._monotonic())


class _Bucket:
    def __init__(self, burst: float, refill: float, now: float) -> None:
        self._burst = burst
        self._refill = refill
        self._tokens = burst
        self._at = now

    def wanting(self, now: float) -> float:
        """Return the seconds until there is a token."""
        self._fill(now)
        return max(0.0, (1 - self._tokens) / self._refill)

    def take(self, tokens: int, now: float) -> None:
        self._fill(now)
        self._tokens -= tokens

    def _fill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._refill)
        self._at = now
