"""A bad minute: a thousand failures of five hundred services through the function, with ECS's buckets watched."""

import itertools
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field

from alerts.handler.pacing import PacedReads
from tests.alerts.chain import Chain
from tests.alerts.dynamodb import MemoryDynamo
from tests.alerts.region import CRASHED, FULL, NOW, Region, missing
from tests.diagnostics.conftest import SteppedClock

_BUCKETS = {
    "service read": (100, 20, {"DescribeServices", "ListServices"}),
    "cluster resource read": (100, 20, {"DescribeTasks", "ListTasks"}),
    "service deployment": (50, 20, {"DescribeServiceDeployments", "ListServiceDeployments"}),
    "service revision": (50, 20, {"DescribeServiceRevisions"}),
    "task definition read": (50, 20, {"DescribeTaskDefinition"}),
    "tag read": (50, 20, {"ListTagsForResource"}),
}
"""Burst, refill a second, and operations of a group.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
"""


@dataclass
class Buckets:
    """ECS's token buckets on a stepped clock."""

    clock: SteppedClock
    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    lowest: dict[str, float] = field(default_factory=lambda: {name: float(it[0]) for name, it in _BUCKETS.items()})
    _filled: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __call__(self, operation: str) -> None:
        for name, (burst, refill, operations) in _BUCKETS.items():
            if operation in operations:
                now = self.clock.now().timestamp()
                tokens, since = self._filled.get(name, (float(burst), now))
                tokens = min(burst, tokens + (now - since) * refill) - 1
                self.calls[name] += 1
                self.refused[name] += tokens < 0
                self.lowest[name] = min(self.lowest[name], tokens)
                self._filled[name] = max(tokens, 0), now


@dataclass(frozen=True)
class Measured:
    """What the minute cost."""

    failures: int
    messages: int
    in_dead_letter_queue: int
    minutes: float
    """Of the stepped clock, from the first failure to the last message."""
    buckets: Buckets
    median_batch_seconds: float
    """Of the processor, for a batch of ten."""
    slowest_batch_seconds: float


def bad_minute(services: int = 500, failures: int = 1000, seconds: float = 60) -> Measured:
    """Run it: a third of the services has no address left, a third no image, and a third a program that crashes."""
    region = Region(SteppedClock(NOW))
    buckets = Buckets(region.clock)
    region.at_call = buckets
    for number in range(services):
        region.add(number)
    reader = PacedReads(region, 1, lambda: region.clock.now().timestamp(), region.clock.advance)
    chain = Chain(region.clock, reader, client=MemoryDynamo())
    began = region.clock.now()
    spent = []
    for number in range(failures):
        due = seconds * number / failures - (region.clock.now() - began).total_seconds()
        region.clock.advance(max(0.0, due))
        chain.queue.put(_failure(region, number % services))
        if number % 10 == 9:
            spent.append(_invoke(chain))
    for _ in itertools.takewhile(lambda _: chain.queue.waiting, range(1000)):
        next_at = chain.queue.next_at()
        if next_at is not None and next_at > chain.queue.now():
            region.clock.advance(next_at - chain.queue.now())
        spent.append(_invoke(chain))
    return Measured(
        failures,
        len(chain.slack.messages),
        len(chain.queue.dead),
        (region.clock.now() - began).total_seconds() / 60,
        buckets,
        statistics.median(spent),
        max(spent),
    )


def _failure(region: Region, number: int) -> str:
    if number % 3 == 0:
        return region.die(number, FULL)
    if number % 3 == 1:
        return region.die(number, missing(number))
    event = region.die(number, CRASHED, "EssentialContainerExited")
    region.logs[next(reversed(region.tasks)).rpartition("/")[2]] = ["KeyError: 'STRIPE_KEY'"] * 50
    return event


def _invoke(chain: Chain) -> float:
    began = time.process_time()
    chain.invoke()
    return time.process_time() - began
