"""An hour of watching keeps the memory flat."""

import gc
import tracemalloc
from datetime import timedelta
from typing import Any

from diagnostics.collect import Collector
from diagnostics.watch import Watch
from tests.diagnostics.conftest import FakeReader, SteppedClock

_LISTED = 5
"""Stopped tasks that the service shows at a time."""
_EVENTS = 10
"""Events that it shows: as many from the first measurement on, so that they are not what grows."""
_GROWTH = 64 * 1024
"""Bytes; a look of this service is about as large."""


def test_an_hour_of_crashing_tasks_leaves_no_more_in_memory_than_ten_minutes_do(
    reader: FakeReader, clock: SteppedClock, aws: Any
) -> None:
    watch = Watch(Collector(reader, "prod", "web", clock), clock, jitter=lambda: 0.0)
    watch.begin()
    state = {"state": "IN_PROGRESS", "createdAt": clock.now()}
    reader.deployments.insert(0, aws.service_deployment("new", aws.old, aws.new, "IN_PROGRESS", createdAt=clock.now()))
    began = clock.now()
    held: dict[int, int] = {}
    tracemalloc.start()
    try:
        for minute in range(61):
            step(reader, clock, aws, minute, state)
            for _ in range(4):
                clock.advance(15)
                look = watch.look()
                assert look.gaps == ()
            if minute in (10, 60):
                gc.collect()
                held[minute] = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert look.diagnosis.root_cause is not None
    assert clock.now() - began > timedelta(minutes=60)
    assert held[60] - held[10] < _GROWTH, held


def step(reader: FakeReader, clock: SteppedClock, aws: Any, minute: int, state: dict[str, Any]) -> None:
    """Let another task crash, with its log, and ECS say so; ECS and the log keep only the last ones."""
    now = clock.now()
    events = [
        {"id": str(n), "createdAt": now, "message": f"(service web) has started 1 tasks: (task {n:032x})."}
        for n in range(max(0, minute - _EVENTS), minute)
    ]
    reader.service = aws.service(
        aws.deployment(aws.new, 2, **state), aws.deployment(aws.old, 1, "ACTIVE"), events=events
    )
    dead = [
        aws.task(100 + n, aws.new, "STOPPED", stoppedAt=now, createdAt=now, stopCode="EssentialContainerExited")
        for n in range(max(0, minute - _LISTED), minute + 1)
    ]
    for task in dead:
        task["containers"][0] |= {"exitCode": 1}
    reader.tasks = [aws.task(1, aws.old), *dead]
    lines = [{"timestamp": now.timestamp() * 1000, "message": f"line {minute} {n} of order-{n}"} for n in range(20)]
    crash = ("Traceback (most recent call last):", '  File "/app/shop.py", line 3, in <module>', "KeyError: 'order'")
    lines += [{"timestamp": now.timestamp() * 1000, "message": message} for message in crash]
    reader.logs = {f"web/app/{task['taskArn'].rpartition('/')[2]}": lines for task in dead}
