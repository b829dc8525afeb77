"""Event source mappings: what polls a queue for a function, hands it batches, and deletes what it has handled.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html: a batch goes out when it is full, or when its window is
over; what was not handled is there again when the queue's visibility timeout is over, counted from its receipt. The
time that a function runs counts there as what it is: real time, whatever the sandbox's speed.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sandbox.functions.records import failed, passes, record
from sandbox.functions.service import Functions, Throttled
from sandbox.queues import HELD, due, visible
from sandbox.simulation import Handle, Simulation

_LOG = logging.getLogger("sandbox.functions")
_POLLERS = 5
"""Documented: a queue's polling begins with five concurrent invocations. Lambda goes on to add some; this does not."""
_AT_ONCE = 10
_AGAIN_SECONDS = 60.0
"""How long a mapping rests whose role may not read the queue, inferred."""
_MARGIN_SECONDS = 0.002
ACTIONS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions."""


@dataclass
class _State:
    """Of one mapping: how many batches are out, when its window ends, and its next look."""

    running: int = 0
    window_ends: datetime | None = None
    next_look: Handle | None = None


class Pollers:
    """What polls for every mapping of a sandbox: by events, so that an empty queue costs nothing.

    Args:
        simulation: its lock is taken where it is not held.
        functions: runs them.
    """

    def __init__(self, simulation: Simulation, functions: Functions) -> None:
        self._simulation = simulation
        self._functions = functions
        self._states: dict[str, _State] = {}

    def queue_changed(self, queue: Any) -> None:
        """Take note that there may be messages to take, or that those there are come back at another time."""
        for mapping in _mappings(queue.account_id, queue.region):
            if mapping.event_source_arn == queue.queue_arn:
                self.mapping_changed(mapping)

    def mapping_changed(self, mapping: Any) -> None:
        """Take note of a mapping that is new, or was changed."""
        with self._simulation.lock:
            self._look_in(mapping, 0)

    def _look_in(self, mapping: Any, seconds: float) -> None:
        state = self._states.setdefault(mapping.uuid, _State())
        at = self._simulation.now + timedelta(seconds=seconds)
        if state.next_look is not None and not state.next_look.cancelled and state.next_look.at <= at:
            return
        if state.next_look is not None:
            state.next_look.cancel()
        state.next_look = self._simulation.schedule(seconds, partial(self._look, mapping, state))

    def _look(self, mapping: Any, state: _State) -> None:
        state.next_look = None
        queue, function = _queue(mapping), _function(mapping)
        if not mapping.enabled or queue is None or function is None or _find(mapping) is None:
            return
        while state.running < _most(mapping):
            now = self._simulation.now
            wait = due(queue, now)
            if wait is None:
                state.window_ends = None
                return
            if wait > 0:
                self._look_in(mapping, wait + _MARGIN_SECONDS)
                return
            if not self._window_over(mapping, state, queue, now):
                return
            denied = refused(self._functions, function.role, queue.queue_arn)
            if denied:
                _LOG.warning("%s cannot poll %s: %s", function.function_name, queue.queue_arn, denied[1])
                self._look_in(mapping, _AGAIN_SECONDS)
                return
            state.window_ends = None
            if not self._take(mapping, state, queue, function):
                # What is due was taken to the dead letters, or is not due to the millisecond yet.
                self._look_in(mapping, _MARGIN_SECONDS)
                return

    def _window_over(self, mapping: Any, state: _State, queue: Any, now: datetime) -> bool:
        """Tell whether a batch goes out now: it is full, or has waited for others long enough."""
        window = float(mapping.max_batch_window or 0)
        if visible(queue) >= mapping.batch_size or window <= 0:
            return True
        if state.window_ends is None:
            state.window_ends = now + timedelta(seconds=window)
        left = (state.window_ends - now).total_seconds()
        if left <= 0:
            return True
        self._look_in(mapping, left)
        return False

    def _take(self, mapping: Any, state: _State, queue: Any, function: Any) -> bool:
        """Take a batch out of the queue and begin to handle it; return whether there was any."""
        from moto.sqs.models import sqs_backends

        backend = sqs_backends[queue.account_id][queue.region]
        timeout = float(queue.visibility_timeout)
        taken: list[Any] = []
        while len(taken) < mapping.batch_size:
            most = min(_AT_ONCE, mapping.batch_size - len(taken))
            got = backend.receive_message(queue.name, most, 0, timeout, ["All"])
            if not got:
                break
            taken += got
        if not taken:
            return False
        kept: list[dict[str, Any]] = []
        for message in taken:
            shown = record(message, queue.queue_arn)
            if passes(shown, mapping.filter_criteria):
                kept.append(shown)
            else:
                queue.delete_message(message.receipt_handle)
        if kept:
            self._begin(mapping, state, queue, function, kept)
        return True

    def _begin(
        self, mapping: Any, state: _State, queue: Any, function: Any, records: Sequence[Mapping[str, Any]]
    ) -> None:
        try:
            end = partial(self._ended, mapping, state, queue, records)
            self._functions.begin(function, {"Records": list(records)}, end)
        except Throttled:
            return  # the messages are there again when their visibility timeout is over
        state.running += 1
        _hold(queue, records)

    def _ended(
        self, mapping: Any, state: _State, queue: Any, records: Sequence[Mapping[str, Any]], document: Mapping[str, Any]
    ) -> None:
        state.running -= 1
        every = [str(each["messageId"]) for each in records]
        left = set(every)
        if document["error"] is None:
            reports = "ReportBatchItemFailures" in (mapping.function_response_types or [])
            left = failed(document["payload"], every) if reports else set()
        for each in records:
            if each["messageId"] not in left:
                queue.delete_message(each["receiptHandle"])
        rest = max(0.0, float(queue.visibility_timeout) - float(document["seconds"]))
        _release(queue, left, self._simulation.now + timedelta(seconds=rest))
        self.mapping_changed(mapping)


def refused(functions: Functions, role_arn: str, queue_arn: str) -> tuple[str, str] | None:
    """Return what a function's role may not do with a queue that Lambda polls for it, and AWS's words for it."""
    for action in ACTIONS:
        because = functions.denied(role_arn, action, queue_arn)
        if because:
            return action, because
    return None


def _hold(queue: Any, records: Sequence[Mapping[str, Any]]) -> None:
    """Keep messages out of sight until their invocation has ended, however much of the sandbox's time passes."""
    identifiers = {each["messageId"] for each in records}
    for message in queue._messages:  # noqa: SLF001 - moto has no other way to a message
        if message.id in identifiers:
            message.visible_at = HELD


def _release(queue: Any, identifiers: set[str], at: datetime) -> None:
    for message in queue._messages:  # noqa: SLF001
        if message.id in identifiers and message.visible_at == HELD:
            message.visible_at = at.timestamp() * 1000


def _most(mapping: Any) -> int:
    most = (mapping.scaling_config or {}).get("MaximumConcurrency")
    return min(_POLLERS, int(most)) if most else _POLLERS


def _mappings(account: str, region: str) -> list[Any]:
    from moto.awslambda.models import lambda_backends

    return list(lambda_backends[account][region]._event_source_mappings.values())  # noqa: SLF001


def _find(mapping: Any) -> Any | None:
    from moto.awslambda.models import lambda_backends

    return lambda_backends[mapping.account_id][mapping.region].get_event_source_mapping(mapping.uuid)


def _queue(mapping: Any) -> Any | None:
    from moto.sqs.models import sqs_backends

    _, _, _, region, account, name = mapping.event_source_arn.split(":", 5)
    return sqs_backends[account][region].queues.get(name)


def _function(mapping: Any) -> Any | None:
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.awslambda.models import lambda_backends

    try:
        return lambda_backends[mapping.account_id][mapping.region].get_function(mapping.function_arn)
    except UnknownFunctionException:
        return None
